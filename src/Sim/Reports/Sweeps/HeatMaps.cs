using System.Globalization;
using Sim.Reports.Figures;
using Sim.Reports.Html;
using static Sim.Reports.Svg.SvgText;

namespace Sim.Reports.Sweeps;

/// <summary>A sweep over two parameters as a map: one a row, the other a column, each cell shaded by the mean.
/// </summary>
/// <remarks>With more than two parameters the two with the most values span the map, and every combination of the
/// others has a map of its own. The darker the larger; the figure stands in each cell, so nothing hangs on colour.
/// </remarks>
internal static class HeatMaps
{
    private const int MapsMost = 24;

    /// <summary>Writes the maps; nothing where fewer than two parameters have several values.</summary>
    public static void Write(SweepDocument sweep, TextWriter html)
    {
        int[] axes =
        [
            .. sweep.Axes.Index().Where(static a => a.Item.Values.Count > 1)
                .OrderByDescending(static a => a.Item.Values.Count).ThenBy(static a => a.Index).Take(2)
                .Select(static a => a.Index).Order(),
        ];
        if (axes.Length < 2)
        {
            return;
        }

        int left = MapsMost;
        for (int measure = 0; measure < sweep.Measures.Count; measure++)
        {
            (double Least, double Most) range = SweepPage.RangeOf(sweep, measure);
            foreach (var map in sweep.Points.GroupBy(p => Rest(p, axes)))
            {
                if (left-- > 0)
                {
                    WriteMap(sweep, (axes[0], axes[1]), measure, (map.Key, [.. map]), range, html);
                }
            }
        }

        if (left < 0)
        {
            html.Write($"<p class=\"soft\">{Words.Count(-left)} further maps are left out; the table has "
                + "every point.</p>\n");
        }
    }

    private static string Rest(DocumentPoint point, int[] axes) => string.Join(", ",
        point.Values.Where((v, i) => !axes.Contains(i)).Prepend(point.Variant).Where(static v => v.Length > 0));

    private static void WriteMap(
        SweepDocument sweep, (int Row, int Column) axes, int measure, (string Title, List<DocumentPoint> Points) map,
        (double Least, double Most) range, TextWriter html)
    {
        (string rowName, IReadOnlyList<string> rows) = sweep.Axes[axes.Row];
        (string columnName, IReadOnlyList<string> columns) = sweep.Axes[axes.Column];
        (string name, string unit) = sweep.Measures[measure];
        string title = map.Title.Length > 0 ? $"{name}: {map.Title}" : name;
        DocumentPage.BeginTable(html, title,
            $"Rows: {rowName}; columns: {columnName}. One scale for all maps of the measure, the darker the larger.",
            [rowName + " / " + columnName, .. columns]);
        foreach (string row in rows)
        {
            html.Write($"<tr><th scope=\"row\">{Escape(row)}</th>");
            foreach (string column in columns)
            {
                DocumentPoint? point = PointAt(map.Points, axes, row, column);
                WriteCell(html, point?.Measures[measure]["mean"], unit, range);
            }

            html.Write("</tr>\n");
        }

        DocumentPage.EndTable(html, CsvData.Of(
            title, [rowName, columnName, "measure", "unit", "mean"],
            from row in rows
            from column in columns
            let point = PointAt(map.Points, axes, row, column)
            select (IReadOnlyList<string>)
                [row, column, name, unit, point?.Measures[measure].Figures.GetValueOrDefault("mean", "") ?? ""]),
            title);
    }

    private static DocumentPoint? PointAt(
        List<DocumentPoint> points, (int Row, int Column) axes, string row, string column) =>
        points.FirstOrDefault(p => p.Values[axes.Row] == row && p.Values[axes.Column] == column);

    private static void WriteCell(TextWriter html, double? mean, string unit, (double Least, double Most) range)
    {
        if (mean is not { } value)
        {
            html.Write("<td>-</td>");
            return;
        }

        string heat = SweepPage.Heat(value, range).ToString("0.##", CultureInfo.InvariantCulture);
        html.Write($"<td class=\"heat\" style=\"--h:{heat}\">{Escape(SweepPage.Figure(value, unit))}</td>");
    }
}
