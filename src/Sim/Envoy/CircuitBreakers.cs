using System.Runtime.CompilerServices;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>Which of a cluster's limits a step needs.</summary>
public enum BreakerResource
{
    /// <summary>Connections.</summary>
    Connections,

    /// <summary>Requests waiting for a connection.</summary>
    PendingRequests,

    /// <summary>Requests on connections.</summary>
    Requests,

    /// <summary>Retries decided and not yet answered.</summary>
    Retries,
}

/// <summary>Limits of one Envoy cluster in one proxy, for the DEFAULT and the HIGH routing priority.</summary>
/// <remarks>
/// Envoy: source/common/upstream/resource_manager_impl.h. Admission is <c>current &lt; max</c>; taking a place is a
/// separate step and never fails, so a count may pass its limit. A call costs O(1) and allocates nothing.
/// </remarks>
public sealed class CircuitBreakers
{
    private const int Resources = 4;

    private readonly CircuitBreakerThresholds _default;
    private readonly CircuitBreakerThresholds _high;
    private Limits _max;
    private Places _count;

    /// <summary>Limits of both routing priorities.</summary>
    /// <param name="defaultPriority">Limits of ordinary routes.</param>
    /// <param name="highPriority">Limits of routes with priority HIGH.</param>
    public CircuitBreakers(CircuitBreakerThresholds defaultPriority, CircuitBreakerThresholds highPriority)
    {
        _default = defaultPriority;
        _high = highPriority;
        SetMax(0, defaultPriority);
        SetMax(Resources, highPriority);
    }

    /// <summary>Limits of a cluster.</summary>
    public CircuitBreakers(ClusterConfig config)
        : this(config.CircuitBreakers, config.HighPriorityCircuitBreakers)
    {
    }

    /// <summary>Counters of the cluster.</summary>
    public UpstreamCounters Counters { get; } = new();

    /// <summary>Whether one more place may be taken.</summary>
    public bool CanCreate(BreakerResource resource, bool isHighPriority)
    {
        int at = Index(resource, isHighPriority);
        return resource == BreakerResource.Retries ? _count[at] < MaxRetries(isHighPriority)
            : (uint)_count[at] < _max[at];
    }

    /// <summary>Whether a host with so many connections may be given one more.</summary>
    /// <remarks>Envoy: source/common/upstream/upstream_impl.h#HostImplBase::canCreateConnection.</remarks>
    public bool CanConnect(int connectionsOfHost, bool isHighPriority) =>
        (uint)connectionsOfHost < (isHighPriority ? _high : _default).MaxConnectionsPerHost
        && CanCreate(BreakerResource.Connections, isHighPriority);

    /// <summary>Takes a place, whatever the limit.</summary>
    public void Increment(BreakerResource resource, bool isHighPriority) => _count[Index(resource, isHighPriority)]++;

    /// <summary>Gives a place back.</summary>
    public void Decrement(BreakerResource resource, bool isHighPriority)
    {
        int at = Index(resource, isHighPriority);
        if (--_count[at] < 0)
        {
            throw new InvalidOperationException("more places of " + resource + " given back than were taken");
        }
    }

    /// <summary>Places taken.</summary>
    public int Count(BreakerResource resource, bool isHighPriority) => _count[Index(resource, isHighPriority)];

    /// <summary>The gauge <c>..._open</c>: 1 when no further place may be taken.</summary>
    public int Open(BreakerResource resource, bool isHighPriority) => CanCreate(resource, isHighPriority) ? 0 : 1;

    /// <summary>The gauge <c>remaining_...</c>: places left, never negative.</summary>
    public long Remaining(BreakerResource resource, bool isHighPriority)
    {
        int at = Index(resource, isHighPriority);
        long max = resource == BreakerResource.Retries ? MaxRetries(isHighPriority) : _max[at];
        return Math.Max(0, max - _count[at]);
    }

    /// <summary>Retries that may be in progress now: the static limit, or the budget where one is configured.</summary>
    public long MaxRetries(bool isHighPriority)
    {
        CircuitBreakerThresholds limits = isHighPriority ? _high : _default;
        if (limits.RetryBudget is not RetryBudget budget)
        {
            return limits.MaxRetries;
        }

        long inProgress = (long)Count(BreakerResource.Requests, isHighPriority)
            + Count(BreakerResource.PendingRequests, isHighPriority);
        return MaxRetriesOfBudget(budget, inProgress);
    }

    /// <summary>Retries that a budget grants for a number of requests on connections or waiting for one.</summary>
    /// <remarks>Envoy: resource_manager_impl.h#RetryBudgetImpl::max. The share is truncated.</remarks>
    public static long MaxRetriesOfBudget(RetryBudget budget, long inProgress) =>
        Math.Max((long)(budget.Percent / 100.0 * inProgress), budget.MinRetryConcurrency);

    [InlineArray(2 * Resources)]
    private struct Limits
    {
        private uint _first;
    }

    [InlineArray(2 * Resources)]
    private struct Places
    {
        private int _first;
    }

    private static int Index(BreakerResource resource, bool isHighPriority) =>
        (int)resource + (isHighPriority ? Resources : 0);

    private void SetMax(int offset, CircuitBreakerThresholds limits)
    {
        _max[offset + (int)BreakerResource.Connections] = limits.MaxConnections;
        _max[offset + (int)BreakerResource.PendingRequests] = limits.MaxPendingRequests;
        _max[offset + (int)BreakerResource.Requests] = limits.MaxRequests;
        _max[offset + (int)BreakerResource.Retries] = limits.MaxRetries;
    }
}
