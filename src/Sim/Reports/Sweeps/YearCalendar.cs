using System.Globalization;
using System.Text.Json;
using Sim.Reports.Figures;
using Sim.Reports.Html;
using static Sim.Reports.Svg.SvgText;

namespace Sim.Reports.Sweeps;

/// <summary>One sampled year as twelve rows of days, for each group of callers: a day without loss is a whole bar, the
/// red part of another one grows with the minutes lost.</summary>
internal static class YearCalendar
{
    private const int Step = 11;
    private const int Width = 9;
    private const int RowHeight = 22;
    private const int BarHeight = 18;
    private const int Left = 30;
    private const double DaySeconds = 86_400;

    private static readonly int[] DaysOfMonths = [31, 30, 30, 31, 30, 30, 31, 30, 30, 31, 30, 31];

    // Minutes lost on a day up to which a bar is red to a fifth, two fifths, ...
    private static readonly double[] Levels = [1, 10, 60, 360];

    /// <summary>Writes the calendar of the year that a <c>year.json</c> shows.</summary>
    public static void Write(JsonElement year, TextWriter html)
    {
        if (!year.TryGetProperty("median_year", out JsonElement shown))
        {
            return;
        }

        string[] callers =
            [.. year.GetProperty("callers").EnumerateArray().Select(static c => c.GetProperty("region").GetString()!)];
        Incident[] incidents = [.. shown.GetProperty("incidents").EnumerateArray().Select(Incident.Of)];
        int days = (int)Math.Ceiling(year.GetProperty("horizon_s").GetDouble() / DaySeconds);
        html.Write("<section><h2>The median year, day by day</h2><p class=\"soft\">");
        html.Write("Half of the sampled years are better, half are worse. A row is a month, a bar a day; red from ");
        html.Write("below: less than 1, 10, 60, 360 or more minutes of everything failing.</p><div class=\"fig\">");
        html.Write("<div class=\"years\">");
        (double Minutes, string Names)[][] lost = [.. callers.Select((_, g) => Days(incidents, g, days))];
        for (int g = 0; g < callers.Length; g++)
        {
            WriteCallers(html, callers[g], shown.GetProperty("availability")[g].GetDouble(), lost[g]);
        }

        html.Write("</div>\n");
        InlineCsv.Write(html, CsvData.Of(
            "median-year-days", ["callers", "day", "lost_minutes", "down"],
            callers.Index().SelectMany(c => lost[c.Index].Select((d, i) => (IReadOnlyList<string>)
                [c.Item, Text(i + 1), ChartCsv.Number(d.Minutes), d.Names ?? ""]))), "The median year, day by day");
        WriteTable(html, callers, incidents);
        html.Write("</div></section>\n");
    }

    /// <summary>Minutes lost on each day; an incident's loss is spread evenly over its time.</summary>
    private static (double Minutes, string Names)[] Days(Incident[] incidents, int group, int days)
    {
        var result = new (double Minutes, string Names)[days];
        foreach (Incident i in incidents)
        {
            double lost = Math.Max(0, i.Lost[group]);
            int first = Math.Clamp((int)(i.FromS / DaySeconds), 0, days - 1);
            int last = Math.Clamp((int)(i.ToS / DaySeconds), 0, days - 1);
            for (int d = first; d <= last && lost > 0; d++)
            {
                double from = Math.Max(i.FromS, d * DaySeconds);
                double to = d == last ? Math.Max(i.ToS, from) : Math.Min(i.ToS, (d + 1) * DaySeconds);
                double share = i.ToS > i.FromS ? (to - from) / (i.ToS - i.FromS) : 1;
                string names = result[d].Names is { Length: > 0 } known ? known + "; " + i.Names : i.Names;
                result[d] = (result[d].Minutes + (lost * share), names);
            }
        }

        return result;
    }

    private static void WriteCallers(
        TextWriter html, string name, double availability, (double Minutes, string Names)[] days)
    {
        string percent = YearFiles.Percent(availability);
        int ill = days.Count(static d => d.Minutes > 0);
        int height = (12 * RowHeight) + 4;
        int width = Left + (31 * Step);
        string title = $"Callers {name}: {percent} in this year, loss on {Text(ill)} days";
        html.Write($"<div><h3>{Escape(name)} <span class=\"soft\">{percent}</span></h3>");
        html.Write($"<svg class=\"chart\" role=\"img\" viewBox=\"0 0 {Text(width)} {Text(height)}\" ");
        html.Write($"width=\"{Text(width)}\"><title>{Escape(title)}</title>\n");
        int day = 0;
        for (int month = 0; month < DaysOfMonths.Length && day < days.Length; month++)
        {
            int y = month * RowHeight;
            html.Write($"<text x=\"0\" y=\"{Text(y + 13)}\">{Text(month + 1)}</text>");
            for (int d = 0; d < DaysOfMonths[month] && day < days.Length; d++, day++)
            {
                WriteDay(html, Left + (d * Step), y, day, days[day]);
            }

            html.Write('\n');
        }

        html.Write("</svg></div>\n");
    }

    private static void WriteDay(TextWriter html, int x, int y, int day, (double Minutes, string Names) lost)
    {
        int red = lost.Minutes <= 0 ? 0 : BarHeight * (1 + Levels.Count(l => lost.Minutes >= l)) / 5;
        if (red < BarHeight)
        {
            html.Write($"<rect class=\"aok\" x=\"{Text(x)}\" y=\"{Text(y)}\" width=\"{Text(Width)}\" "
                + $"height=\"{Text(BarHeight - red)}\"/>");
        }

        if (red > 0)
        {
            string text = $"day {Text(day + 1)}: {YearFiles.Number(lost.Minutes)} minutes lost, {lost.Names}";
            foreach (string style in (string[])["abad", "hbad"])
            {
                html.Write($"<rect class=\"{style}\" x=\"{Text(x)}\" y=\"{Text(y + BarHeight - red)}\" "
                    + $"width=\"{Text(Width)}\" height=\"{Text(red)}\"><title>{Escape(text)}</title></rect>");
            }
        }
    }

    private static void WriteTable(TextWriter html, string[] callers, Incident[] incidents)
    {
        html.Write($"<div class=\"data\"><details><summary>Table: {Text(incidents.Length)} incidents</summary>");
        DocumentPage.BeginScroll(html, "Incidents of the median year");
        html.Write("<table><thead><tr>");
        foreach (string column in (string[])["day", "down", "minutes", .. callers.Select(static c => "lost, " + c)])
        {
            html.Write($"<th scope=\"col\">{Escape(column)}</th>");
        }

        html.Write("</tr></thead><tbody>\n");
        foreach (Incident i in incidents)
        {
            html.Write($"<tr><td>{YearFiles.Number((i.FromS / DaySeconds) + 1)}</td><td>{Escape(i.Names)}</td>");
            html.Write($"<td>{YearFiles.Number((i.ToS - i.FromS) / 60)}</td>");
            foreach (double lost in i.Lost)
            {
                html.Write($"<td>{YearFiles.Number(lost)}</td>");
            }

            html.Write("</tr>\n");
        }

        html.Write("</tbody></table></div></details>\n");
        InlineCsv.Write(html, CsvData.Of(
            "median-year-incidents", ["from_s", "to_s", "down", .. callers.Select(static c => "lost_minutes_" + c)],
            incidents.Select(static i => (IReadOnlyList<string>)
                [ChartCsv.Number(i.FromS), ChartCsv.Number(i.ToS), i.Names, .. i.Lost.Select(ChartCsv.Number)])),
            "Incidents of the median year");
        html.Write("</div>\n");
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private sealed record Incident(double FromS, double ToS, string Names, double[] Lost)
    {
        public static Incident Of(JsonElement e) => new(
            e.GetProperty("from_s").GetDouble(), e.GetProperty("to_s").GetDouble(),
            string.Join(" and ", e.GetProperty("components").EnumerateArray().Select(static c => c.GetString())),
            [.. e.GetProperty("lost_minutes").EnumerateArray().Select(static m => m.GetDouble())]);
    }
}
