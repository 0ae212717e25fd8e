using FsCheck;
using FsCheck.Fluent;
using Sim.Core;

namespace Sim.Tests.Core;

internal sealed class LogLinearHistogramTests
{
    private static LogLinearHistogram Of(IEnumerable<long> values)
    {
        LogLinearHistogram h = new();
        foreach (long v in values)
        {
            h.Record(v);
        }

        return h;
    }

    private static long[] Spread(int[] seeds) =>
        [.. seeds.Select(static s => (long)(((uint)s * 0x9E3779B97F4A7C15UL) >> 1) >> (s & 63))];

    [Test]
    public void Quantile_is_within_one_in_128_of_the_exact_one()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyArray<int>>(), ArbMap.Default.ArbFor<byte>(), static (seeds, b) =>
        {
            long[] values = Spread(seeds.Get);
            double q = b / 255.0;
            LogLinearHistogram h = Of(values);
            Array.Sort(values);
            long exact = values[Math.Clamp((int)Math.Ceiling(q * values.Length), 1, values.Length) - 1];
            return Math.Abs((double)h.Quantile(q) - exact) <= exact * LogLinearHistogram.RelativeErrorMax;
        }).QuickCheckThrowOnFailure();
    }

    [Test]
    public void Merge_of_parts_is_the_histogram_of_all()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<int[]>(), ArbMap.Default.ArbFor<int[]>(), static (x, y) =>
        {
            long[] a = Spread(x);
            long[] b = Spread(y);
            LogLinearHistogram merged = Of(a);
            merged.Merge(Of(b));
            LogLinearHistogram all = Of(a.Concat(b));
            return (merged.Count, merged.Sum, merged.Min, merged.Max) == (all.Count, all.Sum, all.Min, all.Max)
                && Enumerable.Range(0, 101).All(q => merged.Quantile(q / 100.0) == all.Quantile(q / 100.0));
        }).QuickCheckThrowOnFailure();
    }

    [Test]
    public void Buckets_cover_every_value_once_and_in_order()
    {
        int last = -1;
        for (int bit = 0; bit < 63; bit++)
        {
            foreach (long v in new[] { (1L << bit) - 1, 1L << bit, (1L << bit) + (1L << bit >> 1) })
            {
                int index = LogLinearHistogram.IndexOf(v);
                Assert.That(index, Is.GreaterThanOrEqualTo(last));
                Assert.That(LogLinearHistogram.IndexOf(LogLinearHistogram.MiddleOf(index)), Is.EqualTo(index));
                last = index;
            }
        }
    }

    [Test]
    public void Small_values_are_exact()
    {
        LogLinearHistogram h = Of(Enumerable.Range(0, 128).Select(static x => (long)x));
        Assert.That(Enumerable.Range(1, 128).Select(r => h.Quantile(r / 128.0)),
            Is.EqualTo(Enumerable.Range(0, 128)));
    }

    [Test]
    public void Ends_are_the_recorded_ones()
    {
        LogLinearHistogram h = Of([-5, 1_000_003, long.MaxValue]);
        Assert.That((h.Min, h.Max, h.Count), Is.EqualTo((0L, long.MaxValue, 3L)));
        Assert.That(h.Quantile(0), Is.Zero);
        Assert.That(h.Quantile(1), Is.EqualTo(long.MaxValue).Within(long.MaxValue / 128));
        Assert.That(new LogLinearHistogram().Quantile(0.5), Is.Zero);
    }

    [Test]
    public void Record_allocates_nothing_once_the_range_is_known()
    {
        LogLinearHistogram h = Of([1L << 40]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (long i = 0; i < 100_000; i++)
        {
            h.Record(i << 20);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void Sparse_histogram_merged_is_what_a_dense_one_counts()
    {
        RngStream stream = new(9);
        LogLinearHistogram dense = new();
        LogLinearHistogram merged = new(1_000);
        merged.Record(77);
        merged.Clear();
        for (int part = 0; part < 20; part++)
        {
            SparseHistogram sparse = new();
            for (int i = 0; i < 100 * part; i++)
            {
                long value = (long)(Math.ScaleB(Ziggurat.Exponential(stream), part * 2) - 1);
                dense.Record(value);
                sparse.Record(value);
            }

            merged.Merge(sparse);
        }

        Assert.That((merged.Count, merged.Sum), Is.EqualTo((dense.Count, dense.Sum)));
        Assert.That((merged.Min, merged.Max), Is.EqualTo((dense.Min, dense.Max)));
        for (int i = 0; i <= 1_000; i++)
        {
            Assert.That(merged.Quantile(i / 1_000.0), Is.EqualTo(dense.Quantile(i / 1_000.0)));
        }
    }
}
