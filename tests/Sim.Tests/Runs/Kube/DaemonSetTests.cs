using Sim.Core;
using Sim.Manifests;
using Sim.Runs;
using Sim.Runs.Kube;

namespace Sim.Tests.Runs.Kube;

/// <summary>Pods of every node, bare ReplicaSets, and autoscalers.</summary>
internal sealed class DaemonSetTests
{
    private const long S = SimDuration.Second;

    [Test]
    public void Every_node_has_one()
    {
        LiveCluster c = LiveClusterTests.Make(Set("DaemonSet", ""), "[a, b, c]");
        Assert.Multiple(() =>
        {
            Assert.That(c.Pods.Select(static p => p.Zone), Is.EqualTo((string[])["a", "b", "c"]));
            Assert.That(c.Pods.Select(static p => p.Name), Is.Unique.And.All.StartsWith("agent-"));
            Assert.That(c.LiveObjects().Of<Pod>().Select(static p => p.Metadata.OwnerReferences[0].Kind!.Value),
                Is.All.EqualTo("DaemonSet"));
        });
    }

    [Test]
    public void Its_pods_stay_on_drained_and_lost_nodes()
    {
        LiveCluster c = LiveClusterTests.Make(Set("DaemonSet", ""));
        LiveClusterTests.Do(c, new NodeChange(NodeChangeKind.Drain, "a-node"), 10 * S);
        LiveClusterTests.Do(c, new NodeChange(NodeChangeKind.Lost, "b-node"), 20 * S);
        LiveClusterTests.Do(c, new NodeChange(NodeChangeKind.Evict, "b-node"), 320 * S);
        Assert.That(c.Pods.Select(static p => (p.IsTerminating, p.IsReady)),
            Is.EqualTo(((bool, bool)[])[(false, true), (false, false)]));
    }

    [Test]
    public void A_restart_replaces_one_at_a_time()
    {
        LiveCluster c = LiveClusterTests.Make(Set("DaemonSet", ""), "[a, b, c]");
        LiveClusterTests.Do(c, new RestartWorkload("default", "agent", "DaemonSet"), 10 * S);
        int most = 0;
        while (c.NextEventAtNs is { } next)
        {
            c.Advance(next);
            most = Math.Max(most, 3 - c.Pods.Count(static p => p is { IsReady: true, IsTerminating: false }));
        }

        Assert.That((most, c.Pods.Count), Is.EqualTo((1, 6)));
        Assert.That(LiveClusterTests.Alive(c), Has.Length.EqualTo(3));
    }

    [Test]
    public void A_bare_ReplicaSet_makes_pods_and_keeps_them_when_its_template_changes()
    {
        LiveCluster c = LiveClusterTests.Make(Set("ReplicaSet", "replicas: 2, "));
        Assert.That(c.Pods, Has.Count.EqualTo(2));
        LiveClusterTests.Do(c, new SetWorkloadImage("default", "agent", [new("app", "v2")], "ReplicaSet"), 10 * S);
        LiveClusterTests.Do(c, new ScaleWorkload("default", "agent", 3, "ReplicaSet"), 20 * S);
        Assert.That(LiveClusterTests.Alive(c), Has.Length.EqualTo(3));
        Assert.That(c.Pods[0].IsTerminating, Is.False);
    }

    [TestCase("", 2)]
    [TestCase("replicas: 9, ", 4)]
    [TestCase("replicas: 3, ", 3)]
    [TestCase("replicas: 0, ", 0)]
    public void An_autoscaler_holds_its_target_within_bounds_and_says_so(string replicas, int expected)
    {
        using SmallWorld world = new SmallWorld("us").Objects("us", Bare("Deployment", replicas)).Objects("us", """
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata: {name: agent, namespace: default}
            spec:
              scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: agent}
              minReplicas: 2
              maxReplicas: 4
            """).Workload("us", "client").Spec("""
            duration: 1s
            traffic: [{name: t, from: {workload: client}, rate: 1/s, request: {curl: http://agent/}}]
            """);
        Diagnostic told = world.Run().NotModelled.Single();
        Assert.That((told.Code, told.Message.Contains("does not follow the load")), Is.EqualTo(("MS3090", true)));
        Assert.That(told.Message, Does.EndWith(FormattableString.Invariant($"Deployment agent has {expected}")));
    }

    private static string Set(string kind, string more) => """
        apiVersion: v1
        kind: Namespace
        metadata: {name: default, labels: {istio-injection: enabled}}
        ---

        """ + Bare(kind, more);

    private static string Bare(string kind, string more) => $$"""
        apiVersion: apps/v1
        kind: {{kind}}
        metadata: {name: agent, namespace: default}
        spec:
          {{{more}}selector: {matchLabels: {app: agent} }, template: {metadata: {labels: {app: agent} }, spec:
          {containers: [{name: app, image: app}] } } }
        """;
}
