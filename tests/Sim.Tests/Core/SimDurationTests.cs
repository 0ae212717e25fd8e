using FsCheck;
using FsCheck.Fluent;
using Sim.Core;

namespace Sim.Tests.Core;

internal sealed class SimDurationTests
{
    [TestCase("0", 0L)]
    [TestCase("250ms", 250_000_000L)]
    [TestCase("10s", 10_000_000_000L)]
    [TestCase("1h30m", 5_400_000_000_000L)]
    [TestCase("0.5s", 500_000_000L)]
    [TestCase(".5s", 500_000_000L)]
    [TestCase("-1.5ms", -1_500_000L)]
    [TestCase("+7us", 7_000L)]
    [TestCase("7µs", 7_000L)]
    [TestCase("3ns", 3L)]
    [TestCase("365d", 31_536_000_000_000_000L)]
    [TestCase("106751.5d", 9_223_329_600_000_000_000L)]
    [TestCase("9223372036854775807ns", long.MaxValue)]
    [TestCase("-9223372036854775808ns", long.MinValue)]
    public void TryParse_duration_gives_nanoseconds(string text, long expected)
    {
        Assert.That(SimDuration.TryParse(text, out long ns), Is.True);
        Assert.That(ns, Is.EqualTo(expected));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("5")]
    [TestCase("s")]
    [TestCase("-")]
    [TestCase(".s")]
    [TestCase("1.2.3s")]
    [TestCase("10 s")]
    [TestCase("1e3s")]
    [TestCase("5S")]
    [TestCase("1,5s")]
    [TestCase("1h30")]
    [TestCase("9223372036854775808ns")]
    [TestCase("-9223372036854775809ns")]
    [TestCase("106752d")]
    [TestCase("100000d100000d")]
    [TestCase("99999999999999999999999999999999s")]
    public void TryParse_other_text_is_refused(string? text) =>
        Assert.That(SimDuration.TryParse(text, out _), Is.False);

    [TestCase(0L, "0s")]
    [TestCase(1L, "1ns")]
    [TestCase(1_500L, "1.5us")]
    [TestCase(250_000_000L, "250ms")]
    [TestCase(1_000_001L, "1.000001ms")]
    [TestCase(10_000_000_000L, "10s")]
    [TestCase(5_400_000_000_000L, "1h30m")]
    [TestCase(-90_500_000_000L, "-1m30.5s")]
    public void Format_gives_the_short_text(long ns, string expected) =>
        Assert.That(SimDuration.Format(ns), Is.EqualTo(expected));

    [Test]
    public void What_is_printed_reads_back()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<long>(), ArbMap.Default.ArbFor<byte>(), static (x, shift) =>
        {
            long ns = unchecked(x * 0x9E3779B97F4A7C1) >> (shift & 63);
            return SimDuration.TryParse(SimDuration.Format(ns), out long back) && back == ns;
        }).QuickCheckThrowOnFailure();
        foreach (long ns in new[] { long.MinValue, long.MaxValue, long.MinValue + 1, -1, 1 })
        {
            Assert.That(SimDuration.TryParse(SimDuration.Format(ns), out long back), Is.True);
            Assert.That(back, Is.EqualTo(ns));
        }
    }
}
