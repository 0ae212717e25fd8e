using Sim.Core;
using Sim.Reports;
using Sim.Reports.Figures;
using Sim.Reports.Svg;

namespace Sim.Tests.Reports;

[TestFixture]
internal sealed class WordsTests
{
    [TestCase(0, 0, "no data")]
    [TestCase(5, 5, "100 %")]
    [TestCase(0, 5, "0 %")]
    [TestCase(9989, 10000, "99.89 %")]
    [TestCase(99999, 100000, "99.999 %")]
    [TestCase(9999999, 10000000, "99.99999 %")]
    [TestCase(1, 10000000, "0.00001 %")]
    [TestCase(2, 3, "66.66 %")]
    public void Percent_IsNeverRoundedUp(long part, long whole, string text) =>
        Assert.That(Words.Percent(part, whole), Is.EqualTo(text));

    [TestCase(2, 3, "66.7 %")]
    [TestCase(99999, 100000, "99.999 %")]
    [TestCase(1, 1, "100 %")]
    [TestCase(1, 100000, "0.001 %")]
    public void Share_IsRounded(long part, long whole, string text) =>
        Assert.That(Words.Share(part, whole), Is.EqualTo(text));

    [TestCase(0, "0s")]
    [TestCase(303_214_400_000, "5m3.214s")]
    [TestCase(400, "400ns")]
    public void Time_IsRoundedToMilliseconds(long ns, string text) =>
        Assert.That(Words.Time(ns), Is.EqualTo(text));

    [TestCase("out/run.json", "out/run.json")]
    [TestCase("a b", "'a b'")]
    [TestCase("it's", "'it'\\''s'")]
    [TestCase("", "''")]
    [TestCase("$(rm)", "'$(rm)'")]
    public void Quote_IsAShellWord(string word, string quoted) =>
        Assert.That(NextCommands.Quote(word), Is.EqualTo(quoted));

    [Test]
    public void TimeTicks_OfAnyLength_AreFewAndRound()
    {
        for (long span = SimDuration.Millisecond; span < 400 * SimDuration.Day; span = span * 13 / 10)
        {
            List<Tick> ticks = Ticks.Time(0, span);
            Assert.That(ticks, Has.Count.InRange(2, 13), SimDuration.Format(span));
            Assert.That(ticks.Count(static t => !t.IsMinor), Is.InRange(1, 5), SimDuration.Format(span));
            Assert.That(ticks[^1].Value, Is.LessThanOrEqualTo(span));
        }
    }

    [Test]
    public void ValueTicks_OfAnySize_EndAtTheTopOfTheAxis()
    {
        for (double value = 0.0001; value < 1e9; value *= 1.37)
        {
            double top = Ticks.RoundUp(value);
            List<Tick> ticks = Ticks.Values(new ValueAxis("x", 0, top));
            Assert.That(top, Is.GreaterThanOrEqualTo(value * (1 - 1e-9)));
            Assert.That(ticks, Has.Count.InRange(3, 6));
            Assert.That(ticks[^1].Value, Is.EqualTo(top).Within(1e-9).Percent);
            Assert.That(ticks.Select(static t => t.Label).Distinct().Count(), Is.EqualTo(ticks.Count));
        }
    }

    [Test]
    public void Bins_OfAnyLength_CoverTheTimeAndAreFewEnough()
    {
        for (long span = 1; span < 400 * SimDuration.Day; span = span * 17 / 10 + 1)
        {
            ChartBins bins = ChartBins.Over(span, SimDuration.Second, 90);
            Assert.That(bins.Count, Is.InRange(1, 90));
            Assert.That(bins.BinNs % SimDuration.Second, Is.Zero);
            Assert.That(bins.StartOf(bins.Count), Is.GreaterThanOrEqualTo(span));
            Assert.That(bins.StartOf(bins.Count - 1), Is.LessThan(span));
        }
    }
}
