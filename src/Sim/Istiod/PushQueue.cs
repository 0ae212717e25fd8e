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
    private long _firstNs = -1;
    private long _lastNs;
    private bool _isFull;
    private bool _isPushing;
    private long _freeNs;

    /// <summary>A queue.</summary>
    /// <param name="quietNs">Quiet period (PILOT_DEBOUNCE_AFTER, 100 ms).</param>
    /// <param name="longestNs">Longest wait (PILOT_DEBOUNCE_MAX, 10 s).</param>
    public PushQueue(long quietNs = 100 * SimDuration.Millisecond, long longestNs = 10 * SimDuration.Second)
    {
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
    public void OnEvent(long nowNs, bool isFull = true)
    {
        if (_firstNs < 0)
        {
            _firstNs = nowNs;
            _isFull = false;
        }

        _lastNs = nowNs;
        _isFull |= isFull;
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
}
