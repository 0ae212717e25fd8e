using Sim.Reports.Figures;
using Sim.Reports.Matrices;
using Sim.Runs;
using Sim.Runs.Matrix;
using static Sim.Reports.Svg.SvgText;

namespace Sim.Reports.Html;

/// <summary>The truth table in a page.</summary>
internal static class MatrixSections
{
    private const int ColumnsMost = 40;

    /// <summary>The section of <c>report.html</c>; nothing without a table.</summary>
    public static void WriteMatrix(RunResult result, TextWriter html)
    {
        if (result.Matrix is { Cells.Count: > 0 } matrix)
        {
            WriteMatrix(matrix, html);
        }
    }

    /// <summary>Grid, deciding lines and drift.</summary>
    public static void WriteMatrix(PolicyMatrix matrix, TextWriter html)
    {
        html.Write($"<p class=\"soft\">{Escape(MatrixTables.Sentence(matrix))}. Looked at " +
            $"{Escape(Words.Time(matrix.AtNs))} after the start; no request is sent for it.</p>");
        WriteGrid(matrix, html);
        HtmlText.Table(html, new DataTable(
            ["caller", "target", "request", "verdict", "expected", "answered in", "decided by", "at"],
            [.. MatrixTables.Rows(matrix).Select(static r => (IReadOnlyList<string>)
                [r.Caller, r.Target, r.Requests, MatrixTables.NameOf(r.Verdict), r.Expected, r.Cluster, r.Rule,
                    r.Origin.IsKnown ? r.Origin.ToString() : ""])]),
            "What decided", isOpen: false);
        if (matrix.Drift.Count > 0)
        {
            html.Write("<h3>Differences between clusters</h3>");
            HtmlText.Table(html, new DataTable(
                ["subject", "difference", "cluster", "says", "at", "other cluster", "says", "at"],
                [.. matrix.Drift.Select(static d => (IReadOnlyList<string>)
                    [d.Subject, d.Difference, d.ClusterA, d.SaysA, Place(d.OriginA), d.ClusterB, d.SaysB,
                        Place(d.OriginB)])]),
                "Differences between clusters", isOpen: true,
                CsvData.Of("drift", w => MatrixTables.WriteDrift(matrix, w)));
        }
    }

    private static string Place(Core.SourceSpan span) => span.IsKnown ? span.ToString() : "";

    private static void WriteGrid(PolicyMatrix matrix, TextWriter html)
    {
        (string Target, string Request)[] columns =
            [.. matrix.Cells.Select(static c => (c.Target.Text, c.Method + " " + c.Path)).Distinct()];
        if (columns.Length is 0 or > ColumnsMost)
        {
            return;
        }

        html.Write("<div class=\"data\">");
        html.Write("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Policy matrix\">");
        html.Write("<table class=\"grid\"><thead><tr><th scope=\"col\">caller</th>");
        foreach ((string target, string request) in columns)
        {
            html.Write($"<th scope=\"col\">{Escape(target)}<br><small>{Escape(request)}</small></th>");
        }

        html.Write("</tr></thead><tbody>");
        foreach (IGrouping<string, MatrixCell> caller in matrix.Cells.GroupBy(static c => c.Caller.Name))
        {
            html.Write($"<tr><th scope=\"row\">{Escape(caller.Key)}</th>");
            foreach ((string target, string request) in columns)
            {
                MatrixCell? cell = caller.FirstOrDefault(
                    c => c.Target.Text == target && c.Method + " " + c.Path == request);
                html.Write(cell is null ? "<td></td>" : Cell(cell));
            }

            html.Write("</tr>");
        }

        html.Write("</tbody></table></div>\n");
        InlineCsv.Write(html, CsvData.Of("matrix", w => MatrixTables.WriteCells(matrix, w)), "Policy matrix");
        html.Write("</div>\n");
    }

    private static string Cell(MatrixCell cell)
    {
        bool isAllowed = cell.Verdict == MatrixVerdict.Allowed;
        string wrong = cell.Held == false ? $"<br><strong>expected {Escape(cell.Expected)}</strong>" : "";
        MatrixOutcome o = cell.Deciding;
        string title = o.Rule + (o.Origin.IsKnown ? " at " + o.Origin : "");
        return $"<td title=\"{Escape(title)}\"><span class=\"state {(isAllowed ? "good" : "ill")}\">"
            + $"{(isAllowed ? "✓" : "✗")} {MatrixTables.NameOf(cell.Verdict)}</span>{wrong}</td>";
    }
}
