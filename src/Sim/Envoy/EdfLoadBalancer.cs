using Sim.Xds;

namespace Sim.Envoy;

/// <summary>Base of the policies that follow a weighted schedule where weights differ.</summary>
/// <remarks>
/// Envoy: source/extensions/load_balancing_policies/common/load_balancer_impl.cc#EdfLoadBalancerBase. Schedules start
/// at the balancer's own seed at every rebuild.
/// </remarks>
internal abstract class EdfLoadBalancer : ZoneAwareLoadBalancer
{
    private readonly SlowStart? _slowStart;
    private ulong _seed;

    /// <summary>Balancer of a cluster.</summary>
    protected EdfLoadBalancer(LbEnvironment environment, HostSet[] sets, long nowNs)
        : base(environment, sets)
    {
        SlowStartConfig? config = environment.Config.SlowStart;
        _slowStart = config is { WindowMs: > 0 } ? new SlowStart(config, nowNs) : null;
    }

    /// <summary>Builds everything; the derived constructor calls it last.</summary>
    protected void Initialize(long nowNs) => Initialize(() => _seed = Rng.NextUInt64(), nowNs);

    /// <summary>Weight of a host before slow start.</summary>
    protected abstract double BaseWeight(Host host);

    /// <summary>Pick from a list whose weights are all equal.</summary>
    protected abstract Host PickUnweighted(HostSource source);

    /// <summary>Weight of a host now.</summary>
    protected double WeightOf(Host host, long nowNs)
    {
        double weight = BaseWeight(host);
        return _slowStart is not null && _slowStart.IsActive(nowNs) ? _slowStart.Apply(weight, host, nowNs) : weight;
    }

    /// <inheritdoc/>
    protected override Host? ChooseHostOnce(ref LbContext context, long nowNs)
    {
        HostSource? source = SourceFor(ref context, Rng.NextUInt64());
        if (source is null || source.Hosts.Length == 0)
        {
            return null;
        }

        if (source.Schedule is null)
        {
            return PickUnweighted(source);
        }

        var weights = new HostWeights(this, source.Hosts, nowNs);
        return source.Hosts[source.Schedule.PickAndAdd(ref weights)];
    }

    /// <inheritdoc/>
    protected sealed override HostSource CreateSource() => new();

    /// <inheritdoc/>
    protected sealed override void RefreshSource(HostSource source, long nowNs)
    {
        if (!source.IsSeeded)
        {
            source.Index = _seed;
            source.IsSeeded = true;
        }

        Host[] hosts = source.Hosts;
        _slowStart?.Observe(hosts, nowNs);
        bool isUnweighted = AreWeightsEqual(hosts) && (_slowStart is null || !_slowStart.IsActive(nowNs));
        if (isUnweighted || hosts.Length <= 1)
        {
            source.Schedule = null;
            return;
        }

        var weights = new HostWeights(this, hosts, nowNs);
        source.Schedule = EdfScheduler.CreateWithPicks(hosts.Length, ref weights, _seed);
    }

    private static bool AreWeightsEqual(Host[] hosts)
    {
        foreach (Host host in hosts)
        {
            if (host.Weight != hosts[0].Weight)
            {
                return false;
            }
        }

        return true;
    }

    private readonly struct HostWeights(EdfLoadBalancer balancer, Host[] hosts, long nowNs) : IEdfWeights
    {
        public double WeightOf(int entry) => balancer.WeightOf(hosts[entry], nowNs);
    }
}
