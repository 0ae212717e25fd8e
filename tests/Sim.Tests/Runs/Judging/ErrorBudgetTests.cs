using Sim.Core;
using Sim.Runs;
using Sim.Runs.Judging;

namespace Sim.Tests.Runs.Judging;

/// <summary>Error budgets, burn rates and OpenSLO documents.</summary>
[TestFixture]
internal sealed class ErrorBudgetTests
{
    [Test]
    public void Budget_IsWhatTheRequestsOfTheWindowAllow()
    {
        // 1000 requests, 99 % asked: 10 may be bad.
        double[] bad = [0, 0, 5, 0, 0, 10, 0, 0];
        ErrorBudget b = ErrorBudget.Of("x", 0.99, 0, SimDuration.Minute, Steps(125, 8), bad, []);
        Assert.That(b.Remaining, Is.EqualTo((double[])[1, 1, 0.5, 0.5, 0.5, -0.5, -0.5, -0.5]).Within(1e-12));
        Assert.That(b.Used, Is.EqualTo(1.5).Within(1e-12));
    }

    [Test]
    public void Budget_OfATargetOfOne_IsEmpty()
    {
        ErrorBudget b = ErrorBudget.Of("x", 1, 0, SimDuration.Minute, Steps(100, 3), Steps(0, 3), BurnRule.Workbook);
        Assert.That((b.Used, b.Remaining.Count, b.Burns.Count), Is.EqualTo(((double?)null, 0, 0)));
    }

    /// <summary>2 % bad of 1 % allowed burns twice as fast: the long window of 4 steps needs 3 of them to pass 1.4, and
    /// the short one of 1 step ends the alarm with the errors.</summary>
    [Test]
    public void Burn_NeedsBothWindows()
    {
        double[] bad = [0, 0, 0, 0, 2, 2, 2, 2, 0, 0, 0];
        ErrorBudget b = ErrorBudget.Of("x", 0.99, 0, SimDuration.Minute, Steps(100, 11), bad,
            [new BurnRule(1.4, 4 * SimDuration.Minute, SimDuration.Minute)]);
        BurnRecord burn = b.Burns.Single();
        Assert.That(burn.Highest, Is.EqualTo(2).Within(1e-12));
        Assert.That(burn.Alarms, Is.EqualTo(((long, long)[])[(7 * SimDuration.Minute, 9 * SimDuration.Minute)]));
    }

    [Test]
    public void Slo_OfAnOutage_TellsItsBudgetAndAlarm()
    {
        RunResult run = ScenarioRunner.Run(new ScenarioRequest(
            Path.Combine(RepositoryPaths.Root, "scenarios", "disaster-recovery"), Variant: "brown-out-503",
            Replications: 1), null, default).Result!;
        Judgement slo = run.Judgements.First(static j => j.Kind == "slo");
        ErrorBudget budget = run.Budgets.Single();
        Assert.That(slo.BudgetUsed, Is.EqualTo(budget.Used));
        Assert.That(budget.Bad, Is.Positive);
        Assert.That(slo.Detail, Does.Contain($"{budget.Bad} bad of {budget.Total} requests"));
    }

    private const string Slo = """
        apiVersion: openslo/v1
        kind: SLO
        metadata: {name: calls, displayName: Calls}
        spec:
          service: b
          indicator:
            metadata: {name: good-calls}
            spec:
              ratioMetric:
                counter: true
                good:
                  metricSource:
                    type: Prometheus
                    spec: {query: 'sum(istio_requests_total{reporter="source",response_code!~"5.."})'}
                total:
                  metricSource:
                    type: Prometheus
                    spec: {query: 'sum(istio_requests_total{reporter="source"})'}
          timeWindow: [{duration: 4w, isRolling: true}]
          budgetingMethod: Occurrences
          objectives: [{displayName: most, target: 0.95}]
        """;

    [Test]
    public void OpenSlo_OfCounters_IsJudgedByPrometheus()
    {
        RunResult run = Run(Slo);
        Judgement judged = run.Judgements.Single(static j => j.Kind == "slo");
        ErrorBudget budget = run.Budgets.Single();
        Assert.That(judged.Text, Is.EqualTo("calls: OpenSLO"));
        Assert.That(judged.Held, Is.False);
        double share = (double)run.ByCode.Single(static c => c.Key == 503).Value / run.RequestsTotal;
        Assert.That(budget.Bad / budget.Total, Is.EqualTo(share).Within(0.03), "the fault is a tenth of all answers");
        Assert.That(run.Findings.Where(static f => f.Code == "MS0711"), Is.Empty);
        Assert.That(budget.Burns.Single(static b => b.Rule.Rate == 1).Alarms, Is.Not.Empty);
    }

    [TestCase("budgetingMethod: Occurrences", "budgetingMethod: Timeslices", "method Timeslices is not understood")]
    [TestCase("counter: true", "counter: false", "is not judged")]
    [TestCase("type: Prometheus", "type: Datadog", "type Datadog is not understood")]
    [TestCase("{target: 0.95}", "{target: 0.95, timeSliceTarget: 0.9}", "timeSliceTarget is not understood")]
    [TestCase("displayName: most, target: 0.95", "displayName: most, target: 2", "is no target")]
    [TestCase("  service: b", "  service: b\n  alertPolicies: [x]", "alertPolicies is not understood")]
    [TestCase("kind: SLO", "kind: Service", "no OpenSLO document of kind SLO")]
    [TestCase("isRolling: true", "isRolling: false", "by the calendar")]
    public void OpenSlo_WhatIsNotUnderstood_IsMS0711(string old, string now, string message)
    {
        string text = Slo.Replace("displayName: most, target: 0.95", old.Contains("{target", StringComparison.Ordinal)
            ? "target: 0.95" : "displayName: most, target: 0.95", StringComparison.Ordinal);
        RunResult run = Run(text.Replace(old, now, StringComparison.Ordinal));
        Assert.That(run.Findings.Where(static f => f.Code == "MS0711").Select(static f => f.Message),
            Has.Some.Contains(message));
    }

    private static double[] Steps(double value, int count) => [.. Enumerable.Repeat(value, count)];

    private static RunResult Run(string slo)
    {
        string folder = Directory.CreateTempSubdirectory("sim-slo").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "scenario.yaml"), """
                apiVersion: meshsim/v1alpha1
                kind: Scenario
                spec:
                  duration: 3m
                  clusters: [{name: c, manifests: [m.yaml]}]
                  prometheus: {scrapeInterval: 5s}
                  openSlos: [{file: slo.yaml, cluster: c}]
                  workloads: [{match: {workload: b}, errors: {rate: 10%, status: 503}}]
                  traffic:
                    - {name: calls, from: {context: c, workload: a}, rate: 20/s, request: {curl: http://b/}}
                """);
            File.WriteAllText(Path.Combine(folder, "slo.yaml"), slo);
            File.WriteAllText(Path.Combine(folder, "m.yaml"), """
                apiVersion: v1
                kind: Namespace
                metadata: {name: default, labels: {istio-injection: enabled}}
                ---
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: a}
                spec:
                  selector: {matchLabels: {app: a}}
                  template: {metadata: {labels: {app: a}}, spec: {containers: [{name: x, image: x}]}}
                ---
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: b}
                spec:
                  selector: {matchLabels: {app: b}}
                  template: {metadata: {labels: {app: b}}, spec: {containers: [{name: x, image: x}]}}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: b}
                spec: {selector: {app: b}, ports: [{name: http, port: 80}]}
                """);
            ScenarioOutcome outcome = ScenarioRunner.Run(new ScenarioRequest(folder), null, default);
            return outcome.Result ?? throw new InvalidOperationException(string.Join('\n', outcome.Diagnostics));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
