using Sim.Runs;

namespace Sim.Reports;

/// <summary>Counts over a whole run, warm-up included.</summary>
/// <param name="Total">Requests that ended.</param>
/// <param name="Good">Those that count as available.</param>
/// <param name="FirstFailureNs">Start of the first bin with a failure; null when there was none.</param>
/// <param name="LastFailureNs">Start of the last bin with a failure; null when there was none.</param>
public readonly record struct RunFigures(long Total, long Good, long? FirstFailureNs, long? LastFailureNs)
{
    /// <summary>Requests that do not count as available.</summary>
    public long Failed => Total - Good;

    /// <summary>Counts of a run's series.</summary>
    public static RunFigures Of(RunResult result)
    {
        long total = 0;
        long good = 0;
        long? first = null;
        long? last = null;
        foreach (SeriesPoint point in result.Series)
        {
            total += point.Count;
            if (point.Good)
            {
                good += point.Count;
            }
            else if (point.Count > 0)
            {
                first = first is long f ? Math.Min(f, point.BinStartNs) : point.BinStartNs;
                last = last is long l ? Math.Max(l, point.BinStartNs) : point.BinStartNs;
            }
        }

        return new RunFigures(total, good, first, last);
    }
}
