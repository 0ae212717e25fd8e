using Sim.Core;
using Sim.Engine;

namespace Sim.Tests.Engine;

internal sealed class SlotPoolTests
{
    [Test]
    public void A_returned_slot_lives_again_under_another_generation()
    {
        SlotPool<int> pool = new(1);
        int a = pool.Rent();
        uint first = pool.GenerationOf(a);
        pool[a] = 42;
        Assert.That(pool.IsAlive(a, first), Is.True);
        pool.Return(a);
        Assert.That((pool.IsAlive(a, first), pool.IsRented(a), pool.Count), Is.EqualTo((false, false, 0)));
        int b = pool.Rent();
        Assert.That((b, pool[b]), Is.EqualTo((a, 42)));
        Assert.That(pool.IsAlive(b, first), Is.False);
        Assert.That(pool.IsAlive(b, pool.GenerationOf(b)), Is.True);
    }

    [Test]
    public void Return_twice_throws()
    {
        SlotPool<int> pool = new();
        int a = pool.Rent();
        pool.Return(a);
        Assert.That(() => pool.Return(a), Throws.InvalidOperationException);
    }

    [TestCase(-1, 1u)]
    [TestCase(1, 1u)]
    [TestCase(1000, 1u)]
    public void IsAlive_of_a_slot_never_rented_is_false(int index, uint generation)
    {
        SlotPool<int> pool = new();
        pool.Rent();
        Assert.That((pool.IsAlive(index, generation), pool.IsRented(index)), Is.EqualTo((false, false)));
    }

    [Test]
    public void Random_use_keeps_state_count_and_lives()
    {
        SlotPool<long> pool = new(2);
        Dictionary<int, (uint Generation, long State)> model = [];
        RngStream stream = new(8);
        for (int i = 0; i < 100_000; i++)
        {
            if (model.Count == 0 || stream.NextBelow(100) < 51)
            {
                int slot = pool.Rent();
                pool[slot] = i;
                Assert.That(model.TryAdd(slot, (pool.GenerationOf(slot), i)), Is.True, "rented twice");
            }
            else
            {
                (int slot, (uint generation, long state)) = model.First();
                Assert.That((pool.IsAlive(slot, generation), pool[slot]), Is.EqualTo((true, state)));
                pool.Return(slot);
                model.Remove(slot);
            }
        }

        Assert.That(pool.Count, Is.EqualTo(model.Count));
        Assert.That(model.All(e => pool.IsAlive(e.Key, e.Value.Generation)), Is.True);
    }

    [Test]
    public void Rent_and_return_allocate_nothing()
    {
        SlotPool<long> pool = new(4);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100_000; i++)
        {
            int a = pool.Rent();
            int b = pool.Rent();
            pool.Return(a);
            pool.Return(b);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }
}
