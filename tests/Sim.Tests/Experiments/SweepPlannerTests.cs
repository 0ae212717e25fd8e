using Sim.Core;
using Sim.Experiments;
using Sim.Runs;
using Sim.Runs.Scenario;

namespace Sim.Tests.Experiments;

/// <summary>Which runs a sweep consists of.</summary>
internal sealed class SweepPlannerTests
{
    [Test]
    public void Plan_VariantsTimesGridLessConstraint_InOrderWithBaselines()
    {
        using var tiny = new TinyScenario();
        SweepPlan plan = tiny.Plan();
        Assert.That(plan.Points.Select(p => p.Label(plan)), Is.EqualTo((string[])
        [
            "base, rate=30/s, overhead=1ms", "base, rate=30/s, overhead=2ms", "base, rate=60/s, overhead=1ms",
            "base, rate=60/s, overhead=2ms", "slower, rate=30/s, overhead=1ms", "slower, rate=30/s, overhead=2ms",
            "slower, rate=60/s, overhead=1ms",
        ]));
        Assert.That(plan.Points.Select(static p => p.Baseline), Is.EqualTo((int[])[0, 1, 2, 3, 0, 1, 2]));
        Assert.That(plan.Measures.Select(static m => m.Column),
            Is.EqualTo((string[])["availability_ratio", "errors", "p50_ms", "tail_ms"]));
        Assert.That(plan.ReplicationsMost, Is.EqualTo(3));
        Assert.That(plan.Points[3].Prepared.Document.Traffic[0].RatePerSecond.Value, Is.EqualTo(60));
        Assert.That(plan.Points[3].Prepared.Document.Topology.ProxyOverheadNs.Value,
            Is.EqualTo(2 * SimDuration.Millisecond));
    }

    [Test]
    public void Plan_Vary_AddsAnAxis_AndTemplatesAreFilled()
    {
        using var tiny = new TinyScenario("""
              timeline: [{at: 1s, as: scale, run: "kubectl --context=here scale deployment server --replicas=2"}]
              sweep:
                variants: [base]
                grid:
                  - name: replicas
                    set: ['timeline[0].run']
                    values: ['1', '3']
                    template: kubectl --context=here scale deployment server --replicas={}
            """);
        var bag = new DiagnosticBag();
        SweepPlan? plan = SweepPlanner.Plan(
            new SweepRequest(new ScenarioRequest(tiny.Folder), ["traffic[calls].rate=10/s,20/s"]), bag);
        Assert.That(bag.HasErrors, Is.False, string.Join('\n', bag.Items));
        Assert.That(plan!.Points.Select(p => p.Label(plan)), Is.EqualTo((string[])
            ["base, replicas=1, rate=10/s", "base, replicas=1, rate=20/s", "base, replicas=3, rate=10/s",
                "base, replicas=3, rate=20/s"]));
        Assert.That(plan.Points[2].Prepared.Document.Timeline[0].Run.Value, Does.EndWith("--replicas=3"));
        Assert.That(plan.Points.Select(static p => p.Baseline), Is.All.Zero, "the first point, of one variant");
    }

    [Test]
    public void Plan_Baseline_NamesAxes()
    {
        using var tiny = new TinyScenario(TinyScenario.Grid + "\n    baseline: {rate: 60/s}");
        Assert.That(tiny.Plan().Points.Select(static p => p.Baseline), Is.EqualTo((int[])[2, 3, 2, 3, 6, -1, 6]));
    }

    [Test]
    public void Hash_ChangesWithWhateverChangesARow()
    {
        using var tiny = new TinyScenario();
        string hash = tiny.Plan().Hash;
        Assert.That(tiny.Plan().Hash, Is.EqualTo(hash));
        Assert.That(tiny.Plan(4).Hash, Is.Not.EqualTo(hash));
        Assert.That(tiny.Plan(null, "seed=8").Hash, Is.Not.EqualTo(hash));
        Assert.That(tiny.Plan(null, "sweep.measure=[errors]").Hash, Is.Not.EqualTo(hash));
        string manifest = Path.Combine(tiny.Folder, "all.yaml");
        File.AppendAllText(manifest, "\n");
        Assert.That(tiny.Plan().Hash, Is.Not.EqualTo(hash), "an input byte changed");
    }

    [TestCase("variants: [slowr]", ScenarioCodes.UnknownName, "slowr")]
    [TestCase("where: 'rat > 3'", ScenarioCodes.Expression, "character 1")]
    [TestCase("measure: [p98]", ScenarioCodes.Expression, "p98")]
    [TestCase("measure: ['errors[10s]']", ScenarioCodes.Expression, "without window")]
    [TestCase("measure: [errors, errors]", ScenarioCodes.DuplicateName, "errors")]
    [TestCase("baseline: {variant: none}", ScenarioCodes.UnknownName, "none")]
    [TestCase("stop: {measure: p98, halfWidth: 1%}", ScenarioCodes.UnknownName, "p98")]
    [TestCase("stop: {halfWidth: 5ms}", ScenarioCodes.BadValue, "halfWidth")]
    [TestCase("stop: {}", ScenarioCodes.MissingKey, "halfWidth")]
    [TestCase("stop: {halfWidth: 1%, min: 9, max: 5}", ScenarioCodes.BadValue, "max is below min")]
    [TestCase("confidence: 40%", ScenarioCodes.BadValue, "confidence")]
    [TestCase("grid: [{name: x, set: [], values: [1]}]", ScenarioCodes.MissingKey, "empty list")]
    [TestCase("grid: [{name: x, set: [seed], values: [1], template: y}]", ScenarioCodes.BadValue, "no place")]
    [TestCase("grid: [{name: seed, set: [seed], values: [1]}]", ScenarioCodes.DuplicateName, "seed")]
    [TestCase("grid: [{name: x, set: [sed], values: [1]}]", ScenarioCodes.UnknownKey, "sed")]
    [TestCase("where: 'variant == \"x\"'", ScenarioCodes.Conflict, "no point meets")]
    public void Plan_WhatCannotBe_IsAFinding(string sweep, string code, string text)
    {
        using var tiny = new TinyScenario("  sweep: {" + sweep + "}");
        IReadOnlyList<Diagnostic> errors = tiny.Errors();
        Assert.That(errors.Select(static d => d.Code), Has.Member(code));
        Assert.That(string.Join('\n', errors), Does.Contain(text));
    }

    [Test]
    public void Plan_VaryWithoutValues_IsAFinding()
    {
        using var tiny = new TinyScenario();
        Assert.That(tiny.Errors("seed=").Single().Code, Is.EqualTo(ScenarioCodes.Override));
    }

    [TestCase("rate > 20/s", true)]
    [TestCase("rate * 2 == 60", true)]
    [TestCase("rate - 10 + 5 <= 24", false)]
    [TestCase("(rate + 10) / 2 == 20", true)]
    [TestCase("not rate > 20 or variant == \"lab\"", true)]
    [TestCase("not (rate > 20 or variant == 'lab')", false)]
    [TestCase("wait < 1s and wait >= 250ms", true)]
    [TestCase("share >= 99.9%", true)]
    [TestCase("size == 4096", true)]
    [TestCase("variant != 'base' and mode == 'SIMPLE'", true)]
    [TestCase("rate == '30/s'", true)]
    public void Constraint_Decides(string text, bool expected) => Assert.That(
        GridConstraint.Parse(text, ["variant", "rate", "wait", "share", "size", "mode"])(
            ["lab", "30/s", "250ms", "99.95%", "4KiB", "SIMPLE"]), Is.EqualTo(expected));

    [TestCase("rate")]
    [TestCase("rate >")]
    [TestCase("rate > 1 rate")]
    [TestCase("(rate > 1")]
    [TestCase("variant > 'a'")]
    [TestCase("variant * 2 > 1")]
    [TestCase("rate > 'a")]
    [TestCase("rate > 3parsecs")]
    [TestCase("")]
    public void Constraint_OutsideTheLanguage_Throws(string text) => Assert.That(
        () => GridConstraint.Parse(text, ["variant", "rate"])(["lab", "30/s"]), Throws.InstanceOf<FormatException>());
}
