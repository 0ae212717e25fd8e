using Sim.Core;
using Sim.Mesh;

namespace Sim.Istiod;

/// <summary>Whether a caller would use mesh mTLS to an endpoint.</summary>
/// <remarks>Istio: pilot/pkg/xds/endpoints/mtls_checker.go.</remarks>
internal sealed class MtlsChecker
{
    private readonly AuthenticationPolicies _policies;
    private readonly ClientTlsMode? _ruleMode;
    private readonly Dictionary<object, EffectiveMtls> _workloads = new(ReferenceEqualityComparer.Instance);

    public MtlsChecker(
        AuthenticationPolicies policies, DestinationRule? rule, string subset, int port, IstioProfile profile)
    {
        _policies = policies;
        if (rule is null)
        {
            return;
        }

        Subset? s = subset.Length == 0 ? null : rule.Subsets.FirstOrDefault(x => x.Name == subset);
        ClientTlsMode? common = ModeFor(rule.TrafficPolicy, port);
        _ruleMode = s is null ? common
            : ModeFor(s.TrafficPolicy, port) ?? (profile == IstioProfile.V1_31 ? common : null);
    }

    public bool IsEnabled(IstioEndpoint e)
    {
        if (_ruleMode is { } mode)
        {
            return mode == ClientTlsMode.IstioMutual;
        }

        if (e.TlsMode != "istio")
        {
            return false;
        }

        if (!_workloads.TryGetValue(e.Labels, out EffectiveMtls? effective))
        {
            effective = _policies.ForWorkload(e.Namespace, e.Labels);
            _workloads.Add(e.Labels, effective);
        }

        return effective.ForPort(e.Port).Mode != MutualTlsMode.Disable;
    }

    private static ClientTlsMode? ModeFor(TrafficPolicy? policy, int port)
    {
        PortTrafficPolicy? block = policy?.PortLevelSettings.FirstOrDefault(p => p.Port == port && p.Tls is not null);
        return block?.Tls?.Mode ?? policy?.Tls?.Mode;
    }
}
