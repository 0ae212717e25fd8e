using Sim.Core;
using Sim.Runs;

namespace Sim.Tests.Runs.Callers;

/// <summary>Addresses that callers choose themselves: headless Services, pods, other names; TCP by source.</summary>
internal sealed class OriginalDestinationTests
{
    private static SmallWorld World(string service, string url, string more = "", string from = "client", int pods = 2)
    {
        SmallWorld world = new SmallWorld("us").Workload("us", "client").Workload("us", "server", pods)
            .Objects("us", service).Objects("us", """
                apiVersion: v1
                kind: Namespace
                metadata: {name: plain}
                ---
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: outsider, namespace: plain}
                spec:
                  selector: {matchLabels: {app: outsider}}
                  template:
                    metadata: {labels: {app: outsider}}
                    spec: {containers: [{name: app, image: app}]}
                """);
        string ns = from == "outsider" ? ", namespace: plain" : "";
        return (more.Length > 0 ? world.Objects("us", more) : world).Spec($$"""
            duration: 10s
            seed: 3
            topology: {preset: zero, proxyOverhead: 0s}
            traffic:
              - {name: calls, from: {context: us, workload: {{from}}{{ns}} }, rate: 20/s,
                 request: {curl: 'http://{{url}}/'} }
            """);
    }

    private static string Headless(string port, int number = 8080) => $$"""
        apiVersion: v1
        kind: Service
        metadata: {name: server, namespace: default}
        spec: {clusterIP: None, selector: {app: server}, ports: [{name: {{port}}, port: {{number}}, targetPort: 8080}]}
        """;

    /// <summary>A fair choice between two pods: the bound is 5 standard deviations.</summary>
    [TestCase("http", "client")]
    [TestCase("tcp", "client")]
    [TestCase("http", "outsider")]
    public void A_headless_Service_is_its_ready_pods(string port, string from)
    {
        string host = from == "outsider" ? "server.default:8080" : "server:8080";
        using SmallWorld world = World(Headless(port), host, from: from);
        RunResult result = world.Run();
        Assert.That(result.ByCode.Single().Key, Is.EqualTo(200));
        int first = result.Requests.Count(r => r.HostPod == result.Requests[0].HostPod);
        int all = result.Requests.Count;
        Assert.That(result.Requests.Select(static r => r.HostPod).Distinct().Count(), Is.EqualTo(2));
        Assert.That(first, Is.EqualTo(all / 2.0).Within(2.5 * Math.Sqrt(all)));
    }

    [Test]
    public void A_headless_Service_without_pods_has_no_address()
    {
        using SmallWorld world = World(Headless("http"), "server:8080", pods: 0);
        Assert.That(world.Run().ByDisposition.Single().Key, Is.EqualTo("NAME_NOT_RESOLVED"));
    }

    [Test]
    public void Calls_to_pods_of_a_headless_Service_are_mutual_tls()
    {
        using SmallWorld world = World(Headless("http"), "server:8080", """
            apiVersion: security.istio.io/v1
            kind: PeerAuthentication
            metadata: {name: default, namespace: istio-system}
            spec: {mtls: {mode: STRICT}}
            """);
        Assert.That(world.Run().ByCode.Single().Key, Is.EqualTo(200));
    }

    [Test]
    public void Another_name_leads_to_its_Service()
    {
        using SmallWorld world = World("""
            apiVersion: v1
            kind: Service
            metadata: {name: server, namespace: default}
            spec: {selector: {app: server}, ports: [{name: http, port: 80, targetPort: 8080}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: alias, namespace: default}
            spec: {type: ExternalName, externalName: server.default.svc.cluster.local}
            """, "alias");
        Assert.That(world.Run().ByCode.Single().Key, Is.EqualTo(200));
    }

    [TestCase("PERMISSIVE", 200)]
    [TestCase("STRICT", 503)]
    public void A_pods_address_is_passed_through_in_plaintext(string mode, int code)
    {
        using SmallWorld world = World(Headless("http", 9999), "10.10.0.11:8080", $$"""
            apiVersion: security.istio.io/v1
            kind: PeerAuthentication
            metadata: {name: default, namespace: istio-system}
            spec: {mtls: {mode: {{mode}} } }
            """);
        RunResult result = world.Run();
        Assert.That(result.ByCode.Single().Key, Is.EqualTo(code == 200 ? 200 : 0), result.Requests[0].ToString());
        Assert.That(result.Requests.Select(static r => r.HostPod).Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public void Nothing_leaves_where_only_known_hosts_may_be_called()
    {
        using SmallWorld world = World(Headless("http", 9999), "10.10.0.11:8080", """
            apiVersion: networking.istio.io/v1
            kind: Sidecar
            metadata: {name: default, namespace: default}
            spec:
              egress: [{hosts: ["./*"]}]
              outboundTrafficPolicy: {mode: REGISTRY_ONLY}
            """);
        Assert.That(world.Run().ByDisposition.Single().Key, Is.EqualTo("EGRESS_BLOCKED"));
    }
}
