using Sim.Core;
using Sim.Xds;

namespace Sim.Runs.Inspection;

/// <summary>One question of <c>proxy-config</c>.</summary>
/// <param name="Scenario">Scenario, variant and overrides.</param>
/// <param name="Proxy">Which proxy: <c>pod.namespace</c>, <c>pod.namespace@cluster</c>, a workload's name in place of
/// the pod's, or <c>cluster/workload</c> and <c>cluster/namespace/workload</c> as <c>why</c> takes them.</param>
/// <param name="AtNs">When, ns since the start; null = at the end of the warm-up.</param>
public sealed record ProxyConfigRequest(ScenarioRequest Scenario, string Proxy, long? AtNs = null);

/// <summary>What one sidecar or gateway holds at one time.</summary>
public sealed record ProxyView
{
    /// <summary>Cluster.</summary>
    public required string Cluster { get; init; }

    /// <summary>Namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>Pod.</summary>
    public required string Pod { get; init; }

    /// <summary>Simulated time, ns since the start.</summary>
    public required long AtNs { get; init; }

    /// <summary>When the configuration in force arrived, ns since the start.</summary>
    public required long ConfiguredAtNs { get; init; }

    /// <summary>The configuration in force.</summary>
    public required ProxySnapshot Snapshot { get; init; }

    /// <summary>Hosts of all its clusters as the proxy sees them, by cluster in the order of the clusters' names.
    /// </summary>
    public required IReadOnlyList<HostStatus> Hosts { get; init; }

    /// <summary><c>cluster/namespace/pod</c>.</summary>
    public string FullName => Cluster + "/" + Namespace + "/" + Pod;
}

/// <summary>One host of one Envoy cluster in one proxy.</summary>
/// <remarks>Envoy: source/server/admin/clusters_handler.cc: an endpoint without stated health counts as healthy, and a
/// host that outlier detection ejected has failed its check.</remarks>
/// <param name="Cluster">Envoy cluster.</param>
/// <param name="Address">Address.</param>
/// <param name="Port">Port.</param>
/// <param name="Health">Health as EDS states it.</param>
/// <param name="HasFailedOutlierCheck">Ejected at this time.</param>
/// <param name="Locality">Where it stands.</param>
/// <param name="Priority">Priority level, 0 is tried first.</param>
/// <param name="Weight">Load-balancing weight.</param>
public sealed record HostStatus(
    string Cluster, string Address, int Port, EdsHealthStatus Health, bool HasFailedOutlierCheck, Locality Locality,
    int Priority, uint Weight)
{
    /// <summary>Name of <see cref="Health"/> as Envoy writes it.</summary>
    public string HealthName => Health switch
    {
        EdsHealthStatus.Unhealthy => "UNHEALTHY",
        EdsHealthStatus.Draining => "DRAINING",
        EdsHealthStatus.Timeout => "TIMEOUT",
        EdsHealthStatus.Degraded => "DEGRADED",
        _ => "HEALTHY",
    };
}

/// <summary>Answer to a question of <c>proxy-config</c>.</summary>
/// <param name="View">The proxy; null when there is none to show.</param>
/// <param name="Diagnostics">Findings about the input, also when there is nothing to show.</param>
public sealed record ProxyConfigReport(ProxyView? View, IReadOnlyList<Diagnostic> Diagnostics);
