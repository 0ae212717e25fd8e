using Sim.Xds;

namespace Sim.Envoy;

/// <summary>Merges the endpoints of an assignment into the hosts of one priority.</summary>
/// <remarks>
/// Envoy: source/common/upstream/upstream_impl.cc#BaseDynamicClusterImpl::updateDynamicHostList. Hosts are matched by
/// address over all priorities. A host is kept, with its state, unless its locality or host name changed.
/// </remarks>
internal sealed class HostListUpdate(
    ClusterConfig config, IReadOnlyDictionary<string, Host> byAddress, IReadOnlySet<string> assigned)
{
    private readonly HashSet<Host> _kept = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<string> _replaced = new(StringComparer.Ordinal);
    private readonly List<Host> _final = [];
    private bool _changed;
    private bool _added;

    /// <summary>The new list.</summary>
    public Host[] Result => [.. _final];

    /// <summary>True when a host was added to or removed from the priority.</summary>
    public bool MembershipChanged { get; private set; }

    /// <summary>Runs the update. True when balancers must be rebuilt.</summary>
    /// <param name="priority">The priority.</param>
    /// <param name="current">Its hosts so far.</param>
    /// <param name="endpoints">Hosts as the assignment states them.</param>
    public bool Run(int priority, Host[] current, List<Host> endpoints)
    {
        foreach (Host stated in endpoints)
        {
            Host? existing = byAddress.GetValueOrDefault(stated.Address);
            if (existing is not null)
            {
                existing.Flags &= ~HealthFlags.PendingDynamicRemoval;
            }

            if (existing is not null && IsSame(existing, stated) && _kept.Add(existing))
            {
                Keep(existing, stated, priority);
            }
            else
            {
                Add(stated, existing);
            }
        }

        bool removed = false;
        var members = new HashSet<Host>(current, ReferenceEqualityComparer.Instance);
        foreach (Host host in current)
        {
            if (_kept.Contains(host))
            {
                continue;
            }

            if (StaysForHealth(host))
            {
                host.Flags |= HealthFlags.PendingDynamicRemoval;
                _final.Add(host);
            }
            else
            {
                removed = true;
            }
        }

        bool moved = _kept.Any(h => !members.Contains(h));
        MembershipChanged = _added || removed;
        return _changed || moved || MembershipChanged;
    }

    private static bool IsSame(Host existing, Host stated) =>
        existing.Locality.Equals(stated.Locality)
        && string.Equals(existing.Endpoint.Hostname, stated.Endpoint.Hostname, StringComparison.Ordinal);

    private static bool IsMetadataEqual(LbEndpoint a, LbEndpoint b)
    {
        if (!string.Equals(a.Workload, b.Workload, StringComparison.Ordinal)
            || !string.Equals(a.TlsMode, b.TlsMode, StringComparison.Ordinal))
        {
            return false;
        }

        int count = a.LbMetadata?.Count ?? 0;
        if (count != (b.LbMetadata?.Count ?? 0))
        {
            return false;
        }

        return count == 0 || a.LbMetadata!.All(
            p => b.LbMetadata!.TryGetValue(p.Key, out string? v) && string.Equals(v, p.Value,
                StringComparison.Ordinal));
    }

    private void Keep(Host host, Host stated, int priority)
    {
        _changed |= host.Weight != stated.Weight || !IsMetadataEqual(host.Endpoint, stated.Endpoint);
        host.Weight = stated.Weight;
        HealthFlags flags = (host.Flags & ~HostHealth.EdsFlags) | HostHealth.FromEds(stated.Endpoint.HealthStatus);
        _changed |= flags != host.Flags;
        host.Flags = flags;
        host.Endpoint = stated.Endpoint;
        if (host.Priority != priority)
        {
            host.Priority = priority;
            _added = true;
        }

        _final.Add(host);
    }

    private void Add(Host host, Host? existing)
    {
        host.Flags = HostHealth.FromEds(host.Endpoint.HealthStatus);
        if (config.ActiveHealthCheck is not null)
        {
            const HealthFlags Checked =
                HealthFlags.FailedActiveHc | HealthFlags.PendingActiveHc | HealthFlags.ActiveHcTimeout
                | HealthFlags.DegradedActiveHc;
            host.Flags |= existing is not null ? existing.Flags & Checked
                : config.ActiveHealthCheck.IgnoreNewHostsUntilFirstCheck
                    ? HealthFlags.FailedActiveHc | HealthFlags.PendingActiveHc : HealthFlags.FailedActiveHc;
        }

        if (existing is not null)
        {
            _replaced.Add(host.Address);
        }

        _added = true;
        _final.Add(host);
    }

    /// <summary>A host that is gone from the assignment stays while its active health check passes.</summary>
    private bool StaysForHealth(Host host) =>
        config.ActiveHealthCheck is { IgnoreHealthOnHostRemoval: false }
        && !assigned.Contains(host.Address) && !_replaced.Contains(host.Address)
        && (host.Flags & (HealthFlags.FailedActiveHc | HealthFlags.FailedEdsHealth)) == 0;
}
