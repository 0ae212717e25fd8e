using Sim.Core;
using Sim.Runs;

namespace Sim.Tests.Runs.Outages;

/// <summary>Faults of links, nodes, gateways, processors and roots, by what requests see of them.</summary>
internal sealed class FaultTests
{
    private static SmallWorld World(string fault, string more = "", string topology = "preset: zero, proxyOverhead: 0s")
    {
        var world = new SmallWorld("us");
        foreach (string zone in (string[])["a", "b"])
        {
            world.Objects("us", $$"""
                apiVersion: v1
                kind: Node
                metadata:
                  name: node-{{zone}}
                  labels: {topology.kubernetes.io/region: us, topology.kubernetes.io/zone: us-{{zone}} }
                """);
        }

        return world.Workload("us", "client").Workload("us", "server", 2).Service("us", "server").Spec($$"""
            duration: 20s
            seed: 3
            topology: { {{topology}} }
            workloads: [{match: {workload: server}, serviceTime: 10ms}]
            traffic:
              - {name: calls, from: {context: us, workload: client}, rate: 20/s, arrivals: constant,
                 request: {curl: 'http://server/'} }
            timeline: [{at: 5s, as: it, fault: {{fault}} }]
            {{more}}
            """);
    }

    private static double Milliseconds(RequestRecord r) => (r.EndNs - r.StartNs) / 1e6;

    private static RequestRecord[] Between(RunResult result, double from, double to) =>
        [.. result.Requests.Where(r => r.StartNs >= from * 1e9 && r.StartNs < to * 1e9)];

    [TestCase("", 60)]
    [TestCase(", direction: to", 35)]
    public void Latency_is_added_to_each_way(string direction, double expected)
    {
        // The client stands on one node; every request to the other zone takes the links that take longer.
        using SmallWorld world = World(
            "{type: latency, add: 25ms, select: {workload: client}, for: 5s" + direction + "}");
        RunResult result = world.Run();
        double[] during = [.. Between(result, 6, 10).Select(Milliseconds).Distinct().Order()];
        Assert.That(during[0], Is.EqualTo(10).Within(0.001), "in the same zone");
        Assert.That(during[^1], Is.EqualTo(expected).Within(0.001), "to the other zone");
        Assert.That(Between(result, 11, 20).Select(Milliseconds), Has.All.EqualTo(10).Within(0.001));
    }

    /// <summary>Half of the messages of a way are lost: of the requests to the other zone 3/4 wait for a resend at
    /// least once. The bound is 5 standard deviations.</summary>
    [Test]
    public void Packet_loss_costs_retransmission_timeouts()
    {
        using SmallWorld world = World("{type: packet-loss, rate: 50%, select: {workload: client}, for: 10s}");
        RunResult result = world.Run();
        RequestRecord[] far = [.. Between(result, 5, 14).Where(r => r.HostPod != Near(result))];
        double late = far.Count(static r => Milliseconds(r) > 200) / (double)far.Length;
        Assert.That(late, Is.EqualTo(0.75).Within(5 * Math.Sqrt(0.75 * 0.25 / far.Length)));
        Assert.That(Between(result, 16, 20).Select(Milliseconds), Has.All.EqualTo(10).Within(0.001));
    }

    [Test]
    public void A_saturated_processor_takes_longer()
    {
        using SmallWorld world = World("{type: cpu-saturation, rate: 75%, select: {workload: server}, for: 5s}");
        RunResult result = world.Run();
        Assert.That(Between(result, 5.01, 9.9).Select(Milliseconds), Has.All.EqualTo(40).Within(0.001));
        Assert.That(Between(result, 11, 20).Select(Milliseconds), Has.All.EqualTo(10).Within(0.001));
    }

    [Test]
    public void Another_root_is_refused_on_new_connections()
    {
        using SmallWorld world = World(
            "{type: ca-mismatch, select: {workload: server}, for: 5s} }, "
            + "{at: 5s, fault: {type: pod-kill, select: {workload: client}}");
        RunResult result = world.Run();
        string[] flags = [.. Between(result, 7, 9.9).Where(static r => r.Code == 503).Select(static r => r.Flags)];
        Assert.That(result.Requests.Where(static r => r.StartNs < 5e9), Has.All.Matches<RequestRecord>(
            static r => r.Code == 200));
        Assert.That(flags, Is.Not.Empty);
        Assert.That(flags, Has.All.Contains("UF"), "the client refuses");
        Assert.That(Between(result, 11, 20), Has.All.Matches<RequestRecord>(static r => r.Code == 200));
    }

    [Test]
    public void A_drained_node_loses_its_pods_to_the_others_without_errors()
    {
        using SmallWorld world = World("{type: drain, node: node-b, for: 5s}");
        RunResult result = world.Run();
        Assert.That(result.ByCode.Select(static c => c.Key), Is.EqualTo((int[])[200]));
        Assert.That(result.Pods.Select(static p => p.Zone), Has.All.EqualTo("us-a"));
        Assert.That(result.Events.Select(static e => e.Text), Has.Some.EqualTo("node/node-b drained")
            .And.Some.EqualTo("node/node-b uncordoned"));
    }

    [Test]
    public void A_lost_node_is_noticed_after_its_grace_period_and_emptied_after_the_toleration()
    {
        using SmallWorld world = World("{type: node-down, node: node-b}", "duration: 8m");
        RunResult result = world.Run();
        string gone = result.Requests.First(r => r.StartNs < 5e9 && r.HostPod != Near(result)).HostPod;
        long last = result.Requests.Where(r => r.HostPod == gone).Max(static r => r.StartNs);
        Assert.That(last / 1e9, Is.InRange(40, 56), "50 s after the fault it leaves the lists");
        Assert.That(Between(result, 57, 480).Select(Milliseconds), Has.All.InRange(10, 20));
        Assert.That(result.Events.Select(static e => e.Text), Has.Some.EqualTo("node/node-b is NotReady"));
        Assert.That(result.Requests.Select(static r => r.HostPod).Distinct().Count(p => p.Contains("/server-")),
            Is.EqualTo(3), "one more pod after 350 s");
    }

    [Test]
    public void A_lost_node_that_comes_back_serves_again()
    {
        using SmallWorld world = World("{type: node-down, node: node-b, for: 2m}", "duration: 4m");
        RunResult result = world.Run();
        Assert.That(Between(result, 130, 240).Select(static r => r.HostPod).Distinct().Count(), Is.EqualTo(2));
        Assert.That(Between(result, 60, 120).Select(static r => r.HostPod).Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public void A_zone_that_is_out_refuses()
    {
        using SmallWorld world = World("{type: zone-outage, zone: us-b, for: 5s}");
        RunResult result = world.Run();
        Assert.That(Between(result, 5.2, 9.9).Where(static r => r.Code == 200).Select(static r => r.HostPod).Distinct()
            .Count(), Is.EqualTo(1));
    }

    [TestCase("{type: latency, select: {workload: client}}", "needs add")]
    [TestCase("{type: packet-loss, select: {workload: client}}", "needs rate")]
    [TestCase("{type: packet-loss, rate: 100%, select: {workload: client}}", "leaves nothing")]
    [TestCase("{type: cpu-saturation, select: {workload: client}}", "needs rate")]
    [TestCase("{type: zone-outage, select: {workload: client}}", "needs a zone")]
    [TestCase("{type: drain}", "needs select")]
    [TestCase("{type: drain, node: x, silent: true}", "has no \"silent\"")]
    public void Faults_that_say_too_little_are_errors(string fault, string message)
    {
        using SmallWorld world = World(fault);
        Assert.That(world.Errors(), Has.Exactly(1).Contains(message));
    }

    /// <summary>The server on the client's node: the one that answers without any way.</summary>
    private static string Near(RunResult result)
    {
        string zone = result.Pods.First(static p => p.Workload == "client").Zone;
        PodRecord pod = result.Pods.First(p => p.Workload == "server" && p.Zone == zone);
        return $"{pod.Cluster}/{pod.Namespace}/{pod.Name}";
    }
}
