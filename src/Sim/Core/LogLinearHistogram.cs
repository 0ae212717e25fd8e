using System.Numerics;
using System.Runtime.CompilerServices;

namespace Sim.Core;

/// <summary>Counts of non-negative integers in buckets whose width grows with the value.</summary>
/// <remarks>
/// Values below 128 are exact. Above, each power of two is cut into 64 equal buckets, so a bucket is at most 1/64 of
/// its lower end wide; a quantile is reported as the bucket's middle (at most the largest value), so its relative error
/// is at most 1/128. Histograms merge by adding counts. The scheme is that of HdrHistogram with 6 significant bits.
/// </remarks>
public sealed class LogLinearHistogram
{
    /// <summary>Buckets a power of two.</summary>
    public const int SubBuckets = 64;

    /// <summary>Largest relative error of <see cref="Quantile"/>.</summary>
    public const double RelativeErrorMax = 1.0 / (2 * SubBuckets);

    private const int SubBits = 6;
    private long[] _counts = new long[2 * SubBuckets];

    /// <summary>An empty histogram.</summary>
    public LogLinearHistogram()
    {
    }

    /// <summary>An empty histogram with room for values up to one: recording them allocates nothing.</summary>
    /// <param name="largest">At least 0.</param>
    public LogLinearHistogram(long largest) => Grow(Math.Max(SubBuckets, IndexOf(largest)));

    /// <summary>Values recorded.</summary>
    public long Count { get; private set; }

    /// <summary>Sum of the values, exact while it fits.</summary>
    public long Sum { get; private set; }

    /// <summary>Largest value; 0 when empty.</summary>
    public long Max { get; private set; }

    /// <summary>Smallest value; 0 when empty.</summary>
    public long Min { get; private set; }

    /// <summary>Adds a value; negative ones count as 0.</summary>
    public void Record(long value)
    {
        long v = Math.Max(0, value);
        int index = IndexOf(v);
        if (index >= _counts.Length)
        {
            Grow(index);
        }

        _counts[index]++;
        Min = Count == 0 ? v : Math.Min(Min, v);
        Count++;
        Sum += v;
        Max = Math.Max(Max, v);
    }

    /// <summary>Adds the values of another histogram.</summary>
    public void Merge(LogLinearHistogram other)
    {
        if (other.Count == 0)
        {
            return;
        }

        if (other._counts.Length > _counts.Length)
        {
            Array.Resize(ref _counts, other._counts.Length);
        }

        for (int i = 0; i < other._counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }

        Min = Count == 0 ? other.Min : Math.Min(Min, other.Min);
        Max = Math.Max(Max, other.Max);
        Count += other.Count;
        Sum += other.Sum;
    }

    /// <summary>Adds the values of a histogram with the same buckets.</summary>
    public void Merge(SparseHistogram other)
    {
        if (other.Count == 0)
        {
            return;
        }

        int last = IndexOf(other.Max);
        if (last >= _counts.Length)
        {
            Grow(last);
        }

        foreach ((int bucket, int count) in other.Buckets)
        {
            _counts[bucket] += count;
        }

        Min = Count == 0 ? other.Min : Math.Min(Min, other.Min);
        Max = Math.Max(Max, other.Max);
        Count += other.Count;
        Sum += other.Sum;
    }

    /// <summary>Forgets all values; the room stays.</summary>
    public void Clear()
    {
        Array.Clear(_counts);
        (Count, Sum, Max, Min) = (0, 0, 0, 0);
    }

    /// <summary>The smallest value that at least a share q of the values do not exceed; 0 when empty.</summary>
    /// <param name="q">0..1.</param>
    public long Quantile(double q)
    {
        if (Count == 0)
        {
            return 0;
        }

        long rank = Math.Clamp((long)Math.Ceiling(q * Count), 1, Count);
        long seen = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= rank)
            {
                return Math.Clamp(MiddleOf(i), Min, Max);
            }
        }

        return Max;
    }

    /// <summary>Bucket of a value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int IndexOf(long value)
    {
        int shift = Math.Max(0, 63 - BitOperations.LeadingZeroCount((ulong)value | 1) - SubBits);
        return (shift << SubBits) + (int)(value >> shift);
    }

    /// <summary>Middle of a bucket.</summary>
    internal static long MiddleOf(int index)
    {
        int shift = Math.Max(0, (index >> SubBits) - 1);
        long low = (long)(index - (shift << SubBits)) << shift;
        return low + ((1L << shift) >> 1);
    }

    private void Grow(int index) => Array.Resize(ref _counts, (((index >> SubBits) + 4) << SubBits));
}
