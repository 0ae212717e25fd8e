namespace Sim.Envoy;

/// <summary>RANDOM: one number decides the priority and the host; weights are ignored.</summary>
/// <remarks>
/// Envoy: source/extensions/load_balancing_policies/random/random_lb.cc. With several priorities the host is therefore
/// correlated with the bucket of the priority.
/// </remarks>
internal sealed class RandomLoadBalancer : ZoneAwareLoadBalancer
{
    /// <summary>Balancer of a cluster.</summary>
    public RandomLoadBalancer(LbEnvironment environment, HostSet[] sets, long nowNs)
        : base(environment, sets) => Initialize(static () => { }, nowNs);

    /// <summary>The host a number selects.</summary>
    public static Host? Pick(Host[] hosts, ulong hash) =>
        hosts.Length == 0 ? null : hosts[hash % (ulong)hosts.Length];

    /// <inheritdoc/>
    protected override Host? ChooseHostOnce(ref LbContext context, long nowNs)
    {
        ulong hash = Rng.NextUInt64();
        HostSource? source = SourceFor(ref context, hash);
        return source is null || source.Hosts.Length == 0 ? null : source.Hosts[source.Modulus.Of(hash)];
    }

    /// <inheritdoc/>
    protected override HostSource CreateSource() => new();

    /// <inheritdoc/>
    protected override void RefreshSource(HostSource source, long nowNs)
    {
    }
}
