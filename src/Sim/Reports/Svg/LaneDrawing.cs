using System.Text;
using static Sim.Reports.Svg.SvgText;

namespace Sim.Reports.Svg;

/// <summary>Draws lanes: a line of text and, below it, marks on the time axis.</summary>
internal static class LaneDrawing
{
    private const double LabelHeight = 20;
    private const double MarkHeight = 22;
    private const double Gap = 12;

    /// <summary>Width of a lane on the narrowest screen, and where narrow labels give way to wide ones.</summary>
    private const double NarrowLane = 262;
    private const double WideLane = 520;

    /// <summary>Figures are bold.</summary>
    private const double Bold = 1.15;

    /// <summary>Height of all lanes.</summary>
    public static double Height(Chart chart) => chart.Lanes.Count * (LabelHeight + MarkHeight + Gap);

    /// <summary>Draws the lanes.</summary>
    public static void Draw(StringBuilder svg, Chart chart, double top)
    {
        double y = top;
        foreach (ChartLane lane in chart.Lanes)
        {
            DrawLabel(svg, lane, y + 13);
            svg.Append($"<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"{N(y + LabelHeight + MarkHeight)}\" " +
                $"y2=\"{N(y + LabelHeight + MarkHeight)}\"/>");
            foreach (ChartMark mark in lane.Marks)
            {
                DrawMark(svg, chart, mark, y + LabelHeight);
            }

            y += LabelHeight + MarkHeight + Gap;
        }
    }

    private static void DrawLabel(StringBuilder svg, ChartLane lane, double y)
    {
        string tip = $"<title>{Escape(lane.Label)}</title>";
        double figure = Width(lane.Value) * Bold + 8;
        string brief = Cut(lane.ShortLabel, NarrowLane - figure);
        string full = Cut(lane.Label, WideLane - figure);
        svg.Append(full == brief
            ? $"<text class=\"lane\" x=\"0\" y=\"{N(y)}\">{Escape(full)}{tip}</text>"
            : $"<text class=\"lane w\" x=\"0\" y=\"{N(y)}\">{Escape(full)}{tip}</text>" +
              $"<text class=\"lane n\" x=\"0\" y=\"{N(y)}\">{Escape(brief)}{tip}</text>");
        if (lane.Value.Length > 0)
        {
            svg.Append($"<text class=\"value\" x=\"100%\" y=\"{N(y)}\" text-anchor=\"end\">" +
                $"{Escape(lane.Value)}</text>");
        }
    }

    private static void DrawMark(StringBuilder svg, Chart chart, ChartMark mark, double y)
    {
        double from = SvgRenderer.At(chart, mark.FromNs);
        double to = SvgRenderer.At(chart, mark.ToNs);
        string style = ValueDrawing.Class(mark.Style);
        if (mark.FromNs == mark.ToNs)
        {
            svg.Append($"<circle class=\"dot a{style}\" cx=\"{P(from)}\" cy=\"{N(y + MarkHeight / 2)}\" r=\"5\">" +
                $"<title>{Escape(mark.Text)}</title></circle>");
            return;
        }

        string place = $"x=\"{P(from)}\" width=\"{P(Math.Max(to - from, 0.0015))}\"";
        double bad = mark.BadShare <= 0 ? 0 : Math.Clamp(mark.BadShare, 0.14, 1) * MarkHeight;
        svg.Append($"<g class=\"cell\"><title>{Escape(mark.Text)}</title>");
        if (bad < MarkHeight)
        {
            string size = $"y=\"{N(y + bad)}\" height=\"{N(MarkHeight - bad)}\"";
            svg.Append($"<rect class=\"a{style}\" {place} {size}/>");
            if (ValueDrawing.HasPattern(mark.Style))
            {
                svg.Append($"<rect class=\"h{style}\" {place} {size}/>");
            }
        }

        if (bad > 0)
        {
            svg.Append($"<rect class=\"abad\" {place} y=\"{N(y)}\" height=\"{N(bad)}\"/>" +
                $"<rect class=\"hbad\" {place} y=\"{N(y)}\" height=\"{N(bad)}\"/>");
        }

        svg.Append("</g>");
    }
}
