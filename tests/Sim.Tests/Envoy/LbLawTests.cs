using FsCheck;
using FsCheck.Fluent;
using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Laws that hold for every mesh.</summary>
internal sealed class LbLawTests
{
    /// <summary>A random mesh: up to 4 priorities, up to 12 hosts in 3 localities, any health and weights.</summary>
    private static Gen<ClusterConfig> Meshes(params LbPolicy[] policies) =>
        from policy in Gen.Elements(policies)
        from groups in Gen.Choose(1, 6)
        from data in Gen.ArrayOf(
            from priority in Gen.Choose(0, 3)
            from zone in Gen.Choose(0, 2)
            from weight in Gen.Choose(1, 9)
            from hosts in Gen.ArrayOf(
                from state in Gen.Elements(EdsHealthStatus.Healthy, EdsHealthStatus.Degraded,
                    EdsHealthStatus.Unhealthy, EdsHealthStatus.Draining)
                from w in Gen.Choose(1, 5)
                select (state, w), groups)
            select (priority, zone, weight, hosts), groups)
        from isWeighted in Gen.Elements(true, false)
        from threshold in Gen.Elements(0.0, 50.0, 100.0)
        select ConfigOf(policy, data, isWeighted, threshold);

    [Test]
    public void Loads_sum_to_one_hundred() => Check(
        Meshes(LbPolicy.RoundRobin),
        static config =>
        {
            UpstreamCluster cluster = Cluster(config);
            long sum = 0;
            for (int i = 0; i < cluster.PriorityCount; i++)
            {
                sum += cluster.HealthyLoad[i] + cluster.DegradedLoad[i];
            }

            return sum == 100;
        });

    [Test]
    public void No_unhealthy_host_is_picked_outside_panic() => Check(
        Meshes(LbPolicy.RoundRobin, LbPolicy.LeastRequest, LbPolicy.Random, LbPolicy.RingHash, LbPolicy.Maglev),
        static config =>
        {
            UpstreamCluster cluster = Cluster(config);
            for (int i = 0; i < 200; i++)
            {
                var context = default(LbContext);
                Host? host = cluster.ChooseHost(ref context, 0);
                if (host is not null && !cluster.IsInPanic(host.Priority)
                    && HostHealth.Coarse(host.Flags) == CoarseHealth.Unhealthy)
                {
                    return false;
                }
            }

            return true;
        });

    [Test]
    public void A_host_is_found_whenever_one_is_healthy_in_a_loaded_priority() => Check(
        Meshes(LbPolicy.RoundRobin, LbPolicy.LeastRequest, LbPolicy.Random),
        static config =>
        {
            UpstreamCluster cluster = Cluster(config);
            var context = default(LbContext);
            bool isAnyUsable = cluster.Hosts.Any(static h => HostHealth.Coarse(h.Flags) != CoarseHealth.Unhealthy);
            return !isAnyUsable || Enumerable.Range(0, 100).All(_ => cluster.ChooseHost(ref context, 0) is not null);
        });

    [Test]
    public void Weighted_round_robin_follows_the_weights_exactly_over_whole_cycles() => Check(
        from weights in Gen.ArrayOf(Gen.Choose(1, 9)).Where(static w => w.Length is > 0 and <= 8)
        from seed in Gen.Choose(0, int.MaxValue)
        select (weights, seed),
        static x =>
        {
            UpstreamCluster cluster = Cluster(Flat(LbPolicy.RoundRobin, x.weights), ChosenDraws.First((ulong)x.seed));
            var counts = new int[x.weights.Length];
            for (int i = 0; i < 10 * x.weights.Sum(); i++)
            {
                var context = default(LbContext);
                counts[cluster.Hosts.ToList().IndexOf(cluster.ChooseHost(ref context, 0)!)]++;
            }

            // Over ten cycles a host is at most one pick away from ten times its weight.
            return counts.Zip(x.weights, static (c, w) => Math.Abs(c - (10 * w)) <= 1).All(static ok => ok);
        });

    [Test]
    public void A_schedule_after_picks_equals_the_schedule_that_made_them() => Check(
        from weights in Gen.ArrayOf(Gen.Choose(1, 7)).Where(static w => w.Length is > 0 and <= 6)
        from picks in Gen.Choose(0, 200)
        select (weights, picks),
        static x =>
        {
            // Counts over one cycle do not depend on how many picks were made before.
            var weights = new FixedWeights([.. x.weights.Select(static w => (double)w)]);
            EdfScheduler scheduler = EdfScheduler.CreateWithPicks(x.weights.Length, ref weights, (ulong)x.picks);
            var counts = new int[x.weights.Length];
            for (int i = 0; i < x.weights.Sum(); i++)
            {
                counts[scheduler.PickAndAdd(ref weights)]++;
            }

            return counts.Zip(x.weights, static (c, w) => Math.Abs(c - w) <= 1).All(static ok => ok);
        });

    [Test]
    public void Same_seed_gives_same_picks() => Check(
        Meshes(LbPolicy.RoundRobin, LbPolicy.LeastRequest, LbPolicy.Random, LbPolicy.RingHash, LbPolicy.Maglev),
        static config => Addresses(Cluster(config)).SequenceEqual(Addresses(Cluster(config))));

    [Test]
    public void An_update_with_the_same_assignment_changes_nothing() => Check(
        Meshes(LbPolicy.RoundRobin, LbPolicy.LeastRequest),
        static config =>
        {
            ClusterConfig eds = config with { Type = DiscoveryType.Eds };
            UpstreamCluster a = Cluster(eds);
            UpstreamCluster b = Cluster(eds);
            b.Update(eds.InlineEndpoints!, 0);
            return b.Counters.UpdateNoRebuild == 1 && Addresses(a).SequenceEqual(Addresses(b));
        });

    private static void Check<T>(Gen<T> gen, Func<T, bool> law) =>
        Prop.ForAll(Arb.From(gen), law).Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithReplay(20_261_122, 7));

    private static string[] Addresses(UpstreamCluster cluster) => [.. Enumerable.Range(0, 100).Select(_ =>
    {
        var context = default(LbContext);
        return cluster.ChooseHost(ref context, 0)?.Address ?? "";
    })];

    private static UpstreamCluster Cluster(ClusterConfig config, RngStream? rng = null) =>
        new(config, Locality.Parse("r/z0"), rng ?? new RngStream(99), 0);

    private static ClusterConfig Flat(LbPolicy policy, int[] weights) => new()
    {
        Name = "c",
        LbPolicy = policy,
        InlineEndpoints = new ClusterLoadAssignment
        {
            ClusterName = "c",
            Endpoints = [new LocalityLbEndpoints(Locality.Empty, 0, null, [.. weights.Select((w, i) =>
                Endpoint(i, w))])],
        },
    };

    private static LbEndpoint Endpoint(int i, int weight, EdsHealthStatus status = EdsHealthStatus.Healthy) => new()
    {
        Address = "10.0.0." + i.ToString(System.Globalization.CultureInfo.InvariantCulture), Port = 80,
        Weight = (uint)weight, HealthStatus = status,
    };

    private static ClusterConfig ConfigOf(
        LbPolicy policy, (int Priority, int Zone, int Weight, (EdsHealthStatus State, int Weight)[] Hosts)[] data,
        bool isWeighted, double threshold)
    {
        int next = 0;
        return new ClusterConfig
        {
            Name = "c",
            LbPolicy = policy,
            Maglev = new MaglevConfig(101),
            RingHash = new RingHashConfig(64),
            CommonLb = new CommonLbConfig { LocalityWeighted = isWeighted, HealthyPanicThreshold = threshold },
            InlineEndpoints = new ClusterLoadAssignment
            {
                ClusterName = "c",
                Endpoints = [.. data.Select(g => new LocalityLbEndpoints(
                    Locality.Parse("r/z" + g.Zone.ToString(System.Globalization.CultureInfo.InvariantCulture)),
                    g.Priority, (uint)g.Weight, [.. g.Hosts.Select(h => Endpoint(next++, h.Weight, h.State))]))],
            },
        };
    }
}
