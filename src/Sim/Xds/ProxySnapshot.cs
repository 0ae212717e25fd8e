using System.Net;
using Sim.Core;

namespace Sim.Xds;

/// <summary>Which connections an inbound port takes.</summary>
public enum MtlsMode
{
    /// <summary>Plaintext only.</summary>
    Disable,

    /// <summary>Both.</summary>
    Permissive,

    /// <summary>Mutual TLS only.</summary>
    Strict,
}

/// <summary>How an inbound or outbound port reads bytes.</summary>
public enum PortProtocol
{
    /// <summary>HTTP/1.1.</summary>
    Http,

    /// <summary>HTTP/2.</summary>
    Http2,

    /// <summary>gRPC.</summary>
    Grpc,

    /// <summary>Bytes.</summary>
    Tcp,

    /// <summary>TLS routed by SNI.</summary>
    Tls,

    /// <summary>Not declared: sniffed per connection.</summary>
    Auto,

    /// <summary>UDP: not proxied.</summary>
    Udp,
}

/// <summary>The inbound side of one workload port.</summary>
public sealed record InboundListener
{
    /// <summary>Workload (container) port; 0 = every port without an entry of its own.</summary>
    public required int Port { get; init; }

    /// <summary>Port of the service in front of it; 0 = none.</summary>
    public int ServicePort { get; init; }

    /// <summary>How bytes are read.</summary>
    public PortProtocol Protocol { get; init; } = PortProtocol.Auto;

    /// <summary>Connections taken.</summary>
    public MtlsMode Mtls { get; init; } = MtlsMode.Permissive;

    /// <summary>The PeerAuthentication that decided.</summary>
    public SourceSpan MtlsOrigin { get; init; }

    /// <summary>RBAC filters of the HTTP chain in order: CUSTOM, AUDIT, DENY, ALLOW.</summary>
    public IReadOnlyList<RbacRules> HttpRbac { get; init; } = [];

    /// <summary>RBAC filters of the TCP chain in order.</summary>
    public IReadOnlyList<RbacRules> TcpRbac { get; init; } = [];

    /// <summary>Issuers whose tokens are checked between CUSTOM and the other policies, by issuer.</summary>
    public IReadOnlyList<TokenIssuer> TokenIssuers { get; init; } = [];

    /// <summary>What is done to paths before anything is matched.</summary>
    public PathNormalization PathNormalization { get; init; } = PathNormalization.Base;

    /// <summary>The caller is who connects: what it says in <c>x-forwarded-for</c> counts for nothing (gateways).
    /// </summary>
    public bool UsesRemoteAddress { get; init; }

    /// <summary>Trust domains whose client certificates are accepted; empty = not checked.</summary>
    public IReadOnlyList<string> TrustDomains { get; init; } = [];

    /// <summary>Retries of the inbound route (<c>reset-before-request</c> from Istio 1.24); null = none.</summary>
    public RetryPolicy? RetryPolicy { get; init; }

    /// <summary>The cluster towards the application, <c>inbound|PORT||</c>.</summary>
    public ClusterConfig? Cluster { get; init; }
}

/// <summary>What a server asks of the certificates of its callers.</summary>
public enum ClientCertificates
{
    /// <summary>None.</summary>
    None,

    /// <summary>One that it trusts, if any.</summary>
    Optional,

    /// <summary>One that it trusts.</summary>
    Required,

    /// <summary>One of the mesh.</summary>
    Mesh,
}

/// <summary>Connections of some server names.</summary>
/// <param name="ServerNames">SNI values, exact or <c>*.suffix</c>.</param>
/// <param name="Clusters">Where their bytes go; empty when requests are read here.</param>
/// <param name="RouteConfig">Route configuration of the requests inside when TLS ends here; empty otherwise.</param>
public sealed record TlsRoute(
    IReadOnlyList<string> ServerNames, IReadOnlyList<WeightedCluster> Clusters, string RouteConfig = "")
{
    /// <summary>What is asked of callers where TLS ends here.</summary>
    public ClientCertificates Certificates { get; init; }

    /// <summary>TLS ends here and what is inside goes to the clusters; otherwise they get it untouched.</summary>
    public bool EndsTls { get; init; }

    /// <summary>Networks of the destination, in CIDR form; empty = any.</summary>
    public IReadOnlyList<string> Subnets { get; init; } = [];

    /// <summary>Settings of the proxy that passes them on.</summary>
    public TcpProxySettings Settings { get; init; } = TcpProxySettings.Default;
}

/// <summary>Connections to some destination networks.</summary>
/// <param name="Subnets">Networks in CIDR form; a plain address is one host.</param>
/// <param name="Clusters">Where they go.</param>
public sealed record TcpRoute(IReadOnlyList<string> Subnets, IReadOnlyList<WeightedCluster> Clusters)
{
    /// <summary>Settings of the proxy that passes them on.</summary>
    public TcpProxySettings Settings { get; init; } = TcpProxySettings.Default;
}

/// <summary>An outbound listener.</summary>
public sealed record OutboundListener
{
    /// <summary>Address; <c>0.0.0.0</c> for HTTP ports.</summary>
    public required string Address { get; init; }

    /// <summary>Port.</summary>
    public required int Port { get; init; }

    /// <summary>How bytes are read.</summary>
    public PortProtocol Protocol { get; init; }

    /// <summary>Route configuration of HTTP connections; empty for TCP.</summary>
    public string RouteConfig { get; init; } = "";

    /// <summary>Clusters of TCP connections.</summary>
    public IReadOnlyList<WeightedCluster> TcpClusters { get; init; } = [];

    /// <summary>TCP connections told apart by the address they were made to, the longest prefix first; others go to
    /// <see cref="TcpClusters"/>.</summary>
    public IReadOnlyList<TcpRoute> TcpRoutes { get; init; } = [];

    /// <summary>Settings of the proxy that passes connections on to <see cref="TcpClusters"/>.</summary>
    public TcpProxySettings TcpSettings { get; init; } = TcpProxySettings.Default;

    /// <summary>Where a TCP connection goes by the address it was made to; the longest prefix wins.</summary>
    /// <param name="address">Address; empty or a name = none of the networks.</param>
    /// <remarks>Envoy: source/common/listener_manager/filter_chain_manager_impl.cc#findFilterChain.</remarks>
    public TcpRoute TcpRouteFor(string address)
    {
        TcpRoute? best = null;
        int longest = -1;
        bool isIp = IPAddress.TryParse(address, out IPAddress? ip);
        foreach (TcpRoute route in TcpRoutes)
        {
            foreach (string subnet in route.Subnets)
            {
                string text = subnet.Contains('/', StringComparison.Ordinal) ? subnet
                    : subnet + (subnet.Contains(':', StringComparison.Ordinal) ? "/128" : "/32");
                if (isIp && IPNetwork.TryParse(text, out IPNetwork net) && net.PrefixLength > longest
                    && net.Contains(ip!))
                {
                    longest = net.PrefixLength;
                    best = route;
                }
            }
        }

        return best ?? new TcpRoute([], TcpClusters) { Settings = TcpSettings };
    }

    /// <summary>Connections told apart by their server name, tried before <see cref="TcpClusters"/>; a connection
    /// without such a name goes to the passthrough cluster.</summary>
    public IReadOnlyList<TlsRoute> TlsRoutes { get; init; } = [];

    /// <summary>Whether requests are read here, in plaintext or inside TLS that ends here.</summary>
    public bool ReadsHttp
    {
        get
        {
            for (int i = 0; i < TlsRoutes.Count; i++)
            {
                if (TlsRoutes[i].RouteConfig.Length > 0)
                {
                    return true;
                }
            }

            return RouteConfig.Length > 0;
        }
    }

    /// <summary>Whether some connections are passed on to clusters, by server name or not.</summary>
    public bool PassesBytes
    {
        get
        {
            for (int i = 0; i < TlsRoutes.Count; i++)
            {
                if (TlsRoutes[i].Clusters.Count > 0)
                {
                    return true;
                }
            }

            return TcpClusters.Count > 0;
        }
    }

    /// <summary>The filter chain of a server name: the exact one, else the one with the longest <c>*.suffix</c>, else
    /// the one for every name; null = none.</summary>
    /// <param name="serverName">SNI of the connection.</param>
    /// <remarks>Envoy: source/common/listener_manager/filter_chain_manager_impl.cc#findFilterChainForServerName.
    /// </remarks>
    public TlsRoute? ChainOf(string serverName)
    {
        TlsRoute? best = null;
        int longest = -1;
        foreach (TlsRoute route in TlsRoutes)
        {
            foreach (string name in route.ServerNames)
            {
                bool isExact = string.Equals(name, serverName, StringComparison.OrdinalIgnoreCase);
                bool isSuffix = name == "*" || (name.StartsWith("*.", StringComparison.Ordinal)
                    && serverName.EndsWith(name[1..], StringComparison.OrdinalIgnoreCase));
                int length = isExact ? int.MaxValue : isSuffix ? name.Length : -1;
                if (length > longest)
                {
                    (longest, best) = (length, route);
                }
            }
        }

        return best;
    }

    /// <summary>Server names whose connections are passed on, TLS untouched, to the cluster of that very name
    /// (AUTO_PASSTHROUGH servers of gateways); another server name finds no filter chain. In byte order.</summary>
    public IReadOnlyList<string> SniClusters { get; init; } = [];

    /// <summary>Settings of the proxies of <see cref="SniClusters"/>, where anything is stated.</summary>
    public IReadOnlyDictionary<string, TcpProxySettings> SniSettings { get; init; } =
        new Dictionary<string, TcpProxySettings>(StringComparer.Ordinal);
}

/// <summary>Everything one proxy is told at one time.</summary>
/// <remarks>Immutable and shared: a push replaces the reference. Lookups are by exact name.</remarks>
public sealed record ProxySnapshot
{
    /// <summary>Counts pushes to this proxy.</summary>
    public required long Version { get; init; }

    /// <summary>Clusters by name.</summary>
    public required IReadOnlyDictionary<string, ClusterConfig> Clusters { get; init; }

    /// <summary>Endpoints by cluster name.</summary>
    public required IReadOnlyDictionary<string, ClusterLoadAssignment> Endpoints { get; init; }

    /// <summary>Route configurations by name.</summary>
    public required IReadOnlyDictionary<string, RouteConfiguration> Routes { get; init; }

    /// <summary>Outbound listeners.</summary>
    public IReadOnlyList<OutboundListener> Outbound { get; init; } = [];

    /// <summary>Cluster of connections that no outbound listener or filter chain takes: <c>PassthroughCluster</c>, or
    /// <c>BlackHoleCluster</c> where only known hosts may be called; empty = a gateway, which has none.</summary>
    public string OutboundCatchAll { get; init; } = "";

    /// <summary>Inbound ports; of a gateway the filters on its listeners.</summary>
    public IReadOnlyList<InboundListener> Inbound { get; init; } = [];

    /// <summary>Where the proxy stands.</summary>
    public Locality Locality { get; init; } = Locality.Empty;
}
