using System.Globalization;
using Sim.Core;
using Sim.Reports.Figures;
using Sim.Reports.Html;
using Sim.Reports.Sweeps;
using Sim.Runs;

namespace Sim.Reports.Comparing;

/// <summary>The tables of compared runs.</summary>
public static class CompareTables
{
    /// <summary><c>compare.csv</c>: one row for each figure and run; shares as 0..1.</summary>
    /// <param name="runs">Runs, the first is what the others are held against.</param>
    /// <param name="writer">Target.</param>
    public static void WriteMeasures(IReadOnlyList<ComparedRun> runs, TextWriter writer)
    {
        writer.Write(SweepTables.Line(["measure", "unit", "run", "value", "difference"]));
        foreach (ComparedMeasure m in ComparedMeasures.Of([.. runs.Select(static r => r.Result)]))
        {
            for (int i = 0; i < runs.Count; i++)
            {
                writer.Write(SweepTables.Line(
                    [m.Name, m.Unit, runs[i].Name, Plain(m.Cells[i].Value), i == 0 ? "" : Plain(m.Difference(i))]));
            }
        }
    }

    /// <summary>A difference as people read it, with its sign; empty when there is none.</summary>
    /// <param name="measure">Figure.</param>
    /// <param name="run">Index of the run, above 0.</param>
    public static string Difference(ComparedMeasure measure, int run)
    {
        if (measure.Difference(run) is not { } value)
        {
            return "";
        }

        return measure.Unit switch
        {
            "share" => (100 * value).ToString("+0.###;-0.###;0", CultureInfo.InvariantCulture) + " points",
            "ms" => value.ToString("+#,0.#;-#,0.#;0", CultureInfo.InvariantCulture) + " ms",
            "s" => Sign(value) + Words.Time((long)(Math.Abs(value) * SimDuration.Second)),
            _ => value.ToString("+#,0;-#,0;0", CultureInfo.InvariantCulture),
        };
    }

    /// <summary>Columns of the table of requests that were paired, as CSV.</summary>
    internal static IReadOnlyList<string> PairColumns { get; } =
        ["run", "pairs", "good_in_both", "failed_in_both", "failed_in_first", "failed_here", "mean_difference_ms"];

    /// <summary>Paired requests as CSV.</summary>
    internal static IReadOnlyList<string> PairRow(string name, PairedRequests p) =>
    [
        name, CsvTables.Text(p.Pairs), CsvTables.Text(p.GoodInBoth), CsvTables.Text(p.FailedInBoth),
        CsvTables.Text(p.FailedInFirst), CsvTables.Text(p.FailedInSecond),
        Plain(p.MeanDifferenceNs is { } ns ? decimal.Round(ns / SimDuration.Millisecond, 6) : null),
    ];

    /// <summary>Every check of every run: kind, text, and each run's judgement; null = the run does not have it.
    /// </summary>
    internal static IReadOnlyList<(string Kind, string Text, Judgement?[] Of)> Checks(IReadOnlyList<ComparedRun> runs)
    {
        List<(string Kind, string Text, Judgement?[] Of)> rows = [];
        for (int i = 0; i < runs.Count; i++)
        {
            foreach (Judgement j in runs[i].Result.Judgements)
            {
                int at = rows.FindIndex(r => r.Kind == j.Kind && r.Text == j.Text && r.Of[i] is null);
                if (at < 0)
                {
                    at = rows.Count;
                    rows.Add((j.Kind, j.Text, new Judgement?[runs.Count]));
                }

                rows[at].Of[i] = j;
            }
        }

        return rows;
    }

    /// <summary>The checks as CSV.</summary>
    internal static CsvData ChecksCsv(IReadOnlyList<ComparedRun> runs) => CsvData.Of(
        "checks", ["run", "kind", "text", "held", "measured", "limit"],
        runs.SelectMany(static r => r.Result.Judgements.Select(j => (IReadOnlyList<string>)
            [r.Name, j.Kind, j.Text, j.Held ? "true" : "false", j.Measured, j.Limit])));

    private static string Plain(decimal? value) =>
        value is { } v ? v.ToString("0.############", CultureInfo.InvariantCulture) : "";

    private static string Sign(decimal value) => value > 0 ? "+" : value < 0 ? "-" : "";
}
