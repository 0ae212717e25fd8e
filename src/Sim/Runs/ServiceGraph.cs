namespace Sim.Runs;

/// <summary>A stretch of a run: before what the timeline does, while it holds, after it.</summary>
/// <param name="Name"><c>before</c>, <c>during</c> or <c>after</c>; <c>whole run</c> without a timeline.</param>
/// <param name="FromNs">Begin.</param>
/// <param name="ToNs">End.</param>
public sealed record GraphPhase(string Name, long FromNs, long ToNs);

/// <summary>One side of a call.</summary>
/// <param name="Workload"><c>namespace/name</c>; <c>outside</c> for callers outside the mesh, empty when no pod of the
/// mesh stands there.</param>
/// <param name="Cluster">Cluster; empty = none.</param>
/// <param name="Region">Region; empty = unknown.</param>
/// <param name="Geo">Geography of the cluster; empty = none is declared.</param>
public sealed record GraphEnd(string Workload, string Cluster, string Region, string Geo);

/// <summary>Calls of one phase.</summary>
/// <param name="Calls">Calls that ended in it.</param>
/// <param name="Failed">Of these, without a status below 500.</param>
public readonly record struct GraphCount(long Calls, long Failed);

/// <summary>Calls from one workload in one cluster to a service, as one workload in one cluster served them.</summary>
/// <param name="From">Caller.</param>
/// <param name="To">Server; its workload is empty when nobody was chosen or no pod stands at the address.</param>
/// <param name="Service">What was called: <c>name.namespace</c>, or a host.</param>
/// <param name="Via">Cluster of the east-west gateway in between; empty = none.</param>
/// <param name="Counts">As many as there are phases.</param>
public sealed record GraphEdge(
    GraphEnd From, GraphEnd To, string Service, string Via, IReadOnlyList<GraphCount> Counts);

/// <summary>Who called whom, and who served, before, during and after what the timeline does.</summary>
/// <remarks>Every call counts where it ends: those of the entry traffic, of applications and of ingress gateways. A
/// call that is tried again counts once, for the host of its last try. Calls of the warm-up are left out.</remarks>
/// <param name="Phases">Phases, none of them empty.</param>
/// <param name="Edges">Edges, sorted by caller, service and server.</param>
public sealed record ServiceGraph(IReadOnlyList<GraphPhase> Phases, IReadOnlyList<GraphEdge> Edges)
{
    /// <summary>No calls.</summary>
    public static ServiceGraph None { get; } = new([], []);
}
