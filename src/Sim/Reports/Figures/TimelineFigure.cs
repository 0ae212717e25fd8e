using Sim.Reports.Svg;
using Sim.Runs;

namespace Sim.Reports.Figures;

/// <summary>Everything that happened besides requests, one lane per kind.</summary>
public static class TimelineFigure
{
    private const int MarksMost = 400;
    private const int RowsMost = 500;

    private static readonly string[] Order =
        ["timeline", "fault", "alert", "probe", "pod", "endpoint", "push", "ejection", "note"];

    /// <summary>The figure; null when nothing happened.</summary>
    public static RunFigure? Of(RunResult result)
    {
        if (result.Events.Count == 0)
        {
            return null;
        }

        var groups = result.Events.GroupBy(static e => e.Kind)
            .OrderBy(static g => Array.IndexOf(Order, g.Key) is int i && i >= 0 ? i : Order.Length)
            .ThenBy(static g => g.Key, StringComparer.Ordinal).ToArray();
        Chart chart = new()
        {
            Id = "events",
            Title = "What happened",
            Description = string.Join(", ", groups.Select(static g => Words.Count(g.Count(), NounOf(g.Key)))),
            ToNs = RunFigure.End(result),
            Bands = RunFigure.Bands(result),
            Lanes = [.. groups.Select((g, i) => new ChartLane(
                g.Key, g.Key, Words.Count(g.Count()),
                [.. g.Take(MarksMost).Select(e => new ChartMark(
                    e.AtNs, e.AtNs, RunFigure.Category(i), 0, $"{Words.Time(e.AtNs)} {e.Subject}: {e.Text}"))]))],
        };
        IReadOnlyList<string>[] rows = [.. result.Events.Take(RowsMost).Select(static e => (IReadOnlyList<string>)
            [Words.Time(e.AtNs), e.Kind, e.Subject, e.Text, e.Span.ToString()])];
        string note = result.Events.Count > RowsMost
            ? $"The first {Words.Count(RowsMost)} of {Words.Count(result.Events.Count)}; events.csv has them all." : "";
        return new RunFigure(chart, [], new DataTable(["at", "kind", "subject", "what", "where"], rows, note));
    }

    private static string NounOf(string kind) => kind switch
    {
        "timeline" => "timeline step",
        "endpoint" => "endpoint change",
        "ejection" or "note" => kind,
        "alert" => "alert change",
        _ => kind + " event",
    };
}
