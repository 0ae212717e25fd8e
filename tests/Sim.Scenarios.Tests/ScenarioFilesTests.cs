using Sim.Core;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;

namespace Sim.Scenarios.Tests;

/// <summary>Every edition of every scenario reads, and its clusters come up as its README says.</summary>
internal sealed class ScenarioFilesTests
{
    [TestCaseSource(typeof(Repository), nameof(Repository.Editions))]
    public void Edition_reads_without_errors_and_its_timeline_can_be_carried_out(string scenario, string variant)
    {
        var bag = new DiagnosticBag();
        ScenarioDocument d = Repository.Read(scenario, variant, bag);
        TimelineChanges.Check(d, bag);
        Assert.That(bag.Items.Where(static i => i.Severity == Severity.Error), Is.Empty);
        Assert.That(d.Assertions.Count + d.Observation.Queries.Count + d.Observation.Expectations.Count
            + d.Static.Expect.Count, Is.Positive);
        Assert.That(d.Variant, Is.EqualTo(variant));
        Assert.That(d.Description.Value, Is.Not.Empty);
        Assert.That(d.Variants, Has.All.Matches<VariantInfo>(static v => v.Description.Length > 0));
    }

    [TestCaseSource(typeof(Repository), nameof(Repository.Editions))]
    public void Every_caller_exists_and_its_pods_are_ready(string scenario, string variant)
    {
        ScenarioDocument d = Repository.Read(scenario, variant, new DiagnosticBag());
        Dictionary<string, LiveCluster> clusters = d.Clusters.ToDictionary(static c => c.Name.Value,
            c => Up(d, c.Name));
        var seen = new HashSet<(string Cluster, string Namespace, string Workload)>();
        void Look()
        {
            foreach (PodState p in clusters.Values.SelectMany(static c => c.Pods).Where(static p => p.IsReady))
            {
                seen.Add((p.Cluster, p.Namespace, p.Workload));
            }
        }

        Look();
        foreach (TimelineStep step in d.Timeline.Where(static s => s.Kind != StepKind.Fault))
        {
            foreach (LiveCluster c in clusters.Values)
            {
                c.Advance(step.AtNs);
            }

            Look();
            KubectlCommand command = TimelineChanges.Of(d, step, new DiagnosticBag())!;
            foreach (KubeChange change in command.Changes)
            {
                clusters[command.Cluster].Apply(change, step.AtNs, new DiagnosticBag());
            }
        }

        foreach (LiveCluster c in clusters.Values)
        {
            c.Advance(d.DurationNs);
        }

        Look();
        foreach (SourceSpec from in d.Traffic.Select(static t => t.From).Concat(d.Probes.Select(static p => p.From)))
        {
            // Callers outside have no pods, but a gateway to enter by, in their region unless a cluster is named.
            IEnumerable<string> places = from.Cluster.Value.Length > 0 ? [from.Cluster.Value]
                : d.Clusters.Where(c => c.Region.Value == from.Region.Value).Select(static c => c.Name.Value);
            string at = from.IsOutside ? from.Ingress.Value : from.Workload.Value;
            Assert.That(places.Any(c => seen.Contains((c, from.Namespace.Value, at))), from.ToString());
        }
    }

    [Test]
    public void Fixed_disaster_recovery_has_one_pod_in_each_of_four_zones()
    {
        ScenarioDocument d = Repository.Read("disaster-recovery", "", new DiagnosticBag());
        string[] zones = d.Clusters.SelectMany(c => Up(d, c.Name).Pods)
            .Where(static p => p.Workload == "transaction-service").Select(static p => p.Zone)
            .Order(StringComparer.Ordinal).ToArray();
        Assert.That(zones, Is.EqualTo((string[])["eu-west-a", "eu-west-b", "us-east-a", "us-east-b"]));
        PodState client = Up(d, "us-east").Pods.Single(static p => p.Workload == "account-service");
        Assert.That(client.Zone, Is.EqualTo("us-east-a"));
    }

    [Test]
    public void As_written_disaster_recovery_rule_is_refused_and_nodes_have_no_locality()
    {
        ScenarioDocument d = Repository.Read("disaster-recovery", "as-written", new DiagnosticBag());
        var bag = new DiagnosticBag();
        LiveCluster us = Up(d, "us-east", bag);
        Assert.That(bag.Items.Select(static i => i.Message),
            Has.Some.Contains("unknown field \"spec.trafficPolicy.localityLbSetting\""));
        Assert.That(us.LiveObjects().Of<Sim.Manifests.DestinationRule>(), Is.Empty);
        Assert.That(us.Pods.Select(static p => p.Region + p.Zone), Is.All.Empty);
        Assert.That(Up(d, "eu-west").Pods, Has.None.Matches<PodState>(static p =>
            p.HasSidecar || p.Workload == "transaction-service"));
    }

    [Test]
    public void As_written_residency_policy_is_refused_with_both_messages()
    {
        ScenarioDocument d = Repository.Read("data-residency", "as-written", new DiagnosticBag());
        var bag = new DiagnosticBag();
        LiveCluster eu = Up(d, "eu-west", bag);
        Assert.That(bag.Items.Select(static i => i.Message),
            Has.Some.Contains("`key` source.cluster: unknown attribute: source.cluster"));
        Assert.That(eu.LiveObjects().Of<Sim.Manifests.AuthorizationPolicy>(), Is.Empty);
    }

    [Test]
    public void As_written_installation_is_refused_and_the_next_line_fails()
    {
        Sim.Runs.RunResult r = Sim.Runs.ScenarioRunner.Run(new Sim.Runs.ScenarioRequest(
            Path.Combine(Repository.Root, "scenarios", "first-cluster"), Variant: "as-written"), null, default).Result!;
        Assert.That(r.Findings.Where(static f => f.Code == ScenarioCodes.StepFailed).Select(static f => f.Message),
            Has.One.EqualTo("Error from server (NotFound): namespaces \"istio-system\" not found"));
    }

    [Test]
    public void Lab_editions_keep_what_the_lab_means()
    {
        ScenarioDocument d = Repository.Read("data-residency", "lab", new DiagnosticBag());
        Assert.That(Up(d, "eu-west").LiveObjects().Of<Sim.Manifests.AuthorizationPolicy>().Single().Name,
            Is.EqualTo("eu-data-residency"));
        d = Repository.Read("disaster-recovery", "lab", new DiagnosticBag());
        var bag = new DiagnosticBag();
        Sim.Manifests.DestinationRule rule =
            Up(d, "us-east", bag).LiveObjects().Of<Sim.Manifests.DestinationRule>().Single();
        Assert.That(rule.Spec?.TrafficPolicy?.LoadBalancer?.LocalityLbSetting?.Failover.Single().To?.Value,
            Is.EqualTo("eu-west"));
        Assert.That(rule.Spec?.TrafficPolicy?.OutlierDetection?.Consecutive5xxErrors?.Value, Is.EqualTo(2));
        Assert.That(bag.Items.Where(static i => i.Message.Contains("region-wildcards", StringComparison.Ordinal)),
            Is.Not.Empty, "an extension that is used is named");
    }

    private static LiveCluster Up(ScenarioDocument d, string name, DiagnosticBag? bag = null)
    {
        ClusterSpec spec = d.FindCluster(name)!;
        var cluster = new LiveCluster(d, spec, IstioProfile.V1_29);
        cluster.Load(ScenarioFiles.Manifests(d, spec), bag ?? new DiagnosticBag());
        return cluster;
    }
}
