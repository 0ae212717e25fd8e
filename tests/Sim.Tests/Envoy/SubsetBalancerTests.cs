using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Subsets while hosts come, go and change, and what happens when none matches. Envoy:
/// source/extensions/load_balancing_policies/subset/subset_lb.cc.</summary>
internal sealed class SubsetBalancerTests
{
    private static readonly LbSubsetConfig s_byVersion = new() { Selectors = [new LbSubsetSelector(["version"])] };

    [Test]
    public void A_subset_follows_the_hosts_that_come_and_go()
    {
        UpstreamCluster cluster = Cluster(s_byVersion, [Host(0, "v1"), Host(1, "v2")]);
        Assert.That(Picks(cluster, "v1"), Is.EqualTo("0"));
        Update(cluster, [Host(0, "v1"), Host(1, "v2"), Host(2, "v1"), Host(3, "v3")]);
        Assert.That(Picks(cluster, "v1"), Is.EqualTo("0 2"));
        Assert.That(Picks(cluster, "v3"), Is.EqualTo("3"), "a version that is new");
        Update(cluster, [Host(1, "v2"), Host(2, "v1")]);
        Assert.That(Picks(cluster, "v1"), Is.EqualTo("2"));
        Assert.That(Picks(cluster, "v3"), Is.EqualTo("none"), "a version without hosts");
    }

    [Test]
    public void A_host_with_another_version_changes_its_subset()
    {
        UpstreamCluster cluster = Cluster(s_byVersion, [Host(0, "v1"), Host(1, "v2")]);
        Update(cluster, [Host(0, "v2"), Host(1, "v2")]);
        Assert.That((Picks(cluster, "v1"), Picks(cluster, "v2")), Is.EqualTo(("none", "0 1")));
    }

    [Test]
    public void Only_healthy_hosts_of_a_subset_are_picked()
    {
        UpstreamCluster cluster = Cluster(
            s_byVersion, [Host(0, "v1"), Host(1, "v1"), Host(2, "v1"), Host(3, "v2"), Host(4, "v2")]);
        Eject(cluster, 0);
        Assert.That(Picks(cluster, "v1"), Is.EqualTo("1 2"));
        Assert.That(Picks(cluster, "v2"), Is.EqualTo("3 4"));
    }

    [Test]
    public void A_subset_has_the_priorities_of_the_cluster()
    {
        UpstreamCluster cluster = Cluster(s_byVersion, [Host(0, "v1"), Host(1, "v2")]);
        cluster.Update(Assignment([Host(0, "v1"), Host(1, "v2")], [Host(2, "v1"), Host(3, "v3")]), 0);
        Assert.That(Picks(cluster, "v1"), Is.EqualTo("0"));
        Assert.That(Picks(cluster, "v3"), Is.EqualTo("3"), "only in the second priority");
        Eject(cluster, 0);
        Assert.That(Picks(cluster, "v1"), Is.EqualTo("2"));
    }

    [Test]
    public void Any_host_and_the_default_subset_follow_the_hosts_too()
    {
        LbSubsetConfig any = s_byVersion with { Fallback = LbSubsetFallback.AnyEndpoint };
        UpstreamCluster cluster = Cluster(any, [Host(0, "v1")]);
        Update(cluster, [Host(1, "v1"), Host(2, "v2")]);
        Assert.That(Picks(cluster, "v9"), Is.EqualTo("1 2"));
        LbSubsetConfig ofDefault = s_byVersion with
        {
            Fallback = LbSubsetFallback.DefaultSubset, DefaultSubset = Version("v1"),
        };
        cluster = Cluster(ofDefault, [Host(0, "v1"), Host(1, "v2")]);
        Update(cluster, [Host(1, "v2"), Host(2, "v1"), Host(3, "v1")]);
        Assert.That(Picks(cluster, "v9"), Is.EqualTo("2 3"));
        Assert.That(Picks(cluster, "v2"), Is.EqualTo("1"));
    }

    [Test]
    public void A_subset_that_lost_its_hosts_is_no_match()
    {
        LbSubsetConfig any = s_byVersion with { Fallback = LbSubsetFallback.AnyEndpoint };
        UpstreamCluster cluster = Cluster(any, [Host(0, "v1"), Host(1, "v2")]);
        Update(cluster, [Host(0, "v1")]);
        Assert.That(Picks(cluster, "v2"), Is.EqualTo("0"));
        Assert.That(cluster.Counters.LbSubsetsSelected, Is.Zero);
    }

    [Test]
    public void The_whole_cluster_may_be_in_panic_whatever_its_subsets_are()
    {
        UpstreamCluster cluster = Cluster(s_byVersion, [Host(0, "v1"), Host(1, "v1"), Host(2, "v2"), Host(3, "v2")]);
        Assert.That(cluster.IsInPanic(0), Is.False);
        LbEndpoint[] sick = [.. Enumerable.Range(1, 3).Select(
            static i => Host(i, "v2") with { HealthStatus = EdsHealthStatus.Unhealthy })];
        Update(cluster, [Host(0, "v1"), .. sick]);
        Assert.That(cluster.IsInPanic(0), Is.True);
        var config = new ClusterConfig
        {
            Name = "c", LbSubsets = s_byVersion, InlineEndpoints = Assignment([Host(0, "v1"), Host(1, "v1")]),
        };
        Assert.That(new UpstreamCluster(config, Locality.Empty, new RngStream(1), 0).IsInPanic(0), Is.False);
    }

    [Test]
    public void A_default_subset_needs_all_of_its_values()
    {
        LbSubsetConfig config = s_byVersion with
        {
            Fallback = LbSubsetFallback.DefaultSubset,
            DefaultSubset = new Dictionary<string, string> { ["version"] = "v1", ["stage"] = "prod" },
        };
        LbEndpoint prod = Host(0, "v1") with
        {
            LbMetadata = new Dictionary<string, string> { ["version"] = "v1", ["stage"] = "prod" },
        };
        Assert.That(Picks(Cluster(config, [prod, Host(1, "v1")]), "v9"), Is.EqualTo("0"));
    }

    [Test]
    public void Selections_fallbacks_and_panics_are_counted()
    {
        LbSubsetConfig config = s_byVersion with
        {
            Fallback = LbSubsetFallback.DefaultSubset, DefaultSubset = Version("v7"), PanicModeAny = true,
        };
        UpstreamCluster cluster = Cluster(config, [Host(0, "v1"), Host(1, "v2")]);
        Pick(cluster, "v1");
        Assert.That(Counts(cluster), Is.EqualTo((1L, 0L, 0L)));
        Assert.That(Pick(cluster, "v9"), Is.Not.Null, "no default subset, so any host");
        Assert.That(Counts(cluster), Is.EqualTo((1L, 0L, 1L)));
        Update(cluster, [Host(0, "v1"), Host(7, "v7")]);
        Assert.That(Pick(cluster, "v9")!.Address, Does.StartWith("10.0.0.7"));
        Assert.That(Counts(cluster), Is.EqualTo((1L, 1L, 1L)));
        Update(cluster, []);
        Assert.That(Pick(cluster, "v9"), Is.Null);
        Assert.That(Counts(cluster), Is.EqualTo((1L, 1L, 1L)));
    }

    [Test]
    public void A_subset_of_one_host_keeps_the_first_and_counts_the_others()
    {
        var config = new LbSubsetConfig
        {
            Selectors = [new LbSubsetSelector(["version"], SingleHostPerSubset: true)],
        };
        UpstreamCluster cluster = Cluster(config, [Host(0, "v1"), Host(1, "v1"), Host(2, "v2"), Host(3, "v1")]);
        Assert.That((Picks(cluster, "v1"), Picks(cluster, "v2")), Is.EqualTo(("0", "2")));
        Assert.That(cluster.Counters.LbSubsetsSingleHostPerSubsetDuplicate, Is.EqualTo(2));
    }

    [Test]
    public void Hosts_without_the_key_are_in_no_subset()
    {
        LbEndpoint bare = Host(1, "v1") with { LbMetadata = null };
        UpstreamCluster cluster = Cluster(s_byVersion, [Host(0, "v1"), bare]);
        Assert.That(Picks(cluster, "v1"), Is.EqualTo("0"));
    }

    private static UpstreamCluster Cluster(LbSubsetConfig subsets, LbEndpoint[] hosts)
    {
        var config = new ClusterConfig { Name = "c", LbSubsets = subsets };
        var cluster = new UpstreamCluster(config, Locality.Empty, new RngStream(1), 0);
        Update(cluster, hosts);
        return cluster;
    }

    private static void Update(UpstreamCluster cluster, LbEndpoint[] hosts) => cluster.Update(Assignment(hosts), 0);

    private static ClusterLoadAssignment Assignment(params LbEndpoint[][] priorities) => new()
    {
        ClusterName = "c",
        Endpoints = [.. priorities.Select(static (hosts, i) =>
            new LocalityLbEndpoints(Locality.Empty, i, null, hosts))],
    };

    private static void Eject(UpstreamCluster cluster, int index)
    {
        Host host = cluster.Hosts[index];
        host.Flags |= HealthFlags.FailedOutlierCheck;
        cluster.HostHealthChanged(host, 10 * SimDuration.Second);
    }

    private static (long Selected, long Fallback, long Panic) Counts(UpstreamCluster cluster) =>
        (cluster.Counters.LbSubsetsSelected, cluster.Counters.LbSubsetsFallback,
            cluster.Counters.LbSubsetsFallbackPanic);

    private static Host? Pick(UpstreamCluster cluster, string version)
    {
        var context = new LbContext { SubsetCriteria = new SubsetCriteria(Version(version)) };
        return cluster.ChooseHost(ref context, 0);
    }

    private static string Picks(UpstreamCluster cluster, string version) => string.Join(' ', Enumerable.Range(0, 20)
        .Select(_ => Pick(cluster, version)?.Endpoint.Address[^1..] ?? "none").Distinct().Order());

    private static LbEndpoint Host(int i, string version) => new()
    {
        Address = "10.0.0." + (char)('0' + i), Port = 80, LbMetadata = Version(version),
    };

    private static Dictionary<string, string> Version(string version) => new() { ["version"] = version };
}
