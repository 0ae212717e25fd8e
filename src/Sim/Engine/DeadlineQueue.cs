namespace Sim.Engine;

/// <summary>Deadlines a constant time after they are set: a first-in-first-out ring with one pending event.</summary>
/// <typeparam name="T">State of the slots the deadlines belong to.</typeparam>
/// <remarks>
/// Deadlines of one length fall due in the order they were set, so only the first needs an event: the pending set holds
/// one event a length instead of one a request. Nothing is cancelled: a deadline whose slot lives no more is skipped.
/// When the ring is full the dead are dropped before it grows, so its size follows the living. Every operation costs
/// O(1) on average. A deadline's event is scheduled when it becomes the first of the living, so among equal times
/// and lanes it comes after events scheduled earlier; deadlines of one queue keep their order.
/// </remarks>
public sealed class DeadlineQueue<T>
    where T : struct
{
    private readonly SlotPool<T> _slots;
    private readonly IEventQueue _queue;
    private readonly int _lane;
    private readonly int _kind;
    private readonly int _target;
    private Entry[] _ring;
    private int _first;
    private int _count;
    private bool _isScheduled;

    /// <summary>An empty queue.</summary>
    /// <param name="queue">Where the one event is scheduled, in <paramref name="address"/>'s name.</param>
    /// <param name="slots">Pool of what the deadlines belong to.</param>
    /// <param name="durationNs">From setting to falling due, at least 0.</param>
    /// <param name="address">Lane, kind and target of the event; its handler calls <see cref="Fired"/> and then
    /// <see cref="TryTake"/> until it gives false.</param>
    public DeadlineQueue(
        IEventQueue queue, SlotPool<T> slots, long durationNs, (int Lane, int Kind, int Target) address)
    {
        _queue = queue;
        _slots = slots;
        DurationNs = durationNs;
        (_lane, _kind, _target) = address;
        _ring = new Entry[64];
    }

    /// <summary>From setting to falling due, nanoseconds.</summary>
    public long DurationNs { get; }

    /// <summary>Deadlines held, the dead ones included.</summary>
    public int Count => _count;

    /// <summary>Sets a deadline for the present life of a slot.</summary>
    public void Add(int slot)
    {
        if (_count == _ring.Length)
        {
            MakeRoom();
        }

        long due = _queue.NowNs + DurationNs;
        _ring[(_first + _count++) & (_ring.Length - 1)] = new Entry(due, slot, _slots.GenerationOf(slot));
        if (!_isScheduled)
        {
            Schedule(due);
        }
    }

    /// <summary>The event has fired.</summary>
    public void Fired() => _isScheduled = false;

    /// <summary>Takes the next deadline that is due and whose slot still lives.</summary>
    /// <returns>False when there is none now; the next one's event is then scheduled.</returns>
    public bool TryTake(out int slot)
    {
        while (_count > 0)
        {
            Entry entry = _ring[_first];
            bool isAlive = _slots.IsAlive(entry.Slot, entry.Generation);
            if (isAlive && entry.DueNs > _queue.NowNs)
            {
                if (!_isScheduled)
                {
                    Schedule(entry.DueNs);
                }

                break;
            }

            _first = (_first + 1) & (_ring.Length - 1);
            _count--;
            if (isAlive)
            {
                slot = entry.Slot;
                return true;
            }
        }

        slot = -1;
        return false;
    }

    private void Schedule(long dueNs)
    {
        _isScheduled = true;
        _queue.Schedule(dueNs, _lane, _kind, _target, 0);
    }

    private void MakeRoom()
    {
        int alive = 0;
        int mask = _ring.Length - 1;
        for (int i = 0; i < _count; i++)
        {
            Entry entry = _ring[(_first + i) & mask];
            if (_slots.IsAlive(entry.Slot, entry.Generation))
            {
                _ring[(_first + alive++) & mask] = entry;
            }
        }

        _count = alive;
        if (alive <= _ring.Length / 2)
        {
            return;
        }

        Entry[] larger = new Entry[2 * _ring.Length];
        for (int i = 0; i < alive; i++)
        {
            larger[i] = _ring[(_first + i) & mask];
        }

        _ring = larger;
        _first = 0;
    }

    private readonly record struct Entry(long DueNs, int Slot, uint Generation);
}
