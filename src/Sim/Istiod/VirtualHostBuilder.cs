using System.Globalization;
using System.Net;
using Sim.Core;
using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>Builds the virtual hosts of a sidecar's outbound route configurations.</summary>
/// <remarks>Istio: pilot/pkg/networking/core/httproute.go, route/route.go#BuildSidecarVirtualHostWrapper.</remarks>
internal sealed class VirtualHostBuilder(Proxy proxy, RouteBuilder routes)
{
    private static readonly string[] MeshGateway = ["mesh"];
    private readonly PushContext _push = proxy.Push;

    /// <summary>A route configuration.</summary>
    /// <param name="name">Port, or <c>host:port</c> for a sniffed port of one service.</param>
    /// <param name="port">Listener port, 0 = all ports (HTTP proxy).</param>
    /// <param name="listener">Egress entry.</param>
    public RouteConfiguration Build(string name, int port, EgressListener listener)
    {
        List<VirtualHost> hosts = BuildHosts(port, listener);
        if (name.Contains(':', StringComparison.Ordinal) && port != 0)
        {
            List<VirtualHost> own = hosts.FindAll(h => h.Name == name);
            own = own.Count == 0 ? hosts : own;
            hosts = own.Count == 1 ? [own[0] with { Domains = ["*"] }] : own;
        }
        else
        {
            hosts.Add(CatchAll());
        }

        return new RouteConfiguration(name, hosts) { IgnorePortInHostMatching = true };
    }

    private List<VirtualHost> BuildHosts(int port, EgressListener listener)
    {
        var registry = new Dictionary<string, Service>(StringComparer.Ordinal);
        var order = new List<Service>();
        foreach (Service s in listener.Services)
        {
            if (s.Resolution == Resolution.Alias)
            {
                continue;
            }

            if (port == 0)
            {
                Register(s);
            }
            else if (s.Port(port) is { } p)
            {
                Register(s.Ports.Count == 1 ? s : s.WithPorts([p]));
            }
        }

        List<Wrapper> wrappers = [];
        var routed = new HashSet<string>(StringComparer.Ordinal);
        foreach (VirtualService vs in listener.VirtualServices)
        {
            wrappers.AddRange(Wrap(vs, port, registry, order, listener, routed));
        }

        foreach (Service s in order.Where(s => !routed.Contains(s.Hostname)))
        {
            foreach (ServicePort p in s.Ports.Where(static p => IsHttpOrSniffed(p.Protocol)))
            {
                wrappers.Add(new Wrapper(p.Port, [s], [], [routes.Default(s, p)]));
            }
        }

        return Assemble(wrappers, port);

        void Register(Service s)
        {
            if (registry.TryAdd(s.Hostname, s))
            {
                order.Add(s);
            }
        }
    }

    private IEnumerable<Wrapper> Wrap(
        VirtualService vs, int port, Dictionary<string, Service> registry, List<Service> order,
        EgressListener listener, HashSet<string> routed)
    {
        var hosts = new List<string>();
        var services = new List<Service>();
        foreach (string host in vs.Hosts.Where(static h => !Hostname.IsWildcard(h)))
        {
            if (registry.TryGetValue(host, out Service? s))
            {
                services.Add(s);
            }
            else
            {
                hosts.Add(host);
            }
        }

        foreach (string host in vs.Hosts.Where(Hostname.IsWildcard))
        {
            List<Service> covered = order.FindAll(s => Hostname.Matches(s.Hostname, host)
                && listener.MostSpecific.TryGetValue(s.Hostname, out VirtualService? best)
                && ReferenceEquals(best, vs));
            services.AddRange(covered.Where(s => !services.Contains(s)));
            if (covered.Count == 0)
            {
                hosts.Add(host);
            }
        }

        var byPort = new SortedDictionary<int, List<Service>>();
        foreach (Service s in services)
        {
            foreach (ServicePort p in s.Ports.Where(static p => IsHttpOrSniffed(p.Protocol)))
            {
                if (!byPort.TryGetValue(p.Port, out List<Service>? list))
                {
                    byPort.Add(p.Port, list = []);
                }

                list.Add(s);
            }
        }

        if (byPort.Count == 0 && port is (80 or 0))
        {
            byPort.Add(80, []);
        }

        foreach ((int p, List<Service> list) in byPort)
        {
            List<Route> built = routes.Build(vs, port == 0 ? p : port, MeshGateway);
            if (built.Count > 0)
            {
                routed.UnionWith(list.Select(static s => s.Hostname));
                yield return new Wrapper(p, list, hosts, built);
            }
        }
    }

    private List<VirtualHost> Assemble(List<Wrapper> wrappers, int port)
    {
        var result = new List<VirtualHost>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var known = new HashSet<string>(wrappers.SelectMany(static w => w.Services).Select(static s => s.Hostname),
            StringComparer.Ordinal);
        foreach (Wrapper w in wrappers.Where(w => port == 0 || w.Port == port))
        {
            foreach (string host in w.Hosts)
            {
                AddHost(host, w, null);
            }

            foreach (Service s in w.Services)
            {
                AddHost(s.Hostname, w, s);
            }
        }

        return result;

        void AddHost(string host, Wrapper w, Service? s)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{host}:{w.Port}");
            if (!names.Add(name))
            {
                return;
            }

            IReadOnlyList<string> all = s is null ? [host.ToLowerInvariant()] : DomainsOf(s, known);
            List<string> domains = [.. all.Where(taken.Add)];
            if (domains.Count > 0)
            {
                result.Add(new VirtualHost(name, domains, w.Routes));
            }
        }
    }

    private List<string> DomainsOf(Service s, HashSet<string> known)
    {
        string domain = proxy.Namespace + ".svc." + _push.Config.Domain;
        List<string> names = VirtualHostDomains.Of(
            s.Hostname, domain, _push.Profile != IstioProfile.V1_22);
        foreach (string alias in s.Aliases)
        {
            names.AddRange(VirtualHostDomains.Of(
                alias, domain, _push.Profile != IstioProfile.V1_22));
        }

        names.RemoveAll(n => n != s.Hostname && known.Contains(n));
        if (s is { Resolution: Resolution.Passthrough, IsKubernetes: true })
        {
            names.AddRange(names.ConvertAll(static n => "*." + n));
        }

        foreach (string ip in AddressesOf(s))
        {
            names.Add(IPAddress.TryParse(ip, out IPAddress? a)
                && a.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? "[" + ip + "]" : ip);
        }

        return names;
    }

    private IEnumerable<string> AddressesOf(Service s)
    {
        IReadOnlyList<string> own = s.AddressesFor(proxy.Cluster);
        return own.Count == 0 ? proxy.AllocatedAddressOf(s) : s.IsKubernetes ? own.Where(proxy.SpeaksTo) : own.Take(1);
    }

    private VirtualHost CatchAll() => CatchAll(proxy.Scope.TrafficPolicy);

    /// <summary>The virtual host of hosts that nobody knows.</summary>
    public static VirtualHost CatchAll(OutboundTrafficPolicy policy) => policy == OutboundTrafficPolicy.RegistryOnly
        ? new VirtualHost("block_all", ["*"], [new Route { Name = "block_all", DirectResponseStatus = 502 }])
        : new VirtualHost("allow_any", ["*"],
            [new Route { Name = "allow_any", Clusters = [new WeightedCluster(ClusterNames.Passthrough, 1)] }]);

    private static bool IsHttpOrSniffed(Protocol p) => p.IsHttp() || p == Protocol.Unsupported;

    private sealed record Wrapper(int Port, List<Service> Services, List<string> Hosts, List<Route> Routes);
}
