namespace Sim.Engine;

/// <summary>A slot that can stand in one <see cref="SlotQueue"/>.</summary>
public interface IQueuedSlot
{
    /// <summary>Slot behind this one; -1 = none. Belongs to the queue.</summary>
    int Next { get; set; }

    /// <summary>Slot before this one; -1 = none. Belongs to the queue.</summary>
    int Previous { get; set; }
}

/// <summary>First in, first out, linked through the slots of a pool: no memory of its own, and any slot can leave from
/// the middle. Every operation is O(1).</summary>
/// <remarks>A slot stands in one queue at most; the caller knows in which.</remarks>
public struct SlotQueue
{
    private int _head;
    private int _tail;

    /// <summary>An empty queue.</summary>
    public SlotQueue()
    {
        _head = -1;
        _tail = -1;
    }

    /// <summary>Slots that wait.</summary>
    public int Count { get; private set; }

    /// <summary>The slot that has waited longest; -1 = none.</summary>
    public readonly int Head => _head;

    /// <summary>Puts a slot at the end.</summary>
    /// <typeparam name="T">Kind of slot.</typeparam>
    /// <param name="pool">Where the slots live.</param>
    /// <param name="index">Slot; it stands in no queue.</param>
    public void Add<T>(SlotPool<T> pool, int index)
        where T : struct, IQueuedSlot
    {
        ref T slot = ref pool[index];
        slot.Next = -1;
        slot.Previous = _tail;
        if (_tail < 0)
        {
            _head = index;
        }
        else
        {
            pool[_tail].Next = index;
        }

        _tail = index;
        Count++;
    }

    /// <summary>Takes a slot out, wherever it stands.</summary>
    /// <typeparam name="T">Kind of slot.</typeparam>
    /// <param name="pool">Where the slots live.</param>
    /// <param name="index">Slot; it stands in this queue.</param>
    public void Remove<T>(SlotPool<T> pool, int index)
        where T : struct, IQueuedSlot
    {
        ref T slot = ref pool[index];
        if (slot.Previous < 0)
        {
            _head = slot.Next;
        }
        else
        {
            pool[slot.Previous].Next = slot.Next;
        }

        if (slot.Next < 0)
        {
            _tail = slot.Previous;
        }
        else
        {
            pool[slot.Next].Previous = slot.Previous;
        }

        slot.Next = -1;
        slot.Previous = -1;
        Count--;
    }

    /// <summary>Takes out the slot that has waited longest.</summary>
    /// <typeparam name="T">Kind of slot.</typeparam>
    /// <param name="pool">Where the slots live.</param>
    /// <param name="index">The slot; -1 when nothing waits.</param>
    /// <returns>False when nothing waits.</returns>
    public bool TryTake<T>(SlotPool<T> pool, out int index)
        where T : struct, IQueuedSlot
    {
        index = _head;
        if (index < 0)
        {
            return false;
        }

        Remove(pool, index);
        return true;
    }

    /// <summary>Forgets all slots without touching them.</summary>
    public void Clear() => this = new SlotQueue();
}
