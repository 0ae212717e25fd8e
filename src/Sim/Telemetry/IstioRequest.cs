namespace Sim.Telemetry;

/// <summary>What metrics say of a workload.</summary>
/// <param name="Name">Name of the workload.</param>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Cluster">CLUSTER_ID of its proxy.</param>
public sealed record MetricWorkload(string Name, string Namespace, string Cluster)
{
    /// <summary>Its label <c>app</c>; empty when it has none.</summary>
    public string App { get; init; } = "";

    /// <summary>Its label <c>version</c>; empty when it has none.</summary>
    public string Version { get; init; } = "";

    /// <summary>Its SPIFFE identity, with <c>spiffe://</c>.</summary>
    public string Principal { get; init; } = "";

    /// <summary>Its canonical service; empty for its own name.</summary>
    public string CanonicalService { get; init; } = "";

    /// <summary>Its canonical revision; empty for <c>latest</c>.</summary>
    public string CanonicalRevision { get; init; } = "";

    /// <summary>A proxy stands before it: it reports, and tells its peer who it is.</summary>
    public bool HasProxy { get; init; } = true;
}

/// <summary>What kind of cluster a client's proxy chose.</summary>
public enum MetricServiceKind
{
    /// <summary>None: no route, or a cluster that does not exist.</summary>
    None,

    /// <summary>A Kubernetes Service: it bears its short name.</summary>
    Kubernetes,

    /// <summary>A ServiceEntry: it bears its whole host.</summary>
    ServiceEntry,

    /// <summary>ALLOW_ANY and an unknown host.</summary>
    Passthrough,

    /// <summary>REGISTRY_ONLY and an unknown host.</summary>
    BlackHole,
}

/// <summary>The words of the label <c>request_protocol</c>.</summary>
public enum MetricProtocol
{
    /// <summary>HTTP.</summary>
    Http,

    /// <summary>gRPC.</summary>
    Grpc,

    /// <summary>A connection of bytes.</summary>
    Tcp,
}

/// <summary>How a request ended in the eyes of one proxy.</summary>
/// <param name="Code">The status; 0 when no response was seen, as when the client left.</param>
/// <param name="Flags">Envoy's response flags; empty for none.</param>
/// <param name="DurationMs">How long it took there, milliseconds.</param>
public readonly record struct MetricOutcome(int Code, string Flags = "", double DurationMs = 0);

/// <summary>A finished request, or a closed TCP connection, as both proxies saw it.</summary>
public sealed record IstioRequest
{
    /// <summary>The caller; null for one that nobody knows.</summary>
    public MetricWorkload? Source { get; init; }

    /// <summary>The workload of the chosen endpoint; null when none was chosen.</summary>
    public MetricWorkload? Destination { get; init; }

    /// <summary>What the client's proxy saw; null when there is none.</summary>
    public MetricOutcome? AtSource { get; init; }

    /// <summary>What the server's proxy saw; null when there is none or the request did not come so far.</summary>
    public MetricOutcome? AtDestination { get; init; }

    /// <summary>What kind of cluster the client's proxy chose.</summary>
    public required MetricServiceKind ServiceKind { get; init; }

    /// <summary>Host of the chosen service: <c>ledger.bank.svc.cluster.local</c>; empty when none was chosen.</summary>
    public string ServiceHost { get; init; } = "";

    /// <summary>The request's Host header, without port.</summary>
    public string HostHeader { get; init; } = "";

    /// <summary>The two proxies spoke mutual TLS.</summary>
    public bool IsMutualTls { get; init; }

    /// <summary>The protocol.</summary>
    public MetricProtocol Protocol { get; init; }

    /// <summary>Status of gRPC; null where there is none.</summary>
    public int? GrpcStatus { get; init; }

    /// <summary>Bytes of the request with its headers, or received on the connection.</summary>
    public long RequestBytes { get; init; }

    /// <summary>Bytes of the response with its headers, or sent on the connection.</summary>
    public long ResponseBytes { get; init; }
}
