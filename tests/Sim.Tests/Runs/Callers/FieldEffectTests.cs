using Sim.Runs;

namespace Sim.Tests.Runs.Callers;

/// <summary>Fields of clusters, routes and listeners that decide where a connection goes or who answers.</summary>
internal sealed class FieldEffectTests
{
    private const string Bytes = """
        apiVersion: v1
        kind: Service
        metadata: {name: ledger, namespace: default}
        spec:
          clusterIP: 10.96.7.7
          selector: {app: ledger}
          ports: [{name: tcp, port: 5432, targetPort: 8080}]
        """;

    private static string Rule(string host, string policy) => $$"""
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: {{host}}, namespace: default}
        spec: {host: {{host}}, trafficPolicy: {{policy}} }
        """;

    private static RequestRecord[] Run(string curl, string service, params string[] objects)
    {
        using SmallWorld world = new SmallWorld("us").Workload("us", "caller", 2).Workload("us", "ledger", 4)
            .Objects("us", service);
        foreach (string yaml in objects)
        {
            world.Objects("us", yaml);
        }

        world.Spec($$"""
            duration: 5s
            seed: 5
            workloads: [{match: {workload: ledger}, serviceTime: 5ms}]
            traffic:
              - {name: t, from: {context: us, workload: caller}, rate: 20/s, arrivals: constant,
                 request: {curl: '{{curl}}' } }
            """);
        return [.. world.Run().Requests];
    }

    private static Dictionary<string, int> ServersByCaller(RequestRecord[] all) => all
        .GroupBy(static r => r.Client).ToDictionary(
            static g => g.Key, static g => g.Select(static r => r.HostPod).Distinct().Count(), StringComparer.Ordinal);

    [Test]
    public void Tcp_connections_follow_the_hash_of_their_source_address()
    {
        RequestRecord[] all = Run("http://ledger:5432/", Bytes,
            Rule("ledger", "{loadBalancer: {consistentHash: {useSourceIp: true}}}"));
        Assert.That(all.Select(static r => r.Code).Distinct(), Is.EqualTo([200]));
        Assert.That(ServersByCaller(all).Values, Is.EqualTo([1, 1]), "servers of each caller");
    }

    [Test]
    public void A_hash_of_a_single_port_says_nothing_to_tcp_proxies()
    {
        RequestRecord[] all = Run("http://ledger:5432/", Bytes, Rule("ledger",
            "{portLevelSettings: [{port: {number: 5432}, loadBalancer: {consistentHash: {useSourceIp: true}}}]}"));
        Assert.That(ServersByCaller(all).Values, Is.EqualTo([4, 4]), "a host at random for each connection");
    }

    [Test]
    public void A_tcp_connection_ends_at_its_greatest_age()
    {
        RequestRecord[] all = Run("http://ledger:5432/", Bytes,
            Rule("ledger", "{connectionPool: {tcp: {maxConnectionDuration: 2ms}}}"));
        Assert.That(all.Select(static r => (r.Code, r.Disposition)).Distinct(), Is.EqualTo([(0, "TIMEOUT")]));
        Assert.That(all.Select(static r => r.Flags).Distinct(), Is.EqualTo(["DT"]));
    }

    [Test]
    public void A_silent_tcp_connection_ends_at_its_idle_timeout()
    {
        RequestRecord[] all = Run("http://ledger:5432/", Bytes,
            Rule("ledger", "{connectionPool: {tcp: {idleTimeout: 3ms}}}"));
        Assert.That(all.Select(static r => (r.Code, r.Disposition)).Distinct(), Is.EqualTo([(0, "TIMEOUT")]));
    }

    [Test]
    public void Passthrough_goes_where_the_caller_connected_to()
    {
        RequestRecord[] all = Run("http://ledger/", """
            apiVersion: v1
            kind: Service
            metadata: {name: ledger, namespace: default}
            spec: {clusterIP: 10.96.7.8, selector: {app: ledger}, ports: [{name: http, port: 80, targetPort: 8080}]}
            """, Rule("ledger", "{loadBalancer: {simple: PASSTHROUGH}}"));
        Assert.That(all.Select(static r => (r.Code, r.Disposition)).Distinct(), Is.EqualTo([(200, "SERVED")]));
        Assert.That(all.Select(static r => r.HostPod).Distinct().Count(), Is.GreaterThan(1), "kube-proxy chooses");
    }

    [Test]
    public void The_port_of_a_passthrough_entry_is_replaced()
    {
        const string Entry = """
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: {name: core, namespace: default}
            spec:
              hosts: [core.example.com]
              addresses: [10.96.7.9]
              location: MESH_INTERNAL
              resolution: NONE
              ports: [{number: 9000, name: tcp, protocol: TCP, targetPort: 5432}]
            """;
        string service = Bytes.Replace("10.96.7.7", "10.96.7.9", StringComparison.Ordinal);
        Assert.That(Run("http://10.96.7.9:9000/", service, Entry).Select(static r => r.Code).Distinct(),
            Is.EqualTo([200]), "port 5432 of the Service");
        Assert.That(Run("http://10.96.7.9:9000/", service, Entry.Replace(", targetPort: 5432", "",
            StringComparison.Ordinal)).Select(static r => r.Code).Distinct(), Is.EqualTo([0]), "nobody at port 9000");
    }

    [TestCase("https://bank.example.com", "", 200, "DIRECT_RESPONSE")]
    [TestCase("https://evil.example.com", "", 200, "SERVED")]
    [TestCase("https://evil.example.com", ", unmatchedPreflights: IGNORE", 200, "DIRECT_RESPONSE")]
    [TestCase("https://bank.example.com", "}\n    fault: {abort: {httpStatus: 418, percentage: {value: 100}}", 418,
        "FAULT_INJECTED")]
    public void Preflight_requests_are_answered_by_the_sidecar(
        string origin, string more, int code, string disposition)
    {
        RequestRecord[] all = Run(
            $"-X OPTIONS -H \"Origin: {origin}\" -H \"Access-Control-Request-Method: PUT\" http://ledger/", """
            apiVersion: v1
            kind: Service
            metadata: {name: ledger, namespace: default}
            spec: {selector: {app: ledger}, ports: [{name: http, port: 80, targetPort: 8080}]}
            """, $$"""
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: ledger, namespace: default}
            spec:
              hosts: [ledger]
              http:
              - corsPolicy: {allowOrigins: [{exact: "https://bank.example.com"}] {{more}} }
                route: [{destination: {host: ledger} }]
            """);
        Assert.That(all.Select(static r => (r.Code, r.Disposition)).Distinct(), Is.EqualTo([(code, disposition)]));
    }

    [TestCase("bank.example.com", "", 200)]
    [TestCase("other.example.com", "", 503)]
    [TestCase("bank.example.com", ", sni: other.example.com", 503)]
    public void Tls_without_sni_names_the_host_of_the_request(string host, string sni, int code)
    {
        using SmallWorld world = new SmallWorld("us").Cluster("us", ", ingressGateway: {}")
            .Workload("us", "caller").Workload("us", "ledger").Service("us", "ledger").Objects("us", $$"""
            apiVersion: v1
            kind: Service
            metadata: {name: door, namespace: istio-system}
            spec: {externalIPs: [192.0.2.8], selector: {istio: ingressgateway}, ports: [{port: 443, targetPort: 8443}]}
            ---
            apiVersion: networking.istio.io/v1
            kind: Gateway
            metadata: {name: bank, namespace: default}
            spec:
              selector: {istio: ingressgateway}
              servers:
              - port: {number: 443, name: https, protocol: HTTPS}
                tls: {mode: SIMPLE, credentialName: bank}
                hosts: [bank.example.com]
            ---
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: bank, namespace: default}
            spec:
              hosts: [bank.example.com]
              gateways: [bank]
              http: [{route: [{destination: {host: ledger} }]}]
            ---
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: {name: door, namespace: default}
            spec:
              hosts: ["{{host}}"]
              addresses: [10.99.0.1]
              location: MESH_EXTERNAL
              resolution: STATIC
              ports: [{number: 80, name: http, protocol: HTTP, targetPort: 443}]
              endpoints: [{address: 192.0.2.8}]
            ---
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: {name: door, namespace: default}
            spec: {host: "{{host}}", trafficPolicy: {tls: {mode: SIMPLE, insecureSkipVerify: true {{sni}} } } }
            """).Spec($$"""
            duration: 5s
            seed: 5
            workloads: [{match: {workload: ledger}, serviceTime: 5ms}]
            traffic:
              - {name: t, from: {context: us, workload: caller}, rate: 20/s, arrivals: constant,
                 request: {curl: '-H "Host: {{host}}" http://10.99.0.1/' } }
            """);
        (int, string, string, string)[] all = [.. world.Run().Requests
            .Select(static r => (r.Code, r.Disposition, r.Flags, r.Details)).Distinct()];
        Assert.That(all.Select(static r => r.Item1), Is.EqualTo([code]), string.Join(' ', all));
    }
}
