using System.Text.RegularExpressions;
using Sim.Core;

namespace Sim.Manifests.Admission;

/// <summary>istiod's rules for WorkloadEntries, endpoints of ServiceEntries, and WorkloadGroups.</summary>
/// <remarks>Istio: pkg/config/validation/validation.go#validateWorkloadEntry, #ValidateWorkloadGroup.</remarks>
internal static partial class WorkloadRules
{
    private const string UnixScheme = "unix://";

    /// <summary>Checks a workload.</summary>
    /// <param name="spec">The workload; null counts as empty.</param>
    /// <param name="at">Place of the object.</param>
    /// <param name="allowUnix">True where a unix socket may be given.</param>
    /// <param name="f">Receives the findings.</param>
    public static void Check(WorkloadEntrySpec? spec, SourceSpan at, bool allowUnix, Findings f)
    {
        string address = spec?.Address?.Value ?? "";
        if (spec is null || address.Length == 0)
        {
            if (!string.IsNullOrEmpty(spec?.Network?.Value))
            {
                f.Warn($"address is unset with network \"{spec!.Network!.Value}\"", spec.Network.Span);
            }
            else
            {
                f.Error("address is required", spec?.Span ?? at);
                return;
            }
        }
        else if (address.StartsWith(UnixScheme, StringComparison.Ordinal))
        {
            f.ErrorIf(!allowUnix, $"endpoint address \"{address}\" is not a valid FQDN or an IP address",
                spec.Address!.Span);
            f.ErrorIf(allowUnix ? IstioRules.UnixAddress(address[UnixScheme.Length..]) : null, spec.Address!.Span);
            f.ErrorIf(spec.Ports.Count > 0, "unix endpoint " + address + " must not include ports", spec.Span);
        }
        else if (!IstioRules.IsIp(address) && IstioRules.Fqdn(address) is not null)
        {
            f.Error($"endpoint address \"{address}\" is not a valid FQDN or an IP address", spec.Address!.Span);
        }

        CheckPorts(spec!, f);
        IstioRules.Tags(spec!.Labels, f);
    }

    /// <summary>Checks the ports of a workload.</summary>
    public static void CheckPorts(WorkloadEntrySpec spec, Findings f)
    {
        foreach (SpannedEntry<Spanned<long>> e in spec.Ports)
        {
            f.ErrorIf(!IstioRules.IsLabel(e.Key), "invalid port name: " + e.Key, e.KeySpan);
            f.ErrorIf(IstioRules.Port(e.Value.Value), e.Value.Span);
        }
    }

    /// <summary>Checks a WorkloadGroup.</summary>
    public static void Check(WorkloadGroup group, Findings f)
    {
        WorkloadGroupSpec? spec = group.Spec;
        if (spec?.Template is null)
        {
            f.Error("template is required", spec?.Span ?? group.Span);
            return;
        }

        IstioRules.Tags(spec.Metadata?.Labels ?? SpannedMap<Spanned<string>>.Empty, f);
        IstioRules.Tags(spec.Template.Labels, f);
        CheckPorts(spec.Template, f);
        if (spec.Probe is YamlMapping probe)
        {
            CheckProbe(probe, f);
        }
    }

    private static void CheckProbe(YamlMapping probe, Findings f)
    {
        foreach (string name in (string[])["periodSeconds", "initialDelaySeconds", "successThreshold",
            "failureThreshold", "timeoutSeconds"])
        {
            f.ErrorIf(NumberOf(probe, name) < 0, name + " must be non-negative", probe[name]?.Span ?? probe.Span);
        }

        if (probe["httpGet"] is YamlMapping http)
        {
            f.ErrorIf(IstioRules.Port(NumberOf(http, "port")), http.Span);
            string scheme = http["scheme"] is YamlScalar s ? s.Value : "";
            f.ErrorIf(scheme is not ("" or "HTTP" or "HTTPS"), "httpGet.scheme must be one of \"HTTPS\", \"HTTP\"",
                http.Span);
            foreach (YamlNode item in (http["httpHeaders"] as YamlSequence)?.Items ?? [])
            {
                string name = item is YamlMapping m && m["name"] is YamlScalar n ? n.Value : "";
                f.ErrorIf(name.Length == 0 ? "header name cannot be empty"
                    : HeaderForm().IsMatch(name) ? null : $"header name {name} is not a valid header name", item.Span);
            }
        }
        else if (probe["tcpSocket"] is YamlMapping tcp)
        {
            f.ErrorIf(IstioRules.Port(NumberOf(tcp, "port")), tcp.Span);
        }
        else if (probe["exec"] is YamlMapping exec)
        {
            f.ErrorIf(exec["command"] is not YamlSequence { Items.Count: > 0 }, "exec.command is required", exec.Span);
        }
        else
        {
            string method = probe["grpc"] is YamlMapping ? "*v1alpha3.ReadinessProbe_Grpc" : "<nil>";
            f.Error("unknown health check method " + method, probe.Span);
        }
    }

    private static long NumberOf(YamlMapping map, string key) =>
        map[key] is YamlScalar s && ScalarValue.Of(s) is { Kind: ScalarKind.Integer } v ? v.Integer : 0;

    [GeneratedRegex(@"^[-A-Za-z0-9]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex HeaderForm();
}
