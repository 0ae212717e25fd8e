namespace Sim.Envoy;

/// <summary>What the balancer of a cluster knows of one priority.</summary>
/// <param name="Priority">Priority, from 0.</param>
/// <param name="Hosts">Hosts.</param>
/// <param name="Healthy">Hosts the balancer counts as healthy.</param>
/// <param name="Degraded">Hosts it counts as degraded.</param>
/// <param name="Excluded">Hosts left out of denominators.</param>
/// <param name="Ejected">Hosts ejected at this moment, by the detector's view.</param>
/// <param name="HealthyLoad">Percent of the requests that go to its healthy hosts.</param>
/// <param name="DegradedLoad">Percent of the requests that go to its degraded hosts.</param>
/// <param name="IsInPanic">Picks use all hosts.</param>
/// <param name="Localities">Localities of its hosts with their number of healthy and all hosts, in order.</param>
public sealed record PriorityExplanation(
    int Priority, int Hosts, int Healthy, int Degraded, int Excluded, int Ejected, uint HealthyLoad, uint DegradedLoad,
    bool IsInPanic, IReadOnlyList<(string Locality, int Healthy, int Hosts)> Localities);

/// <summary>The state a pick is made in, for people.</summary>
/// <param name="Cluster">Name of the cluster.</param>
/// <param name="Policy">Policy.</param>
/// <param name="Priorities">Priorities in order.</param>
/// <param name="HasHeldHealthChange">A health change waits for the merge window.</param>
public sealed record LbExplanation(
    string Cluster, string Policy, IReadOnlyList<PriorityExplanation> Priorities, bool HasHeldHealthChange);
