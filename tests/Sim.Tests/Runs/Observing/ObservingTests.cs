using System.Globalization;
using Sim.Core;
using Sim.Runs;
using Sim.Runs.Observing;
using Sim.Telemetry;
using Sim.Telemetry.PromQl;

namespace Sim.Tests.Runs.Observing;

/// <summary>A Prometheus that watches a run sees what happened, and changes nothing.</summary>
[TestFixture]
internal sealed class ObservingTests
{
    [Test]
    public void Watching_ChangesNoEventAndNoResult()
    {
        RunResult alone = Run("data-residency");
        RunResult watched = Run("data-residency", "spec.prometheus.scrapeInterval=1s");
        Assert.That(watched.EventsFingerprint, Is.EqualTo(alone.EventsFingerprint));
        Assert.That(watched.ResultsFingerprint, Is.EqualTo(alone.ResultsFingerprint));
        Assert.That(alone.Observation.Clusters, Is.Empty);
        Assert.That(watched.Observation.Clusters.Select(static c => c.Cluster),
            Is.EqualTo((string[])["us-east", "eu-west"]));
    }

    [Test]
    public void Counters_EqualTheRequestsOfTheRun()
    {
        RunResult run = Run("data-residency", "spec.prometheus.scrapeInterval=1s");
        long denied = run.Requests.LongCount(static r => r.Code == 403);
        long served = run.Requests.LongCount(static r => r.Code == 200);
        Assert.That(denied, Is.EqualTo(101));
        foreach ((string reporter, string cluster) in ((string, string)[])
                 [("source", "us-east"), ("destination", "eu-west")])
        {
            string query = $$"""sum(istio_requests_total{reporter="{{reporter}}",response_code="403"})""";
            Assert.That(Ask(run, cluster, query), Is.EqualTo((double[])[denied]), reporter);
        }

        Assert.That(Ask(run, "eu-west", """sum(istio_requests_total{reporter="destination",response_code="200"})"""),
            Is.EqualTo((double[])[served]));
        Assert.That(Ask(run, "eu-west",
            """sum(istio_request_duration_milliseconds_count{reporter="destination",response_code="200"})"""),
            Is.EqualTo((double[])[served]));
    }

    [Test]
    public void Gateway_ThatReadsHttp_ReportsAsSourceOnly()
    {
        RunResult run = Run("ingress-down", "spec.prometheus.scrapeInterval=1s", "spec.traffic[1].stop=80s");
        Assert.That(Ask(run, "eu-west", """
            sum(istio_requests_total{reporter="source",source_workload="istio-ingressgateway",
            destination_service="web.default.svc.cluster.local",response_code="200"})
            """), Is.EqualTo((double[])[80 * 20]));
        Assert.That(Ask(run, "eu-west", """istio_requests_total{destination_workload="istio-ingressgateway"}"""),
            Is.Empty);
    }

    /// <summary>Another Service makes the client's sidecar read HTTP on that port; the address is none it knows.
    /// </summary>
    [Test]
    public void Passage_ByAPortOfHttp_BearsItsHostAndPassthroughCluster()
    {
        using SmallWorld world = new SmallWorld("us").Workload("us", "client").Workload("us", "server");
        world.Objects("us", """
            apiVersion: v1
            kind: Service
            metadata: {name: other, namespace: default}
            spec: {selector: {app: other}, ports: [{name: http, port: 8080}]}
            """).Spec("""
            duration: 10s
            prometheus: {scrapeInterval: 1s}
            traffic:
              - {name: calls, from: {context: us, workload: client}, rate: 10/s, arrivals: constant, stop: 8s,
                 request: {curl: 'http://10.10.0.11:8080/'} }
            """);
        RunResult run = world.Run();
        Assert.That(run.ByCode.Single(), Is.EqualTo(KeyValuePair.Create(200, 80L)));
        Assert.That(Ask(run, "us", """
            sum(istio_requests_total{reporter="source",destination_service_name="PassthroughCluster",
            destination_service="10.10.0.11:8080",source_workload="client",destination_workload="server"})
            """), Is.EqualTo((double[])[80]));
        Assert.That(Ask(run, "us", """
            sum(istio_requests_total{reporter="destination",connection_security_policy="none"})
            """), Is.EqualTo((double[])[80]));
    }

    [Test]
    public void Gateway_WhoseConfigurationGoes_KeepsWhatItCounted()
    {
        using SmallWorld world = new SmallWorld("us").Workload("us", "leaf").Service("us", "leaf")
            .Cluster("us", ", ingressGateway: {}").Objects("us", """
                apiVersion: networking.istio.io/v1
                kind: Gateway
                metadata: {name: g, namespace: default}
                spec:
                  selector: {istio: ingressgateway}
                  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]
                ---
                apiVersion: networking.istio.io/v1
                kind: VirtualService
                metadata: {name: v, namespace: default}
                spec: {hosts: ["*"], gateways: [g], http: [{route: [{destination: {host: leaf}}]}]}
                """).Spec("""
                duration: 20s
                prometheus: {scrapeInterval: 1s}
                workloads: [{match: {workload: leaf}, serviceTime: 800ms}]
                timeline: [{at: 10s, run: kubectl --context=us delete gateway g}]
                traffic:
                  - {name: t, from: {region: us, ingress: istio-ingressgateway}, rate: 20/s, arrivals: constant,
                     request: {curl: http://a.com/}}
                """);
        RunResult run = world.Run();
        long served = run.Requests.LongCount(static r => r.Code == 200);
        Assert.That(served, Is.InRange(180, 220));
        Assert.That(Ask(run, "us", """
            sum(istio_requests_total{reporter="source",source_workload="istio-ingressgateway",response_code="200"})
            """), Is.EqualTo((double[])[served]));
    }

    [Test]
    public void Gateway_ThatPassesBytesOn_CountsConnectionsAndIsWhomTheServerSees()
    {
        using SmallWorld world = new SmallWorld("us").Workload("us", "leaf").Service("us", "leaf")
            .Cluster("us", ", ingressGateway: {}").Objects("us", """
                apiVersion: networking.istio.io/v1
                kind: Gateway
                metadata: {name: g, namespace: default}
                spec:
                  selector: {istio: ingressgateway}
                  servers: [{port: {number: 80, name: tcp, protocol: TCP}, hosts: ["*"]}]
                ---
                apiVersion: networking.istio.io/v1
                kind: VirtualService
                metadata: {name: v, namespace: default}
                spec: {hosts: ["*"], gateways: [g], tcp: [{route: [{destination: {host: leaf}}]}]}
                """).Spec("""
                duration: 20s
                prometheus: {scrapeInterval: 1s}
                traffic:
                  - {name: t, from: {region: us, ingress: istio-ingressgateway}, rate: 20/s, arrivals: constant,
                     stop: 10s, request: {curl: http://a.com/}}
                """);
        RunResult run = world.Run();
        Assert.That(run.ByCode.Single(), Is.EqualTo(KeyValuePair.Create(200, 200L)));
        Assert.That(Ask(run, "us", """
            sum(istio_tcp_connections_opened_total{reporter="source",source_workload="istio-ingressgateway",
            destination_workload="leaf"})
            """), Is.EqualTo((double[])[200]));
        Assert.That(Ask(run, "us", """
            sum(istio_requests_total{reporter="destination",source_workload="istio-ingressgateway",
            connection_security_policy="mutual_tls",response_code="200"})
            """), Is.EqualTo((double[])[200]));
    }

    [Test]
    public void Passage_ByAnotherPort_IsAConnectionOfBytesWithoutService()
    {
        string host = Run("pool-sizing", "spec.duration=20s").Requests[0].Host;
        RunResult run = Run("pool-sizing", "spec.duration=20s", "spec.prometheus.scrapeInterval=1s",
            "spec.traffic[0].rate=10/s", "spec.traffic[0].arrivals=constant", "spec.traffic[0].stop=15s",
            $"spec.traffic[0].request.curl=http://{host}/");
        Assert.That(run.ByCode.Single(), Is.EqualTo(KeyValuePair.Create(200, 150L)));
        Assert.That(Ask(run, "us", """
            sum(istio_tcp_connections_opened_total{reporter="source",destination_service_name="PassthroughCluster",
            destination_service="unknown"})
            """), Is.EqualTo((double[])[150]));
    }

    [Test]
    public void Buckets_HoldTheDurationsOfTheRequests()
    {
        RunResult run = Run("data-residency", "spec.prometheus.scrapeInterval=1s");
        foreach (double bound in (double[])[10, 100, 250])
        {
            long below = run.Requests.LongCount(r => r.Traffic == "us-reads"
                && (r.EndNs - r.StartNs) / SimDuration.Millisecond <= bound);
            long probes = run.Requests.LongCount(r => r.Traffic == "cross-border-curl"
                && (r.EndNs - r.StartNs) / SimDuration.Millisecond <= bound);
            string le = bound.ToString(CultureInfo.InvariantCulture);
            Assert.That(Ask(run, "us-east", $$"""sum(istio_request_duration_milliseconds_bucket{le="{{le}}"})"""),
                Is.EqualTo((double[])[below + probes]), le);
        }
    }

    /// <summary>A steady run between two scrapes: one second or three, watching costs the same few bytes of looking
    /// whether anything is due.</summary>
    [Test]
    public void Counting_InTheSteadyState_AllocatesNothing()
    {
        const string Off = "spec.description=x";
        const string On = "spec.prometheus.scrapeInterval=1h";
        long ofOne = BytesOfSteadyState(On, 1) - BytesOfSteadyState(Off, 1);
        long ofThree = BytesOfSteadyState(On, 3) - BytesOfSteadyState(Off, 3);
        Assert.That(ofThree, Is.EqualTo(ofOne));
        Assert.That(ofOne, Is.LessThan(1_000));
    }

    private static long BytesOfSteadyState(string set, int seconds)
    {
        var bag = new DiagnosticBag();
        Sim.Runs.Scenario.ScenarioDocument document = Sim.Runs.Scenario.ScenarioReader.Read(
            Path.Combine(RepositoryPaths.Root, "scenarios", "disaster-recovery"), [set], "", bag)!;
        var simulation = new ScenarioSimulation(document, 0, 10, bag);
        simulation.Prepare();
        simulation.RunUntil(66 * SimDuration.Second);
        long before = GC.GetAllocatedBytesForCurrentThread();
        simulation.RunUntil((66 + seconds) * SimDuration.Second);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    [Test]
    public void Series_OfAPodThatIsGone_End()
    {
        RunResult run = Run("federated-metrics");
        Assert.That(Ask(run, "eu-west", "count(up)", 350_000), Is.EqualTo((double[])[3]));
        Assert.That(Ask(run, "eu-west", "count(up)", 420_000), Is.EqualTo((double[])[1]));
        Assert.That(Ask(run, "eu-west", """istio_requests_total{reporter="destination"}""", 420_000), Is.Empty);
    }

    [Test]
    public void Statistics_OfEnvoyClusters_AreExposedOnRequest()
    {
        RunResult run = Run("od-will-it-eject", "spec.prometheus.envoyStats=true");
        Assert.That(Ask(run, run.Observation.Clusters[0].Cluster, "max(envoy_cluster_membership_total)"),
            Is.EqualTo((double[])[4]));
        RunResult without = Run("od-will-it-eject", "spec.prometheus.envoyStats=false");
        Assert.That(Ask(without, without.Observation.Clusters[0].Cluster, "envoy_cluster_membership_total"), Is.Empty);
    }

    [Test]
    public void Dialect_IsThatOfTheProfile()
    {
        Assert.That(Run("data-residency", "spec.prometheus.envoyStats=false").Observation.Clusters[0].Version,
            Is.EqualTo("3.8"));
        Assert.That(Run("data-residency", "spec.prometheus.envoyStats=false", "spec.compat.istio=1.22")
            .Observation.Clusters[0].Version, Is.EqualTo("2.51"));
        Assert.That(Run("data-residency", "spec.prometheus.version=2.42").Observation.Clusters[0].Version,
            Is.EqualTo("2.42"));
    }

    [TestCase("MS0706", "alert Impossible can never fire: no proxy reports istio_requests_total with such a "
        + "source_cluster")]
    [TestCase("MS0707", "alert Always is true for every request: the client's proxy always reports "
        + "connection_security_policy=\"unknown\"")]
    [TestCase("MS0709", "rule Failing fails: ")]
    [TestCase("MS0710", "prometheus.example:9090/federate never answered: prometheus.example does not resolve")]
    public void Finding_OfRulesAndTargets_IsMade(string code, string message)
    {
        RunResult run = RunWritten(Scenario, Manifests, Rules);
        Assert.That(run.Findings.Where(d => d.Code == code).Select(static d => d.Message),
            Has.Some.Contains(message));
    }

    [Test]
    public void Rules_NobodyReads_AreMS0708()
    {
        RunResult run = Run("federated-metrics", "as-written", []);
        Assert.That(run.Findings.Single(static d => d.Code == "MS0708").Message, Does.Contain("no Prometheus"));
    }

    [Test]
    public void PrometheusRule_InARuleFile_IsRead()
    {
        RunResult run = RunWritten(Scenario, Manifests, """
            apiVersion: monitoring.coreos.com/v1
            kind: PrometheusRule
            metadata: {name: rules}
            spec:
              groups:
              - name: own
                interval: 5s
                rules:
                - {alert: Busy, expr: sum(istio_requests_total) > 10, for: 10s}
            """);
        AlertInterval[] busy = [.. run.Observation.Alerts.Where(static a => a.Alert == "Busy")];
        Assert.That(busy.Select(static a => a.State), Is.EqualTo((string[])["pending", "firing"]));
        Assert.That(busy[1].FromNs - busy[0].FromNs, Is.EqualTo(10 * SimDuration.Second));
        Assert.That(busy[0].UntilNs, Is.EqualTo(busy[1].FromNs));
        Assert.That(busy[1].UntilNs, Is.Null);
        Assert.That(run.Events.Where(static e => e.Kind == "alert").Select(static e => e.Text),
            Is.EqualTo((string[])["fires in c"]));
    }

    [TestCase("{query: 'sum(', cluster: c}", "MS3008", "1:5: parse error")]
    [TestCase("{query: 'up', cluster: d}", "MS3005", "no cluster \"d\"")]
    [TestCase("{query: 'up', during: x}", "MS3010", "stands alone")]
    [TestCase("{expr: 'count > 1', at: 1m}", "MS3010", "belong to a query")]
    public void Query_ThatCannotBeJudged_IsRefused(string assertion, string code, string message)
    {
        IReadOnlyList<Diagnostic> found = OutcomeOf(
            Scenario.Replace("assert: []", "assert: [" + assertion + "]", StringComparison.Ordinal), Manifests, Rules)
            .Diagnostics;
        Assert.That(found.Where(d => d.Code == code).Select(static d => d.Message), Has.Some.Contains(message));
    }

    [Test]
    public void Alert_NobodyKnows_DoesNotHold()
    {
        RunResult run = RunWritten(Scenario.Replace("expect: []", "expect: [{alert: Nope, firing: false}]",
            StringComparison.Ordinal), Manifests, Rules);
        Judgement judged = run.Judgements.Single(static j => j.Kind == "alert");
        Assert.That((judged.Held, judged.Measured), Is.EqualTo((false, "no server has such a rule")));
    }

    private const string Scenario = """
        apiVersion: meshsim/v1alpha1
        kind: Scenario
        spec:
          duration: 1m
          clusters: [{name: c, manifests: [m.yaml]}]
          prometheus: {scrapeInterval: 5s, config: istio-system/prometheus}
          alerts: {rules: [rules.yml], expect: []}
          traffic:
            - {name: calls, from: {context: c, workload: a}, rate: 10/s, request: {curl: http://b/}}
          assert: []
        """;

    private const string Rules = """
        groups:
        - name: own
          interval: 5s
          rules:
          - {alert: Impossible, expr: 'istio_requests_total{source_cluster="d"} > 0'}
          - {alert: Always, expr: 'increase(istio_requests_total{connection_security_policy!="mutual_tls"}[5m]) > 0'}
          - {alert: Failing, expr: 'sum by (reporter) (up) or istio_requests_total * on () istio_requests_total'}
        """;

    private const string Manifests = """
        apiVersion: v1
        kind: Namespace
        metadata: {name: default, labels: {istio-injection: enabled}}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: prometheus, namespace: istio-system}
        data:
          prometheus.yml: |
            global: {scrape_interval: 5s}
            scrape_configs:
            - job_name: pods
              metrics_path: /stats/prometheus
              kubernetes_sd_configs: [{role: pod}]
              relabel_configs:
              - {source_labels: [__meta_kubernetes_pod_container_port_name], action: keep, regex: http-envoy-prom}
            - job_name: other
              metrics_path: /federate
              params: {'match[]': [up]}
              static_configs: [{targets: ['prometheus.example:9090']}]
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: a}
        spec:
          selector: {matchLabels: {app: a}}
          template: {metadata: {labels: {app: a}}, spec: {containers: [{name: x, image: x}]}}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: b}
        spec:
          selector: {matchLabels: {app: b}}
          template: {metadata: {labels: {app: b}}, spec: {containers: [{name: x, image: x}]}}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: b}
        spec: {selector: {app: b}, ports: [{name: http, port: 80}]}
        """;

    private static RunResult Run(string pack, params string[] set) => Run(pack, "", set);

    private static RunResult Run(string pack, string variant, string[] set) => ScenarioRunner.Run(
        new ScenarioRequest(Path.Combine(RepositoryPaths.Root, "scenarios", pack), Variant: variant, Set: set,
            Replications: 1), null, default).Result!;

    private static RunResult RunWritten(string scenario, string manifests, string rules)
    {
        ScenarioOutcome outcome = OutcomeOf(scenario, manifests, rules);
        return outcome.Result ?? throw new InvalidOperationException(string.Join('\n', outcome.Diagnostics));
    }

    private static ScenarioOutcome OutcomeOf(string scenario, string manifests, string rules)
    {
        string folder = Directory.CreateTempSubdirectory("sim-observing").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "scenario.yaml"), scenario);
            File.WriteAllText(Path.Combine(folder, "m.yaml"), manifests);
            File.WriteAllText(Path.Combine(folder, "rules.yml"), rules);
            return ScenarioRunner.Run(new ScenarioRequest(folder), null, default);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double[] Ask(RunResult run, string cluster, string promql, long? atMs = null)
    {
        ObservedCluster c = run.Observation.Clusters.Single(x => x.Cluster == cluster);
        PromQlResult answer = PromQlQuery.Instant(
            promql, c.Dialect, c.Store!, c.StartMs + (atMs ?? run.DurationNs / SimDuration.Millisecond), c.Options);
        Assert.That(answer.Error, Is.Null);
        return [.. ((VectorValue)answer.Value!).Samples.Select(static s => s.Value)];
    }
}
