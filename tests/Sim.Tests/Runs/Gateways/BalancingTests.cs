using System.Text.Json;
using Sim.Runs;
using Sim.Tests.Oracle;
using Sim.Xds;

namespace Sim.Tests.Runs.Gateways;

/// <summary>Which gateway and which remote pod serve a closed loop, against four recorded runs a case.</summary>
/// <remarks>Statistical checks: 4.9 standard deviations, a false alarm of 1e-6 each.</remarks>
[TestFixture]
internal sealed class BalancingTests
{
    private const double Deviations = 4.9;
    private const int Seeds = 6;
    private static readonly Lazy<HashSet<string>> NotYet = new(() => OracleList.Read("gateway-e2e", "not-yet.txt"));

    private static IEnumerable<TestCaseData> Cases() => GatewayCase.Of("balancing");

    [TestCaseSource(nameof(Cases))]
    public void Load_is_spread_as_recorded(string folder)
    {
        GatewayCase c = GatewayCase.Read(folder);
        JsonElement[] runs = [.. c.Expected.GetProperty("runs").EnumerateArray()];
        ClosedLoop[] loops = [.. Enumerable.Range(1, Seeds).Select(s => ClosedLoop.Run(c, (ulong)s))];
        var found = new List<string>();
        var world = new GatewayWorld(c, 1, 0);
        found.AddRange(ViewComparison.Compare(c, world));
        // A limit of connections at the gateway fails a share that is information only.
        bool isLimited = runs.Any(static r => r.GetProperty("codes").EnumerateObject().Count() > 1);
        if (!isLimited)
        {
            CompareCodes(runs, loops, found);
            CompareConnections(runs, loops, found);
            CompareUpstreams(c, world, runs, loops, found);
            ComparePods(c, world, runs, loops, found);
        }

        OracleList.Judge(NotYet.Value, "balancing/" + c.Id, string.Join("\n", found));
    }

    private static void CompareCodes(JsonElement[] runs, ClosedLoop[] loops, List<string> found)
    {
        JsonProperty code = runs[0].GetProperty("codes").EnumerateObject().Single();
        bool isGood = code.Name.StartsWith("200", StringComparison.Ordinal)
            || code.Name.StartsWith("0|-", StringComparison.Ordinal);
        foreach (ClosedLoop loop in loops)
        {
            int good = loop.Ended.Count(static o => o.Code == 200);
            if (loop.Ended.Count != code.Value.GetInt32() || (isGood && good != loop.Ended.Count))
            {
                found.Add($"{good} of {loop.Ended.Count} requests were served, recorded {code}");
            }
        }
    }

    private static void CompareConnections(JsonElement[] runs, ClosedLoop[] loops, List<string> found)
    {
        foreach (ClosedLoop loop in loops)
        {
            int mixed = loop.Connections.Count(static g => g.Distinct().Count() > 1);
            if (mixed > 0)
            {
                found.Add($"{mixed} connections are served by more than one pod");
            }
        }

        int[] recorded = [.. runs.Select(static r => r.GetProperty("connectionsUsed").GetInt32())];
        if (recorded.All(static n => n == 0))
        {
            return; // TCP: not counted in the recording.
        }

        bool isExact = loops[0].Workers == 1
            || (loops[0].PerUpstream.Count == 1 && recorded.Distinct().Count() == 1);
        double room = isExact ? 0 : Math.Max(2, 0.03 * recorded.Max());
        double[] simulated = [.. loops.Select(static l => (double)l.Connections.Count())];
        foreach (double n in isExact ? simulated : [simulated.Average()])
        {
            if (n < recorded.Min() - room || n > recorded.Max() + room)
            {
                found.Add($"connections used: recorded {string.Join(' ', recorded)}, simulated {n}");
            }
        }
    }

    private static void CompareUpstreams(
        GatewayCase c, GatewayWorld world, JsonElement[] runs, ClosedLoop[] loops, List<string> found)
    {
        Dictionary<string, int>[] recorded = [.. runs.Select(static r => Counts(r, "perUpstream"))];
        LbPolicy policy = Policy(world, c.Proxies[0], "outbound|");
        string[] hosts = [.. recorded.SelectMany(static r => r.Keys).Distinct().Order(StringComparer.Ordinal)];
        foreach (string host in hosts)
        {
            int[] mine = [.. loops.Select(l => l.PerUpstream.GetValueOrDefault(host))];
            int[] theirs = [.. recorded.Select(r => r.GetValueOrDefault(host))];
            int total = loops[0].Ended.Count;
            double share = theirs.Average() / total;
            double room = policy == LbPolicy.Random ? Deviations * Math.Sqrt(0.25 * total)
                : loops[0].Workers == 1 || policy == LbPolicy.RoundRobin ? 1
                : Math.Max(0.03 * total, Deviations * Math.Sqrt(share * (1 - share) * total));
            double centre = policy == LbPolicy.Random ? (double)total / hosts.Length : theirs.Average();
            if (mine.Any(n => Math.Abs(n - centre) > room))
            {
                found.Add($"{host}: recorded {string.Join(' ', theirs)}, simulated {string.Join(' ', mine)}");
            }
        }
    }

    private static void ComparePods(
        GatewayCase c, GatewayWorld world, JsonElement[] runs, ClosedLoop[] loops, List<string> found)
    {
        // Connections a pod got, over all simulated runs: the draw of the gateway's balancer.
        LbPolicy policy = Policy(world, c.Proxies.First(static p => p.IsGateway), "outbound_.");
        IGrouping<string, string>[] pods = [.. loops.SelectMany(static l => l.Connections)
            .Select(static g => g.First()).Where(static p => !p.StartsWith("us-east.", StringComparison.Ordinal))
            .GroupBy(static p => p)];
        int expected = world.Servers("eu-west").Count();
        int connections = pods.Sum(static g => g.Count());
        bool hashes = policy is LbPolicy.RingHash or LbPolicy.Maglev;
        foreach (IGrouping<string, string> pod in hashes ? [] : pods)
        {
            double mean = (double)connections / expected;
            double room = policy == LbPolicy.RoundRobin && loops.All(static l => l.Connections.Count() > 100)
                ? Seeds : Deviations * Math.Sqrt(mean * (1 - (1.0 / expected)));
            if (Math.Abs(pod.Count() - mean) > room)
            {
                found.Add($"{pod.Key} got {pod.Count()} of {connections} connections");
            }
        }

        int[] used = [.. runs.Select(static r => Counts(r, "perPod").Count)];
        if (used.Distinct().Count() == 1 && loops.Any(l => l.PerPod.Count != used[0]) && connections > 20 * Seeds)
        {
            found.Add($"pods that served: recorded {used[0]}, simulated "
                + string.Join(' ', loops.Select(static l => l.PerPod.Count)));
        }
    }

    private static LbPolicy Policy(GatewayWorld world, Sim.Istiod.ProxyRef proxy, string prefix) =>
        world.Snapshot(proxy, "").Clusters.Values.First(x => x.Name.StartsWith(prefix, StringComparison.Ordinal)
            && x.Name.Contains("transaction-service", StringComparison.Ordinal)).LbPolicy;

    private static Dictionary<string, int> Counts(JsonElement run, string name) => run.GetProperty(name)
        .EnumerateObject().ToDictionary(static p => p.Name, static p => p.Value.GetInt32(), StringComparer.Ordinal);
}
