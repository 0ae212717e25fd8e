using System.Text.Json;
using Sim.Labs;

namespace Sim.Tests.Labs;

/// <summary>Alerting rules that a lab applies: which can never fire, and which always do.</summary>
[TestFixture]
internal sealed class LabAlertTests
{
    /// <summary>A client with a sidecar, a server with one, a server without; rules as an object of the operator and as
    /// a ConfigMap.</summary>
    private const string Small = """
        # T

        ## Exercise 1: workloads

        ```bash
        kubectl label namespace default istio-injection=enabled
        kubectl create namespace bare
        kubectl apply -f - <<'EOF'
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: client}
        spec:
          selector: {matchLabels: {app: client}}
          template: {metadata: {labels: {app: client}}, spec: {containers: [{name: a, image: a}]}}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          selector: {matchLabels: {app: web}}
          template: {metadata: {labels: {app: web}}, spec: {containers: [{name: a, image: a}]}}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec: {selector: {app: web}, ports: [{port: 80, name: http}]}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: old, namespace: bare}
        spec:
          selector: {matchLabels: {app: old}}
          template: {metadata: {labels: {app: old}}, spec: {containers: [{name: a, image: a}]}}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: old, namespace: bare}
        spec: {selector: {app: old}, ports: [{port: 80, name: http}]}
        EOF
        ```

        ## Exercise 2: rules

        ```bash
        kubectl apply -f - <<'EOF'
        apiVersion: monitoring.coreos.com/v1
        kind: PrometheusRule
        metadata: {name: rules}
        spec:
          groups:
          - name: g
            rules:
            RULES
        EOF
        ```
        """;

    [TestCase("rate(istio_requests_total[5m]) > 0", "always", "each of 4 kinds")]
    [TestCase("sum(increase(istio_requests_total{connection_security_policy!=\"mutual_tls\"}[5m])) > 0", "always",
        "connection_security_policy=\"unknown\"")]
    [TestCase("rate(istio_requests_total{destination_service_name=\"web\"}[5m]) > 0", "sometimes", "2 of 4 kinds")]
    [TestCase("rate(istio_requests_total{reporter=\"destination\",connection_security_policy=\"none\"}[5m]) > 0",
        "quiet", "none of 4 kinds")]
    [TestCase("rate(istio_requests_total{response_code=~\"5..\"}[5m]) > 0", "quiet", "none of 4 kinds")]
    [TestCase("rate(istio_requests_total[5m]) > 100", "quiet", "none of 4 kinds")]
    [TestCase("rate(istio_request_total[5m]) > 0", "never", "no proxy has a metric istio_request_total")]
    [TestCase("rate(istio_requests_total{source_cluster=\"eu-west\"}[5m]) > 0", "never",
        "can report source_cluster=\"eu-west\"")]
    [TestCase("rate(istio_requests_total{reporter=\"source\",connection_security_policy=\"none\"}[5m]) > 0", "never",
        "together reporter=\"source\", connection_security_policy=\"none\"")]
    [TestCase("rate(istio_requests_total{reporter=\"destination\",destination_workload=\"old\"}[5m]) > 0", "never",
        "together")]
    [TestCase("rate(istio_requests_total{destination_workload=\"old\"}[5m]) > 0", "sometimes", "2 of 4 kinds")]
    [TestCase("rate(istio_requests_total{destination_service_name=\"PassthroughCluster\"}[5m]) > 0", "quiet", "none")]
    [TestCase("rate(istio_requests_total{destination_service=~\".*example.com\"}[5m]) > 0", "quiet", "none")]
    [TestCase("histogram_quantile(0.99, rate(istio_request_duration_milliseconds_bucket[5m])) > 500", "not-judged",
        "only istio_requests_total")]
    [TestCase("up == 0", "not-judged", "up is not a metric of requests")]
    [TestCase("absent(istio_requests_total{source_cluster=\"eu-west\"})", "not-judged", "without any series")]
    public void Rule_OfTheLab_IsToldWhatItCanDo(string expression, string fires, string why)
    {
        string rule = $"- {{alert: A, expr: '{expression}'}}";
        JsonElement two = LabRuns.Text(Small.Replace("RULES", rule, StringComparison.Ordinal), "2").Exercise("2");
        JsonElement alert = two.GetProperty("alerts").EnumerateArray().Single();
        Assert.That((alert.Text("alert"), alert.Text("fires")), Is.EqualTo(("A", fires)), alert.Text("why"));
        Assert.That(alert.Text("why"), Does.Contain(why));
        int line = Small.Split('\n').ToList().FindIndex(static l => l.Contains("RULES", StringComparison.Ordinal)) + 1;
        Assert.That(alert.GetProperty("line").GetInt32(), Is.EqualTo(line));
        Assert.That(alert.GetProperty("read").GetBoolean(), Is.False, "no Prometheus is told of");
    }

    [Test]
    public void PrometheusRule_UnderStrictAdmission_IsStored()
    {
        string rule = "- {alert: A, expr: up}";
        JsonElement two = LabRuns.Text(Small.Replace("RULES", rule, StringComparison.Ordinal), "2").Exercise("2");
        Assert.That(two.GetProperty("steps")[0].Text("outcome"), Is.EqualTo("done"), two.GetRawText());
    }

    [Test]
    public void Exercise_WithoutRules_HasNoAlerts()
    {
        JsonElement one = LabRuns.Text(Small.Replace("RULES", "[]", StringComparison.Ordinal), "1").Exercise("1");
        Assert.That(one.GetProperty("alerts").EnumerateArray(), Is.Empty);
    }

    /// <summary>The bank's exercise 10: nobody calls into the zone, and the caller's proxy never says mutual_tls.
    /// </summary>
    [Test]
    public void RulesOfExerciseTen_AreToldWithTheirLines([Values] bool isIntended)
    {
        JsonElement ten = (isIntended ? LabRuns.Intended : LabRuns.Written).Exercise("10");
        Assert.That(ten.GetProperty("alerts").EnumerateArray().Select(static a =>
                $"{a.GetProperty("line").GetInt32()} {a.Text("alert")} {a.Text("fires")} {a.GetProperty("read")}"),
            Is.EqualTo(new[]
            {
                "538 EUDataResidencyViolation quiet False", "552 SecurityZoneViolation never False",
                "566 mTLSViolation always False",
            }));
        Assert.That(ten.GetProperty("alerts")[1].Text("why"), Does.Contain("destination_service_namespace"));
        JsonElement lab = isIntended ? LabRuns.Intended : LabRuns.Written;
        Assert.That(lab.Exercise("11").GetProperty("alerts").EnumerateArray(), Is.Empty, "they are told where applied");
    }
}
