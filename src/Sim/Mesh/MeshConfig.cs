using System.Collections.Immutable;
using Sim.Core;

namespace Sim.Mesh;

/// <summary>Cluster-local setting of hosts.</summary>
/// <param name="ClusterLocal">Calls stay in the cluster.</param>
/// <param name="Hosts">Hosts, with wildcards.</param>
public sealed record ServiceSettings(bool ClusterLocal, IReadOnlyList<string> Hosts);

/// <summary>A requirement of a discovery selector.</summary>
/// <param name="Key">Label.</param>
/// <param name="Operator">In, NotIn, Exists or DoesNotExist.</param>
/// <param name="Values">Values.</param>
public sealed record LabelRequirement(string Key, string Operator, IReadOnlyList<string> Values);

/// <summary>Selects namespaces.</summary>
/// <param name="MatchLabels">Labels.</param>
/// <param name="Requirements">Further requirements.</param>
public sealed record DiscoverySelector(
    ImmutableSortedDictionary<string, string> MatchLabels, IReadOnlyList<LabelRequirement> Requirements);

/// <summary>An external authorizer.</summary>
/// <param name="Name">Name.</param>
/// <param name="IsGrpc">gRPC instead of HTTP; null = another kind of provider, or an invalid one.</param>
/// <param name="Service">Service.</param>
/// <param name="Port">Port.</param>
/// <param name="FailOpen">Requests pass when it cannot be asked.</param>
/// <param name="StatusOnError">Status when it cannot be asked, 0 = 403.</param>
public sealed record ExtensionProvider(
    string Name, bool? IsGrpc, string Service, int Port, bool FailOpen, int StatusOnError);

/// <summary>Path normalization.</summary>
public enum PathNormalization
{
    /// <summary>Percent-decoding of unreserved characters, dot segments, backslashes.</summary>
    Base,

    /// <summary>None.</summary>
    None,

    /// <summary>BASE and merged slashes.</summary>
    MergeSlashes,

    /// <summary>Escaped slashes are decoded first, then as MERGE_SLASHES.</summary>
    DecodeAndMergeSlashes,
}

/// <summary>One network of meshNetworks.</summary>
/// <param name="Name">Name.</param>
/// <param name="FromRegistry">Clusters in it.</param>
/// <param name="FromCidr">Address ranges in it.</param>
/// <param name="Gateways">Gateways: address or registry service, and port.</param>
public sealed record MeshNetwork(
    string Name, IReadOnlyList<string> FromRegistry, IReadOnlyList<string> FromCidr,
    IReadOnlyList<(string Address, string RegistryService, int Port)> Gateways);

/// <summary>Settings of one istiod, with Istio's defaults.</summary>
/// <remarks>Istio: pkg/config/mesh/mesh.go#DefaultMeshConfig.</remarks>
public sealed record MeshConfig
{
    /// <summary>Istio's defaults.</summary>
    public static MeshConfig Default { get; } = new();

    /// <summary>Trust domain.</summary>
    public string TrustDomain { get; init; } = "cluster.local";

    /// <summary>Aliases in byte order.</summary>
    public IReadOnlyList<string> TrustDomainAliases { get; init; } = [];

    /// <summary>Root namespace.</summary>
    public string RootNamespace { get; init; } = "istio-system";

    /// <summary>DNS domain of the clusters.</summary>
    public string Domain { get; init; } = "cluster.local";

    /// <summary>Connect timeout.</summary>
    public long ConnectTimeoutNs { get; init; } = 10 * SimDuration.Second;

    /// <summary>Automatic mTLS.</summary>
    public bool EnableAutoMtls { get; init; } = true;

    /// <summary>Traffic to unknown hosts.</summary>
    public OutboundTrafficPolicy OutboundTrafficPolicy { get; init; }

    /// <summary>Locality setting; null = none (never written so: it is on by default).</summary>
    public LocalityLbSetting? LocalityLbSetting { get; init; } = new();

    /// <summary>Zone-aware setting (1.31).</summary>
    public ZoneAwareLbSetting? ZoneAware { get; init; }

    /// <summary>Default visibility of services.</summary>
    public IReadOnlyList<string> DefaultServiceExportTo { get; init; } = ["*"];

    /// <summary>Default visibility of VirtualServices.</summary>
    public IReadOnlyList<string> DefaultVirtualServiceExportTo { get; init; } = ["*"];

    /// <summary>Default visibility of DestinationRules.</summary>
    public IReadOnlyList<string> DefaultDestinationRuleExportTo { get; init; } = ["*"];

    /// <summary>DNS refresh rate after a failed lookup.</summary>
    public long DnsRefreshRateNs { get; init; } = 60 * SimDuration.Second;

    /// <summary>Keepalive of upstream connections; null = off.</summary>
    public TcpKeepalive? TcpKeepalive { get; init; }

    /// <summary>HTTP/1.1 is upgraded to HTTP/2.</summary>
    public bool H2Upgrade { get; init; }

    /// <summary>Default retries; null = the built-in ones.</summary>
    public HttpRetry? DefaultHttpRetryPolicy { get; init; }

    /// <summary>Default retries of inbound routes (1.31); null = the built-in ones.</summary>
    public HttpRetry? DefaultInboundHttpRetryPolicy { get; init; }

    /// <summary>Default limits and ejection (1.31).</summary>
    public TrafficPolicy? DefaultTrafficPolicy { get; init; }

    /// <summary>Cluster-local settings.</summary>
    public IReadOnlyList<ServiceSettings> ServiceSettings { get; init; } = [];

    /// <summary>Visible namespaces; empty = all.</summary>
    public IReadOnlyList<DiscoverySelector> DiscoverySelectors { get; init; } = [];

    /// <summary>Path normalization.</summary>
    public PathNormalization PathNormalization { get; init; }

    /// <summary>External authorizers.</summary>
    public IReadOnlyList<ExtensionProvider> ExtensionProviders { get; init; } = [];

    /// <summary>Wait for the first bytes when the protocol is sniffed; 0 = for ever.</summary>
    public long ProtocolDetectionTimeoutNs { get; init; }

    /// <summary>Networks.</summary>
    public IReadOnlyList<MeshNetwork> Networks { get; init; } = [];

    /// <summary>Proxies answer DNS queries themselves unless a pod says otherwise
    /// (<c>defaultConfig.proxyMetadata.ISTIO_META_DNS_CAPTURE</c>).</summary>
    public bool DnsCapture { get; init; }

    /// <summary>Proxies use the addresses istiod itself gives to ServiceEntries without one (1.22).</summary>
    public bool DnsAutoAllocate { get; init; }

    /// <summary>Default of 1.29 and later is the plain passthrough; LOCALHOST otherwise.</summary>
    public bool InboundPassthrough { get; init; } = true;
}
