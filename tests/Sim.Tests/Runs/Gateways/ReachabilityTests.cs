using System.Globalization;
using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Manifests;
using Sim.Runs;
using Sim.Tests.Oracle;
using Sim.Xds;

namespace Sim.Tests.Runs.Gateways;

/// <summary>Whether a call through an east-west gateway works, and how it fails, against recordings of running proxies.
/// </summary>
[TestFixture]
internal sealed class ReachabilityTests
{
    private static readonly Lazy<HashSet<string>> NotYet = new(() => OracleList.Read("gateway-e2e", "not-yet.txt"));

    private static IEnumerable<TestCaseData> Cases() => GatewayCase.Of("reachability");

    [TestCaseSource(nameof(Cases))]
    public void Calls_end_as_recorded(string folder)
    {
        GatewayCase c = GatewayCase.Read(folder);
        var differences = new List<string>();
        var first = new GatewayWorld(c, 1, SimDuration.Millisecond);
        differences.AddRange(ViewComparison.Compare(c, first));
        string previous = "";
        GatewayWorld world = first;
        foreach (JsonElement r in c.Expected.GetProperty("requests").EnumerateArray())
        {
            JsonElement request = r.GetProperty("request");
            bool isRepeated = request.GetRawText() == previous;
            previous = request.GetRawText();
            if (!isRepeated)
            {
                world = new GatewayWorld(c, 1, SimDuration.Millisecond);
                Arrange(c, world);
            }

            EntryOutcome outcome = Send(world, request);
            string name = request.GetProperty("protocol").GetString() + ": ";
            differences.AddRange(CallComparison.Compare(world, outcome, request, r.GetProperty("expect"))
                .Select(d => name + d));
            if (!isRepeated)
            {
                world.CloseClient();
                differences.AddRange(
                    CallComparison.CompareGateway(world, r.GetProperty("expect")).Select(d => name + d));
                world = new GatewayWorld(c, 1, SimDuration.Millisecond);
                Arrange(c, world);
                Send(world, request);
            }
        }

        OracleList.Judge(NotYet.Value, "reachability/" + c.Id, string.Join("\n", differences));
    }

    private static void Arrange(GatewayCase c, GatewayWorld world)
    {
        string gateway = c.Get("situation", "gateway");
        string pods = c.Get("situation", "remotePods");
        foreach (string cluster in c.Clusters.Skip(1))
        {
            foreach (PodRuntime pod in world.Gateways(cluster).ToList())
            {
                Put(world, pod, gateway);
            }

            foreach (PodRuntime pod in world.Servers(cluster).ToList())
            {
                Put(world, pod, pods);
                pod.AppDownFaults += c.Get("situation", "remoteApplication").Length > 0 ? 1 : 0;
            }
        }

        if (c.Get("situation", "podNetworkRoutable") == "false")
        {
            world.CutPodNetwork();
        }
    }

    private static void Put(GatewayWorld world, PodRuntime pod, string situation)
    {
        if (situation.Contains("refuse", StringComparison.Ordinal))
        {
            world.Lifecycle.Refuse(pod);
        }
        else if (situation.Length > 0)
        {
            world.Lifecycle.Freeze(pod);
        }
    }

    private static EntryOutcome Send(GatewayWorld world, JsonElement request)
    {
        int before = world.Ended.Count;
        world.Lifecycle.StartEntry(world.Client.Id, CallComparison.Template(request), 0);
        for (int i = 0; i < 120 && world.Ended.Count == before; i++)
        {
            world.RunUntil(world.NowNs + SimDuration.Second);
        }

        return world.Ended[^1];
    }
}
