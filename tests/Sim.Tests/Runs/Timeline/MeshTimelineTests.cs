using System.Globalization;
using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Runs;
using Sim.Tests.Envoy;
using Sim.Tests.Oracle;

namespace Sim.Tests.Runs.Timeline;

/// <summary>Whole call graphs with a sidecar on both sides of every hop against recordings of running Envoys (family
/// mesh-timeline).</summary>
[Category("Long")]
internal sealed class MeshTimelineTests
{
    private const string Family = "mesh-timeline";
    private const int Seeds = 20;

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
    public void Call_graph_is_as_recorded(object input)
    {
        var recording = (JsonElement)input;
        var metrics = new TimelineMetrics(recording);
        JsonElement runs = recording.GetProperty("runs");
        for (int seed = 0; seed < Seeds; seed++)
        {
            JsonElement repetition = runs[seed % runs.GetArrayLength()];
            var world = new MeshTimelineWorld(recording, repetition, (ulong)seed + 1);
            var meter = new MeshTimelineMeter(recording.GetProperty("case"), world.World, metrics);
            world.World.Lifecycle.Hops = meter;
            world.World.Run(world.EndNs);
            meter.RunEnded(world.EndNs);
        }

        string differences = metrics.Differences(
            recording.GetProperty("summary"), static _ => 0, IsCompared);
        OracleList.Judge(OracleList.Read(Family, "not-yet.txt"), recording.GetProperty("id").GetString()!, differences);
    }

    /// <summary>The recorded machine was shared: tails of latency show its stalls, not the mesh. When the recorder
    /// stopped the processes, what was in flight between pods was logged as given up by the caller.</summary>
    private static bool IsCompared(string metric) => !metric.EndsWith(".p99_ms", StringComparison.Ordinal)
        && !metric.EndsWith(".p90_ms", StringComparison.Ordinal)
        && !(metric.StartsWith("after.hop.", StringComparison.Ordinal)
            && metric.EndsWith(".code.0.DC", StringComparison.Ordinal));
}

/// <summary>Counts a simulated call graph as the recording counts it.</summary>
internal sealed class MeshTimelineMeter : IHopObserver
{
    private readonly TimelineWorld _world;
    private readonly TimelineMetrics _metrics;
    private readonly Dictionary<string, string> _group = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _caller = new(StringComparer.Ordinal);

    public MeshTimelineMeter(JsonElement script, TimelineWorld world, TimelineMetrics metrics)
    {
        _world = world;
        _metrics = metrics;
        JsonElement pods = script.GetProperty("pods");
        bool hasRegions = pods.EnumerateArray().Select(static p => p.Text("region")).Distinct().Count() > 1;
        foreach (IGrouping<string, JsonElement> g in pods.EnumerateArray().GroupBy(p => string.Join("/",
            p.Text("service"), p.Text("region"), p.GetProperty("faults").ToString(),
            p.Get("start_ms"), p.Get("stop_ms"),
            p.Get("eds_add_ms"), p.Get("eds_remove_ms"), Denies(script, p))))
        {
            string name = string.Join("+", g.Select(static p => p.Text("id")));
            foreach (JsonElement p in g)
            {
                _group[p.Text("id")] = name;
                _caller[p.Text("id")] = p.Text("service") + (hasRegions ? "@" + p.Text("region") : "");
            }
        }

        foreach (JsonElement client in script.GetProperty("clients").EnumerateArray())
        {
            _caller[client.Text("id")] = "web" + (hasRegions ? "@" + client.Text("region") : "");
        }
    }

    private static bool Denies(JsonElement script, JsonElement pod) =>
        script.GetProperty("services").GetProperty(pod.Text("service")).Get("rbac") is JsonElement rbac
        && rbac.Texts("pods").Contains(pod.Text("id"));

    public void CallEnded(ref readonly CallSlot call, int lastPod, int code, ResponseFlags flags)
    {
        string window = _metrics.WindowOf(call.StartNs);
        string service = call.Template.Service;
        string hop = window + ".hop." + _caller[_world.Lifecycle.Pods[call.ClientPod].PodName] + ">" + service;
        string host = lastPod < 0 ? "none" : _group[_world.Lifecycle.Pods[lastPod].PodName];
        Add(hop, code, flags, call.Attempts);
        _metrics.Count(hop + ".host." + host);
    }

    public void InboundEnded(PodRuntime pod, long arrivedNs, int code, ResponseFlags flags) =>
        _metrics.Count(_metrics.WindowOf(arrivedNs) + ".inbound." + _group[pod.PodName] + ".code." + Text(code, flags));

    public void Application(PodRuntime pod, ApplicationEvent what, int code, long nowNs)
    {
        string name = what switch
        {
            ApplicationEvent.Received => "received",
            ApplicationEvent.Rejected => "rejected",
            ApplicationEvent.Started => "started",
            ApplicationEvent.FinishedByReset => "finished.reset",
            _ => "finished." + code.ToString(CultureInfo.InvariantCulture),
        };
        _metrics.Count(_metrics.WindowOf(nowNs) + ".app." + _group[pod.PodName] + "." + name);
    }

    public void RunEnded(long endNs)
    {
        var latencies = _metrics.Windows.ToDictionary(static w => w.Name, static _ => new List<double>());
        foreach (EntryOutcome o in _world.Ended)
        {
            string window = _metrics.WindowOf(o.StartNs);
            Add(window + ".entry", o.Code, o.Flags, o.Attempts);
            latencies[window].Add((double)(o.EndNs - o.StartNs) / SimDuration.Millisecond);
        }

        foreach ((string window, List<double> values) in latencies.Where(static l => l.Value.Count > 0))
        {
            values.Sort();
            _metrics.Value(window + ".entry.p50_ms", TimelineMetrics.Percentile(values, 0.5));
            _metrics.Value(window + ".entry.p40_ms", TimelineMetrics.Percentile(values, 0.4));
            _metrics.Value(window + ".entry.p60_ms", TimelineMetrics.Percentile(values, 0.6));
        }

        var first = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach ((long at, string client, string host, string action, int _) in _world.Events)
        {
            if (action == "EJECT" && at < endNs)
            {
                string key = _caller[client] + ">" + _group[host];
                _metrics.Count("ejections." + key);
                first.TryAdd(key, at);
            }
        }

        foreach ((string key, long at) in first)
        {
            _metrics.Value("first_ejection_ms." + key, (double)at / SimDuration.Millisecond);
        }

        _metrics.RunEnded();
    }

    private void Add(string name, int code, ResponseFlags flags, int attempts) =>
        Add(name, code, flags.ToString(), attempts);

    private void Add(string name, int code, string flags, int attempts)
    {
        _metrics.Count(name + ".requests");
        _metrics.Count(name + ".attempts", attempts);
        _metrics.Count(
            name + ".code." + code.ToString(CultureInfo.InvariantCulture) + (flags == "-" ? "" : "." + flags));
    }

    private static string Text(int code, ResponseFlags flags) => code.ToString(CultureInfo.InvariantCulture)
        + (flags.ToString() == "-" ? "" : "." + flags);
}
