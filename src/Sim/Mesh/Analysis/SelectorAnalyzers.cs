using Sim.Manifests;

namespace Sim.Mesh.Analysis;

/// <summary>Selectors of Sidecars, and of policies that meet pods of a Kubernetes Gateway.</summary>
/// <remarks>Istio: pkg/config/analysis/analyzers/sidecar/selector.go, k8sgateway/workloadselector.go.</remarks>
internal static class SelectorAnalyzers
{
    private const string GatewayLabel = "gateway.networking.k8s.io/gateway-name";

    /// <summary>Selectors that have no effect on the pods of a Kubernetes Gateway.</summary>
    public static void KubernetesGateways(AnalysisContext c)
    {
        List<KubeObject> pods = [.. c.Each("Pod").Where(static p => p.Label(GatewayLabel) is not null)];
        foreach (string kind in (string[])["AuthorizationPolicy", "RequestAuthentication", "Telemetry", "WasmPlugin"])
        {
            foreach (KubeObject policy in c.Each(kind))
            {
                YamlNode? spec = policy.Node.At("spec");
                if (spec.At("targetRef") is not null || spec.Items("targetRefs").Count > 0
                    || spec.At("selector") is not { } selector)
                {
                    continue;
                }

                IReadOnlyList<(string Key, string Value)> labels = LabelText.Pairs(selector.At("matchLabels"));
                foreach (KubeObject pod in pods.Where(p => p.Namespace == policy.Namespace
                             && LabelText.Matches(labels, p)))
                {
                    c.Report("IST0166", policy, "Ineffective selector on Kubernetes Gateway " +
                        $"{pod.Label(GatewayLabel)}. Use the TargetRef field instead.");
                }
            }
        }
    }

    /// <summary>Sidecars that select nothing, or the same pods as others, or have no selector like others.</summary>
    public static void Sidecars(AnalysisContext c)
    {
        var byPod = new Dictionary<string, (KubeObject Pod, List<KubeObject> Sidecars)>(StringComparer.Ordinal);
        var without = new SortedDictionary<string, List<KubeObject>>(StringComparer.Ordinal);
        foreach (KubeObject sidecar in c.Each("Sidecar"))
        {
            IReadOnlyList<(string Key, string Value)> selector =
                LabelText.Pairs(sidecar.Node.At("spec", "workloadSelector", "labels"));
            if (selector.Count == 0)
            {
                if (!without.TryGetValue(sidecar.Namespace, out List<KubeObject>? list))
                {
                    without.Add(sidecar.Namespace, list = []);
                }

                list.Add(sidecar);
                continue;
            }

            if (!AddSelected(c, sidecar, selector, byPod))
            {
                c.Report("IST0101", sidecar,
                    $"Referenced selector not found: {JsonText.Quote(LabelText.Show(selector))}",
                    AnalysisContext.LineOf(sidecar, "spec", "workloadSelector", "labels",
                        LabelText.FirstKey(selector)));
            }
        }

        var reported = new HashSet<string>(StringComparer.Ordinal);
        foreach ((KubeObject pod, List<KubeObject> sidecars) in byPod.OrderBy(static p => p.Key,
                     StringComparer.Ordinal).Select(static p => p.Value))
        {
            ReportPod(c, pod, sidecars, reported);
        }

        foreach ((string space, List<KubeObject> sidecars) in without)
        {
            ReportNamespace(c, space, sidecars, reported);
        }
    }

    /// <summary>Collects the pods of a namespace that a selector meets; false when there is none.</summary>
    public static bool AddSelected(
        AnalysisContext c, KubeObject owner, IReadOnlyList<(string Key, string Value)> selector,
        Dictionary<string, (KubeObject Pod, List<KubeObject> Owners)> byPod)
    {
        bool isFound = false;
        foreach (KubeObject pod in c.Each("Pod"))
        {
            if (pod.Namespace == owner.Namespace && LabelText.Matches(selector, pod))
            {
                isFound = true;
                if (!byPod.TryGetValue(pod.Resource, out (KubeObject Pod, List<KubeObject> Owners) entry))
                {
                    byPod.Add(pod.Resource, entry = (pod, []));
                }

                if (!entry.Owners.Contains(owner))
                {
                    entry.Owners.Add(owner);
                }
            }
        }

        return isFound;
    }

    /// <summary>Names of objects as Go prints a list.</summary>
    public static string Names(IEnumerable<KubeObject> objects) =>
        LabelText.List(objects.Select(static o => o.Name).Order(StringComparer.Ordinal));

    private static void ReportPod(
        AnalysisContext c, KubeObject pod, List<KubeObject> sidecars, HashSet<string> reported)
    {
        bool isAmbient = MeshMembership.IsAmbient(pod);
        foreach (KubeObject sidecar in sidecars)
        {
            if (isAmbient && reported.Add(sidecar.Resource))
            {
                c.Report("IST0167", sidecar, "The policy has no impact: selected workload is in ambient mode, the " +
                    "policy has no impact.");
            }
            else if (!isAmbient && sidecars.Count > 1)
            {
                c.Report("IST0110", sidecar, $"The Sidecars {Names(sidecars)} in namespace \"{pod.Namespace}\" " +
                    $"select the same workload pod \"{pod.Name}\", which can lead to undefined behavior.",
                    AnalysisContext.LineOf(sidecar, "metadata", "name"));
            }
        }
    }

    private static void ReportNamespace(
        AnalysisContext c, string space, List<KubeObject> sidecars, HashSet<string> reported)
    {
        bool isAmbient = MeshMembership.IsAmbientNamespace(c.Find("Namespace", "", space));
        foreach (KubeObject sidecar in sidecars)
        {
            if (isAmbient && reported.Add(sidecar.Resource))
            {
                c.Report("IST0167", sidecar, "The policy has no impact: namespace is in ambient mode, the policy has " +
                    "no impact.");
            }
            else if (!isAmbient && sidecars.Count > 1)
            {
                c.Report("IST0111", sidecar, $"The Sidecars {Names(sidecars)} in namespace \"{space}\" have no " +
                    "workload selector, which can lead to undefined behavior.");
            }
        }
    }
}
