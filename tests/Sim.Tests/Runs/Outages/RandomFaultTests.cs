using Sim.Core;
using Sim.Runs;

namespace Sim.Tests.Runs.Outages;

/// <summary>Faults that come and go by chance.</summary>
[TestFixture]
internal sealed class RandomFaultTests
{
    private const long Minute = 60 * SimDuration.Second;

    private const string Errors = "{type: errors, select: {workload: web} }";

    [Test]
    public void Failures_come_and_are_repaired_at_the_stated_rates()
    {
        using SmallWorld world = World("mtbf: 30s, mttr: 10s", Errors, "2h", "0.01/s");
        IReadOnlyList<FaultBand> bands = world.Run().Faults;
        IEnumerable<FaultBand> before = bands.Prepend(new FaultBand("", "", 0, 0));
        double[] ups = [.. bands.Zip(before, static (b, a) => (b.FromNs - a.ToNs) / 1e9)];
        double[] downs = [.. bands.SkipLast(1).Select(static b => (b.ToNs - b.FromNs) / 1e9)];
        Assert.Multiple(() =>
        {
            // Renewals in 7,200 s with mean 40 s and variance 1,000 s2: 180 +- 10.6. Each bound is five sigma: a false
            // alarm in 1.7 million.
            Assert.That(bands, Has.Count.InRange(127, 233));
            Assert.That(ups.Average(), Is.EqualTo(30).Within(5 * 30 / Math.Sqrt(ups.Length)));
            Assert.That(downs.Average(), Is.EqualTo(10).Within(5 * 10 / Math.Sqrt(downs.Length)));
            Assert.That(Deviation(ups), Is.EqualTo(30).Within(5 * 30 * Math.Sqrt(2.0 / ups.Length)));
            Assert.That(ups.Concat(downs), Is.All.Positive);
        });
    }

    [Test]
    public void Requests_fail_while_a_fault_holds_and_only_then()
    {
        using SmallWorld world = World("mtbf: 20s, mttr: {dist: constant, value: 5s}", Errors, "5m", "20/s");
        RunResult result = world.Run();
        Assert.That(result.Faults, Has.Count.GreaterThan(3));
        Assert.That(result.Faults.Select(static b => b.ToNs - b.FromNs).SkipLast(1),
            Is.All.EqualTo(5 * SimDuration.Second));
        foreach (RequestRecord r in result.Requests.Where(static r => r.StartNs < 5 * Minute))
        {
            bool isDown = result.Faults.Any(b => r.StartNs >= b.FromNs && r.StartNs < b.ToNs - SimDuration.Second / 10);
            bool isUp = !result.Faults.Any(b => r.StartNs >= b.FromNs - SimDuration.Second / 10 && r.StartNs < b.ToNs);
            Assert.That(r.Code, isDown ? Is.EqualTo(503) : isUp ? Is.EqualTo(200) : Is.AnyOf(200, 503));
        }
    }

    [Test]
    public void Each_fault_of_the_list_comes_and_selects_its_pods_anew()
    {
        using SmallWorld world = World("mtbf: 20s, mttr: 5s", "{type: app-down, select: {workload: web}, mode: one}, "
            + "{type: pod-kill, select: {workload: web}, mode: one}", "20m", "1/s");
        RunResult result = world.Run();
        Assert.That(result.Faults.Select(static b => b.Kind).Distinct(),
            Is.EquivalentTo((string[])["AppDown", "PodKill"]));
        string[] hosts = [.. result.Requests.Select(static r => r.Host).Where(static h => h.Length > 0).Distinct()];
        Assert.That(hosts, Has.Length.GreaterThan(5), "pods that were killed have others in their place");
    }

    [Test]
    public void Each_turn_draws_its_pod_anew()
    {
        using SmallWorld world = World("mtbf: 20s, mttr: 5s", "{type: app-down, select: {workload: web}, mode: one}",
            "20m", "5/s");
        string[] failed = [.. world.Run().Requests.Where(static r => r.Code == 503).Select(static r => r.HostPod)];
        Assert.That(failed.Distinct(), Has.Exactly(2).Items);
    }

    [Test]
    public void New_failures_begin_within_the_stated_span_only()
    {
        using SmallWorld world = World("mtbf: 5s, mttr: 30s, for: 1m", Errors, "10m", "1/s", at: "2m");
        IReadOnlyList<FaultBand> bands = world.Run().Faults;
        Assert.That(bands, Is.Not.Empty);
        Assert.That(bands.Select(static b => b.FromNs), Is.All.InRange(2 * Minute, 3 * Minute));
    }

    [Test]
    public void One_seed_gives_one_history_whatever_else_is_drawn()
    {
        FaultBand[] History(string rate, params string[] set)
        {
            using SmallWorld world = World("mtbf: 20s, mttr: 5s", Errors, "10m", rate);
            return [.. ScenarioRunner.Run(world.Write("", set), null, default).Result!.Faults];
        }

        FaultBand[] first = History("1/s");
        Assert.That(History("5/s"), Is.EqualTo(first));
        Assert.That(History("1/s", "seed=7"), Is.Not.EqualTo(first));
    }

    [TestCase("mttr: 5s", Errors, "the fault random needs mtbf")]
    [TestCase("mtbf: 5s", Errors, "the fault random needs mttr")]
    [TestCase("mtbf: 5s, mttr: 5s", "", "the fault random needs faults")]
    [TestCase("mtbf: 5s, mttr: 5s, select: {workload: web}", Errors, "the fault random has no \"select\"")]
    [TestCase("mtbf: 5s, mttr: 5s, mode: one", Errors, "the fault random has no \"mode\"")]
    [TestCase("mtbf: 5s, mttr: 5s, status: 500", Errors, "the fault random has no \"status\"")]
    [TestCase("mtbf: 5s, mttr: 5s", "{type: errors, select: {workload: web}, for: 1s}", "lasts as long as mttr says")]
    [TestCase("mtbf: 5s, mttr: 5s", "{type: errors}", "the fault errors needs select")]
    [TestCase("mtbf: 5s, mttr: 5s", "{type: errors, select: {context: nowhere} }", "nowhere")]
    [TestCase("mtbf: 5s, mttr: 5s", "{type: random, mtbf: 1s, mttr: 1s, faults: [" + Errors + "]}",
        "a fault random cannot stand in another")]
    [TestCase("mtbf: {dist: gamma}, mttr: 5s", Errors, "gamma")]
    public void Mistakes_are_told(string keys, string faults, string message)
    {
        using SmallWorld world = World(keys, faults, "1m", "1/s");
        Assert.That(world.Errors(), Has.Some.Contain(message));
    }

    private static double Deviation(double[] values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1));
    }

    private static SmallWorld World(string keys, string faults, string duration, string rate, string at = "0s") =>
        new SmallWorld("us").Workload("us", "client").Workload("us", "web", replicas: 2).Service("us", "web").Spec($$"""
            duration: {{duration}}
            traffic: [{name: t, from: {context: us, workload: client}, rate: {{rate}}, request: {curl: http://web/} }]
            timeline:
              - {at: {{at}}, fault: {type: random, {{keys}}, faults: [{{faults}}] } }
            """);
}
