using System.Globalization;
using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Runs;
using Sim.World;
using Sim.Xds;

namespace Sim.Tests.Runs.Timeline;

/// <summary>The lab's disaster recovery as recorded from a running Envoy
/// (oracle/lab-e2e/failover-runs.jsonl).</summary>
public sealed class FailoverRunTests
{
    private const string Cluster = "outbound|80||transaction-service.default.svc.cluster.local";
    private const string Ip = "10.0.0.";

    private static readonly (string Name, string Region, string Zone, int Priority)[] Servers =
    [
        ("transaction-service-us-0", "us-east", "us-east-a", 0),
        ("transaction-service-us-1", "us-east", "us-east-b", 1),
        ("transaction-service-eu-0", "eu-west", "eu-west-a", 2),
        ("transaction-service-eu-1", "eu-west", "eu-west-b", 2),
    ];

    private static IEnumerable<JsonElement> Recordings() =>
        Oracle.OracleFiles.Files("lab-e2e", "failover-runs.jsonl").SelectMany(static f => File.ReadAllLines(f))
            .Where(static l => l.Length > 0).Select(static l => JsonDocument.Parse(l).RootElement);

    private static IEnumerable<TestCaseData> Cases() => Recordings().Select(static r => Oracle.OracleFiles.Case(
        "lab-e2e", string.Create(CultureInfo.InvariantCulture,
            $"{r.GetProperty("scenario").GetString()}/{r.GetProperty("run").GetInt32()}"), r));

    [TestCaseSource(nameof(Cases))]
    public void Failover_is_as_recorded(JsonElement recording)
    {
        string scenario = recording.GetProperty("scenario").GetString()!;
        TimelineWorld world = Simulate(recording, 1);
        Dictionary<string, int> simulated = Totals(world);
        Dictionary<string, int> recorded = recording.GetProperty("totals").EnumerateObject()
            .ToDictionary(static p => p.Name, static p => p.Value.GetInt32());
        TestContext.Out.WriteLine(string.Join("\n", recorded.Keys.Union(simulated.Keys).Order(StringComparer.Ordinal)
            .Select(k => $"{k}: recorded {recorded.GetValueOrDefault(k)}, "
                + $"simulated {simulated.GetValueOrDefault(k)}")));
        TestContext.Out.WriteLine(string.Join("\n", world.Events.Select(static e =>
            $"{e.AtNs / 1e9:F2} {e.Action} {e.Host} {e.Times}")));
        if (scenario == "scale-to-zero")
        {
            Assert.That(Errors(simulated), Is.Zero);
            return;
        }

        if (scenario.StartsWith("black-hole", StringComparison.Ordinal))
        {
            AssertFirstEjections(recording, world);
            return;
        }

        AssertCycles(recording, world);
        AssertEjections(recording, world);
    }

    private static TimelineWorld Simulate(JsonElement recording, ulong seed)
    {
        string scenario = recording.GetProperty("scenario").GetString()!;
        double? phase = recording.GetProperty("sweepPhaseSeconds").ValueKind == JsonValueKind.Number
            ? recording.GetProperty("sweepPhaseSeconds").GetDouble() : null;
        var world = new TimelineWorld(seed, 700 * SimDuration.Microsecond,
            sweepPhaseNs: phase is null ? null : (long)(phase * SimDuration.Second));
        List<PodRuntime> pods = Servers.Select((s, i) => world.AddServer(
            s.Name, Ip + i.ToString(CultureInfo.InvariantCulture), 5 * SimDuration.Millisecond, s.Region)).ToList();
        PodRuntime client = world.AddClient("account-service", Snapshot(scenario, scaled: false));
        double timeout = recording.TryGetProperty("clientTimeoutSeconds", out JsonElement t)
            && t.ValueKind == JsonValueKind.Number ? t.GetDouble() : 0;
        var template = new RequestTemplate(0, "transaction-service.default.svc.cluster.local", 80,
            new RequestHeaders("GET", "transaction-service.default.svc.cluster.local", "/", null, 0))
        {
            ClientTimeoutNs = scenario == "black-hole-client-timeout-2s" ? 2 * SimDuration.Second
                : timeout > 10 ? 0 : (long)(timeout * SimDuration.Second),
        };
        long duration = (long)(recording.GetProperty("durationSeconds").GetDouble() * SimDuration.Second);
        double rate = recording.GetProperty("ratePerSecond").GetDouble();
        long gap = (long)(SimDuration.Second / rate);
        world.AddTraffic(client, template, new ArrivalProcess(
            [.. Enumerable.Range(0, (int)(duration / gap)).Select(i => i * gap)], world.Stream("arrivals")));
        foreach (JsonElement fault in recording.GetProperty("faults").EnumerateArray())
        {
            long at = (long)(fault.GetProperty("t").GetDouble() * SimDuration.Second);
            Script(world, pods, client, scenario, fault.GetProperty("action").GetString()!, at);
        }

        world.Run(duration);
        return world;
    }

    private static void Script(
        TimelineWorld world, List<PodRuntime> pods, PodRuntime client, string scenario, string action, long at)
    {
        var fault = new StatusFault(503, 1, "brown-out", default);
        world.Lifecycle.At(at, () =>
        {
            switch (action)
            {
                case "scale0":
                    world.Lifecycle.Push(client, Snapshot(scenario, scaled: true));
                    break;
                case "scale2":
                    world.Lifecycle.Push(client, Snapshot(scenario, scaled: false));
                    break;
                case "503":
                    pods[0].StatusFaults.Add(fault);
                    pods[1].StatusFaults.Add(fault);
                    break;
                case "503one":
                    pods[0].StatusFaults.Add(fault);
                    break;
                case "hole":
                    world.Lifecycle.Freeze(pods[0]);
                    world.Lifecycle.Freeze(pods[1]);
                    break;
                default:
                    foreach (PodRuntime pod in pods.Take(2))
                    {
                        pod.StatusFaults.Clear();
                        if (pod.BlackHoleFaults > 0)
                        {
                            world.Lifecycle.Thaw(pod);
                        }
                    }

                    break;
            }
        });
    }

    private static ProxySnapshot Snapshot(string scenario, bool scaled)
    {
        var groups = new List<LocalityLbEndpoints>();
        for (int i = scaled ? 2 : 0; i < Servers.Length; i++)
        {
            (string _, string region, string zone, int priority) = Servers[i];
            groups.Add(new LocalityLbEndpoints(new Locality(region, zone, ""), scaled ? 0 : priority, 1,
                [new LbEndpoint { Address = Ip + i.ToString(CultureInfo.InvariantCulture), Port = 25080 }]));
        }

        bool retries5xx = scenario.Contains("retry-5xx", StringComparison.Ordinal);
        var config = new ClusterConfig
        {
            Name = Cluster,
            LbPolicy = LbPolicy.LeastRequest,
            CommonLb = new CommonLbConfig
            {
                HealthyPanicThreshold = 0,
                LocalityWeighted = true,
                UpdateMergeWindowNs =
                    scenario.EndsWith("merge-window-0", StringComparison.Ordinal) ? 0 : SimDuration.Second,
            },
            OutlierDetection = new OutlierDetectionConfig
            {
                Consecutive5xx = 2, MaxEjectionPercent = 100, EnforcingSuccessRate = 0,
            },
        };
        var route = new Route
        {
            Clusters = [new WeightedCluster(Cluster, 1)],
            TimeoutNs = scenario == "black-hole-route-timeout-2s" ? 2 * SimDuration.Second : 0,
            RetryPolicy = new RetryPolicy
            {
                NumRetries = 2,
                RetryOn = retries5xx ? "5xx"
                    : "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes",
                AvoidPreviousHosts = true,
                HostSelectionRetryMaxAttempts = 5,
            },
        };
        return new ProxySnapshot
        {
            Version = 1,
            Locality = new Locality("us-east", "us-east-a", ""),
            Clusters = new Dictionary<string, ClusterConfig> { [Cluster] = config },
            Endpoints = new Dictionary<string, ClusterLoadAssignment>
            {
                [Cluster] = new() { ClusterName = Cluster, Endpoints = groups },
            },
            Routes = new Dictionary<string, RouteConfiguration>
            {
                ["80"] = new("80", [new VirtualHost("all", ["*"], [route])]),
            },
        };
    }

    private static Dictionary<string, int> Totals(TimelineWorld world)
    {
        var totals = new Dictionary<string, int>();
        foreach (EntryOutcome o in world.Ended)
        {
            string region = o.HostPod < 0 ? "none" : world.Lifecycle.Pods[o.HostPod].Region;
            string key = string.Create(CultureInfo.InvariantCulture, $"{o.Code}|{o.Flags}|{region}|{o.Attempts}");
            totals[key] = totals.GetValueOrDefault(key) + 1;
        }

        return totals;
    }

    private static int Errors(Dictionary<string, int> totals) =>
        totals.Where(static t => !t.Key.StartsWith("200", StringComparison.Ordinal)).Sum(static t => t.Value);

    /// <summary>Errors of each cycle within 6. The recording's client stalled for seconds around t = 58 in some runs
    /// (12 to 32 requests a second instead of 20): a cycle with such seconds is compared within 14.</summary>
    private static void AssertCycles(JsonElement recording, TimelineWorld world)
    {
        foreach ((int from, int to) in ((int, int)[])[(20, 50), (50, 110), (110, 160)])
        {
            int recorded = 0;
            bool isOnTime = true;
            foreach (JsonElement second in recording.GetProperty("perSecond").EnumerateArray())
            {
                int t = second.GetProperty("t").GetInt32();
                int errors = second.GetProperty("counts").EnumerateObject()
                    .Where(static c => !c.Name.StartsWith("200", StringComparison.Ordinal))
                    .Sum(static c => c.Value.GetInt32());
                int all = second.GetProperty("counts").EnumerateObject().Sum(static c => c.Value.GetInt32());
                recorded += t >= from && t < to ? errors : 0;
                isOnTime &= t < from || t >= to || errors == 0 || all is >= 18 and <= 22;
            }

            int simulated = world.Ended.Count(o => o.Code != 200 && o.StartNs >= from * SimDuration.Second
                && o.StartNs < to * SimDuration.Second);
            Assert.That(simulated, Is.EqualTo(recorded).Within(isOnTime ? 6 : 14), $"cycle from {from} s");
        }
    }

    private static void AssertFirstEjections(JsonElement recording, TimelineWorld world)
    {
        double first = recording.GetProperty("ejections").EnumerateArray()
            .First(static e => e.GetProperty("action").GetString() == "EJECT").GetProperty("t").GetDouble();
        double simulated = world.Events.First(static e => e.Action == "EJECT").AtNs / 1e9;
        Assert.That(simulated, Is.EqualTo(first).Within(0.5));
    }

    private static void AssertEjections(JsonElement recording, TimelineWorld world)
    {
        foreach (string host in Servers.Select(static s => s.Name))
        {
            List<(double At, string Action, int Times)> recorded = recording.GetProperty("ejections").EnumerateArray()
                .Where(e => e.GetProperty("host").GetString() == host)
                .Select(static e => (e.GetProperty("t").GetDouble(), e.GetProperty("action").GetString()!,
                    e.GetProperty("timesEjected").GetInt32())).ToList();
            List<(double At, string Action, int Times)> simulated = world.Events
                .Where(e => e.Host == host && e.AtNs / 1e9 < recording.GetProperty("durationSeconds").GetDouble())
                .Select(static e => (e.AtNs / 1e9, e.Action, e.Times)).ToList();
            Assert.That(simulated.Select(static e => e.Action), Is.EqualTo(recorded.Select(static e => e.Action)),
                host);
            for (int i = 0; i < recorded.Count; i++)
            {
                if (recorded[i].Action == "EJECT")
                {
                    Assert.That(simulated[i].Times, Is.EqualTo(recorded[i].Times), host);
                }
            }
        }
    }
}
