using Sim.Core;

namespace Sim.Istiod;

/// <summary>Debounce of one istiod: when changes become a push. A state machine without a clock.</summary>
/// <remarks>
/// Istio: pilot/pkg/xds/discovery.go#debounce. A push starts once nothing happened for the quiet period, or at the
/// latest when the longest wait since the first change is over; a push that is still being built holds the next one
/// back. Times are nanoseconds of simulated time.
/// </remarks>
public sealed class PushQueue
{
    private readonly long _quietNs;
    private readonly long _longestNs;
    private readonly bool _debouncesEndpoints;
    private long _firstNs = -1;
    private long _lastNs;
    private bool _isFull;
    private bool _isPushing;
    private long _freeNs;

    /// <summary>A queue.</summary>
    /// <param name="quietNs">Quiet period (PILOT_DEBOUNCE_AFTER, 100 ms).</param>
    /// <param name="longestNs">Longest wait (PILOT_DEBOUNCE_MAX, 10 s).</param>
    /// <param name="debouncesEndpoints">Changes of endpoints wait like others (PILOT_ENABLE_EDS_DEBOUNCE,
    /// true).</param>
    public PushQueue(
        long quietNs = 100 * SimDuration.Millisecond, long longestNs = 10 * SimDuration.Second,
        bool debouncesEndpoints = true)
    {
        _debouncesEndpoints = debouncesEndpoints;
        _quietNs = quietNs;
        _longestNs = longestNs;
    }

    /// <summary>When the next push starts, or <see cref="long.MaxValue"/> while there is nothing to push or a push is
    /// being built.</summary>
    public long NextPushAtNs => _firstNs < 0 || _isPushing ? long.MaxValue
        : Math.Max(_freeNs, Math.Min(_lastNs + _quietNs, _firstNs + _longestNs));

    /// <summary>Whether the waiting changes need a full push.</summary>
    public bool IsFull => _isFull;

    /// <summary>Whether changes wait.</summary>
    public bool HasPending => _firstNs >= 0;

    /// <summary>A change arrives.</summary>
    /// <param name="nowNs">Time.</param>
    /// <param name="isFull">More than endpoints changed.</param>
    /// <returns>False when the change is pushed at once, beside the queue.</returns>
    public bool OnEvent(long nowNs, bool isFull = true)
    {
        if (!isFull && !_debouncesEndpoints)
        {
            return false;
        }

        if (_firstNs < 0)
        {
            _firstNs = nowNs;
            _isFull = false;
        }

        _lastNs = nowNs;
        _isFull |= isFull;
        return true;
    }

    /// <summary>Starts the push that is due; later changes wait for the next one.</summary>
    /// <param name="nowNs">Time, at or after <see cref="NextPushAtNs"/>.</param>
    /// <returns>Whether it is a full push.</returns>
    public bool Push(long nowNs)
    {
        if (NextPushAtNs > nowNs)
        {
            throw new InvalidOperationException("no push is due");
        }

        bool full = _isFull;
        _firstNs = -1;
        _isFull = false;
        _isPushing = true;
        return full;
    }

    /// <summary>The push has been built: the next one may start.</summary>
    /// <param name="nowNs">Time.</param>
    public void PushDone(long nowNs)
    {
        _isPushing = false;
        _freeNs = nowNs;
    }

    /// <summary>Nothing waits any more: the process was started anew.</summary>
    public void Forget()
    {
        _firstNs = -1;
        _isFull = false;
        _isPushing = false;
    }

    /// <summary>Whether new endpoints of a service in one cluster change the identities that callers accept: clusters
    /// carry those, so that an update of endpoints alone would not do.</summary>
    /// <param name="before">Service accounts of the endpoints by cluster.</param>
    /// <param name="cluster">The cluster that changes.</param>
    /// <param name="after">Its new endpoints' accounts.</param>
    /// <remarks>Istio: pilot/pkg/model/endpointshards.go#updateShardServiceAccount.</remarks>
    public static bool ServiceAccountsChange(
        IReadOnlyDictionary<string, IReadOnlyList<string>> before, string cluster, IReadOnlyList<string> after)
    {
        var old = new SortedSet<string>(before.Values.SelectMany(static a => a), StringComparer.Ordinal);
        var now = new SortedSet<string>(after, StringComparer.Ordinal);
        foreach ((string other, IReadOnlyList<string> accounts) in before)
        {
            if (other != cluster)
            {
                now.UnionWith(accounts);
            }
        }

        old.Remove("");
        now.Remove("");
        return !old.SetEquals(now);
    }
}
