using Sim.Core;
using Sim.Experiments;

namespace Sim.Tests.Experiments;

/// <summary>Where a warm-up ends, by hand and over random series.</summary>
[TestFixture]
internal sealed class WarmupDetectionTests
{
    [TestCase(49, -1, TestName = "Nine batches are too few")]
    [TestCase(50, 0, TestName = "A constant series is settled from the start")]
    [TestCase(54, 0, TestName = "What does not fill a batch is left aside")]
    public void Short_series(int count, int expected) =>
        Assert.That(WarmupDetection.Truncation([.. Enumerable.Repeat(3.0, count)]), Is.EqualTo(expected));

    [Test]
    public void A_step_is_left_out_whole() => Assert.That(
        WarmupDetection.Truncation([.. Enumerable.Repeat(9.0, 20), .. Enumerable.Repeat(1.0, 80)]), Is.EqualTo(20));

    [Test]
    public void A_step_in_the_second_half_does_not_settle() => Assert.That(
        WarmupDetection.Truncation([.. Enumerable.Repeat(9.0, 60), .. Enumerable.Repeat(1.0, 40)]), Is.EqualTo(-1));

    /// <remarks>The definition, from the front: squares about the mean of the rest over the square of its length.
    /// </remarks>
    [Test]
    public void Equals_the_definition_over_random_series([Range(1, 20)] int seed)
    {
        RngStream random = new((ulong)seed);
        double[] series = [.. Enumerable.Range(0, 200).Select(i => random.NextDouble() + (5 * Math.Exp(-i / 15.0)))];
        double[] batches = [.. series.Chunk(5).Select(static b => b.Average())];
        double ErrorFrom(int d) => batches.Skip(d).Sum(b => Math.Pow(b - batches.Skip(d).Average(), 2))
            / Math.Pow(batches.Length - d, 2);
        int best = Enumerable.Range(0, batches.Length - 4).MinBy(ErrorFrom);
        int found = WarmupDetection.Truncation(series);
        Assert.That(found, Is.EqualTo(best > 20 ? -1 : best * 5));
        Assert.That(found, Is.EqualTo(-1).Or.InRange(20, 100), "the transient is 15 observations long");
    }
}
