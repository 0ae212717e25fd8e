using System.Globalization;
using Sim.Core;
using Sim.Reports.Figures;
using Sim.Reports.Sweeps;
using Sim.Runs.Matrix;
using Sim.Runs.Scenario;

namespace Sim.Reports.Matrices;

/// <summary>A truth table as rows, for tables of every form.</summary>
public static class MatrixTables
{
    private static readonly string[] CellColumns =
    [
        "caller", "principal", "target", "host", "port", "method", "path", "verdict", "expected", "held", "taken",
        "way_verdict", "served_cluster", "served_by", "priority", "hosts", "code", "flags", "rule", "file", "line",
        "text",
    ];

    private static readonly string[] DriftColumns =
    [
        "kind", "subject", "difference", "cluster_a", "says_a", "file_a", "line_a", "cluster_b", "says_b", "file_b",
        "line_b",
    ];

    /// <summary>A verdict as files spell it.</summary>
    /// <param name="verdict">Verdict.</param>
    public static string NameOf(MatrixVerdict verdict) => Names.Kebab(verdict.ToString());

    /// <summary><c>matrix.csv</c>: one row for each way of each cell.</summary>
    /// <param name="matrix">Truth table.</param>
    /// <param name="writer">Target.</param>
    public static void WriteCells(PolicyMatrix matrix, TextWriter writer)
    {
        writer.Write(SweepTables.Line(CellColumns));
        foreach (MatrixCell c in matrix.Cells)
        {
            foreach (MatrixOutcome o in c.Outcomes)
            {
                writer.Write(SweepTables.Line(
                [
                    c.Caller.Name, c.Caller.Principal, c.Target.Text, c.Target.Host, Text(c.Target.Port), c.Method,
                    c.Path, NameOf(c.Verdict), c.Expected, c.Held is { } held ? held ? "true" : "false" : "",
                    o.IsTaken ? "true" : "false", NameOf(o.Verdict), o.Cluster, o.Workload, Text(o.Priority),
                    Text(o.Pods), Text(o.Code), o.Flags, o.Rule, o.Origin.File ?? "", Text(o.Origin.Line), o.Text,
                ]));
            }
        }
    }

    /// <summary><c>drift.csv</c>: one row for each difference between clusters.</summary>
    /// <param name="matrix">Truth table.</param>
    /// <param name="writer">Target.</param>
    public static void WriteDrift(PolicyMatrix matrix, TextWriter writer)
    {
        writer.Write(SweepTables.Line(DriftColumns));
        foreach (PolicyDrift d in matrix.Drift)
        {
            writer.Write(SweepTables.Line(
            [
                d.Kind, d.Subject, d.Difference, d.ClusterA, d.SaysA, d.OriginA.File ?? "", Text(d.OriginA.Line),
                d.ClusterB, d.SaysB, d.OriginB.File ?? "", Text(d.OriginB.Line),
            ]));
        }
    }

    /// <summary>What decided each cell; calls that differ in method and path only, and not in what they come to, share
    /// a row.</summary>
    /// <param name="matrix">Truth table.</param>
    public static IReadOnlyList<MatrixRow> Rows(PolicyMatrix matrix)
    {
        var rows = new List<MatrixRow>();
        var known = new Dictionary<MatrixRow, int>();
        foreach (MatrixCell c in matrix.Cells)
        {
            MatrixOutcome o = c.Deciding;
            string from = o.Cluster.Length > 0 ? o.Cluster : "";
            var row = new MatrixRow(
                c.Caller.Name, c.Target.Text, "", c.Verdict, c.Expected, c.Held, from, o.Rule, o.Origin);
            string request = c.Method + " " + c.Path;
            if (known.TryGetValue(row, out int index))
            {
                rows[index] = rows[index] with { Requests = rows[index].Requests + ", " + request };
            }
            else
            {
                known.Add(row, rows.Count);
                rows.Add(row with { Requests = request });
            }
        }

        return rows;
    }

    /// <summary>The truth table in a sentence.</summary>
    /// <param name="matrix">Truth table.</param>
    public static string Sentence(PolicyMatrix matrix)
    {
        int allowed = matrix.Cells.Count(static c => c.Verdict == MatrixVerdict.Allowed);
        int judged = matrix.Cells.Count(static c => c.Held is not null);
        int wrong = matrix.Cells.Count(static c => c.Held == false);
        string expected = judged == 0 ? "nothing expected"
            : $"{Words.Count(judged)} judged, {Words.Count(wrong)} not as expected";
        return $"{Words.Count(matrix.Cells.Count, "call")}: {Words.Count(allowed)} allowed; {expected}; "
            + $"{Words.Count(matrix.Drift.Count, "difference")} between clusters";
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Calls of one caller on one target that come to the same.</summary>
/// <param name="Caller">Caller.</param>
/// <param name="Target">Target.</param>
/// <param name="Requests">Methods and paths.</param>
/// <param name="Verdict">Verdict.</param>
/// <param name="Expected">What was expected; empty = nothing.</param>
/// <param name="Held">Whether it is so; null = nothing was expected.</param>
/// <param name="Cluster">Cluster of the deciding pod; empty = none.</param>
/// <param name="Rule">What decided.</param>
/// <param name="Origin">Where that stands.</param>
public sealed record MatrixRow(
    string Caller, string Target, string Requests, MatrixVerdict Verdict, string Expected, bool? Held, string Cluster,
    string Rule, SourceSpan Origin);
