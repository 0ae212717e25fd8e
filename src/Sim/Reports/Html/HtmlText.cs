using Sim.Core;
using Sim.Reports.Figures;
using Sim.Reports.Svg;
using static Sim.Reports.Svg.SvgText;

namespace Sim.Reports.Html;

/// <summary>Pieces of HTML that several sections use.</summary>
internal static class HtmlText
{
    /// <summary>A figure: heading, sentence, legend, chart and, one click away, its numbers.</summary>
    public static void Figure(TextWriter html, RunFigure figure)
    {
        Chart chart = figure.Chart;
        string kind = chart.Values is null ? "l" : "v";
        html.Write($"<div class=\"fig\"><h3>{Escape(chart.Title)}</h3>");
        html.Write($"<p class=\"say\">{Escape(chart.Description)}</p>");
        Legend(html, figure.Legend);
        html.Write($"<div class=\"plot {kind}\">{SvgRenderer.Fluid.Render(chart)}</div>");
        Disclosure(html, figure.Table, "Table: " + chart.Title, isOpen: false);
        InlineCsv.Write(html, ChartCsv.Of(figure), chart.Title);
        html.Write("</div>\n");
    }

    /// <summary>A table behind a disclosure, scrolling inside its own box, and its numbers as CSV.</summary>
    /// <param name="html">Target.</param>
    /// <param name="table">Table.</param>
    /// <param name="name">Title.</param>
    /// <param name="isOpen">Whether it is open at first.</param>
    /// <param name="csv">The numbers; null = the cells, which then are words.</param>
    public static void Table(TextWriter html, DataTable table, string name, bool isOpen, CsvData? csv = null)
    {
        html.Write("<div class=\"data\">");
        Disclosure(html, table, name, isOpen);
        InlineCsv.Write(html, csv ?? CsvData.Of(name, table), name);
        html.Write("</div>\n");
    }

    /// <summary>A file and line; nothing when unknown.</summary>
    public static string Place(SourceSpan span) =>
        span.IsKnown ? $"<code>{Escape(span.ToString())}</code>" : "";

    private static void Disclosure(TextWriter html, DataTable table, string name, bool isOpen)
    {
        bool[] isNumber = [.. table.Columns.Select((_, c) =>
            table.Rows.Count > 0 && table.Rows.All(r => IsNumber(r[c])))];
        html.Write($"<details{(isOpen ? " open" : "")}>");
        html.Write($"<summary>{Escape(name)} ({Words.Count(table.Rows.Count, "row")})</summary>");
        if (table.Note.Length > 0)
        {
            html.Write($"<p class=\"soft\">{Escape(table.Note)}</p>");
        }

        html.Write($"<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{Escape(name)}\">");
        html.Write("<table><thead><tr>");
        for (int c = 0; c < table.Columns.Count; c++)
        {
            html.Write($"<th scope=\"col\"{(isNumber[c] ? " class=\"num\"" : "")}>{Escape(table.Columns[c])}</th>");
        }

        html.Write("</tr></thead><tbody>");
        foreach (IReadOnlyList<string> row in table.Rows)
        {
            html.Write("<tr>");
            for (int c = 0; c < row.Count; c++)
            {
                html.Write($"<td{(isNumber[c] ? " class=\"num\"" : "")}>{Escape(row[c])}</td>");
            }

            html.Write("</tr>");
        }

        html.Write("</tbody></table></div></details>");
    }

    private static bool IsNumber(string cell) =>
        cell.Length > 0 && (char.IsAsciiDigit(cell[0]) || cell is "no data" or "end of run");

    private static void Legend(TextWriter html, IReadOnlyList<LegendEntry> legend)
    {
        if (legend.Count == 0)
        {
            return;
        }

        html.Write("<ul class=\"legend\">");
        foreach (LegendEntry entry in legend)
        {
            string style = ValueDrawing.Class(entry.Style);
            string key = entry.IsLine
                ? $"<path class=\"line l{style}\" d=\"M0 6H26\"/>"
                : $"<rect class=\"a{style}\" width=\"12\" height=\"12\" rx=\"2\"/>" +
                  (ValueDrawing.HasPattern(entry.Style)
                      ? $"<rect class=\"h{style}\" width=\"12\" height=\"12\" rx=\"2\"/>" : "");
            html.Write($"<li><svg width=\"{(entry.IsLine ? "26" : "12")}\" height=\"12\" aria-hidden=\"true\">");
            html.Write($"{key}</svg>{Escape(entry.Name)}</li>");
        }

        html.Write("</ul>");
    }
}
