using System.Globalization;
using Sim.Reports.Figures;
using Sim.Reports.Html;
using static Sim.Reports.Svg.SvgText;

namespace Sim.Reports.Sweeps;

/// <summary>Writes <c>sweep.html</c>: every point and measure with its interval, shaded by its mean.</summary>
internal static class SweepPage
{
    /// <summary>Writes the page.</summary>
    public static void Write(SweepDocument sweep, TextWriter html)
    {
        int failed = sweep.Points.Count(static p => p.Held < p.Replications);
        string confidence = (sweep.Confidence * 100).ToString("0.##", CultureInfo.InvariantCulture);
        string sentence =
            $"{Words.Count(sweep.Points.Count, "point")}, {Words.Count(sweep.Runs, "run")}; checks failed "
            + $"at {Words.Count(failed, "point")}.";
        DocumentPage.Begin(html, "sweep", sweep.Scenario, sentence, sweep.State == "complete" ? failed == 0 : null);
        DocumentPage.BeginTable(html, "Points and measures",
            $"Mean ± half of the {confidence} % interval; below it the paired difference to the baseline (* = more "
            + "than chance). Within a column, the darker the larger.",
            ["point", "", "held", .. sweep.Measures.Select(static m => m.Name)]);
        List<(double Least, double Most)> ranges = [.. sweep.Measures.Select((_, i) => RangeOf(sweep, i))];
        foreach (DocumentPoint p in sweep.Points)
        {
            string held = $"{Words.Count(p.Held)}/{Words.Count(p.Replications)}";
            html.Write($"<tr><td>{Text(p.Index)}</td><th scope=\"row\">{Escape(p.Label)}</th>");
            html.Write($"<td class=\"{(p.Held == p.Replications ? "good" : "ill")}\">{held}</td>");
            for (int i = 0; i < p.Measures.Count; i++)
            {
                WriteCell(html, p.Measures[i], sweep.Measures[i].Unit, ranges[i]);
            }

            html.Write("</tr>\n");
        }

        DocumentPage.EndTable(
            html, CsvData.Of("summary", w => DocumentTables.WriteSummary(sweep, w)), "Points and measures");
        HeatMaps.Write(sweep, html);
        DocumentPage.End(html, $"Made by meshsim {sweep.Version}, plan {sweep.Hash}.");
    }

    /// <summary>Where a value stands between the least and the most: 0..1.</summary>
    internal static double Heat(double value, (double Least, double Most) range) =>
        range.Most > range.Least ? (value - range.Least) / (range.Most - range.Least) : 0;

    /// <summary>Least and largest mean of a measure over all points.</summary>
    internal static (double Least, double Most) RangeOf(SweepDocument sweep, int measure)
    {
        List<double> means = [.. sweep.Points.Select(p => p.Measures[measure]["mean"]).OfType<double>()];
        return means.Count == 0 ? (0, 0) : (means.Min(), means.Max());
    }

    private static void WriteCell(TextWriter html, DocumentMeasure m, string unit, (double Least, double Most) range)
    {
        if (m["mean"] is not { } mean)
        {
            html.Write("<td>no data</td>");
            return;
        }

        double heat = Heat(mean, range);
        html.Write($"<td class=\"heat\" style=\"--h:{heat.ToString("0.##", CultureInfo.InvariantCulture)}\">");
        html.Write(Escape(Figure(mean, unit)
            + (m["high"] is { } high ? " ± " + Short((high - mean) * Factor(unit)) : "")));
        if (m.OfDifference("mean") is { } difference)
        {
            bool isMore = m.OfDifference("low") is > 0 || m.OfDifference("high") is < 0;
            html.Write($"<br><small>{(difference > 0 ? "+" : "")}{Escape(Figure(difference, unit))}");
            html.Write(isMore ? " *</small>" : "</small>");
        }

        html.Write("</td>");
    }

    private static double Factor(string unit) => unit == "share" ? 100 : 1;

    /// <summary>A value with its unit.</summary>
    internal static string Figure(double value, string unit)
    {
        string mean = unit == "share" && value is > 0.999 and < 1
            ? (Math.Floor(value * 10_000_000) / 100_000).ToString("0.#####", CultureInfo.InvariantCulture)
            : Short(value * Factor(unit));
        return mean + (unit == "share" ? " %" : unit == "ms" ? " ms" : "");
    }

    private static string Short(double value)
    {
        double size = Math.Abs(value);
        string format = size >= 1000 ? "#,0" : size >= 100 ? "0.##" : size >= 1 ? "0.###" : "0.#####";
        string text = value.ToString(format, CultureInfo.InvariantCulture);
        return text == "-0" ? "0" : text;
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
