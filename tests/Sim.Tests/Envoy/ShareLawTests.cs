using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Laws of shares, of hashing tables, of subsets and of retries.</summary>
internal sealed class ShareLawTests
{
    /// <summary>One to four priorities of one to eight hosts: how many, and how many are healthy.</summary>
    private static Gen<(int Hosts, int Healthy)[]> Priorities =>
        from n in Gen.Choose(1, 4)
        from priorities in Gen.ArrayOf(
            from hosts in Gen.Choose(1, 8)
            from healthy in Gen.Choose(0, hosts)
            select (hosts, healthy), n)
        select priorities;

    /// <summary>
    /// A host that gets well takes load from later priorities only. Where the priorities do not cover the load, shares
    /// are scaled and rounded, and one percent of each priority may go to the first.
    /// </summary>
    [Test]
    public void Load_of_a_priority_grows_with_its_health() => Check(
        from priorities in Priorities
        from which in Gen.Choose(0, priorities.Length - 1)
        select (priorities, which),
        static x =>
        {
            if (x.priorities[x.which].Healthy == x.priorities[x.which].Hosts)
            {
                return true;
            }

            (uint total, uint[] before) = Loads(x.priorities);
            var better = ((int Hosts, int Healthy)[])x.priorities.Clone();
            better[x.which].Healthy++;
            (_, uint[] after) = Loads(better);
            long rounding = total == 100 ? 0 : x.priorities.Length - 1;
            return after[x.which] + rounding >= before[x.which]
                && Enumerable.Range(0, x.which).All(p => total < 100 || after[p] == before[p])
                && Enumerable.Range(x.which + 1, before.Length - x.which - 1)
                    .All(p => total == 0 || after[p] <= before[p] + rounding);
        });

    [Test]
    public void No_priority_without_healthy_hosts_has_load_while_another_is_healthy() => Check(
        Priorities,
        static priorities =>
        {
            (uint total, uint[] loads) = Loads(priorities);
            return total == 0 || Enumerable.Range(0, loads.Length).All(p => loads[p] == 0 || priorities[p].Healthy > 0);
        });

    /// <summary>At any moment each of two entries was picked within one of its share of the picks.</summary>
    [Test]
    public void A_schedule_is_never_more_than_one_pick_off_its_shares_for_two_entries() => Check(
        from a in Gen.Choose(1, 50)
        from b in Gen.Choose(1, 50)
        select (a, b),
        static x =>
        {
            var weights = new FixedWeights([x.a, x.b]);
            EdfScheduler scheduler = EdfScheduler.CreateWithPicks(2, ref weights, 0);
            int first = 0;
            for (int n = 1; n <= 300; n++)
            {
                first += scheduler.PickAndAdd(ref weights) == 0 ? 1 : 0;
                if (Math.Abs(first - ((double)n * x.a / (x.a + x.b))) > 1 + 1e-9)
                {
                    return false;
                }
            }

            return true;
        });

    /// <summary>With as many entries per host before and after, only keys of the host that leaves move.</summary>
    [Test]
    public void A_ring_moves_only_the_keys_of_a_host_that_leaves() => Check(
        from n in Gen.Choose(2, 12)
        from entries in Gen.Choose(1, 40)
        from gone in Gen.Choose(0, n - 1)
        from useMurmur in Gen.Elements(true, false)
        select (n, entries, gone, useMurmur),
        static x =>
        {
            Host[] hosts = Hosts(x.n);
            var before = new RingHashTable(
                Hashed(hosts), new RingHashConfig((ulong)(x.entries * x.n), UseMurmurHash2: x.useMurmur));
            Host[] stay = [.. hosts.Where((_, i) => i != x.gone)];
            var after = new RingHashTable(
                Hashed(stay), new RingHashConfig((ulong)(x.entries * (x.n - 1)), UseMurmurHash2: x.useMurmur));
            return before.Size == x.n * x.entries && Keys(500).All(
                k => before.Choose(k, 0) == hosts[x.gone] || before.Choose(k, 0) == after.Choose(k, 0));
        });

    /// <summary>Equal hosts own equal parts of a Maglev table, to one slot.</summary>
    [Test]
    public void A_maglev_table_is_shared_out_evenly() => Check(
        from n in Gen.Choose(2, 30)
        from size in Gen.Elements(101ul, 1009ul)
        select (n, size),
        static x =>
        {
            var table = new MaglevTable(Hashed(Hosts(x.n)), new MaglevConfig(x.size));
            int[] counts = [.. table.Slots.ToArray().GroupBy(static h => h).Select(static g => g.Count())];
            return counts.Length == x.n && counts.Max() - counts.Min() <= 1
                && counts.Sum() == (int)x.size;
        });

    /// <summary>Fewer slots change hands between hosts that stay than the host that leaves had.</summary>
    [Test]
    public void A_maglev_table_disturbs_less_than_it_has_to_move() => Check(
        from n in Gen.Choose(2, 12)
        from gone in Gen.Choose(0, n - 1)
        select (n, gone),
        static x =>
        {
            Host[] hosts = Hosts(x.n);
            Host[] before = new MaglevTable(Hashed(hosts), new MaglevConfig(5003)).Slots.ToArray();
            Host[] after = new MaglevTable(
                Hashed([.. hosts.Where((_, i) => i != x.gone)]), new MaglevConfig(5003)).Slots.ToArray();
            if (x.n == 2)
            {
                // One host owns everything; it may be kept as a table of one slot.
                return after.Distinct().Count() == 1;
            }

            int had = before.Count(h => h == hosts[x.gone]);
            int moved = before.Zip(after).Count(p => p.First != hosts[x.gone] && p.First != p.Second);
            return moved < had;
        });

    /// <summary>A host at its bound exactly keeps its keys; beyond it they go elsewhere (section 5.6).</summary>
    [TestCase(0, true)]
    [TestCase(1, true)]
    [TestCase(2, true)]
    [TestCase(3, false)]
    public void A_bounded_host_keeps_its_keys_up_to_its_bound(int active, bool stays)
    {
        var cluster = new UpstreamCluster(
            new ClusterConfig
            {
                Name = "c",
                LbPolicy = LbPolicy.RingHash,
                CommonLb = new CommonLbConfig { HashBalanceFactor = 100 },
                InlineEndpoints = new ClusterLoadAssignment
                {
                    ClusterName = "c",
                    Endpoints =
                    [
                        new LocalityLbEndpoints(
                            Locality.Empty, 0, null, [.. Hosts(2).Select(static h => h.Endpoint)]),
                    ],
                },
            },
            Locality.Empty, new RngStream(3), 0);
        var context = new LbContext { HasHash = true, Hash = 42 };
        Host primary = cluster.ChooseHost(ref context, 0)!;
        primary.RqActive = active;

        // Room for all requests and the new one, half of it rounded up for each host: 1, 1, 2 and 2.
        Assert.That(cluster.ChooseHost(ref context, 0) == primary, Is.EqualTo(stays));
    }

    [Test]
    public void A_subset_serves_its_own_hosts_and_else_the_fallback() => Check(
        from metadata in Gen.ArrayOf(
            from v in Gen.Choose(0, 2)
            from s in Gen.Choose(0, 2)
            select (v, s), 6)
        from criteria in Gen.Elements("", "v=1", "s=1", "s=1,v=1", "v=9", "x=1", "v=1,x=1")
        from fallback in Gen.Elements(
            LbSubsetFallback.NoFallback, LbSubsetFallback.AnyEndpoint, LbSubsetFallback.DefaultSubset)
        from hasPair in Gen.Elements(true, false)
        select (metadata, criteria, fallback, hasPair),
        static x =>
        {
            UpstreamCluster cluster = Subsets(x.metadata, x.fallback, x.hasPair);
            Dictionary<string, string> wanted = x.criteria.Split(',', StringSplitOptions.RemoveEmptyEntries)
                .ToDictionary(static p => p[..1], static p => p[2..]);
            string keys = string.Concat(wanted.Keys.Order());
            bool isSelector = keys == "v" || (keys == "sv" && x.hasPair);
            Host[] subset = isSelector ? [.. cluster.Hosts.Where(h => Fits(h, wanted))] : [];
            Host[] allowed = subset.Length > 0 ? subset : x.fallback switch
            {
                LbSubsetFallback.AnyEndpoint => [.. cluster.Hosts],
                LbSubsetFallback.DefaultSubset =>
                    [.. cluster.Hosts.Where(static h => Fits(h, new() { ["s"] = "2" }))],
                _ => [],
            };
            var seen = new HashSet<Host>();
            for (int i = 0; i < 50; i++)
            {
                var context = new LbContext { SubsetCriteria = wanted.Count == 0 ? null : new SubsetCriteria(wanted) };
                if (cluster.ChooseHost(ref context, 0) is Host host)
                {
                    seen.Add(host);
                }
            }

            return seen.SetEquals(allowed);
        });

    /// <summary>None is tried more often than allowed, nor are all together.</summary>
    [Test]
    public void Retries_never_exceed_their_number_or_the_budget() => Check(
        from seed in Gen.Choose(0, int.MaxValue)
        from percent in Gen.Choose(0, 100)
        from least in Gen.Choose(0, 4)
        from retries in Gen.Choose(0, 4)
        select (seed, percent, least, retries),
        static x =>
        {
            var rng = new RngStream((ulong)x.seed);
            var breakers = new CircuitBreakers(
                new CircuitBreakerThresholds { RetryBudget = new RetryBudget(x.percent, (uint)x.least) },
                CircuitBreakerThresholds.Unlimited);
            CompiledRetryPolicy policy = CompiledRetryPolicy.Compile(
                new RetryPolicy { RetryOn = "5xx", NumRetries = (uint)x.retries });
            var states = new RetryState[6];
            var made = new int[states.Length];
            for (int i = 0; i < 300; i++)
            {
                int at = (int)rng.NextBelow((uint)states.Length);
                if (rng.NextBelow(3) == 0)
                {
                    states[at].Release(breakers);
                    states[at] = RetryState.Start(policy, false);
                    made[at] = 0;
                    breakers.Increment(BreakerResource.Requests, false);
                }

                RetryDecision decision = states[at].OnHeaders(
                    ResponseHeaders.OfCode(rng.NextBelow(3) == 0 ? 200 : 503), breakers);
                made[at] += decision == RetryDecision.Yes ? 1 : 0;
                long budget = Math.Max(
                    x.percent * breakers.Count(BreakerResource.Requests, false) / 100, x.least);
                if (made[at] > x.retries || (decision == RetryDecision.Yes
                    && breakers.Count(BreakerResource.Retries, false) > budget))
                {
                    return false;
                }
            }

            return breakers.Count(BreakerResource.Retries, false) == states.Count(static s => s.HoldsSlot);
        });

    private static void Check<T>(Gen<T> gen, Func<T, bool> law) =>
        Prop.ForAll(Arb.From(gen), law).Check(Config.QuickThrowOnFailure.WithMaxTest(200).WithReplay(20_261_123, 7));

    private static (uint Total, uint[] Loads) Loads((int Hosts, int Healthy)[] priorities)
    {
        var load = new PriorityLoad(0);
        load.RecalculateAll([.. priorities.Select(static p => HostSet.Partition(
            new PriorityMembers { Hosts = [.. TestHosts.ByCounts(p.Hosts, p.Healthy, 0, 0)] }, null))]);
        return (load.NormalizedTotal, load.HealthyLoad.ToArray());
    }

    private static Host[] Hosts(int count) => [.. Enumerable.Range(0, count).Select(static i => TestHosts.Make(i))];

    private static HashedHosts Hashed(Host[] hosts) => HashedHosts.Of(
        HostSet.Partition(new PriorityMembers { Hosts = hosts }, null), isInPanic: false, useHostname: false);

    private static IEnumerable<ulong> Keys(int count)
    {
        var rng = new RngStream(17);
        return [.. Enumerable.Range(0, count).Select(_ => rng.NextUInt64())];
    }

    private static bool Fits(Host host, Dictionary<string, string> wanted) =>
        wanted.All(w => host.Endpoint.LbMetadata!.GetValueOrDefault(w.Key) == w.Value);

    private static UpstreamCluster Subsets((int V, int S)[] metadata, LbSubsetFallback fallback, bool hasPair) => new(
        new ClusterConfig
        {
            Name = "c",
            LbSubsets = new LbSubsetConfig
            {
                Fallback = fallback,
                DefaultSubset = new Dictionary<string, string> { ["s"] = "2" },
                Selectors = hasPair ? [new LbSubsetSelector(["v"]), new LbSubsetSelector(["v", "s"])]
                    : [new LbSubsetSelector(["v"])],
            },
            InlineEndpoints = new ClusterLoadAssignment
            {
                ClusterName = "c",
                Endpoints =
                [
                    new LocalityLbEndpoints(Locality.Empty, 0, null, [.. metadata.Select(static (m, i) => new LbEndpoint
                    {
                        Address = "10.0.0." + i.ToString(CultureInfo.InvariantCulture), Port = 80,
                        LbMetadata = new Dictionary<string, string>
                        {
                            ["v"] = m.V.ToString(CultureInfo.InvariantCulture),
                            ["s"] = m.S.ToString(CultureInfo.InvariantCulture),
                        },
                    })]),
                ],
            },
        },
        Locality.Empty, new RngStream(3), 0);
}
