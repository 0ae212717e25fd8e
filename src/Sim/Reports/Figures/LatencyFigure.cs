using Sim.Core;
using Sim.Reports.Svg;
using Sim.Runs;

namespace Sim.Reports.Figures;

/// <summary>Latency percentiles over time, one figure per traffic source and region of its callers.</summary>
/// <remarks>
/// Bins are never averaged: where a chart shows several measured bins as one, it shows the worst of them for every
/// percentile, and says so.
/// </remarks>
public static class LatencyFigure
{
    private const int BinsMost = 240;
    private const int NotesMost = 120;

    private static readonly (string Name, ChartStyle Style, Func<LatencyPoint, long> Of)[] Percentiles =
    [
        ("p50", ChartStyle.Category1, static p => p.P50Ns),
        ("p90", ChartStyle.Category2, static p => p.P90Ns),
        ("p99", ChartStyle.Category3, static p => p.P99Ns),
        ("max", ChartStyle.Category4, static p => p.MaxNs),
    ];

    /// <summary>The figures, sorted by traffic source and region.</summary>
    public static IReadOnlyList<RunFigure> Of(RunResult result) =>
    [
        .. result.Latency.Where(static p => p.Count > 0).GroupBy(static p => (p.Traffic, p.ClientRegion))
            .OrderBy(static g => g.Key.Traffic, StringComparer.Ordinal)
            .ThenBy(static g => g.Key.ClientRegion, StringComparer.Ordinal)
            .Select(g => One(result, g.Key.Traffic, g.Key.ClientRegion, [.. g])),
    ];

    private static RunFigure One(RunResult result, string traffic, string region, LatencyPoint[] points)
    {
        ChartBins bins = ChartBins.Over(RunFigure.End(result), result.BinNs, BinsMost);
        long[] counts = new long[bins.Count];
        long[][] worst = [.. Percentiles.Select(_ => new long[bins.Count])];
        foreach (LatencyPoint point in points)
        {
            int bin = bins.IndexOf(point.BinStartNs);
            counts[bin] += point.Count;
            for (int i = 0; i < Percentiles.Length; i++)
            {
                worst[i][bin] = Math.Max(worst[i][bin], Percentiles[i].Of(point));
            }
        }

        Chart chart = new()
        {
            Id = "latency-" + RunFigure.Identifier(traffic) + "-" + RunFigure.Identifier(region),
            Title = $"Latency of {traffic}, callers in {region}",
            Description = Summary(points),
            ToNs = RunFigure.End(result),
            Values = Axis(worst),
            Lines = [.. Percentiles.Select((p, i) => new ChartSeries(
                p.Name, p.Style, bins, [.. worst[i].Select((v, b) => counts[b] == 0 ? double.NaN : Ms(v))])).Reverse()],
            Bands = RunFigure.Bands(result),
            Notes = Notes(result, worst, counts, bins),
        };
        string note = bins.BinNs == result.BinNs ? "" : "Each value is the worst of the measured bins of "
            + $"{Words.Time(result.BinNs)} inside; latency.csv has them all.";
        return new RunFigure(
            chart, [.. Percentiles.Select(static p => new LegendEntry(p.Name, p.Style, IsLine: true))],
            new DataTable(["from", "answers", "p50", "p90", "p99", "max"], Rows(worst, counts, bins), note));
    }

    private static double Ms(long ns) => (double)ns / SimDuration.Millisecond;

    private static string Summary(LatencyPoint[] points) =>
        $"Median per bin {Words.Milliseconds(points.Min(static p => p.P50Ns))} to " +
        $"{Words.Milliseconds(points.Max(static p => p.P50Ns))}, " +
        $"99th percentile at most {Words.Milliseconds(points.Max(static p => p.P99Ns))}, " +
        $"slowest answer {Words.Milliseconds(points.Max(static p => p.MaxNs))}";

    private static ValueAxis Axis(long[][] worst)
    {
        double most = Math.Max(Ms(worst.Max(static w => w.Max())), 0.001);
        long least = worst.SelectMany(static w => w).Where(static v => v > 0).DefaultIfEmpty(1).Min();
        return most / Ms(least) > 20
            ? new ValueAxis("ms, log scale", LogFloor(Ms(least)), LogCeiling(most), IsLogarithmic: true)
            : new ValueAxis("ms", 0, Ticks.RoundUp(most));
    }

    private static double LogFloor(double value) => 1 / LogCeiling(1 / value);

    private static double LogCeiling(double value)
    {
        decimal power = 0.000001m;
        while ((double)(power * 10) < value)
        {
            power *= 10;
        }

        foreach (decimal factor in (decimal[])[1, 2, 5])
        {
            if ((double)(factor * power) >= value)
            {
                return (double)(factor * power);
            }
        }

        return (double)(10 * power);
    }

    private static List<IReadOnlyList<string>> Rows(long[][] worst, long[] counts, ChartBins bins)
    {
        List<IReadOnlyList<string>> rows = [];
        for (int b = 0; b < bins.Count; b++)
        {
            if (counts[b] > 0)
            {
                int bin = b;
                rows.Add([Words.Time(bins.StartOf(b)), Words.Count(counts[b]),
                    .. worst.Select(w => Words.Milliseconds(w[bin]))]);
            }
        }

        return rows;
    }

    private static List<ChartNote> Notes(RunResult result, long[][] worst, long[] counts, ChartBins bins)
    {
        ChartBins columns = ChartBins.Over(RunFigure.End(result), bins.BinNs, NotesMost);
        long[] sums = new long[columns.Count];
        long[][] highs = [.. Percentiles.Select(_ => new long[columns.Count])];
        for (int b = 0; b < bins.Count; b++)
        {
            int column = columns.IndexOf(bins.StartOf(b));
            sums[column] += counts[b];
            for (int i = 0; i < Percentiles.Length; i++)
            {
                highs[i][column] = Math.Max(highs[i][column], worst[i][b]);
            }
        }

        List<ChartNote> notes = [];
        for (int c = 0; c < columns.Count; c++)
        {
            if (sums[c] > 0)
            {
                int column = c;
                IEnumerable<string> lines =
                    Percentiles.Select((p, i) => $"{p.Name}: {Words.Milliseconds(highs[i][column])}");
                notes.Add(new ChartNote(columns.StartOf(c), columns.StartOf(c + 1),
                    $"{Words.Time(columns.StartOf(c))}, {Words.Count(sums[c], "answer")}\n{string.Join('\n', lines)}"));
            }
        }

        return notes;
    }
}
