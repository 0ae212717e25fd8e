using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Every rule that makes Envoy refuse a cluster, at its edge.</summary>
internal sealed class ClusterValidationTests
{
    private static readonly ClusterConfig s_good = new() { Name = "c" };

    private static IEnumerable<TestCaseData> Refused()
    {
        static TestCaseData Case(string field, ClusterConfig cluster) =>
            new TestCaseData(cluster, field).SetArgDisplayNames(field);
        static ClusterConfig Common(CommonLbConfig common, DiscoveryType type = DiscoveryType.Eds) =>
            s_good with { CommonLb = common, Type = type };
        yield return Case("healthy_panic_threshold", Common(new() { HealthyPanicThreshold = 100.1 }));
        yield return Case("healthy_panic_threshold", Common(new() { HealthyPanicThreshold = -0.1 }));
        yield return Case("exclude each other", Common(new() { LocalityWeighted = true, ZoneAware = new() }));
        yield return Case("hash_balance_factor", Common(new() { HashBalanceFactor = 1 }));
        yield return Case("hash_balance_factor", Common(new() { HashBalanceFactor = 99 }));
        yield return Case("cluster of type STATIC", Common(new() { UseHostnameForHashing = true },
            DiscoveryType.Static));
        yield return Case("cluster of type EDS", Common(new() { UseHostnameForHashing = true }));
        yield return Case("choice_count", s_good with { LeastRequest = new(ChoiceCount: 1) });
        yield return Case("minimum_ring_size", s_good with { RingHash = new(11, 10) });
        yield return Case("no prime", s_good with { Maglev = new(5_000_081) });
        foreach (ulong size in new ulong[] { 0, 1, 4, 9, 15, 21, 25, 49, 65_536, 4_999_999UL * 2 })
        {
            yield return Case("no prime", s_good with { Maglev = new(size) });
        }

        yield return Case("min_weight_percent", s_good with { SlowStart = new(1, 1, 100.5) });
        yield return Case("min_weight_percent", s_good with { SlowStart = new(1, 1, -1) });
        yield return Case("max_ejection_percent",
            s_good with { OutlierDetection = new() { MaxEjectionPercent = 101 } });
        yield return Case("overprovisioning_factor", With(
            new() { ClusterName = "c", OverprovisioningFactor = 0, Endpoints = [] }));
        yield return Case("priority is outside", With(Group(129, 1, 1)));
        yield return Case("priority is outside", With(Group(-1, 1, 1)));
        yield return Case("load_balancing_weight is 0", With(Group(0, 0, 1)));
        yield return Case("load_balancing_weight is 0", With(Group(0, 1, 0)));
        yield return Case("fallback_keys_subset", Subset(["a", "b"], null));
        yield return Case("fallback_keys_subset", Subset(["a", "b"], []));
        yield return Case("fallback_keys_subset", Subset(["a", "b"], ["c"]));
        yield return Case("fallback_keys_subset", Subset(["a", "b"], ["b", "a"]));
    }

    private static IEnumerable<ClusterConfig> Accepted()
    {
        yield return s_good;
        yield return s_good with { CommonLb = new() { HealthyPanicThreshold = 0, HashBalanceFactor = 100 } };
        yield return s_good with { CommonLb = new() { HealthyPanicThreshold = 100, LocalityWeighted = true } };
        yield return s_good with { CommonLb = new() { ZoneAware = new() } };
        yield return s_good with
        {
            CommonLb = new() { UseHostnameForHashing = true }, Type = DiscoveryType.StrictDns,
        };
        yield return s_good with { LeastRequest = new(ChoiceCount: 2), RingHash = new(10, 10) };
        foreach (ulong prime in new ulong[] { 2, 3, 5, 7, 11, 101, 65_537, 5_000_011 })
        {
            yield return s_good with { Maglev = new(prime) };
        }

        yield return s_good with { SlowStart = new(1, 1, 0) };
        yield return s_good with { SlowStart = new(1, 1, 100) };
        yield return s_good with { OutlierDetection = new() { MaxEjectionPercent = 100 } };
        yield return With(Group(0, 1, 1));
        yield return With(Group(128, null, 1));
        yield return Subset(["a", "b"], ["b"]);
        yield return Subset(["a", "b"], null, LbSubsetFallback.AnyEndpoint);
    }

    [TestCaseSource(nameof(Refused))]
    public void Check_OneRuleBroken_NamesItAlone(ClusterConfig cluster, string field)
    {
        IReadOnlyList<string> problems = ClusterValidation.Check(cluster);
        Assert.That(problems, Has.Count.EqualTo(1));
        Assert.That(problems[0], Does.Contain(field));
    }

    [TestCaseSource(nameof(Accepted))]
    public void Check_AtTheEdgeOfARule_FindsNothing(ClusterConfig cluster) =>
        Assert.That(ClusterValidation.Check(cluster), Is.Empty);

    [Test]
    public void Check_SeveralRulesBroken_NamesThemAll() => Assert.That(
        ClusterValidation.Check(With(Group(-1, 0, 1)) with { LeastRequest = new(ChoiceCount: 0) }),
        Has.Count.EqualTo(3));

    [Test]
    public void CheckWeights_EachRule_IsNamed()
    {
        Assert.That(ClusterValidation.CheckWeights([1, 0]), Is.Empty);
        Assert.That(ClusterValidation.CheckWeights([uint.MaxValue]), Is.Empty);
        Assert.That(ClusterValidation.CheckWeights([0, 0]).Single(), Does.EndWith("the weights sum to 0"));
        Assert.That(ClusterValidation.CheckWeights([uint.MaxValue, 1]).Single(), Does.EndWith("sum to 4294967296"));
        Assert.That(ClusterValidation.CheckWeights([1, null]).Single(), Does.EndWith("a cluster has no weight"));
    }

    private static ClusterConfig With(ClusterLoadAssignment assignment) => s_good with { InlineEndpoints = assignment };

    private static ClusterLoadAssignment Group(int priority, uint? weight, uint hostWeight) => new()
    {
        ClusterName = "c",
        Endpoints =
        [
            new LocalityLbEndpoints(Locality.Empty, priority, weight,
                [new LbEndpoint { Address = "10.0.0.1", Port = 80, Weight = hostWeight }]),
        ],
    };

    private static ClusterConfig Subset(
        string[] keys, string[]? fewer, LbSubsetFallback fallback = LbSubsetFallback.KeysSubset) => s_good with
    {
        LbSubsets = new() { Selectors = [new LbSubsetSelector(keys, fallback, fewer)] },
    };
}
