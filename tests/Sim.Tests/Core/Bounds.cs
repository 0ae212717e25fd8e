namespace Sim.Tests.Core;

/// <summary>Critical values of the statistical checks. Every check here has false-alarm probability 1e-6.</summary>
internal static class Bounds
{
    /// <summary>False-alarm probability of one check.</summary>
    public const double FalseAlarm = 1e-6;

    /// <summary>Two-sided normal quantile of <see cref="FalseAlarm"/>.</summary>
    public const double Z = 4.8916;

    /// <summary>Largest distance of n draws from their law: Dvoretzky, Kiefer and Wolfowitz with Massart's constant,
    /// P(D &gt; e) &lt;= 2 exp(-2 n e^2), which holds for every n. A bias of the CDF above twice this is
    /// caught.</summary>
    public static double Kolmogorov(int n) => Math.Sqrt(Math.Log(2 / FalseAlarm) / (2.0 * n));

    /// <summary>Upper quantile of chi-square (Wilson and Hilferty).</summary>
    public static double ChiSquare(int degrees)
    {
        double a = 2.0 / (9 * degrees);
        double c = 1 - a + (4.7534 * Math.Sqrt(a));
        return degrees * c * c * c;
    }

    /// <summary>Kolmogorov-Smirnov distance of draws from a continuous law.</summary>
    public static double Distance(double[] draws, Func<double, double> cdf)
    {
        double[] sorted = [.. draws];
        Array.Sort(sorted);
        double worst = 0;
        for (int i = 0; i < sorted.Length; i++)
        {
            double f = cdf(sorted[i]);
            worst = Math.Max(worst, Math.Max(f - ((double)i / sorted.Length), ((i + 1.0) / sorted.Length) - f));
        }

        return worst;
    }

    /// <summary>Chi-square statistic of counts against equal shares.</summary>
    public static double Uniformity(long[] counts)
    {
        double expected = (double)counts.Sum() / counts.Length;
        return counts.Sum(c => (c - expected) * (c - expected) / expected);
    }
}
