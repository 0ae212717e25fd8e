using System.Runtime.CompilerServices;
using Sim.Core;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>One Envoy cluster inside one proxy: its members, and the balancer that picks among them.</summary>
/// <remarks>
/// Two states are kept apart, as in Envoy's main and worker threads: the members with their health flags, which outlier
/// detection changes at once, and the lists the balancer picks from, which follow by delivery. Health changes wait for
/// the update merge window; endpoint updates go out at once. Envoy: source/common/upstream/cluster_manager_impl.cc,
/// upstream_impl.cc. A pick costs O(1), or O(log n) with weights, and allocates nothing.
/// </remarks>
public sealed class UpstreamCluster : IHostHealthSink
{
    private readonly Locality _proxyLocality;
    private readonly PrioritySet _members;
    private readonly LoadBalancer _balancer;
    private readonly long _mergeWindowNs;
    private bool _needsLocalities;
    private bool _isInitialized;
    private HostSet[] _sets = [];
    private LocalityLayout?[] _layouts = [];
    private UpdateMergeWindow[] _windows = [];
    private bool[] _isStale = [];

    /// <summary>A cluster with the endpoints of its configuration, or none before the first update.</summary>
    /// <param name="config">Configuration.</param>
    /// <param name="proxyLocality">Locality of the proxy.</param>
    /// <param name="rng">Stream of this cluster's balancing in this proxy.</param>
    /// <param name="nowNs">Time.</param>
    /// <param name="localCluster">The proxy's own cluster, for zone-aware routing; null = none, as in Istio.</param>
    public UpstreamCluster(
        ClusterConfig config, Locality proxyLocality, RngStream rng, long nowNs, UpstreamCluster? localCluster = null)
    {
        Config = config;
        _proxyLocality = proxyLocality;
        _members = new PrioritySet(config);
        _mergeWindowNs = config.CommonLb.UpdateMergeWindowNs;
        _needsLocalities = config.CommonLb.LocalityWeighted || localCluster is not null;
        localCluster?.KeepLocalities();
        Grow();
        if (config.InlineEndpoints is not null)
        {
            Counters.MembershipChange += _members.Apply(config.InlineEndpoints).MembershipChanges;
            DropOverloadPercent = config.InlineEndpoints.DropOverloadPercent;
            _isInitialized = true;
            Grow();
            for (int i = 0; i < _sets.Length; i++)
            {
                Partition(i);
            }
        }

        _balancer = LoadBalancer.Create(new LbEnvironment(config, rng, Counters, localCluster), _sets, nowNs);
        if (localCluster is not null && _balancer is ZoneAwareLoadBalancer zoneAware)
        {
            localCluster.PriorityZeroDelivered += zoneAware.LocalClusterUpdated;
        }
    }

    /// <summary>Priority 0 of this cluster was delivered, for clusters that route by zone against it.</summary>
    internal event Action? PriorityZeroDelivered;

    /// <summary>Configuration.</summary>
    public ClusterConfig Config { get; }

    /// <summary>All hosts, priority by priority, in list order: the detector's view.</summary>
    public IReadOnlyList<Host> Hosts => _members.Hosts;

    /// <summary>Counters since the start.</summary>
    public LbCounters Counters { get; } = new();

    /// <summary>Share of requests to drop before balancing, in percent; follows rebuilds only.</summary>
    public double DropOverloadPercent { get; private set; }

    /// <summary>When <see cref="FlushMerge"/> is due; <see cref="long.MaxValue"/> when nothing is held.</summary>
    public long NextMergeFlushAtNs { get; private set; } = long.MaxValue;

    /// <summary>Number of priorities.</summary>
    public int PriorityCount => _sets.Length;

    /// <summary>Number of hosts (<c>membership_total</c>).</summary>
    public int MembershipTotal => _members.Hosts.Length;

    /// <summary>Number of healthy hosts by the detector's view (<c>membership_healthy</c>).</summary>
    public int MembershipHealthy => Count(static f => HostHealth.Coarse(f) == CoarseHealth.Healthy);

    /// <summary>Number of degraded hosts by the detector's view (<c>membership_degraded</c>).</summary>
    public int MembershipDegraded => Count(static f => HostHealth.Coarse(f) == CoarseHealth.Degraded);

    /// <summary>Number of excluded hosts by the detector's view (<c>membership_excluded</c>).</summary>
    public int MembershipExcluded => Count(HostHealth.IsExcluded);

    /// <summary>Percent of requests per priority that go to healthy hosts: the balancer's view.</summary>
    public ReadOnlySpan<uint> HealthyLoad => _balancer.Load.HealthyLoad;

    /// <summary>Percent of requests per priority that go to degraded hosts: the balancer's view.</summary>
    public ReadOnlySpan<uint> DegradedLoad => _balancer.Load.DegradedLoad;

    /// <summary>Outlier detection; null = none. It is told of every change of membership.</summary>
    public OutlierDetector? Outlier { get; set; }

    /// <summary>Limits of the cluster; null = the caller keeps none.</summary>
    public CircuitBreakers? Breakers { get; set; }

    /// <summary>The balancer, for tests.</summary>
    internal LoadBalancer Balancer => _balancer;

    /// <summary>True when picks of the priority use all its hosts.</summary>
    public bool IsInPanic(int priority) => _balancer.Load.IsInPanic(priority);

    /// <summary>Picks a host for an attempt; null = no healthy upstream.</summary>
    /// <remarks>Draws in Envoy's order. Allocates nothing.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Host? ChooseHost(ref LbContext context, long nowNs) =>
        context.OverrideHost is null || context.IsRetry ? _balancer.ChooseHost(ref context, nowNs)
        : ChooseOverrideHost(ref context, nowNs);

    /// <summary>
    /// An endpoint assignment has arrived. It reaches the balancer at once, held health changes with it.
    /// </summary>
    public void Update(ClusterLoadAssignment assignment, long nowNs)
    {
        Counters.UpdateSuccess++;
        (IReadOnlyList<int> rebuilt, int membershipChanges) = _members.Apply(assignment);
        if (rebuilt.Count == 0)
        {
            Counters.UpdateNoRebuild++;
            _isInitialized = true;
            return;
        }

        Counters.MembershipChange += membershipChanges;
        if (membershipChanges > 0)
        {
            Outlier?.HostsChanged(_members.Hosts);
        }

        DropOverloadPercent = assignment.DropOverloadPercent;
        Grow();
        foreach (int priority in rebuilt)
        {
            _layouts[priority] = null;
            _isStale[priority] = true;
            if (_isInitialized)
            {
                _windows[priority].Offer(isMergeable: false, _mergeWindowNs, nowNs, Counters);
            }

            Deliver(priority, nowNs);
        }

        _isInitialized = true;
        SetNextFlush();
    }

    /// <summary>An endpoint response without this cluster has arrived: hosts stay.</summary>
    public void UpdateEmpty()
    {
        Counters.UpdateSuccess++;
        Counters.UpdateEmpty++;
    }

    /// <summary>Outlier detection or a health check has changed the flags of a host.</summary>
    /// <remarks>
    /// Envoy: upstream_impl.cc#ClusterImplBase::reloadHealthyHosts partitions every priority anew, so a change in one
    /// priority starts the window of all of them.
    /// </remarks>
    public void HostHealthChanged(Host host, long nowNs)
    {
        if ((host.Flags & HealthFlags.PendingDynamicRemoval) != 0 && (host.Flags & HealthFlags.FailedActiveHc) != 0)
        {
            _members.Remove(host);
            _layouts[host.Priority] = null;
            Counters.MembershipChange++;
            Outlier?.HostsChanged(_members.Hosts);
        }

        _isStale[host.Priority] = true;
        for (int i = 0; i < _windows.Length; i++)
        {
            if (_windows[i].Offer(isMergeable: true, _mergeWindowNs, nowNs, Counters))
            {
                Deliver(i, nowNs);
            }
        }

        SetNextFlush();
    }

    /// <summary>Delivers the health changes whose window has ended.</summary>
    public void FlushMerge(long nowNs)
    {
        for (int i = 0; i < _windows.Length; i++)
        {
            if (_windows[i].TryFlush(nowNs, Counters))
            {
                Deliver(i, nowNs);
            }
        }

        SetNextFlush();
    }

    /// <summary>The state a pick is made in. Allocates.</summary>
    public LbExplanation Explain()
    {
        var priorities = new List<PriorityExplanation>();
        for (int i = 0; i < _sets.Length; i++)
        {
            HostSet set = _sets[i];
            HostSet grouped = HostSet.Partition(_members.Priorities[i], Layout(i));
            priorities.Add(new PriorityExplanation(
                i, set.Hosts.Length, set.Healthy.Length, set.Degraded.Length, set.ExcludedCount,
                set.Hosts.Count(static h => (h.Flags & HealthFlags.FailedOutlierCheck) != 0),
                HealthyLoad[i], DegradedLoad[i], IsInPanic(i),
                [.. grouped.Localities.Select(static l => (l.Locality.ToString(), l.Healthy.Length, l.Hosts.Length))]));
        }

        return new LbExplanation(
            Config.Name, Config.LbPolicy.ToString(), priorities, NextMergeFlushAtNs != long.MaxValue);
    }

    /// <summary>The lists of a priority as the balancer has them.</summary>
    internal HostSet DeliveredSet(int priority) => _sets[priority];

    /// <remarks>Envoy: source/common/upstream/host_utility.cc#selectOverrideHost.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Host? ChooseOverrideHost(ref LbContext context, long nowNs)
    {
        Host? host = _members.Find(context.OverrideHost!);
        if (host is not null && IsAllowed(HostHealth.StatusOf(host)))
        {
            return host;
        }

        return context.OverrideHostIsStrict ? null : _balancer.ChooseHost(ref context, nowNs);
    }

    private bool IsAllowed(EdsHealthStatus status) =>
        Config.CommonLb.OverrideHostStatuses?.Contains(status)
        ?? status is EdsHealthStatus.Unknown or EdsHealthStatus.Healthy or EdsHealthStatus.Degraded;

    private LocalityLayout Layout(int priority) => _layouts[priority] ??= LocalityLayout.Of(
        _members.Priorities[priority], _proxyLocality, Config.CommonLb.LocalityWeighted);

    private void Deliver(int priority, long nowNs)
    {
        if (_balancer is HashingLoadBalancer)
        {
            // Tables are built on the main thread for all priorities and shared, so one delivery shows all changes.
            for (int i = 0; i < _sets.Length; i++)
            {
                if (_isStale[i] && i != priority)
                {
                    Partition(i);
                    _balancer.PriorityUpdated(_sets, i, nowNs);
                }
            }
        }

        if (_isStale[priority])
        {
            Partition(priority);
        }

        _balancer.PriorityUpdated(_sets, priority, nowNs);
        if (priority == 0)
        {
            PriorityZeroDelivered?.Invoke();
        }
    }

    private void Partition(int priority)
    {
        _isStale[priority] = false;
        _sets[priority] = HostSet.Partition(
            _members.Priorities[priority], _needsLocalities ? Layout(priority) : null);
    }

    private void KeepLocalities()
    {
        _needsLocalities = true;
        for (int i = 0; i < _sets.Length; i++)
        {
            Partition(i);
        }
    }

    private void Grow()
    {
        int known = _sets.Length;
        int count = _members.Priorities.Count;
        if (known == count)
        {
            return;
        }

        Array.Resize(ref _sets, count);
        Array.Resize(ref _layouts, count);
        Array.Resize(ref _windows, count);
        Array.Resize(ref _isStale, count);
        for (int i = known; i < count; i++)
        {
            _sets[i] = HostSet.Empty;
            _windows[i] = new UpdateMergeWindow();
        }
    }

    private void SetNextFlush()
    {
        NextMergeFlushAtNs = long.MaxValue;
        foreach (UpdateMergeWindow window in _windows)
        {
            NextMergeFlushAtNs = Math.Min(NextMergeFlushAtNs, window.TimerAtNs);
        }
    }

    private int Count(Func<HealthFlags, bool> condition)
    {
        int count = 0;
        foreach (Host host in _members.Hosts)
        {
            count += condition(host.Flags) ? 1 : 0;
        }

        return count;
    }
}
