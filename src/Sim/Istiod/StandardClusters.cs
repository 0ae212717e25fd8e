using Sim.Core;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>Clusters every proxy has, whatever the services.</summary>
/// <remarks>Istio: pilot/pkg/networking/core/cluster_builder.go#buildBlackHoleCluster, #buildDefaultPassthroughCluster,
/// cluster.go#buildInboundPassthroughClusters.</remarks>
internal static class StandardClusters
{
    /// <summary>Calls to hosts nobody knows, when they are allowed.</summary>
    public static ClusterConfig Passthrough(PushContext push)
    {
        ClusterConfig config = ToOriginal(ClusterNames.Passthrough, push);
        return push.Config.DefaultTrafficPolicy?.ConnectionPool is { } pool
            ? ClusterTrafficPolicy.ApplyConnectionPool(config, pool, null, push) : config;
    }

    /// <summary>Inbound connections to ports no service has.</summary>
    public static ClusterConfig InboundPassthrough(PushContext push) =>
        ToOriginal(ClusterNames.InboundPassthrough, push);

    /// <summary>A cluster without hosts.</summary>
    public static ClusterConfig BlackHole(PushContext push) => new()
    {
        Name = ClusterNames.BlackHole, Type = DiscoveryType.Static, ConnectTimeoutNs = push.Config.ConnectTimeoutNs,
        InlineEndpoints = new ClusterLoadAssignment { ClusterName = ClusterNames.BlackHole, Endpoints = [] },
    };

    private static ClusterConfig ToOriginal(string name, PushContext push) => new()
    {
        Name = name, Type = DiscoveryType.OriginalDst, LbPolicy = LbPolicy.ClusterProvided,
        ConnectTimeoutNs = push.Config.ConnectTimeoutNs, Protocol = UpstreamProtocol.UseDownstream,
        IdleTimeoutNs = 300 * SimDuration.Second,
        TcpKeepalive = ClusterTrafficPolicy.Keepalive(push.Config.TcpKeepalive, null),
    };
}
