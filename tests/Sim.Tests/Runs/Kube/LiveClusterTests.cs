using Sim.Core;
using Sim.Manifests;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;

namespace Sim.Tests.Runs.Kube;

/// <summary>The life of pods, with every delay stated and added up by hand.</summary>
internal sealed class LiveClusterTests
{
    private const long Ms = SimDuration.Millisecond;
    private const long S = SimDuration.Second;

    private const string World = """
        apiVersion: v1
        kind: Namespace
        metadata: {name: default, labels: {istio-injection: enabled}}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: tx, namespace: default}
        spec:
          replicas: 3
          selector: {matchLabels: {app: tx}}
          template:
            metadata: {labels: {app: tx}}
            spec: {containers: [{name: app, image: httpd, ports: [{name: web, containerPort: 8080}]}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: tx, namespace: default}
        spec: {selector: {app: tx}, ports: [{name: http, port: 80, targetPort: web}]}
        """;

    internal static LiveCluster Make(string manifests, string zones = "[a, b]", string more = "")
    {
        string text = $$"""
            apiVersion: meshsim/v1alpha1
            kind: Scenario
            spec:
              clusters: [{name: us, region: us, zones: {{zones}}{{more}}}]
              workloads: [{match: {workload: tx}, startup: 6s}]
            """;
        var bag = new DiagnosticBag();
        ScenarioDocument d = ScenarioReader.Read(text, "s.yaml", ".", null, "", bag)!;
        var cluster = new LiveCluster(d, d.Clusters[0], IstioProfile.V1_29);
        cluster.Load([new ScenarioFile("w.yaml", manifests)], bag);
        Assert.That(bag.Items, Is.Empty);
        return cluster;
    }

    internal static KubeOutcome Do(LiveCluster c, KubeChange change, long atNs)
    {
        var bag = new DiagnosticBag();
        KubeOutcome outcome = c.Apply(change, atNs, bag);
        Assert.That(bag.Items, Is.Empty);
        return outcome;
    }

    internal static string[] Alive(LiveCluster c) =>
        c.Pods.Where(static p => p is { IsGone: false, IsTerminating: false }).Select(static p => p.Name).ToArray();

    private static string[] ReadyEndpoints(LiveCluster c) => c.LiveObjects().Of<EndpointSlice>().Single().Endpoints
        .Where(static e => e.Conditions?.Ready?.Value == true).Select(static e => e.Addresses[0].Value).ToArray();

    [Test]
    public void First_manifests_are_up_spread_and_injected_at_zero()
    {
        LiveCluster c = Make(World);
        Assert.That(c.Pods.Select(static p => p.Zone), Is.EqualTo((string[])["a", "b", "a"]));
        Assert.That(c.Pods.Select(static p => p.Ip), Is.EqualTo((string[])["10.10.0.10", "10.10.0.11", "10.10.0.12"]));
        Assert.That(c.Pods, Has.All.Matches<PodState>(static p =>
            p is { IsReady: true, HasSidecar: true, Region: "us" }));
        Assert.That(c.NextEventAtNs, Is.Null);
        EndpointSlice slice = c.LiveObjects().Of<EndpointSlice>().Single();
        Assert.That(slice.Ports.Single().Port!.Value, Is.EqualTo(8080));
        Assert.That(slice.Label("kubernetes.io/service-name"), Is.EqualTo("tx"));
        Assert.That(ReadyEndpoints(c), Has.Length.EqualTo(3));
        Assert.That(c.LiveObjects().Find<Service>("default", "tx")!.Spec!.ClusterIP!.Value, Is.EqualTo("10.96.0.10"));
        Assert.That(c.LiveObjects().Of<Node>().Select(static n => n.Name), Is.EqualTo((string[])["a-node", "b-node"]));
        Assert.That(c.LiveObjects().Of<Pod>().Select(static p => p.Label("security.istio.io/tlsMode")),
            Is.All.EqualTo("istio"));
    }

    [Test]
    public void Scale_to_zero_leaves_the_endpoints_after_slice_and_watch_delay_and_drains()
    {
        LiveCluster c = Make(World);
        KubeOutcome outcome = Do(c, new ScaleWorkload("default", "tx", 0), 100 * S);
        Assert.That(outcome.Messages, Is.EqualTo((string[])["deployment.apps/tx scaled"]));
        Assert.That(c.Pods, Has.All.Matches<PodState>(static p => p is { IsTerminating: true, IsServing: true }));
        int version = c.Version;
        Assert.That(c.NextEventAtNs, Is.EqualTo(100 * S + 20 * Ms), "istiod hears of the Deployment");
        c.Advance(100 * S + 69 * Ms);
        Assert.That(ReadyEndpoints(c), Has.Length.EqualTo(3));
        c.Advance(100 * S + 70 * Ms);
        Assert.That(ReadyEndpoints(c), Is.Empty);
        Assert.That(c.Version, Is.GreaterThan(version));
        c.Advance(105 * S - 1);
        Assert.That(c.Pods, Has.All.Matches<PodState>(static p => p.IsServing));
        c.Advance(105 * S);
        Assert.That(c.Pods, Has.All.Matches<PodState>(static p => p.IsGone));
        c.Advance(106 * S);
        Assert.That(c.LiveObjects().Of<EndpointSlice>().Single().Endpoints, Is.Empty);
        Assert.That(c.NextEventAtNs, Is.Null);
    }

    [Test]
    public void New_pod_needs_schedule_startup_readiness_slice_and_watch()
    {
        LiveCluster c = Make(World);
        Do(c, new ScaleWorkload("default", "tx", 4), 10 * S);
        Assert.That(c.Pods[3].Phase, Is.EqualTo(PodPhase.Pending));
        Assert.That(c.Pods[3].Zone, Is.EqualTo("b"));
        c.Advance(17 * S);
        Assert.That((c.Pods[3].Phase, c.Pods[3].IsReady), Is.EqualTo((PodPhase.Running, false)));
        c.Advance(18 * S);
        Assert.That(c.Pods[3].IsReady, Is.True);
        c.Advance(18 * S + 69 * Ms);
        Assert.That(ReadyEndpoints(c), Has.Length.EqualTo(3));
        c.Advance(18 * S + 70 * Ms);
        Assert.That(ReadyEndpoints(c), Has.Length.EqualTo(4));
    }

    [Test]
    public void Scale_down_takes_unready_then_crowded_node_then_newest()
    {
        LiveCluster c = Make(World);
        Do(c, new ScaleWorkload("default", "tx", 4), 10 * S); // Pod 3 is still starting.
        Do(c, new ScaleWorkload("default", "tx", 3), 11 * S);
        Assert.That(c.Pods[3].IsTerminating, Is.True);
        Do(c, new ScaleWorkload("default", "tx", 2), 12 * S); // Zone a has two pods; the newer of them goes.
        Assert.That(c.Pods.Where(static p => p.IsTerminating).Select(static p => p.Id), Is.EqualTo((int[])[2, 3]));
        Do(c, new ScaleWorkload("default", "tx", 1), 13 * S);
        Assert.That(c.Pods[1].IsTerminating, Is.True);
    }

    [Test]
    public void Rollout_restart_keeps_surge_and_availability()
    {
        LiveCluster c = Make(World); // 3 replicas: surge 1, unavailable 0.
        Do(c, new RestartWorkload("default", "tx"), 10 * S);
        string old = c.Pods[0].Labels["pod-template-hash"];
        Assert.That(c.Pods, Has.Count.EqualTo(4));
        int least = int.MaxValue;
        int most = 0;
        while (c.NextEventAtNs is { } at)
        {
            c.Advance(at);
            least = Math.Min(least, c.Pods.Count(static p => p.IsReady));
            most = Math.Max(most, Alive(c).Length);
        }

        Assert.That((least, most), Is.EqualTo((3, 4)));
        Assert.That(c.Pods.Where(static p => !p.IsGone).Select(static p => p.Labels["pod-template-hash"]),
            Is.All.Not.EqualTo(old).And.Exactly(3).Items);
        Assert.That(c.Pods.Max(static p => p.CreatedNs), Is.EqualTo(26 * S), "each wave takes 8 s");
    }

    [Test]
    public void A_pod_older_than_the_namespace_label_has_no_sidecar_until_restarted()
    {
        LiveCluster c = Make(World.Replace("labels: {istio-injection: enabled}", "labels: {}",
            StringComparison.Ordinal));
        Assert.That(c.Pods, Has.All.Matches<PodState>(static p => !p.HasSidecar));
        Do(c, new LabelObject("namespace", "default", "default", [new("istio-injection", "enabled")]), 5 * S);
        Assert.That(c.Pods, Has.Count.EqualTo(3));
        Assert.That(c.Pods, Has.All.Matches<PodState>(static p => !p.HasSidecar));
        Do(c, new RestartWorkload("default", "tx"), 10 * S);
        c.Advance(100 * S);
        Assert.That(c.Pods.Where(static p => !p.IsGone), Has.All.Matches<PodState>(static p => p.HasSidecar));
    }

    [TestCase("{istio-injection: enabled}", "{}", true)]
    [TestCase("{istio-injection: enabled}", "{sidecar.istio.io/inject: 'false'}", false)]
    [TestCase("{istio-injection: disabled}", "{sidecar.istio.io/inject: 'true'}", false)]
    [TestCase("{}", "{sidecar.istio.io/inject: 'true'}", true)]
    [TestCase("{}", "{}", false)]
    [TestCase("{istio.io/rev: default}", "{}", true)]
    [TestCase("{istio.io/rev: canary}", "{}", false)]
    public void Injection_follows_namespace_and_pod_labels(string space, string pod, bool expected)
    {
        LiveCluster c = Make(World.Replace("labels: {istio-injection: enabled}", "labels: " + space,
            StringComparison.Ordinal).Replace("metadata: {labels: {app: tx}}",
            "metadata: {labels: {app: tx" + (pod == "{}" ? "" : ", " + pod[1..^1]) + "}}", StringComparison.Ordinal));
        Assert.That(c.Pods[0].HasSidecar, Is.EqualTo(expected));
    }

    [Test]
    public void A_cluster_without_control_plane_injects_nothing() =>
        Assert.That(Make(World, more: ", controlPlane: {mode: none}").Pods[0].HasSidecar, Is.False);

    [Test]
    public void A_killed_pod_is_gone_at_once_and_replaced_while_istiod_hears_later()
    {
        LiveCluster c = Make(World);
        Do(c, new KillPod(1), 10 * S);
        Assert.That(c.Pods[1].IsGone, Is.True);
        Assert.That(Alive(c), Has.Length.EqualTo(3));
        Assert.That(ReadyEndpoints(c), Has.Length.EqualTo(3));
        c.Advance(10 * S + 70 * Ms);
        Assert.That(ReadyEndpoints(c), Has.Length.EqualTo(2));
        c.Advance(18 * S + 70 * Ms);
        Assert.That(ReadyEndpoints(c), Has.Length.EqualTo(3));
    }

    [Test]
    public void Apply_delete_and_patch_reach_istiod_after_the_watch_delay()
    {
        LiveCluster c = Make(World);
        const string rule = """
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: {name: dr, namespace: default}
            spec: {host: tx}
            """;
        Assert.That(Do(c, new ApplyManifests("r.yaml", rule), S).Messages,
            Is.EqualTo((string[])["destinationrule.networking.istio.io/dr created"]));
        c.Advance(S + 19 * Ms);
        Assert.That(c.LiveObjects().Of<DestinationRule>(), Is.Empty);
        c.Advance(S + 20 * Ms);
        Assert.That(c.LiveObjects().Of<DestinationRule>().Single().Span.File, Is.EqualTo("r.yaml"));
        Assert.That(Do(c, new DeleteObject("dr", "default", "dr"), 2 * S).Held, Is.True);
        Assert.That(Do(c, new DeleteObject("dr", "default", "dr"), 2 * S).Messages.Single(), Does.Contain("NotFound"));
        c.Advance(3 * S);
        Assert.That(c.LiveObjects().Of<DestinationRule>(), Is.Empty);
        var bag = new DiagnosticBag();
        var patch = (YamlMapping)YamlReader.Read("{spec: {replicas: 1}}", "p.yaml", bag)[0];
        Assert.That(Do(c, new PatchObject("deployment", "default", "tx", patch), 4 * S).Held, Is.True);
        Assert.That(Alive(c), Has.Length.EqualTo(1));
        Assert.That(Do(c, new DeleteObject("deployment", "default", "tx"), 5 * S).Held, Is.True);
        Assert.That(Alive(c), Is.Empty);
        Assert.That(Do(c, new ScaleWorkload("default", "tx", 1), 6 * S).Held, Is.False);
    }

    [Test]
    public void A_change_of_the_template_rolls_out_and_a_scale_alone_does_not()
    {
        LiveCluster c = Make(World);
        Do(c, new ScaleWorkload("default", "tx", 4), S);
        Assert.That(c.Pods.Select(static p => p.Labels["pod-template-hash"]).Distinct().Count(), Is.EqualTo(1));
        Do(c, new ApplyManifests("w2.yaml", World.Replace("httpd", "httpd:2", StringComparison.Ordinal)), 20 * S);
        c.Advance(200 * S);
        Assert.That(c.Pods.Where(static p => !p.IsGone).Select(static p => p.Labels["pod-template-hash"]).Distinct()
            .Single(), Is.Not.EqualTo(c.Pods[0].Labels["pod-template-hash"]));
        Assert.That(Alive(c), Has.Length.EqualTo(3), "the file names 3 replicas, and apply sets what a file names");
    }

    [Test]
    public void A_dump_is_taken_as_it_is_and_not_expanded_again()
    {
        const string dump = World + """

            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: tx-7-x, namespace: default, labels: {app: tx, security.istio.io/tlsMode: istio}}
            spec:
              {nodeName: n1, serviceAccountName: teller,
               containers: [{name: app, image: a}, {name: istio-proxy, image: p}]}
            status: {phase: Running, podIP: 10.9.9.9, conditions: [{type: Ready, status: "True"}]}
            ---
            apiVersion: v1
            kind: Node
            metadata: {name: n1, labels: {topology.kubernetes.io/region: r, topology.kubernetes.io/zone: z}}
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: tx-1, namespace: default, labels: {kubernetes.io/service-name: tx}}
            addressType: IPv4
            endpoints: [{addresses: [10.9.9.9], conditions: {ready: true}, nodeName: n1}]
            ports: [{name: http, port: 8080}]
            """;
        LiveCluster c = Make(dump);
        PodState p = c.Pods.Single();
        Assert.That((p.Name, p.Workload, p.Ip, p.Region, p.Zone, p.HasSidecar, p.ServiceAccount),
            Is.EqualTo(("tx-7-x", "tx", "10.9.9.9", "r", "z", true, "teller")));
        Assert.That(c.LiveObjects().Of<EndpointSlice>().Single().Name, Is.EqualTo("tx-1"));
        Assert.That(c.LiveObjects().Of<Pod>().Single().Span.File, Is.EqualTo("w.yaml"));
        Do(c, new ScaleWorkload("default", "tx", 2), S);
        c.Advance(20 * S);
        Assert.That(Alive(c), Has.Length.EqualTo(2));
        Assert.That(ReadyEndpoints(c), Is.EqualTo((string[])["10.9.9.9", "10.10.0.10"]));
        Do(c, new ScaleWorkload("default", "tx", 0), 30 * S);
        c.Advance(40 * S);
        Assert.That(c.LiveObjects().Of<EndpointSlice>().Single().Endpoints, Is.Empty);
        Assert.That(c.LiveObjects().Of<Pod>(), Is.Empty);
    }

    [Test]
    public void An_east_west_gateway_brings_its_service_and_pods()
    {
        LiveCluster c = Make(World, more: ", network: net-us, eastWestGateway: {replicas: 2, addresses: 2}");
        Service s = c.LiveObjects().Find<Service>("istio-system", "istio-eastwestgateway")!;
        Assert.That(s.Status!.LoadBalancer!.Ingress.Select(static i => i.Ip!.Value),
            Is.EqualTo((string[])["10.96.255.0", "10.96.255.1"]));
        Assert.That(s.Label("topology.istio.io/network"), Is.EqualTo("net-us"));
        Assert.That(c.Pods.Count(static p => p.Workload == "istio-eastwestgateway"), Is.EqualTo(2));
    }

    [Test]
    public void Same_changes_give_the_same_pods()
    {
        string Run()
        {
            LiveCluster c = Make(World);
            Do(c, new ScaleWorkload("default", "tx", 5), S);
            Do(c, new RestartWorkload("default", "tx"), 3 * S);
            Do(c, new KillPod(0), 4 * S);
            c.Advance(100 * S);
            return string.Join(' ', c.Pods.Select(static p => p.Name + p.Ip + p.Node + p.StartedNs + p.GoneNs))
                + c.Version;
        }

        string first = Run();
        Assert.That(Run(), Is.EqualTo(first));
    }
}
