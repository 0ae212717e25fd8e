using System.Text.Json;

namespace Sim.Reports.Sweeps;

/// <summary>Tables of sweeps and years from their documents, byte for byte as the runs wrote them.</summary>
internal static class DocumentTables
{
    /// <summary><c>summary.csv</c>.</summary>
    public static void WriteSummary(SweepDocument sweep, TextWriter writer)
    {
        writer.Write(SweepTables.Line(
            SweepTables.SummaryColumns([.. sweep.Axes.Select(static a => a.Name)])));
        foreach (DocumentPoint p in sweep.Points)
        {
            for (int i = 0; i < sweep.Measures.Count; i++)
            {
                DocumentMeasure m = p.Measures[i];
                string Figure(string name) => m.Figures[name];
                string Difference(string name) => m.Difference.GetValueOrDefault(name, "");
                writer.Write(SweepTables.Line(
                [
                    CsvTables.Text(p.Index), p.Variant, .. p.Values, CsvTables.Text(p.Replications),
                    CsvTables.Text(p.Held), p.Ended, sweep.Measures[i].Name, sweep.Measures[i].Unit, m.Count,
                    Figure("mean"), Figure("deviation"), Figure("low"), Figure("high"), Figure("least"),
                    Figure("median"), Figure("most"), p.Baseline, Difference("count"), Difference("mean"),
                    Difference("low"), Difference("high"), Difference("correlation"),
                ]));
            }
        }
    }

    /// <summary>What each group of callers sees, as shares.</summary>
    public static void WriteCallers(JsonElement year, TextWriter writer)
    {
        writer.Write(SweepTables.Line(
        [
            "callers", "availability", "availability_low", "availability_high", "worst_in_20_years", "median_year",
            "years_that_reach_the_target",
        ]));
        foreach (JsonElement g in year.GetProperty("callers").EnumerateArray())
        {
            JsonElement availability = g.GetProperty("availability");
            writer.Write(SweepTables.Line(
            [
                g.GetProperty("region").GetString()!, Of(availability, "mean"), Of(availability, "low"),
                Of(availability, "high"), Plain(g.GetProperty("worst_in_20_years")),
                Plain(g.GetProperty("median_year")), Plain(g.GetProperty("years_that_reach_the_target")),
            ]));
        }
    }

    /// <summary><c>components.csv</c>.</summary>
    public static void WriteComponents(JsonElement year, TextWriter writer)
    {
        writer.Write(SweepTables.Line(YearFiles.ComponentColumns));
        foreach (JsonElement c in year.GetProperty("components").EnumerateArray())
        {
            JsonElement failed = c.GetProperty("failed_share_while_down");
            JsonElement lost = c.GetProperty("lost_minutes_a_year");
            writer.Write(SweepTables.Line(
            [
                c.GetProperty("component").GetString()!, c.GetProperty("instance").GetString()!,
                Plain(c.GetProperty("failures_a_year")), Plain(c.GetProperty("down_minutes_a_year")),
                Of(failed, "mean"), Of(failed, "low"), Of(failed, "high"), Of(c.GetProperty("transient_s"), "mean"),
                Of(lost, "mean"), Of(lost, "low"), Of(lost, "high"),
            ]));
        }
    }

    /// <summary>A bound that is not written is the mean: there is no interval.</summary>
    private static string Of(JsonElement interval, string name) =>
        Plain(interval.TryGetProperty(name, out JsonElement v) ? v : interval.GetProperty("mean"));

    private static string Plain(JsonElement number) => SweepTables.Figure(number.GetDouble());
}
