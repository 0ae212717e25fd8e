using System.Globalization;
using System.Net;
using Sim.Core;

namespace Sim.Manifests.Admission;

/// <summary>Kubernetes' own validation of core kinds that are kept as written.</summary>
/// <remarks>
/// Source: Kubernetes pkg/apis/core/validation#ValidateNonSpecialIP, pkg/apis/autoscaling/validation,
/// pkg/apis/policy/validation, pkg/apis/batch/validation; texts recorded with 1.35. Simplified: the rules named here,
/// no others.
/// </remarks>
internal static class OtherCoreChecks
{
    /// <summary>Errors of an object; kinds without rules here pass.</summary>
    public static IReadOnlyList<Objection> Run(KubeObject o)
    {
        YamlNode? spec = o.Node.At("spec");
        return o.Kind switch
        {
            "Endpoints" when o.Group.Length == 0 => Endpoints(o.Node),
            "HorizontalPodAutoscaler" => Autoscaler(spec),
            "PodDisruptionBudget" => Budget(spec),
            "Job" => Job(spec, "spec", o.Span),
            "CronJob" => Job(spec.At("jobTemplate", "spec"), "spec.jobTemplate.spec", o.Span),
            _ => [],
        };
    }

    /// <summary>What the server remarks about a version of a kind, whatever becomes of the object.</summary>
    public static IReadOnlyList<Objection> Notices(KubeObject o) => o.Kind == "Endpoints" && o.Group.Length == 0
        ? [new Objection("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice", o.Span)] : [];

    /// <summary>What is wrong with an address of an endpoint, or null.</summary>
    public static string? AddressProblem(string text)
    {
        if (!IPAddress.TryParse(text, out IPAddress? ip))
        {
            return "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
        }

        return ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any)
            ? "may not be unspecified (0.0.0.0 or ::)"
            : IPAddress.IsLoopback(ip) ? "may not be in the loopback range (127.0.0.0/8, ::1/128)"
            : ip.IsIPv6LinkLocal || text.StartsWith("169.254.", StringComparison.Ordinal)
                ? "may not be in the link-local range (169.254.0.0/16, fe80::/10)"
            : text.StartsWith("224.0.0.", StringComparison.Ordinal)
                ? "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)" : null;
    }

    private static List<Objection> Endpoints(YamlMapping node)
    {
        var errors = new List<Objection>();
        IReadOnlyList<YamlNode> subsets = node.Items("subsets");
        for (int i = 0; i < subsets.Count; i++)
        {
            foreach (string list in (string[])["addresses", "notReadyAddresses"])
            {
                IReadOnlyList<YamlNode> addresses = subsets[i].Items(list);
                for (int j = 0; j < addresses.Count; j++)
                {
                    string ip = addresses[j].Text("ip");
                    if (AddressProblem(ip) is { } problem)
                    {
                        errors.Add(new Objection($"Invalid value: {JsonText.Quote(ip)}: {problem}", addresses[j].Span,
                            string.Create(CultureInfo.InvariantCulture, $"subsets[{i}].{list}[{j}].ip")));
                    }
                }
            }
        }

        return errors;
    }

    private static List<Objection> Autoscaler(YamlNode? spec)
    {
        var errors = new List<Objection>();
        long least = spec.At("minReplicas") is null ? 1 : spec.Number("minReplicas");
        long most = spec.Number("maxReplicas");
        SourceSpan span = spec?.Span ?? SourceSpan.None;
        if (least < 1)
        {
            errors.Add(Invalid("spec.minReplicas", least, "must be greater than or equal to 1", span));
        }

        if (most < 1)
        {
            errors.Add(Invalid("spec.maxReplicas", most, "must be greater than 0", span));
        }

        if (most < least)
        {
            errors.Add(Invalid("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`", span));
        }

        return errors;
    }

    private static IReadOnlyList<Objection> Budget(YamlNode? spec)
    {
        if (spec.At("minAvailable") is null || spec.At("maxUnavailable") is null)
        {
            return [];
        }

        static string Shown(YamlNode? node) => node is null ? "null" : JsonText.Of(node);
        string text = $"{{\"MinAvailable\":{Shown(spec.At("minAvailable"))}," +
            $"\"Selector\":{Shown(spec.At("selector"))}," +
            $"\"MaxUnavailable\":{Shown(spec.At("maxUnavailable"))}," +
            $"\"UnhealthyPodEvictionPolicy\":{Shown(spec.At("unhealthyPodEvictionPolicy"))}}}";
        return [new Objection($"Invalid value: {text}: minAvailable and maxUnavailable cannot be both set", spec!.Span,
            "spec")];
    }

    private static IReadOnlyList<Objection> Job(YamlNode? spec, string path, SourceSpan at)
    {
        YamlNode? pod = spec.At("template", "spec");
        return pod.Text("restartPolicy") is not ("" or "Always") ? []
            : [new Objection("Required value: valid values: \"OnFailure\", \"Never\"", pod?.Span ?? at,
                path + ".template.spec.restartPolicy")];
    }

    private static Objection Invalid(string field, long value, string text, SourceSpan span) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Invalid value: {value}: {text}"), span, field);
}
