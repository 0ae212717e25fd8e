using Sim.Core;
using Sim.Runs.Observing;
using Sim.Runs.Scenario;
using Sim.Telemetry.PromQl;

namespace Sim.Runs.Judging;

/// <summary>Error budgets of a run's objectives: of the scenario's own and of OpenSLO documents.</summary>
internal static class BudgetReading
{
    /// <summary>All budgets, in the order of the file.</summary>
    public static IReadOnlyList<ErrorBudget> Of(ScenarioDocument document, JudgedRun run)
    {
        var reading = new RunReading(run, document);
        return
        [
            .. document.Slos.Select(s => SloJudge.BudgetOf(s, reading)),
            .. document.OpenSlos.Select(o => Of(o, run)).OfType<ErrorBudget>(),
        ];
    }

    /// <summary>The budget of an OpenSLO objective; null when its Prometheus does not exist.</summary>
    public static ErrorBudget? Of(OpenSloObjective o, JudgedRun run)
    {
        ObservedCluster? server = run.Observation.Clusters
            .FirstOrDefault(c => o.Cluster.Length == 0 || c.Cluster == o.Cluster);
        if (server?.Store is null)
        {
            return null;
        }

        const long StepNs = 15 * SimDuration.Second;
        long from = Math.Max(run.WarmupNs, o.WindowNs > 0 ? run.DurationNs - o.WindowNs : 0);
        int steps = (int)((run.DurationNs - from) / StepNs);
        double[] total = Growth(o.Total, server, from, StepNs, steps);
        double[] part = Growth(o.Good.Length > 0 ? o.Good : o.Bad, server, from, StepNs, steps);
        double[] bad = o.Bad.Length > 0 ? part : [.. total.Zip(part, static (t, g) => Math.Max(0, t - g))];
        return ErrorBudget.Of(o.Name, o.Target, from, StepNs, total, bad, o.Burn);
    }

    /// <summary>Judges an OpenSLO objective.</summary>
    public static Finding Judge(OpenSloObjective o, JudgedRun run)
    {
        string limit = ">= " + Measurement.Percent(o.Target);
        if (Of(o, run) is not { } budget)
        {
            return new Finding(false, "there is no such Prometheus", limit, double.NegativeInfinity);
        }

        if (budget.Total <= 0)
        {
            return new Finding(false, "no requests", limit, double.NegativeInfinity);
        }

        double share = (budget.Total - budget.Bad) / budget.Total;
        return new Finding(share >= o.Target, Measurement.Percent(share), limit, share - o.Target,
            SloJudge.Text(budget)) { BudgetUsed = budget.Used };
    }

    /// <summary>By how much the sum of a counter grows in each step; a fall is a start at 0.</summary>
    private static double[] Growth(string promql, ObservedCluster server, long fromNs, long stepNs, int steps)
    {
        var growth = new double[steps];
        double before = At(promql, server, fromNs);
        for (int i = 0; i < steps; i++)
        {
            double now = At(promql, server, fromNs + ((i + 1) * stepNs));
            growth[i] = now >= before ? now - before : now;
            before = now;
        }

        return growth;
    }

    private static double At(string promql, ObservedCluster server, long ns)
    {
        PromQlResult result = PromQlQuery.Instant(
            promql, server.Dialect, server.Store!, server.StartMs + (ns / SimDuration.Millisecond), server.Options);
        return result.Value switch
        {
            VectorValue v => v.Samples.Sum(static s => double.IsNaN(s.Value) ? 0 : s.Value),
            ScalarValue s => s.Value,
            _ => 0,
        };
    }
}
