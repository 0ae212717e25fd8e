using Sim.Core;
using Sim.Manifests;
using Sim.Runs.Kube;

namespace Sim.Tests.Runs.Kube;

/// <summary>Controllers that wait until a pod has been ready for <c>minReadySeconds</c>, on clocks added up by hand.
/// </summary>
/// <remarks>A pod is Ready 4 s after its creation (2 s startup, 2 s other delays), a drain lasts 5 s.</remarks>
[TestFixture]
internal sealed class MinReadySecondsTests
{
    private const long S = SimDuration.Second;

    /// <summary>Ready after 4 s and available 10 s later: each wave of one pod takes 14 s.</summary>
    [TestCase("", new[] { 100, 114, 128 }, new[] { 114, 128, 142 })]
    [TestCase(", strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1} }", new[] { 100, 114, 128 },
        new[] { 100, 114, 128 })]
    [TestCase(", strategy: {rollingUpdate: {maxSurge: 2, maxUnavailable: 0} }", new[] { 100, 100, 114 },
        new[] { 114, 114, 128 })]
    [TestCase(", strategy: {type: Recreate}", new[] { 105, 105, 105 }, new[] { 100, 100, 100 })]
    public void A_Deployment_counts_on_pods_that_are_available(string strategy, int[] created, int[] ended)
    {
        LiveCluster c = LiveClusterTests.Make(World("Deployment", strategy));
        LiveClusterTests.Do(c, new RestartWorkload("default", "db"), 100 * S);
        Assert.That(Clock(c), Is.EqualTo((created, ended)));
    }

    [Test]
    public void A_node_that_comes_back_makes_its_pods_wait_again()
    {
        LiveCluster c = LiveClusterTests.Make(World("Deployment", ""));
        LiveClusterTests.Do(c, new RestartWorkload("default", "db"), 100 * S);
        string node = c.Pods[3].Node;
        LiveClusterTests.Do(c, new NodeChange(NodeChangeKind.Lost, node), 106 * S);
        LiveClusterTests.Do(c, new NodeChange(NodeChangeKind.Found, node), 108 * S);
        StatefulSetTests.Run(c, 117 * S);
        Assert.That(c.Pods.Where(static p => p.IsTerminating), Is.Empty, "it has been ready since 108 s");
        StatefulSetTests.Run(c, 118 * S);
        Assert.That(c.Pods.Count(static p => p.IsTerminating), Is.EqualTo(1));
    }

    [Test]
    public void A_shorter_time_holds_from_the_next_look()
    {
        LiveCluster c = LiveClusterTests.Make(World("Deployment", ""));
        LiveClusterTests.Do(c, new RestartWorkload("default", "db"), 100 * S);
        var patch = (YamlMapping)YamlReader.Read("{spec: {minReadySeconds: 3} }", "p.yaml", new DiagnosticBag())[0];
        LiveClusterTests.Do(c, new PatchObject("Deployment", "default", "db", patch), 105 * S);
        StatefulSetTests.Run(c, 106 * S);
        Assert.That(c.Pods.Where(static p => p.IsTerminating), Is.Empty);
        StatefulSetTests.Run(c, 107 * S);
        Assert.That(c.Pods.Count(static p => p.IsTerminating), Is.EqualTo(1));
    }

    /// <summary>Drain 5 s, ready after 4 s, available 10 s later: 19 s from one deletion to the next.</summary>
    [TestCase("")]
    [TestCase(", podManagementPolicy: Parallel")]
    public void A_StatefulSet_replaces_a_pod_when_the_one_above_is_available(string policy)
    {
        LiveCluster c = LiveClusterTests.Make(World("StatefulSet", ", serviceName: db" + policy));
        LiveClusterTests.Do(c, new RestartWorkload("default", "db", "StatefulSet"), 100 * S);
        Assert.That(Clock(c), Is.EqualTo((new[] { 105, 124, 143 }, new[] { 100, 119, 138 })));
    }

    [TestCase("", 114)]
    [TestCase(", podManagementPolicy: Parallel", 100)]
    public void A_StatefulSet_in_order_makes_a_pod_when_the_one_below_is_available(string policy, int second)
    {
        LiveCluster c = LiveClusterTests.Make(World("StatefulSet", ", serviceName: db" + policy));
        LiveClusterTests.Do(c, new ScaleWorkload("default", "db", 5, "StatefulSet"), 100 * S);
        Assert.That(Clock(c).Created, Is.EqualTo(new[] { 100, second }));
    }

    [Test]
    public void A_StatefulSet_ends_its_only_pod_that_is_not_available_at_once()
    {
        LiveCluster c = LiveClusterTests.Make(World("StatefulSet", ", serviceName: db"));
        LiveClusterTests.Do(c, new ScaleWorkload("default", "db", 4, "StatefulSet"), 100 * S);
        LiveClusterTests.Do(c, new ScaleWorkload("default", "db", 3, "StatefulSet"), 106 * S);
        Assert.That(Clock(c).Ended, Is.EqualTo(new[] { 106 }));
    }

    [Test]
    public void A_StatefulSet_keeps_the_highest_waiting_while_a_lower_one_is_not_available()
    {
        LiveCluster c = LiveClusterTests.Make(
            World("StatefulSet", ", serviceName: db").Replace("replicas: 3", "replicas: 5", StringComparison.Ordinal),
            "[a, b, c, d, e]");
        foreach (int pod in (int[])[3, 4])
        {
            LiveClusterTests.Do(c, new NodeChange(NodeChangeKind.Lost, c.Pods[pod].Node), 100 * S);
        }

        LiveClusterTests.Do(c, new ScaleWorkload("default", "db", 3, "StatefulSet"), 100 * S);
        Assert.That(c.Pods.Where(static p => p.IsTerminating), Is.Empty, "both are not ready: the higher one waits");
        LiveClusterTests.Do(c, new NodeChange(NodeChangeKind.Found, c.Pods[4].Node), 110 * S);
        Assert.That(Clock(c).Ended, Is.EqualTo(new[] { 120, 125 }), "ready at 110, available at 120");
    }

    /// <summary>Drain 5 s, ready after 4 s, available 10 s later.</summary>
    [Test]
    public void A_DaemonSet_replaces_the_next_when_the_last_is_available()
    {
        LiveCluster c = LiveClusterTests.Make(World("DaemonSet", "", replicas: ""), "[a, b, c]");
        LiveClusterTests.Do(c, new RestartWorkload("default", "db", "DaemonSet"), 100 * S);
        Assert.That(Clock(c), Is.EqualTo((new[] { 105, 124, 143 }, new[] { 100, 119, 138 })));
    }

    /// <summary>When the pods made in the run were made, and when pods were deleted, in seconds.</summary>
    private static (int[] Created, int[] Ended) Clock(LiveCluster c)
    {
        Dictionary<int, long> ended = [];
        for (bool goesOn = true; goesOn;)
        {
            foreach (PodState p in c.Pods.Where(static p => p.IsTerminating && p.GoneNs < long.MaxValue))
            {
                ended.TryAdd(p.Id, p.GoneNs - (5 * S));
            }

            goesOn = c.NextEventAtNs is not null;
            c.Advance(c.NextEventAtNs ?? 1000 * S);
        }

        return ([.. c.Pods.Where(static p => p.CreatedNs > 0).Select(static p => (int)(p.CreatedNs / S)).Order()],
            [.. ended.Values.Select(static ns => (int)(ns / S)).Order()]);
    }

    private static string World(string kind, string more, string replicas = "replicas: 3, ") => $$"""
        apiVersion: v1
        kind: Namespace
        metadata: {name: default}
        ---
        apiVersion: apps/v1
        kind: {{kind}}
        metadata: {name: db, namespace: default}
        spec:
          { {{replicas}}minReadySeconds: 10, selector: {matchLabels: {app: db} }{{more}}, template: {metadata: {labels:
          {app: db} }, spec: {containers: [{name: app, image: app}]} } }
        """;
}
