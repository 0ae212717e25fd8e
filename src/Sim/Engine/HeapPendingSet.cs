namespace Sim.Engine;

/// <summary>Array heap of events with four children a node: the reference implementation, and the best for few events.
/// </summary>
/// <remarks>Push and pop cost O(log n) comparisons of 16 bytes; four children keep a level in one or two cache lines.
/// LaMarca and Ladner, "The influence of caches on the performance of heaps", JEA 1 (1996).</remarks>
public struct HeapPendingSet : IPendingSet
{
    private SimEvent[] _items;
    private int _count;

    /// <summary>An empty heap.</summary>
    /// <param name="capacity">Events held without growth, at least 1.</param>
    public HeapPendingSet(int capacity)
    {
        _items = new SimEvent[Math.Max(1, capacity)];
        _count = 0;
    }

    /// <inheritdoc/>
    public readonly int Count => _count;

    /// <inheritdoc/>
    public readonly long NextTimeNs => _count == 0 ? long.MaxValue : _items[0].TimeNs;

    /// <summary>The first event; the set is not empty.</summary>
    internal readonly ref readonly SimEvent First => ref _items[0];

    /// <inheritdoc/>
    public void Push(in SimEvent item)
    {
        if (_items is null || _count == _items.Length)
        {
            Array.Resize(ref _items, Math.Max(64, 2 * _count));
        }

        SimEvent[] items = _items!;
        int i = _count++;
        while (i > 0)
        {
            int parent = (i - 1) >> 2;
            if (!item.IsBefore(in items[parent]))
            {
                break;
            }

            items[i] = items[parent];
            i = parent;
        }

        items[i] = item;
    }

    /// <inheritdoc/>
    /// <remarks>Without effect: a heap knows only its first event.</remarks>
    public bool Gathers { get; set; }

    /// <inheritdoc/>
    public readonly bool IsFresh => false;

    /// <inheritdoc/>
    public readonly ReadOnlySpan<SimEvent> TakeFresh() => [];

    /// <inheritdoc/>
    public SimEvent Pop()
    {
        if (_count == 0)
        {
            throw new InvalidOperationException("no event is pending");
        }

        SimEvent[] items = _items;
        SimEvent top = items[0];
        SimEvent last = items[--_count];
        int i = 0;
        while (true)
        {
            int child = (i << 2) + 1;
            if (child >= _count)
            {
                break;
            }

            int end = Math.Min(child + 4, _count);
            int best = child;
            for (int c = child + 1; c < end; c++)
            {
                if (items[c].IsBefore(in items[best]))
                {
                    best = c;
                }
            }

            if (!items[best].IsBefore(in last))
            {
                break;
            }

            items[i] = items[best];
            i = best;
        }

        items[i] = last;
        return top;
    }
}
