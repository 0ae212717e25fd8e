using Sim.Runs;
using Sim.Runs.Capacity;

namespace Sim.Tests.Runs.Capacity;

/// <summary>Capacity against demand, against figures worked out by hand and against a simulation.</summary>
[TestFixture]
internal sealed class CapacityTests
{
    private static SmallWorld World(string more = "")
    {
        var world = new SmallWorld("eu", "us");
        foreach (string cluster in (string[])["eu", "us"])
        {
            world.Workload(cluster, "door").Workload(cluster, "shop", 2).Workload(cluster, "store")
                .Service(cluster, "shop").Service(cluster, "store").Objects(cluster, """
                    apiVersion: networking.istio.io/v1
                    kind: DestinationRule
                    metadata: {name: shop, namespace: default}
                    spec:
                      host: shop
                      trafficPolicy: {outlierDetection: {consecutive5xxErrors: 5}}
                    """);
        }

        // 2 pods x 3 at a time / (40 ms + 10 ms of the store, its way left out) = 120 a second in each region.
        return world.Spec("""
            topology: {preset: zero, proxyOverhead: 0s}
            method: {type: static}
            workloads:
              - {match: {workload: shop}, serviceTime: 40ms, concurrency: 3, calls: [{to: store, probability: 50%}]}
              - {match: {workload: store}, serviceTime: 20ms, concurrency: 10}
            traffic:
              - {name: us, from: {context: us, workload: door}, rate: 90/s, request: {curl: http://shop/}}
              - {name: eu, from: {context: eu, workload: door}, rate: 30/s, request: {curl: http://shop/}}
            """ + more);
    }

    [Test]
    public void Rows_AreWhatAHandWorksOut()
    {
        using SmallWorld world = World();
        RunResult result = ScenarioRunner.Run(world.Write(), null, default).Result!;
        CapacityTable table = result.Capacity!;
        CapacityRow Row(string loss, string workload, string region) => table.Rows.Single(
            r => r.Loss == loss && r.Workload == "default/" + workload && r.Region == region);
        Assert.Multiple(() =>
        {
            Assert.That(Row("none", "shop", "us").OfferedPerSecond, Is.EqualTo(90).Within(1e-9));
            Assert.That(Row("none", "shop", "us").CapacityPerSecond, Is.EqualTo(120).Within(0.5));
            Assert.That(Row("none", "shop", "us").Utilization, Is.EqualTo(0.75).Within(0.005));
            Assert.That(Row("us", "shop", "eu").OfferedPerSecond, Is.EqualTo(120).Within(1e-9));
            Assert.That(table.Rows.Where(static r => r is { Loss: "none", Workload: "default/store" })
                .Sum(static r => r.OfferedPerSecond), Is.EqualTo(60).Within(1e-9));
            Assert.That(table.Rows.Any(static r => r is { Loss: "us", Region: "us" }), Is.False);
            Assert.That(table.Losses.Select(static l => l.Loss), Is.EqualTo(new[] { "none", "eu", "us" }));
            Assert.That(result.RequestsTotal, Is.Zero);
        });
    }

    [TestCase("traffic[us].rate=60/s", true, "no region's loss breaks it")]
    [TestCase("traffic[us].rate=100/s", false, "the loss of eu, us breaks it")]
    [TestCase("traffic[us].rate=130/s", false, "it is overloaded with everything up")]
    [TestCase("method.limit=70%", false, "it is overloaded with everything up")]
    public void Verdict_FollowsTheRates(string set, bool isHeld, string sentence)
    {
        using SmallWorld world = World();
        RunResult result = ScenarioRunner.Run(world.Write(set: set), null, default).Result!;
        Assert.That(result.Capacity!.Sentence, Is.EqualTo(sentence));
        Assert.That(result.Verdict, Is.EqualTo(isHeld ? Verdict.Held : Verdict.Failed));
    }

    [Test]
    public void Expectations_AreJudged()
    {
        using SmallWorld world = World();
        string expect = "method.expect=[{loss: us, is: breaks}, {loss: eu, is: breaks}, {loss: asia}]";
        RunResult result = ScenarioRunner.Run(world.Write("", "traffic[us].rate=60/s", expect), null, default).Result!;
        Assert.That(result.Judgements.Select(static j => j.Held), Is.EqualTo(new[] { false, false, false }));
        Assert.That(result.Judgements[2].Measured, Is.EqualTo("no such region"));
    }

    /// <summary>What the arithmetic says comes to each region is what comes there when the requests are sent: the
    /// counts of a Poisson stream of n requests lie within 5 standard deviations, a false alarm in 10^6.</summary>
    [Test]
    public void Offered_IsWhatASimulationSends()
    {
        using SmallWorld world = World();
        CapacityTable table = ScenarioRunner.Run(world.Write(), null, default).Result!.Capacity!;
        RunResult sent = ScenarioRunner.Run(
            world.Write("", "method=null", "duration=40s", "warmup=5s"), null, default).Result!;
        foreach (string region in (string[])["eu", "us"])
        {
            double expected = 40 * table.Rows.Single(r => r is { Loss: "none", Workload: "default/shop" }
                && r.Region == region).OfferedPerSecond;
            Assert.That(sent.Requests.Count(r => r.ServedRegion == region),
                Is.EqualTo(expected).Within(5 * Math.Sqrt(expected)), region);
        }
    }
}
