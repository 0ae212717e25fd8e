using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Runs;

/// <summary>One Envoy cluster inside one proxy: balancer, detector, breakers and the proxy's connections.</summary>
internal sealed class ClusterRuntime
{
    public ClusterRuntime(int id, ProxyRuntime proxy, ClusterConfig config, UpstreamCluster upstream)
    {
        Id = id;
        Proxy = proxy;
        Config = config;
        Upstream = upstream;
        Breakers = new CircuitBreakers(config);
    }

    /// <summary>Dense id within the run; target of sweep and merge events.</summary>
    public int Id { get; }

    public ProxyRuntime Proxy { get; }

    public ClusterConfig Config { get; }

    /// <summary>The configuration as told: with names where <see cref="Config"/> has their addresses.</summary>
    public ClusterConfig Told { get; init; } = null!;

    public UpstreamCluster Upstream { get; }

    public OutlierDetector? Outlier { get; set; }

    public CircuitBreakers Breakers { get; }

    /// <summary>Time of the merge event that is pending; <see cref="long.MaxValue"/> = none.</summary>
    public long MergeEventNs { get; set; } = long.MaxValue;

    /// <summary>False once the proxy dropped the cluster: pending events are ignored.</summary>
    public bool IsLive { get; set; } = true;
}
