using System.Globalization;
using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Runs;
using Sim.Tests.Envoy;
using Sim.Tests.Oracle;
using Sim.World;
using Sim.Xds;

namespace Sim.Tests.Runs.Timeline;

/// <summary>Whole runs against recordings of running Envoys (family envoy-timeline): the mean of twenty seeds lies
/// inside the recording's tolerance of every metric.</summary>
[Category("Long")]
internal sealed class EnvoyTimelineTests
{
    private const string Family = "envoy-timeline";
    private const string Cluster = "outbound|80||svc.ns.svc.cluster.local";
    private const int Seeds = 20;

    // From the client to its proxy and back; the proxy's connections upstream are not held meanwhile. The recorded
    // servers' timers have a granularity of 1 ms, so a service time s is one of s to s + 1 ms.
    private const double ClientOverheadMs = 0.6;

    private static IEnumerable<TestCaseData> Cases()
    {
        foreach (string file in OracleFiles.Files(Family, "*.json"))
        {
            JsonElement recording = JsonDocument.Parse(File.ReadAllText(file)).RootElement;
            if (recording.GetProperty("family").GetString() != Family)
            {
                throw new InvalidDataException(file + " is of another family");
            }

            yield return OracleFiles.Case(Family, recording.GetProperty("id").GetString()!, recording);
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void Timeline_is_as_recorded(object input)
    {
        var recording = (JsonElement)input;
        var metrics = new TimelineMetrics(recording);
        JsonElement runs = recording.GetProperty("runs");
        for (int seed = 0; seed < Seeds; seed++)
        {
            JsonElement repetition = runs[seed % runs.GetArrayLength()];
            Measure(recording, Simulate(recording, repetition, (ulong)seed + 1), metrics);
        }

        string differences = metrics.Differences(
            recording.GetProperty("summary"), static _ => ClientOverheadMs,
            static m => m is not "latency.max_ms");
        OracleList.Judge(OracleList.Read(Family, "not-yet.txt"), recording.GetProperty("id").GetString()!, differences);
    }

    private static TimelineWorld Simulate(JsonElement recording, JsonElement repetition, ulong seed)
    {
        JsonElement script = recording.GetProperty("case");
        var world = new TimelineWorld(seed, 350 * SimDuration.Microsecond);
        var pods = new Dictionary<string, PodRuntime>(StringComparer.Ordinal);
        foreach (JsonElement e in script.GetProperty("endpoints").EnumerateArray())
        {
            string id = e.GetProperty("id").GetString()!;
            string ip = "10.0.0." + (pods.Count + 1).ToString(CultureInfo.InvariantCulture);
            long service = TimelineScript.Ms(e, "service_ms");
            pods.Add(id, world.AddServer(id, ip, service));
            pods[id].ServiceTime = Distribution.Uniform(service, service + SimDuration.Millisecond);
            TimelineFaults.Schedule(world.Lifecycle, pods[id], e.GetProperty("faults"), service);
        }

        ProxySnapshot snapshot = Snapshot(script, pods);
        var template = new RequestTemplate(0, "svc.ns.svc.cluster.local", 80,
            new RequestHeaders("GET", "svc.ns.svc.cluster.local", "/", null, 0));
        long interval = TimelineScript.Outlier(script)?.IntervalNs ?? SimDuration.Second;
        string[] clients = script.Texts("clients");
        long end = TimelineScript.Ms(script, "duration_ms");
        for (int i = 0; i < clients.Length; i++)
        {
            JsonElement sweeps = repetition.GetProperty("first_sweep_ms");
            double? phase = i < sweeps.GetArrayLength() && sweeps[i].ValueKind == JsonValueKind.Number
                ? sweeps[i].GetDouble() * SimDuration.Millisecond / interval : null;
            PodRuntime client = world.AddClient(clients[i], snapshot, phase);
            RngStream stream = world.Stream("arrivals" + clients[i]);
            world.AddTraffic(client, template, new ArrivalProcess(
                TimelineArrivals.Times(script, script.GetProperty("rate_per_client").GetDouble(),
                    script.Text("arrivals"), (i, clients.Length), end, stream), stream));
        }

        world.Run(end);
        return world;
    }

    private static ProxySnapshot Snapshot(JsonElement script, Dictionary<string, PodRuntime> pods)
    {
        var groups = script.GetProperty("endpoints").EnumerateArray().GroupBy(static e => e.Int("priority"))
            .OrderBy(static g => g.Key).Select(g => new LocalityLbEndpoints(
                new Locality("r" + g.Key.ToString(CultureInfo.InvariantCulture), "", ""), g.Key, 1,
                [.. g.Select(e => new LbEndpoint { Address = pods[e.Text("id")].Ip, Port = 8080 })])).ToList();
        var config = new ClusterConfig
        {
            Name = Cluster,
            LbPolicy = TimelineScript.Policy(script),
            ConnectTimeoutNs = TimelineScript.Ms(script, "connect_timeout_ms"),
            CircuitBreakers = TimelineScript.Breakers(script),
            OutlierDetection = TimelineScript.Outlier(script),
            CommonLb = new CommonLbConfig { HealthyPanicThreshold = script.GetProperty("panic_threshold").GetDouble() },
        };
        var route = new Route
        {
            Clusters = [new WeightedCluster(Cluster, 1)],
            TimeoutNs = TimelineScript.Ms(script, "timeout_ms"),
            RetryPolicy = TimelineScript.Retries(script),
        };
        return new ProxySnapshot
        {
            Version = 1,
            Locality = new Locality("r0", "", ""),
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

    private static void Measure(JsonElement recording, TimelineWorld world, TimelineMetrics metrics)
    {
        (Dictionary<string, string> group, Dictionary<string, string> priority) =
            Groups(recording.GetProperty("case").GetProperty("endpoints"));
        var perSecond = new SortedDictionary<long, List<double>>();
        var all = new List<double>();
        foreach (EntryOutcome o in world.Ended)
        {
            string window = metrics.WindowOf(o.StartNs);
            string code = o.Code.ToString(CultureInfo.InvariantCulture) + (o.Flags == "-" ? "" : "." + o.Flags);
            string host = o.HostPod < 0 ? "" : world.Lifecycle.Pods[o.HostPod].PodName;
            metrics.Count(window + ".requests");
            metrics.Count(window + ".code." + code);
            metrics.Count(window + ".attempts", o.Attempts);
            metrics.Count(window + ".priority." + (host.Length == 0 ? "none" : priority[host]));
            if (host.Length > 0)
            {
                metrics.Count(window + ".hosts." + group[host]);
            }

            double ms = (double)(o.EndNs - o.StartNs) / SimDuration.Millisecond;
            all.Add(ms);
            long second = o.StartNs / SimDuration.Second;
            (perSecond.TryGetValue(second, out List<double>? list) ? list : perSecond[second] = []).Add(ms);
        }

        foreach (TimelineWindow window in metrics.Windows)
        {
            List<double> medians = [.. perSecond
                .Where(s => metrics.WindowOf(s.Key * SimDuration.Second) == window.Name)
                .Select(static s => TimelineMetrics.Percentile([.. s.Value.Order()], 0.5)).Order()];
            if (medians.Count > 0)
            {
                metrics.Value(
                    window.Name + ".p50_ms", (medians[(medians.Count - 1) / 2] + medians[medians.Count / 2]) / 2);
            }
        }

        all.Sort();
        metrics.Value("latency.p50_ms", TimelineMetrics.Percentile(all, 0.5));
        metrics.Value("latency.p90_ms", TimelineMetrics.Percentile(all, 0.9));
        metrics.Value("latency.p99_ms", TimelineMetrics.Percentile(all, 0.99));
        long end = TimelineScript.Ms(recording.GetProperty("case"), "duration_ms");
        List<long> ejections = [.. world.Events
            .Where(e => e.Action == "EJECT" && e.AtNs < end).Select(static e => e.AtNs)];
        metrics.Count("ejections", ejections.Count);
        if (ejections.Count > 0)
        {
            metrics.Value("first_ejection_ms", (double)ejections[0] / SimDuration.Millisecond);
        }

        metrics.RunEnded();
    }

    /// <summary>Hosts with the same priority, service time and faults are counted together.</summary>
    private static (Dictionary<string, string> Group, Dictionary<string, string> Priority) Groups(JsonElement endpoints)
    {
        var group = new Dictionary<string, string>(StringComparer.Ordinal);
        var priority = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (IGrouping<string, JsonElement> g in endpoints.EnumerateArray().GroupBy(static e =>
            e.GetProperty("priority") + "/" + e.GetProperty("service_ms") + "/" + e.GetProperty("faults")))
        {
            string name = string.Join("+", g.Select(static e => e.GetProperty("id").GetString()));
            foreach (JsonElement e in g)
            {
                group[e.GetProperty("id").GetString()!] = name;
                priority[e.GetProperty("id").GetString()!] = e.GetProperty("priority").ToString();
            }
        }

        return (group, priority);
    }
}
