using Sim.Core;
using Sim.Runs;
using Sim.Runs.Scenario;

namespace Sim.Tests.Runs.Outages;

/// <summary>What each side knows while an istiod or an API server is away.</summary>
internal sealed class ControlPlaneOutageTests
{
    private const string Scale = "{at: 20s, run: kubectl --context=us scale deployment web --replicas=1}";

    [Test]
    public void Istiod_away_keeps_its_proxies_on_what_they_had_until_they_find_it_again()
    {
        using OutageWorld world = new("{at: 10s, fault: {type: istiod-down, select: {context: us}, for: 1m}}, "
            + Scale);
        Assert.That(world.Endpoints("us", 15), Has.Length.EqualTo(6));
        Assert.That(world.Endpoints("us", 69), Has.Length.EqualTo(6));
        Assert.That(world.Endpoints("eu", 22), Has.Length.EqualTo(4), "the other istiod is there");
        Assert.That(world.Endpoints("us", 101), Has.Length.EqualTo(4), "30 s are the longest window");
    }

    [Test]
    public void New_pods_wait_for_their_configuration()
    {
        using OutageWorld world = new("{at: 10s, fault: {type: istiod-down, select: {context: us}, for: 1m}}, "
            + "{at: 20s, run: kubectl --context=us scale deployment web --replicas=5}");
        Assert.That(world.Endpoints("eu", 69), Has.Length.EqualTo(6));
        Assert.That(world.Endpoints("eu", 73), Has.Length.EqualTo(8));
        RunResult result = world.Run();
        Assert.That(result.Pods.Count(static p => p is { Cluster: "us", Workload: "web", IsReady: true }),
            Is.EqualTo(5));
    }

    [Test]
    public void Two_outages_that_overlap_end_with_the_later_one()
    {
        using OutageWorld world = new("{at: 10s, fault: {type: istiod-down, select: {context: us}, for: 1m}}, "
            + "{at: 12s, fault: {type: istiod-down, select: {context: us}, for: 10s}}, " + Scale);
        Assert.That(world.Endpoints("us", 60), Has.Length.EqualTo(6));
        Assert.That(world.Endpoints("us", 101), Has.Length.EqualTo(4));
    }

    [Test]
    public void Api_server_that_one_istiod_lost_is_stale_for_its_proxies_only()
    {
        using OutageWorld world = new("{at: 10s, fault: {type: kube-api-down, select: {context: us}, "
            + "target: {context: eu}, for: 1m}}, "
            + Scale);
        Assert.That(world.Endpoints("us", 30), Has.Length.EqualTo(4));
        Assert.That(world.Endpoints("eu", 69), Has.Length.EqualTo(6));
        Assert.That(world.Endpoints("eu", 71), Has.Length.EqualTo(4));
    }

    [Test]
    public void Api_server_that_is_gone_refuses_kubectl_and_says_so()
    {
        using OutageWorld world = new("{at: 10s, fault: {type: kube-api-down, select: {context: us}, for: 1m}}, "
            + Scale);
        Assert.That(world.Endpoints("us", 100), Has.Length.EqualTo(6));
        Assert.That(world.Run().Findings, Has.Some.Matches<Diagnostic>(static d => d.Code == ScenarioCodes.StepFailed
            && d.Message.StartsWith("The connection to the server us:6443 was refused", StringComparison.Ordinal)));
    }

    [Test]
    public void Configuration_that_a_proxy_refuses_leaves_the_last_one_in_force()
    {
        const string bad = """
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: web, namespace: default}
            spec:
              hosts: [web.default.svc.cluster.local]
              http:
              - match: [{uri: {regex: '/(?=x).*'}}]
                route: [{destination: {host: web.default.svc.cluster.local}}]
              - directResponse: {status: 418}
            """;
        using OutageWorld world = new(
            "{at: 20s, apply: {context: us, files: [bad.yaml]}}", ("bad.yaml", bad));
        RunResult result = world.Run();
        Assert.That(result.ByCode.Select(static c => c.Key), Is.EqualTo((int[])[200]));
        Assert.That(result.Events, Has.Some.Matches<RunEvent>(static e => e.Kind == "push"
            && e.Text.StartsWith("refuses route configuration 80", StringComparison.Ordinal)
            && e.Span.ToString().Contains("bad.yaml", StringComparison.Ordinal)));
    }

    [Test]
    public void A_field_that_breaks_its_rule_freezes_all_routes_and_is_told()
    {
        const string bad = """
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: elsewhere, namespace: default}
            spec:
              hosts: [elsewhere.example.com]
              http: [{route: [{destination: {host: web}, weight: 0}, {destination: {host: client}, weight: 0}]}]
            ---
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: web, namespace: default}
            spec:
              hosts: [web.default.svc.cluster.local]
              http: [{directResponse: {status: 418}}]
            """;
        using OutageWorld world = new("{at: 20s, apply: {context: us, files: [bad.yaml]}}", ("bad.yaml", bad));
        File.WriteAllText(Path.Combine(world.Request.Directory, "scenario.yaml"), File.ReadAllText(
            Path.Combine(world.Request.Directory, "scenario.yaml")).Replace("spec:\n", "spec:\n  admission: lax\n",
            StringComparison.Ordinal));
        RunResult result = world.Run();
        Assert.That(result.ByCode.Select(static c => c.Key), Is.EqualTo((int[])[200]), "418 never takes effect");
        Assert.That(result.Findings.Single(static f => f.Code == ScenarioCodes.Refused).Message,
            Does.Contain("refuses all route configurations").And.Contains("at least 1 item"));
        WhyReport report = WhyRunner.Explain(new WhyRequest(
            world.Request, "us/client", "http://web/", 30 * SimDuration.Second));
        Assert.That(report.Steps, Has.Some.Matches<WhyStep>(static s => s.Step == "proxy"
            && s.Text.StartsWith("it refuses all route configurations", StringComparison.Ordinal)));
    }

    [Test]
    public void Certificates_that_have_ended_fail_new_connections_only()
    {
        using OutageWorld world = new("{at: 20s, fault: {type: cert-expiry, select: {context: us}, for: 30s}}");
        RunResult result = world.Run();
        Assert.That(result.ByCode.Where(static c => c.Key != 200).Sum(static c => c.Value), Is.LessThan(20),
            "warm connections stay");
        using OutageWorld cold = new("{at: 20s, fault: {type: cert-expiry, select: {context: us}, for: 30s}}",
            ("rule.yaml", ""));
        File.AppendAllText(Path.Combine(cold.Request.Directory, "all.yaml"), """

            ---
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: {name: web, namespace: default}
            spec:
              host: web.default.svc.cluster.local
              trafficPolicy: {connectionPool: {http: {maxRequestsPerConnection: 1}}}
            """);
        IReadOnlyList<RequestRecord> requests = cold.Run().Requests;
        Assert.That(requests.Where(static r => r.StartNs is > 21_000_000_000 and < 50_000_000_000)
            .Select(static r => r.Code), Has.All.EqualTo(503));
        Assert.That(requests.Where(static r => r.StartNs is < 19_000_000_000 or > 51_000_000_000)
            .Select(static r => r.Code), Has.All.EqualTo(200));
    }

    [Test]
    public void Why_says_since_when_the_istiod_is_away()
    {
        using OutageWorld world = new("{at: 10s, fault: {type: istiod-down, select: {context: us}, for: 1m}}");
        WhyReport report = WhyRunner.Explain(new WhyRequest(
            world.Request, "us/client", "http://web/", 30 * SimDuration.Second));
        Assert.That(report.Steps, Has.Some.Matches<WhyStep>(static s => s.Step == "proxy"
            && s.Text == "its istiod is away since 10s: configuration of 0s"));
    }

    [TestCase("{type: istiod-down, select: {workload: web}}", "concerns whole clusters")]
    [TestCase("{type: dns-failure, select: {context: us}, target: {context: eu}}", "has no \"target\"")]
    [TestCase("{type: kube-api-down}", "needs select")]
    public void Fault_that_makes_no_sense_is_refused(string fault, string says)
    {
        using OutageWorld world = new("{at: 10s, fault: " + fault + "}");
        Assert.That(ScenarioRunner.Run(world.Request, null, default).Diagnostics.Select(static d => d.Message),
            Has.Some.Contains(says));
    }
}
