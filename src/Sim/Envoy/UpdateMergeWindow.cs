using Sim.Core;

namespace Sim.Envoy;

/// <summary>Decides when a change of one priority reaches the balancer.</summary>
/// <remarks>
/// Envoy: source/common/upstream/cluster_manager_impl.cc#scheduleUpdate, #applyUpdates. The first health change after
/// more than a window of quiet goes out at once; a later one waits for a timer of one window, which the first held
/// change starts. A change of membership goes out at once and takes a held one along. Whole milliseconds.
/// </remarks>
internal struct UpdateMergeWindow
{
    private long _lastDeliveryNs;
    private bool _hasDelivered;

    /// <summary>A window over which nothing was delivered yet.</summary>
    public UpdateMergeWindow() => TimerAtNs = long.MaxValue;

    /// <summary>When the held change is delivered; <see cref="long.MaxValue"/> when none is held.</summary>
    public long TimerAtNs { get; private set; }

    /// <summary>A change has happened. True when it is to be delivered now.</summary>
    /// <param name="isMergeable">A health change, not one of membership, weight or metadata by EDS.</param>
    /// <param name="windowNs">Length of the window; 0 = everything goes out at once.</param>
    /// <param name="nowNs">Time.</param>
    /// <param name="counters">Counters of the cluster.</param>
    public bool Offer(bool isMergeable, long windowNs, long nowNs, LbCounters counters)
    {
        if (windowNs > 0)
        {
            bool isOutOfWindow = !_hasDelivered
                || (nowNs - _lastDeliveryNs) / SimDuration.Millisecond > windowNs / SimDuration.Millisecond;
            if (isMergeable && !isOutOfWindow)
            {
                TimerAtNs = TimerAtNs == long.MaxValue ? nowNs + windowNs : TimerAtNs;
                return false;
            }

            counters.UpdateOutOfMergeWindow += isMergeable ? 1 : 0;
            counters.UpdateMergeCancelled += TimerAtNs != long.MaxValue ? 1 : 0;
            Delivered(nowNs);
        }

        counters.ClusterUpdated++;
        return true;
    }

    /// <summary>True when the timer has come; the held change is then delivered.</summary>
    public bool TryFlush(long nowNs, LbCounters counters)
    {
        if (TimerAtNs > nowNs)
        {
            return false;
        }

        Delivered(nowNs);
        counters.ClusterUpdatedViaMerge++;
        return true;
    }

    private void Delivered(long nowNs)
    {
        TimerAtNs = long.MaxValue;
        _lastDeliveryNs = nowNs;
        _hasDelivered = true;
    }
}
