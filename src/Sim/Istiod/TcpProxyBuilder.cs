using System.Globalization;
using Sim.Core;
using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>Settings that DestinationRules put on TCP proxies. Only the rule's own policy and its subsets' count; those
/// of single ports do not.</summary>
/// <remarks>Istio: pilot/pkg/networking/core/networkfilter.go#buildOutboundNetworkFiltersWithSingleDestination,
/// #maybeSetHashPolicy; pilot/pkg/networking/core/tunnelingconfig.</remarks>
internal static class TcpProxyBuilder
{
    /// <summary>Settings of a proxy of connections to one host, or to several of which this is the first.</summary>
    /// <param name="proxy">Proxy.</param>
    /// <param name="service">Host; null = unknown.</param>
    /// <param name="subset">Subset; empty for several destinations.</param>
    /// <param name="hasTunnel">Tunnels are set up (not where connections are passed on by server name).</param>
    public static TcpProxySettings For(Proxy proxy, Service? service, string subset, bool hasTunnel = true)
    {
        DestinationRule? rule = service is null ? null : proxy.RuleFor(service)?.Rule;
        TrafficPolicy? policy = rule?.TrafficPolicy;
        TrafficPolicy? own = subset.Length == 0 ? null
            : rule?.Subsets.FirstOrDefault(s => s.Name == subset)?.TrafficPolicy;
        TunnelSettings? tunnel = hasTunnel ? own?.Tunnel ?? policy?.Tunnel : null;
        return new TcpProxySettings
        {
            HashesSourceAddress = (own?.LoadBalancer ?? policy?.LoadBalancer)?.ConsistentHash is { UseSourceIp: true },
            IdleTimeoutNs = policy?.ConnectionPool?.TcpIdleTimeoutNs ?? Metadata(proxy),
            MaxConnectionDurationNs = policy?.ConnectionPool?.MaxConnectionDurationNs,
            TunnelHost = tunnel is null ? "" : Target(tunnel),
            TunnelUsesPost = tunnel?.Protocol == "POST",
        };
    }

    private static long? Metadata(Proxy proxy) =>
        SimDuration.TryParse(proxy.Pod.ProxyMetadata.GetValueOrDefault("IDLE_TIMEOUT", ""), out long ns) ? ns : null;

    private static string Target(TunnelSettings tunnel)
    {
        string host = tunnel.TargetHost.Contains(':', StringComparison.Ordinal)
            ? "[" + tunnel.TargetHost + "]" : tunnel.TargetHost;
        return string.Create(CultureInfo.InvariantCulture, $"{host}:{tunnel.TargetPort}");
    }
}
