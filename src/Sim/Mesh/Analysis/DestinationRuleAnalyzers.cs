using System.Globalization;
using Sim.Manifests;

namespace Sim.Mesh.Analysis;

/// <summary>Analyzers of DestinationRules.</summary>
/// <remarks>Istio: pkg/config/analysis/analyzers/destinationrule.</remarks>
internal static class DestinationRuleAnalyzers
{
    /// <summary>TLS origination without a root of trust.</summary>
    public static void Certificates(AnalysisContext c)
    {
        foreach (KubeObject o in c.Each("DestinationRule"))
        {
            YamlNode? spec = o.Node.At("spec");
            YamlNode? policy = spec.At("trafficPolicy");
            string start = $"DestinationRule {AnalysisContext.FullName(o)} in namespace {o.Namespace} has TLS mode " +
                "set to ";
            string end = " but no caCertificates are set to validate server identity for host: " + spec.Text("host");
            bool hasSelector = spec.At("workloadSelector") is not null;
            if (IsUnchecked(policy.At("tls"))
                && !(hasSelector && policy.Text("tls", "credentialName").Length > 0))
            {
                c.Report("IST0128", o, start + policy.Text("tls", "mode") + end,
                    AnalysisContext.LineOf(o, "spec", "trafficPolicy", "tls", "caCertificates"));
            }

            IReadOnlyList<YamlNode> ports = policy.Items("portLevelSettings");
            for (int i = 0; i < ports.Count; i++)
            {
                if (IsUnchecked(ports[i].At("tls"))
                    && !(hasSelector && ports[i].Text("tls", "credentialName").Length > 0))
                {
                    long number = ports[i].Number("port", "number");
                    string port = number == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"number:{number}");
                    c.Report("IST0129", o, $"{start}{ports[i].Text("tls", "mode")}{end} at port {port}",
                        AnalysisContext.LineOf(o, "spec", "trafficPolicy", "portLevelSettings",
                            i.ToString(CultureInfo.InvariantCulture), "tls", "caCertificates"));
                }
            }
        }
    }

    /// <summary>Hosts that nothing declares and subsets that select no pod of any namespace.</summary>
    public static void Subsets(AnalysisContext c)
    {
        var hosts = new HostIndex(c);
        List<IReadOnlyList<(string Key, string Value)>> pods =
            [.. c.Each("Pod").OfType<Manifests.Pod>().Select(p => Labels(c, p))];
        foreach (KubeObject o in c.Each("DestinationRule"))
        {
            YamlNode? spec = o.Node.At("spec");
            if (hosts.Find(o.Namespace, spec.Texts("exportTo"), spec.Text("host")) is not { } known)
            {
                c.Report("IST0174", o, $"The host {spec.Text("host")} defined in the DestinationRule does not match " +
                    "any services in the mesh.");
                continue;
            }

            foreach (YamlNode subset in spec.Items("subsets"))
            {
                IReadOnlyList<(string Key, string Value)> own = LabelText.Pairs(subset.At("labels"));
                List<(string Key, string Value)> selector =
                    [.. own, .. known.Selector.Where(s => !own.Any(p => p.Key == s.Key))];
                if (!pods.Any(p => LabelText.Matches(selector, p)))
                {
                    c.Report("IST0173", o, $"The Subset {subset.Text("name")} defined in the DestinationRule does " +
                        "not select any pods. Which may lead to 503 UH (NoHealthyUpstream).");
                }
            }
        }
    }

    private static bool IsUnchecked(YamlNode? tls) =>
        tls.Text("mode") is "SIMPLE" or "MUTUAL" && tls.Text("caCertificates").Length == 0;

    /// <summary>Labels of a pod with those of its node that an endpoint gets.</summary>
    private static IReadOnlyList<(string Key, string Value)> Labels(AnalysisContext c, Manifests.Pod pod)
    {
        IReadOnlyList<(string Key, string Value)> own = LabelText.Pairs(pod.Metadata.Labels);
        string name = pod.Spec?.NodeName?.Value ?? "";
        if (name.Length == 0 || c.Find("Node", "", name) is not { } node)
        {
            return own;
        }

        string[] keys = ["topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"];
        List<(string Key, string Value)> all = [.. keys.Where(k => node.Label(k) is not null)
            .Select(k => (k, node.Label(k)!)), ("kubernetes.io/hostname", name)];
        return [.. own.Where(o => !all.Any(a => a.Key == o.Key)), .. all];
    }
}
