using Sim.Runs;

namespace Sim.Tests.Runs;

/// <summary>Who served whom: the counts of the graph are those of the requests.</summary>
[TestFixture]
internal sealed class ServiceGraphTests
{
    [Test]
    public void Calls_are_those_of_the_requests_and_of_the_applications()
    {
        using SmallWorld world = Chain("""
            timeline: [{at: 4s, fault: {type: errors, select: {workload: leaf}, status: 503, for: 3s}}]
            """);
        RunResult result = world.Run();
        ServiceGraph graph = result.Calls;
        long[] entry = Calls(graph, "client", "front");
        long[] inner = Calls(graph, "front", "leaf");
        Assert.Multiple(() =>
        {
            Assert.That(graph.Phases.Select(static p => (p.Name, p.FromNs / 1_000_000_000, p.ToNs / 1_000_000_000)),
                Is.EqualTo(((string, long, long)[])[("before", 1, 4), ("during", 4, 7), ("after", 7, 12)]));
            Assert.That(entry.Sum(), Is.EqualTo(result.Requests.Count(static r => r.EndNs > 1_000_000_000)));
            Assert.That(entry[0], Is.EqualTo(result.Requests.Count(
                static r => r.EndNs is > 1_000_000_000 and <= 4_000_000_000)));
            Assert.That(inner.Sum(), Is.EqualTo(entry.Sum()).Within(1));
            Assert.That(Edge(graph, "front", "leaf").Counts.Select(static c => c.Failed), Is.EqualTo(
                (long[])[0, inner[1], 0]).Within(1));
            Assert.That(Edge(graph, "client", "front").Counts.Sum(static c => c.Failed),
                Is.EqualTo(result.Requests.Count(static r => r.Code >= 500 && r.EndNs > 1_000_000_000)));
        });
    }

    [Test]
    public void A_call_that_nobody_takes_has_no_server()
    {
        using SmallWorld world = Chain("timeline: [{at: 4s, run: kubectl --context=us scale deployment/leaf "
            + "--replicas=0}]");
        GraphEdge lost = world.Run().Calls.Edges.Single(static e => e.To.Workload.Length == 0);
        Assert.That((lost.From.Workload, lost.Service, lost.To.Cluster),
            Is.EqualTo(("default/front", "leaf.default", "")));
        Assert.That(lost.Counts[^1].Failed, Is.EqualTo(lost.Counts[^1].Calls).And.GreaterThan(10));
    }

    [Test]
    public void Without_a_timeline_there_is_one_phase()
    {
        using SmallWorld world = Chain("");
        Assert.That(world.Run().Calls.Phases.Single().Name, Is.EqualTo("whole run"));
    }

    [Test]
    public void A_gateway_stands_between_callers_outside_and_servers()
    {
        using SmallWorld world = new SmallWorld("us").Workload("us", "leaf").Service("us", "leaf")
            .Cluster("us", ", ingressGateway: {}").Objects("us", """
                apiVersion: networking.istio.io/v1
                kind: Gateway
                metadata: {name: g, namespace: default}
                spec:
                  selector: {istio: ingressgateway}
                  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]
                ---
                apiVersion: networking.istio.io/v1
                kind: VirtualService
                metadata: {name: v, namespace: default}
                spec: {hosts: ["*"], gateways: [g], http: [{route: [{destination: {host: leaf}}]}]}
                """).Spec("""
                duration: 5s
                traffic:
                  - name: t
                    from: {region: us, ingress: istio-ingressgateway}
                    rate: 20/s
                    request: {curl: http://a.com/}
                """);
        ServiceGraph graph = world.Run().Calls;
        Assert.That(graph.Edges.Select(static e => (e.From.Workload, e.To.Workload)), Is.EquivalentTo(
            ((string, string)[])
            [
                ("outside", "istio-system/istio-ingressgateway"),
                ("istio-system/istio-ingressgateway", "default/leaf"),
            ]));
        Assert.That(graph.Edges[0].Counts, Is.EqualTo(graph.Edges[1].Counts));
    }

    private static GraphEdge Edge(ServiceGraph graph, string from, string to) => graph.Edges.Single(
        e => e.From.Workload == "default/" + from && e.To.Workload == "default/" + to);

    private static long[] Calls(ServiceGraph graph, string from, string to) =>
        [.. Edge(graph, from, to).Counts.Select(static c => c.Calls)];

    private static SmallWorld Chain(string timeline)
    {
        SmallWorld world = new SmallWorld("us").Workload("us", "client").Workload("us", "front").Workload("us", "leaf")
            .Service("us", "front").Service("us", "leaf").Spec("""
                duration: 12s
                warmup: 1s
                workloads: [{match: {workload: front}, calls: [{to: leaf}]}]
                traffic:
                  - {name: calls, from: {context: us, workload: client}, rate: 50/s, request: {curl: http://front/}}
                """);
        return timeline.Length == 0 ? world : world.Spec(timeline);
    }
}
