using System.Text;
using static Sim.Reports.Svg.SvgText;

namespace Sim.Reports.Svg;

/// <summary>Title, legend, background and style of a chart that is a file of its own.</summary>
internal static class StandaloneFrame
{
    private const double LegendRow = 20;

    /// <summary>Opens the file.</summary>
    /// <param name="svg">Target.</param>
    /// <param name="chart">Chart.</param>
    /// <param name="width">Width, pixels.</param>
    /// <param name="plotHeight">Height of what follows the header, pixels.</param>
    /// <returns>Height of the header, pixels.</returns>
    public static double Begin(StringBuilder svg, Chart chart, int width, double plotHeight)
    {
        List<(string Name, ChartStyle Style)> entries = Legend(chart);
        StringBuilder legend = new();
        double x = 18;
        double y = 66;
        foreach ((string name, ChartStyle style) in entries)
        {
            double entry = 34 + Width(name);
            if (x > 18 && x + entry > width - 18)
            {
                x = 18;
                y += LegendRow;
            }

            string kind = ValueDrawing.Class(style);
            string place = $"x=\"{N(x)}\" y=\"{N(y - 10)}\" width=\"12\" height=\"12\" rx=\"2\"";
            legend.Append($"<rect class=\"a{kind}\" {place}/>");
            if (ValueDrawing.HasPattern(style))
            {
                legend.Append($"<rect class=\"h{kind}\" {place}/>");
            }

            legend.Append($"<text class=\"tick\" x=\"{N(x + 18)}\" y=\"{N(y)}\">{Escape(name)}</text>");
            x += entry;
        }

        double header = entries.Count == 0 ? 58 : y + 16;
        double height = header + plotHeight + 8;
        double room = width - 36;
        svg.Append($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width.ToString(Invariant)}\" " +
            $"height=\"{N(height)}\" viewBox=\"0 0 {width.ToString(Invariant)} {N(height)}\" role=\"img\" " +
            $"aria-labelledby=\"t d\"><title id=\"t\">{Escape(chart.Title)}</title>" +
            $"<desc id=\"d\">{Escape(chart.Description)}</desc><style>{ReportStyle.Standalone}</style>" +
            $"{ReportStyle.Patterns}<rect class=\"page\" width=\"100%\" height=\"100%\"/>" +
            $"<text class=\"title\" x=\"18\" y=\"28\">{Escape(Cut(chart.Title, room * 12 / 17))}</text>" +
            $"<text class=\"sub\" x=\"18\" y=\"47\">{Escape(Cut(chart.Description, room * 12 / 12.5))}</text>");
        svg.Append(legend);
        return header;
    }

    private static System.Globalization.CultureInfo Invariant => System.Globalization.CultureInfo.InvariantCulture;

    private static List<(string Name, ChartStyle Style)> Legend(Chart chart)
    {
        List<(string, ChartStyle)> entries = [.. chart.Areas.Concat(chart.Lines).Select(static s => (s.Name, s.Style))];
        HashSet<ChartStyle> styles = [.. chart.Lanes.SelectMany(static l => l.Marks).Select(static m => m.Style)];
        if (styles.Contains(ChartStyle.Good))
        {
            entries.Add(("answered", ChartStyle.Good));
            if (chart.Lanes.Any(static l => l.Marks.Any(static m => m.BadShare > 0)))
            {
                entries.Add(("failed (share of the bin, from the top)", ChartStyle.Bad));
            }
        }

        if (styles.Contains(ChartStyle.Empty))
        {
            entries.Add(("no requests", ChartStyle.Empty));
        }

        return entries;
    }
}
