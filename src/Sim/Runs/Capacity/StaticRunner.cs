using System.Globalization;
using Sim.Core;
using Sim.Runs.Matrix;
using Sim.Runs.Scenario;

namespace Sim.Runs.Capacity;

/// <summary>Evaluates a scenario without sending a request: capacity against demand, and the truth table.</summary>
internal static class StaticRunner
{
    /// <summary>The result of <c>method: {type: static}</c>.</summary>
    public static RunResult Run(ScenarioDocument document, RunStamp stamp, DiagnosticBag findings)
    {
        if (document.Assertions.Count + document.Slos.Count + document.Probes.Count + document.Invariants.Count > 0)
        {
            findings.Info(ScenarioCodes.NoEffect, "method static sends no requests: assertions, SLOs, probes and "
                + "invariants are not judged", document.Method.Span);
        }

        var simulation = new ScenarioSimulation(document, 0, 2, findings);
        simulation.Prepare();
        simulation.RunUntil(0);
        CapacityTable table = simulation.Capacity(document.Static.Limit);
        RunResult result = simulation.Build(stamp, isInterrupted: false);
        List<Judgement> judgements = [.. Judge(document, table)];
        return result with
        {
            Capacity = table,
            Judgements = judgements,
            ResultsFingerprint = FingerprintOf(table),
            Verdict = judgements.All(static j => j.Held) ? Verdict.Held : Verdict.Failed,
        };
    }

    /// <summary>What is expected of each loss; without expectations every one must hold.</summary>
    private static IEnumerable<Judgement> Judge(ScenarioDocument document, CapacityTable table)
    {
        IReadOnlyList<LossExpectation> expected = document.Static.Expect.Count > 0 ? document.Static.Expect
            : [.. table.Losses.Select(l => new LossExpectation(
                new(l.Loss, SourceSpan.None), new(LossEnd.Holds, SourceSpan.None), document.Method.Span))];
        foreach (LossExpectation e in expected)
        {
            LossVerdict? loss = table.Losses.FirstOrDefault(l => l.Loss == e.Loss.Value);
            string what = e.Loss.Value == CapacityTable.None ? "with everything up" : "without " + e.Loss.Value;
            string limit = string.Create(CultureInfo.InvariantCulture,
                $"{Names.Kebab(e.Is.Value.ToString())}, limit {100 * table.Limit:0.#} %");
            yield return loss is null ? new Judgement("capacity", what, false, "no such region", limit, e.Span)
                : new Judgement("capacity", what, loss.Breaks == (e.Is.Value == LossEnd.Breaks),
                    string.Create(CultureInfo.InvariantCulture, $"{100 * loss.Utilization:0.0} % of the capacity"),
                    limit, e.Span, loss.UnservedPerSecond > 0 ? string.Create(CultureInfo.InvariantCulture,
                        $"{loss.UnservedPerSecond:0.#} requests a second find no host") : loss.Busiest);
        }
    }

    private static string FingerprintOf(CapacityTable table)
    {
        ulong hash = StableHash.Of("capacity");
        foreach (CapacityRow r in table.Rows)
        {
            hash = StableHash.Combine(hash, StableHash.Of(string.Create(CultureInfo.InvariantCulture,
                $"{r.Loss} {r.Workload} {r.Region} {r.Pods} {r.OfferedPerSecond:0.######} {r.Utilization:0.######}")));
        }

        return hash.ToString("x16", CultureInfo.InvariantCulture);
    }
}
