using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace Sim.Experiments;

/// <summary>A mean with Student's confidence interval.</summary>
/// <remarks>Replications are independent and identically distributed, so mean +- t(n-1) s / sqrt(n) holds exactly for
/// normal values and asymptotically for others (Law, "Simulation Modeling and Analysis", section 4.5).</remarks>
/// <param name="Count">Values that were measured.</param>
/// <param name="Mean">Their mean; NaN when there is none.</param>
/// <param name="Deviation">Their sample standard deviation; null below two values.</param>
/// <param name="HalfWidth">Half the width of the interval; null below two values.</param>
public readonly record struct MeanInterval(int Count, double Mean, double? Deviation, double? HalfWidth)
{
    /// <summary>Lower end; the mean where there is no interval.</summary>
    public double Low => Mean - (HalfWidth ?? 0);

    /// <summary>Upper end; the mean where there is no interval.</summary>
    public double High => Mean + (HalfWidth ?? 0);

    /// <summary>Whether the interval excludes 0: a difference that is more than chance.</summary>
    public bool ExcludesZero => HalfWidth is not null && (Low > 0 || High < 0);

    /// <summary>The interval of some values; NaN values (nothing was measured) are left out.</summary>
    /// <param name="values">Values in order.</param>
    /// <param name="confidence">Confidence, 0..1.</param>
    public static MeanInterval Of(IEnumerable<double> values, double confidence)
    {
        double[] some = values.Where(static v => !double.IsNaN(v)).ToArray();
        if (some.Length == 0)
        {
            return new(0, double.NaN, null, null);
        }

        double mean = ArrayStatistics.Mean(some);
        if (some.Length == 1)
        {
            return new(1, mean, null, null);
        }

        double deviation = Math.Sqrt(ArrayStatistics.Variance(some));
        double t = StudentT.InvCDF(0, 1, some.Length - 1, (1 + confidence) / 2);
        return new(some.Length, mean, deviation, t * deviation / Math.Sqrt(some.Length));
    }
}
