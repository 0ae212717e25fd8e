using System.Globalization;
using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>Builds listeners and routes of gateways.</summary>
/// <remarks>Istio: pilot/pkg/networking/core/gateway.go.</remarks>
internal sealed class GatewayBuilder
{
    private readonly Proxy _proxy;
    private readonly RouteBuilder _routes;
    private readonly List<(Gateway Gateway, GatewayServer Server)> _servers = [];

    public GatewayBuilder(Proxy proxy, RouteBuilder routes)
    {
        _proxy = proxy;
        _routes = routes;
        foreach (Gateway g in proxy.Push.Cluster.Gateways)
        {
            if (LabelSet.SubsetOf(g.Selector, proxy.Pod.Meta.Labels))
            {
                _servers.AddRange(g.Servers.Select(s => (g, s)));
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
        foreach (IGrouping<int, (Gateway Gateway, GatewayServer Server)> group in
                 _servers.GroupBy(static s => s.Server.Port.Port).OrderBy(static g => g.Key))
        {
            GatewayServer first = group.First().Server;
            if (first.TlsMode == ServerTlsMode.AutoPassthrough)
            {
                string[] hosts = [.. group.SelectMany(static s => s.Server.Hosts).Select(WithoutNamespace)];
                string[] open = [.. all.Where(n => hosts.Any(h => Hostname.Matches(HostOf(n), h)))];
                if (open.Length > 0)
                {
                    result.Add(new OutboundListener
                    {
                        Address = "0.0.0.0", Port = group.Key, Protocol = PortProtocol.Tls, SniClusters = open,
                    });
                }
            }
            else if (first.Port.Protocol.IsHttp())
            {
                result.Add(new OutboundListener
                {
                    Address = "0.0.0.0", Port = group.Key, Protocol = PortProtocol.Http,
                    RouteConfig = RouteName(group.Key),
                });
            }
        }

        return result;
    }

    /// <summary>Route configurations of HTTP servers.</summary>
    public Dictionary<string, RouteConfiguration> Routes()
    {
        var result = new Dictionary<string, RouteConfiguration>(StringComparer.Ordinal);
        foreach (IGrouping<int, (Gateway Gateway, GatewayServer Server)> group in _servers
                     .Where(static s => s.Server.Port.Protocol.IsHttp() && s.Server.TlsMode == ServerTlsMode.None)
                     .GroupBy(static s => s.Server.Port.Port).OrderBy(static g => g.Key))
        {
            string name = RouteName(group.Key);
            result[name] = new RouteConfiguration(name, Hosts(group.Key, [.. group]));
        }

        return result;
    }

    private List<VirtualHost> Hosts(int port, List<(Gateway Gateway, GatewayServer Server)> servers)
    {
        var order = new List<string>();
        var byHost = new Dictionary<string, List<Route>>(StringComparer.Ordinal);
        foreach ((Gateway gateway, GatewayServer server) in servers)
        {
            string[] gateways = [gateway.Meta.FullName];
            foreach (VirtualService vs in _proxy.Push.VirtualServices.For(_proxy.Namespace, gateway.Meta.FullName))
            {
                IReadOnlyList<string> open = Hostname.NamesForNamespace(
                    server.Hosts.Select(h => h.StartsWith("./", StringComparison.Ordinal)
                        ? gateway.Meta.Namespace + h[1..] : h), vs.Meta.Namespace);
                IReadOnlyList<string> hosts = Hostname.Intersection(open, vs.Hosts);
                List<Route> built = hosts.Count == 0 ? [] : _routes.Build(vs, port, gateways);
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

        if (order.Count == 0)
        {
            return
            [
                new VirtualHost(string.Create(CultureInfo.InvariantCulture, $"blackhole:{port}"), ["*"],
                    [new Route { DirectResponseStatus = 404 }]),
            ];
        }

        return [.. order.Select(h => new VirtualHost(
            string.Create(CultureInfo.InvariantCulture, $"{h}:{port}"), [h], CatchAllLast(byHost[h])))];
    }

    /// <remarks>Istio: pilot/pkg/networking/core/route/route.go#SortVHostRoutes.</remarks>
    private static List<Route> CatchAllLast(List<Route> routes) =>
        [.. routes.Where(static r => !RouteMatchBuilder.IsCatchAll(r.Match)),
            .. routes.Where(static r => RouteMatchBuilder.IsCatchAll(r.Match))];

    private static string RouteName(int port) => string.Create(CultureInfo.InvariantCulture, $"http.{port}");

    private static string WithoutNamespace(string host) => host[(host.IndexOf('/', StringComparison.Ordinal) + 1)..];

    private static string HostOf(string sni)
    {
        int last = sni.LastIndexOf("_.", StringComparison.Ordinal);
        return sni[(last + 2)..];
    }
}
