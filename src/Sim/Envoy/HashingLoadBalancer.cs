using Sim.Xds;

namespace Sim.Envoy;

/// <summary>RING_HASH and MAGLEV: one table per priority, chosen by the request's hash.</summary>
/// <remarks>
/// Envoy: source/extensions/load_balancing_policies/common/thread_aware_lb_impl.cc#ThreadAwareLoadBalancerBase. No
/// locality schedule, zones, retry priorities or degraded hosts; panic is the state when the table was built. Tables
/// are a function of hosts, weights and panic, so one whose input is unchanged is kept.
/// </remarks>
internal sealed class HashingLoadBalancer : LoadBalancer
{
    private readonly LbEnvironment _environment;
    private readonly PriorityLoad _load;
    private Entry[] _entries = [];

    /// <summary>Balancer of a cluster.</summary>
    public HashingLoadBalancer(LbEnvironment environment, HostSet[] sets)
    {
        _environment = environment;
        _load = new PriorityLoad(environment.Config.CommonLb.HealthyPanicThreshold);
        _load.RecalculateAll(sets);
        Rebuild(sets);
    }

    /// <inheritdoc/>
    public override PriorityLoad Load => _load;

    /// <summary>Table of a priority.</summary>
    public HashTable TableOf(int priority) => _entries[priority].Table;

    /// <inheritdoc/>
    public override void PriorityUpdated(HostSet[] sets, int priority, long nowNs)
    {
        _load.Recalculate(sets, priority);
        Rebuild(sets);
    }

    /// <inheritdoc/>
    public override Host? ChooseHost(ref LbContext context, long nowNs)
    {
        ulong hash = context.HasHash ? context.Hash : _environment.Rng.NextUInt64();
        int priority = _load.Choose(hash, out _);
        if (_load.IsInPanic(priority))
        {
            _environment.Counters.LbHealthyPanic++;
        }

        ref Entry entry = ref _entries[priority];
        uint retries = context.IsRetry ? (uint)context.HostSelectionRetryMax : 0;
        Host? host = null;
        for (uint attempt = 0; attempt <= retries; attempt++)
        {
            host = entry.Table.Choose(hash, attempt);
            if (host is null)
            {
                return null;
            }

            if (entry.Bound is not null)
            {
                host = entry.Bound.Choose(host, hash, ActiveRequests());
            }

            if (!context.Rejects(host))
            {
                return host;
            }
        }

        return host;
    }

    private uint ActiveRequests()
    {
        uint sum = 0;
        foreach (Entry entry in _entries)
        {
            foreach (Host host in entry.Set.Hosts)
            {
                sum += (uint)host.RqActive;
            }
        }

        return sum;
    }

    private void Rebuild(HostSet[] sets)
    {
        int known = _entries.Length;
        Array.Resize(ref _entries, sets.Length);
        for (int i = 0; i < sets.Length; i++)
        {
            bool isInPanic = _load.IsInPanic(i);
            if (i >= known || !ReferenceEquals(_entries[i].Set, sets[i]) || _entries[i].IsInPanic != isInPanic)
            {
                _entries[i] = Build(sets[i], isInPanic);
            }
        }
    }

    private Entry Build(HostSet set, bool isInPanic)
    {
        ClusterConfig config = _environment.Config;
        HashedHosts hosts = HashedHosts.Of(set, isInPanic, config.CommonLb.UseHostnameForHashing);
        HashTable table = config.LbPolicy == LbPolicy.Maglev
            ? new MaglevTable(hosts, config.Maglev) : new RingHashTable(hosts, config.RingHash);
        uint factor = config.CommonLb.HashBalanceFactor;
        return new Entry(set, isInPanic, table, factor == 0 ? null : new BoundedLoad(hosts, factor));
    }

    private readonly record struct Entry(HostSet Set, bool IsInPanic, HashTable Table, BoundedLoad? Bound);
}
