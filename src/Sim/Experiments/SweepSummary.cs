using MathNet.Numerics.Statistics;
using Sim.Runs;

namespace Sim.Experiments;

/// <summary>One measure at one point.</summary>
/// <param name="Measure">Measure.</param>
/// <param name="Own">Mean and interval, in the unit of the tables.</param>
/// <param name="Least">Smallest value; NaN when there is none.</param>
/// <param name="Median">Median.</param>
/// <param name="Most">Largest value.</param>
/// <param name="Difference">Mean and interval of the paired differences to the baseline (this less the baseline,
/// replication by replication); null when it has none.</param>
/// <param name="Correlation">Correlation of the pairs: what the common random numbers are worth; null when it cannot be
/// told.</param>
public sealed record MeasureSummary(
    PlannedMeasure Measure, MeanInterval Own, double Least, double Median, double Most, MeanInterval? Difference,
    double? Correlation);

/// <summary>One point, summed up.</summary>
/// <param name="Point">Point.</param>
/// <param name="Replications">Replications made.</param>
/// <param name="Held">Those in which every check held.</param>
/// <param name="Ended">Why replications ended: <c>all</c>, <c>narrow</c> (the stop rule), <c>max</c>, or
/// <c>interrupted</c>.</param>
/// <param name="Measures">Measures in order.</param>
public sealed record PointSummary(
    SweepPoint Point, int Replications, int Held, string Ended, IReadOnlyList<MeasureSummary> Measures);

/// <summary>Sums a sweep up.</summary>
public static class SweepSummary
{
    /// <summary>A summary of each point, in order.</summary>
    public static IReadOnlyList<PointSummary> Of(SweepResult result)
    {
        SweepPlan plan = result.Plan;
        List<SweepRow>[] rows = plan.Points.Select(static _ => new List<SweepRow>()).ToArray();
        foreach (SweepRow row in result.Rows)
        {
            rows[row.Point].Add(row);
        }

        return plan.Points.Select(p => new PointSummary(
            p, rows[p.Index].Count, rows[p.Index].Count(static r => r.Verdict == Verdict.Held),
            Ended(result, rows[p.Index]),
            plan.Measures.Select((m, i) => Summary(plan, m, i, rows[p.Index],
                p.Baseline >= 0 && p.Baseline != p.Index ? rows[p.Baseline] : null)).ToList())).ToList();
    }

    private static string Ended(SweepResult result, List<SweepRow> rows)
    {
        if (result.Plan.Stop is not { } stop)
        {
            return rows.Count == result.Plan.ReplicationsMost ? "all" : "interrupted";
        }

        return rows.Count >= stop.Least && stop.IsMet(
                rows.Select(r => r.Values[stop.Measure]).ToList(), result.Plan.Confidence) ? "narrow"
            : rows.Count == result.Plan.ReplicationsMost ? "max" : "interrupted";
    }

    private static MeasureSummary Summary(
        SweepPlan plan, PlannedMeasure measure, int index, List<SweepRow> rows, List<SweepRow>? baseline)
    {
        double[] own = rows.Select(r => r.Values[index]).Where(static v => !double.IsNaN(v)).ToArray();
        bool any = own.Length > 0;
        MeanInterval interval = MeanInterval.Of(own, plan.Confidence);
        MeanInterval? difference = null;
        double? correlation = null;
        if (baseline is not null)
        {
            Dictionary<int, double> theirs = baseline.ToDictionary(static r => r.Replication, r => r.Values[index]);
            List<(double Own, double Theirs)> pairs = rows.Where(r => theirs.ContainsKey(r.Replication))
                .Select(r => (r.Values[index], theirs[r.Replication]))
                .Where(static p => !double.IsNaN(p.Item1) && !double.IsNaN(p.Item2)).ToList();
            difference = MeanInterval.Of(pairs.Select(static p => p.Own - p.Theirs), plan.Confidence);
            correlation = CorrelationOf(pairs);
        }

        return new MeasureSummary(measure, interval, any ? own.Min() : double.NaN,
            any ? own.Median() : double.NaN, any ? own.Max() : double.NaN, difference, correlation);
    }

    private static double? CorrelationOf(List<(double Own, double Theirs)> pairs)
    {
        if (pairs.Count < 3)
        {
            return null;
        }

        double r = MathNet.Numerics.Statistics.Correlation.Pearson(
            pairs.Select(static p => p.Own), pairs.Select(static p => p.Theirs));
        return double.IsNaN(r) ? null : r;
    }
}
