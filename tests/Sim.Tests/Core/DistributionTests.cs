using MathNet.Numerics;
using Sim.Core;

namespace Sim.Tests.Core;

/// <summary>Every law against its distribution function. Null hypothesis: the draws follow it; n = 200,000, false alarm
/// 1e-6; an error of the distribution function of 0.012 would be caught.</summary>
internal sealed class DistributionTests
{
    private const int N = 200_000;
    private const double Ms = 1e6;

    private static double NormalCdf(double x) => 0.5 * SpecialFunctions.Erfc(-x / Math.Sqrt(2));

    private static double[] Draw(Func<RngStream, double> law, ulong key = 17)
    {
        RngStream stream = new(key);
        return [.. Enumerable.Range(0, N).Select(_ => law(stream))];
    }

    private static void AssertLaw(double[] draws, Func<double, double> cdf) =>
        Assert.That(Bounds.Distance(draws, cdf), Is.LessThan(Bounds.Kolmogorov(draws.Length)));

    [Test]
    public void Exponential_ziggurat_follows_its_law() =>
        AssertLaw(Draw(Ziggurat.Exponential), static x => 1 - Math.Exp(-x));

    [Test]
    public void Normal_ziggurat_follows_its_law() => AssertLaw(Draw(Ziggurat.Normal), NormalCdf);

    /// <summary>The tails are drawn by other code than the layers; shares beyond a point, n = 4,000,000, binomial.
    /// </summary>
    [Test]
    public void Ziggurat_tails_have_their_mass()
    {
        const int Many = 4_000_000;
        RngStream stream = new(23);
        (double At, double P)[] normal = [(2.5, 0), (3.2, 0), (3.6541528853610088, 0), (3.9, 0)];
        (double At, double P)[] exponential = [(5, 0), (7.69711747013104972, 0), (9, 0)];
        long[] above = new long[normal.Length];
        long[] below = new long[normal.Length];
        long[] late = new long[exponential.Length];
        for (int i = 0; i < Many; i++)
        {
            double x = Ziggurat.Normal(stream);
            double e = Ziggurat.Exponential(stream);
            for (int j = 0; j < normal.Length; j++)
            {
                above[j] += x > normal[j].At ? 1 : 0;
                below[j] += x < -normal[j].At ? 1 : 0;
            }

            for (int j = 0; j < exponential.Length; j++)
            {
                late[j] += e > exponential[j].At ? 1 : 0;
            }
        }

        for (int j = 0; j < normal.Length; j++)
        {
            AssertShare(above[j], Many, NormalCdf(-normal[j].At));
            AssertShare(below[j], Many, NormalCdf(-normal[j].At));
        }

        for (int j = 0; j < exponential.Length; j++)
        {
            AssertShare(late[j], Many, Math.Exp(-exponential[j].At));
        }
    }

    [Test]
    public void Constant_is_constant() =>
        Assert.That(Draw(s => Distribution.Constant(5).SampleNs(s)), Has.All.EqualTo(5.0));

    /// <summary>Chi-square over the eleven values; the ends are as likely as the middle.</summary>
    [Test]
    public void Uniform_has_both_ends()
    {
        long[] counts = new long[11];
        foreach (double x in Draw(s => Distribution.Uniform(10, 20).SampleNs(s)))
        {
            counts[(int)x - 10]++;
        }

        Assert.That(Bounds.Uniformity(counts), Is.LessThan(Bounds.ChiSquare(10)));
        Assert.That(Distribution.Uniform(10, 20).MeanNs, Is.EqualTo(15));
    }

    [Test]
    public void Exponential_follows_its_law() => AssertLaw(
        Draw(s => Distribution.Exponential(20 * Ms).SampleNs(s)), static x => 1 - Math.Exp(-x / (20 * Ms)));

    [Test]
    public void Log_normal_has_its_median_and_99th_percentile()
    {
        Distribution law = Distribution.LogNormal(10 * Ms, 80 * Ms);
        double sigma = Math.Log(8) / 2.3263478740408408;
        AssertLaw(Draw(s => law.SampleNs(s)), x => NormalCdf(Math.Log(x / (10 * Ms)) / sigma));
        Assert.That(law.MeanNs, Is.EqualTo(10 * Ms * Math.Exp(sigma * sigma / 2)).Within(1e-9).Percent);
    }

    [TestCase(0.5)]
    [TestCase(2.0)]
    public void Log_normal_by_mean_has_its_mean_and_variation(double cv)
    {
        Distribution law = Distribution.LogNormalByMean(10 * Ms, cv);
        double variance = Math.Log(1 + (cv * cv));
        double mu = Math.Log(10 * Ms) - (variance / 2);
        AssertLaw(Draw(s => law.SampleNs(s)), x => NormalCdf((Math.Log(x) - mu) / Math.Sqrt(variance)));
        Assert.That(law.MeanNs, Is.EqualTo(10 * Ms).Within(1e-9).Percent);
    }

    [TestCase(0.5)]
    [TestCase(1.0)]
    [TestCase(1.6)]
    public void Gamma_follows_its_law(double cv)
    {
        Distribution law = Distribution.Gamma(10 * Ms, cv);
        double shape = 1 / (cv * cv);
        AssertLaw(Draw(s => law.SampleNs(s)),
            x => x <= 0 ? 0 : SpecialFunctions.GammaLowerRegularized(shape, shape * x / (10 * Ms)));
        Assert.That(law.MeanNs, Is.EqualTo(10 * Ms).Within(1e-9).Percent);
    }

    [TestCase(1.5)]
    [TestCase(3.0)]
    public void Pareto_follows_its_law(double shape)
    {
        Distribution law = Distribution.Pareto(2 * Ms, shape);
        AssertLaw(Draw(s => law.SampleNs(s)), x => 1 - Math.Pow(2 * Ms / x, shape));
        Assert.That(law.MeanNs, Is.EqualTo(2 * Ms * shape / (shape - 1)).Within(1e-9).Percent);
        Assert.That(Distribution.Pareto(1, 1).MeanNs, Is.EqualTo(double.PositiveInfinity));
    }

    /// <summary>A value that stands twice is twice as likely: chi-square over positions.</summary>
    [Test]
    public void Empirical_draws_every_sample_equally()
    {
        Distribution law = Distribution.Empirical([1, 1, 2, 3]);
        long[] counts = new long[4];
        foreach (double x in Draw(s => law.SampleNs(s)))
        {
            counts[(int)x]++;
        }

        AssertShare(counts[1], N, 0.5);
        AssertShare(counts[2], N, 0.25);
        AssertShare(counts[3], N, 0.25);
        Assert.That(law.MeanNs, Is.EqualTo(1.75));
        Assert.That(() => Distribution.Empirical([]), Throws.ArgumentException);
    }

    [Test]
    public void SampleNs_allocates_nothing()
    {
        Distribution[] laws =
        [
            Distribution.Constant(1), Distribution.Uniform(1, 9), Distribution.Exponential(1e6),
            Distribution.LogNormal(1e6, 9e6), Distribution.Gamma(1e6, 0.5), Distribution.Pareto(1e6, 2),
            Distribution.Empirical([1, 2, 3]),
        ];
        RngStream stream = new(1);
        long Sum()
        {
            long sum = 0;
            for (int i = 0; i < 10_000; i++)
            {
                foreach (Distribution law in laws)
                {
                    sum += law.SampleNs(stream);
                }
            }

            return sum;
        }

        Sum();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Sum();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static void AssertShare(long hits, int n, double p)
    {
        // Normal bound, exact enough where at least 100 hits are expected; three more for the discreteness.
        double slack = (Bounds.Z * Math.Sqrt(n * p * (1 - p))) + 3;
        Assert.That(Math.Abs(hits - (n * p)), Is.LessThan(slack), $"{hits} of {n} with p = {p}");
    }
}
