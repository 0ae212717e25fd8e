using System.Text;
using static Sim.Reports.Svg.SvgText;

namespace Sim.Reports.Svg;

/// <summary>Draws stacked areas and lines inside a view box that stretches with the container.</summary>
internal static class ValueDrawing
{
    private const double Ln10 = 2.302585092994046;

    /// <summary>Part of a value axis below a value, 0..1.</summary>
    public static double Share(ValueAxis axis, double value)
    {
        double share = axis.IsLogarithmic
            ? Log10(Math.Max(value, axis.Min) / axis.Min) / Log10(axis.Max / axis.Min)
            : (value - axis.Min) / (axis.Max - axis.Min);
        return Math.Clamp(share, 0, 1);
    }

    /// <summary>Draws all areas and lines.</summary>
    public static void Draw(StringBuilder svg, Chart chart, double top, double plot)
    {
        svg.Append($"<svg x=\"0\" y=\"{N(top)}\" width=\"100%\" height=\"{N(plot)}\" " +
            $"viewBox=\"0 0 {N(SvgRenderer.Span)} {N(plot)}\" preserveAspectRatio=\"none\">");
        DrawAreas(svg, chart, plot);
        foreach (ChartSeries line in chart.Lines)
        {
            svg.Append($"<path class=\"line l{Class(line.Style)}\" d=\"{LinePath(chart, line, plot)}\"/>");
        }

        svg.Append("</svg>");
    }

    /// <summary>Short name of a style in the style sheet.</summary>
    public static string Class(ChartStyle style) => style switch
    {
        ChartStyle.Category1 => "1",
        ChartStyle.Category2 => "2",
        ChartStyle.Category3 => "3",
        ChartStyle.Category4 => "4",
        ChartStyle.Category5 => "5",
        ChartStyle.Category6 => "6",
        ChartStyle.Good => "ok",
        ChartStyle.Bad => "bad",
        ChartStyle.Denied => "deny",
        ChartStyle.Empty => "none",
        ChartStyle.Firing => "fire",
        ChartStyle.Pending => "wait",
        _ => throw new ArgumentOutOfRangeException(nameof(style)),
    };

    /// <summary>Whether a style is more than a colour.</summary>
    public static bool HasPattern(ChartStyle style) =>
        style is ChartStyle.Bad or ChartStyle.Denied or ChartStyle.Pending;

    private static void DrawAreas(StringBuilder svg, Chart chart, double plot)
    {
        if (chart.Areas.Count == 0)
        {
            return;
        }

        double[] floor = new double[chart.Areas[0].Values.Count];
        foreach (ChartSeries area in chart.Areas)
        {
            string style = Class(area.Style);
            string path = AreaPath(chart, area, floor, plot);
            if (path.Length == 0)
            {
                continue;
            }

            svg.Append($"<path class=\"area a{style}\" d=\"{path}\"/>");
            if (HasPattern(area.Style))
            {
                svg.Append($"<path class=\"area h{style}\" d=\"{path}\"/>");
            }
        }
    }

    /// <summary>One closed step outline per run of bins with a value; adds the values to the floor.</summary>
    private static string AreaPath(Chart chart, ChartSeries area, double[] floor, double plot)
    {
        StringBuilder path = new();
        int bin = 0;
        while (bin < area.Values.Count)
        {
            if (!(area.Values[bin] > 0))
            {
                bin++;
                continue;
            }

            int end = bin;
            while (end < area.Values.Count && area.Values[end] > 0)
            {
                end++;
            }

            StringBuilder back = new();
            for (int i = bin; i < end; i++)
            {
                double low = Y(chart, floor[i], plot);
                double high = Y(chart, floor[i] + area.Values[i], plot);
                double right = X(chart, area.Bins.StartOf(i + 1));
                path.Append(i == bin ? $"M{N(X(chart, area.Bins.StartOf(i)))} {N(high)}" : $"V{N(high)}");
                path.Append($"H{N(right)}");
                back.Insert(0, $"V{N(low)}H{N(X(chart, area.Bins.StartOf(i)))}");
                floor[i] += area.Values[i];
            }

            path.Append(back).Append('Z');
            bin = end;
        }

        return path.ToString();
    }

    private static string LinePath(Chart chart, ChartSeries line, double plot)
    {
        StringBuilder path = new();
        bool isOpen = false;
        for (int i = 0; i < line.Values.Count; i++)
        {
            double value = line.Values[i];
            if (double.IsNaN(value))
            {
                isOpen = false;
                continue;
            }

            double left = X(chart, line.Bins.StartOf(i));
            double right = X(chart, line.Bins.StartOf(i + 1));
            string y = N(Y(chart, value, plot));
            path.Append(isOpen ? $"V{y}" : $"M{N(left)} {y}").Append($"H{N(right)}");
            isOpen = true;
        }

        return path.ToString();
    }

    private static double X(Chart chart, long timeNs) => SvgRenderer.At(chart, timeNs) * SvgRenderer.Span;

    private static double Y(Chart chart, double value, double plot) => plot * (1 - Share(chart.Values!, value));

    /// <summary>A base-10 logarithm that is the same on every platform, good to a hundredth of a pixel.</summary>
    private static double Log10(double value)
    {
        int twos = 0;
        while (value >= 2)
        {
            value /= 2;
            twos++;
        }

        double z = (value - 1) / (value + 1);
        double square = z * z;
        double sum = 0;
        double term = z;
        for (int n = 1; n <= 19; n += 2)
        {
            sum += term / n;
            term *= square;
        }

        return (2 * sum + twos * 0.6931471805599453) / Ln10;
    }
}
