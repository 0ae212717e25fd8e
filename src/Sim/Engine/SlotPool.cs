using System.Runtime.CompilerServices;

namespace Sim.Engine;

/// <summary>Structs addressed by index, used again after their return. Nothing is allocated in steady state.</summary>
/// <typeparam name="T">State of a slot.</typeparam>
/// <remarks>An index with its generation names one life of a slot: events of an earlier life are recognised.</remarks>
public sealed class SlotPool<T>
    where T : struct
{
    private T[] _items;
    private uint[] _generations;
    private int[] _free;
    private int _freeCount;
    private int _used;

    /// <summary>An empty pool.</summary>
    /// <param name="capacity">Slots held without growth, at least 1.</param>
    public SlotPool(int capacity = 64)
    {
        int size = Math.Max(1, capacity);
        _items = new T[size];
        _generations = new uint[size];
        _free = new int[size];
    }

    /// <summary>Slots in use.</summary>
    public int Count => _used - _freeCount;

    /// <summary>One more than the largest index ever rented.</summary>
    public int Extent => _used;

    /// <summary>State of a slot. The reference is valid until the next <see cref="Rent"/>.</summary>
    public ref T this[int index] => ref _items[index];

    /// <summary>Takes a slot. Its state is what the last life left.</summary>
    public int Rent()
    {
        if (_freeCount > 0)
        {
            int index = _free[--_freeCount];
            _generations[index]++;
            return index;
        }

        if (_used == _items.Length)
        {
            Grow();
        }

        _generations[_used] = 1;
        return _used++;
    }

    /// <summary>Gives a slot back. Its generation changes: odd lives, even is free.</summary>
    public void Return(int index)
    {
        if ((_generations[index] & 1) == 0)
        {
            throw new InvalidOperationException("the slot is free already");
        }

        _generations[index]++;
        _free[_freeCount++] = index;
    }

    /// <summary>Generation of the present life.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint GenerationOf(int index) => _generations[index];

    /// <summary>True while this life of the slot lasts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsAlive(int index, uint generation) =>
        (uint)index < (uint)_used && _generations[index] == generation;

    /// <summary>True when the slot is in use.</summary>
    public bool IsRented(int index) => (uint)index < (uint)_used && (_generations[index] & 1) == 1;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow()
    {
        int size = 2 * _items.Length;
        Array.Resize(ref _items, size);
        Array.Resize(ref _generations, size);
        Array.Resize(ref _free, size);
    }
}
