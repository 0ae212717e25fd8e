using Sim.Reports.Figures;
using Sim.Reports.Html;
using Sim.Reports.Svg;
using Sim.Runs;

namespace Sim.Reports.Comparing;

/// <summary>The charts of compared runs: one time axis, one scale, one colour for each cluster.</summary>
internal static class CompareCharts
{
    private const int BarsMost = 90;
    private const int LanesMost = 36;

    /// <summary>Uptime bars, the runs one under another for each service and region of callers.</summary>
    public static RunFigure Uptime(IReadOnlyList<ComparedRun> runs)
    {
        var lanes = runs.Index().SelectMany(r => UptimeLane.Of(r.Item.Result, BarsMost)
                .Select(l => (r.Index, Run: r.Item.Name, Lane: l)))
            .OrderBy(static l => l.Lane.Service, StringComparer.Ordinal)
            .ThenBy(static l => l.Lane.ClientRegion.Length == 0)
            .ThenBy(static l => l.Lane.ClientRegion, StringComparer.Ordinal).ThenBy(static l => l.Index).ToArray();
        Chart chart = new()
        {
            Id = "uptime",
            Title = "Uptime of each",
            Description = string.Join("; ", runs.Select(static r =>
                RunFigures.Of(r.Result) is { Total: > 0 } f ? $"{r.Name} {Words.Percent(f.Good, f.Total)}"
                    : r.Name + " without requests")),
            ToNs = End(runs),
            Bands = Bands(runs),
            Lanes = [.. lanes.Take(LanesMost).Select(static l => UptimeFigure.Lane(l.Lane, l.Run + ": "))],
        };
        string note = lanes.Length > LanesMost
            ? Words.Count(lanes.Length - LanesMost) + " more lanes are in this table only." : "";
        return new RunFigure(
            chart, UptimeFigure.Legend,
            new DataTable(
                ["run", "service", "callers in", "requests", "failed", "availability"],
                [.. lanes.Select(static l => (IReadOnlyList<string>)
                    [l.Run, l.Lane.Service, l.Lane.ClientRegion, Words.Count(l.Lane.Total),
                        Words.Count(l.Lane.Total - l.Lane.Good), Words.Percent(l.Lane.Good, l.Lane.Total)])], note))
        {
            Data = CsvData.Of(chart.Id, ["run", .. UptimeFigure.CsvColumns],
                lanes.SelectMany(static l => UptimeFigure.CsvRows(l.Lane).Select(r =>
                    (IReadOnlyList<string>)[l.Run, .. r]))),
        };
    }

    /// <summary>Who answered, the runs one under another for each region of callers.</summary>
    public static IReadOnlyList<RunFigure> ServedBy(IReadOnlyList<ComparedRun> runs)
    {
        List<string> clusters = ServedByFigure.ClustersOf(runs.Select(static r => r.Result));
        List<RunFigure> figures = [];
        foreach (var region in runs.Index()
            .SelectMany(r => ServedByFigure.Of(r.Item.Result, clusters).Select(f => (Run: r, Figure: f)))
            .GroupBy(static x => x.Figure.Chart.Title).OrderBy(static g => g.Key, StringComparer.Ordinal))
        {
            ValueAxis scale = region.Select(static x => x.Figure.Chart.Values!).MaxBy(static v => v.Max)!;
            figures.AddRange(region.OrderBy(static x => x.Run.Index).Select(x => x.Figure with
            {
                Chart = x.Figure.Chart with
                {
                    Id = $"v{CsvTables.Text(x.Run.Index)}-{x.Figure.Chart.Id}",
                    Title = $"{x.Run.Item.Name}: {x.Figure.Chart.Title}",
                    ToNs = End(runs),
                    Values = scale,
                },
            }));
        }

        return figures;
    }

    private static long End(IReadOnlyList<ComparedRun> runs) => runs.Max(static r => RunFigure.End(r.Result));

    /// <summary>Faults that every run has: a band across all lanes must hold for all.</summary>
    private static IReadOnlyList<ChartBand> Bands(IReadOnlyList<ComparedRun> runs) =>
        [.. RunFigure.Bands(runs[0].Result).Where(b => runs.All(r => RunFigure.Bands(r.Result).Contains(b)))];
}
