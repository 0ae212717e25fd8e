using System.Collections.Immutable;
using Sim.Core;

namespace Sim.Runs.Scenario;

/// <summary>Which pods a workload entry or fault concerns; empty parts match everything.</summary>
/// <param name="Cluster">Cluster (<c>context</c>).</param>
/// <param name="Namespace">Namespace.</param>
/// <param name="Workload">Workload name (Deployment, or the pod's <c>app</c> label when it has no owner).</param>
/// <param name="Region">Region of the node.</param>
/// <param name="Zone">Zone of the node.</param>
/// <param name="Pod">Pod name.</param>
/// <param name="Labels">Labels the pod must carry.</param>
/// <param name="Span">Where it is declared.</param>
public sealed record MatchSpec(
    Sourced<string> Cluster, Sourced<string> Namespace, Sourced<string> Workload, Sourced<string> Region,
    Sourced<string> Zone, Sourced<string> Pod, IReadOnlyList<KeyValuePair<string, string>> Labels, SourceSpan Span)
{
    /// <summary>Whether a pod meets every part.</summary>
    public bool Matches(
        string cluster, string @namespace, string workload, string region, string zone, string pod,
        ImmutableSortedDictionary<string, string> labels)
    {
        bool isMatch = Is(Cluster, cluster) && Is(Namespace, @namespace) && Is(Workload, workload)
            && Is(Region, region) && Is(Zone, zone) && Is(Pod, pod);
        foreach (KeyValuePair<string, string> label in Labels)
        {
            isMatch = isMatch && labels.TryGetValue(label.Key, out string? value) && value == label.Value;
        }

        return isMatch;
    }

    private static bool Is(Sourced<string> wanted, string value) => wanted.Value.Length == 0 || wanted.Value == value;
}
