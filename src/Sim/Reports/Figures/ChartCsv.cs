using System.Globalization;
using Sim.Reports.Html;
using Sim.Reports.Svg;

namespace Sim.Reports.Figures;

/// <summary>What a chart draws, as CSV.</summary>
/// <remarks>Times are exact seconds and values have all their digits: a chart drawn again from them is the same.
/// </remarks>
internal static class ChartCsv
{
    /// <summary>The CSV of a figure.</summary>
    public static CsvData Of(RunFigure figure) => figure.Data
        ?? (figure.Chart.Values is null ? OfLanes(figure) : OfValues(figure.Chart));

    /// <summary>A value with all its digits; empty where there is none.</summary>
    public static string Number(double value) =>
        double.IsNaN(value) ? "" : value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>One row for each bin: a column for each area and line, the unit, and the faults in force.</summary>
    private static CsvData OfValues(Chart chart)
    {
        ChartSeries[] series = [.. chart.Areas, .. chart.Lines];
        ChartBins bins = series.Length > 0 ? series[0].Bins : new ChartBins(chart.FromNs, 1, 0);
        if (series.Any(s => s.Bins != bins))
        {
            throw new InvalidOperationException($"the series of {chart.Id} have bins of different length");
        }

        string unit = chart.Values!.Unit.Split(',')[0];
        return CsvData.Of(
            chart.Id, ["from_s", "to_s", .. series.Select(static s => s.Name), "unit", "faults"],
            Enumerable.Range(0, bins.Count).Select(i =>
            {
                long from = bins.StartOf(i);
                long to = Math.Min(bins.StartOf(i + 1), chart.ToNs);
                string faults = string.Join("; ", chart.Bands.Where(b => b.FromNs < to && b.ToNs > from)
                    .Select(static b => b.Name));
                return (IReadOnlyList<string>)
                    [Seconds(from), Seconds(to), .. series.Select(s => Number(s.Values[i])), unit, faults];
            }));
    }

    /// <summary>One row for each mark.</summary>
    private static CsvData OfLanes(RunFigure figure) => CsvData.Of(
        figure.Chart.Id, ["lane", "lane_value", "from_s", "to_s", "state", "text"],
        figure.Chart.Lanes.SelectMany(lane => lane.Marks.Select(mark => (IReadOnlyList<string>)
        [
            lane.Label, lane.Value, Seconds(mark.FromNs), Seconds(mark.ToNs),
            figure.Legend.FirstOrDefault(l => l.Style == mark.Style)?.Name ?? "", mark.Text,
        ])));

    private static string Seconds(long ns) => RunJsonNames.SecondsText(ns);
}
