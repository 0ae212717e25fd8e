using System.Runtime.CompilerServices;
using Sim.Core;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>Base of ROUND_ROBIN, LEAST_REQUEST and RANDOM: chooses priority, availability and locality.</summary>
/// <remarks>
/// Envoy: source/extensions/load_balancing_policies/common/load_balancer_impl.cc#ZoneAwareLoadBalancerBase. State is
/// per proxy. A pick takes one draw for the priority and up to two for the zone before the policy's own.
/// </remarks>
internal abstract class ZoneAwareLoadBalancer : LoadBalancer
{
    private readonly LbEnvironment _environment;
    private readonly ZoneAwareConfig _zoneConfig;
    private readonly uint _routingEnabled;
    private readonly bool _failTrafficOnPanic;
    private readonly PriorityLoad _load;
    private HostSet[] _sets;
    private PrioritySources[] _sources = [];
    private HostSource? _only;

    /// <summary>Takes the locality draws of every priority; the policy's constructor then builds its sources.</summary>
    protected ZoneAwareLoadBalancer(LbEnvironment environment, HostSet[] sets)
    {
        _environment = environment;
        _sets = sets;
        Rng = environment.Rng;
        CommonLbConfig common = environment.Config.CommonLb;
        _load = new PriorityLoad(common.HealthyPanicThreshold);
        _zoneConfig = common.ZoneAware ?? new ZoneAwareConfig();
        _failTrafficOnPanic = !common.LocalityWeighted && _zoneConfig.FailTrafficOnPanic;
        _routingEnabled = (uint)Math.Round(_zoneConfig.RoutingEnabledPercent, MidpointRounding.AwayFromZero);
    }

    /// <inheritdoc/>
    public sealed override PriorityLoad Load => _load;

    /// <inheritdoc/>
    public sealed override IEnumerable<object> Parts =>
        [this, Rng, _sources, .. _load.Parts, .. _sources, .. _sources.Select(static s => s.Healthy)];

    /// <summary>Stream of this balancer's draws.</summary>
    protected RngStream Rng { get; }

    /// <inheritdoc/>
    public sealed override Host? ChooseHost(ref LbContext context, long nowNs)
    {
        Host? host = ChooseHostOnce(ref context, nowNs);
        if (!context.IsRetry || host is null || !context.Rejects(host))
        {
            return host;
        }

        return ChooseAnotherHost(host, ref context, nowNs);
    }

    /// <inheritdoc/>
    public sealed override void PriorityUpdated(HostSet[] sets, int priority, long nowNs)
    {
        _sets = sets;
        UpdatePriority(priority, nowNs);
    }

    /// <summary>The proxy's own cluster has new hosts in priority 0.</summary>
    public void LocalClusterUpdated()
    {
        if (_sets.Length > 0)
        {
            RebuildZone();
        }

        FindOnly();
    }

    /// <summary>One pick, before predicates.</summary>
    protected abstract Host? ChooseHostOnce(ref LbContext context, long nowNs);

    /// <summary>A new, empty source.</summary>
    protected abstract HostSource CreateSource();

    /// <summary>The hosts of a source have changed.</summary>
    protected abstract void RefreshSource(HostSource source, long nowNs);

    /// <summary>
    /// Locality schedulers, then the policy's seed, then sources: the order of draws at construction.
    /// </summary>
    protected void Initialize(Action drawSeed, long nowNs)
    {
        EnsureSources();
        _load.RecalculateAll(_sets);
        for (int i = 0; i < _sets.Length; i++)
        {
            RebuildLocalities(i);
        }

        drawSeed();
        for (int i = 0; i < _sets.Length; i++)
        {
            RefreshSources(i, nowNs);
        }

        LocalClusterUpdated();
    }

    /// <summary>The one list of unweighted hosts that every first draw leads to; null = the draw decides.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected HostSource? OnlySource(in LbContext context) =>
        context.IsRetry && context.RetryPriority is not null ? null : _only;

    /// <summary>Chooses the list a pick comes from; null when there is to be no host.</summary>
    /// <remarks>Envoy: load_balancer_impl.cc#hostSourceToUse.</remarks>
    protected HostSource? SourceFor(ref LbContext context, ulong hash)
    {
        int priority = context.IsRetry && context.RetryPriority is not null
            ? ChooseRetryPriority(context.RetryPriority, hash, out HostAvailability availability)
            : _load.Choose(hash, out availability);
        PrioritySources sources = _sources[priority];
        if (_load.IsInPanic(priority))
        {
            _environment.Counters.LbHealthyPanic++;
            return _failTrafficOnPanic ? null : sources.All;
        }

        bool isDegraded = availability == HostAvailability.Degraded;
        LocalityScheduler? localities = isDegraded ? sources.DegradedLocalities : sources.HealthyLocalities;
        if (localities is not null)
        {
            return (isDegraded ? sources.LocalityDegraded : sources.LocalityHealthy)[localities.Pick()];
        }

        return sources.Zone is not null ? ZoneSourceFor(sources, isDegraded)
            : isDegraded ? sources.Degraded : sources.Healthy;
    }

    /// <summary>The flat list of healthy hosts that a hash leads to; null when it leads elsewhere.</summary>
    protected HostSource? ExpectedSource(ulong hash)
    {
        PrioritySources sources = _sources[_load.Choose(hash, out _)];
        return sources.HealthyLocalities is null ? sources.Healthy : null;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Host? ChooseAnotherHost(Host first, ref LbContext context, long nowNs)
    {
        Host? host = first;
        for (int i = 0; i < context.HostSelectionRetryMax; i++)
        {
            host = ChooseHostOnce(ref context, nowNs);
            if (host is null || !context.Rejects(host))
            {
                return host;
            }
        }

        return host;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int ChooseRetryPriority(RetryPriorityState state, ulong hash, out HostAvailability availability)
    {
        ReadOnlySpan<uint> healthy = _load.HealthyLoad;
        ReadOnlySpan<uint> degraded = _load.DegradedLoad;
        state.Determine(_sets, ref healthy, ref degraded);
        return PriorityLoad.Choose(hash, healthy, degraded, out availability);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private HostSource? ZoneSourceFor(PrioritySources sources, bool isDegraded)
    {
        HostSource flat = isDegraded ? sources.Degraded : sources.Healthy;
        if (_routingEnabled == 0 || (_routingEnabled < 100 && Rng.NextUInt64() % 100 >= _routingEnabled))
        {
            return flat;
        }

        if (_load.IsBelowThreshold(_environment.LocalCluster!.DeliveredSet(0)))
        {
            _environment.Counters.LbLocalClusterNotOk++;
            return _failTrafficOnPanic ? null : flat;
        }

        var draws = new StreamDraws(Rng);
        int locality = sources.Zone!.ChooseLocality(ref draws, _environment.Counters);
        return (isDegraded ? sources.LocalityDegraded : sources.LocalityHealthy)[locality];
    }

    private void UpdatePriority(int priority, long nowNs)
    {
        EnsureSources();
        _load.Recalculate(_sets, priority);
        RebuildLocalities(priority);
        RefreshSources(priority, nowNs);
        if (priority == 0)
        {
            RebuildZone();
        }

        FindOnly();
    }

    /// <summary>Remembers the one list that picks come from, if there is one and it has no weights.</summary>
    private void FindOnly()
    {
        _only = null;
        if (_load.Only() is >= 0 and int priority && !_load.IsInPanic(priority) && priority < _sources.Length
            && _sources[priority] is { HealthyLocalities: null, Zone: null, Healthy: { Schedule: null } healthy }
            && healthy.Hosts.Length > 0)
        {
            _only = healthy;
        }
    }

    private void EnsureSources()
    {
        int known = _sources.Length;
        if (known < _sets.Length)
        {
            Array.Resize(ref _sources, _sets.Length);
            for (int i = known; i < _sources.Length; i++)
            {
                _sources[i] = new PrioritySources(CreateSource);
            }
        }
    }

    private void RefreshSources(int priority, long nowNs)
    {
        _sources[priority].Refresh(_sets[priority]);
        foreach (HostSource source in _sources[priority].Sources())
        {
            RefreshSource(source, nowNs);
        }
    }

    private void RebuildLocalities(int priority)
    {
        if (!_environment.Config.CommonLb.LocalityWeighted)
        {
            return;
        }

        ulong seed = Rng.NextUInt64();
        PrioritySources sources = _sources[priority];
        sources.HealthyLocalities = LocalityScheduler.Build(_sets[priority], isDegraded: false, seed);
        sources.DegradedLocalities = LocalityScheduler.Build(_sets[priority], isDegraded: true, seed);
    }

    private void RebuildZone()
    {
        UpstreamCluster? local = _environment.LocalCluster;
        if (local is not null && !_environment.Config.CommonLb.LocalityWeighted && _sources.Length > 0)
        {
            _sources[0].Zone = ZoneAwareRouting.Build(
                _sets[0], local.DeliveredSet(0), _zoneConfig, _environment.Counters);
        }
    }
}
