using System.Numerics;
using System.Runtime.CompilerServices;
using Sim.Core;

namespace Sim.Engine;

/// <summary>Timing wheel: buckets of equal width over the near future, a heap beyond them. Best for many events.
/// </summary>
/// <remarks>
/// Three parts, each later than the one before: what is due next (up to 32 events sorted, the rest of the bucket in a
/// heap), the buckets of the wheel (linked nodes, a two-level bitmap of the occupied ones), and a heap of what lies
/// beyond the wheel. Push and pop cost O(1) while a bucket holds few events, and never more than O(log n), also when
/// thousands of events share one time. Width and number of buckets follow the events: every so often the mean gap
/// between them is measured, and when a width's worth of it leaves 1..16 events the wheel is laid out anew for 4.
/// The order is that of the events themselves, so no lay-out changes it. Varghese and Lauck, "Hashed and hierarchical
/// timing wheels", SOSP 1987; the adaptive width after Brown, "Calendar queues", CACM 31 (1988).
/// </remarks>
public struct WheelPendingSet : IPendingSet
{
    private const int DueSorted = 32;
    private const int BucketsMin = 256;
    private const int BucketsMax = 1 << 20;
    private const int CheckEvery = 4_096;
    private const int ShiftMax = 55;

    private SimEvent[] _due;
    private SimEvent[] _dueBefore;
    private HeapPendingSet _dueMore;
    private HeapPendingSet _dueMoreBefore;
    private HeapPendingSet _far;
    private Node[] _nodes;
    private int[] _heads;
    private ulong[] _words;
    private ulong[] _summary;
    private int _dueCount;
    private int _count;
    private int _freeNode;
    private int _usedNodes;
    private int _shift;
    private int _mask;
    private long _bucket;
    private long _lastTimeNs;
    private long _checkedTimeNs;
    private int _untilCheck;
    private int _checkPeriod;
    private bool _isFresh;

    // Node of the next bucket whose memory was asked for: one more at each pop. It may be stale; nothing is read of it
    // but where to go on.
    private int _ahead;

    /// <summary>An empty wheel.</summary>
    /// <param name="capacity">Events held without growth, at least 1.</param>
    /// <param name="bucketNs">First guess of a bucket's width, about four times the mean gap between events.</param>
    public WheelPendingSet(int capacity, long bucketNs = 16_384)
    {
        _due = new SimEvent[DueSorted];
        _dueBefore = new SimEvent[DueSorted];
        _dueMore = new HeapPendingSet(DueSorted);
        _dueMoreBefore = new HeapPendingSet(DueSorted);
        _far = new HeapPendingSet(Math.Max(DueSorted, capacity));
        _nodes = new Node[Math.Max(1, capacity) + 1];
        _usedNodes = 1;
        _shift = Math.Min(ShiftMax, BitOperations.Log2((ulong)Math.Max(1, bucketNs)));
        _heads = [];
        _words = [];
        _summary = [];
        _untilCheck = CheckEvery;
        _checkPeriod = CheckEvery;
        SetBuckets(BucketsFor(capacity));
    }

    /// <inheritdoc/>
    public readonly int Count => _count;

    /// <inheritdoc/>
    public long NextTimeNs
    {
        get
        {
            if ((_dueCount | _dueMore.Count) == 0)
            {
                if (_count == 0)
                {
                    return long.MaxValue;
                }

                Advance();
            }

            return _dueCount == 0 ? _dueMore.NextTimeNs
                : Math.Min(_due[_dueCount - 1].TimeNs, _dueMore.NextTimeNs);
        }
    }

    /// <inheritdoc/>
    public bool Gathers { get; set; }

    /// <inheritdoc/>
    public readonly bool IsFresh => _isFresh;

    /// <inheritdoc/>
    public ReadOnlySpan<SimEvent> TakeFresh()
    {
        _isFresh = false;
        return _due.AsSpan(0, _dueCount);
    }

    /// <summary>Width of a bucket now.</summary>
    internal readonly long BucketNs => 1L << _shift;

    /// <summary>Number of buckets now.</summary>
    internal readonly int Buckets => _mask + 1;

    /// <inheritdoc/>
    public void Push(in SimEvent item)
    {
        _count++;
        Place(in item);
    }

    /// <inheritdoc/>
    public SimEvent Pop()
    {
        if ((_dueCount | _dueMore.Count) == 0)
        {
            if (_count == 0)
            {
                throw new InvalidOperationException("no event is pending");
            }

            Advance();
        }

        if (_ahead != 0)
        {
            _ahead = _nodes[_ahead].Next;
            Prefetch.Place(in _nodes[_ahead]);
        }

        SimEvent item = _dueMore.Count == 0 || (_dueCount > 0 && _due[_dueCount - 1].IsBefore(in _dueMore.First))
            ? _due[--_dueCount] : _dueMore.Pop();
        _count--;
        _lastTimeNs = item.TimeNs;
        if (--_untilCheck == 0)
        {
            Check();
        }

        return item;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Place(in SimEvent item)
    {
        long ahead = (item.TimeNs >> _shift) - _bucket;
        if (ahead <= 0)
        {
            PlaceDue(in item);
        }
        else if (ahead <= _mask)
        {
            int node = _freeNode;
            if (node != 0)
            {
                _freeNode = _nodes[node].Next;
            }
            else
            {
                node = NewNode();
            }

            int slot = (int)(item.TimeNs >> _shift) & _mask;
            ref Node n = ref _nodes[node];
            n.Item = item;
            Link(node, slot);
        }
        else
        {
            _far.Push(in item);
        }
    }

    /// <summary>Sorted with the first event last, so that taking it moves nothing.</summary>
    private void PlaceDue(in SimEvent item)
    {
        if (_dueCount == DueSorted)
        {
            _dueMore.Push(in item);
            return;
        }

        SimEvent[] due = _due;
        int i = _dueCount++;
        while (i > 0 && due[i - 1].IsBefore(in item))
        {
            due[i] = due[i - 1];
            i--;
        }

        due[i] = item;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Link(int node, int slot)
    {
        ref int head = ref _heads[slot];
        if (head == 0)
        {
            int word = slot >> 6;
            _words[word] |= 1UL << slot;
            _summary[word >> 6] |= 1UL << word;
        }

        _nodes[node].Next = head;
        head = node;
    }

    /// <summary>Makes the next occupied bucket due, and moves the window of the wheel with it.</summary>
    private void Advance()
    {
        int from = (int)(_bucket + 1) & _mask;
        int slot = NextOccupied(from);
        if (slot < 0)
        {
            _bucket = _far.NextTimeNs >> _shift;
        }
        else
        {
            _bucket += 1 + ((slot - from) & _mask);
            if (Gathers)
            {
                _isFresh = true;
                int next = NextOccupied((slot + 1) & _mask);
                _ahead = next < 0 ? 0 : _heads[next];
                Prefetch.Place(in _nodes[_ahead]);
            }

            int node = TakeBucket(slot);
            while (node != 0)
            {
                ref Node n = ref _nodes[node];
                PlaceDue(in n.Item);
                int next = n.Next;
                n.Next = _freeNode;
                _freeNode = node;
                node = next;
            }
        }

        TakeFromFar();
    }

    private void TakeFromFar()
    {
        while (_far.Count > 0 && (_far.NextTimeNs >> _shift) - _bucket <= _mask)
        {
            SimEvent item = _far.Pop();
            Place(in item);
        }
    }

    private readonly int TakeBucket(int slot)
    {
        int head = _heads[slot];
        _heads[slot] = 0;
        int word = slot >> 6;
        if ((_words[word] &= ~(1UL << slot)) == 0)
        {
            _summary[word >> 6] &= ~(1UL << word);
        }

        return head;
    }

    /// <summary>First occupied bucket at or after one, around the wheel; -1 when all are empty.</summary>
    private readonly int NextOccupied(int from)
    {
        int word = from >> 6;
        ulong bits = _words[word] & (ulong.MaxValue << from);
        if (bits != 0)
        {
            return (word << 6) + BitOperations.TrailingZeroCount(bits);
        }

        int start = word + 1 == _words.Length ? 0 : word + 1;
        int last = _summary.Length;
        int s = start >> 6;
        ulong mask = ulong.MaxValue << start;
        for (int i = 0; i <= last; i++)
        {
            bits = _summary[s] & mask;
            if (bits != 0)
            {
                word = (s << 6) + BitOperations.TrailingZeroCount(bits);
                return (word << 6) + BitOperations.TrailingZeroCount(_words[word]);
            }

            mask = ulong.MaxValue;
            s = s + 1 == last ? 0 : s + 1;
        }

        return -1;
    }

    /// <summary>Lays the wheel out anew when width or number of buckets no longer suit the events.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Check()
    {
        double gapNs = (double)(_lastTimeNs - _checkedTimeNs) / _checkPeriod;
        int shift = _shift;
        double width = 1L << _shift;
        (int least, int aim, int most) = Gathers ? (5, 14, 28) : (1, 4, 16);
        if (width > most * gapNs || width < least * gapNs)
        {
            shift = Math.Min(ShiftMax, BitOperations.Log2((ulong)Math.Max(1, aim * gapNs)));
        }

        int buckets = _count > 2 * Buckets || _count < Buckets / 16 ? BucketsFor(_count) : Buckets;
        if (shift != _shift || buckets != Buckets)
        {
            Relay(shift, buckets);
        }

        _checkedTimeNs = _lastTimeNs;
        _checkPeriod = Math.Max(CheckEvery, _count);
        _untilCheck = _checkPeriod;
    }

    private void Relay(int shift, int buckets)
    {
        int chain = 0;
        for (int slot = NextOccupied(0); slot >= 0; slot = NextOccupied(slot))
        {
            int node = TakeBucket(slot);
            while (node != 0)
            {
                int next = _nodes[node].Next;
                _nodes[node].Next = chain;
                chain = node;
                node = next;
            }
        }

        (_due, _dueBefore) = (_dueBefore, _due);
        (_dueMore, _dueMoreBefore) = (_dueMoreBefore, _dueMore);
        int dueBefore = _dueCount;
        _dueCount = 0;
        _shift = shift;
        _bucket = _lastTimeNs >> shift;
        SetBuckets(buckets);
        while (chain != 0)
        {
            int next = _nodes[chain].Next;
            SimEvent item = _nodes[chain].Item;
            _nodes[chain].Next = _freeNode;
            _freeNode = chain;
            Place(in item);
            chain = next;
        }

        for (int i = 0; i < dueBefore; i++)
        {
            Place(in _dueBefore[i]);
        }

        while (_dueMoreBefore.Count > 0)
        {
            SimEvent item = _dueMoreBefore.Pop();
            Place(in item);
        }

        TakeFromFar();
    }

    private void SetBuckets(int buckets)
    {
        if (_heads.Length == buckets)
        {
            return;
        }

        _heads = new int[buckets];
        _words = new ulong[buckets >> 6];
        _summary = new ulong[((buckets >> 6) + 63) >> 6];
        _mask = buckets - 1;
    }

    private static int BucketsFor(int count) =>
        (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(count, BucketsMin, BucketsMax));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int NewNode()
    {
        if (_usedNodes == _nodes.Length)
        {
            Array.Resize(ref _nodes, 2 * _nodes.Length);
        }

        return _usedNodes++;
    }

    private struct Node
    {
        public SimEvent Item;
        public int Next;
    }
}
