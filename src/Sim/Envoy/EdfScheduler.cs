using System.Runtime.CompilerServices;

namespace Sim.Envoy;

/// <summary>Gives the weight of a scheduler's entry at the moment it is inserted again.</summary>
internal interface IEdfWeights
{
    /// <summary>Weight of an entry, above 0.</summary>
    double WeightOf(int entry);
}

/// <summary>Weights that never change.</summary>
internal readonly struct FixedWeights(double[] weights) : IEdfWeights
{
    /// <inheritdoc/>
    public double WeightOf(int entry) => weights[entry];
}

/// <summary>Earliest deadline first over entries 0..n-1: weighted round robin.</summary>
/// <remarks>
/// Envoy: source/common/upstream/edf_scheduler.h. A min-heap on (deadline, order); the order is a counter, so equal
/// deadlines leave in the order they were inserted. A pick costs O(log n) and allocates nothing.
/// </remarks>
internal sealed class EdfScheduler
{
    private const double WeightEpsilon = 1e-13;
    private const uint PicksModulus = 429_496_729;

    private Node[] _heap;
    private int _count;
    private ulong _nextOrder;
    private double _currentTime;

    /// <summary>An empty scheduler.</summary>
    public EdfScheduler(int capacity) => _heap = new Node[Math.Max(1, capacity)];

    /// <summary>Number of entries.</summary>
    public int Count => _count;

    /// <summary>The state an earlier-deadline-first schedule has after a number of picks.</summary>
    /// <param name="count">Number of entries, at least 1.</param>
    /// <param name="weights">Their weights.</param>
    /// <param name="picks">Picks already made; only the low 32 bits modulo 429496729 count.</param>
    /// <remarks>
    /// Envoy: edf_scheduler.h#createWithPicks. Each entry's share of the picks is taken off at once; the fewer than n
    /// picks that rounding leaves are made. The weights carry 1e-13 more while this happens, so an entry that was not
    /// picked again yet has a slightly earlier deadline than its plain weight would give.
    /// </remarks>
    public static EdfScheduler CreateWithPicks<TWeights>(int count, ref TWeights weights, ulong picks)
        where TWeights : struct, IEdfWeights
    {
        uint wanted = (uint)picks % PicksModulus;
        var scheduler = new EdfScheduler(count);
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += weights.WeightOf(i) + WeightEpsilon;
        }

        uint made = 0;
        for (int i = 0; i < count; i++)
        {
            double weight = weights.WeightOf(i) + WeightEpsilon;
            uint floor = (uint)(weight * wanted / sum);
            if (floor > 0 && floor / weight >= wanted / sum)
            {
                floor--;
            }

            made += floor;
            scheduler._currentTime = Math.Max(scheduler._currentTime, floor / weight);
            scheduler.Push(new Node((floor + 1) / weight, (ulong)i, i));
        }

        scheduler._nextOrder = (ulong)count;
        for (; made < wanted; made++)
        {
            scheduler.PickAndAdd(ref weights);
        }

        return scheduler;
    }

    /// <summary>Inserts an entry.</summary>
    public void Add(double weight, int entry) => Push(new Node(_currentTime + (1.0 / weight), _nextOrder++, entry));

    /// <summary>Takes the earliest entry and inserts it again with the weight it has now.</summary>
    public int PickAndAdd<TWeights>(ref TWeights weights)
        where TWeights : struct, IEdfWeights
    {
        Node top = _heap[0];
        _currentTime = top.Deadline;
        double deadline = _currentTime + (1.0 / weights.WeightOf(top.Entry));
        SiftDown(0, new Node(deadline, _nextOrder++, top.Entry));
        return top.Entry;
    }

    private void Push(Node node)
    {
        if (_count == _heap.Length)
        {
            Array.Resize(ref _heap, 2 * _count);
        }

        int i = _count++;
        while (i > 0)
        {
            int parent = (i - 1) >> 1;
            if (!node.IsBefore(in _heap[parent]))
            {
                break;
            }

            _heap[i] = _heap[parent];
            i = parent;
        }

        _heap[i] = node;
    }

    private void SiftDown(int i, Node node)
    {
        Node[] heap = _heap;
        while (true)
        {
            int child = (2 * i) + 1;
            if (child >= _count)
            {
                break;
            }

            if (child + 1 < _count && heap[child + 1].IsBefore(in heap[child]))
            {
                child++;
            }

            if (!heap[child].IsBefore(in node))
            {
                break;
            }

            heap[i] = heap[child];
            i = child;
        }

        heap[i] = node;
    }

    private readonly struct Node(double deadline, ulong order, int entry)
    {
        public readonly double Deadline = deadline;
        public readonly ulong Order = order;
        public readonly int Entry = entry;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool IsBefore(in Node other) =>
            Deadline < other.Deadline || (Deadline == other.Deadline && Order < other.Order);
    }
}
