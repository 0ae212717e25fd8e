using System.Globalization;
using System.Text.Json;
using Sim.Telemetry;
using Sim.Tests.Vectors;

namespace Sim.Tests.Telemetry;

/// <summary>Vectors istio-metrics: one request, the labels of each reporter.</summary>
[TestFixture]
internal sealed class IstioMetricsVectors
{
    private static IEnumerable<TestCaseData> Cases() => VectorFiles.Cases("istio-metrics");

    [TestCaseSource(nameof(Cases))]
    public void Request_gives_recorded_series(VectorCase vector)
    {
        JsonElement scenario = vector.Case.GetProperty("scenario");
        JsonElement expect = vector.Case.GetProperty("expect");
        IReadOnlyList<MetricChange> changes = IstioMetrics.Of(Request(scenario));
        foreach (JsonElement series in expect.GetProperty("series").EnumerateArray())
        {
            Assert.That(changes.Any(c => Matches(c, series)), Is.True, series + "\n" + string.Join("\n", changes));
        }

        foreach (JsonElement absent in expect.TryGetProperty("absent", out JsonElement a)
            ? a.EnumerateArray() : default)
        {
            Assert.That(changes.Any(c => Matches(c, absent)), Is.False, absent.ToString());
        }
    }

    [Test]
    public void Client_WithoutSidecar_LeavesOnlyTheDestinationWithAnUnknownSource()
    {
        var request = new IstioRequest
        {
            Source = new MetricWorkload("curl", "legacy", "us-east") { HasProxy = false },
            Destination = new MetricWorkload("ledger-v1", "bank", "eu-west"),
            AtSource = new MetricOutcome(200),
            AtDestination = new MetricOutcome(200),
            ServiceKind = MetricServiceKind.Kubernetes,
            ServiceHost = "ledger.bank.svc.cluster.local",
        };
        LabelSet labels = IstioMetrics.Of(request).Select(static c => c.Labels).Distinct().Single();
        Assert.That(labels["reporter"], Is.EqualTo("destination"));
        Assert.That(labels["source_workload"], Is.EqualTo("unknown"));
        Assert.That(labels["source_cluster"], Is.EqualTo("unknown"));
        Assert.That(labels["connection_security_policy"], Is.EqualTo("none"));
    }

    private static bool Matches(MetricChange change, JsonElement labels) => labels.EnumerateObject().All(p =>
        (p.Name == "metric" ? change.Name : change.Labels[p.Name]) == p.Value.GetString());

    private static IstioRequest Request(JsonElement s)
    {
        JsonElement result = s.GetProperty("result");
        bool hasLeft = result.TryGetProperty("downstreamDisconnect", out _);
        int code = result.TryGetProperty("code", out JsonElement c) ? c.GetInt32() : 0;
        string flags = result.TryGetProperty("flags", out JsonElement f) ? f.GetString()! : hasLeft ? "DC" : "";
        MetricWorkload? to = Workload(s, "to");
        bool isReached = to is { HasProxy: true } && (flags.Length == 0 || hasLeft);
        string entry = Text(s, "toServiceEntryHost");
        string host = Text(s, "hostHeader");
        bool isRegistryOnly = Text(s, "outboundTrafficPolicy") == "REGISTRY_ONLY";
        return new IstioRequest
        {
            Source = Workload(s, "from"),
            Destination = to,
            AtSource = new MetricOutcome(code, flags, 5),
            AtDestination = isReached ? new MetricOutcome(code, flags, 4) : null,
            ServiceKind = to is not null ? MetricServiceKind.Kubernetes
                : entry.Length > 0 ? MetricServiceKind.ServiceEntry
                : isRegistryOnly ? MetricServiceKind.BlackHole
                : flags is "NC" or "NR" ? MetricServiceKind.None : MetricServiceKind.Passthrough,
            ServiceHost = to is not null ? s.GetProperty("to").GetProperty("service").GetString()! : entry,
            HostHeader = host,
            IsMutualTls = Text(s, "tls") == "mtls",
            Protocol = Text(s, "protocol") switch
            {
                "tcp" => MetricProtocol.Tcp,
                "grpc" => MetricProtocol.Grpc,
                _ => MetricProtocol.Http,
            },
        };
    }

    private static string Text(JsonElement s, string name) =>
        s.TryGetProperty(name, out JsonElement e) ? e.GetString()! : "";

    private static MetricWorkload? Workload(JsonElement s, string side)
    {
        if (!s.TryGetProperty(side, out JsonElement w))
        {
            return null;
        }

        string ns = Text(w, "namespace");
        return new MetricWorkload(Text(w, "workload"), ns, Text(w, "cluster"))
        {
            App = Text(w, "app"),
            Version = Text(w, "version"),
            Principal = string.Create(CultureInfo.InvariantCulture,
                $"spiffe://cluster.local/ns/{ns}/sa/{Text(w, "serviceAccount")}"),
            HasProxy = !w.TryGetProperty("sidecar", out JsonElement sidecar) || sidecar.GetBoolean(),
        };
    }
}
