using Sim.Core;

namespace Sim.Mesh;

/// <summary>TCP keepalive; null parts are inherited or the system's.</summary>
/// <param name="Probes">Probes.</param>
/// <param name="TimeNs">Idle time before the first probe.</param>
/// <param name="IntervalNs">Time between probes.</param>
public sealed record TcpKeepalive(uint? Probes, long? TimeNs, long? IntervalNs);

/// <summary>Limits of connections and requests. 0 and null mean not stated.</summary>
public sealed record ConnectionPoolSettings
{
    /// <summary>Connections.</summary>
    public int MaxConnections { get; init; }

    /// <summary>Connect timeout; null = the mesh's.</summary>
    public long? ConnectTimeoutNs { get; init; }

    /// <summary>TCP keepalive.</summary>
    public TcpKeepalive? TcpKeepalive { get; init; }

    /// <summary>Longest life of a connection.</summary>
    public long? MaxConnectionDurationNs { get; init; }

    /// <summary>Idle timeout of TCP connections; HTTP inherits it.</summary>
    public long? TcpIdleTimeoutNs { get; init; }

    /// <summary>The HTTP block is present.</summary>
    public bool HasHttp { get; init; }

    /// <summary>Requests that wait for a connection.</summary>
    public int Http1MaxPendingRequests { get; init; }

    /// <summary>Requests in progress.</summary>
    public int Http2MaxRequests { get; init; }

    /// <summary>Requests per connection.</summary>
    public int MaxRequestsPerConnection { get; init; }

    /// <summary>Retries in progress.</summary>
    public int MaxRetries { get; init; }

    /// <summary>HTTP idle timeout.</summary>
    public long? HttpIdleTimeoutNs { get; init; }

    /// <summary>Streams per connection.</summary>
    public int MaxConcurrentStreams { get; init; }

    /// <summary>true = UPGRADE, false = DO_NOT_UPGRADE, null = the mesh's.</summary>
    public bool? H2Upgrade { get; init; }

    /// <summary>The client's protocol is kept.</summary>
    public bool UseClientProtocol { get; init; }
}

/// <summary>Ejection of failing hosts as written.</summary>
public sealed record OutlierDetection
{
    /// <summary>Consecutive 5xx; null = not stated.</summary>
    public uint? Consecutive5xxErrors { get; init; }

    /// <summary>Consecutive gateway errors; null = not stated.</summary>
    public uint? ConsecutiveGatewayErrors { get; init; }

    /// <summary>Local-origin failures are judged apart.</summary>
    public bool SplitExternalLocalOriginErrors { get; init; }

    /// <summary>Consecutive local-origin failures; null = not stated.</summary>
    public uint? ConsecutiveLocalOriginFailures { get; init; }

    /// <summary>Time between sweeps; null = not stated.</summary>
    public long? IntervalNs { get; init; }

    /// <summary>First ejection time; null = not stated.</summary>
    public long? BaseEjectionTimeNs { get; init; }

    /// <summary>Most ejected hosts in percent, 0 = not stated.</summary>
    public int MaxEjectionPercent { get; init; }

    /// <summary>Panic threshold in percent.</summary>
    public int MinHealthPercent { get; init; }

    /// <summary>Codes that count as errors (1.31); empty = 5xx.</summary>
    public IReadOnlyList<int> HttpErrorCodes { get; init; } = [];

    /// <summary>Where it stands.</summary>
    public SourceSpan Origin { get; init; }
}

/// <summary>Modes of <c>tls.mode</c> in a DestinationRule.</summary>
public enum ClientTlsMode
{
    /// <summary>Plaintext.</summary>
    Disable,

    /// <summary>TLS without client certificate.</summary>
    Simple,

    /// <summary>TLS with the user's certificate.</summary>
    Mutual,

    /// <summary>Mesh mTLS.</summary>
    IstioMutual,
}

/// <summary>TLS towards the upstream as written.</summary>
public sealed record ClientTlsSettings
{
    /// <summary>Mode.</summary>
    public ClientTlsMode Mode { get; init; }

    /// <summary>Server name; empty = the default.</summary>
    public string Sni { get; init; } = "";

    /// <summary>Accepted identities; empty = the default.</summary>
    public IReadOnlyList<string> SubjectAltNames { get; init; } = [];

    /// <summary>CA file.</summary>
    public string CaCertificates { get; init; } = "";

    /// <summary>Client certificate file.</summary>
    public string ClientCertificate { get; init; } = "";

    /// <summary>Key file.</summary>
    public string PrivateKey { get; init; } = "";

    /// <summary>Secret with certificates.</summary>
    public string CredentialName { get; init; } = "";

    /// <summary>The server certificate is not verified.</summary>
    public bool InsecureSkipVerify { get; init; }

    /// <summary>Where it stands.</summary>
    public SourceSpan Origin { get; init; }
}

/// <summary>Retries as a share of active requests.</summary>
/// <param name="Percent">Percent; null = not stated.</param>
/// <param name="MinRetryConcurrency">Always allowed; null = not stated.</param>
public sealed record RetryBudgetSettings(double? Percent, uint? MinRetryConcurrency);

/// <summary>Tunnel of TCP over HTTP.</summary>
/// <param name="Protocol">CONNECT or POST.</param>
/// <param name="TargetHost">Target host.</param>
/// <param name="TargetPort">Target port.</param>
public sealed record TunnelSettings(string Protocol, string TargetHost, int TargetPort);

/// <summary>Settings towards a host. Null = not stated.</summary>
public sealed record TrafficPolicy
{
    /// <summary>Balancing.</summary>
    public LoadBalancerSettings? LoadBalancer { get; init; }

    /// <summary>Limits.</summary>
    public ConnectionPoolSettings? ConnectionPool { get; init; }

    /// <summary>Ejection.</summary>
    public OutlierDetection? OutlierDetection { get; init; }

    /// <summary>TLS.</summary>
    public ClientTlsSettings? Tls { get; init; }

    /// <summary>Settings of single ports.</summary>
    public IReadOnlyList<PortTrafficPolicy> PortLevelSettings { get; init; } = [];

    /// <summary>Tunnel.</summary>
    public TunnelSettings? Tunnel { get; init; }

    /// <summary>PROXY protocol version; null = off.</summary>
    public string? ProxyProtocol { get; init; }

    /// <summary>Retry budget.</summary>
    public RetryBudgetSettings? RetryBudget { get; init; }
}

/// <summary>Settings of one port.</summary>
/// <param name="Port">Service port.</param>
/// <param name="LoadBalancer">Balancing.</param>
/// <param name="ConnectionPool">Limits.</param>
/// <param name="OutlierDetection">Ejection.</param>
/// <param name="Tls">TLS.</param>
public sealed record PortTrafficPolicy(
    int Port, LoadBalancerSettings? LoadBalancer, ConnectionPoolSettings? ConnectionPool,
    OutlierDetection? OutlierDetection, ClientTlsSettings? Tls);
