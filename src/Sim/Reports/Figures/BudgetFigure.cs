using System.Globalization;
using Sim.Reports.Svg;
using Sim.Runs;
using Sim.Runs.Judging;

namespace Sim.Reports.Figures;

/// <summary>How the error budgets of the objectives burn down.</summary>
public static class BudgetFigure
{
    private const int BinsMost = 240;
    private const int ObjectivesMost = 6;

    /// <summary>The figure; null when no objective has a budget.</summary>
    public static RunFigure? Of(RunResult result)
    {
        ErrorBudget[] budgets = [.. result.Budgets.Where(static b => b.Remaining.Count > 0).Take(ObjectivesMost)];
        if (budgets.Length == 0)
        {
            return null;
        }

        double least = Math.Max(-3, Math.Min(0, budgets.Min(static b => b.Remaining.Min())));
        ChartBins bins = ChartBins.Over(RunFigure.End(result), result.BinNs, BinsMost);
        Chart chart = new()
        {
            Id = "budgets",
            Title = "Error budget that is left",
            Description = string.Join("; ", budgets.Select(static b => $"{b.Name}: {Share(b.Remaining[^1])} left")),
            ToNs = RunFigure.End(result),
            Values = new ValueAxis("%", 100 * least, 100),
            Lines = [.. budgets.Select((b, i) => new ChartSeries(
                b.Name, RunFigure.Category(i), bins,
                [.. Enumerable.Range(0, bins.Count).Select(k => At(b, bins, k))]))],
            Bands = RunFigure.Bands(result),
        };
        IReadOnlyList<string>[] rows = [.. result.Budgets.SelectMany(static b => b.Burns.Select(r =>
            (IReadOnlyList<string>)[b.Name, Number(r.Rule.Rate), Words.Time(r.Rule.LongNs), Words.Time(r.Rule.ShortNs),
                Number(r.Highest), r.Alarms.Count == 0 ? "never" : string.Join(", ", r.Alarms.Select(static a =>
                    $"{Words.Time(a.FromNs)} to {Words.Time(a.ToNs)}"))]))];
        return new RunFigure(
            chart, [.. budgets.Select(static (b, i) => new LegendEntry(b.Name, RunFigure.Category(i), IsLine: true))],
            new DataTable(["objective", "burn rate", "long window", "short window", "highest", "burned faster"], rows,
                "A burn rate of 1 uses up the budget exactly at the end of its period."));
    }

    private static double At(ErrorBudget budget, ChartBins bins, int bin)
    {
        long end = bins.FromNs + ((bin + 1) * bins.BinNs);
        long step = ((end - budget.FromNs) / budget.StepNs) - 1;
        return step < 0 ? double.NaN
            : Math.Max(-300, 100 * budget.Remaining[(int)Math.Min(step, budget.Remaining.Count - 1)]);
    }

    private static string Share(double share) => (100 * share).ToString("0.#", CultureInfo.InvariantCulture) + " %";

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
