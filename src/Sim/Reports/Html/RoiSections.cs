using System.Globalization;
using Sim.Reports.Figures;
using Sim.Runs;
using Sim.Runs.Roi;

namespace Sim.Reports.Html;

/// <summary>Savings computed from the user's own figures.</summary>
internal static class RoiSections
{
    /// <summary>The section of <c>report.html</c>; nothing without a table.</summary>
    public static void WriteRoi(RunResult result, TextWriter html)
    {
        if (result.Roi is not { } roi)
        {
            return;
        }

        html.Write($"<p class=\"soft\">Computed from the figures of the scenario, none of which is simulated: " +
            $"{Money(roi.Before)} a month before, {Money(roi.After)} after, {Money(roi.SavingPerYear)} saved a year " +
            $"(gross: no investment is subtracted), {Money(roi.AssertedPerYear)} a year asserted, " +
            $"{Money(roi.TotalPerYear)} in all.</p>");
        HtmlText.Table(html, new DataTable(
            ["item", "a month before", "saved", "a month after", "asserted a year"],
            [.. roi.Rows.Select(static r => (IReadOnlyList<string>)
                [r.Item, r.IsCost ? Money(r.BeforePerMonth) : "",
                    r.IsCost ? (100 * r.Reduction).ToString("0.##", CultureInfo.InvariantCulture) + " %" : "",
                    r.IsCost ? Money(r.AfterPerMonth) : "", r.IsCost ? "" : Money(r.ValuePerYear)])]),
            "Savings", isOpen: true, CsvData.Of(
                "savings", ["item", "before_per_month", "saved_ratio", "after_per_month", "asserted_per_year"],
                roi.Rows.Select(static r => (IReadOnlyList<string>)
                    [r.Item, r.IsCost ? Plain(r.BeforePerMonth) : "", r.IsCost ? Plain(r.Reduction) : "",
                        r.IsCost ? Plain(r.AfterPerMonth) : "", r.IsCost ? "" : Plain(r.ValuePerYear)])));
    }

    private static string Plain(decimal value) => value.ToString("0.############", CultureInfo.InvariantCulture);

    private static string Money(decimal value) => value.ToString("#,0.##", CultureInfo.InvariantCulture);
}
