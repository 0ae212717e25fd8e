using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Tests.Vectors;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Vectors of outlier detection and of its arithmetic.</summary>
internal sealed class OutlierVectorTests
{
    private static IEnumerable<TestCaseData> Sequences() => VectorFiles.Cases("envoy-outlier-detection");

    private static IEnumerable<TestCaseData> Arithmetic() => VectorFiles.Cases("envoy-ejection-arithmetic");

    [TestCaseSource(nameof(Sequences))]
    public void Outlier_detection(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        new OutlierVectorRun(c.GetProperty("input")).Check(c.GetProperty("expected"));
    }

    [TestCaseSource(nameof(Arithmetic))]
    public void Ejection_arithmetic(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement input = c.GetProperty("input");
        JsonElement expected = c.GetProperty("expected");
        switch (c.Text("op"))
        {
            case "success_rate_threshold":
                CheckSuccessRate(input, expected);
                break;
            case "failure_percentage":
                CheckFailurePercentage(input, expected);
                break;
            case "max_ejection_percent":
                int hosts = input.Int("hosts");
                int ejected = input.Int("already_ejected");
                Assert.That(OutlierMath.PercentAfter(ejected, hosts), Is.EqualTo(expected.Number("percent_after", -1))
                    .Within(1e-9));
                Assert.That(
                    OutlierMath.MayEject(
                        ejected, hosts, (uint)input.Int("max_ejection_percent"), input.Flag("always_eject_one_host")),
                    Is.EqualTo(expected.Flag("eject")));
                break;
            case "ejection_time":
                CheckTime(input, expected);
                break;
            case "jitter":
                Assert.That(
                    OutlierMath.JitterNs(
                        input.GetProperty("random").U64(),
                        input.Int("max_ejection_time_jitter_ms") * SimDuration.Millisecond),
                    Is.EqualTo(expected.Int("jitter_ms") * SimDuration.Millisecond));
                break;
            case "config":
                CheckConfig(input, expected);
                break;
            default:
                Assert.Fail("unknown op " + c.Text("op"));
                break;
        }
    }

    private static void CheckSuccessRate(JsonElement input, JsonElement expected)
    {
        double[] rates = input.Doubles("success_rates");
        (double mean, double stdev, double threshold) =
            OutlierMath.SuccessRateThreshold(rates, (uint)input.Int("stdev_factor"));
        Assert.Multiple(() =>
        {
            Assert.That(mean, Is.EqualTo(expected.Number("mean", -1)).Within(1e-9));
            Assert.That(stdev, Is.EqualTo(expected.Number("stdev", -1)).Within(1e-9));
            Assert.That(threshold, Is.EqualTo(expected.Number("threshold", -1)).Within(1e-9));
            Assert.That(
                Enumerable.Range(0, rates.Length).Where(i => rates[i] < threshold),
                    Is.EqualTo(expected.Ints("outliers")));
        });
    }

    private static void CheckFailurePercentage(JsonElement input, JsonElement expected)
    {
        int total = input.Int("total");
        bool counted = total >= input.Int("request_volume_minimum");
        Assert.That(counted, Is.EqualTo(input.Flag("counted")));
        double rate = 100.0 * input.Int("success") / total;
        if (counted)
        {
            Assert.That(rate, Is.EqualTo(expected.Number("success_rate", -1)).Within(1e-9));
        }

        Assert.That(
            counted && OutlierMath.IsFailurePercentageOutlier(rate, (uint)input.Int("threshold")),
            Is.EqualTo(expected.Flag("detected")));
    }

    private static void CheckTime(JsonElement input, JsonElement expected)
    {
        long baseNs = input.Int("base_ejection_time_ms") * SimDuration.Millisecond;
        long maxNs = input.Int("max_ejection_time_ms") * SimDuration.Millisecond;
        int multiplier = 0;
        for (int i = 0; i < input.Int("consecutive_ejections_without_decay"); i++)
        {
            multiplier = OutlierMath.NextMultiplier(multiplier, baseNs, maxNs);
        }

        Assert.That(multiplier, Is.EqualTo(expected.Int("multiplier")));
        Assert.That(
            OutlierMath.EjectionTimeNs(multiplier, baseNs, maxNs),
            Is.EqualTo(expected.Int("ejection_time_ms") * SimDuration.Millisecond));
    }

    private static void CheckConfig(JsonElement input, JsonElement expected)
    {
        OutlierDetectionConfig config = OutlierJson.Config(input);
        Assert.That(OutlierMath.Refusal(config) is null, Is.EqualTo(expected.Flag("accepted")));
        foreach (JsonProperty p in expected.EnumerateObject())
        {
            if (p.Name != "accepted")
            {
                Assert.That(OutlierJson.Value(config, p.Name), Is.EqualTo(p.Value.GetInt64()), p.Name);
            }
        }
    }
}

/// <summary>One vector of the kind outlier-detection, run event by event.</summary>
internal sealed class OutlierVectorRun : IHostHealthSink, IOutlierObserver
{
    private readonly Dictionary<string, Host> _hosts = [];
    private readonly OutlierDetector _detector;
    private readonly List<string[]> _ejected = [];
    private readonly List<JsonElement> _events;
    private readonly List<(int Event, string Host, string Action, string? Type, bool Enforced, int Times)> _log = [];
    private readonly Dictionary<int, (OutlierRateView External, OutlierRateView Local)> _metrics = [];
    private int _event;

    public OutlierVectorRun(JsonElement input)
    {
        foreach (string name in input.Texts("hosts"))
        {
            Add(name);
        }

        ulong[] random = [.. input.Items("random").Select(static r => r.U64()), 0, 0, 0, 0];
        _detector = new OutlierDetector(
            OutlierJson.Config(input.GetProperty("config")), ChosenDraws.First(random[..4]), this, Members, 0)
        {
            Observer = this,
        };
        _events = [.. input.Items("events")];
        for (; _event < _events.Count; _event++)
        {
            Apply(_events[_event]);
            _ejected.Add([.. _hosts.Where(h => IsEjected(h.Value)).Select(h => h.Key).Order(StringComparer.Ordinal)]);
        }
    }

    private Host[] Members => [.. _hosts.Values];

    void IHostHealthSink.HostHealthChanged(Host host, long nowNs)
    {
    }

    void IOutlierObserver.Ejected(Host host, OutlierEjectionType type, bool enforced, int timesEjected, long nowNs) =>
        _log.Add((_event, host.Endpoint.Hostname, "EJECT", type.Text(), enforced, timesEjected));

    void IOutlierObserver.Unejected(Host host, long nowNs) =>
        _log.Add((_event, host.Endpoint.Hostname, "UNEJECT", null, true, 0));

    public void Check(JsonElement expected)
    {
        JsonElement[] after = [.. expected.Items("ejected_after_event")];
        for (int i = 0; i < after.Length; i++)
        {
            Assert.That(
                _ejected[i], Is.EqualTo(after[i].EnumerateArray().Select(static x => x.GetString())),
                    "after event " + i);
        }

        CheckLog(expected);
        Assert.That(
            _detector.Counters.EjectionsActive, Is.EqualTo(expected.Int("final_ejections_active")), "ejections_active");
        if (expected.Get("counters") is JsonElement counters)
        {
            foreach ((string name, long value) in _detector.Counters.All())
            {
                if (name != "ejections_active")
                {
                    Assert.That(value, Is.EqualTo(counters.Int(Alias(name, counters))), name);
                }
            }
        }

        foreach (JsonElement metric in expected.Items("interval_metrics"))
        {
            (OutlierRateView external, OutlierRateView local) = _metrics[metric.Int("event")];
            external.Check(metric.Get("external_origin"));
            local.Check(metric.Get("local_origin"));
        }
    }

    private static bool IsEjected(Host host) => (host.Flags & HealthFlags.FailedOutlierCheck) != 0;

    // The documentation and the code spell one counter differently.
    private static string Alias(string name, JsonElement counters) =>
        name.EndsWith("local_origin_failure_percentage", StringComparison.Ordinal) && counters.Get(name) is null
            ? name.Replace("local_origin_failure_percentage", "failure_percentage_local_origin",
                StringComparison.Ordinal)
            : name;

    private void CheckLog(JsonElement expected)
    {
        if (expected.Get("log") is null)
        {
            return;
        }

        var remaining = new List<(int Event, string Host, string Action, string? Type, bool Enforced, int Times)>(_log);
        foreach (JsonElement e in expected.Items("log"))
        {
            // "times" counts the ejections of the host; of a detection that is not enforced, how often it was logged.
            bool enforced = e.Get("enforced")?.GetBoolean() ?? true;
            for (int i = 0; i < (enforced ? 1 : e.Int("times", 1)); i++)
            {
                int at = remaining.FindIndex(l => l.Event == e.Int("event") && l.Host == e.Text("host")
                    && l.Action == e.Text("action") && (e.Get("type") is null || l.Type == e.Text("type"))
                    && l.Enforced == enforced && (!enforced || e.Get("times") is null || l.Times == e.Int("times")));
                Assert.That(at, Is.GreaterThanOrEqualTo(0), "missing " + e + " in " + string.Join(';', _log));
                remaining.RemoveAt(at);
            }
        }

        Assert.That(remaining, Is.Empty, "more events than expected");
    }

    private void Apply(JsonElement e)
    {
        long now = e.GetProperty("t").GetInt64() * SimDuration.Millisecond;
        switch (e.Text("op"))
        {
            case "http":
                Repeat(e, h => _detector.PutHttpResponse(h, e.Int("code"), now));
                break;
            case "result":
                JsonElement result = e.GetProperty("result");
                string[] names = result.ValueKind == JsonValueKind.Array
                    ? [.. result.EnumerateArray().Select(static r => r.GetString()!)] : [result.GetString()!];
                Repeat(e, h =>
                {
                    foreach (string name in names)
                    {
                        _detector.PutResult(h, OutlierJson.Result(name), e.Int("code"), now);
                    }
                });
                break;
            case "interval":
                _detector.Sweep(now);
                _metrics[_event] = (
                    new OutlierRateView(_detector.External, _hosts, static s => s.ExternalSuccessRate),
                    new OutlierRateView(_detector.LocalOrigin, _hosts, static s => s.LocalOriginSuccessRate));
                break;
            case "add":
                foreach (string name in e.Texts("hosts"))
                {
                    Add(name);
                }

                _detector.HostsChanged(Members);
                break;
            case "remove":
                foreach (string name in e.Texts("hosts"))
                {
                    _hosts.Remove(name);
                }

                _detector.HostsChanged(Members);
                break;
            case "active_health_check_success":
                Repeat(e, h => _detector.ActiveHealthCheckPassed(h, now));
                break;
            default:
                Assert.Fail("unknown event " + e);
                break;
        }
    }

    private void Repeat(JsonElement e, Action<Host> report)
    {
        for (int i = 0; i < e.Int("count", 1); i++)
        {
            foreach (string name in e.Texts("hosts"))
            {
                report(_hosts[name]);
            }
        }
    }

    private void Add(string name) => _hosts[name] = new Host(
        new LbEndpoint { Address = "10.0.0.1", Port = _hosts.Count + 1, Hostname = name }, Locality.Empty, 0);
}

/// <summary>Figures of a rate detector after a sweep.</summary>
internal sealed class OutlierRateView
{
    private readonly double _average;
    private readonly double _threshold;
    private readonly Dictionary<string, double> _hosts;

    public OutlierRateView(
        OutlierRateDetector detector, Dictionary<string, Host> hosts, Func<OutlierHostState, double> rate)
    {
        _average = detector.Average;
        _threshold = detector.Threshold;
        _hosts = hosts.ToDictionary(static h => h.Key, h => rate(h.Value.Outlier!));
    }

    public void Check(JsonElement? expected)
    {
        if (expected is not JsonElement e)
        {
            return;
        }

        Assert.That(_average, Is.EqualTo(e.Number("average", _average)).Within(1e-9), "average");
        Assert.That(_threshold, Is.EqualTo(e.Number("threshold", _threshold)).Within(1e-9), "threshold");
        foreach (JsonProperty host in e.Get("host")?.EnumerateObject() ?? default)
        {
            Assert.That(_hosts[host.Name], Is.EqualTo(host.Value.GetDouble()).Within(1e-9), host.Name);
        }
    }
}
