namespace Sim.Core;

/// <summary>A distribution of durations in nanoseconds. Sampling allocates nothing; results are at least 0.</summary>
public abstract class Distribution
{
    /// <summary>99th percentile of the standard normal law.</summary>
    public const double NormalP99 = 2.3263478740408408;

    /// <summary>Mean in nanoseconds; infinite where the law has none.</summary>
    public abstract double MeanNs { get; }

    /// <summary>One draw.</summary>
    public abstract long SampleNs(RngStream stream);

    /// <summary>Always the same.</summary>
    public static Distribution Constant(long valueNs) => new ConstantLaw(valueNs);

    /// <summary>Uniform on [min, max].</summary>
    public static Distribution Uniform(long minNs, long maxNs) => new UniformLaw(minNs, maxNs);

    /// <summary>Exponential with a mean.</summary>
    public static Distribution Exponential(double meanNs) => new ExponentialLaw(meanNs);

    /// <summary>Log-normal by its median and its 99th percentile (above the median).</summary>
    public static Distribution LogNormal(double p50Ns, double p99Ns) =>
        new LogNormalLaw(PortableMath.Log(p50Ns), PortableMath.Log(p99Ns / p50Ns) / NormalP99);

    /// <summary>Log-normal by its mean and coefficient of variation.</summary>
    public static Distribution LogNormalByMean(double meanNs, double cv)
    {
        double variance = PortableMath.Log(1 + (cv * cv));
        return new LogNormalLaw(PortableMath.Log(meanNs) - (variance / 2), Math.Sqrt(variance));
    }

    /// <summary>Gamma by its mean and coefficient of variation.</summary>
    public static Distribution Gamma(double meanNs, double cv) => new GammaLaw(1 / (cv * cv), meanNs * cv * cv);

    /// <summary>Pareto: P(X &gt; x) = (min / x)^shape.</summary>
    public static Distribution Pareto(double minNs, double shape) => new ParetoLaw(minNs, shape);

    /// <summary>One of the samples, each as likely as it stands there.</summary>
    /// <param name="samplesNs">At least one.</param>
    public static Distribution Empirical(IReadOnlyList<long> samplesNs) => new EmpiricalLaw(samplesNs);

    /// <summary>Nearest nanosecond, within 0 and about 292 years.</summary>
    private static long ToNs(double value) => value >= 9.2e18 ? 9_200_000_000_000_000_000 : (long)(value + 0.5);

    private sealed class ConstantLaw(long valueNs) : Distribution
    {
        public override double MeanNs => valueNs;

        public override long SampleNs(RngStream stream) => valueNs;
    }

    private sealed class UniformLaw(long minNs, long maxNs) : Distribution
    {
        public override double MeanNs => (minNs + (double)maxNs) / 2;

        public override long SampleNs(RngStream stream) =>
            minNs + (long)(stream.NextDouble() * ((double)maxNs - minNs + 1));
    }

    private sealed class ExponentialLaw(double meanNs) : Distribution
    {
        public override double MeanNs => meanNs;

        public override long SampleNs(RngStream stream) => ToNs(meanNs * Ziggurat.Exponential(stream));
    }

    private sealed class LogNormalLaw(double mu, double sigma) : Distribution
    {
        public override double MeanNs => PortableMath.Exp(mu + (sigma * sigma / 2));

        public override long SampleNs(RngStream stream) =>
            ToNs(PortableMath.Exp(mu + (sigma * Ziggurat.Normal(stream))));
    }

    /// <summary>Marsaglia and Tsang, "A Simple Method for Generating Gamma Variables", ACM TOMS 26 (2000).</summary>
    private sealed class GammaLaw(double shape, double scaleNs) : Distribution
    {
        public override double MeanNs => shape * scaleNs;

        public override long SampleNs(RngStream stream)
        {
            double boost = shape < 1 ? PortableMath.Pow(1 - stream.NextDouble(), 1 / shape) : 1;
            double d = (shape < 1 ? shape + 1 : shape) - (1.0 / 3);
            double c = 1 / Math.Sqrt(9 * d);
            while (true)
            {
                double x = Ziggurat.Normal(stream);
                double v = 1 + (c * x);
                if (v <= 0)
                {
                    continue;
                }

                v = v * v * v;
                double u = 1 - stream.NextDouble();
                if (PortableMath.Log(u) < (0.5 * x * x) + d - (d * v) + (d * PortableMath.Log(v)))
                {
                    return ToNs(boost * d * v * scaleNs);
                }
            }
        }
    }

    private sealed class ParetoLaw(double minNs, double shape) : Distribution
    {
        public override double MeanNs => shape > 1 ? shape * minNs / (shape - 1) : double.PositiveInfinity;

        public override long SampleNs(RngStream stream) =>
            ToNs(minNs * PortableMath.Exp(Ziggurat.Exponential(stream) / shape));
    }

    private sealed class EmpiricalLaw : Distribution
    {
        private readonly long[] _samples;

        public EmpiricalLaw(IReadOnlyList<long> samplesNs)
        {
            if (samplesNs.Count == 0)
            {
                throw new ArgumentException("an empirical law needs a sample", nameof(samplesNs));
            }

            _samples = [.. samplesNs];
            MeanNs = _samples.Average();
        }

        public override double MeanNs { get; }

        public override long SampleNs(RngStream stream) => _samples[stream.NextBelow((uint)_samples.Length)];
    }
}
