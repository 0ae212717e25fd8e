using System.Globalization;
using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>A server of a gateway at the port it listens on.</summary>
internal sealed record GatewayPort(Gateway Gateway, GatewayServer Server, int Port)
{
    /// <summary>Requests are read as HTTP in plaintext.</summary>
    public bool IsPlainHttp => Server.Port.Protocol.IsHttp();

    /// <summary>TLS ends here and requests inside are read.</summary>
    public bool IsHttps => Server.Port.Protocol == Protocol.Https && Server.TlsMode is ServerTlsMode.Simple
        or ServerTlsMode.Mutual or ServerTlsMode.IstioMutual or ServerTlsMode.OptionalMutual;

    /// <summary>TLS ends here and what is inside is passed on without being read.</summary>
    public bool EndsTls => !IsPlainHttp && !IsHttps && Server.TlsMode is not (
        ServerTlsMode.None or ServerTlsMode.Passthrough or ServerTlsMode.AutoPassthrough);

    /// <summary>Name of the route configuration.</summary>
    /// <remarks>Istio: pilot/pkg/model/gateway.go#gatewayRDSRouteName.</remarks>
    public string RouteName => IsPlainHttp
        ? string.Create(CultureInfo.InvariantCulture, $"http.{Port}")
        : string.Create(CultureInfo.InvariantCulture,
            $"https.{Server.Port.Port}.{Server.Port.Name}.{Gateway.Meta.Name}.{Gateway.Meta.Namespace}");
}

/// <summary>Builds listeners and routes of gateways.</summary>
/// <remarks>Istio: pilot/pkg/networking/core/gateway.go, pilot/pkg/model/gateway.go#mergeGateways.</remarks>
internal sealed class GatewayBuilder
{
    private readonly Proxy _proxy;
    private readonly RouteBuilder _routes;
    private readonly List<GatewayPort> _servers = [];

    public GatewayBuilder(Proxy proxy, RouteBuilder routes)
    {
        _proxy = proxy;
        _routes = routes;
        List<(Service Service, ServicePort Port, int Target)> targets = [.. new InboundBuilder(proxy).Targets()];
        foreach (Gateway g in proxy.Push.Cluster.Gateways)
        {
            if (!LabelSet.SubsetOf(g.Selector, proxy.Pod.Meta.Labels))
            {
                continue;
            }

            foreach (GatewayServer s in g.Servers)
            {
                int target = targets.FirstOrDefault(t => t.Port.Port == s.Port.Port).Target;
                var server = new GatewayPort(g, s, target > 0 ? target : s.Port.Port);
                bool isTaken = !server.IsPlainHttp && s.TlsMode != ServerTlsMode.None && _servers.Exists(
                    x => x.Port == server.Port && !x.IsPlainHttp && x.Server.Hosts.Any(s.Hosts.Contains));
                if (!isTaken)
                {
                    _servers.Add(server);
                }
            }
        }
    }

    /// <summary>Whether connections are passed on by SNI.</summary>
    public bool HasAutoPassthrough => _servers.Exists(static s => s.Server.TlsMode == ServerTlsMode.AutoPassthrough);

    /// <summary>Listeners by port.</summary>
    public List<OutboundListener> Listeners(IEnumerable<string> sniClusters)
    {
        string[] all = [.. sniClusters.Order(StringComparer.Ordinal)];
        var result = new List<OutboundListener>();
        foreach (IGrouping<int, GatewayPort> group in _servers.GroupBy(static s => s.Port).OrderBy(static g => g.Key))
        {
            if (Listener(group.Key, [.. group], all) is { } listener)
            {
                result.Add(listener);
            }
        }

        return result;
    }

    /// <summary>Route configurations of HTTP servers.</summary>
    public Dictionary<string, RouteConfiguration> Routes()
    {
        var result = new Dictionary<string, RouteConfiguration>(StringComparer.Ordinal);
        foreach (IGrouping<string, GatewayPort> group in _servers.Where(static s => s.IsPlainHttp || s.IsHttps)
                     .GroupBy(static s => s.RouteName).OrderBy(static g => g.Key, StringComparer.Ordinal))
        {
            result[group.Key] = new RouteConfiguration(group.Key, Hosts([.. group]))
            {
                IgnorePortInHostMatching = true,
            };
        }

        return result;
    }

    private OutboundListener? Listener(int port, List<GatewayPort> servers, string[] sniClusters)
    {
        var basis = new OutboundListener { Address = "0.0.0.0", Port = port };
        GatewayPort first = servers[0];
        if (first.IsPlainHttp)
        {
            return basis with { Protocol = PortProtocol.Http, RouteConfig = first.RouteName };
        }

        if (first.Server.TlsMode == ServerTlsMode.AutoPassthrough)
        {
            string[] hosts = [.. servers.SelectMany(static s => s.Server.Hosts).Select(WithoutNamespace)];
            string[] open = [.. sniClusters.Where(n => hosts.Any(h => Hostname.Matches(HostOf(n), h)))];
            return open.Length == 0 ? null : basis with
            {
                Protocol = PortProtocol.Tls, SniClusters = open, SniSettings = SniSettings(open),
            };
        }

        var routes = new List<TlsRoute>();
        var plain = new List<WeightedCluster>();
        TcpProxySettings settings = TcpProxySettings.Default;
        foreach (GatewayPort s in servers)
        {
            if (s.IsHttps)
            {
                routes.Add(new TlsRoute([.. s.Server.Hosts.Select(WithoutNamespace)], [], s.RouteName)
                {
                    Certificates = Certificates(s),
                });
            }
            else
            {
                settings = AddConnections(s, routes, plain) ?? settings;
            }
        }

        return routes.Count + plain.Count == 0 ? null
            : basis with
            {
                Protocol = PortProtocol.Tls, TlsRoutes = routes, TcpClusters = plain, TcpSettings = settings,
            };
    }

    private static ClientCertificates Certificates(GatewayPort s) => s.Server.TlsMode switch
    {
        ServerTlsMode.Mutual => ClientCertificates.Required,
        ServerTlsMode.OptionalMutual => ClientCertificates.Optional,
        ServerTlsMode.IstioMutual => ClientCertificates.Mesh,
        _ => ClientCertificates.None,
    };

    /// <remarks>Istio: gateway.go#builtAutoPassthroughFilterChains.</remarks>
    private Dictionary<string, TcpProxySettings> SniSettings(string[] names)
    {
        var result = new Dictionary<string, TcpProxySettings>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            string subset = name.Split("_.", 4)[2];
            TcpProxySettings settings = TcpProxyBuilder.For(_proxy, _proxy.Scope.Find(HostOf(name)), subset, false);
            if (settings != TcpProxySettings.Default)
            {
                result.Add(name, settings);
            }
        }

        return result;
    }

    /// <summary>Adds where connections of a server go.</summary>
    /// <remarks>Istio: gateway.go#buildGatewayTCPFilterChains: TLS that ends at the server has one chain for the
    /// server's hosts, to the first rule that fits.</remarks>
    /// <returns>Settings of those that no server name tells apart; null = this server adds none.</returns>
    private TcpProxySettings? AddConnections(GatewayPort s, List<TlsRoute> routes, List<WeightedCluster> plain)
    {
        if (s.EndsTls)
        {
            var inside = new List<WeightedCluster>();
            if (AddConnections(s, routes, inside, s.Server.TlsMode) is { } own)
            {
                routes.Add(new TlsRoute([.. s.Server.Hosts.Select(WithoutNamespace)], inside)
                {
                    Certificates = Certificates(s), EndsTls = true, Settings = own,
                });
            }

            return null;
        }

        return AddConnections(s, routes, plain, s.Server.TlsMode);
    }

    private TcpProxySettings? AddConnections(
        GatewayPort s, List<TlsRoute> routes, List<WeightedCluster> plain, ServerTlsMode mode)
    {
        TcpProxySettings? result = null;
        string[] gateways = [s.Gateway.Meta.FullName];
        foreach (VirtualService vs in _proxy.Push.VirtualServices.For(_proxy.Namespace, s.Gateway.Meta.FullName))
        {
            if (Overlap(s, vs).Count == 0)
            {
                continue;
            }

            foreach (L4Route rule in mode == ServerTlsMode.Passthrough ? vs.Tls : vs.Tcp)
            {
                List<WeightedCluster> clusters = Destinations(rule, s.Server.Port.Port);
                TcpProxySettings settings = SettingsOf(rule);
                foreach (L4Match m in rule.Matches.Where(m => Fits(m, s.Server.Port.Port, gateways)))
                {
                    if (m.SniHosts.Count > 0)
                    {
                        routes.Add(new TlsRoute(m.SniHosts, clusters) { Settings = settings });
                    }
                    else if (plain.Count == 0)
                    {
                        plain.AddRange(clusters);
                        result = settings;
                    }
                }

                if (rule.Matches.Count == 0 && plain.Count == 0)
                {
                    plain.AddRange(clusters);
                    result = settings;
                }
            }
        }

        return result;
    }

    private TcpProxySettings SettingsOf(L4Route rule) => rule.Route.Count == 0 ? TcpProxySettings.Default
        : TcpProxyBuilder.For(_proxy, _proxy.Scope.Find(rule.Route[0].Destination.Host),
            rule.Route.Count == 1 ? rule.Route[0].Destination.Subset : "");

    private bool Fits(L4Match m, int port, string[] gateways) =>
        (m.Port == 0 || m.Port == port) && (m.Gateways.Count > 0 ? m.Gateways.Any(gateways.Contains)
            : LabelSet.SubsetOf(m.SourceLabels, _proxy.Labels));

    private List<WeightedCluster> Destinations(L4Route rule, int port)
    {
        var result = new List<WeightedCluster>();
        foreach (RouteDestination d in rule.Route)
        {
            Service? service = _proxy.Scope.Find(d.Destination.Host);
            result.Add(new WeightedCluster(
                ClusterNames.Outbound(
                    d.Destination.Host, RouteBuilder.PortOf(d.Destination, service, port, true), d.Destination.Subset),
                rule.Route.Count == 1 ? 1 : (uint)d.Weight, null, "", d.Destination.Origin));
        }

        return result;
    }

    private List<VirtualHost> Hosts(List<GatewayPort> servers)
    {
        var order = new List<string>();
        var byHost = new Dictionary<string, List<Route>>(StringComparer.Ordinal);
        foreach (GatewayPort s in servers)
        {
            string[] gateways = [s.Gateway.Meta.FullName];
            foreach (VirtualService vs in _proxy.Push.VirtualServices.For(_proxy.Namespace, s.Gateway.Meta.FullName))
            {
                IReadOnlyList<string> hosts = Overlap(s, vs);
                List<Route> built = hosts.Count == 0 ? [] : _routes.Build(vs, s.Server.Port.Port, gateways);
                foreach (string host in built.Count == 0 ? [] : hosts)
                {
                    if (!byHost.TryGetValue(host, out List<Route>? list))
                    {
                        byHost.Add(host, list = []);
                        order.Add(host);
                    }

                    list.AddRange(built);
                }
            }
        }

        int port = servers[0].Server.Port.Port;
        if (order.Count == 0)
        {
            return
            [
                new VirtualHost(string.Create(CultureInfo.InvariantCulture, $"blackhole:{port}"), ["*"], []),
            ];
        }

        return [.. order.Select(h => new VirtualHost(
            string.Create(CultureInfo.InvariantCulture, $"{h}:{port}"), [h], CatchAllLast(byHost[h]))
        {
            RequireTls = servers.Exists(s => s.Server.HttpsRedirect) ? TlsRequirement.All : TlsRequirement.None,
        })];
    }

    private static IReadOnlyList<string> Overlap(GatewayPort s, VirtualService vs)
    {
        IReadOnlyList<string> open = Hostname.NamesForNamespace(
            s.Server.Hosts.Select(h => h.StartsWith("./", StringComparison.Ordinal)
                ? s.Gateway.Meta.Namespace + h[1..] : h), vs.Meta.Namespace);
        return Hostname.Intersection(open, vs.Hosts);
    }

    /// <remarks>Istio: pilot/pkg/networking/core/route/route.go#SortVHostRoutes.</remarks>
    internal static List<Route> CatchAllLast(List<Route> routes) =>
        [.. routes.Where(static r => !RouteMatchBuilder.IsCatchAll(r.Match)),
            .. routes.Where(static r => RouteMatchBuilder.IsCatchAll(r.Match))];

    private static string WithoutNamespace(string host) => host[(host.IndexOf('/', StringComparison.Ordinal) + 1)..];

    private static string HostOf(string sni)
    {
        int last = sni.LastIndexOf("_.", StringComparison.Ordinal);
        return sni[(last + 2)..];
    }
}
