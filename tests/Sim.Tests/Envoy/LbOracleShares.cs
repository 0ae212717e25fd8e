using System.Globalization;
using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Recordings that are compared by shares and rotation.</summary>
internal static class LbOracleShares
{
    private const int Samples = 20_000;

    /// <summary>Kind priority.</summary>
    public static void Priority(JsonElement head, JsonElement c)
    {
        JsonElement cluster = c.GetProperty("cluster");
        var probe = new LbDriver(cluster, "", new RngStream(1), head.GetProperty("probe_policy"));
        Assert.That(
            head.Texts("probe_keys").Select(k => probe.PickByHash(XxHash64.Of(k))), Is.EqualTo(c.Ints("probe")),
                "probe");

        var driver = new LbDriver(cluster, "", new RngStream(2));
        CheckDerived(c.GetProperty("derived"), driver.Cluster);
        CheckShares(c, driver);
    }

    /// <summary>Kind locality-weighted.</summary>
    public static void LocalityWeighted(JsonElement head, JsonElement c)
    {
        JsonElement cluster = c.GetProperty("cluster");
        string node = head.Text("node_locality");
        var driver = new LbDriver(cluster, node, new RngStream(3));
        JsonElement derived = c.GetProperty("derived");
        CheckDerived(derived, driver.Cluster);
        foreach (JsonProperty order in derived.GetProperty("locality_order").EnumerateObject())
        {
            HostSet set = driver.Cluster.DeliveredSet(int.Parse(order.Name, CultureInfo.InvariantCulture));
            Assert.That(set.LocalityWeights is not null, Is.EqualTo(driver.Cluster.Config.CommonLb.LocalityWeighted));
            if (set.LocalityWeights is null)
            {
                continue;
            }

            Assert.That(
                set.Localities.Select(static l => l.Locality),
                Is.EqualTo(order.Value.EnumerateArray().Select(static l => Locality.Parse(l.GetString()))),
                    "locality order");
        }

        CheckShares(c, driver, derived);
        if (c.Get("witness_seed") is JsonElement seed)
        {
            ulong s = seed.U64();
            var witness = new LbDriver(cluster, node, ChosenDraws.First(s, s, s, s));
            Dictionary<int, Locality> localities = LocalitiesByIndex(witness);
            var context = default(LbContext);
            int[] recorded = c.Ints("first_picks");
            Assert.That(
                recorded.Select(_ => localities[witness.Pick(ref context)]),
                Is.EqualTo(recorded.Select(i => localities[i])), "localities from the witness seed");
        }
    }

    /// <summary>Kind duplicate-address.</summary>
    public static void DuplicateAddress(JsonElement head, JsonElement c)
    {
        var driver = new LbDriver(c.GetProperty("cluster"), head.Text("node_locality"), new RngStream(4));
        Dictionary<string, int> recorded = LbDriver.Recorded(c, "counts");
        int requests = c.Int("requests");
        var counts = new Dictionary<string, int>();
        for (int i = 0; i < requests; i++)
        {
            var context = default(LbContext);
            string address = driver.Cluster.ChooseHost(ref context, 0)?.Address ?? "503 UH";
            counts[address] = counts.GetValueOrDefault(address) + 1;
        }

        foreach (string address in recorded.Keys.Union(counts.Keys))
        {
            Assert.That(
                counts.GetValueOrDefault(address), Is.EqualTo(recorded.GetValueOrDefault(address)).Within(2), address);
        }
    }

    /// <summary>Kind zone-aware.</summary>
    public static void ZoneAware(JsonElement head, JsonElement c)
    {
        string node = head.Text("node_locality");
        var local = new LbDriver(c.GetProperty("local_cluster"), node, new RngStream(5));
        var driver = new LbDriver(c.GetProperty("cluster"), node, new RngStream(6), null, local.Cluster);
        Dictionary<string, int> simulated = driver.Counts(Samples);
        LbStatistics.AssertSameCounts(
            LbDriver.Recorded(c, "counts"), LbDriver.Recorded(c, "counts_second_run"), simulated);
        int requests = c.Int("requests");
        LbCounters counters = driver.Cluster.Counters;
        foreach (JsonProperty p in c.GetProperty("stats").EnumerateObject())
        {
            long recorded = p.Value.GetInt64();
            switch (p.Name)
            {
                case "lb_zone_cluster_too_small":
                    Assert.That(counters.LbZoneClusterTooSmall > 0, Is.EqualTo(recorded > 0), p.Name);
                    break;
                case "lb_local_cluster_not_ok":
                    Assert.That(counters.LbLocalClusterNotOk > 0, Is.EqualTo(recorded > 0), p.Name);
                    break;
                default:
                    LbStatistics.AssertSameShare(recorded, requests, CounterOf(p.Name, counters), Samples, p.Name);
                    break;
            }
        }
    }

    /// <summary>Kind random.</summary>
    public static void Random(JsonElement head, JsonElement c)
    {
        var driver = new LbDriver(c.GetProperty("cluster"), head.Text("node_locality"), new RngStream(7));
        LbStatistics.AssertSameCounts(
            LbDriver.Recorded(c, "counts"), LbDriver.Recorded(c, "counts_second_run"), driver.Counts(4 * Samples));
    }

    /// <summary>Kind subset.</summary>
    public static void Subset(JsonElement head, JsonElement c)
    {
        JsonElement cluster = c.GetProperty("cluster");
        var driver = new LbDriver(cluster, head.Text("node_locality"), new RngStream(8));
        SubsetCriteria? criteria = c.Get("metadata_match") is JsonElement m
            ? new SubsetCriteria(LbClusterReader.Texts(m)) : null;
        if (c.Get("weighted_cluster_metadata_match") is JsonElement w)
        {
            var own = new SubsetCriteria(LbClusterReader.Texts(w));
            criteria = criteria?.MergedWith(own) ?? own;
        }

        int requests = c.Int("requests");
        Dictionary<string, string> names = driver.Cluster.Hosts.ToDictionary(
            h => driver.IndexOf(h).ToString(CultureInfo.InvariantCulture), static h => h.Endpoint.Hostname);
        Dictionary<string, int> counts = driver.Counts(requests, criteria)
            .ToDictionary(p => names.GetValueOrDefault(p.Key, p.Key), static p => p.Value);
        Assert.That(counts.Keys, Is.EquivalentTo(c.Texts("hosts")));
        CheckSubsetCounts(cluster, LbDriver.Recorded(c, "counts"), counts);
        CheckSubsetStats(c, driver, requests);
    }

    /// <summary>Kind override-host.</summary>
    public static void OverrideHost(JsonElement head, JsonElement c)
    {
        var driver = new LbDriver(c.GetProperty("cluster"), head.Text("node_locality"), new RngStream(9));
        foreach (JsonElement request in c.Items("requests"))
        {
            var seen = new HashSet<string>();
            for (int i = 0; i < c.Int("n"); i++)
            {
                var context = new LbContext
                {
                    OverrideHost = request.Text("override_host"), OverrideHostIsStrict = c.Flag("strict"),
                };
                int host = driver.Pick(ref context);
                seen.Add(host < 0 ? "503 UH" : host.ToString(CultureInfo.InvariantCulture));
            }

            Assert.That(seen, Is.EquivalentTo(request.Items("hosts_seen").Select(static h => h.ToString())),
                request.ToString());
        }
    }

    private static void CheckSubsetStats(JsonElement c, LbDriver driver, int requests)
    {
        JsonElement stats = c.GetProperty("stats");
        LbCounters counters = driver.Cluster.Counters;
        int subsets = ((SubsetLoadBalancer)driver.Cluster.Balancer).ActiveSubsets;
        Assert.That(counters.LbSubsetsSelected, Is.EqualTo(stats.Int("lb_subsets_selected")), "selected");
        Assert.That(counters.LbSubsetsFallback, Is.EqualTo(stats.Int("lb_subsets_fallback")), "fallback");
        Assert.That(counters.LbSubsetsFallbackPanic, Is.EqualTo(stats.Int("lb_subsets_fallback_panic")), "panic");
        if (stats.Get("lb_healthy_panic") is not null || counters.LbHealthyPanic > 0)
        {
            LbStatistics.AssertSameShare(
                stats.Int("lb_healthy_panic"), requests, counters.LbHealthyPanic, requests, "lb_healthy_panic");
        }

        // The main thread and the worker each have all subsets.
        Assert.That(2 * subsets, Is.EqualTo(stats.Int("lb_subsets_active")), "active");
    }

    private static void CheckSubsetCounts(
        JsonElement cluster, Dictionary<string, int> recorded, Dictionary<string, int> simulated)
    {
        bool isOneGroup = cluster.Items("endpoints").Count() == 1;
        bool areWeightsEqual = cluster.Items("endpoints").SelectMany(static g => g.Items("hosts"))
            .Select(static h => h.Int("weight", 1)).Distinct().Count() == 1;
        if (isOneGroup && areWeightsEqual && cluster.Text("lb_policy") == "ROUND_ROBIN")
        {
            LbStatistics.AssertRotation([.. simulated.Select(static p => ((long)p.Value, 1u))], "simulated");
            Assert.That(simulated.Values.Order(), Is.EqualTo(recorded.Values.Order()));
        }
        else
        {
            LbStatistics.AssertSameCounts(recorded, null, simulated);
        }
    }

    private static long CounterOf(string name, LbCounters c) => name switch
    {
        "lb_healthy_panic" => c.LbHealthyPanic,
        "lb_zone_routing_all_directly" => c.LbZoneRoutingAllDirectly,
        "lb_zone_routing_sampled" => c.LbZoneRoutingSampled,
        "lb_zone_routing_cross_zone" => c.LbZoneRoutingCrossZone,
        "lb_zone_no_capacity_left" => c.LbZoneNoCapacityLeft,
        _ => throw new InvalidDataException(name),
    };

    private static Dictionary<int, Locality> LocalitiesByIndex(LbDriver driver) =>
        driver.Cluster.Hosts.ToDictionary(driver.IndexOf, static h => h.Locality);

    private static void CheckDerived(JsonElement derived, UpstreamCluster cluster)
    {
        Assert.That(cluster.HealthyLoad.ToArray(), Is.EqualTo(derived.Ints("healthy_load")), "healthy load");
        Assert.That(cluster.DegradedLoad.ToArray(), Is.EqualTo(derived.Ints("degraded_load")), "degraded load");
        Assert.That(
            Enumerable.Range(0, cluster.PriorityCount).Select(cluster.IsInPanic),
            Is.EqualTo(derived.Items("panic").Select(static p => p.GetBoolean())), "panic");
    }

    /// <summary>Shares of sources, and the rotation inside each, in the recording and in the simulation.</summary>
    private static void CheckShares(JsonElement c, LbDriver driver, JsonElement derived = default)
    {
        int requests = c.Int("requests");
        Dictionary<string, int> recorded = LbDriver.Recorded(c, "counts");
        Dictionary<string, int> second = LbDriver.Recorded(c, "counts_second_run");
        Dictionary<string, int> simulated = driver.Counts(Samples);
        bool isRandom = c.GetProperty("cluster").Text("lb_policy") == "RANDOM";
        foreach ((string name, Host[] hosts, double share) in Sources(driver.Cluster))
        {
            string[] keys = [.. hosts.Select(h => driver.IndexOf(h).ToString(CultureInfo.InvariantCulture))];
            long x = keys.Sum(k => (long)recorded.GetValueOrDefault(k));
            long y = keys.Sum(k => (long)simulated.GetValueOrDefault(k));
            if (!double.IsNaN(share))
            {
                LbStatistics.AssertShare(x, requests, share, name);
                LbStatistics.AssertShare(y, Samples, share, "simulated " + name);
            }

            JsonElement? effective = derived.Get("effective_weights")?.Get(name);
            foreach (Dictionary<string, int> counts in new[] { recorded, second, simulated })
            {
                if (effective is JsonElement weights && !isRandom)
                {
                    CheckLocalities(driver, name, [.. weights.EnumerateArray().Select(static w => w.GetDouble())],
                        hosts, counts);
                }
                else if (!isRandom)
                {
                    CheckRotation(driver, hosts, counts, name);
                }
            }
        }

        LbStatistics.AssertSameCounts(recorded, second, simulated);
        LbDriver.AssertMembership(c.Get("stats"), driver.Cluster);
        LbStatistics.AssertSameShare(
            c.GetProperty("stats").Int("lb_healthy_panic"), requests, driver.Cluster.Counters.LbHealthyPanic, Samples,
            "lb_healthy_panic");
    }

    private static void CheckLocalities(
        LbDriver driver, string name, double[] effective, Host[] hosts, Dictionary<string, int> counts)
    {
        HostSet set = driver.Cluster.DeliveredSet(int.Parse(name.Split('/')[0], CultureInfo.InvariantCulture));
        long Count(IEnumerable<Host> of) => of.Sum(
            h => (long)counts.GetValueOrDefault(driver.IndexOf(h).ToString(CultureInfo.InvariantCulture)));
        long n = Count(hosts);
        for (int i = 0; i < effective.Length; i++)
        {
            Host[] group = name.EndsWith("degraded", StringComparison.Ordinal)
                ? set.Localities[i].Degraded : set.Localities[i].Healthy;
            Assert.That(Count(group), Is.EqualTo(n * effective[i] / effective.Sum()).Within(2.0), name
                + " locality " + i);
            CheckRotation(driver, group, counts, name + " locality " + i);
        }
    }

    private static void CheckRotation(LbDriver driver, Host[] hosts, Dictionary<string, int> counts, string what) =>
        LbStatistics.AssertRotation(
            [.. hosts.Select(h =>
                ((long)counts.GetValueOrDefault(driver.IndexOf(h).ToString(CultureInfo.InvariantCulture)), h.Weight))],
            what);

    /// <summary>
    /// Lists picks come from, and the share of requests each gets; NaN where the load does not say it.
    /// </summary>
    private static IEnumerable<(string Name, Host[] Hosts, double Share)> Sources(UpstreamCluster cluster)
    {
        ZoneAwareConfig? zone = cluster.Config.CommonLb.ZoneAware;
        bool isAnyLoad = cluster.HealthyLoad.ToArray().Concat(cluster.DegradedLoad.ToArray()).Any(static l => l > 0);
        for (int i = 0; i < cluster.PriorityCount; i++)
        {
            HostSet set = cluster.DeliveredSet(i);
            string name = i.ToString(CultureInfo.InvariantCulture);
            double healthy = isAnyLoad ? cluster.HealthyLoad[i] / 100.0 : double.NaN;
            double degraded = isAnyLoad ? cluster.DegradedLoad[i] / 100.0 : double.NaN;
            if (cluster.IsInPanic(i))
            {
                double share = zone?.FailTrafficOnPanic == true ? 0 : healthy + degraded;
                yield return (name + "/all", set.Hosts, share);
                continue;
            }

            yield return (name + "/healthy", set.Healthy, set.Healthy.Length == 0 ? 0 : healthy);
            yield return (name + "/degraded", set.Degraded, set.Degraded.Length == 0 ? 0 : degraded);
        }
    }
}
