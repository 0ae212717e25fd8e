using Sim.Engine;

namespace Sim.Tests.Engine;

internal sealed class EventLoopTests
{
    private struct Recorder(List<SimEvent> seen) : IEventHandler
    {
        public readonly void Prepare(ReadOnlySpan<SimEvent> due)
        {
        }

        public readonly void Handle(in SimEvent item) => seen.Add(item);
    }

    private sealed class Chain
    {
        public EventLoop<ChainHandler, FingerprintProbe, HeapPendingSet> Loop { get; } = new(new(256), default);
    }

    private readonly struct ChainHandler(Chain chain) : IEventHandler
    {
        public void Prepare(ReadOnlySpan<SimEvent> due)
        {
        }

        public void Handle(in SimEvent item) =>
            chain.Loop.Schedule(item.TimeNs + 3 + (item.Target % 7), 0, 1, item.Target, 0);
    }

    private static EventLoop<Recorder, NoProbe, HeapPendingSet> NewLoop(List<SimEvent> seen)
    {
        EventLoop<Recorder, NoProbe, HeapPendingSet> loop = new(new HeapPendingSet(4), default);
        loop.SetHandler(new Recorder(seen));
        return loop;
    }

    [Test]
    public void Order_is_time_then_lane_then_scheduling()
    {
        List<SimEvent> seen = [];
        var loop = NewLoop(seen);
        loop.Schedule(20, 0, 9, 0, 0);
        loop.Schedule(10, 1, 0, 1, 0);
        loop.Schedule(10, 0, 255, 2, 0);
        loop.Schedule(10, 255, 0, 3, 0);
        loop.Schedule(10, 0, 0, 4, 0);
        loop.Schedule(10, 1, 0, 5, 0);
        Assert.That(loop.RunUntil(15), Is.True);
        Assert.That(seen.Select(static e => e.Target), Is.EqualTo(new[] { 2, 4, 1, 5, 3 }));
        Assert.That((loop.NowNs, loop.Pending, loop.Handled), Is.EqualTo((15L, 1, 5L)));
    }

    [Test]
    public void Event_carries_what_was_scheduled()
    {
        List<SimEvent> seen = [];
        var loop = NewLoop(seen);
        loop.Schedule(long.MaxValue, 255, 254, -7, uint.MaxValue);
        Assert.That(loop.RunUntil(long.MaxValue), Is.True);
        SimEvent e = seen[0];
        Assert.That((e.TimeNs, e.Lane, e.Kind, e.Target, e.Generation, e.Sequence),
            Is.EqualTo((long.MaxValue, 255, 254, -7, uint.MaxValue, 0UL)));
        Assert.That(System.Runtime.CompilerServices.Unsafe.SizeOf<SimEvent>(), Is.EqualTo(24));
    }

    [Test]
    public void Schedule_into_the_past_throws()
    {
        var loop = NewLoop([]);
        loop.RunUntil(100);
        Assert.That(() => loop.Schedule(99, 0, 0, 0, 0), Throws.InvalidOperationException);
        loop.Schedule(100, 0, 0, 0, 0);
        Assert.That(loop.RunUntil(100), Is.True);
    }

    [Test]
    public void RunUntil_stops_after_the_budget_and_goes_on()
    {
        List<SimEvent> seen = [];
        var loop = NewLoop(seen);
        for (int i = 0; i < 10; i++)
        {
            loop.Schedule(i, 0, 0, i, 0);
        }

        Assert.That(loop.RunUntil(50, 4), Is.False);
        Assert.That((seen.Count, loop.NowNs), Is.EqualTo((4, 3L)));
        Assert.That(loop.RunUntil(50, 6), Is.True);
        Assert.That((seen.Count, loop.NowNs), Is.EqualTo((10, 50L)));
    }

    [Test]
    public void Pop_of_an_empty_set_throws() =>
        Assert.That(static () => new HeapPendingSet(1).Pop(), Throws.InvalidOperationException);

    [Test]
    public void Steady_state_allocates_nothing_and_repeats_itself()
    {
        string once = RunChain();
        Assert.That(RunChain(), Is.EqualTo(once));

        static string RunChain()
        {
            Chain chain = new();
            chain.Loop.SetHandler(new ChainHandler(chain));
            for (int i = 0; i < 100; i++)
            {
                chain.Loop.Schedule(i, 0, 1, i, 0);
            }

            chain.Loop.RunUntil(1_000);
            long before = GC.GetAllocatedBytesForCurrentThread();
            while (!chain.Loop.RunUntil(50_000))
            {
            }

            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
            Assert.That(chain.Loop.Handled, Is.GreaterThan(100_000));
            return chain.Loop.Probe.Value.ToString();
        }
    }
}
