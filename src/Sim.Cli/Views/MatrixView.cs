using Sim.Reports.Figures;
using Sim.Reports.Matrices;
using Sim.Runs;
using Sim.Runs.Matrix;

namespace Sim.Cli.Views;

/// <summary>A truth table on the terminal.</summary>
internal static class MatrixView
{
    /// <summary>Writes the table, what differs between clusters, and what was expected otherwise.</summary>
    public static void Write(TerminalText text, PolicyMatrix matrix, RunStamp stamp, bool isQuiet)
    {
        bool isHeld = matrix.Judgements.All(static j => j.Held);
        string name = stamp.Variant.Length == 0 ? stamp.Scenario : stamp.Scenario + " / " + stamp.Variant;
        string sentence = $"{name}: {MatrixTables.Sentence(matrix)}";
        text.Line(isHeld ? text.Good(sentence) : text.Bad(sentence));
        if (isQuiet)
        {
            return;
        }

        text.Line();
        List<string[]> rows =
        [
            [text.Soft("target"), text.Soft("request"), text.Soft("verdict"), text.Soft("callers, and what decides")],
        ];
        rows.AddRange(MatrixTables.Rows(matrix).GroupBy(static r => r with { Caller = "" }).Select(g => (string[])
        [
            text.Strong(g.Key.Target), text.Plain(g.Key.Requests), Verdict(text, g.Key),
            text.Plain(string.Join(", ", g.Select(static r => r.Caller))) + "\n" + text.Soft(Decision(g.Key, stamp)),
        ]));
        text.Columns(rows, wide: 3);
        WriteDrift(text, matrix);
        foreach (Judgement j in matrix.Judgements.Where(static j => !j.Held))
        {
            text.Line();
            text.Line($"  {text.Bad("failed")} {text.Plain($"{j.Text}: {j.Measured} instead of {j.Limit}")}"
                + (j.Span.IsKnown ? " " + text.Soft("at " + j.Span) : ""));
            if (j.Detail.Length > 0)
            {
                text.Line("    " + text.Soft(j.Detail));
            }
        }
    }

    /// <summary>What decided; the place is told from the scenario's folder on.</summary>
    private static string Decision(MatrixRow row, RunStamp stamp)
    {
        string place = row.Origin.IsKnown ? row.Origin.ToString() : "";
        string folder = stamp.Directory.TrimEnd('/') + "/";
        place = place.StartsWith(folder, StringComparison.Ordinal) ? place[folder.Length..] : place;
        return row.Rule + (place.Length > 0 ? " at " + place : "");
    }

    private static string Verdict(TerminalText text, MatrixRow row)
    {
        string name = MatrixTables.NameOf(row.Verdict) + (row.Cluster.Length > 0 ? " (" + row.Cluster + ")" : "");
        string verdict = row.Verdict == MatrixVerdict.Allowed ? text.Good(name) : text.Plain(name);
        return row.Held == false ? verdict + " " + text.Bad("expected " + row.Expected) : verdict;
    }

    private static void WriteDrift(TerminalText text, PolicyMatrix matrix)
    {
        foreach (PolicyDrift d in matrix.Drift.Take(20))
        {
            text.Line();
            text.Line($"  {text.Strong("drift")} {text.Plain(d.Subject + ": " + d.Difference)}");
            text.Line("    " + text.Plain($"{d.ClusterA}: {d.SaysA}")
                + (d.OriginA.IsKnown ? " " + text.Soft("at " + d.OriginA) : ""));
            text.Line("    " + text.Plain($"{d.ClusterB}: {d.SaysB}")
                + (d.OriginB.IsKnown ? " " + text.Soft("at " + d.OriginB) : ""));
        }

        if (matrix.Drift.Count > 20)
        {
            text.Line("  " + text.Soft(Words.Count(matrix.Drift.Count - 20, "further difference") + " in drift.csv"));
        }
    }
}
