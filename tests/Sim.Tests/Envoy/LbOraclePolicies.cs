using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Recordings of ROUND_ROBIN and LEAST_REQUEST, in order and under load.</summary>
internal static class LbOraclePolicies
{
    /// <summary>Kind round-robin.</summary>
    public static void RoundRobin(JsonElement head, JsonElement c)
    {
        JsonElement cluster = c.GetProperty("cluster");
        JsonElement[] runs = [.. c.Items("runs")];
        JsonElement[] seeds = [.. c.Items("witness_seeds")];
        for (int run = 0; run < runs.Length; run++)
        {
            int[] recorded = [.. runs[run].EnumerateArray().Select(static x => x.GetInt32())];
            if (seeds.Length > 0)
            {
                Assert.That(Picks(cluster, seeds[run].U64(), recorded.Length), Is.EqualTo(recorded), "run " + run);
                continue;
            }

            // Equal weights start at a random host: the seed that starts at the recorded one gives all the rest.
            int hosts = LbClusterReader.Indexes(cluster).Count;
            int[][] rotations = [.. Enumerable.Range(0, hosts).Select(s => Picks(cluster, (ulong)s, recorded.Length))];
            Assert.That(rotations, Has.Some.EqualTo(recorded), "run " + run);
        }
    }

    /// <summary>Kind least-request: some requests stay open, others are sent one by one.</summary>
    public static void LeastRequest(JsonElement head, JsonElement c)
    {
        var driver = new LbDriver(c.GetProperty("cluster"), "", new RngStream(11));
        int[] active = c.Ints("active_requests");
        foreach (Host host in driver.Cluster.Hosts)
        {
            host.RqActive = active[driver.IndexOf(host)];
        }

        Dictionary<string, int> recorded = LbDriver.Recorded(c, "counts");
        int requests = c.Int("requests");
        if (c.Text("compare") == "random")
        {
            LbStatistics.AssertSameCounts(
                recorded, LbDriver.Recorded(c, "counts_second_run"), driver.Counts(5 * requests));
            return;
        }

        Assert.That(c.Text("compare"), Is.EqualTo("schedule"));

        // The schedule was built before the requests were opened: let it settle as they did.
        driver.Counts(active.Sum() + active.Length);
        Dictionary<string, int> simulated = driver.Counts(requests);
        foreach (string host in recorded.Keys.Union(simulated.Keys))
        {
            Assert.That(
                simulated.GetValueOrDefault(host), Is.EqualTo(recorded.GetValueOrDefault(host)).Within(3),
                    "host " + host);
        }
    }

    /// <summary>Kind slow-start.</summary>
    public static void SlowStart(JsonElement head, JsonElement c)
    {
        JsonElement clusterJson = c.GetProperty("cluster");
        ClusterConfig config = LbClusterReader.Read(clusterJson);
        ClusterLoadAssignment all = config.InlineEndpoints!;
        LbEndpoint[] endpoints = [.. all.Endpoints.SelectMany(static g => g.Endpoints)];
        int before = c.Int("hosts_before");
        ClusterLoadAssignment first = all with
        {
            Endpoints = [all.Endpoints[0] with { Endpoints = endpoints[..before] }],
        };
        const long Start = 1000 * SimDuration.Second;
        var cluster = new UpstreamCluster(
            config with { InlineEndpoints = first, Type = DiscoveryType.Eds }, Locality.Empty, new RngStream(12), 0);
        cluster.Update(all, Start);
        Dictionary<string, int> indexes = LbClusterReader.Indexes(clusterJson);
        JsonElement[] runs = [.. c.Items("runs")];
        int bins = runs[0].GetArrayLength();
        double binSeconds = c.Number("bin_s", 2);
        int perTick = c.Int("requests_per_s") / 10;
        double windowSeconds = config.SlowStart!.WindowMs / 1000.0;
        for (int bin = 0; bin < bins; bin++)
        {
            var counts = new int[endpoints.Length];
            int ticks = (int)Math.Round(binSeconds * 10);
            for (int i = 0; i < ticks * perTick; i++)
            {
                long now = Start + (long)((bin * binSeconds + (i / perTick * 0.1)) * SimDuration.Second);
                var context = default(LbContext);
                counts[indexes[cluster.ChooseHost(ref context, now)!.Address]]++;
            }

            double simulated = Share(counts, before);
            double recorded = runs.Average(r => Share([.. r[bin].EnumerateArray().Select(static x =>
                x.GetInt32())], before));
            double tolerance = bin * binSeconds > windowSeconds ? 0.01 : 0.04;
            Assert.That(simulated, Is.EqualTo(recorded).Within(tolerance), "bin " + bin);
        }
    }

    /// <summary>Kind loaded: a closed loop of clients in front of servers of constant service time.</summary>
    public static void Loaded(JsonElement head, JsonElement c)
    {
        const double OverheadMs = 1.5;
        JsonElement cluster = c.GetProperty("cluster");
        var driver = new LbDriver(cluster, "", new RngStream(13));
        double[] serviceMs = c.Doubles("service_ms");
        int clients = c.Int("clients");
        int requests = c.Int("requests");
        var pending = new PriorityQueue<Host, (double At, int Order)>();
        var counts = new int[serviceMs.Length];
        double latency = 0;
        int sent = 0;
        void Send(double now)
        {
            var context = default(LbContext);
            Host host = driver.Cluster.ChooseHost(ref context, 0)!;
            host.RqActive++;
            int index = driver.IndexOf(host);
            counts[index]++;
            latency += serviceMs[index] + OverheadMs;
            pending.Enqueue(host, (now + serviceMs[index] + OverheadMs, sent++));
        }

        for (int i = 0; i < clients; i++)
        {
            Send(0);
        }

        while (pending.TryDequeue(out Host? done, out (double At, int Order) key))
        {
            done.RqActive--;
            if (sent < requests)
            {
                Send(key.At);
            }
        }

        CheckLoaded(c, driver, counts, latency / requests);
    }

    private static void CheckLoaded(JsonElement c, LbDriver driver, int[] counts, double meanLatency)
    {
        Dictionary<string, int> first = LbDriver.Recorded(c, "counts");
        Dictionary<string, int> second = LbDriver.Recorded(c, "counts_second_run");
        double Mean(int i)
        {
            string key = i.ToString(System.Globalization.CultureInfo.InvariantCulture);
            return ((double)first.GetValueOrDefault(key) / first.Values.Sum()
                + ((double)second.GetValueOrDefault(key) / second.Values.Sum())) / 2;
        }

        for (int i = 0; i < counts.Length; i++)
        {
            Assert.That((double)counts[i] / counts.Sum(), Is.EqualTo(Mean(i)).Within(0.04), "share of host " + i);
        }

        if (c.GetProperty("cluster").Text("lb_policy") == "ROUND_ROBIN")
        {
            LbStatistics.AssertRotation(
                [.. driver.Cluster.Hosts.Select(h => ((long)counts[driver.IndexOf(h)], h.Weight))], "rotation");
        }

        Assert.That(meanLatency, Is.EqualTo(c.Doubles("mean_latency_ms").Average()).Within(15).Percent, "latency");
    }

    private static int[] Picks(JsonElement cluster, ulong seed, int count)
    {
        var driver = new LbDriver(cluster, "", ChosenDraws.First(seed));
        var context = default(LbContext);
        return [.. Enumerable.Range(0, count).Select(_ => driver.Pick(ref context))];
    }

    private static double Share(int[] counts, int before) => (double)counts[before..].Sum() / counts.Sum();
}
