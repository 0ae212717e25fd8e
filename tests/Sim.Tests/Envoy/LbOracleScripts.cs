using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Recordings that are scripts: endpoint updates, the merge window, configuration that is refused.</summary>
internal static class LbOracleScripts
{
    private const long Ms = SimDuration.Millisecond;

    // Multiple of every list length up to 8, so that some seed has any remainder by all of them.
    private const ulong SeedsTried = 840;

    /// <summary>Kind endpoint-update.</summary>
    public static void EndpointUpdate(JsonElement head, JsonElement c)
    {
        JsonElement cluster = c.GetProperty("cluster");
        bool isRandom = LbClusterReader.Read(cluster).CommonLb.LocalityWeighted;
        foreach (string run in new[] { "expect", "expect_second_run" })
        {
            if (isRandom)
            {
                // A locality schedule starts at a new random place at every rebuild: shares only.
                new LbScript(cluster, new RngStream(21), run, isExact: false).Run(c.Items("steps"));
                continue;
            }

            // The start is random: some start must reproduce every answer of the run, in order.
            string? first = null;
            bool found = false;
            for (ulong seed = 0; seed < SeedsTried && !found; seed++)
            {
                var script = new LbScript(cluster, ChosenDraws.First(seed), run, isExact: true);
                script.Run(c.Items("steps"));
                first ??= script.Mismatch;
                found = script.Mismatch is null;
            }

            Assert.That(found, Is.True, run + ": no start gives the recorded answers; with start 0: " + first);
        }
    }

    /// <summary>Kind merge-window.</summary>
    public static void MergeWindow(JsonElement head, JsonElement c)
    {
        for (int run = 0; run < 2; run++)
        {
            if (c.Get("timeline") is JsonElement timeline)
            {
                CheckTimeline(c, run, timeline[run]);
            }
            else
            {
                CheckSteps(c, run);
            }
        }
    }

    /// <summary>Kind accepted-config.</summary>
    public static void AcceptedConfig(JsonElement head, JsonElement c)
    {
        var problems = new List<string>(ClusterValidation.Check(LbClusterReader.Read(c.GetProperty("cluster"))));
        foreach (JsonElement route in c.Items("routes"))
        {
            if (route.Get("route")?.Get("weighted_clusters") is JsonElement weighted)
            {
                problems.AddRange(ClusterValidation.CheckWeights(
                    [.. weighted.Items("clusters").Select(static w => w.Get("weight")?.GetUInt32())]));
            }
        }

        Assert.That(problems, c.GetProperty("accepted").GetBoolean() ? Is.Empty : Is.Not.Empty);
    }

    private static UpstreamCluster Eds(JsonElement c, out ClusterLoadAssignment first)
    {
        ClusterConfig config = LbClusterReader.Read(c.GetProperty("cluster"));
        first = config.InlineEndpoints!;
        var cluster = new UpstreamCluster(
            config with { InlineEndpoints = null, Type = DiscoveryType.Eds }, Locality.Empty, new RngStream(1), 0);
        cluster.Update(first, 0);
        return cluster;
    }

    private static HashSet<string> InUse(UpstreamCluster cluster) =>
        [.. Enumerable.Range(0, cluster.PriorityCount)
            .SelectMany(p => cluster.DeliveredSet(p).Healthy).Select(static h => h.Address)];

    private static void CheckSteps(JsonElement c, int run)
    {
        const long Start = 60 * SimDuration.Second;
        UpstreamCluster cluster = Eds(c, out _);
        var due = new List<(long At, double Recorded, string[] Gone, string[] New, string Step)>();
        long now = Start;
        foreach (JsonElement step in c.Items("steps"))
        {
            if (step.Get("expect") is not JsonElement expect)
            {
                continue;
            }

            now = Start + (expect[run].GetProperty("at_ms").GetInt64() * Ms);
            Advance(cluster, now, due);
            if (step.Text("op") == "eject")
            {
                Host host = cluster.Hosts.Single(h => h.Address == step.Text("address"));
                host.Flags |= HealthFlags.FailedOutlierCheck;
                cluster.HostHealthChanged(host, now);
            }
            else
            {
                cluster.Update(LbClusterReader.Assignment(step), now);
            }

            if (!step.Flag("nowait"))
            {
                double recorded = expect[run].GetProperty("effect_after_ms").GetDouble();
                due.Add((now, recorded, step.Texts("gone"), step.Texts("new"), step.ToString()));
            }

            Settle(cluster, now, due);
        }

        Advance(cluster, now + (10 * SimDuration.Second), due);
        Assert.That(due, Is.Empty, "steps without effect");
        LbCounters counters = cluster.Counters;
        foreach (JsonProperty p in c.GetProperty("stats").EnumerateObject())
        {
            long actual = p.Name switch
            {
                "cluster_updated" => counters.ClusterUpdated,
                "cluster_updated_via_merge" => counters.ClusterUpdatedViaMerge,
                "update_merge_cancelled" => counters.UpdateMergeCancelled,
                "update_out_of_merge_window" => counters.UpdateOutOfMergeWindow,
                _ => throw new InvalidDataException(p.Name),
            };
            Assert.That(actual, Is.EqualTo(p.Value.GetInt64()), p.Name);
        }
    }

    private static void Advance(
        UpstreamCluster cluster, long until, List<(long At, double Recorded, string[] Gone, string[] New,
            string Step)> due)
    {
        while (cluster.NextMergeFlushAtNs <= until)
        {
            long at = cluster.NextMergeFlushAtNs;
            cluster.FlushMerge(at);
            Settle(cluster, at, due);
        }
    }

    private static void Settle(
        UpstreamCluster cluster, long now, List<(long At, double Recorded, string[] Gone, string[] New,
            string Step)> due)
    {
        HashSet<string> used = InUse(cluster);
        due.RemoveAll(d =>
        {
            if (used.Overlaps(d.Gone) || !used.IsSupersetOf(d.New))
            {
                return false;
            }

            AssertDelay(d.Recorded, (now - d.At) / (double)Ms, d.Step);
            return true;
        });
    }

    /// <summary>At once is below 300 ms; otherwise one window, within -20 and +300 ms.</summary>
    private static void AssertDelay(double recordedMs, double simulatedMs, string what)
    {
        if (recordedMs < 300)
        {
            Assert.That(simulatedMs, Is.Zero, what);
        }
        else
        {
            Assert.That(recordedMs - simulatedMs, Is.InRange(-20.0, 300.0), what);
        }
    }

    private static void CheckTimeline(JsonElement c, int run, JsonElement recorded)
    {
        const long Start = 60 * SimDuration.Second;
        UpstreamCluster cluster = Eds(c, out _);
        Host[] ejected = [.. c.Texts("ejected").Select(a => cluster.Hosts.Single(h => h.Address == a))];
        var changes = new List<(double AtMs, HashSet<string> Used)>();
        void Note(long now)
        {
            HashSet<string> used = InUse(cluster);
            if (changes.Count == 0 || !changes[^1].Used.SetEquals(used))
            {
                changes.Add(((now - Start) / (double)Ms, used));
            }
        }

        void Flip(Host host, long now)
        {
            host.Flags ^= HealthFlags.FailedOutlierCheck;
            cluster.HostHealthChanged(host, now);
            Note(now);
        }

        void Pass(long until)
        {
            while (cluster.NextMergeFlushAtNs <= until)
            {
                long at = cluster.NextMergeFlushAtNs;
                cluster.FlushMerge(at);
                Note(at);
            }
        }

        for (int i = 0; i < ejected.Length; i++)
        {
            Flip(ejected[i], Start + (i * 5 * Ms));
        }

        long sweep = Start + (c.GetProperty("sweep_at_ms")[run].GetInt64() * Ms);
        Pass(sweep);
        foreach (Host host in ejected)
        {
            Flip(host, sweep);
        }

        Pass(sweep + (20 * SimDuration.Second));
        Assert.That(changes, Has.Count.EqualTo(recorded.GetArrayLength()));
        for (int i = 0; i < changes.Count; i++)
        {
            Assert.That(changes[i].Used,
                Is.EquivalentTo(recorded[i][1].EnumerateArray().Select(static a => a.GetString())));
            Assert.That(recorded[i][0].GetDouble() - changes[i].AtMs, Is.InRange(-20.0, 300.0), "change " + i);
        }
    }
}
