using Sim.Core;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>What a balancer is built from.</summary>
/// <param name="Config">The cluster.</param>
/// <param name="Rng">Stream of this cluster's balancing in this proxy.</param>
/// <param name="Counters">Counters to add to.</param>
/// <param name="LocalCluster">The proxy's own cluster for zone-aware routing; null in a mesh.</param>
internal sealed record LbEnvironment(
    ClusterConfig Config, RngStream Rng, LbCounters Counters, UpstreamCluster? LocalCluster);

/// <summary>One balancer over delivered host lists.</summary>
internal abstract class LoadBalancer
{
    /// <summary>Loads and panic flags in force.</summary>
    public abstract PriorityLoad Load { get; }

    /// <summary>Picks a host, or none. Allocates nothing.</summary>
    public abstract Host? ChooseHost(ref LbContext context, long nowNs);

    /// <summary>Objects that every pick reads, hosts apart.</summary>
    public virtual IEnumerable<object> Parts => [this];

    /// <summary>Asks for the memory of the hosts that the next pick would look at. Draws nothing.</summary>
    /// <param name="isFirst">Of their places in the list; else of the hosts themselves.</param>
    public virtual void Prefetch(bool isFirst)
    {
    }

    /// <summary>The host that a first try would be given now; null = not known without drawing.</summary>
    public virtual Host? Expected => null;

    /// <summary>New lists of one priority have arrived.</summary>
    /// <param name="sets">All priorities.</param>
    /// <param name="priority">The one that changed.</param>
    /// <param name="nowNs">Time.</param>
    public abstract void PriorityUpdated(HostSet[] sets, int priority, long nowNs);

    /// <summary>Builds the balancer of a cluster.</summary>
    public static LoadBalancer Create(LbEnvironment environment, HostSet[] sets, long nowNs) =>
        environment.Config.LbSubsets is { Selectors.Count: > 0 }
            ? new SubsetLoadBalancer(environment, sets, nowNs) : CreatePolicy(environment, sets, nowNs);

    /// <summary>Builds the balancer of a policy.</summary>
    protected static LoadBalancer CreatePolicy(LbEnvironment environment, HostSet[] sets, long nowNs) =>
        environment.Config.LbPolicy switch
        {
            LbPolicy.LeastRequest => new LeastRequestLoadBalancer(environment, sets, nowNs),
            LbPolicy.Random => new RandomLoadBalancer(environment, sets, nowNs),
            LbPolicy.RingHash or LbPolicy.Maglev => new HashingLoadBalancer(environment, sets),
            _ => new RoundRobinLoadBalancer(environment, sets, nowNs),
        };
}
