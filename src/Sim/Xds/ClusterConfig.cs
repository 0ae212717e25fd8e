using Sim.Core;

namespace Sim.Xds;

/// <summary>How a cluster finds its hosts.</summary>
public enum DiscoveryType
{
    /// <summary>Endpoints come by EDS.</summary>
    Eds,

    /// <summary>Endpoints are in the configuration.</summary>
    Static,

    /// <summary>Every address of a DNS answer is a host.</summary>
    StrictDns,

    /// <summary>One host with the first address of a DNS answer.</summary>
    LogicalDns,

    /// <summary>The connection's original destination.</summary>
    OriginalDst,
}

/// <summary>Load-balancing policy of a cluster.</summary>
public enum LbPolicy
{
    /// <summary>Round robin; weighted by EDF.</summary>
    RoundRobin,

    /// <summary>Power of N choices, or EDF when weights differ.</summary>
    LeastRequest,

    /// <summary>Uniformly random.</summary>
    Random,

    /// <summary>Consistent hashing on a ring.</summary>
    RingHash,

    /// <summary>Consistent hashing by table.</summary>
    Maglev,

    /// <summary>Chosen by the cluster itself (original destination).</summary>
    ClusterProvided,
}

/// <summary>Options of LEAST_REQUEST.</summary>
/// <param name="ChoiceCount">Hosts sampled, at least 2.</param>
/// <param name="ActiveRequestBias">Exponent of the active requests in the weighted form.</param>
/// <param name="FullScan">Look at every host instead of sampling.</param>
public sealed record LeastRequestConfig(uint ChoiceCount = 2, double ActiveRequestBias = 1.0, bool FullScan = false);

/// <summary>Options of RING_HASH.</summary>
/// <param name="MinimumRingSize">Fewest entries.</param>
/// <param name="MaximumRingSize">Most entries.</param>
/// <param name="UseMurmurHash2">Murmur instead of xxHash64.</param>
public sealed record RingHashConfig(
    ulong MinimumRingSize = 1024, ulong MaximumRingSize = 8_388_608, bool UseMurmurHash2 = false);

/// <summary>Options of MAGLEV.</summary>
/// <param name="TableSize">A prime of at most 5,000,011.</param>
public sealed record MaglevConfig(ulong TableSize = 65_537);

/// <summary>Slow start of new hosts (ROUND_ROBIN and LEAST_REQUEST).</summary>
/// <param name="WindowMs">Length of the window in milliseconds.</param>
/// <param name="Aggression">Exponent; 1 is linear.</param>
/// <param name="MinWeightPercent">Floor of the factor in percent.</param>
public sealed record SlowStartConfig(long WindowMs, double Aggression = 1.0, double MinWeightPercent = 10.0);

/// <summary>Zone-aware routing.</summary>
/// <param name="RoutingEnabledPercent">Share of picks it applies to.</param>
/// <param name="MinClusterSize">Fewest healthy hosts.</param>
/// <param name="FailTrafficOnPanic">No host instead of any host in panic.</param>
/// <param name="ForceLocalZoneMinSize">Keep traffic local when so many local hosts are healthy; null = off.</param>
/// <param name="BasisIsHostWeight">Locality percentages by weight instead of by count.</param>
public sealed record ZoneAwareConfig(
    double RoutingEnabledPercent = 100, ulong MinClusterSize = 6, bool FailTrafficOnPanic = false,
    uint? ForceLocalZoneMinSize = null, bool BasisIsHostWeight = false);

/// <summary>Settings common to all policies.</summary>
public sealed record CommonLbConfig
{
    /// <summary>Panic threshold in percent, 0 = panic off.</summary>
    public double HealthyPanicThreshold { get; init; } = 50;

    /// <summary>Locality weights are used inside a priority.</summary>
    public bool LocalityWeighted { get; init; }

    /// <summary>Zone-aware routing; null = Envoy's defaults without any option set.</summary>
    public ZoneAwareConfig? ZoneAware { get; init; }

    /// <summary>Health changes are held for this long, in nanoseconds; 0 = delivered at once.</summary>
    public long UpdateMergeWindowNs { get; init; } = SimDuration.Second;

    /// <summary>Bounded load of the hashing policies in percent, 0 = off.</summary>
    public uint HashBalanceFactor { get; init; }

    /// <summary>Hash host names instead of addresses.</summary>
    public bool UseHostnameForHashing { get; init; }

    /// <summary>EDS statuses a host that a filter asks for may have; null = unknown, healthy and degraded.</summary>
    public IReadOnlyList<EdsHealthStatus>? OverrideHostStatuses { get; init; }

    /// <summary>Close connections when membership changes.</summary>
    public bool CloseConnectionsOnHostSetChange { get; init; }
}

/// <summary>Limits of one routing priority. Admission is <c>current &lt; max</c>.</summary>
/// <remarks>Envoy: source/common/upstream/resource_manager_impl.h. Istio's default for each is 4294967295.</remarks>
public sealed record CircuitBreakerThresholds
{
    /// <summary>Istio's default: no limit that could be met.</summary>
    public static CircuitBreakerThresholds Unlimited { get; } = new();

    /// <summary>Envoy's defaults: 1024 connections, 1024 pending, 1024 requests, 3 retries.</summary>
    public static CircuitBreakerThresholds EnvoyDefault { get; } = new()
    {
        MaxConnections = 1024, MaxPendingRequests = 1024, MaxRequests = 1024, MaxRetries = 3,
    };

    /// <summary>Connections.</summary>
    public uint MaxConnections { get; init; } = uint.MaxValue;

    /// <summary>Connections to one host (<c>per_host_thresholds</c>).</summary>
    public uint MaxConnectionsPerHost { get; init; } = uint.MaxValue;

    /// <summary>Requests waiting for a connection.</summary>
    public uint MaxPendingRequests { get; init; } = uint.MaxValue;

    /// <summary>Requests attached to connections.</summary>
    public uint MaxRequests { get; init; } = uint.MaxValue;

    /// <summary>Retries in progress.</summary>
    public uint MaxRetries { get; init; } = uint.MaxValue;

    /// <summary>Budget that replaces <see cref="MaxRetries"/>; null = none.</summary>
    public RetryBudget? RetryBudget { get; init; }
}

/// <summary>Retries in progress as a share of requests in progress.</summary>
/// <param name="Percent">Share in percent.</param>
/// <param name="MinRetryConcurrency">Always allowed.</param>
public sealed record RetryBudget(double Percent = 20, uint MinRetryConcurrency = 3);

/// <summary>Outlier detection settings with Envoy's defaults.</summary>
/// <remarks>Envoy: api/envoy/config/cluster/v3/outlier_detection.proto. Durations in nanoseconds.</remarks>
public sealed record OutlierDetectionConfig
{
    /// <summary>Consecutive 5xx answers that eject.</summary>
    public uint Consecutive5xx { get; init; } = 5;

    /// <summary>Time between sweeps.</summary>
    public long IntervalNs { get; init; } = 10 * SimDuration.Second;

    /// <summary>Ejection time of the first ejection.</summary>
    public long BaseEjectionTimeNs { get; init; } = 30 * SimDuration.Second;

    /// <summary>Longest ejection; null = max(300 s, base).</summary>
    public long? MaxEjectionTimeNs { get; init; }

    /// <summary>Random addition to each ejection, in nanoseconds.</summary>
    public long MaxEjectionTimeJitterNs { get; init; }

    /// <summary>Most ejected hosts in percent of all hosts of the cluster.</summary>
    public uint MaxEjectionPercent { get; init; } = 10;

    /// <summary>Eject one host whatever the percentage.</summary>
    public bool AlwaysEjectOneHost { get; init; }

    /// <summary>Enforcement of consecutive 5xx in percent.</summary>
    public uint EnforcingConsecutive5xx { get; init; } = 100;

    /// <summary>Consecutive gateway errors (502, 503, 504) that eject.</summary>
    public uint ConsecutiveGatewayFailure { get; init; } = 5;

    /// <summary>Enforcement of consecutive gateway errors in percent.</summary>
    public uint EnforcingConsecutiveGatewayFailure { get; init; }

    /// <summary>Local-origin errors are judged apart.</summary>
    public bool SplitExternalLocalOriginErrors { get; init; }

    /// <summary>Consecutive local-origin failures that eject (split only).</summary>
    public uint ConsecutiveLocalOriginFailure { get; init; } = 5;

    /// <summary>Enforcement of consecutive local-origin failures in percent.</summary>
    public uint EnforcingConsecutiveLocalOriginFailure { get; init; } = 100;

    /// <summary>Enforcement of success-rate ejection in percent (Istio: 0).</summary>
    public uint EnforcingSuccessRate { get; init; } = 100;

    /// <summary>Enforcement of local-origin success-rate ejection in percent.</summary>
    public uint EnforcingLocalOriginSuccessRate { get; init; } = 100;

    /// <summary>Fewest hosts for success-rate ejection.</summary>
    public uint SuccessRateMinimumHosts { get; init; } = 5;

    /// <summary>Fewest requests of a host in an interval.</summary>
    public uint SuccessRateRequestVolume { get; init; } = 100;

    /// <summary>Factor of the standard deviation in thousandths.</summary>
    public uint SuccessRateStdevFactor { get; init; } = 1900;

    /// <summary>Failure percentage that ejects.</summary>
    public uint FailurePercentageThreshold { get; init; } = 85;

    /// <summary>Enforcement of failure-percentage ejection in percent.</summary>
    public uint EnforcingFailurePercentage { get; init; }

    /// <summary>Enforcement of local-origin failure-percentage ejection in percent.</summary>
    public uint EnforcingFailurePercentageLocalOrigin { get; init; }

    /// <summary>Fewest hosts for failure-percentage ejection.</summary>
    public uint FailurePercentageMinimumHosts { get; init; } = 5;

    /// <summary>Fewest requests of a host in an interval.</summary>
    public uint FailurePercentageRequestVolume { get; init; } = 50;

    /// <summary>A passing active health check ends an ejection.</summary>
    public bool SuccessfulActiveHealthCheckUnejectHost { get; init; } = true;

    /// <summary>Answers with <c>x-envoy-degraded</c> degrade their host for an ejection time (Envoy 1.38 and
    /// later).</summary>
    public bool DetectDegradedHosts { get; init; }

    /// <summary>Only these status codes count as errors (Istio 1.31); null = 5xx.</summary>
    public IReadOnlyList<int>? HttpErrorCodes { get; init; }
}

/// <summary>What active health checking means for the membership of a cluster. The checks themselves are not
/// here.</summary>
/// <param name="IgnoreHealthOnHostRemoval">A host gone from the assignment is removed whatever its health.</param>
/// <param name="IgnoreNewHostsUntilFirstCheck">New hosts are left out of denominators until checked.</param>
public sealed record ActiveHealthCheckConfig(
    bool IgnoreHealthOnHostRemoval = false, bool IgnoreNewHostsUntilFirstCheck = false);

/// <summary>Kind of TLS a cluster speaks.</summary>
public enum UpstreamTlsMode
{
    /// <summary>Plaintext.</summary>
    Plaintext,

    /// <summary>Per endpoint: Istio mTLS where the endpoint carries tls mode <c>istio</c>, else plaintext.</summary>
    AutoMtls,

    /// <summary>Istio mTLS to every endpoint.</summary>
    IstioMutual,

    /// <summary>TLS without client certificate.</summary>
    Simple,

    /// <summary>TLS with the user's own certificates.</summary>
    Mutual,
}

/// <summary>TLS settings of a cluster.</summary>
/// <param name="Mode">Kind.</param>
/// <param name="Sni">Server name sent.</param>
/// <param name="SubjectAltNames">Accepted identities; empty = not checked.</param>
/// <param name="CaCertificates">Name of the CA secret or file; empty = none.</param>
/// <param name="ClientCertificate">Name of the client certificate; empty = the workload's own or none.</param>
/// <param name="Origin">The rule that decided.</param>
public sealed record UpstreamTls(
    UpstreamTlsMode Mode, string Sni, IReadOnlyList<string> SubjectAltNames, string CaCertificates = "",
    string ClientCertificate = "", SourceSpan Origin = default)
{
    /// <summary>Plaintext.</summary>
    public static UpstreamTls Plaintext { get; } = new(UpstreamTlsMode.Plaintext, "", []);

    /// <summary>HTTP requests: the server name is the host they are for.</summary>
    public bool AutoSni { get; init; }

    /// <summary>HTTP requests: the server must be the host they are for, whatever
    /// <see cref="SubjectAltNames"/> say.</summary>
    public bool AutoSanValidation { get; init; }
}

/// <summary>HTTP version a cluster speaks upstream.</summary>
public enum UpstreamProtocol
{
    /// <summary>HTTP/1.1.</summary>
    Http1,

    /// <summary>HTTP/2.</summary>
    Http2,

    /// <summary>Whatever the downstream request used (Istio's default for HTTP services).</summary>
    UseDownstream,
}

/// <summary>One Envoy cluster as istiod (CDS) gives it to a proxy.</summary>
public sealed record ClusterConfig
{
    /// <summary><c>outbound|PORT|SUBSET|HOST</c>.</summary>
    public required string Name { get; init; }

    /// <summary>How hosts are found.</summary>
    public DiscoveryType Type { get; init; } = DiscoveryType.Eds;

    /// <summary>Policy.</summary>
    public LbPolicy LbPolicy { get; init; } = LbPolicy.RoundRobin;

    /// <summary>Options of LEAST_REQUEST.</summary>
    public LeastRequestConfig LeastRequest { get; init; } = new();

    /// <summary>Options of RING_HASH.</summary>
    public RingHashConfig RingHash { get; init; } = new();

    /// <summary>Options of MAGLEV.</summary>
    public MaglevConfig Maglev { get; init; } = new();

    /// <summary>Slow start; null = off.</summary>
    public SlowStartConfig? SlowStart { get; init; }

    /// <summary>Common settings.</summary>
    public CommonLbConfig CommonLb { get; init; } = new();

    /// <summary>Connect timeout (TCP and TLS) in nanoseconds.</summary>
    public long ConnectTimeoutNs { get; init; } = 10 * SimDuration.Second;

    /// <summary>Limits of the default routing priority.</summary>
    public CircuitBreakerThresholds CircuitBreakers { get; init; } = CircuitBreakerThresholds.Unlimited;

    /// <summary>Limits of the HIGH routing priority; Envoy's own defaults unless configured, as under Istio.</summary>
    public CircuitBreakerThresholds HighPriorityCircuitBreakers { get; init; } = CircuitBreakerThresholds.EnvoyDefault;

    /// <summary>Connections opened per stream that needs one, at least 1
    /// (<c>per_upstream_preconnect_ratio</c>).</summary>
    public double PreconnectRatio { get; init; } = 1;

    /// <summary>Outlier detection; null = none.</summary>
    public OutlierDetectionConfig? OutlierDetection { get; init; }

    /// <summary>Subset balancing; null = none. Istio makes one cluster per subset instead.</summary>
    public LbSubsetConfig? LbSubsets { get; init; }

    /// <summary>Active health checking; null = none. Istio configures none.</summary>
    public ActiveHealthCheckConfig? ActiveHealthCheck { get; init; }

    /// <summary>Port that replaces the one of the original destination (ORIGINAL_DST); 0 = none.</summary>
    public int UpstreamPortOverride { get; init; }

    /// <summary>TLS.</summary>
    public UpstreamTls Tls { get; init; } = UpstreamTls.Plaintext;

    /// <summary>Version of the PROXY protocol written before all else on a connection; 0 = none.</summary>
    public int ProxyProtocolVersion { get; init; }

    /// <summary>HTTP version.</summary>
    public UpstreamProtocol Protocol { get; init; } = UpstreamProtocol.Http1;

    /// <summary>Requests after which a connection is closed, 0 = unlimited.</summary>
    public uint MaxRequestsPerConnection { get; init; }

    /// <summary>Concurrent HTTP/2 streams a connection, 0 = unlimited.</summary>
    public uint MaxConcurrentStreams { get; init; }

    /// <summary>Idle connections are closed after this, in nanoseconds.</summary>
    public long IdleTimeoutNs { get; init; } = SimDuration.Hour;

    /// <summary>Longest life of one try in nanoseconds; 0 = no limit.</summary>
    public long MaxStreamDurationNs { get; init; }

    /// <summary>Connections are closed at this age, in nanoseconds; 0 = never.</summary>
    public long MaxConnectionDurationNs { get; init; }

    /// <summary>TCP keepalive as configured: probes, time ns, interval ns; null = off.</summary>
    public (uint Probes, long TimeNs, long IntervalNs)? TcpKeepalive { get; init; }

    /// <summary><c>namespace/name</c> of the DestinationRule in force; empty when none.</summary>
    public string DestinationRule { get; init; } = "";

    /// <summary>Subset name; empty when none.</summary>
    public string Subset { get; init; } = "";

    /// <summary>Service outside the mesh.</summary>
    public bool IsExternal { get; init; }

    /// <summary>Host of the service, for telemetry.</summary>
    public string ServiceHost { get; init; } = "";

    /// <summary>Namespace of the service, for telemetry.</summary>
    public string ServiceNamespace { get; init; } = "";

    /// <summary>Where the deciding rule (or else the service) stands.</summary>
    public SourceSpan Origin { get; init; }

    /// <summary>How long after an answer without addresses, or none, names are asked for again, in nanoseconds.
    /// </summary>
    public long DnsRefreshRateNs { get; init; } = 60 * SimDuration.Second;

    /// <summary>Endpoints in the configuration itself (STATIC and DNS clusters); null for EDS.</summary>
    public ClusterLoadAssignment? InlineEndpoints { get; init; }
}
