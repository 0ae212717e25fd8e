using System.Runtime.CompilerServices;

namespace Sim.Engine;

/// <summary>Deadlines a constant time after they are set: a first-in-first-out ring with one pending event.</summary>
/// <typeparam name="TOwner">Says which deadlines still matter.</typeparam>
/// <remarks>
/// Deadlines of one length fall due in the order they were set, so only the first needs an event: the pending set holds
/// one event a length instead of one a request. Nothing is cancelled: a deadline whose owner lives no more is skipped.
/// When the ring is full the dead are dropped before it grows, so its size follows the living. Every operation costs
/// O(1) on average. A deadline keeps its place in the order of scheduling, so what happens is what one event each would
/// have made happen, in the same order.
/// </remarks>
public sealed class DeadlineQueue<TOwner>
    where TOwner : struct, IDeadlineOwner
{
    private readonly IEventQueue _queue;
    private readonly int _lane;
    private readonly int _kind;
    private readonly int _target;
    private TOwner _owner;
    private Entry[] _ring;
    private int _first;
    private int _count;
    private bool _isScheduled;
    private ulong _scheduled;

    /// <summary>An empty queue.</summary>
    /// <param name="queue">Where the one event is scheduled, in <paramref name="address"/>'s name.</param>
    /// <param name="owner">Says which deadlines still matter.</param>
    /// <param name="durationNs">From setting to falling due, at least 0.</param>
    /// <param name="address">Lane, kind and target of the event; its handler calls <see cref="TryFire"/>.</param>
    public DeadlineQueue(IEventQueue queue, TOwner owner, long durationNs, (int Lane, int Kind, int Target) address)
    {
        _queue = queue;
        _owner = owner;
        DurationNs = durationNs;
        (_lane, _kind, _target) = address;
        _ring = new Entry[64];
    }

    /// <summary>From setting to falling due, nanoseconds.</summary>
    public long DurationNs { get; }

    /// <summary>Deadlines held, the dead ones included.</summary>
    public int Count => _count;

    /// <summary>Sets a deadline.</summary>
    /// <param name="slot">Index that it is for.</param>
    /// <param name="life">Present life of the index.</param>
    public void Add(int slot, uint life)
    {
        if (_count == _ring.Length)
        {
            MakeRoom();
        }

        var entry = new Entry(_queue.NowNs + DurationNs, _queue.TakePlace(), slot, life);
        _ring[(_first + _count++) & (_ring.Length - 1)] = entry;
        if (!_isScheduled)
        {
            Schedule(in entry);
        }
    }

    /// <summary>The event has fired: takes the deadline it was scheduled for. The next one's event is scheduled.
    /// </summary>
    /// <returns>False when what the deadline was for has ended.</returns>
    public bool TryFire(out int slot, out uint life)
    {
        _isScheduled = false;
        DropDead();
        bool isDue = _count > 0 && _ring[_first].Place == _scheduled;
        (slot, life) = isDue ? (_ring[_first].Slot, _ring[_first].Life) : (-1, 0);
        if (isDue)
        {
            DropFirst();
            DropDead();
        }

        if (_count > 0)
        {
            Schedule(in _ring[_first]);
        }

        return isDue;
    }

    private void DropDead()
    {
        while (_count > 0 && !_owner.IsAlive(_ring[_first].Slot, _ring[_first].Life))
        {
            DropFirst();
        }
    }

    private void DropFirst()
    {
        _first = (_first + 1) & (_ring.Length - 1);
        _count--;
    }

    private void Schedule(in Entry entry)
    {
        _isScheduled = true;
        _scheduled = entry.Place;
        _queue.ScheduleAt(entry.DueNs, _lane, _kind, _target, 0, entry.Place);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void MakeRoom()
    {
        int alive = 0;
        int mask = _ring.Length - 1;
        for (int i = 0; i < _count; i++)
        {
            Entry entry = _ring[(_first + i) & mask];
            if (_owner.IsAlive(entry.Slot, entry.Life))
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

    private readonly record struct Entry(long DueNs, ulong Place, int Slot, uint Life);
}
