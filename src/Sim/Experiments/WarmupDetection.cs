namespace Sim.Experiments;

/// <summary>Finds where the warm-up of a series of observations ends.</summary>
/// <remarks>
/// MSER-5: White, Cobb and Spratt, "A comparison of five steady-state truncation heuristics for simulation", WSC
/// 2000, on means of five observations: of all beginnings that could be left out, the one after which the mean of the
/// rest has the smallest standard error. A minimum in the second half tells that the series does not settle, or that it
/// is too short to tell. A heuristic: offered, never applied by itself.
/// </remarks>
public static class WarmupDetection
{
    /// <summary>Observations in a batch.</summary>
    public const int Batch = 5;

    /// <summary>Fewest batches of which anything is said.</summary>
    public const int FewestBatches = 10;

    /// <summary>Observations to leave out.</summary>
    /// <param name="series">Observations in order of time, any unit.</param>
    /// <returns>A multiple of <see cref="Batch"/>, at most half of the series; -1 when it does not settle in its first
    /// half or has fewer than <see cref="Batch"/> x <see cref="FewestBatches"/> observations.</returns>
    public static int Truncation(IReadOnlyList<double> series)
    {
        int count = series.Count / Batch;
        if (count < FewestBatches)
        {
            return -1;
        }

        // Welford's update from the end: each step has mean and squares of all batches from there on.
        double mean = 0;
        double squares = 0;
        double least = double.PositiveInfinity;
        int best = -1;
        for (int i = count - 1; i >= 0; i--)
        {
            double value = 0;
            for (int k = 0; k < Batch; k++)
            {
                value += series[(i * Batch) + k];
            }

            value /= Batch;
            int n = count - i;
            double step = value - mean;
            mean += step / n;
            squares += step * (value - mean);
            double error = squares / ((double)n * n);
            if (n >= Batch && error <= least)
            {
                (least, best) = (error, i);
            }
        }

        return best > count / 2 ? -1 : best * Batch;
    }
}
