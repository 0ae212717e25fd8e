using System.Globalization;
using Sim.Manifests;

namespace Sim.Mesh.Analysis;

/// <summary>AuthorizationPolicies that apply to nothing, or name namespaces that do not exist.</summary>
/// <remarks>Istio: pkg/config/analysis/analyzers/authz/authorizationpolicies.go. A source entry without
/// <c>source</c> crashes 1.29.0; here it is passed over.</remarks>
internal static class AuthorizationAnalyzer
{
    public static void Run(AnalysisContext c)
    {
        var pods = new Dictionary<string, List<KubeObject>>(StringComparer.Ordinal);
        foreach (Manifests.Pod pod in c.Each("Pod").OfType<Manifests.Pod>())
        {
            if (MeshMembership.IsPodInMesh(c, pod) || MeshMembership.IsAmbient(pod))
            {
                if (!pods.TryGetValue(pod.Namespace, out List<KubeObject>? list))
                {
                    pods.Add(pod.Namespace, list = []);
                }

                list.Add(pod);
            }
        }

        foreach (KubeObject policy in c.Each("AuthorizationPolicy"))
        {
            CheckWorkloads(c, policy, pods);
            CheckNamespaces(c, policy);
        }
    }

    private static void CheckWorkloads(
        AnalysisContext c, KubeObject policy, Dictionary<string, List<KubeObject>> pods)
    {
        YamlNode? selector = policy.Node.At("spec", "selector");
        IReadOnlyList<(string Key, string Value)> labels = LabelText.Pairs(selector.At("matchLabels"));
        bool isMeshWide = policy.Namespace == c.RootNamespace;
        IEnumerable<KubeObject> candidates = isMeshWide ? pods.Values.SelectMany(static p => p)
            : pods.GetValueOrDefault(policy.Namespace) ?? [];
        if (!(isMeshWide && selector is null) && !candidates.Any(p => LabelText.Matches(labels, p)))
        {
            c.Report("IST0127", policy, "No matching workloads for this resource with the following labels: " +
                LabelText.Show(labels));
        }
    }

    private static void CheckNamespaces(AnalysisContext c, KubeObject policy)
    {
        static string Text(int i) => i.ToString(CultureInfo.InvariantCulture);
        IReadOnlyList<YamlNode> rules = policy.Node.Items("spec", "rules");
        for (int i = 0; i < rules.Count; i++)
        {
            IReadOnlyList<YamlNode> sources = rules[i].Items("from");
            for (int j = 0; j < sources.Count; j++)
            {
                foreach (string list in (string[])["namespaces", "notNamespaces"])
                {
                    IReadOnlyList<string> names = sources[j].Texts("source", list);
                    for (int k = 0; k < names.Count; k++)
                    {
                        if (!c.Each("Namespace").Any(n => IsNamed(n.Name, names[k])))
                        {
                            // Istio looks up the line in the list of namespaces for both lists.
                            c.Report("IST0101", policy, $"Referenced namespace not found: {JsonText.Quote(names[k])}",
                                AnalysisContext.LineOf(policy, "spec", "rules", Text(i), "from", Text(j), "source",
                                    "namespaces", Text(k)));
                        }
                    }
                }
            }
        }
    }

    private static bool IsNamed(string name, string pattern) => pattern == "*"
        || (pattern.StartsWith('*') ? name.EndsWith(pattern[1..], StringComparison.Ordinal)
            : pattern.EndsWith('*') ? name.StartsWith(pattern[..^1], StringComparison.Ordinal)
            : string.Equals(name, pattern, StringComparison.OrdinalIgnoreCase));
}
