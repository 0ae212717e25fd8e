using Sim.Runs;
using Sim.Runs.Matrix;

namespace Sim.Tests.Runs.Callers;

/// <summary>Workloads of the mesh that call a gateway: in plaintext unless told otherwise, and on by the gateway's own
/// routes. Requests and truth tables say the same.</summary>
internal sealed class GatewayFromMeshTests
{
    private const string Routes = """
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: bank, namespace: default}
        spec:
          selector: {istio: ingressgateway}
          servers:
          - {port: {number: 80, name: http, protocol: HTTP}, hosts: [bank.example.com]}
        ---
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
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: by-gateway, namespace: default}
        spec:
          hosts: [bank.example.com]
          http:
          - route:
            - destination: {host: istio-ingressgateway.istio-system.svc.cluster.local, port: {number: 80} }
        """;

    private const string Mutual = """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: gateway, namespace: istio-system}
        spec:
          host: istio-ingressgateway.istio-system.svc.cluster.local
          trafficPolicy: {tls: {mode: ISTIO_MUTUAL} }
        """;

    private const string Deny = """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: no-pay, namespace: istio-system}
        spec:
          selector: {matchLabels: {istio: ingressgateway} }
          action: DENY
          rules: [{to: [{operation: {paths: [/pay*]}}]}]
        """;

    private static SmallWorld World(string more = "")
    {
        SmallWorld world = new SmallWorld("us").Cluster("us", ", ingressGateway: {}").Workload("us", "front")
            .Workload("us", "pay").Service("us", "pay").Workload("us", "nobody", 0).Service("us", "nobody")
            .Objects("us", Routes);
        return (more.Length > 0 ? world.Objects("us", more) : world).Spec("""
            duration: 5s
            matrix:
              callers: [front]
              targets: [pay]
              paths: [/pay, /gone, /nobody, /other]
              headers: ['Host: bank.example.com']
            """);
    }

    [TestCase("", "/pay", MatrixVerdict.Allowed, 200, "SERVED")]
    [TestCase("", "/gone", MatrixVerdict.DirectResponse, 410, "DIRECT_RESPONSE")]
    [TestCase("", "/nobody", MatrixVerdict.NoEndpoint, 503, "NO_HEALTHY_UPSTREAM")]
    [TestCase("", "/other", MatrixVerdict.NoRoute, 404, "NO_ROUTE")]
    [TestCase(Deny, "/pay", MatrixVerdict.Denied, 403, "DENIED_RBAC")]
    [TestCase(Deny, "/gone", MatrixVerdict.DirectResponse, 410, "DIRECT_RESPONSE")]
    [TestCase(Mutual, "/pay", MatrixVerdict.TlsFailure, 503, "CONNECT_FAILED")]
    public void A_request_goes_on_as_the_gateway_routes_it(
        string more, string path, MatrixVerdict verdict, int code, string disposition)
    {
        using SmallWorld world = World(more);
        WhyReport why = WhyRunner.Explain(new WhyRequest(
            world.Write(), "us/front", $"-H 'Host: bank.example.com' http://pay{path}"));
        Assert.That(why.Conclusion, Does.StartWith($"{disposition} {code} "));

        MatrixCell cell = MatrixRunner.Evaluate(world.Write(), null).Matrix!.Cells.Single(c => c.Path == path);
        Assert.That(cell.Verdict, Is.EqualTo(verdict));
        Assert.That(cell.Deciding.Code, Is.EqualTo(code));
        Assert.That(cell.Deciding.Workload, Is.EqualTo(verdict switch
        {
            MatrixVerdict.Allowed => "default/pay",
            MatrixVerdict.Denied or MatrixVerdict.TlsFailure => "istio-system/istio-ingressgateway",
            _ => "",
        }));
    }

    [Test]
    public void Gateways_bear_no_tls_mode_so_that_sidecars_call_them_in_plaintext()
    {
        using SmallWorld world = World();
        WhyReport why = WhyRunner.Explain(new WhyRequest(
            world.Write(), "us/front", "http://istio-ingressgateway.istio-system/"));
        Assert.That(why.Conclusion, Does.StartWith("NO_ROUTE 404 NR "));
        Assert.That(why.Steps.Single(static s => s.Step == "mTLS").Text, Does.StartWith("plaintext"));
    }

    [Test]
    public void A_port_without_a_listener_is_refused()
    {
        using SmallWorld world = World();
        WhyReport why = WhyRunner.Explain(new WhyRequest(
            world.Write(), "us/front", "http://istio-ingressgateway.istio-system:443/"));
        Assert.That(why.Conclusion, Does.StartWith("CONNECT_FAILED 0 "));
        Assert.That(why.Conclusion, Does.EndWith("curl exit 52"), "its sidecar took the connection");
    }
}
