using System.Text;
using Sim.Core;
using static Sim.Reports.Svg.SvgText;

namespace Sim.Reports.Svg;

/// <summary>Draws charts as SVG.</summary>
/// <remarks>
/// Positions along the time axis are percentages, so a chart without a fixed width fills its container at any width
/// with text of constant size: data shapes live in a nested view box that stretches, text does not. Labels marked
/// <c>t1</c> and <c>w</c> are for wide containers, <c>n</c> for narrow ones; the page's style sheet switches them.
/// </remarks>
public sealed class SvgRenderer : IChartRenderer
{
    /// <summary>Units along the time axis inside the stretching view box.</summary>
    internal const double Span = 1000;

    private const double ValueHeight = 200;
    private const double BandRow = 17;
    private const double AxisHeight = 26;
    private const double UnitHeight = 22;
    private const double Gutter = 56;
    private const double RightGutter = 18;

    private readonly int? _width;

    private SvgRenderer(int? width) => _width = width;

    /// <summary>Draws fragments for a page that brings the style sheet; they fill their container.</summary>
    /// <remarks>The container leaves 56 px on the left of a chart with a value axis for the labels.</remarks>
    public static SvgRenderer Fluid { get; } = new(null);

    /// <summary>Draws a file of its own, with title, legend and style.</summary>
    /// <param name="width">Width in pixels, at least 300.</param>
    public static SvgRenderer Standalone(int width) => new(width);

    /// <inheritdoc/>
    public string Render(Chart chart)
    {
        StringBuilder svg = new(16_384);
        BandLayout bands = BandLayout.Of(chart);
        double top = bands.Rows * BandRow + (chart.Values is null ? 4 : UnitHeight);
        double plot = chart.Values is null ? LaneDrawing.Height(chart) : ValueHeight;
        double height = top + plot + AxisHeight;
        if (_width is int width)
        {
            double left = chart.Values is null ? RightGutter : Gutter;
            double header = StandaloneFrame.Begin(svg, chart, width, height);
            svg.Append($"<svg x=\"{N(left)}\" y=\"{N(header)}\" width=\"{N(width - left - RightGutter)}\" " +
                $"height=\"{N(height)}\" overflow=\"visible\">");
            DrawInside(svg, chart, bands, top, plot);
            svg.Append("</svg></svg>\n");
        }
        else
        {
            svg.Append($"<svg class=\"chart\" id=\"{chart.Id}\" width=\"100%\" height=\"{N(height)}\" role=\"img\" " +
                $"aria-labelledby=\"{chart.Id}-t {chart.Id}-d\"><title id=\"{chart.Id}-t\">{Escape(chart.Title)}" +
                $"</title><desc id=\"{chart.Id}-d\">{Escape(chart.Description)}</desc>");
            DrawInside(svg, chart, bands, top, plot);
            svg.Append("</svg>\n");
        }

        return svg.ToString();
    }

    /// <summary>Part of the time axis that has passed at a time, 0..1.</summary>
    internal static double At(Chart chart, long timeNs) =>
        Math.Clamp((timeNs - chart.FromNs) / (double)(chart.ToNs - chart.FromNs), 0, 1);

    private static void DrawInside(StringBuilder svg, Chart chart, BandLayout bands, double top, double plot)
    {
        DrawBands(svg, chart, bands, top + plot);
        if (chart.Values is ValueAxis axis)
        {
            DrawValueGrid(svg, axis, top, plot);
        }

        DrawTimeAxis(svg, chart, top, plot);
        if (chart.Values is not null)
        {
            ValueDrawing.Draw(svg, chart, top, plot);
        }
        else
        {
            LaneDrawing.Draw(svg, chart, top);
        }

        foreach (ChartNote note in chart.Notes)
        {
            double from = At(chart, note.FromNs);
            string width = P(At(chart, note.ToNs) - from);
            svg.Append($"<rect class=\"hit\" x=\"{P(from)}\" y=\"{N(top)}\" width=\"{width}\" " +
                $"height=\"{N(plot)}\"><title>{Escape(note.Text)}</title></rect>");
        }
    }

    private static void DrawBands(StringBuilder svg, Chart chart, BandLayout layout, double bottom)
    {
        for (int i = 0; i < chart.Bands.Count; i++)
        {
            ChartBand band = chart.Bands[i];
            double from = At(chart, band.FromNs);
            double width = Math.Max(At(chart, band.ToNs) - from, 0.0012);
            double y = layout.RowOf(i) * BandRow;
            (BandLabel narrow, BandLabel wide) = layout.LabelOf(i);
            string times = $"{band.Name}: {SimDuration.Format(band.FromNs)} to {SimDuration.Format(band.ToNs)}";
            svg.Append($"<g class=\"band\"><title>{Escape(times)}</title>" +
                $"<rect class=\"bandfill\" x=\"{P(from)}\" y=\"{N(y + 14)}\" width=\"{P(width)}\" " +
                $"height=\"{N(bottom - y - 14)}\"/>" +
                $"<rect class=\"bandhead\" x=\"{P(from)}\" y=\"{N(y)}\" width=\"{P(width)}\" height=\"14\" rx=\"2\"/>" +
                (narrow == wide ? BandName(band, wide, y, "")
                    : BandName(band, narrow, y, " n") + BandName(band, wide, y, " w")) + "</g>");
        }
    }

    private static string BandName(ChartBand band, BandLabel label, double y, string screens) =>
        $"<text class=\"bandname{screens}\" x=\"{P(label.Anchor)}\" dx=\"{(label.IsEnd ? "-4" : "4")}\" " +
        $"y=\"{N(y + 10.8)}\" text-anchor=\"{(label.IsEnd ? "end" : "start")}\">" +
        $"{Escape(Cut(band.Name, BandLayout.NameWidth))}</text>";

    private static void DrawValueGrid(StringBuilder svg, ValueAxis axis, double top, double plot)
    {
        svg.Append($"<text class=\"unit\" x=\"-48\" y=\"{N(top - 11)}\">{Escape(axis.Unit)}</text>");
        foreach (Tick tick in Ticks.Values(axis))
        {
            double y = top + plot * (1 - ValueDrawing.Share(axis, tick.Value));
            string kind = tick.Value == axis.Min ? "base" : "grid";
            svg.Append($"<line class=\"{kind}\" x1=\"0\" x2=\"100%\" y1=\"{N(y)}\" y2=\"{N(y)}\"/>" +
                $"<text class=\"tick\" x=\"-8\" y=\"{N(y + 3.8)}\" text-anchor=\"end\">{tick.Label}</text>");
        }
    }

    private static void DrawTimeAxis(StringBuilder svg, Chart chart, double top, double plot)
    {
        double bottom = top + plot;
        svg.Append($"<line class=\"base\" x1=\"0\" x2=\"100%\" y1=\"{N(bottom)}\" y2=\"{N(bottom)}\"/>");
        foreach (Tick tick in Ticks.Time(chart.FromNs, chart.ToNs))
        {
            double at = At(chart, (long)tick.Value);
            string minor = tick.IsMinor ? " t1" : "";
            string anchor = at < 0.02 ? "start" : at > 0.98 ? "end" : "middle";
            svg.Append($"<line class=\"tickmark{minor}\" x1=\"{P(at)}\" x2=\"{P(at)}\" y1=\"{N(bottom)}\" " +
                $"y2=\"{N(bottom + 5)}\"/><text class=\"tick{minor}\" x=\"{P(at)}\" y=\"{N(bottom + 18)}\" " +
                $"text-anchor=\"{anchor}\">{tick.Label}</text>");
        }
    }
}
