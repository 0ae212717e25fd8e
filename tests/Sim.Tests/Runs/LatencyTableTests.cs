using Sim.Core;
using Sim.Runs;

namespace Sim.Tests.Runs;

internal sealed class LatencyTableTests
{
    private const long Ms = SimDuration.Millisecond;

    private static LatencyTable Table(double loss)
    {
        var table = new LatencyTable(1, 25 * SimDuration.Microsecond);
        table.Set(0, 0, new PlaceLink { MedianNs = 3 * Ms, Loss = loss });
        return table;
    }

    [Test]
    public void SampleNs_LostPackets_CostTimeoutsThatDouble()
    {
        LatencyTable table = Table(0.2);
        RngStream stream = new(3);
        const int Draws = 100_000;
        int[] resends = new int[20];
        for (int i = 0; i < Draws; i++)
        {
            long extra = table.SampleNs(0, stream) - (3 * Ms);
            int n = 0;
            for (long wait = 200 * Ms; extra > 0; wait *= 2, n++)
            {
                extra -= wait;
            }

            Assert.That(extra, Is.Zero);
            resends[n]++;
        }

        for (int n = 0; n < 5; n++)
        {
            double p = 0.8 * Math.Pow(0.2, n);
            Assert.That((double)resends[n] / Draws, Is.EqualTo(p).Within(4.9 * Math.Sqrt(p * (1 - p) / Draws)));
        }
    }

    [Test]
    public void SampleNs_NothingIsLost_DrawsNothing()
    {
        RngStream stream = new(3);
        Assert.That(Table(0).SampleNs(0, stream), Is.EqualTo(3 * Ms));
        Assert.That(stream.NextUInt64(), Is.EqualTo(new RngStream(3).NextUInt64()));
    }

    [Test]
    public void SampleNs_EverythingIsLost_Ends() =>
        Assert.That(Table(1).SampleNs(0, new RngStream(3)), Is.GreaterThan(10 * SimDuration.Minute));
}
