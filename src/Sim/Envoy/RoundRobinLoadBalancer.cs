namespace Sim.Envoy;

/// <summary>ROUND_ROBIN.</summary>
/// <remarks>Envoy: source/extensions/load_balancing_policies/round_robin/round_robin_lb.h.</remarks>
internal sealed class RoundRobinLoadBalancer : EdfLoadBalancer
{
    /// <summary>Balancer of a cluster.</summary>
    public RoundRobinLoadBalancer(LbEnvironment environment, HostSet[] sets, long nowNs)
        : base(environment, sets, nowNs) => Initialize(nowNs);

    /// <inheritdoc/>
    protected override double BaseWeight(Host host) => host.Weight;

    /// <inheritdoc/>
    protected override Host PickUnweighted(HostSource source) =>
        source.Hosts[source.Index++ % (ulong)source.Hosts.Length];
}
