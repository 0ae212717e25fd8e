using System.Collections.Immutable;
using Sim.Core;
using Sim.Mesh;

namespace Sim.Istiod;

/// <summary>Effective modes of a workload.</summary>
internal sealed record EffectiveMtls(MutualTlsMode Mode, SourceSpan Origin)
{
    /// <summary>Modes of single ports.</summary>
    public IReadOnlyDictionary<int, (MutualTlsMode Mode, SourceSpan Origin)> Ports { get; init; } =
        ImmutableDictionary<int, (MutualTlsMode, SourceSpan)>.Empty;

    public (MutualTlsMode Mode, SourceSpan Origin) ForPort(int port) =>
        Ports.TryGetValue(port, out (MutualTlsMode, SourceSpan) p) ? p : (Mode, Origin);
}

/// <summary>PeerAuthentication of one istiod.</summary>
/// <remarks>Istio: pilot/pkg/model/authentication.go,
/// pilot/pkg/security/authn/policy_applier.go#ComposePeerAuthentication.
/// </remarks>
internal sealed class AuthenticationPolicies
{
    private readonly string _rootNamespace;
    private readonly Dictionary<string, List<PeerAuthentication>> _byNamespace = new(StringComparer.Ordinal);

    /// <param name="policies">Policies, oldest first.</param>
    /// <param name="rootNamespace">Root namespace.</param>
    public AuthenticationPolicies(IReadOnlyList<PeerAuthentication> policies, string rootNamespace)
    {
        _rootNamespace = rootNamespace;
        foreach (PeerAuthentication p in policies)
        {
            if (!_byNamespace.TryGetValue(p.Meta.Namespace, out List<PeerAuthentication>? list))
            {
                _byNamespace.Add(p.Meta.Namespace, list = []);
            }

            list.Add(p);
        }
    }

    /// <summary>Mode of a namespace without looking at workloads; Unset when nothing is stated.</summary>
    public MutualTlsMode NamespaceMode(string ns)
    {
        PeerAuthentication? own = ns == _rootNamespace ? null : Wide(ns);
        MutualTlsMode mode = own?.Mode ?? MutualTlsMode.Unset;
        return mode != MutualTlsMode.Unset ? mode : Wide(_rootNamespace)?.Mode ?? MutualTlsMode.Unset;
    }

    /// <summary>Modes of a workload.</summary>
    public EffectiveMtls ForWorkload(string ns, ImmutableSortedDictionary<string, string> labels)
    {
        PeerAuthentication? mesh = Wide(_rootNamespace);
        PeerAuthentication? wide = ns == _rootNamespace ? null : Wide(ns);
        PeerAuthentication? workload = _byNamespace.GetValueOrDefault(ns)?.FirstOrDefault(
            p => p.Selector.Count > 0 && LabelSet.SubsetOf(p.Selector, labels));
        if (ns == _rootNamespace)
        {
            workload = null;
        }

        var result = new EffectiveMtls(MutualTlsMode.Permissive, default);
        foreach (PeerAuthentication? p in (PeerAuthentication?[])[mesh, wide, workload])
        {
            if (p is not null && p.Mode != MutualTlsMode.Unset)
            {
                result = new EffectiveMtls(p.Mode, p.ModeOrigin);
            }
        }

        if (workload is null || workload.PortLevel.Count == 0)
        {
            return result;
        }

        var ports = new SortedDictionary<int, (MutualTlsMode, SourceSpan)>();
        foreach ((int port, MutualTlsMode mode, SourceSpan origin) in workload.PortLevel)
        {
            ports[port] = mode == MutualTlsMode.Unset ? (result.Mode, result.Origin) : (mode, origin);
        }

        return result with { Ports = ports };
    }

    private PeerAuthentication? Wide(string ns) =>
        _byNamespace.GetValueOrDefault(ns)?.FirstOrDefault(static p => p.Selector.Count == 0);
}
