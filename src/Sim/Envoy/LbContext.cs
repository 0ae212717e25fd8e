using System.Runtime.CompilerServices;

namespace Sim.Envoy;

/// <summary>What one request tells the balancer. One per request; lives in the request's slot.</summary>
/// <remarks>
/// Envoy: source/common/upstream/load_balancer_context_base.h, source/common/router/router.h. The first
/// <see cref="InlineHosts"/> attempted hosts are stored in place; only a request with more attempts allocates.
/// </remarks>
public struct LbContext
{
    /// <summary>Attempted hosts kept without allocation.</summary>
    public const int InlineHosts = 4;

    /// <summary>True when a hash policy of the route gave a hash.</summary>
    public bool HasHash;

    /// <summary>True from the second attempt on: predicates and retry priorities apply.</summary>
    public bool IsRetry;

    /// <summary>The retry policy has the predicate <c>previous_hosts</c>.</summary>
    public bool AvoidPreviousHosts;

    /// <summary>An override host that cannot be used means no host, instead of normal balancing.</summary>
    public bool OverrideHostIsStrict;

    /// <summary><c>host_selection_retry_max_attempts</c>: picks allowed on a retry, less one.</summary>
    public int HostSelectionRetryMax;

    /// <summary>The request's hash; meaningless without <see cref="HasHash"/>.</summary>
    public ulong Hash;

    /// <summary>State of <c>previous_priorities</c>; null when the retry policy does not use it.</summary>
    public RetryPriorityState? RetryPriority;

    /// <summary>Subset criteria of the route, merged with those of the weighted cluster entry; null = none.</summary>
    public SubsetCriteria? SubsetCriteria;

    /// <summary>Host a filter asks for, <c>ip:port</c>; null = none. Ignored on retries.</summary>
    public string? OverrideHost;

    private AttemptedHosts _attempted;
    private Host[]? _overflow;

    /// <summary>Number of hosts attempted so far.</summary>
    public int AttemptedCount { readonly get; private set; }

    /// <summary>Notes that an attempt goes to this host.</summary>
    public void AddAttempted(Host host)
    {
        if (AttemptedCount < InlineHosts)
        {
            _attempted[AttemptedCount] = host;
        }
        else
        {
            AddOverflow(host);
        }

        AttemptedCount++;
        RetryPriority?.AddAttempted(host);
    }

    /// <summary>True when an earlier attempt of this request went to the host's address.</summary>
    public readonly bool WasAttempted(Host host)
    {
        int inline = Math.Min(AttemptedCount, InlineHosts);
        for (int i = 0; i < inline; i++)
        {
            if (SameAddress(_attempted[i]!, host))
            {
                return true;
            }
        }

        for (int i = InlineHosts; i < AttemptedCount; i++)
        {
            if (SameAddress(_overflow![i - InlineHosts], host))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True when the retry predicates refuse the host.</summary>
    /// <remarks>Envoy: source/common/router/router.h#shouldSelectAnotherHost.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly bool Rejects(Host host) => IsRetry && AvoidPreviousHosts && WasAttempted(host);

    private static bool SameAddress(Host a, Host b) =>
        ReferenceEquals(a, b) || string.Equals(a.Address, b.Address, StringComparison.Ordinal);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddOverflow(Host host)
    {
        int index = AttemptedCount - InlineHosts;
        if (_overflow is null || index >= _overflow.Length)
        {
            Array.Resize(ref _overflow, Math.Max(8, 2 * index));
        }

        _overflow[index] = host;
    }

    [InlineArray(InlineHosts)]
    private struct AttemptedHosts
    {
        private Host? _first;
    }
}
