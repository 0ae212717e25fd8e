using Sim.Xds;

namespace Sim.Istiod;

/// <summary>Clusters, endpoints, routes and listeners of a group of equal proxies.</summary>
internal sealed record OutboundSide(
    IReadOnlyDictionary<string, ClusterConfig> Clusters, IReadOnlyDictionary<string, ClusterLoadAssignment> Endpoints,
    IReadOnlyDictionary<string, RouteConfiguration> Routes, IReadOnlyList<OutboundListener> Listeners)
{
    public static OutboundSide Build(Proxy proxy)
    {
        var clusters = new Dictionary<string, ClusterConfig>(StringComparer.Ordinal);
        var endpoints = new Dictionary<string, ClusterLoadAssignment>(StringComparer.Ordinal);
        var builder = new ClusterBuilder(proxy, new ClusterTrafficPolicy(proxy.Push, proxy.IsGateway));
        foreach (ClusterConfig c in builder.Outbound())
        {
            clusters.TryAdd(c.Name, c);
        }

        var routes = new RouteBuilder(proxy);
        IReadOnlyDictionary<string, RouteConfiguration> configurations;
        IReadOnlyList<OutboundListener> listeners;
        if (proxy.IsGateway)
        {
            var gateway = new GatewayBuilder(proxy, routes);
            var names = new List<string>();
            foreach (ClusterConfig c in gateway.HasAutoPassthrough ? builder.SniDnat() : [])
            {
                clusters.TryAdd(c.Name, c);
                names.Add(c.Name);
            }

            listeners = gateway.Listeners(names);
            configurations = gateway.Routes();
        }
        else
        {
            var listenerBuilder = new ListenerBuilder(proxy, new VirtualHostBuilder(proxy, routes));
            listenerBuilder.Build();
            listeners = listenerBuilder.Listeners;
            configurations = listenerBuilder.Routes;
            Add(clusters, StandardClusters.Passthrough(proxy.Push));
        }

        Add(clusters, StandardClusters.BlackHole(proxy.Push));

        foreach (ClusterConfig c in clusters.Values.Where(static c => c.Type == DiscoveryType.Eds))
        {
            endpoints[c.Name] = builder.Endpoints(c);
        }

        return new OutboundSide(clusters, endpoints, configurations, listeners);
    }

    private static void Add(Dictionary<string, ClusterConfig> clusters, ClusterConfig c) => clusters[c.Name] = c;
}
