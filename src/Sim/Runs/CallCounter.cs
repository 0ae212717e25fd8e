using System.Runtime.InteropServices;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;

namespace Sim.Runs;

/// <summary>Adds up the calls of each phase of a run. What a request costs is an increment at the pair of proxy and
/// host; the rest is done when a phase ends.</summary>
internal sealed class CallCounter
{
    private readonly Dictionary<(int Client, int Server, int Via, string Service), GraphCount> _elsewhere = [];
    private readonly Dictionary<EdgeKey, GraphCount[]> _edges = [];
    private readonly Func<string, string> _geoOf;
    private readonly long _warmupNs;

    /// <summary>Nothing is counted yet.</summary>
    /// <param name="document">Scenario.</param>
    public CallCounter(ScenarioDocument document)
    {
        _geoOf = document.Topology.Geo.Count > 0 ? document.GeoOf : static _ => "";
        _warmupNs = document.WarmupNs;
        Phases = PhasesOf(document);
    }

    private readonly record struct EdgeKey(
        string From, string FromCluster, string FromRegion, string To, string ToCluster, string ToRegion,
        string Service, string Via);

    /// <summary>The phases.</summary>
    public IReadOnlyList<GraphPhase> Phases { get; }

    /// <summary>When the present phase (or the warm-up) ends; <see cref="long.MaxValue"/> after the last one.</summary>
    public long EndNs => Phase < 0 ? _warmupNs : Phase < Phases.Count - 1 ? Phases[Phase].ToNs : long.MaxValue;

    /// <summary>The present phase; -1 = the warm-up.</summary>
    public int Phase { get; private set; } = -1;

    /// <summary>A call that does not belong to one pair of proxy and host: nobody was chosen, or the address is one
    /// that several pods share.</summary>
    /// <param name="client">Pod of the caller.</param>
    /// <param name="server">Pod that served; -1 = none.</param>
    /// <param name="via">Gateway; -1 = none.</param>
    /// <param name="service">What was called.</param>
    /// <param name="isFailed">It has no status below 500.</param>
    public void Add(int client, int server, int via, string service, bool isFailed)
    {
        ref GraphCount count = ref CollectionsMarshal.GetValueRefOrAddDefault(
            _elsewhere, (client, server, via, service), out _);
        count = new GraphCount(count.Calls + 1, count.Failed + (isFailed ? 1 : 0));
    }

    /// <summary>The phase is over: its counts are put together.</summary>
    public void EndPhase(IReadOnlyList<HostLink> links, IReadOnlyList<PodRuntime> pods)
    {
        foreach (HostLink link in links)
        {
            if (link.Calls > 0)
            {
                Add(link.Cluster.Proxy.Pod, link.Pod < 0 ? null : pods[link.Pod], null, ServiceOf(link.Cluster),
                    new GraphCount(link.Calls, link.FailedCalls));
                (link.Calls, link.FailedCalls) = (0, 0);
            }
        }

        foreach (((int client, int server, int via, string service), GraphCount count) in _elsewhere)
        {
            Add(pods[client], server < 0 ? null : pods[server], via < 0 ? null : pods[via], service, count);
        }

        _elsewhere.Clear();
        Phase++;
    }

    /// <summary>The whole graph.</summary>
    public ServiceGraph Build() => new(Phases,
    [
        .. _edges.OrderBy(static e => e.Key.FromCluster, StringComparer.Ordinal)
            .ThenBy(static e => e.Key.From, StringComparer.Ordinal)
            .ThenBy(static e => e.Key.FromRegion, StringComparer.Ordinal)
            .ThenBy(static e => e.Key.Service, StringComparer.Ordinal)
            .ThenBy(static e => e.Key.ToCluster, StringComparer.Ordinal)
            .ThenBy(static e => e.Key.ToRegion, StringComparer.Ordinal)
            .ThenBy(static e => e.Key.To, StringComparer.Ordinal)
            .ThenBy(static e => e.Key.Via, StringComparer.Ordinal)
            .Select(e => new GraphEdge(
                End(e.Key.From, e.Key.FromCluster, e.Key.FromRegion), End(e.Key.To, e.Key.ToCluster, e.Key.ToRegion),
                e.Key.Service, e.Key.Via, e.Value)),
    ]);

    private GraphEnd End(string workload, string cluster, string region) =>
        new(workload, cluster, region, region.Length == 0 ? "" : _geoOf(region));

    private void Add(PodRuntime client, PodRuntime? server, PodRuntime? via, string service, GraphCount count)
    {
        if (Phase < 0)
        {
            return;
        }

        bool isOutside = client.Cluster == OutsideCallers.Cluster;
        var key = new EdgeKey(
            isOutside ? OutsideCallers.Cluster : NameOf(client), isOutside ? "" : client.Cluster, client.Region,
            server is null ? "" : NameOf(server), server?.Cluster ?? "", server?.Region ?? "", service,
            via is null || via.Cluster == client.Cluster ? "" : via.Cluster);
        ref GraphCount[]? counts = ref CollectionsMarshal.GetValueRefOrAddDefault(_edges, key, out _);
        counts ??= new GraphCount[Phases.Count];
        GraphCount old = counts[Phase];
        counts[Phase] = new GraphCount(old.Calls + count.Calls, old.Failed + count.Failed);
    }

    private static string NameOf(PodRuntime pod) => pod.Namespace + "/" + pod.Workload;

    private static string ServiceOf(ClusterRuntime cluster)
    {
        string name = cluster.Config.Name;
        string host = name[(name.LastIndexOf('|') + 1)..];
        return host.EndsWith(".svc.cluster.local", StringComparison.Ordinal) ? host[..^".svc.cluster.local".Length]
            : host;
    }

    private static List<GraphPhase> PhasesOf(ScenarioDocument document)
    {
        long begin = document.WarmupNs;
        long end = document.DurationNs;
        TimelineStep[] steps = [.. document.Timeline.Where(s => s.AtNs < end)];
        if (steps.Length == 0)
        {
            return [new GraphPhase("whole run", begin, end)];
        }

        long first = Math.Clamp(steps.Min(static s => s.AtNs.Value), begin, end);
        long last = Math.Clamp(steps.Max(s => EndOf(s, end)), first, end);
        return
        [
            .. new GraphPhase[]
            {
                new("before", begin, first), new("during", first, last), new("after", last, end),
            }.Where(static p => p.ToNs > p.FromNs),
        ];
    }

    private static long EndOf(TimelineStep step, long end) =>
        step.Fault is not { } fault || fault.Kind.Value == FaultKind.PodKill ? step.AtNs
        : fault.ForNs > 0 ? step.AtNs + fault.ForNs : end;
}
