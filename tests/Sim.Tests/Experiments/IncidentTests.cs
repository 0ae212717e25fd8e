using Sim.Core;
using Sim.Experiments;
using Sim.Runs;
using Sim.Runs.Scenario;

namespace Sim.Tests.Experiments;

/// <summary>Years put together from outages, against closed forms and against simulations of everything.</summary>
internal sealed class IncidentTests
{
    private const string Alone = """
          method:
            type: incidents
            horizon: 30d
            years: 400
            windows: 4
            longest: 20s
            settle: 5s
            target: 90%
            components:
              - {name: server, mtbf: 6h, mttr: 20m, fault: {type: app-down, select: {workload: server}}}
        """;

    private const string Failover = """
          method:
            type: incidents
            horizon: 10m
            years: 40
            windows: 10
            longest: 30s
            settle: 10s
            components:
              - {name: pod, mtbf: 2m, mttr: 20s, fault: {type: app-down, select: {workload: server}, mode: one}}
              - {name: brown-out, mtbf: 4m, mttr: {dist: uniform, min: 5s, max: 50s},
                 fault: {type: errors, select: {workload: server}, rate: 40%, status: 503}}
        """;

    [Test]
    public void Year_WithoutFailover_IsMtbfOverMtbfPlusMttr()
    {
        using var tiny = new TinyScenario(Alone);
        IncidentResult result = Open(tiny, "workloads[0].errors=null").Run(2, null, default);
        YearGroup all = result.Groups[0];
        // Everything fails while the only server is down: 20 / 380 of the time, less what a start with everything up is
        // worth: tau / T of it, tau = 1 / (1/6h + 1/20m) = 18.9 min of 30 days.
        double expected = 20.0 / 380 * (1 - (18.947 / (30 * 24 * 60)));
        // Null hypothesis: the mean of 400 years is that. One year has about 113 outages; its unavailability has the
        // standard deviation 0.0067, their mean 0.00034; 5 of them: false alarms below 1e-6, smallest bias 3 %.
        Assert.That(1 - all.Availability.Mean, Is.EqualTo(expected).Within(0.0017));
        Assert.That(result.Components[0].FailedShare.Mean, Is.EqualTo(1).Within(0.06));
        Assert.That(1 - result.ClosedForm, Is.EqualTo(all.Availability.Mean).Within(0.003));
        Assert.That(result.Components[0].Failures, Is.EqualTo(30 * 24 * 60 / 380.0).Within(3));
        Assert.That(result.Components[0].DownMinutes, Is.EqualTo(30 * 24 * 60 * 20 / 380.0).Within(80));
        Assert.That(result.IsReached, Is.True);
        Assert.That(all.Availability.HalfWidth, Is.InRange(1e-5, 0.01));
    }

    [TestCase(1, 1)]
    [TestCase(2, 3)]
    [TestCase(3, 4)]
    public void Sampler_KOfN_AgreesWithTheBinomialLaw(int needed, int count)
    {
        // n independent components, each down 1/10 of the time; the system is down when fewer than k are up.
        FailingComponent[] components = Enumerable.Range(0, count).Select(i => Component(
            i, Distribution.Exponential(9.0 * SimDuration.Hour), Distribution.Exponential(SimDuration.Hour))).ToArray();
        long horizon = 100 * SimDuration.Day;
        double down = 0;
        const int Years = 100;
        for (int y = 0; y < Years; y++)
        {
            List<(long At, int Change)> changes = OutageSampler.Sample(components, horizon, 3, y)
                .SelectMany(static o => new[] { (o.FromNs, 1), (o.ToNs, -1) }).Order().ToList();
            int failed = 0;
            for (int i = 0; i < changes.Count; i++)
            {
                failed += changes[i].Change;
                long next = i + 1 < changes.Count ? changes[i + 1].At : horizon;
                down += count - failed < needed ? (double)(next - changes[i].At) / horizon : 0;
            }
        }

        double expected = 0;
        for (int up = 0; up < needed; up++)
        {
            expected += Choose(count, up) * Math.Pow(0.9, up) * Math.Pow(0.1, count - up);
        }

        // 10,000 days hold 24,000 failures of each; k of n failing comes in stretches of about half an hour: at least
        // 4,000 of them, so the standard deviation of the estimate is below 2.5 %; 5 of them.
        Assert.That(down / Years, Is.EqualTo(expected).Within(0.125 * expected));
    }

    [Test]
    public void Sampler_IsTheSameForAComponentWhateverOthersThereAre()
    {
        FailingComponent[] two = [Component(0, Distribution.Exponential(1e12), Distribution.Exponential(1e10)),
            Component(1, Distribution.Exponential(1e12), Distribution.Exponential(1e10))];
        List<Outage> alone = OutageSampler.Sample(two[..1], SimDuration.Day, 1, 5);
        Assert.That(OutageSampler.Sample(two, SimDuration.Day, 1, 5).Where(static o => o.Component == 0),
            Is.EqualTo(alone));
        Assert.That(OutageSampler.Sample(two, SimDuration.Day, 1, 6).Where(static o => o.Component == 0),
            Is.Not.EqualTo(alone));
    }

    [Test]
    public void Join_PutsOutagesTogetherThatMeetOrNearlyDo()
    {
        Outage[] outages = [new(0, 0, 10), new(1, 5, 8), new(0, 12, 20), new(1, 26, 30), new(0, 40, 50)];
        Assert.That(OutageSampler.Join(outages, 5).Select(static g => g.Count), Is.EqualTo((int[])[3, 1, 1]));
    }

    [Test]
    public void Year_OfAShortHorizon_AgreesWithSimulatingAllOfIt()
    {
        using var tiny = new TinyScenario(Failover);
        string[] set = ["workloads[0].errors=null", "traffic[calls].rate=20/s"];
        IncidentStudy study = Open(tiny, set);
        IncidentResult result = study.Run(2, null, default);
        double requests = 20 * 600;
        List<double> differences = Enumerable.Range(0, 40).Select(y =>
            ((1 - result.Years[y].Availability[0]) * requests) - study.WholeYear(y)).ToList();
        // The same outages, once in windows and once as they are: the mean difference must not be more than chance.
        MeanInterval difference = MeanInterval.Of(differences, 0.9999);
        Assert.That(difference.ExcludesZero, Is.False, difference.ToString());
        double lost = (1 - result.Groups[0].Availability.Mean) * requests;
        Assert.That(lost, Is.GreaterThan(100));
        Assert.That(difference.HalfWidth, Is.LessThan(0.25 * lost), "a difference of a quarter would be seen");
        Assert.That(result.TogetherMinutes, Is.GreaterThan(0), "outages met");
    }

    [Test]
    public void Run_ThreadsLeaveNoTrace()
    {
        using var tiny = new TinyScenario(Failover);
        string[] set = ["method.years=3", "method.windows=2"];
        string one = Json(Open(tiny, set).Run(1, null, default));
        Assert.That(Json(Open(tiny, set).Run(4, null, default)), Is.EqualTo(one));
        Assert.That(Json(Open(tiny, [.. set, "seed=8"]).Run(4, null, default)), Is.Not.EqualTo(one));
    }

    [Test]
    public void Run_Cancelled_Throws()
    {
        using var tiny = new TinyScenario(Failover);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.That(() => Open(tiny).Run(2, null, stop.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Components_OfInstances_AreFilledIn()
    {
        using var tiny = new TinyScenario("""
              method:
                type: incidents
                components:
                  - {name: release, of: [client, server], mtbf: 60d, mttr: {dist: constant, value: 10m},
                     down: 'kubectl --context=here scale deployment {} --replicas=0',
                     up: 'kubectl --context=here scale deployment {} --replicas=2'}
            """);
        var bag = new DiagnosticBag();
        IncidentSpec spec = PreparedScenario.Open(new ScenarioRequest(tiny.Folder), bag)!.Document.Incidents!;
        Assert.That(spec.Components.Select(static c => c.Title),
            Is.EqualTo((string[])["release client", "release server"]));
        Assert.That(spec.Components[1].Down.Run.Value, Does.Contain("deployment server --replicas=0"));
        Assert.That(spec.Components[1].Up!.Run.Value, Does.Contain("deployment server --replicas=2"));
        Assert.That(spec.Components[1].Between.Kind, Is.EqualTo(DistributionKind.Exponential));
        Assert.That(spec.Components[1].Repair.Kind, Is.EqualTo(DistributionKind.Constant));
        Assert.That(bag.Items.Select(static d => d.Code), Has.Member(ScenarioCodes.NoEffect), "meshsim run is told");
    }

    [TestCase("components: []", ScenarioCodes.MissingKey, "components")]
    [TestCase("components: [{name: a, mtbf: 1d, mttr: 1h}]", ScenarioCodes.Conflict, "fault, or down and up")]
    [TestCase("components: [{name: a, mtbf: 1d, mttr: 1h, down: x}]", ScenarioCodes.Conflict, "fault, or down and up")]
    [TestCase("components: [{name: a, mtbf: 1d, mttr: 1h, fault: {type: app-down, select: {}, for: 1m}}]",
        ScenarioCodes.Conflict, "as long as mttr says")]
    [TestCase("components: [{name: a, mtbf: x, mttr: 1h, fault: {type: app-down, select: {}}}]",
        ScenarioCodes.BadValue, "mtbf")]
    [TestCase("components: [{name: a, of: [b, b], mtbf: 1d, mttr: 1h, fault: {type: app-down, select: {}}}]",
        ScenarioCodes.DuplicateName, "a b")]
    public void Components_ThatCannotBe_AreFindings(string method, string code, string text)
    {
        using var tiny = new TinyScenario("  method: {type: incidents, " + method + "}");
        var bag = new DiagnosticBag();
        Assert.That(IncidentStudy.Open(new ScenarioRequest(tiny.Folder), bag), Is.Null);
        Assert.That(bag.Items.Where(static d => d.Severity == Severity.Error).Select(static d => d.Code + d.Message),
            Has.Some.Contains(text).And.Some.StartsWith(code));
    }

    [Test]
    public void Open_WhatIsNoYear_IsAFinding()
    {
        using var tiny = new TinyScenario();
        var bag = new DiagnosticBag();
        Assert.That(IncidentStudy.Open(new ScenarioRequest(tiny.Folder), bag), Is.Null);
        Assert.That(bag.Items.Single().Message, Does.Contain("no method of type incidents"));
        using var stages = new TinyScenario(Alone);
        bag = new DiagnosticBag();
        Assert.That(IncidentStudy.Open(new ScenarioRequest(stages.Folder,
            Set: ["traffic[calls].diurnal={low: 1/s, high: 2/s}"]), bag), Is.Null);
        Assert.That(bag.Items.Select(static d => d.Message), Has.Some.Contains("steady rate"));
    }

    private static IncidentStudy Open(TinyScenario tiny, params string[] set)
    {
        var bag = new DiagnosticBag();
        IncidentStudy? study = IncidentStudy.Open(new ScenarioRequest(tiny.Folder, Set: set), bag);
        Assert.That(bag.HasErrors, Is.False, string.Join('\n', bag.Items));
        return study!;
    }

    private static string Json(IncidentResult result)
    {
        using var stream = new MemoryStream();
        Sim.Reports.Sweeps.YearFiles.WriteJson(result, stream);
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    private static FailingComponent Component(int index, Distribution between, Distribution repair)
    {
        var law = new DistributionSpec(
            DistributionKind.Constant, 1, null, null, null, null, null, null, null, "", SourceSpan.None);
        return new(new ComponentSpec(
            new("c", SourceSpan.None), FormattableString.Invariant($"{index}"), law, law,
            new TimelineStep { AtNs = new(0, SourceSpan.None) }, null, SourceSpan.None), between, repair);
    }

    private static double Choose(int n, int k) => k == 0 ? 1 : Choose(n - 1, k - 1) * n / k;
}
