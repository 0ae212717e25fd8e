using System.Text.Json;
using Sim.Reports.Html;
using static Sim.Reports.Svg.SvgText;

namespace Sim.Reports.Sweeps;

/// <summary>Writes <c>year.html</c>: the answer, what callers see, and what each component costs.</summary>
internal static class YearPage
{
    /// <summary>Writes the page of a <c>year.json</c>.</summary>
    public static void Write(JsonElement year, TextWriter html)
    {
        string scenario = Text(year, "scenario");
        string name = Text(year, "variant") is { Length: > 0 } variant ? scenario + " / " + variant : scenario;
        bool? isReached = year.GetProperty("reached") is { ValueKind: not JsonValueKind.Null } r ? r.GetBoolean()
            : null;
        DocumentPage.Begin(html, "year", name, Text(year, "answer"), isReached);
        string target = YearFiles.Percent(Number(year, "target"));
        DocumentPage.BeginTable(html, "What callers see",
            $"Availability of a year, over {Text(year.GetProperty("years"))} sampled years; closed form, as if outages "
            + $"never met: {YearFiles.Percent(Number(year, "closed_form_availability"))}.",
            ["callers", "a year", "interval", "1 year in 20 below", "median year", "years at " + target]);
        foreach (JsonElement g in year.GetProperty("callers").EnumerateArray())
        {
            JsonElement a = g.GetProperty("availability");
            Row(html, Text(g, "region"), YearFiles.Percent(Number(a, "mean")),
                YearFiles.Percent(Bound(a, "low")) + " to " + YearFiles.Percent(Bound(a, "high")),
                YearFiles.Percent(Number(g, "worst_in_20_years")), YearFiles.Percent(Number(g, "median_year")),
                YearFiles.Percent(Number(g, "years_that_reach_the_target")));
        }

        DocumentPage.EndTable(html, CsvData.Of("callers", w => DocumentTables.WriteCallers(year, w)),
            "What callers see");
        YearCalendar.Write(year, html);
        WriteComponents(html, year);
        DocumentPage.End(html, $"Made by meshsim {Text(year, "version")}, Istio profile {Text(year, "istio")}, seed "
            + $"{Text(year.GetProperty("seed"))}, input {Text(year, "input_hash")}.");
    }

    private static void WriteComponents(TextWriter html, JsonElement year)
    {
        List<JsonElement> components =
        [
            .. year.GetProperty("components").EnumerateArray()
                .OrderByDescending(static c => Number(c.GetProperty("lost_minutes_a_year"), "mean")),
        ];
        double most = components.Select(static c =>
            Number(c.GetProperty("lost_minutes_a_year"), "mean")).DefaultIfEmpty(0).Max();
        string together = YearFiles.Number(Number(year, "together_minutes"));
        DocumentPage.BeginTable(html, "What each component costs",
            $"The dearest first. Outages that met cost {together} minutes a year.",
            ["component", "failures a year", "minutes down", "failing while down", "minutes lost a year", ""]);
        foreach (JsonElement c in components)
        {
            string title = Text(c, "instance") is { Length: > 0 } instance ? Text(c, "component") + " " + instance
                : Text(c, "component");
            double lost = Number(c.GetProperty("lost_minutes_a_year"), "mean");
            string width = (most > 0 ? Math.Max(0, lost) / most * 100 : 0)
                .ToString("0.#", System.Globalization.CultureInfo.InvariantCulture);
            Barred(html, $"<div class=\"meter\"><i class=\"over\" style=\"width:{width}%\"></i></div>", title,
                YearFiles.Number(Number(c, "failures_a_year")), YearFiles.Number(Number(c, "down_minutes_a_year")),
                YearFiles.Percent(Math.Max(0, Number(c.GetProperty("failed_share_while_down"), "mean"))),
                YearFiles.Number(lost));
        }

        DocumentPage.EndTable(html, CsvData.Of("components", w => DocumentTables.WriteComponents(year, w)),
            "What each component costs");
    }

    private static void Row(TextWriter html, string title, params string[] cells) => Barred(html, null, title, cells);

    private static void Barred(TextWriter html, string? bar, string title, params string[] cells)
    {
        html.Write($"<tr><th scope=\"row\">{Escape(title)}</th>");
        foreach (string cell in cells)
        {
            html.Write($"<td>{Escape(cell)}</td>");
        }

        html.Write(bar is null ? "</tr>\n" : $"<td>{bar}</td></tr>\n");
    }

    private static double Bound(JsonElement interval, string name) =>
        interval.TryGetProperty(name, out JsonElement v) ? v.GetDouble() : Number(interval, "mean");

    private static double Number(JsonElement element, string name) => element.GetProperty(name).GetDouble();

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? "";

    private static string Text(JsonElement number) => number.GetRawText();
}
