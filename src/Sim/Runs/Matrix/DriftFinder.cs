using Sim.Core;
using Sim.Manifests;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;

namespace Sim.Runs.Matrix;

/// <summary>Finds what the policies of two clusters say differently.</summary>
internal static class DriftFinder
{
    private static readonly string[] Kinds =
        ["AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication", "DestinationRule", "VirtualService"];

    /// <summary>Differences of objects, cluster after cluster against the first one that has the object.</summary>
    public static IEnumerable<PolicyDrift> Objects(IReadOnlyList<LiveCluster> clusters)
    {
        var seen = new SortedDictionary<string, List<(LiveCluster Cluster, KubeObject Object)>>(StringComparer.Ordinal);
        foreach (LiveCluster cluster in clusters)
        {
            foreach (KubeObject o in cluster.LiveObjects().Objects.Where(static o => Kinds.Contains(o.Kind)))
            {
                if (!seen.TryGetValue(o.Resource, out List<(LiveCluster, KubeObject)>? list))
                {
                    seen.Add(o.Resource, list = []);
                }

                list.Add((cluster, o));
            }
        }

        foreach ((string resource, List<(LiveCluster Cluster, KubeObject Object)> list) in seen)
        {
            (LiveCluster first, KubeObject known) = list[0];
            foreach (LiveCluster cluster in clusters.Where(c => c != first))
            {
                int index = list.FindIndex(e => e.Cluster == cluster);
                if (index >= 0)
                {
                    if (NodeDifference.Find(known.Node["spec"], list[index].Object.Node["spec"], "spec") is { } d)
                    {
                        yield return new PolicyDrift("object", resource, d.Path, first.Name, d.TextA,
                            d.SpanA.IsKnown ? d.SpanA : known.Span, cluster.Name, d.TextB,
                            d.SpanB.IsKnown ? d.SpanB : list[index].Object.Span);
                    }
                }
                else if (Concerns(known, cluster))
                {
                    yield return new PolicyDrift("object", resource, "missing", first.Name, "exists", known.Span,
                        cluster.Name, "does not exist", default);
                }
            }
        }
    }

    /// <summary>Calls that get different verdicts from the pods of different clusters.</summary>
    public static IEnumerable<PolicyDrift> Verdicts(IReadOnlyList<MatrixCell> cells)
    {
        foreach (MatrixCell cell in cells)
        {
            MatrixOutcome? first = null;
            foreach (MatrixOutcome o in cell.Outcomes.Where(static o => o.Workload.Length > 0))
            {
                first ??= o;
                if (o.Cluster != first.Cluster && o.Verdict != first.Verdict)
                {
                    yield return new PolicyDrift("verdict", cell.Request, "verdict of the serving cluster",
                        first.Cluster, Says(first), first.Origin, o.Cluster, Says(o), o.Origin);
                    break;
                }
            }
        }
    }

    private static string Says(MatrixOutcome o) => $"{Names.Kebab(o.Verdict.ToString())} ({o.Rule})";

    /// <summary>Whether an object would mean anything in a cluster that does not have it: pods that it selects, or
    /// pods in its namespace.</summary>
    private static bool Concerns(KubeObject o, LiveCluster cluster)
    {
        if (o.Kind is "DestinationRule" or "VirtualService")
        {
            return false; // Each istiod has its own: clients of other clusters are others.
        }

        bool isRoot = o.Namespace == "istio-system";
        var labels = (((o.Node["spec"] as YamlMapping)?["selector"] as YamlMapping)?["matchLabels"] as YamlMapping)
            ?.Entries ?? [];
        return cluster.Pods.Any(p => !p.IsGone && (isRoot || p.Namespace == o.Namespace)
            && labels.All(l => l.Value is YamlScalar s
                && p.Labels.Any(x => x.Key == l.Key && x.Value == s.Value)));
    }
}
