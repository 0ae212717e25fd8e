using Sim.Core;
using Sim.Engine;

namespace Sim.Tests.Engine;

/// <summary>The wheel gives the heap's order, and the heap that of a sorted set.</summary>
internal sealed class PendingSetTests
{
    /// <summary>What the next event's delay is drawn from.</summary>
    public enum Shape
    {
        Spread,
        Ties,
        Clusters,
        FarTimers,
        Drift,
        AllAtOnce,
    }

    private static long Delay(Shape shape, RngStream s, int step) => shape switch
    {
        Shape.Spread => (long)(1e6 * Ziggurat.Exponential(s)),
        Shape.Ties => 1_000 * s.NextBelow(3),
        Shape.Clusters => (s.NextBelow(4) * 10_000_000L) + s.NextBelow(50),
        Shape.FarTimers => s.NextBelow(10) == 0 ? 15_000_000_000L + s.NextBelow(1_000_000) : s.NextBelow(100_000),
        Shape.Drift => (long)((1L << (4 + (step / 40_000 % 30))) * Ziggurat.Exponential(s)),
        _ => 1_000_000_000 - (step % 2),
    };

    private static IEnumerable<TestCaseData> Histories()
    {
        foreach (Shape shape in Enum.GetValues<Shape>())
        {
            foreach (bool gathers in (bool[])[false, true])
            {
                yield return new TestCaseData(shape, gathers, 300_000);
                yield return new TestCaseData(shape, gathers, 1_000_000).SetCategory("Long");
            }
        }
    }

    /// <summary>Up to 10^6 operations a shape; the number pending grows to 50,000, falls to 0, grows again.</summary>
    [TestCaseSource(nameof(Histories))]
    public void Wheel_and_heap_give_the_same_events(Shape shape, bool gathers, int steps)
    {
        WheelPendingSet wheel = new(16) { Gathers = gathers };
        HeapPendingSet heap = new(16);
        RngStream stream = new((ulong)shape + 100);
        long now = 0;
        ulong sequence = 0;
        int different = 0;
        for (int step = 0; step < steps; step++)
        {
            bool isGrowing = step / 100_000 % 2 == 0;
            if (heap.Count == 0 || stream.NextBelow(4) < (isGrowing ? 3 : 1))
            {
                long time = now + Delay(shape, stream, step);
                SimEvent item = new(time, (int)stream.NextBelow(3), sequence++, step & 255, step, (uint)step);
                wheel.Push(in item);
                heap.Push(in item);
            }
            else
            {
                // The loop asks for the time before some pops only: what it asks must change nothing.
                different += stream.NextBelow(2) == 0 && wheel.NextTimeNs != heap.NextTimeNs ? 1 : 0;
                if (wheel.IsFresh)
                {
                    different += IsNotBefore(heap.NextTimeNs, wheel.TakeFresh()) ? 0 : 1;
                }

                SimEvent a = wheel.Pop();
                SimEvent b = heap.Pop();
                different += (a.TimeNs, a.Key, a.Target, a.Generation) == (b.TimeNs, b.Key, b.Target, b.Generation)
                    && wheel.Count == heap.Count ? 0 : 1;
                now = b.TimeNs;
            }
        }

        while (heap.Count > 0)
        {
            different += wheel.NextTimeNs == heap.NextTimeNs && wheel.Pop().Key == heap.Pop().Key ? 0 : 1;
        }

        Assert.That(different, Is.Zero);
        Assert.That((wheel.Count, wheel.NextTimeNs), Is.EqualTo((0, long.MaxValue)));
        Assert.That(() => wheel.Pop(), Throws.InvalidOperationException);
    }

    private static bool IsNotBefore(long firstNs, ReadOnlySpan<SimEvent> due)
    {
        foreach (SimEvent item in due)
        {
            if (item.TimeNs < firstNs)
            {
                return false;
            }
        }

        return true;
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Events_that_become_due_together_are_told_only_while_it_gathers(bool gathers)
    {
        WheelPendingSet wheel = new(16) { Gathers = gathers };
        SimEvent item = new(1_000_000, 1, 0, 1, 7, 1);
        wheel.Push(in item);
        Assert.That(wheel.NextTimeNs, Is.EqualTo(1_000_000));
        Assert.That(wheel.IsFresh, Is.EqualTo(gathers));
        Assert.That(wheel.TakeFresh().ToArray().Select(static e => e.Target), Is.EqualTo(new[] { 7 }));
        Assert.That(wheel.IsFresh, Is.False);
    }

    [Test]
    public void Heap_gives_the_order_of_a_sorted_set()
    {
        SortedSet<(long Time, ulong Key)> model = [];
        HeapPendingSet heap = new(1);
        RngStream stream = new(55);
        for (int step = 0; step < 100_000; step++)
        {
            if (model.Count == 0 || stream.NextBelow(100) < 52)
            {
                SimEvent item = new(stream.NextBelow(1_000), (int)stream.NextBelow(3), (ulong)step, 1, step, 0);
                heap.Push(in item);
                model.Add((item.TimeNs, item.Key));
            }
            else
            {
                SimEvent item = heap.Pop();
                Assert.That((item.TimeNs, item.Key), Is.EqualTo(model.Min));
                model.Remove(model.Min);
            }
        }
    }

    [TestCase(1L)]
    [TestCase(16_384L)]
    [TestCase(1L << 40)]
    public void Wheel_width_follows_the_events(long firstGuessNs)
    {
        WheelPendingSet wheel = new(16, firstGuessNs);
        long now = 0;
        RngStream stream = new(6);
        for (int i = 0; i < 2_000; i++)
        {
            wheel.Push(new SimEvent(stream.NextBelow(2_000_000), 0, (ulong)i, 0, 0, 0));
        }

        for (int i = 2_000; i < 60_000; i++)
        {
            now = wheel.Pop().TimeNs;
            wheel.Push(new SimEvent(now + stream.NextBelow(2_000_000), 0, (ulong)i, 0, 0, 0));
        }

        // 2,000 events live 1 ms on average: one leaves every 500 ns, and 1..16 of them share a bucket.
        Assert.That(wheel.BucketNs, Is.InRange(512, 8_192));
        Assert.That(wheel.Buckets, Is.InRange(1_000, 32_000));
    }

    [Test]
    public void Wheel_takes_any_time()
    {
        WheelPendingSet wheel = new(1);
        long[] times = [long.MaxValue, 0, long.MaxValue - 1, 1, 1L << 62, 0];
        for (int i = 0; i < times.Length; i++)
        {
            wheel.Push(new SimEvent(times[i], 0, (ulong)i, 0, i, 0));
        }

        List<int> order = [];
        while (wheel.Count > 0)
        {
            order.Add(wheel.Pop().Target);
        }

        Assert.That(order, Is.EqualTo(new[] { 1, 5, 3, 4, 2, 0 }));
    }

    [Test]
    public void Wheel_in_steady_state_allocates_nothing()
    {
        WheelPendingSet wheel = new(1_024);
        RngStream stream = new(6);
        ulong sequence = 0;
        for (int i = 0; i < 1_000; i++)
        {
            wheel.Push(new SimEvent(stream.NextBelow(1_000_000), 0, sequence++, 0, 0, 0));
        }

        void Hold(ref WheelPendingSet set, int times)
        {
            for (int i = 0; i < times; i++)
            {
                long now = set.Pop().TimeNs;
                set.Push(new SimEvent(now + stream.NextBelow(1_000_000), 0, sequence++, 0, 0, 0));
            }
        }

        Hold(ref wheel, 100_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Hold(ref wheel, 200_000);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }
}
