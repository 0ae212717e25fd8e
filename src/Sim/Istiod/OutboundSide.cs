using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>Routes and listeners of proxies that differ in place at most.</summary>
internal sealed record OutboundRoutes(
    IReadOnlyDictionary<string, RouteConfiguration> Routes, IReadOnlyList<OutboundListener> Listeners)
{
    public static OutboundRoutes OfSidecar(Proxy proxy)
    {
        var builder = new ListenerBuilder(proxy, new VirtualHostBuilder(proxy, new RouteBuilder(proxy)));
        builder.Build();
        return new OutboundRoutes(builder.Routes, builder.Listeners);
    }
}

/// <summary>Clusters, endpoints, routes and listeners of a group of equal proxies.</summary>
internal sealed record OutboundSide(
    IReadOnlyDictionary<string, ClusterConfig> Clusters, IReadOnlyDictionary<string, ClusterLoadAssignment> Endpoints,
    IReadOnlyDictionary<string, RouteConfiguration> Routes, IReadOnlyList<OutboundListener> Listeners)
{
    /// <summary>Builds a side from nothing.</summary>
    /// <param name="proxy">A proxy of the group.</param>
    /// <param name="routes">Routes and listeners of a sidecar; of no use for a gateway.</param>
    public static OutboundSide Build(Proxy proxy, Func<OutboundRoutes> routes)
    {
        var clusters = new Dictionary<string, ClusterConfig>(StringComparer.Ordinal);
        var endpoints = new Dictionary<string, ClusterLoadAssignment>(StringComparer.Ordinal);
        var builder = new ClusterBuilder(proxy, new ClusterTrafficPolicy(proxy.Push, proxy.IsGateway));
        foreach (ClusterConfig c in builder.Outbound())
        {
            clusters.TryAdd(c.Name, c);
        }

        OutboundRoutes built;
        if (proxy.IsGateway)
        {
            var gateway = new GatewayBuilder(proxy, new RouteBuilder(proxy));
            var names = new List<string>();
            foreach (ClusterConfig c in gateway.HasAutoPassthrough ? builder.SniDnat() : [])
            {
                clusters.TryAdd(c.Name, c);
                names.Add(c.Name);
            }

            IReadOnlyList<OutboundListener> listeners = gateway.Listeners(names);
            built = new OutboundRoutes(gateway.Routes(), listeners);
        }
        else
        {
            built = routes();
            Add(clusters, StandardClusters.Passthrough(proxy.Push));
        }

        Add(clusters, StandardClusters.BlackHole(proxy.Push));

        foreach (ClusterConfig c in clusters.Values.Where(static c => c.Type == DiscoveryType.Eds))
        {
            endpoints[c.Name] = builder.Endpoints(c);
        }

        return new OutboundSide(clusters, endpoints, built.Routes, built.Listeners);
    }

    /// <summary>The same side after some services' endpoints changed.</summary>
    /// <param name="proxy">A proxy of the group, in the new state.</param>
    /// <param name="changed">The services.</param>
    public OutboundSide With(Proxy proxy, IReadOnlyList<Service> changed)
    {
        Dictionary<string, ClusterLoadAssignment>? endpoints = null;
        foreach (Service listed in changed)
        {
            if (proxy.Scope.Find(listed.Hostname) is not { } service || service.Namespace != listed.Namespace)
            {
                continue;
            }

            string[] subsets = ["", .. (proxy.RuleFor(service)?.Rule.Subsets ?? []).Select(static s => s.Name)];
            foreach (ServicePort port in service.Ports)
            {
                foreach (string subset in subsets)
                {
                    Build(ClusterNames.Outbound(service.Hostname, port.Port, subset), service, port, subset, false);
                    Build(ClusterNames.Sni(service.Hostname, port.Port, subset), service, port, subset, true);
                }
            }
        }

        return endpoints is null ? this : this with { Endpoints = endpoints };

        void Build(string name, Service service, ServicePort port, string subset, bool isSniDnat)
        {
            if (Endpoints.ContainsKey(name))
            {
                endpoints ??= new Dictionary<string, ClusterLoadAssignment>(Endpoints, StringComparer.Ordinal);
                endpoints[name] = new EndpointBuilder(proxy, service, port, subset, isSniDnat).Build(name);
            }
        }
    }

    private static void Add(Dictionary<string, ClusterConfig> clusters, ClusterConfig c) => clusters[c.Name] = c;
}
