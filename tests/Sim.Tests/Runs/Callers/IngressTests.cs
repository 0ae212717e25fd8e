using Sim.Core;
using Sim.Runs;

namespace Sim.Tests.Runs.Callers;

/// <summary>Callers from outside, through a gateway: who answers, with what, how fast, and why.</summary>
internal sealed class IngressTests
{
    private const string Gateway = """
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: bank, namespace: default}
        spec:
          selector: {istio: ingressgateway}
          servers:
          - port: {number: 80, name: http, protocol: HTTP}
            hosts: [bank.example.com]
          - port: {number: 443, name: https, protocol: HTTPS}
            tls: {mode: SIMPLE, credentialName: bank}
            hosts: [bank.example.com]
        """;

    private const string Routes = """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: bank, namespace: default}
        spec:
          hosts: [bank.example.com]
          gateways: [bank]
          http:
          - match: [{uri: {prefix: /pay}}]
            route: [{destination: {host: pay}}]
          - match: [{uri: {prefix: /gone}}]
            directResponse: {status: 410}
          - match: [{uri: {prefix: /nobody}}]
            route: [{destination: {host: nobody}}]
        """;

    private static SmallWorld World(
        string url, string manifests = "", string more = "", string from = "region: us, ingress: istio-ingressgateway",
        string gateway = Gateway, string timeout = "")
    {
        SmallWorld world = new SmallWorld("us", "eu").Cluster("us", ", ingressGateway: {replicas: 2}")
            .Workload("us", "pay", 2).Service("us", "pay").Workload("us", "nobody", 0).Service("us", "nobody")
            .Objects("us", gateway).Objects("us", Routes);
        return (manifests.Length > 0 ? world.Objects("us", manifests) : world).Spec($$"""
            duration: 10s
            seed: 3
            topology: {links: [{between: [us, eu], rtt: 80ms}], proxyOverhead: 500us}
            workloads: [{match: {workload: pay}, serviceTime: 5ms}]
            traffic:
              - {name: users, from: { {{from}} }, rate: 20/s, arrivals: constant,
                 request: {curl: '{{url}}' {{timeout}} } }
            {{more}}
            """);
    }

    private static long Took(RequestRecord r) => r.EndNs - r.StartNs;

    private static RequestRecord[] Requests(RunResult result) => [.. result.Requests];

    [Test]
    public void A_request_comes_to_the_service_through_the_gateway()
    {
        using SmallWorld world = World("http://bank.example.com/pay");
        RequestRecord[] all = Requests(world.Run());
        Assert.That(all, Has.Length.EqualTo(200));
        Assert.That(all.Select(static r => (r.Code, r.Disposition)).Distinct().Single(), Is.EqualTo((200, "SERVED")));
        Assert.That(all.Select(static r => r.HostPod).Distinct().Count(), Is.EqualTo(2));
        Assert.That(all, Has.All.Matches<RequestRecord>(static r => r.HostPod.Contains("/pay-")));

        // TCP 1 ms and the request 1 ms across zones, the gateway and the sidecar 0.5 ms each way, 5 ms of work; the
        // gateway's own connection is warm but for the first requests.
        double ms = Took(all[^1]) / 1e6;
        Assert.That(ms, Is.InRange(9.0, 9.8), "warm");
        Assert.That(Took(all[0]) / 1e6, Is.GreaterThan(ms + 0.04), "cold: a handshake on the same node");
    }

    [Test]
    public void Callers_from_another_region_pay_for_the_way()
    {
        using SmallWorld world = World(
            "http://bank.example.com/pay", from: "region: eu, context: us, ingress: istio-ingressgateway");
        RequestRecord[] all = Requests(world.Run());
        Assert.That(Took(all[^1]) / 1e6, Is.InRange(150, 200), "two round trips of 80 ms");
        Assert.That(all[^1].ServedCluster, Is.EqualTo("us"));
    }

    [TestCase("http://bank.example.com/gone", 410, "DIRECT_RESPONSE")]
    [TestCase("http://bank.example.com/other", 404, "NO_ROUTE")]
    [TestCase("http://other.example.com/pay", 404, "NO_ROUTE")]
    [TestCase("http://bank.example.com/nobody", 503, "NO_HEALTHY_UPSTREAM")]
    public void What_the_gateway_answers_itself_reaches_the_caller(string url, int code, string disposition)
    {
        using SmallWorld world = World(url);
        RunResult result = world.Run();
        Assert.That(result.ByCode.Single().Key, Is.EqualTo(code));
        Assert.That(result.ByDisposition.Single().Key, Is.EqualTo(disposition));
    }

    [TestCase("https://bank.example.com/pay", 200)]
    [TestCase("https://other.example.com/pay", 0)]
    [TestCase("http://bank.example.com:443/pay", 0)]
    [TestCase("https://bank.example.com:80/pay", 0)]
    public void Tls_ends_at_the_gateway_for_its_hosts_only(string url, int code)
    {
        using SmallWorld world = World(url);
        Assert.That(world.Run().ByCode.Single().Key, Is.EqualTo(code));
    }

    [Test]
    public void Plaintext_is_sent_to_https_where_the_server_says_so()
    {
        using SmallWorld world = World("http://bank.example.com/pay", gateway: Gateway.Replace(
            "    hosts: [bank.example.com]\n  - port: {number: 443",
            "    tls: {httpsRedirect: true}\n    hosts: [bank.example.com]\n  - port: {number: 443",
            StringComparison.Ordinal));
        Assert.That(world.Run().ByCode.Single().Key, Is.EqualTo(301));
    }

    [TestCase("203.0.113.0/24", 403)]
    [TestCase("198.51.100.0/24", 200)]
    public void Policies_on_the_gateway_see_the_address_of_the_caller(string block, int code)
    {
        using SmallWorld world = World("-H \"x-forwarded-for: 198.51.100.9\" http://bank.example.com/pay", $$"""
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            metadata: {name: block, namespace: istio-system}
            spec:
              selector: {matchLabels: {istio: ingressgateway} }
              action: DENY
              rules: [{from: [{source: {remoteIpBlocks: ["{{block}}"]} }]}]
            """);
        RunResult result = world.Run();
        Assert.That(result.ByCode.Single().Key, Is.EqualTo(code));
        Assert.That(result.ByDisposition.Single().Key, Is.EqualTo(code == 200 ? "SERVED" : "DENIED_RBAC"));
    }

    [TestCase("cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account", 200)]
    [TestCase("cluster.local/ns/default/sa/other", 403)]
    public void The_service_knows_the_gateway_by_its_certificate(string principal, int code)
    {
        using SmallWorld world = World("http://bank.example.com/pay", $$"""
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            metadata: {name: only, namespace: default}
            spec:
              selector: {matchLabels: {app: pay} }
              rules: [{from: [{source: {principals: ["{{principal}}"]} }]}]
            ---
            apiVersion: security.istio.io/v1
            kind: PeerAuthentication
            metadata: {name: default, namespace: istio-system}
            spec: {mtls: {mode: STRICT} }
            """);
        Assert.That(world.Run().ByCode.Single().Key, Is.EqualTo(code));
    }

    [Test]
    public void The_service_knows_the_caller_by_the_forwarded_address()
    {
        using SmallWorld world = World("http://bank.example.com/pay", """
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            metadata: {name: only, namespace: default}
            spec:
              selector: {matchLabels: {app: pay} }
              action: DENY
              rules: [{from: [{source: {remoteIpBlocks: [203.0.113.10/32]}}]}]
            """);
        Assert.That(world.Run().ByDisposition.Single().Key, Is.EqualTo("DENIED_RBAC"));
    }

    [Test]
    public void The_gateway_retries_and_ejects_in_its_callers_place()
    {
        using SmallWorld world = World("http://bank.example.com/pay", """
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: {name: pay, namespace: default}
            spec:
              host: pay
              trafficPolicy:
                outlierDetection: {consecutive5xxErrors: 2, interval: 5s, baseEjectionTime: 1m, maxEjectionPercent: 100}
            """, "timeline: [{at: 2s, fault: {type: errors, mode: one, select: {workload: pay}}}]\n");
        RunResult result = world.Run();
        Assert.That(result.Ejections.Select(static e => e.Client).Distinct(),
            Has.All.Contains("/istio-system/istio-ingressgateway-"));
        Assert.That(result.Ejections, Has.Count.EqualTo(2), "each gateway pod learns alone");
        Assert.That(result.ByCode.Single(static c => c.Key == 503).Value, Is.EqualTo(4));
    }

    [Test]
    public void A_caller_that_gives_up_resets_what_the_gateway_sent_on()
    {
        // Of 10 a second at each gateway 3 are open at a time; 20 would be, were they not reset.
        using SmallWorld world = World("http://bank.example.com/pay", """
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: {name: pay, namespace: default}
            spec:
              host: pay
              trafficPolicy: {connectionPool: {tcp: {maxConnections: 10}, http: {http1MaxPendingRequests: 1}}}
            """, timeout: ", timeout: 300ms",
            more: "timeline: [{at: 2s, fault: {type: slow, select: {workload: pay}, add: 2s}}]\n");
        RunResult result = world.Run();
        Assert.That(result.ByDisposition.Select(static d => d.Key), Is.EquivalentTo((string[])
            ["SERVED", "CLIENT_GAVE_UP"]));
        Assert.That(Took(result.Requests[^1]), Is.EqualTo(300 * SimDuration.Millisecond));
    }

    [Test]
    public void The_fault_of_gateways_takes_gateways_only()
    {
        using SmallWorld world = World("http://bank.example.com/pay",
            more: "timeline: [{at: 0s, fault: {type: gateway-down, select: {context: us}, for: 5s}}]\n");
        RunResult result = world.Run();
        Assert.That(result.Requests.Where(static r => r.StartNs < 4_900_000_000).Select(static r => r.Code),
            Has.All.Zero);
        Assert.That(result.Requests.Where(static r => r.StartNs > 5_000_000_000).Select(static r => r.Code),
            Has.All.EqualTo(200));
    }

    [TestCase("mode: all", 0)]
    [TestCase("mode: one", 2)]
    public void Gateways_that_are_gone_take_no_callers(string mode, int codes)
    {
        using SmallWorld world = World("http://bank.example.com/pay", more: "timeline: [{at: 0s, fault: "
            + "{type: pod-failure, " + mode + ", select: {workload: istio-ingressgateway}}}]\n");
        RunResult result = world.Run();
        Assert.That(result.ByCode.Select(static c => c.Key),
            Is.EquivalentTo(codes == 0 ? (int[])[0] : [0, 200]));
    }

    [Test]
    public void Why_explains_both_proxies()
    {
        using SmallWorld world = World("http://bank.example.com/pay");
        WhyReport report = WhyRunner.Explain(new WhyRequest(
            world.Write(), "outside/us/istio-ingressgateway", "http://bank.example.com/pay/1"));
        string text = string.Join('\n', report.Steps.Select(static s => s.Step + " " + s.Text)) + "\n"
            + report.Conclusion;
        Assert.That(text, Does.Contain("gateway, Service istio-system/istio-ingressgateway in us"));
        Assert.That(text, Does.Contain("route configuration http.8080"));
        Assert.That(text, Does.Contain("VirtualService default/bank"));
        Assert.That(text, Does.Contain("outbound|80||pay.default.svc.cluster.local"));
        Assert.That(report.Conclusion, Does.StartWith("SERVED 200"));
        Assert.That(report.Steps, Has.Some.Matches<WhyStep>(static s => s.Step == "route" && s.Span.Line > 0));
    }

    [Test]
    public void A_gateway_that_is_missing_is_found_before_the_run()
    {
        using SmallWorld world = World(
            "http://bank.example.com/pay", from: "context: eu, ingress: istio-ingressgateway");
        RunResult result = world.Run();
        Assert.That(result.Findings.Select(static f => f.Message), Has.Some.Contains(
            "no Service istio-ingressgateway in namespace istio-system of eu"));
        Assert.That(result.ByCode.Single().Key, Is.Zero);
    }

    [Test]
    public void Capacity_follows_the_gateways_routes()
    {
        using SmallWorld world = World("http://bank.example.com/pay", more: "method: {type: static}");
        Assert.That(world.Run().Capacity!.Rows.Single(static r => r is { Loss: "none", Workload: "default/pay" })
            .OfferedPerSecond, Is.EqualTo(20).Within(1e-9));
    }

    [TestCase("region: us, workload: pay", "\"region\" is for callers from outside")]
    [TestCase("ingress: x", "does not say where its callers are")]
    [TestCase("region: mars, ingress: x", "mars")]
    [TestCase("region: us, ingress: x, workload: pay", "both a workload and ingress")]
    [TestCase("region: us, ingress: x, address: here", "not an IP address")]
    public void Sources_that_make_no_sense_are_errors(string from, string message)
    {
        using SmallWorld world = World("http://bank.example.com/pay", from: from);
        Assert.That(world.Errors(), Has.Exactly(1).Contains(message));
    }
}
