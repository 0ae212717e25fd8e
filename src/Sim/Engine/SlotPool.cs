using System.Runtime.CompilerServices;

namespace Sim.Engine;

/// <summary>Structs addressed by index, used again after their return. Nothing is allocated in steady state.</summary>
/// <typeparam name="T">State of a slot.</typeparam>
/// <remarks>An index with its generation names one life of a slot: events of an earlier life are recognised.</remarks>
public sealed class SlotPool<T>
    where T : struct
{
    private Slot[] _slots;
    private int[] _free;
    private int _freeCount;
    private int _used;

    /// <summary>An empty pool.</summary>
    /// <param name="capacity">Slots held without growth, at least 1.</param>
    public SlotPool(int capacity = 64)
    {
        int size = Math.Max(1, capacity);
        _slots = new Slot[size];
        _free = new int[size];
    }

    /// <summary>Slots in use.</summary>
    public int Count => _used - _freeCount;

    /// <summary>One more than the largest index ever rented.</summary>
    public int Extent => _used;

    /// <summary>State of a slot. The reference is valid until the next <see cref="Rent"/>.</summary>
    public ref T this[int index] => ref _slots[index].State;

    /// <summary>Takes a slot. Its state is what the last life left.</summary>
    public int Rent()
    {
        if (_freeCount > 0)
        {
            int index = _free[--_freeCount];
            _slots[index].Generation++;
            return index;
        }

        if (_used == _slots.Length)
        {
            Grow();
        }

        _slots[_used].Generation = 1;
        return _used++;
    }

    /// <summary>Gives a slot back. Its generation changes: odd lives, even is free.</summary>
    public void Return(int index)
    {
        if ((_slots[index].Generation & 1) == 0)
        {
            throw new InvalidOperationException("the slot is free already");
        }

        _slots[index].Generation++;
        _free[_freeCount++] = index;
    }

    /// <summary>Generation of the present life.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint GenerationOf(int index) => _slots[index].Generation;

    /// <summary>True while this life of the slot lasts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsAlive(int index, uint generation) =>
        (uint)index < (uint)_used && _slots[index].Generation == generation;

    /// <summary>True when the slot is in use.</summary>
    public bool IsRented(int index) => (uint)index < (uint)_used && (_slots[index].Generation & 1) == 1;

    /// <summary>Asks for the memory of a slot.</summary>
    /// <param name="index">A slot that was rented once.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int index) => Core.Prefetch.Range(in _slots[index], Unsafe.SizeOf<Slot>());

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow()
    {
        int size = 2 * _slots.Length;
        Array.Resize(ref _slots, size);
        Array.Resize(ref _free, size);
    }

    private struct Slot
    {
        public T State;
        public uint Generation;
    }
}
