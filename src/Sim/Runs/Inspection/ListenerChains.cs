using System.Globalization;
using Sim.Xds;

namespace Sim.Runs.Inspection;

/// <summary>What a filter chain leads to.</summary>
/// <param name="ServerNames">SNI values; empty = any.</param>
/// <param name="Transport"><c>tls</c>, <c>raw_buffer</c>, or empty = any.</param>
/// <param name="Protocols">ALPN values; empty = any.</param>
/// <param name="Ranges">Destination networks; empty = any.</param>
/// <param name="DestinationPort">Destination port; 0 = any.</param>
/// <param name="RouteConfig">Route configuration by RDS; empty = none.</param>
/// <param name="InlineRoute">The one cluster of an inline route; empty = none.</param>
/// <param name="Clusters">Clusters of a TCP proxy; empty for HTTP.</param>
public sealed record FilterChain(
    IReadOnlyList<string> ServerNames, string Transport, IReadOnlyList<string> Protocols, IReadOnlyList<string> Ranges,
    int DestinationPort, string RouteConfig, string InlineRoute, IReadOnlyList<WeightedCluster> Clusters)
{
    /// <summary>Settings of a TCP proxy.</summary>
    public TcpProxySettings Settings { get; init; } = TcpProxySettings.Default;

    /// <summary>A chain for every connection.</summary>
    public static FilterChain Any { get; } = new([], "", [], [], 0, "", "", []);

    /// <summary>Reads requests.</summary>
    public bool IsHttp => RouteConfig.Length > 0 || InlineRoute.Length > 0;

    /// <summary>Ends connections.</summary>
    public bool IsBlackHole => !IsHttp && Clusters.Count == 1 && Clusters[0].Name == "BlackHoleCluster";
}

/// <summary>A listener with its filter chains, the default one last.</summary>
/// <param name="Name">Name.</param>
/// <param name="Address">Address.</param>
/// <param name="Port">Port.</param>
/// <param name="Chains">Filter chains.</param>
public sealed record ListenerView(string Name, string Address, int Port, IReadOnlyList<FilterChain> Chains);

/// <summary>Writes a proxy's listeners out into Envoy's filter chains.</summary>
/// <remarks>Istio: pilot/pkg/networking/core/listener.go, listener_inbound.go, listener_waypoint.go; the shapes are
/// those recorded in <c>tests/Oracle/xds</c>.</remarks>
public static class ListenerChains
{
    private const int VirtualInbound = 15006;
    private const int VirtualOutbound = 15001;
    private static readonly string[] PlainHttp = ["http/1.1", "h2c"];
    private static readonly string[] IstioHttp = ["istio-http/1.0", "istio-http/1.1", "istio-h2"];
    private static readonly string[] IstioTcp = ["istio-peer-exchange", "istio"];
    private static readonly string[] IstioAny =
        ["istio", "istio-peer-exchange", "istio-http/1.0", "istio-http/1.1", "istio-h2"];

    /// <summary>Listeners by name.</summary>
    public static IReadOnlyList<ListenerView> Of(ProxySnapshot snapshot)
    {
        var all = new List<ListenerView>();
        foreach (OutboundListener l in snapshot.Outbound)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{l.Address}_{l.Port}");
            bool isGateway = snapshot.OutboundCatchAll.Length == 0;
            all.Add(new ListenerView(
                name, l.Address, l.Port, isGateway ? [.. OfGateway(l)] : [.. OfSidecar(l, snapshot.OutboundCatchAll)]));
        }

        if (snapshot.OutboundCatchAll.Length > 0)
        {
            all.Add(new ListenerView("virtualOutbound", "0.0.0.0", VirtualOutbound,
                [OwnPort(VirtualOutbound), Tcp(snapshot.OutboundCatchAll)]));
            all.Add(new ListenerView("virtualInbound", "0.0.0.0", VirtualInbound,
                [OwnPort(VirtualInbound), .. snapshot.Inbound.OrderBy(static i => i.Port).SelectMany(Inbound)]));
        }

        return [.. all.OrderBy(static l => l.Name, StringComparer.Ordinal)];
    }

    /// <summary>The inline route configurations of the inbound filter chains, one for each chain.</summary>
    public static IEnumerable<RouteConfiguration> InboundRoutes(ProxySnapshot snapshot)
    {
        foreach (InboundListener i in snapshot.Inbound.OrderBy(static i => i.Port))
        {
            foreach (FilterChain chain in Inbound(i).Where(static c => c.InlineRoute.Length > 0))
            {
                string host = string.Create(CultureInfo.InvariantCulture, $"inbound|http|{i.ServicePort}");
                yield return new RouteConfiguration(chain.InlineRoute,
                    [new VirtualHost(host, ["*"], [new Route
                    {
                        Name = "default", Clusters = [new WeightedCluster(chain.InlineRoute, 1)],
                        RetryPolicy = i.RetryPolicy, MaxStreamDurationNs = 0,
                    }])]);
            }
        }
    }

    private static IEnumerable<FilterChain> OfSidecar(OutboundListener l, string catchAll)
    {
        foreach (TlsRoute r in l.TlsRoutes)
        {
            yield return FilterChain.Any with
            {
                ServerNames = r.ServerNames, Ranges = [.. r.Subnets.Select(Cidr)], Clusters = r.Clusters,
                Settings = r.Settings,
            };
        }

        if (l.RouteConfig.Length > 0)
        {
            yield return FilterChain.Any with
            {
                Transport = "raw_buffer", Protocols = PlainHttp, RouteConfig = l.RouteConfig,
            };
        }

        foreach (TcpRoute r in l.TcpRoutes)
        {
            yield return FilterChain.Any with
            {
                Ranges = [.. r.Subnets.Select(Cidr)], Clusters = r.Clusters, Settings = r.Settings,
            };
        }

        yield return l.TcpClusters.Count > 0
            ? FilterChain.Any with { Clusters = l.TcpClusters, Settings = l.TcpSettings } : Tcp(catchAll);
    }

    private static IEnumerable<FilterChain> OfGateway(OutboundListener l)
    {
        if (l.RouteConfig.Length > 0)
        {
            yield return FilterChain.Any with { RouteConfig = l.RouteConfig };
        }

        foreach (TlsRoute r in l.TlsRoutes)
        {
            yield return FilterChain.Any with
            {
                ServerNames = r.ServerNames, Clusters = r.Clusters, RouteConfig = r.RouteConfig,
                Settings = r.Settings,
            };
        }

        foreach (string name in l.SniClusters)
        {
            yield return Tcp(name) with
            {
                ServerNames = [name], Protocols = IstioAny,
                Settings = l.SniSettings.GetValueOrDefault(name, TcpProxySettings.Default),
            };
        }

        if (l.TcpClusters.Count > 0)
        {
            yield return FilterChain.Any with { Clusters = l.TcpClusters, Settings = l.TcpSettings };
        }
    }

    private static IEnumerable<FilterChain> Inbound(InboundListener i)
    {
        bool isHttp = i.Protocol is not (PortProtocol.Tcp or PortProtocol.Tls);
        bool isSniffed = i.Protocol == PortProtocol.Auto;
        string name = i.Cluster?.Name ?? "";
        FilterChain http = FilterChain.Any with { DestinationPort = i.Port, InlineRoute = name };
        FilterChain tcp = Tcp(name) with { DestinationPort = i.Port };
        FilterChain first = isHttp ? http : tcp;
        bool isStrict = i.Mtls == MtlsMode.Strict;
        if (i.Mtls != MtlsMode.Disable)
        {
            yield return first with
            {
                Transport = "tls", Protocols = isSniffed ? IstioHttp : isStrict ? [] : IstioAny,
            };
        }

        if (isHttp && !isStrict)
        {
            yield return http with { Transport = "raw_buffer", Protocols = isSniffed ? PlainHttp : [] };
        }

        if (isSniffed && i.Mtls != MtlsMode.Disable)
        {
            yield return tcp with { Transport = "tls", Protocols = isStrict ? [] : IstioTcp };
        }

        if ((isSniffed || !isHttp) && !isStrict)
        {
            yield return tcp with { Transport = "raw_buffer" };
        }

        // TLS that is not the mesh's is passed on as bytes where both kinds are taken.
        if ((isSniffed || !isHttp) && i.Mtls == MtlsMode.Permissive)
        {
            yield return tcp with { Transport = "tls" };
        }
    }

    private static FilterChain Tcp(string cluster) =>
        FilterChain.Any with { Clusters = [new WeightedCluster(cluster, 1)] };

    /// <summary>Connections made to the proxy's own port end there.</summary>
    private static FilterChain OwnPort(int port) => Tcp("BlackHoleCluster") with { DestinationPort = port };

    private static string Cidr(string subnet) => subnet.Contains('/', StringComparison.Ordinal) ? subnet
        : subnet + (subnet.Contains(':', StringComparison.Ordinal) ? "/128" : "/32");
}
