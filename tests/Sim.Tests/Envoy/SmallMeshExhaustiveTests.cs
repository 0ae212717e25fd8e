using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>
/// Every mesh of a few hosts in up to three priorities: loads, panic and every single pick equal a naive reference that
/// is handed the same random numbers.
/// </summary>
internal sealed class SmallMeshExhaustiveTests
{
    private const ulong Seed = 0x5EED;
    private static readonly int[] s_thresholds = [0, 50, 100];
    private static readonly uint[] s_factors = [100, 140];
    private static readonly LbPolicy[] s_policies = [LbPolicy.RoundRobin, LbPolicy.LeastRequest, LbPolicy.Random];
    private static readonly uint[] s_weights = [1, 3, 2];

    /// <summary>How hosts of a mesh differ beside their health.</summary>
    public enum Shape
    {
        /// <summary>Not at all.</summary>
        Plain,

        /// <summary>By weight: 1, 3, 2.</summary>
        Weights,

        /// <summary>By zone (a, b, a), with zones of weight 1 and 3.</summary>
        Zones,

        /// <summary>By zone and weight, priority health by weight.</summary>
        ZonesAndWeights,
    }

    [Test]
    public void Picks_MeshesOfThreePrioritiesWithUpToTwoHosts_EqualTheNaiveReference(
        [ValueSource(nameof(s_policies))] LbPolicy policy) =>
        Assert.That(Compare(policy, Shape.Plain, 3, [.. Multisets(2)], 5), Is.EqualTo(15 * 15 * 15 * 6));

    [Test]
    public void Picks_MeshesOfTwoPrioritiesWithUpToTwoHosts_EqualTheNaiveReference(
        [ValueSource(nameof(s_policies))] LbPolicy policy,
        [Values(Shape.Weights, Shape.Zones, Shape.ZonesAndWeights)] Shape shape) =>
        Assert.That(Compare(policy, shape, 2, [.. Sequences(2)], 10), Is.EqualTo(21 * 21 * 6));

    [Test]
    public void Picks_MeshesOfOnePriorityWithUpToThreeHosts_EqualTheNaiveReferenceOverWholeCycles(
        [ValueSource(nameof(s_policies))] LbPolicy policy, [Values] Shape shape) =>
        Assert.That(Compare(policy, shape, 1, [.. Sequences(3)], 40), Is.EqualTo(85 * 6));

    [Test]
    [Category("Long")]
    public void Picks_MeshesOfThreePrioritiesWithUpToThreeHosts_EqualTheNaiveReference(
        [ValueSource(nameof(s_policies))] LbPolicy policy) =>
        Assert.That(Compare(policy, Shape.Plain, 3, [.. Multisets(3)], 15), Is.EqualTo(35 * 35 * 35 * 6));

    [Test]
    [Category("Long")]
    public void Picks_MeshesOfTwoPrioritiesWithUpToThreeHosts_EqualTheNaiveReference(
        [ValueSource(nameof(s_policies))] LbPolicy policy,
        [Values(Shape.Weights, Shape.Zones, Shape.ZonesAndWeights)] Shape shape) =>
        Assert.That(Compare(policy, shape, 2, [.. Sequences(3)], 15), Is.EqualTo(85 * 85 * 6));

    [Test]
    [Category("Long")]
    public void Picks_MeshesOfThreePrioritiesOfUnequalHosts_EqualTheNaiveReference(
        [ValueSource(nameof(s_policies))] LbPolicy policy,
        [Values(Shape.Weights, Shape.ZonesAndWeights)] Shape shape) =>
        Assert.That(Compare(policy, shape, 3, [.. Sequences(2)], 12), Is.EqualTo(21 * 21 * 21 * 6));

    private static int Compare(LbPolicy policy, Shape shape, int priorities, string[] contents, int picks)
    {
        int meshes = 0;
        var mesh = new string[priorities];
        int count = (int)Math.Pow(contents.Length, priorities);
        foreach ((int threshold, uint factor) in
            from t in s_thresholds from f in s_factors select (t, f))
        {
            var options = new NaiveMeshOptions
            {
                Policy = policy, Threshold = threshold, Factor = factor,
                WeightedHealth = shape == Shape.ZonesAndWeights,
                FullScan = policy == LbPolicy.LeastRequest && threshold == 100,
                ZoneWeights = shape is Shape.Zones or Shape.ZonesAndWeights
                    ? new Dictionary<string, uint> { ["r/a"] = 1, ["r/b"] = 3 } : null,
                OwnZone = factor == 100 ? "r/b" : "r/c",
            };
            for (int i = 0; i < count; i++, meshes++)
            {
                for (int p = 0, rest = i; p < priorities; p++, rest /= contents.Length)
                {
                    mesh[p] = contents[rest % contents.Length];
                }

                string? difference = Difference(mesh, shape, options, picks, Seed + (ulong)i);
                if (difference is not null)
                {
                    Assert.Fail($"{options} mesh {string.Join(" | ", mesh)}: {difference}");
                }
            }
        }

        return meshes;
    }

    private static string? Difference(
        string[] mesh, Shape shape, NaiveMeshOptions options, int picks, ulong seed)
    {
        NaiveHost[][] hosts = Hosts(mesh, shape);
        var draws = new RngStream(seed);
        var naive = new NaiveMesh(hosts, options, draws.NextUInt64);
        var cluster = new UpstreamCluster(
            ConfigOf(hosts, options), Locality.Parse(options.OwnZone), new RngStream(seed), 0);
        for (int p = 0; p < hosts.Length; p++)
        {
            if (cluster.HealthyLoad[p] != naive.Healthy[p] || cluster.DegradedLoad[p] != naive.Degraded[p]
                || cluster.IsInPanic(p) != naive.Panic[p])
            {
                return $"priority {p}: expected {naive.Healthy[p]} {naive.Degraded[p]} {naive.Panic[p]}, got "
                    + $"{cluster.HealthyLoad[p]} {cluster.DegradedLoad[p]} {cluster.IsInPanic(p)}";
            }
        }

        return FirstTries(naive, cluster, picks) ?? Retries(naive, cluster, picks / 4);
    }

    /// <summary>Requests stay on their host until three later ones have begun.</summary>
    private static string? FirstTries(NaiveMesh naive, UpstreamCluster cluster, int picks)
    {
        var open = new Queue<(NaiveHost Naive, Host Host)>();
        for (int i = 0; i < picks; i++)
        {
            NaiveHost? expected = naive.Pick();
            var context = default(LbContext);
            Host? actual = cluster.ChooseHost(ref context, 0);
            if (expected?.Name != actual?.Address)
            {
                return $"pick {i}: expected {expected?.Name ?? "none"}, got {actual?.Address ?? "none"}";
            }

            if (expected is not null)
            {
                expected.Active++;
                actual!.RqActive++;
                open.Enqueue((expected, actual));
            }

            if (open.Count > 3)
            {
                (NaiveHost first, Host host) = open.Dequeue();
                first.Active--;
                host.RqActive--;
            }
        }

        return null;
    }

    /// <summary>Requests of five tries that avoid earlier hosts; every second one leaves earlier priorities.</summary>
    private static string? Retries(NaiveMesh naive, UpstreamCluster cluster, int requests)
    {
        for (int i = 0; i < requests; i++)
        {
            NaiveRetryPriority? retry = i % 2 == 0 ? null : new NaiveRetryPriority(2);
            var context = new LbContext
            {
                AvoidPreviousHosts = true, HostSelectionRetryMax = 1 + (i % 3),
                RetryPriority = retry is null ? null : new RetryPriorityState(2),
            };
            var tried = new List<NaiveHost>();
            for (int k = 0; k < 5; k++)
            {
                context.IsRetry = k > 0;
                NaiveHost? expected = k == 0 ? naive.Pick() : naive.PickAgain(tried, 1 + (i % 3), retry);
                Host? actual = cluster.ChooseHost(ref context, 0);
                if (expected?.Name != actual?.Address)
                {
                    return $"request {i} try {k}: expected {expected?.Name ?? "none"}, got "
                        + (actual?.Address ?? "none");
                }

                if (expected is null)
                {
                    break;
                }

                tried.Add(expected);
                retry?.Attempted(expected);
                context.AddAttempted(actual!);
            }
        }

        return null;
    }

    private static NaiveHost[][] Hosts(string[] mesh, Shape shape)
    {
        var hosts = new NaiveHost[mesh.Length][];
        for (int p = 0; p < mesh.Length; p++)
        {
            hosts[p] = new NaiveHost[mesh[p].Length];
            for (int i = 0; i < mesh[p].Length; i++)
            {
                bool hasZone = shape is Shape.Zones or Shape.ZonesAndWeights;
                bool hasWeight = shape is Shape.Weights or Shape.ZonesAndWeights;
                hosts[p][i] = new NaiveHost(
                    $"10.0.{p}.{i}:80", mesh[p][i], hasWeight ? s_weights[i] : 1, hasZone && i == 1 ? "r/b" : "r/a");
            }
        }

        return hosts;
    }

    private static ClusterConfig ConfigOf(NaiveHost[][] hosts, NaiveMeshOptions options) => new()
    {
        Name = "c",
        LbPolicy = options.Policy,
        LeastRequest = new LeastRequestConfig(FullScan: options.FullScan),
        CommonLb = new CommonLbConfig
        {
            HealthyPanicThreshold = options.Threshold, LocalityWeighted = options.ZoneWeights is not null,
        },
        InlineEndpoints = new ClusterLoadAssignment
        {
            ClusterName = "c",
            OverprovisioningFactor = options.Factor,
            WeightedPriorityHealth = options.WeightedHealth,
            Endpoints = [.. hosts.SelectMany((group, p) => group.Select(h => Group(h, p, options))
                .Append(new LocalityLbEndpoints(Locality.Parse("r/a"), p, options.ZoneWeights?["r/a"], [])))],
        },
    };

    private static LocalityLbEndpoints Group(NaiveHost host, int priority, NaiveMeshOptions options) => new(
        Locality.Parse(host.Zone), priority, options.ZoneWeights?[host.Zone],
        [
            new LbEndpoint
            {
                Address = host.Name[..^3], Port = 80, Weight = host.Weight,
                HealthStatus = host.State switch
                {
                    'H' => EdsHealthStatus.Healthy,
                    'D' => EdsHealthStatus.Degraded,
                    'U' => EdsHealthStatus.Unhealthy,
                    _ => EdsHealthStatus.Draining,
                },
            },
        ]);

    /// <summary>States of up to a number of hosts, in every order.</summary>
    private static IEnumerable<string> Sequences(int most) => most == 0 ? [""]
        : Sequences(most - 1).Concat(Sequences(most - 1).Where(s => s.Length == most - 1)
            .SelectMany(static s => "HDUX".Select(c => s + c)));

    /// <summary>States of up to a number of hosts, without regard to order.</summary>
    private static IEnumerable<string> Multisets(int most) =>
        Sequences(most).Where(static s => s.SequenceEqual(s.OrderBy(static c => "HDUX".IndexOf(c))));
}
