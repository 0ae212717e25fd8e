using Sim.Core;

namespace Sim.Xds;

/// <summary>Health of an endpoint as EDS states it. Unknown counts as healthy.</summary>
public enum EdsHealthStatus
{
    /// <summary>Not stated.</summary>
    Unknown,

    /// <summary>Stated healthy.</summary>
    Healthy,

    /// <summary>Stated unhealthy.</summary>
    Unhealthy,

    /// <summary>Draining.</summary>
    Draining,

    /// <summary>Health check timed out.</summary>
    Timeout,

    /// <summary>Degraded.</summary>
    Degraded,
}

/// <summary>One endpoint of a cluster.</summary>
/// <remarks>Envoy: api/envoy/config/endpoint/v3/endpoint_components.proto#LbEndpoint.</remarks>
public sealed record LbEndpoint
{
    /// <summary>IP address, or a DNS name in DNS clusters.</summary>
    public required string Address { get; init; }

    /// <summary>Port.</summary>
    public required int Port { get; init; }

    /// <summary>Load-balancing weight, at least 1.</summary>
    public uint Weight { get; init; } = 1;

    /// <summary>Health as stated.</summary>
    public EdsHealthStatus HealthStatus { get; init; }

    /// <summary><c>istio</c> when automatic mTLS applies to this endpoint; empty otherwise.</summary>
    public string TlsMode { get; init; } = "";

    /// <summary>Istio's workload metadata, <c>name;namespace;canonical name;canonical revision;cluster</c>.</summary>
    public string Workload { get; init; } = "";

    /// <summary>Host name of the endpoint, where one is given.</summary>
    public string Hostname { get; init; } = "";

    /// <summary>Metadata of filter namespace <c>envoy.lb</c>, for subsets and hash keys; null when there is
    /// none.</summary>
    public IReadOnlyDictionary<string, string>? LbMetadata { get; init; }

    /// <summary>List values of the same metadata, for subsets; null when there are none.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? LbMetadataLists { get; init; }
}

/// <summary>The endpoints of one locality in one priority.</summary>
/// <param name="Locality">Where they are.</param>
/// <param name="Priority">0 is tried first.</param>
/// <param name="Weight">Weight of the locality; null when none is given.</param>
/// <param name="Endpoints">The endpoints; may be empty: the level exists all the same.</param>
public sealed record LocalityLbEndpoints(
    Locality Locality, int Priority, uint? Weight, IReadOnlyList<LbEndpoint> Endpoints);

/// <summary>All endpoints of a cluster.</summary>
/// <remarks>Envoy: api/envoy/config/endpoint/v3/endpoint.proto#ClusterLoadAssignment.</remarks>
public sealed record ClusterLoadAssignment
{
    /// <summary>Name of the cluster.</summary>
    public required string ClusterName { get; init; }

    /// <summary>Groups in the order of the answer.</summary>
    public required IReadOnlyList<LocalityLbEndpoints> Endpoints { get; init; }

    /// <summary>Overprovisioning factor in percent.</summary>
    public uint OverprovisioningFactor { get; init; } = 140;

    /// <summary>Priority health by weight instead of by count.</summary>
    public bool WeightedPriorityHealth { get; init; }

    /// <summary>Share of requests dropped before balancing, in percent 0..100.</summary>
    public double DropOverloadPercent { get; init; }

    /// <summary>The resource that shaped the assignment (DestinationRule or Service), for explanations.</summary>
    public SourceSpan Origin { get; init; }
}
