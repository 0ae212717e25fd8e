using Sim.Manifests;

namespace Sim.Runs.Kube;

/// <summary>A node and its place.</summary>
/// <param name="Name">Name.</param>
/// <param name="Region">Region; empty = unknown.</param>
/// <param name="Zone">Zone; empty = unknown.</param>
internal sealed record NodePlace(string Name, string Region, string Zone);

/// <summary>Chooses nodes for pods.</summary>
/// <remarks>Simplified: of the nodes that the pod may use, the one with the fewest pods of its workload, then with the
/// fewest pods in its zone, then with the fewest pods, then the first. kube-scheduler's scores spread a workload in
/// the same way on equal, empty nodes and break ties at random.</remarks>
internal static class NodePlacement
{
    public const string RegionLabel = "topology.kubernetes.io/region";
    public const string ZoneLabel = "topology.kubernetes.io/zone";

    private const string OldRegionLabel = "failure-domain.beta.kubernetes.io/region";
    private const string OldZoneLabel = "failure-domain.beta.kubernetes.io/zone";

    public static NodePlace PlaceOf(Node node) => new(node.Name,
        node.Label(RegionLabel) ?? node.Label(OldRegionLabel) ?? "",
        node.Label(ZoneLabel) ?? node.Label(OldZoneLabel) ?? "");

    /// <summary>The node for a pod; null when none may be used.</summary>
    public static NodePlace? Choose(
        IReadOnlyList<Node> nodes, PodSpec? spec, string space, string workload, IReadOnlyList<PodEntry> pods)
    {
        NodePlace? best = null;
        (int, int, int) bestScore = default;
        foreach (Node node in nodes)
        {
            if (!MayUse(node, spec))
            {
                continue;
            }

            NodePlace place = PlaceOf(node);
            (int, int, int) score = Score(place, space, workload, pods);
            if (best is null || score.CompareTo(bestScore) < 0)
            {
                (best, bestScore) = (place, score);
            }
        }

        return best;
    }

    private static bool MayUse(Node node, PodSpec? spec)
    {
        return node.Spec?.Unschedulable?.Value != true && Selects(node, spec);
    }

    /// <summary>Whether the pod's selector and node name admit a node.</summary>
    public static bool Selects(Node node, PodSpec? spec)
    {
        foreach (SpannedEntry<Spanned<string>> e in spec?.NodeSelector ?? SpannedMap<Spanned<string>>.Empty)
        {
            if (node.Label(e.Key) != e.Value.Value)
            {
                return false;
            }
        }

        return spec?.NodeName is not { Value.Length: > 0 } name || name.Value == node.Name;
    }

    private static (int Same, int InZone, int All) Score(
        NodePlace place, string space, string workload, IReadOnlyList<PodEntry> pods)
    {
        int same = 0;
        int inZone = 0;
        int all = 0;
        foreach (PodEntry p in pods)
        {
            if (p.State.IsGone || p.State.IsTerminating)
            {
                continue;
            }

            bool isSame = p.State.Namespace == space && p.State.Workload == workload;
            bool isHere = p.State.Node == place.Name;
            same += isSame && isHere ? 1 : 0;
            inZone += isSame && p.State.Zone == place.Zone ? 1 : 0;
            all += isHere ? 1 : 0;
        }

        return (same, inZone, all);
    }
}
