using Sim.Runs;
using Sim.Runs.Matrix;

namespace Sim.Tests.Runs.Callers;

/// <summary>Workloads of the mesh that go through a gateway which passes bytes on. Requests and truth tables say the
/// same.</summary>
internal sealed class GatewayBytesFromMeshTests
{
    private const string Gateway = "istio-ingressgateway.istio-system.svc.cluster.local";

    private const string Tcp = $$"""
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: way, namespace: default}
        spec:
          selector: {istio: ingressgateway}
          servers:
          - {port: {number: 80, name: tcp, protocol: TCP}, hosts: ['*']}
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: way, namespace: default}
        spec:
          hosts: ['*']
          gateways: [way]
          tcp:
          - route: [{destination: {host: pay, port: {number: 80} } }]
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: by-gateway, namespace: default}
        spec:
          hosts: [shop.example.com]
          http:
          - route: [{destination: {host: {{Gateway}}, port: {number: 80} } }]
        """;

    private const string Mutual = $$"""
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: gateway, namespace: istio-system}
        spec:
          host: {{Gateway}}
          trafficPolicy: {tls: {mode: ISTIO_MUTUAL, sni: shop.example.com} }
        """;

    /// <summary>The gateway ends the mesh's TLS and passes bytes on.</summary>
    private const string MutualEnds = """
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: way, namespace: default}
        spec:
          selector: {istio: ingressgateway}
          servers:
          - {port: {number: 80, name: tls, protocol: TLS}, hosts: ['*'], tls: {mode: ISTIO_MUTUAL} }
        """;

    private const string Passing = $$"""
        apiVersion: v1
        kind: Service
        metadata: {name: shop, namespace: default}
        spec: {selector: {app: shop}, ports: [{name: tls, port: 443, targetPort: 8443}]}
        ---
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: way, namespace: default}
        spec:
          selector: {istio: ingressgateway}
          servers:
          - port: {number: 443, name: tls, protocol: TLS}
            hosts: [shop.default.svc.cluster.local]
            tls: {mode: PASSTHROUGH}
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: way, namespace: default}
        spec:
          hosts: [shop.default.svc.cluster.local]
          gateways: [way, mesh]
          tls:
          - match: [{gateways: [mesh], port: 443, sniHosts: [shop.default.svc.cluster.local]}]
            route: [{destination: {host: {{Gateway}}, port: {number: 443} } }]
          - match: [{gateways: [way], port: 443, sniHosts: [shop.default.svc.cluster.local]}]
            route: [{destination: {host: pay, port: {number: 443} } }]
        """;

    private static SmallWorld World(string manifests)
    {
        return new SmallWorld("us").Cluster("us", ", ingressGateway: {}").Workload("us", "front")
            .Workload("us", "pay", 2).Workload("us", "shop", 0).Objects("us", """
                apiVersion: v1
                kind: Service
                metadata: {name: pay, namespace: default}
                spec:
                  selector: {app: pay}
                  ports: [{name: http, port: 80, targetPort: 8080}, {name: https, port: 443, targetPort: 8443}]
                """).Objects("us", manifests).Spec("""
            duration: 5s
            matrix:
              callers: [front]
              targets: [pay]
              paths: [/]
              headers: ['Host: shop.example.com']
            """);
    }

    private static string Policy(string ns, string labels, string action, string rule) => $$"""
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: judge, namespace: {{ns}} }
        spec:
          selector: {matchLabels: { {{labels}} } }
          action: {{action}}
          rules: [{{rule}}]
        """;

    private static string ByPrincipal(string principal) => Policy("default", "app: pay", "ALLOW",
        $"{{from: [{{source: {{principals: [\"cluster.local/ns/{principal}\"]}}}}]}}");

    private static IEnumerable<TestCaseData> Cases()
    {
        const string Of = "istio-system/sa/istio-ingressgateway-service-account";
        const string Nobody = "    route: [{destination: {host: nobody} }]";
        yield return Case("plain", Tcp, MatrixVerdict.Allowed, "SERVED 200 ");
        yield return Case("gateway is known", Tcp + "\n" + ByPrincipal(Of), MatrixVerdict.Allowed, "SERVED 200 ");
        yield return Case("caller is not", Tcp + "\n" + ByPrincipal("default/sa/front"), MatrixVerdict.Denied,
            "DENIED_RBAC 403 ");
        yield return Case("gateway says no", Tcp + "\n" + Policy("istio-system", "istio: ingressgateway", "DENY", "{}"),
            MatrixVerdict.Denied, "CONNECTION_LOST 503 UC ");
        yield return Case("gateway knows the caller", MutualEnds + Tcp[Tcp.IndexOf("\n---", StringComparison.Ordinal)..]
            + "\n---\n" + Mutual + "\n" + Policy("istio-system", "istio: ingressgateway", "ALLOW",
            "{from: [{source: {principals: [cluster.local/ns/default/sa/front]}}]}"), MatrixVerdict.Allowed,
            "SERVED 200 ");
        yield return Case("gateway ends mutual TLS, plaintext comes",
            MutualEnds + Tcp[Tcp.IndexOf("\n---", StringComparison.Ordinal)..], MatrixVerdict.PlaintextRefused,
            "CONNECTION_LOST 503 UC ");
        yield return Case("no backend", Tcp.Replace("host: pay, port: {number: 80}", "host: nobody",
            StringComparison.Ordinal) + "\n#" + Nobody, MatrixVerdict.Unreachable, "CONNECTION_LOST 503 UC ");
    }

    private static TestCaseData Case(string name, string manifests, MatrixVerdict verdict, string ended) =>
        new TestCaseData(manifests, verdict, ended).SetArgDisplayNames(name);

    [TestCaseSource(nameof(Cases))]
    public void A_request_goes_on_as_the_gateway_passes_it(string manifests, MatrixVerdict verdict, string ended)
    {
        using SmallWorld world = World(manifests);
        WhyReport why = WhyRunner.Explain(new WhyRequest(
            world.Write(), "us/front", "-H 'Host: shop.example.com' http://pay/"));
        string steps = string.Join('\n', why.Steps.Select(static s => s.Step + ": " + s.Text));
        Assert.That(why.Conclusion, Does.StartWith(ended), steps);
        MatrixCell cell = MatrixRunner.Evaluate(world.Write(), null).Matrix!.Cells.Single();
        Assert.That(cell.Verdict, Is.EqualTo(verdict), string.Join('\n', cell.Outcomes));
    }

    [TestCase("https://shop.default.svc.cluster.local/", "SERVED 200 ")]
    [TestCase("https://shop.default/", "CONNECT_FAILED 0 ")]
    public void Tls_of_an_application_goes_through_to_the_server(string url, string ended)
    {
        using SmallWorld world = World(Passing);
        WhyReport why = WhyRunner.Explain(new WhyRequest(world.Write(), "us/front", url));
        string steps = string.Join('\n', why.Steps.Select(static s => s.Step + ": " + s.Text));
        Assert.That(why.Conclusion, Does.StartWith(ended), steps);
        if (ended[0] == 'S')
        {
            Assert.That(steps, Does.Contain("server name shop.default.svc.cluster.local"));
            Assert.That(steps, Does.Contain("outbound|443||pay.default.svc.cluster.local"));
            Assert.That(steps, Does.Contain("the caller's TLS goes on inside the gateway's mutual TLS"));
        }
    }

    [Test]
    public void Requests_of_one_connection_stay_with_one_pod_and_one_draw()
    {
        using SmallWorld world = World(Tcp.Replace("{destination: {host: pay, port: {number: 80} } }]",
            "{destination: {host: pay, port: {number: 80}}, weight: 50}, "
            + "{destination: {host: new, port: {number: 80}}, weight: 50}]", StringComparison.Ordinal))
            .Workload("us", "new").Service("us", "new").Spec("""
                seed: 5
                traffic:
                  - {name: users, from: {workload: front}, rate: 10/s, arrivals: constant,
                     request: {curl: "-H 'Host: shop.example.com' http://pay/"} }
                """);
        RunResult result = world.Run();
        Assert.That(result.ByCode.Single().Key, Is.EqualTo(200));
        Assert.That(result.Requests, Has.Count.EqualTo(50));
        Assert.That(result.Requests.Select(static r => r.HostPod).Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public void A_pod_that_dies_takes_the_connections_through_the_gateway_with_it()
    {
        using SmallWorld world = World(Tcp).Spec("""
            seed: 5
            timeline: [{at: 2s, fault: {type: pod-failure, mode: all, select: {workload: pay}, for: 1s}}]
            traffic:
              - {name: users, from: {workload: front}, rate: 10/s, arrivals: constant,
                 request: {curl: "-H 'Host: shop.example.com' http://pay/"} }
            """);
        RunResult result = world.Run();
        Assert.That(result.Requests.Where(static r => r.StartNs < 1_900_000_000).Select(static r => r.Code),
            Has.All.EqualTo(200));
        Assert.That(result.Requests.Where(static r => r.StartNs is > 2_100_000_000 and < 2_900_000_000)
            .Select(static r => r.Code), Has.All.EqualTo(503));
        Assert.That(result.Requests[^1].Code, Is.EqualTo(200));
    }

    /// <summary>A gateway of one's own, with a Service on port 443.</summary>
    private static string Egress(string name) => $$"""
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: {{name}}, namespace: istio-system}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: {{name}}, namespace: istio-system}
        spec:
          selector: {matchLabels: {istio: {{name}} } }
          template:
            metadata: {labels: {istio: {{name}} } }
            spec: {serviceAccountName: {{name}}, containers: [{name: istio-proxy, image: auto}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: {{name}}, namespace: istio-system}
        spec: {selector: {istio: {{name}} }, ports: [{name: tls, port: 443, targetPort: 8443}]}
        ---
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: {{name}}, namespace: default}
        spec:
          selector: {istio: {{name}} }
          servers:
          - {port: {number: 443, name: tls, protocol: TLS}, hosts: ['*'], tls: {mode: PASSTHROUGH} }
        """;

    [TestCase("istio-system/sa/second", "SERVED 200 ")]
    [TestCase("istio-system/sa/first", "DENIED_RBAC 0 ")]
    [TestCase("default/sa/front", "DENIED_RBAC 0 ")]
    public void The_last_of_two_gateways_is_whom_the_server_sees(string principal, string ended)
    {
        const string Name = "shop.default.svc.cluster.local";
        using SmallWorld world = World(Egress("first") + "\n---\n" + Egress("second") + $$"""

            ---
            apiVersion: v1
            kind: Service
            metadata: {name: shop, namespace: default}
            spec: {selector: {app: shop}, ports: [{name: tls, port: 443, targetPort: 8443}]}
            ---
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: way, namespace: default}
            spec:
              hosts: [{{Name}}]
              gateways: [first, second, mesh]
              tls:
              - match: [{gateways: [mesh], port: 443, sniHosts: [{{Name}}]}]
                route: [{destination: {host: first.istio-system.svc.cluster.local, port: {number: 443} } }]
              - match: [{gateways: [first], port: 443, sniHosts: [{{Name}}]}]
                route: [{destination: {host: second.istio-system.svc.cluster.local, port: {number: 443} } }]
              - match: [{gateways: [second], port: 443, sniHosts: [{{Name}}]}]
                route: [{destination: {host: pay, port: {number: 443} } }]

            """ + ByPrincipal(principal));
        WhyReport why = WhyRunner.Explain(new WhyRequest(world.Write(), "us/front", $"https://{Name}/"));
        Assert.That(why.Conclusion, Does.StartWith(ended), string.Join('\n', why.Steps.Select(
            static s => s.Step + ": " + s.Text)));
    }
}
