using System.Globalization;
using Sim.Reports.Figures;
using Sim.Runs;
using Sim.Runs.Capacity;

namespace Sim.Reports.Html;

/// <summary>Capacity against demand in a page.</summary>
internal static class CapacitySections
{
    /// <summary>The section of <c>report.html</c>; nothing without a table.</summary>
    public static void WriteCapacity(RunResult result, TextWriter html)
    {
        if (result.Capacity is not { } table)
        {
            return;
        }

        html.Write($"<p class=\"soft\">{Svg.SvgText.Escape(table.Sentence)}. Mean rates at their peak " +
            "through routes, priorities and calls; no request is sent for it.</p>");
        HtmlText.Table(html, new DataTable(
            ["lost region", "workload", "region", "pods", "offered a second", "capacity a second", "utilization",
                "busiest pod", "its utilization"],
            [.. table.Rows.Select(static r => (IReadOnlyList<string>)
                [r.Loss, r.Workload, r.Region, Words.Count(r.Pods), Number(r.OfferedPerSecond),
                    double.IsInfinity(r.CapacityPerSecond) ? "no limit" : Number(r.CapacityPerSecond),
                    Percent(r.Utilization), Words.Pod(r.Busiest), Percent(r.BusiestUtilization)])]),
            "Capacity and demand", isOpen: true, CsvData.Of("capacity", w => CsvTables.WriteCapacity(table, w)));
    }

    /// <summary>A share in percent.</summary>
    public static string Percent(double share) => (100 * share).ToString("0.0", CultureInfo.InvariantCulture) + " %";

    private static string Number(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
}
