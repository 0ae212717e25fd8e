using Sim.Core;
using Sim.Manifests;
using Sim.Runs.Kube;

namespace Sim.Tests.Runs.Kube;

/// <summary>Pods with numbers: how they come, go and are replaced.</summary>
/// <remarks>Startup 2 s (the workload's default), readiness and other delays are the scenario's defaults; a drain lasts
/// 5 s.</remarks>
internal sealed class StatefulSetTests
{
    private const long S = SimDuration.Second;

    [Test]
    public void First_manifests_give_names_labels_and_host_names()
    {
        LiveCluster c = LiveClusterTests.Make(World());
        Pod second = c.LiveObjects().Find<Pod>("default", "db-1")!;
        EndpointSlice slice = c.LiveObjects().Of<EndpointSlice>().Single();
        Assert.Multiple(() =>
        {
            Assert.That(LiveClusterTests.Alive(c), Is.EqualTo((string[])["db-0", "db-1", "db-2"]));
            Assert.That(c.Pods, Has.All.Matches<PodState>(static p => p is { IsReady: true, Workload: "db" }));
            Assert.That(second.Label("statefulset.kubernetes.io/pod-name"), Is.EqualTo("db-1"));
            Assert.That(second.Label("apps.kubernetes.io/pod-index"), Is.EqualTo("1"));
            Assert.That(second.Label("controller-revision-hash"), Does.Match("^db-[a-z0-9]{9}$"));
            Assert.That(second.Label("pod-template-hash"), Is.Null);
            Assert.That(second.Metadata.OwnerReferences.Single() is
                { Kind.Value: "StatefulSet", Name.Value: "db", Controller.Value: true });
            Assert.That((second.Spec!.Hostname!.Value, second.Spec.Subdomain!.Value), Is.EqualTo(("db-1", "db")));
            Assert.That(slice.Endpoints.Select(static e => e.Hostname?.Value),
                Is.EqualTo((string[])["db-0", "db-1", "db-2"]));
        });
    }

    [Test]
    public void More_pods_come_one_after_the_other_each_when_the_one_before_is_ready()
    {
        LiveCluster c = LiveClusterTests.Make(World());
        KubeOutcome outcome = LiveClusterTests.Do(c, new ScaleWorkload("default", "db", 5, "StatefulSet"), 10 * S);
        Assert.That(outcome.Messages, Is.EqualTo((string[])["statefulset.apps/db scaled"]));
        Assert.That(LiveClusterTests.Alive(c), Is.EqualTo((string[])["db-0", "db-1", "db-2", "db-3"]));
        Run(c, 60 * S);
        PodState third = c.Pods.Single(static p => p.Name == "db-3");
        PodState fourth = c.Pods.Single(static p => p.Name == "db-4");
        Assert.That(fourth.CreatedNs, Is.GreaterThan(third.StartedNs).And.LessThan(fourth.StartedNs));
        Assert.That(fourth.IsReady);
    }

    [Test]
    public void Parallel_makes_and_ends_them_together()
    {
        LiveCluster c = LiveClusterTests.Make(World(", podManagementPolicy: Parallel"));
        LiveClusterTests.Do(c, new ScaleWorkload("default", "db", 5, "StatefulSet"), 10 * S);
        Assert.That(LiveClusterTests.Alive(c), Has.Length.EqualTo(5));
        Run(c, 60 * S);
        LiveClusterTests.Do(c, new ScaleWorkload("default", "db", 1, "StatefulSet"), 60 * S);
        Assert.That(LiveClusterTests.Alive(c), Is.EqualTo((string[])["db-0"]));
    }

    [Test]
    public void Fewer_pods_go_from_the_highest_number_each_when_the_one_above_is_gone()
    {
        LiveCluster c = LiveClusterTests.Make(World());
        LiveClusterTests.Do(c, new ScaleWorkload("default", "db", 1, "StatefulSet"), 10 * S);
        Assert.That(LiveClusterTests.Alive(c), Is.EqualTo((string[])["db-0", "db-1"]));
        long gone = c.Pods.Single(static p => p.Name == "db-2").GoneNs;
        c.Advance(gone - 1);
        Assert.That(LiveClusterTests.Alive(c), Is.EqualTo((string[])["db-0", "db-1"]));
        c.Advance(gone);
        Assert.That(LiveClusterTests.Alive(c), Is.EqualTo((string[])["db-0"]));
    }

    [Test]
    public void A_restart_replaces_the_highest_number_first_and_waits_for_each()
    {
        LiveCluster c = LiveClusterTests.Make(World());
        LiveClusterTests.Do(c, new RestartWorkload("default", "db", "StatefulSet"), 10 * S);
        Assert.That(LiveClusterTests.Alive(c), Is.EqualTo((string[])["db-0", "db-1"]));
        Run(c, 300 * S);
        PodState[] after = [.. c.Pods.Where(static p => !p.IsGone)];
        Assert.Multiple(() =>
        {
            Assert.That(after.Select(static p => p.Name), Is.EqualTo((string[])["db-2", "db-1", "db-0"]));
            Assert.That(after, Has.All.Matches<PodState>(static p => p is { IsReady: true, Incarnation: 1 }));
            Assert.That(after[1].CreatedNs, Is.GreaterThan(after[0].StartedNs));
            Assert.That(after.Select(static p => p.Ip), Is.Unique);
        });
    }

    [TestCase(", updateStrategy: {type: OnDelete}", 0)]
    [TestCase(", updateStrategy: {rollingUpdate: {partition: 2}}", 1)]
    public void A_strategy_limits_what_is_replaced(string strategy, int replaced)
    {
        LiveCluster c = LiveClusterTests.Make(World(strategy));
        LiveClusterTests.Do(c, new RestartWorkload("default", "db", "StatefulSet"), 10 * S);
        Run(c, 300 * S);
        Assert.That(c.Pods.Count(static p => p is { IsGone: false, Incarnation: 1 }), Is.EqualTo(replaced));
        Assert.That(c.Pods.Count(static p => !p.IsGone), Is.EqualTo(3));
    }

    [Test]
    public void A_killed_pod_comes_back_under_its_name()
    {
        LiveCluster c = LiveClusterTests.Make(World());
        LiveClusterTests.Do(c, new KillPod(1), 10 * S);
        Run(c, 60 * S);
        PodState back = c.Pods.Single(static p => p is { Name: "db-1", IsGone: false });
        Assert.That((back.Id, back.Incarnation, back.IsReady), Is.EqualTo((3, 1, true)));
    }

    [Test]
    public void A_lost_node_keeps_the_number_until_it_is_back()
    {
        LiveCluster c = LiveClusterTests.Make(World());
        string node = c.Pods[1].Node;
        LiveClusterTests.Do(c, new NodeChange(NodeChangeKind.Lost, node), 10 * S);
        LiveClusterTests.Do(c, new NodeChange(NodeChangeKind.Evict, node), 310 * S);
        Run(c, 600 * S);
        Assert.That(c.Pods.Count(static p => p.Name == "db-1"), Is.EqualTo(1));
        LiveClusterTests.Do(c, new NodeChange(NodeChangeKind.Found, node), 600 * S);
        Run(c, 700 * S);
        Assert.That(c.Pods.Last(static p => p.Name == "db-1") is { Incarnation: 1, IsReady: true });
    }

    internal static void Run(LiveCluster c, long untilNs)
    {
        while (c.NextEventAtNs is { } next && next <= untilNs)
        {
            c.Advance(next);
        }

        c.Advance(untilNs);
    }

    private static string World(string more = "") => $$"""
        apiVersion: v1
        kind: Namespace
        metadata: {name: default, labels: {istio-injection: enabled} }
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: db, namespace: default}
        spec: {clusterIP: None, selector: {app: db}, ports: [{name: http, port: 8080}]}
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: db, namespace: default}
        spec:
          {serviceName: db, replicas: 3, selector: {matchLabels: {app: db} }{{more}}, template: {metadata: {labels:
          {app: db} }, spec: {containers: [{name: app, image: app, ports: [{containerPort: 8080}]}] } } }
        """;
}
