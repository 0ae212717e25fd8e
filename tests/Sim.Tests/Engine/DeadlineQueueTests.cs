using Sim.Core;
using Sim.Engine;

namespace Sim.Tests.Engine;

internal sealed class DeadlineQueueTests
{
    private sealed class Bench
    {
        public Bench(long durationNs)
        {
            Loop = new(new HeapPendingSet(16), default);
            Loop.SetHandler(new Handler(this));
            Queue = new DeadlineQueue<Owner>(Loop, new Owner(Slots), durationNs, (1, 7, 3));
        }

        public EventLoop<Handler, NoProbe, HeapPendingSet> Loop { get; }

        public SlotPool<int> Slots { get; } = new();

        public DeadlineQueue<Owner> Queue { get; }

        public List<(long At, int State)> Expired { get; } = [];
    }

    private readonly struct Owner(SlotPool<int> slots) : IDeadlineOwner
    {
        public bool IsAlive(int slot, uint life) => slots.IsAlive(slot, life);
    }

    private readonly struct Handler(Bench bench) : IEventHandler
    {
        public void Prepare(ReadOnlySpan<SimEvent> due)
        {
        }

        public void Handle(in SimEvent item)
        {
            if (item.Kind != 7)
            {
                bench.Expired.Add((item.TimeNs, -item.Target));
                return;
            }

            if (bench.Queue.TryFire(out int slot, out uint life))
            {
                Assert.That(bench.Slots.IsAlive(slot, life), Is.True);
                bench.Expired.Add((item.TimeNs, bench.Slots[slot]));
                bench.Slots.Return(slot);
            }
        }
    }

    [Test]
    public void Living_deadlines_fall_due_in_order_with_one_event()
    {
        Bench b = new(100);
        int Start(int state)
        {
            int slot = b.Slots.Rent();
            b.Slots[slot] = state;
            b.Queue.Add(slot, b.Slots.GenerationOf(slot));
            return slot;
        }

        int first = Start(1);
        Start(2);
        b.Loop.RunUntil(10);
        int third = Start(3);
        Start(4);
        Assert.That(b.Loop.Pending, Is.EqualTo(1));
        b.Slots.Return(first);
        b.Slots.Return(third);
        int again = Start(5);
        Assert.That(again, Is.EqualTo(third), "the slot lives again: its first deadline must not end the second life");
        b.Loop.RunUntil(1_000);
        Assert.That(b.Expired, Is.EqualTo(new[] { (100L, 2), (110L, 4), (110L, 5) }));
        Assert.That((b.Loop.Pending, b.Queue.Count), Is.EqualTo((0, 0)));
        Start(6);
        b.Loop.RunUntil(2_000);
        Assert.That(b.Expired[^1], Is.EqualTo((1_100L, 6)));
    }

    /// <summary>Deadlines and other events at one time: in the order in which they were asked for.</summary>
    [Test]
    public void Deadlines_keep_their_place_among_other_events()
    {
        Bench b = new(100);
        void Start(int state)
        {
            int slot = b.Slots.Rent();
            b.Slots[slot] = state;
            b.Queue.Add(slot, b.Slots.GenerationOf(slot));
        }

        b.Loop.Schedule(100, 1, 9, 1, 0);
        Start(2);
        b.Loop.Schedule(100, 1, 9, 3, 0);
        Start(4);
        Start(5);
        b.Loop.Schedule(100, 1, 9, 6, 0);
        b.Loop.RunUntil(100);
        Assert.That(b.Expired.Select(static e => Math.Abs(e.State)), Is.EqualTo(new[] { 1, 2, 3, 4, 5, 6 }));
        Assert.That(b.Expired.Select(static e => e.At), Is.All.EqualTo(100));
    }

    /// <summary>Random starts, ends and waits against one event a deadline.</summary>
    [Test]
    public void Random_use_expires_what_one_event_each_would()
    {
        Bench b = new(1_000);
        RngStream stream = new(4);
        List<(long Due, int State, int Slot, uint Generation)> model = [];
        List<(long, int)> expected = [];
        for (int i = 0; i < 50_000; i++)
        {
            long until = b.Loop.NowNs + stream.NextBelow(20);
            foreach (var m in model.Where(m => m.Due <= until))
            {
                expected.Add((m.Due, m.State));
            }

            model.RemoveAll(m => m.Due <= until);
            b.Loop.RunUntil(until);
            int slot = b.Slots.Rent();
            b.Slots[slot] = i;
            b.Queue.Add(slot, b.Slots.GenerationOf(slot));
            model.Add((until + 1_000, i, slot, b.Slots.GenerationOf(slot)));
            while (model.Count > 0 && stream.NextBelow(100) < 47)
            {
                int at = (int)stream.NextBelow((uint)model.Count);
                b.Slots.Return(model[at].Slot);
                model.RemoveAt(at);
            }
        }

        Assert.That(b.Expired, Is.EqualTo(expected));
        Assert.That(expected, Has.Count.GreaterThan(1_000));
    }

    [Test]
    public void Cancelled_deadlines_take_no_room_and_nothing_is_allocated()
    {
        Bench b = new(1_000_000_000);
        void Churn()
        {
            for (int i = 0; i < 100_000; i++)
            {
                int slot = b.Slots.Rent();
                b.Queue.Add(slot, b.Slots.GenerationOf(slot));
                b.Slots.Return(slot);
            }
        }

        Churn();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Churn();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Assert.That(b.Queue.Count, Is.LessThanOrEqualTo(64));
    }
}
