using System.Globalization;
using Sim.Core;
using Sim.Runs.Scenario;

namespace Sim.Runs.Judging;

/// <summary>Holds what a scenario demands against what its runs recorded. The rules are in docs/assertions.md.
/// </summary>
public static class Judge
{
    /// <summary>Judges one run.</summary>
    public static IReadOnlyList<Judgement> Evaluate(ScenarioDocument document, JudgedRun run) =>
        Evaluate(document, [run]);

    /// <summary>Judges all replications: an item holds when it holds in each; the worst figure is shown.</summary>
    /// <param name="document">Scenario without errors.</param>
    /// <param name="runs">At least one run.</param>
    /// <returns>Assertions and recoveries, queries, alerts, SLOs, probes, invariants, each in the order of the file.
    /// </returns>
    public static IReadOnlyList<Judgement> Evaluate(ScenarioDocument document, IReadOnlyList<JudgedRun> runs)
    {
        ArgumentOutOfRangeException.ThrowIfZero(runs.Count);
        List<RunReading> readings = runs.Select(r => new RunReading(r, document)).ToList();
        var list = new List<Judgement>();
        foreach (AssertSpec a in document.Assertions)
        {
            string kind = a.Recover.Value.Length > 0 ? "recover" : "assertion";
            list.Add(Combine(kind, a.Text, a.Span, readings.Select(r =>
                new ExpressionJudge(r, document).Assertion(a))));
        }

        foreach (QuerySpec q in document.Observation.Queries)
        {
            list.Add(Combine("query", ObservationJudge.Text(q), q.Span,
                runs.Select(r => ObservationJudge.Judge(q, r))));
        }

        foreach (AlertExpectation e in document.Observation.Expectations)
        {
            list.Add(Combine("alert", ObservationJudge.Text(e), e.Span,
                runs.Select(r => ObservationJudge.Judge(e, r, document))));
        }

        foreach (SloSpec s in document.Slos)
        {
            list.Add(Combine("slo", $"{s.Name}: {s.Good}", s.Span, readings.Select(r => SloJudge.Judge(s, r))));
        }

        foreach (OpenSloObjective o in document.OpenSlos)
        {
            list.Add(Combine("slo", $"{o.Name}: OpenSLO", o.Span, runs.Select(r => BudgetReading.Judge(o, r))));
        }

        foreach (ProbeSpec p in document.Probes.Where(static p => p.Expect is not null || p.During.Count > 0))
        {
            list.Add(Combine("probe", ProbeJudge.Text(p), p.Span,
                runs.Select(r => ProbeJudge.Judge(p, r, document))));
        }

        foreach (InvariantSpec i in document.Invariants)
        {
            if (i.Never is { } flow)
            {
                list.Add(Combine("invariant", $"{i.Name}: never {flow.Text}", i.Span,
                    runs.Select(r => FlowJudge.Judge(flow, r))));
                continue;
            }

            string text = $"{i.Name}: {(i.IsAlways ? "always" : "sometimes")} {i.Expression}";
            list.Add(Combine("invariant", text, i.Span, readings.Select(r =>
                new ExpressionJudge(r, document).Invariant(i))));
        }

        return list;
    }

    private static Judgement Combine(string kind, string text, SourceSpan span, IEnumerable<Finding> findings)
    {
        List<Finding> all = findings.ToList();
        Finding worst = all[0];
        int held = 0;
        foreach (Finding f in all)
        {
            held += f.Held ? 1 : 0;
            bool isWorse = f.Held != worst.Held ? !f.Held : f.Margin < worst.Margin;
            worst = isWorse ? f : worst;
        }

        string detail = worst.Detail;
        if (all.Count > 1)
        {
            string count = string.Create(CultureInfo.InvariantCulture, $"held in {held} of {all.Count} replications");
            detail = detail.Length == 0 ? count : detail + "; " + count;
        }

        return new Judgement(kind, text, held == all.Count, worst.Measured, worst.Limit, span, detail,
            worst.BudgetUsed);
    }
}
