namespace Sim.Core;

/// <summary>The buckets of a <see cref="LogLinearHistogram"/> for few values: memory follows the buckets in use.
/// </summary>
/// <remarks>Merged into a dense histogram it gives exactly what that one would have counted. Recording costs a binary
/// search, and moves the later buckets where a new one is needed.</remarks>
public sealed class SparseHistogram
{
    private int[] _buckets = new int[4];
    private int[] _counts = new int[4];
    private int _used;

    /// <summary>Values recorded.</summary>
    public long Count { get; private set; }

    /// <summary>Sum of the values, exact while it fits.</summary>
    public long Sum { get; private set; }

    /// <summary>Largest value; 0 when empty.</summary>
    public long Max { get; private set; }

    /// <summary>Smallest value; 0 when empty.</summary>
    public long Min { get; private set; }

    /// <summary>Buckets in use, in order of value, each with its count.</summary>
    internal IEnumerable<(int Bucket, int Count)> Buckets
    {
        get
        {
            for (int i = 0; i < _used; i++)
            {
                yield return (_buckets[i], _counts[i]);
            }
        }
    }

    /// <summary>Adds a value; negative ones count as 0. At most 2^31 - 1 values a bucket.</summary>
    public void Record(long value)
    {
        long v = Math.Max(0, value);
        int bucket = LogLinearHistogram.IndexOf(v);
        int at = Array.BinarySearch(_buckets, 0, _used, bucket);
        if (at < 0)
        {
            at = ~at;
            Insert(at, bucket);
        }

        _counts[at]++;
        Min = Count == 0 ? v : Math.Min(Min, v);
        Count++;
        Sum += v;
        Max = Math.Max(Max, v);
    }

    private void Insert(int at, int bucket)
    {
        if (_used == _buckets.Length)
        {
            Array.Resize(ref _buckets, 2 * _used);
            Array.Resize(ref _counts, 2 * _used);
        }

        Array.Copy(_buckets, at, _buckets, at + 1, _used - at);
        Array.Copy(_counts, at, _counts, at + 1, _used - at);
        _buckets[at] = bucket;
        _counts[at] = 0;
        _used++;
    }
}
