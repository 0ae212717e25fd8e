using Sim.Core;
using Sim.Manifests;
using Sim.Runs;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;

namespace Sim.Tests.Runs.Kube;

/// <summary>Pods of Jobs, on clocks added up by hand.</summary>
/// <remarks>A new pod's application is up after 3 s (1 s schedule, 2 s startup), ends after 30 s more, and is gone when
/// its drain of 5 s is over.</remarks>
[TestFixture]
internal sealed class JobTests
{
    private const long S = SimDuration.Second;

    private static readonly int[] None = [];

    [TestCase("", new[] { 0 }, new[] { 35 })]
    [TestCase("completions: 3, ", new[] { 0, 35, 73 }, new[] { 35, 73, 111 })]
    [TestCase("completions: 4, parallelism: 2, ", new[] { 0, 0, 35, 35 }, new[] { 35, 35, 73, 73 })]
    [TestCase("completions: 3, parallelism: 2, ", new[] { 0, 0, 35 }, new[] { 35, 35, 73 })]
    [TestCase("completions: 1, parallelism: 2, ", new[] { 0 }, new[] { 35 })]
    [TestCase("parallelism: 2, ", new[] { 0, 0 }, new[] { 35, 35 })]
    [TestCase("completions: 0, ", new int[0], new int[0])]
    [TestCase("parallelism: 0, ", new int[0], new int[0])]
    [TestCase("suspend: true, ", new int[0], new int[0])]
    public void A_Job_of_the_first_manifests_begins_at_zero_and_ends(string spec, int[] created, int[] gone)
    {
        LiveCluster c = Make(Batch(spec));
        Assert.That(Clock(c), Is.EqualTo((created, gone)));
    }

    [Test]
    public void An_applied_Job_begins_when_its_pods_are_up()
    {
        LiveCluster c = Make("");
        LiveClusterTests.Do(c, new ApplyManifests("j.yaml", Batch("")), 10 * S);
        Assert.That(Clock(c), Is.EqualTo((new[] { 10 }, new[] { 48 })));
        Assert.That(c.Pods[0] is { Workload: "batch", HasSidecar: true, HasEnded: true });
        Assert.That(c.Pods[0].Name, Does.Match("^batch-[a-z0-9]{5}$"));
        Assert.That(c.Pods[0].Labels["batch.kubernetes.io/job-name"], Is.EqualTo("batch"));
    }

    [Test]
    public void An_application_that_has_ended_does_not_serve_and_its_endpoint_goes()
    {
        const string Service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: batch, namespace: default}\n"
            + "spec: {selector: {app: batch}, ports: [{port: 80}]}\n";
        LiveCluster c = Make(Batch("") + Service);
        StatefulSetTests.Run(c, (30 * S) - 1);
        Assert.That(c.Pods[0] is { IsServing: true, IsReady: true, IsTerminating: false });
        StatefulSetTests.Run(c, 30 * S);
        Assert.That(c.Pods[0] is { IsServing: false, IsReady: false, IsTerminating: true, IsGone: false });
        StatefulSetTests.Run(c, 34 * S);
        Assert.That(c.LiveObjects().Of<EndpointSlice>().SelectMany(static e => e.Endpoints)
            .Where(static e => e.Conditions?.Ready?.Value == true), Is.Empty);
    }

    [TestCase(IstioProfile.V1_22, "", "", true)]
    [TestCase(IstioProfile.V1_22, ", sidecar.istio.io/inject: 'false'", "", false)]
    [TestCase(IstioProfile.V1_29, "", "sidecar.istio.io/nativeSidecar: 'false'", true)]
    [TestCase(IstioProfile.V1_29, "", "sidecar.istio.io/nativeSidecar: 'true'", false)]
    public void A_sidecar_that_is_not_native_keeps_the_pod_and_the_Job(
        IstioProfile profile, string labels, string annotations, bool isKept)
    {
        LiveCluster c = Make(Batch("completions: 2, ", labels, annotations), out DiagnosticBag found, profile);
        Assert.That(found.Items.Select(static d => d.Code), Is.EqualTo(isKept ? new[] { "MS3019" } : []));
        StatefulSetTests.Run(c, 1000 * S);
        Assert.That(c.Pods.Select(static p => (p.HasEnded, p.IsReady, p.IsGone)), Is.EqualTo(isKept
            ? [(true, false, false)] : new[] { (true, false, true), (true, false, true) }));
    }

    [Test]
    public void Without_a_stated_end_it_runs_on_and_says_so()
    {
        string other = Batch("").Replace("name: batch", "name: other", StringComparison.Ordinal);
        LiveCluster c = Make(other, out DiagnosticBag found);
        Assert.That(found.Items.Single() is { Code: "MS3090", Hint: "workloads: [{match: {workload: other}, "
            + "completesAfter: 30s}]" });
        Assert.That(c.NextEventAtNs, Is.Null);
        Assert.That(c.Pods.Single().IsReady);
    }

    [Test]
    public void Suspended_and_resumed_it_begins_again()
    {
        LiveCluster c = Make(Batch(""));
        Suspend(c, "true", 10 * S);
        Assert.That(c.Pods.Single().IsTerminating);
        Suspend(c, "false", 20 * S);
        Assert.That(Clock(c), Is.EqualTo((new[] { 0, 20 }, new[] { 15, 58 })));
    }

    [Test]
    public void A_killed_pod_is_replaced_and_does_not_count()
    {
        LiveCluster c = Make(Batch("completions: 2, "));
        LiveClusterTests.Do(c, new KillPod(0), 10 * S);
        Assert.That(Clock(c), Is.EqualTo((new[] { 0, 10, 48 }, new[] { 10, 48, 86 })));
    }

    [Test]
    public void An_Indexed_Job_gives_each_number_until_it_has_succeeded()
    {
        LiveCluster c = Make(Batch("completions: 3, parallelism: 2, completionMode: Indexed, "));
        LiveClusterTests.Do(c, new KillPod(1), 10 * S);
        StatefulSetTests.Run(c, 1000 * S);
        Assert.That(c.Pods.Select(static p => p.Labels["batch.kubernetes.io/job-completion-index"]),
            Is.EqualTo((string[])["0", "1", "1", "2"]));
        Assert.That(c.Pods.Select(static p => p.Incarnation), Is.EqualTo((int[])[0, 0, 1, 0]));
        Assert.That(c.Pods[3].Name, Does.Match("^batch-2-[a-z0-9]{5}$"));
    }

    [Test]
    public void A_deleted_Job_ends_its_pods_and_begins_anew_when_applied_again()
    {
        LiveCluster c = Make(Batch("completions: 2, "));
        StatefulSetTests.Run(c, 40 * S);
        LiveClusterTests.Do(c, new DeleteObject("Job", "default", "batch"), 40 * S);
        LiveClusterTests.Do(c, new ApplyManifests("j.yaml", Batch("completions: 2, ")), 50 * S);
        Assert.That(Clock(c), Is.EqualTo((new[] { 0, 35, 50, 88 }, new[] { 35, 45, 88, 126 })));
    }

    [Test]
    public void A_dumped_Job_that_has_ended_makes_no_pods()
    {
        LiveCluster c = Make(Batch("") + "status: {succeeded: 1, conditions: [{type: Complete, status: 'True'}]}\n");
        Assert.That(Clock(c), Is.EqualTo((None, None)));
    }

    [Test]
    public void A_CronJob_is_told_as_not_modelled()
    {
        _ = Make("""
            apiVersion: batch/v1
            kind: CronJob
            metadata: {name: nightly, namespace: default}
            spec:
              schedule: '0 3 * * *'
              jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}}

            """, out DiagnosticBag found);
        Assert.That(found.Items.Single() is { Code: "MS3090", Resource: "CronJob default/nightly" });
    }

    [Test]
    public void Its_pod_is_a_caller_until_it_ends()
    {
        using SmallWorld world = new SmallWorld("us").Workload("us", "server").Service("us", "server")
            .Objects("us", Batch(""))
            .Spec("""
            duration: 60s
            seed: 1
            workloads: [{match: {workload: batch}, completesAfter: 30s}]
            traffic:
              - {name: t, from: {context: us, workload: batch}, rate: 10/s, arrivals: constant,
                 request: {curl: 'http://server/'} }
            """);
        RunResult run = world.Run();
        Assert.That(run.RequestsTotal, Is.EqualTo(300).Within(1), "ten a second for 30 s");
        Assert.That(run.ByCode, Is.EqualTo(new[] { new KeyValuePair<int, long>(200, run.RequestsTotal) }));
        Assert.That(run.Pods.Select(static p => p.Workload), Is.EqualTo((string[])["server"]));
    }

    private static void Suspend(LiveCluster c, string value, long atNs)
    {
        StatefulSetTests.Run(c, atNs);
        var patch = (YamlMapping)YamlReader.Read("spec: {suspend: " + value + "}", "p.yaml", new DiagnosticBag())[0];
        LiveClusterTests.Do(c, new PatchObject("Job", "default", "batch", patch), atNs);
    }

    /// <summary>When pods were made and when they were gone, in seconds.</summary>
    private static (int[] Created, int[] Gone) Clock(LiveCluster c)
    {
        StatefulSetTests.Run(c, 1000 * S);
        return ([.. c.Pods.Select(static p => (int)(p.CreatedNs / S)).Order()],
            [.. c.Pods.Where(static p => p.IsGone).Select(static p => (int)(p.GoneNs / S)).Order()]);
    }

    private static LiveCluster Make(string manifests)
    {
        LiveCluster c = Make(manifests, out DiagnosticBag found);
        Assert.That(found.Items, Is.Empty);
        return c;
    }

    private static LiveCluster Make(
        string manifests, out DiagnosticBag found, IstioProfile profile = IstioProfile.V1_29)
    {
        const string Text = """
            apiVersion: meshsim/v1alpha1
            kind: Scenario
            spec:
              clusters: [{name: us, region: us, zones: [a]}]
              workloads: [{match: {workload: batch}, completesAfter: 30s}]
            """;
        const string Space =
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: default, labels: {istio-injection: enabled}}\n---\n";
        found = new DiagnosticBag();
        ScenarioDocument d = ScenarioReader.Read(Text, "s.yaml", ".", null, "", found)!;
        var cluster = new LiveCluster(d, d.Clusters[0], profile);
        cluster.Load([new ScenarioFile("w.yaml", Space + manifests)], found);
        return cluster;
    }

    private static string Batch(string spec, string labels = "", string annotations = "") => $$"""
        apiVersion: batch/v1
        kind: Job
        metadata: {name: batch, namespace: default}
        spec:
          { {{spec}}template: {metadata: {labels: {app: batch{{labels}} }, annotations: { {{annotations}} } },
          spec: {restartPolicy: Never, containers: [{name: app, image: app}]} } }

        """;
}
