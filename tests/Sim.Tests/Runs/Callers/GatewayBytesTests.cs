using Sim.Runs;

namespace Sim.Tests.Runs.Callers;

/// <summary>Gateways' servers that pass bytes on: TCP, TLS that ends at the gateway, and TLS that goes on.</summary>
internal sealed class GatewayBytesTests
{
    private const string Principal = "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account";

    private const string Tcp = """
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: bank, namespace: default}
        spec:
          selector: {istio: ingressgateway}
          servers:
          - {port: {number: 80, name: tcp, protocol: TCP}, hosts: ['*']}
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: bank, namespace: default}
        spec:
          hosts: ['*']
          gateways: [bank]
          tcp:
          - route: [{destination: {host: pay, port: {number: 80} } }]
        """;

    private const string Tls = """
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: bank, namespace: default}
        spec:
          selector: {istio: ingressgateway}
          servers:
          - {port: {number: 443, name: tls, protocol: TLS}, hosts: ['*.example.com'], tls: {mode: PASSTHROUGH} }
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: bank, namespace: default}
        spec:
          hosts: [bank.example.com]
          gateways: [bank]
          tls:
          - match: [{port: 443, sniHosts: [bank.example.com]}]
            route: [{destination: {host: pay, port: {number: 443} } }]
        """;

    private const string Ends = """
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: bank, namespace: default}
        spec:
          selector: {istio: ingressgateway}
          servers:
          - port: {number: 443, name: tls, protocol: TLS}
            hosts: [bank.example.com]
            tls: {mode: SIMPLE, credentialName: bank}
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: bank, namespace: default}
        spec:
          hosts: [bank.example.com]
          gateways: [bank]
          tcp:
          - route: [{destination: {host: pay, port: {number: 80} } }]
        """;

    private const string Strict = """
        apiVersion: security.istio.io/v1
        kind: PeerAuthentication
        metadata: {name: default, namespace: istio-system}
        spec: {mtls: {mode: STRICT} }
        """;

    private const string Plaintext = """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: pay, namespace: default}
        spec: {host: pay, trafficPolicy: {tls: {mode: DISABLE} } }
        """;

    /// <summary>A Service with a port of HTTP and one whose application speaks TLS.</summary>
    private static string Both(string name, string tls = "https") => $$"""
        apiVersion: v1
        kind: Service
        metadata: {name: {{name}}, namespace: default}
        spec:
          selector: {app: {{name}} }
          ports: [{name: http, port: 80, targetPort: 8080}, {name: {{tls}}, port: 443, targetPort: 8443}]
        """;

    private static SmallWorld World(
        string gateway, string url, string manifests = "", string more = "", string tls = "https", string rate = "20")
    {
        SmallWorld world = new SmallWorld("us").Cluster("us", ", ingressGateway: {}")
            .Workload("us", "pay", 2).Objects("us", Both("pay", tls)).Objects("us", gateway);
        return (manifests.Length > 0 ? world.Objects("us", manifests) : world).Spec($$"""
            duration: 10s
            seed: 3
            topology: {proxyOverhead: 500us}
            workloads: [{match: {workload: pay}, serviceTime: 5ms}]
            traffic:
              - {name: users, from: {region: us, ingress: istio-ingressgateway}, rate: {{rate}}/s, arrivals: constant,
                 request: {curl: '{{url}}'} }
            {{more}}
            """);
    }

    private static string Ended(RunResult result) =>
        result.ByCode.Single().Key + " " + result.ByDisposition.Single().Key;

    private static string Policy(string name, string where, string action, string rule) => $$"""
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: {{name}}, namespace: {{(where == "istio" ? "istio-system" : "default")}} }
        spec:
          selector: {matchLabels: { {{(where == "istio" ? "istio: ingressgateway" : "app: pay")}} } }
          action: {{action}}
          rules: [{{rule}}]
        """;

    [TestCase(Tcp, "http://bank.example.com/", "200 SERVED")]
    [TestCase(Tcp, "https://bank.example.com:80/", "0 CONNECT_FAILED")]
    [TestCase(Ends, "https://bank.example.com/", "200 SERVED")]
    [TestCase(Ends, "https://other.example.com/", "0 CONNECT_FAILED")]
    [TestCase(Ends, "http://bank.example.com:443/", "0 CONNECTION_LOST")]
    [TestCase(Tls, "https://bank.example.com/", "200 SERVED")]
    [TestCase(Tls, "https://other.example.com/", "0 CONNECT_FAILED")]
    [TestCase(Tls, "http://bank.example.com:443/", "0 CONNECTION_LOST")]
    public void A_connection_goes_on_by_its_filter_chain(string gateway, string url, string ended)
    {
        using SmallWorld world = World(gateway, url);
        RunResult result = world.Run();
        Assert.That(Ended(result), Is.EqualTo(ended));
        if (ended == "200 SERVED")
        {
            Assert.That(result.Requests.Select(static r => r.HostPod).Distinct().Count(), Is.EqualTo(2));
            Assert.That(result.Requests, Has.All.Matches<RequestRecord>(static r => r.HostPod.Contains("/pay-")));
        }
    }

    [Test]
    public void Tls_without_anybody_who_speaks_it_is_a_failed_handshake()
    {
        using SmallWorld world = World(Tls, "https://bank.example.com/", tls: "tcp");
        Assert.That(Ended(world.Run()), Is.EqualTo("0 CONNECT_FAILED"));
    }

    [TestCase(Tcp, "http://bank.example.com/", "", "200 SERVED")]
    [TestCase(Tcp, "http://bank.example.com/", Plaintext, "0 CONNECTION_LOST")]
    [TestCase(Tls, "https://bank.example.com/", "", "200 SERVED")]
    [TestCase(Tls, "https://bank.example.com/", Plaintext, "0 CONNECTION_LOST")]
    public void A_strict_server_takes_what_comes_in_the_mutual_tls_of_the_gateway(
        string gateway, string url, string rule, string ended)
    {
        using SmallWorld world = World(gateway, url, rule.Length == 0 ? Strict : Strict + "\n---\n" + rule);
        Assert.That(Ended(world.Run()), Is.EqualTo(ended));
    }

    [TestCase(Tls, "https://bank.example.com/", "200 SERVED")]
    [TestCase(Tcp, "http://bank.example.com/", "200 SERVED")]
    public void A_permissive_server_takes_what_comes_without(string gateway, string url, string ended)
    {
        using SmallWorld world = World(gateway, url, Plaintext);
        Assert.That(Ended(world.Run()), Is.EqualTo(ended));
    }

    [TestCase(Tcp, "http://bank.example.com/", Principal, "200 SERVED")]
    [TestCase(Tcp, "http://bank.example.com/", "cluster.local/ns/default/sa/other", "403 DENIED_RBAC")]
    [TestCase(Tls, "https://bank.example.com/", Principal, "200 SERVED")]
    [TestCase(Tls, "https://bank.example.com/", "cluster.local/ns/default/sa/other", "0 DENIED_RBAC")]
    public void The_server_knows_the_gateway(string gateway, string url, string principal, string ended)
    {
        using SmallWorld world = World(gateway, url, Policy(
            "only", "pay", "ALLOW", $"{{from: [{{source: {{principals: [\"{principal}\"]}}}}]}}"));
        Assert.That(Ended(world.Run()), Is.EqualTo(ended));
    }

    [TestCase("203.0.113.10", "200 SERVED")]
    [TestCase("10.0.0.0/8", "403 DENIED_RBAC")]
    public void The_server_sees_the_address_of_the_gateway(string block, string ended)
    {
        using SmallWorld world = World(Tcp, "http://bank.example.com/", Policy(
            "block", "pay", "DENY", $"{{from: [{{source: {{ipBlocks: [\"{block}\"]}}}}]}}"));
        Assert.That(Ended(world.Run()), Is.EqualTo(ended));
    }

    [TestCase(Tcp, "http://bank.example.com/", "from: [{source: {ipBlocks: [203.0.113.0/24]}}]", "0 CONNECTION_LOST")]
    [TestCase(Tcp, "http://bank.example.com/", "from: [{source: {ipBlocks: [198.51.100.0/24]}}]", "200 SERVED")]
    [TestCase(Tls, "https://bank.example.com/", "from: [{source: {ipBlocks: [203.0.113.0/24]}}]", "0 CONNECT_FAILED")]
    [TestCase(Tls, "https://bank.example.com/", "when: [{key: connection.sni, values: [bank.example.com]}]",
        "0 CONNECT_FAILED")]
    [TestCase(Tls, "https://bank.example.com/", "when: [{key: connection.sni, values: [other.example.com]}]",
        "200 SERVED")]
    public void Policies_of_the_gateway_close_connections(string gateway, string url, string rule, string ended)
    {
        using SmallWorld world = World(gateway, url, Policy("block", "istio", "DENY", $"{{{rule}}}"));
        Assert.That(Ended(world.Run()), Is.EqualTo(ended));
    }

    [TestCase(Tcp, "http://bank.example.com/", "0 CONNECTION_LOST")]
    [TestCase(Tls, "https://bank.example.com/", "0 CONNECT_FAILED")]
    public void Without_a_backend_the_gateway_closes(string gateway, string url, string ended)
    {
        using SmallWorld world = World(gateway.Replace("host: pay", "host: nobody", StringComparison.Ordinal), url,
            "apiVersion: v1\nkind: Service\nmetadata: {name: nobody, namespace: default}\nspec: {selector: {app: x}, "
            + "ports: [{name: http, port: 80}, {name: https, port: 443}]}");
        Assert.That(Ended(world.Run()), Is.EqualTo(ended));
    }

    [TestCase(Tcp, "http://bank.example.com/", "CONNECTION_LOST")]
    [TestCase(Tls, "https://bank.example.com/", "CONNECT_FAILED")]
    public void A_backend_that_refuses_closes_its_share(string gateway, string url, string disposition)
    {
        using SmallWorld world = World(gateway, url,
            more: "timeline: [{at: 5s, fault: {type: pod-failure, mode: one, select: {workload: pay}}}]\n");
        RunResult result = world.Run();
        Assert.That(result.ByDisposition.Select(static d => d.Key), Is.EquivalentTo((string[])["SERVED", disposition]));
        Assert.That(result.Requests.Where(static r => r.StartNs < 4_900_000_000).Select(static r => r.Code),
            Has.All.EqualTo(200));
    }

    [Test]
    public void Weights_are_drawn_for_each_connection()
    {
        using SmallWorld world = World(Tcp.Replace(
            "route: [{destination: {host: pay, port: {number: 80} } }]", "route: [{destination: {host: pay, port: "
            + "{number: 80}}, weight: 80}, {destination: {host: new, port: {number: 80}}, weight: 20}]",
            StringComparison.Ordinal), "http://bank.example.com/", rate: "2000")
            .Workload("us", "new").Service("us", "new");
        RunResult result = world.Run();
        Assert.That(result.ByCode.Single().Key, Is.EqualTo(200));
        int all = result.Requests.Count;
        int few = result.Requests.Count(static r => r.HostPod.Contains("/new-", StringComparison.Ordinal));

        // H0: each connection goes to the new one with probability 0.2. n = 20,000, sd = 56.6; 4.9 sd = 1e-6 false
        // alarms; a bias of 1.4 percentage points would be seen.
        Assert.That(all, Is.EqualTo(20_000));
        Assert.That(few, Is.EqualTo(0.2 * all).Within(4.9 * Math.Sqrt(all * 0.2 * 0.8)));
    }

    [Test]
    public void Timing_is_that_of_both_ways()
    {
        using SmallWorld plain = World(Tcp, "http://bank.example.com/");
        RequestRecord last = plain.Run().Requests[^1];

        // Across zones TCP takes 1 ms and the request 1 ms; the gateway connects to the pod when it is connected
        // itself; then 5 ms of work and three proxies.
        Assert.That((last.EndNs - last.StartNs) / 1e6, Is.InRange(8.5, 11.5));

        using SmallWorld tls = World(Tls, "https://bank.example.com/");
        RequestRecord greeted = tls.Run().Requests[^1];
        Assert.That((greeted.EndNs - greeted.StartNs) / 1e6, Is.InRange(9.5, 13.5));
    }

    [TestCase("")]
    [TestCase(", network: ")]
    public void Backends_of_another_cluster_are_reached(string network)
    {
        bool isSplit = network.Length > 0;
        string gateways = ", ingressGateway: {}" + (isSplit ? ", eastWestGateway: {}" : "");
        using SmallWorld world = new SmallWorld("us", "eu")
            .Cluster("us", gateways + (isSplit ? network + "net-us" : ""))
            .Cluster("eu", (isSplit ? ", eastWestGateway: {}" : "") + (isSplit ? network + "net-eu" : ""))
            .Objects("us", Both("pay")).Workload("eu", "pay", 2).Objects("eu", Both("pay")).Objects("us", Tcp)
            .Objects("us", Policy("only", "pay", "ALLOW", $"{{from: [{{source: {{principals: [\"{Principal}\"]}}}}]}}"))
            .Objects("eu", Policy("only", "pay", "ALLOW", $"{{from: [{{source: {{principals: [\"{Principal}\"]}}}}]}}"))
            .Spec("""
                duration: 5s
                seed: 3
                topology: {links: [{between: [us, eu], rtt: 80ms}], proxyOverhead: 500us}
                workloads: [{match: {workload: pay}, serviceTime: 5ms}]
                traffic:
                  - {name: users, from: {region: us, ingress: istio-ingressgateway}, rate: 20/s, arrivals: constant,
                     request: {curl: 'http://bank.example.com/'} }
                """);
        RunResult result = world.Run();
        Assert.That(Ended(result), Is.EqualTo("200 SERVED"));
        Assert.That(result.Requests, Has.All.Matches<RequestRecord>(static r => r.ServedCluster == "eu"));
        Assert.That((result.Requests[^1].EndNs - result.Requests[^1].StartNs) / 1e6, Is.InRange(240, 275),
            "TCP, mutual TLS and the request, 80 ms each");
    }

    [Test]
    public void Why_tells_listener_chain_cluster_host_and_handshake()
    {
        using SmallWorld world = World(Tls, "https://bank.example.com/");
        WhyReport report = WhyRunner.Explain(new WhyRequest(
            world.Write(), "outside/us/istio-ingressgateway", "https://bank.example.com/"));
        string text = string.Join('\n', report.Steps.Select(static s => s.Step + ": " + s.Text));
        Assert.That(text, Does.Contain("0.0.0.0_8443 -> tcp, server name bank.example.com"));
        Assert.That(text, Does.Contain("cluster: outbound|443||pay.default.svc.cluster.local"));
        Assert.That(text, Does.Contain("host: attempt 1 -> 10."));
        Assert.That(text, Does.Contain("the caller's TLS goes on inside the gateway's mutual TLS"));
        Assert.That(report.Conclusion, Does.StartWith("SERVED 200"));

        report = WhyRunner.Explain(new WhyRequest(
            world.Write(), "outside/us/istio-ingressgateway", "https://other.example.com/"));
        Assert.That(report.Steps.Single(static s => s.Step == "gateway").Text,
            Does.EndWith("has no filter chain for other.example.com: NR, closes the connection"));
    }

    [TestCase(Tcp, "http://bank.example.com/")]
    [TestCase(Tls, "https://bank.example.com/")]
    public void Capacity_follows_the_bytes(string gateway, string url)
    {
        using SmallWorld world = World(gateway, url, more: "method: {type: static}");
        Assert.That(world.Run().Capacity!.Rows.Single(static r => r is { Loss: "none", Workload: "default/pay" })
            .OfferedPerSecond, Is.EqualTo(20).Within(1e-9));
    }

    [Test]
    public void The_gateway_ejects_and_limits_for_all_its_callers()
    {
        using SmallWorld world = World(Tcp, "http://bank.example.com/", """
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: {name: pay, namespace: default}
            spec:
              host: pay
              trafficPolicy:
                outlierDetection: {consecutive5xxErrors: 2, interval: 5s, baseEjectionTime: 1m, maxEjectionPercent: 100}
            """, "timeline: [{at: 2s, fault: {type: pod-failure, mode: one, select: {workload: pay}}}]\n");
        RunResult result = world.Run();
        Assert.That(result.Ejections.Select(static e => e.Client).Distinct().Single(),
            Does.Contain("/istio-system/istio-ingressgateway-"));
        Assert.That(result.Requests.Where(static r => r.StartNs > 4_000_000_000).Select(static r => r.Code),
            Has.All.EqualTo(200));
    }
}
