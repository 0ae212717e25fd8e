using Sim.Reports.Html;
using Sim.Reports.Svg;
using Sim.Runs;

namespace Sim.Reports.Figures;

/// <summary>Uptime bars in the manner of a status page: one lane per service and region of its callers.</summary>
public static class UptimeFigure
{
    private const int BarsMost = 90;
    private const int LanesMost = 24;

    /// <summary>The figure; its chart has no lanes when the run has no uptime.</summary>
    public static RunFigure Of(RunResult result)
    {
        List<ChartLane> lanes = [];
        List<IReadOnlyList<string>> rows = [];
        IReadOnlyList<UptimeLane> all = UptimeLane.Of(result, BarsMost);
        foreach (UptimeLane lane in all)
        {
            if (lanes.Count < LanesMost)
            {
                lanes.Add(Lane(lane));
            }

            foreach (UptimeBar bar in lane.Bars)
            {
                rows.Add([
                    lane.Service, lane.ClientRegion, Words.Time(bar.FromNs), Words.Count(bar.Total),
                    Words.Count(bar.Total - bar.Good), Words.Percent(bar.Good, bar.Total),
                ]);
            }
        }

        Chart chart = new()
        {
            Id = "uptime",
            Title = "Uptime of " + (result.Stamp.Scenario.Length > 0 ? result.Stamp.Scenario : "the run"),
            Description = Summary(result),
            ToNs = RunFigure.End(result),
            Bands = RunFigure.Bands(result),
            Lanes = lanes,
        };
        int hidden = all.Count - lanes.Count;
        return new RunFigure(
            chart,
            Legend,
            new DataTable(
                ["service", "callers in", "from", "requests", "failed", "availability"], rows,
                hidden > 0 ? Words.Count(hidden) + " more lanes are in this table only." : ""))
        {
            Data = CsvData.Of(chart.Id, CsvColumns, all.SelectMany(CsvRows)),
        };
    }

    /// <summary>What the colours of bars mean.</summary>
    internal static IReadOnlyList<LegendEntry> Legend { get; } =
    [
        new("answered", ChartStyle.Good), new("failed, as a share of the bar", ChartStyle.Bad),
        new("no requests", ChartStyle.Empty),
    ];

    /// <summary>Columns of the numbers as CSV.</summary>
    internal static IReadOnlyList<string> CsvColumns { get; } =
        ["service", "client_region", "from_s", "to_s", "requests", "good"];

    /// <summary>A lane's bars as CSV.</summary>
    internal static IEnumerable<IReadOnlyList<string>> CsvRows(UptimeLane lane) =>
        lane.Bars.Select(bar => (IReadOnlyList<string>)
        [
            lane.Service, lane.ClientRegion, RunJsonNames.SecondsText(bar.FromNs), RunJsonNames.SecondsText(bar.ToNs),
            CsvTables.Text(bar.Total), CsvTables.Text(bar.Good),
        ]);

    /// <summary>A lane of bars.</summary>
    /// <param name="lane">Bars.</param>
    /// <param name="prefix">What its label begins with.</param>
    internal static ChartLane Lane(UptimeLane lane, string prefix = "")
    {
        string name = Words.Service(lane.Service);
        ChartMark[] marks = [.. lane.Bars.Select(static bar => new ChartMark(
            bar.FromNs, Inset(bar), bar.Total == 0 ? ChartStyle.Empty : ChartStyle.Good,
            bar.Total == 0 ? 0 : (double)(bar.Total - bar.Good) / bar.Total, BarText(bar)))];
        string callers = lane.ClientRegion.Length == 0 ? "callers without a region" : lane.ClientRegion;
        string whose = lane.ClientRegion.Length == 0 ? callers : $"callers in {lane.ClientRegion}";
        return new ChartLane(
            $"{prefix}{name} for {whose}", $"{prefix}{name} ← {callers}",
            Words.Percent(lane.Good, lane.Total), marks);
    }

    /// <summary>The figure as a file of its own.</summary>
    public static string Standalone(RunResult result) => SvgRenderer.Standalone(960).Render(Of(result).Chart);

    private static string Summary(RunResult result)
    {
        RunFigures figures = RunFigures.Of(result);
        string failed = figures.Failed == 0 ? "none failed"
            : $"{Words.Count(figures.Failed)} failed, between {Words.Time(figures.FirstFailureNs!.Value)} and " +
              Words.Time(figures.LastFailureNs!.Value + result.BinNs);
        return $"{Words.Count(figures.Total, "request")} in {Words.Time(result.DurationNs)}, {failed}";
    }

    /// <summary>Bars leave a fifth of their slot free, so that they can be counted.</summary>
    private static long Inset(UptimeBar bar) => bar.ToNs - (bar.ToNs - bar.FromNs) / 5;

    private static string BarText(UptimeBar bar)
    {
        string span = $"{Words.Time(bar.FromNs)} to {Words.Time(bar.ToNs)}";
        return bar.Total == 0 ? span + ": no requests"
            : $"{span}: {Words.Percent(bar.Good, bar.Total)} of {Words.Count(bar.Total, "request")}, " +
              $"{Words.Count(bar.Total - bar.Good)} failed";
    }
}
