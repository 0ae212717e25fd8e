using Sim.Bench.Operations;
using Sim.Engine;

namespace Sim.Tests.Bench;

/// <summary>Asking for memory early changes nothing of a run.</summary>
internal sealed class PreparationTests
{
    [Test]
    public void Run_with_and_without_preparation_is_the_same()
    {
        var with = new WholeRequest<WheelPendingSet>(new WheelPendingSet(16), 90, prepares: true);
        var without = new WholeRequest<WheelPendingSet>(new WheelPendingSet(16), 90, prepares: false);
        Assert.That(with.Run(20_000), Is.EqualTo(without.Run(20_000)), "events handled");
        for (int percent = 0; percent <= 100; percent++)
        {
            Assert.That(
                with.Latency.Quantile(percent / 100.0), Is.EqualTo(without.Latency.Quantile(percent / 100.0)));
        }
    }
}
