using Sim.Engine;

namespace Sim.Runs;

/// <content>Timeouts. Nearly all of them are for nothing, so those of one kind and length share one event.</content>
internal sealed partial class RequestLifecycle
{
    private const int QueuesMost = 256;
    private const int RecentQueues = 16;

    private readonly List<(EventKind Kind, DeadlineQueue<CallDeadlines> Queue)> _deadlines = [];
    private readonly Dictionary<(EventKind Kind, long DurationNs), int> _deadlineQueues = [];
    private readonly (EventKind Kind, long DurationNs, DeadlineQueue<CallDeadlines>? Queue)[] _recentQueues =
        new (EventKind, long, DeadlineQueue<CallDeadlines>?)[RecentQueues];

    /// <summary>Schedules the timeout of a call or of its present try.</summary>
    /// <param name="kind">Kind.</param>
    /// <param name="durationNs">From now, at least 0.</param>
    /// <param name="call">Call.</param>
    /// <param name="life">Guard: generation of the call, for tries their <see cref="AttemptKey"/>.</param>
    private void SetDeadline(EventKind kind, long durationNs, int call, uint life)
    {
        ref (EventKind Kind, long DurationNs, DeadlineQueue<CallDeadlines>? Queue) recent =
            ref _recentQueues[(int)((ulong)(durationNs ^ (durationNs >> 20)) + (uint)kind) & (RecentQueues - 1)];
        if (recent.Queue is not null && recent.DurationNs == durationNs && recent.Kind == kind)
        {
            recent.Queue.Add(call, life);
            return;
        }

        if (!_deadlineQueues.TryGetValue((kind, durationNs), out int queue))
        {
            if (_deadlines.Count == QueuesMost)
            {
                Schedule(kind, Now + durationNs, call, life);
                return;
            }

            queue = _deadlines.Count;
            var owner = new CallDeadlines(this, IsOfTry(kind));
            _deadlines.Add((kind, new DeadlineQueue<CallDeadlines>(
                _queue, owner, durationNs, (1, (int)EventKind.Deadline, queue))));
            _deadlineQueues.Add((kind, durationNs), queue);
        }

        recent = (kind, durationNs, _deadlines[queue].Queue);
        recent.Queue.Add(call, life);
    }

    private static bool IsOfTry(EventKind kind) =>
        kind is EventKind.PerTryTimeout or EventKind.PerTryIdleTimeout or EventKind.UpstreamDuration;

    private void OnDeadline(int queue)
    {
        if (_deadlines[queue].Queue.TryFire(out int call, out uint life))
        {
            Handle(_deadlines[queue].Kind, call, life);
        }
    }

    private readonly struct CallDeadlines(RequestLifecycle lifecycle, bool isOfTry) : IDeadlineOwner
    {
        public bool IsAlive(int slot, uint life) =>
            isOfTry ? lifecycle.IsAttempt(slot, life) : lifecycle._calls.IsAlive(slot, life);
    }
}
