using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Hosts that come, change and go, with and without active health checks. Envoy:
/// source/common/upstream/upstream_impl.cc#BaseDynamicClusterImpl::updateDynamicHostList.</summary>
internal sealed class HostListTests
{
    private const HealthFlags Unchecked = HealthFlags.FailedActiveHc | HealthFlags.PendingActiveHc;

    private static readonly LbEndpoint s_first = new()
    {
        Address = "10.0.0.1", Port = 80, TlsMode = "istio", Workload = "w;ns",
        LbMetadata = new Dictionary<string, string> { ["version"] = "v1", ["stage"] = "prod" },
    };

    private static readonly LbEndpoint s_second = new() { Address = "10.0.0.2", Port = 80 };

    [Test]
    public void An_equal_assignment_changes_nothing()
    {
        UpstreamCluster cluster = Cluster(null, s_first);
        LbEndpoint equal = s_first with { LbMetadata = new Dictionary<string, string>(s_first.LbMetadata!) };
        Assert.That(Update(cluster, equal), Is.False);
        Assert.That((cluster.Counters.UpdateSuccess, cluster.Counters.UpdateNoRebuild), Is.EqualTo((2L, 1L)));
        Assert.That(cluster.Counters.MembershipChange, Is.EqualTo(1));
    }

    private static IEnumerable<LbEndpoint> Changes()
    {
        yield return s_first with { Weight = 2 };
        yield return s_first with { HealthStatus = EdsHealthStatus.Degraded };
        yield return s_first with { TlsMode = "" };
        yield return s_first with { Workload = "other;ns" };
        yield return s_first with { LbMetadata = null };
        yield return s_first with { LbMetadata = new Dictionary<string, string> { ["version"] = "v1" } };
        yield return s_first with
        {
            LbMetadata = new Dictionary<string, string> { ["version"] = "v1", ["stage"] = "test" },
        };
        yield return s_first with
        {
            LbMetadata = new Dictionary<string, string> { ["version"] = "v1", ["level"] = "prod" },
        };
    }

    [TestCaseSource(nameof(Changes))]
    public void A_change_of_an_endpoint_rebuilds_the_list_and_keeps_the_host(LbEndpoint changed)
    {
        UpstreamCluster cluster = Cluster(null, s_first);
        Host host = cluster.Hosts[0];
        Assert.That(Update(cluster, changed), Is.True);
        Assert.That(cluster.Hosts.Single(), Is.SameAs(host));
        Assert.That(host.Endpoint, Is.SameAs(changed));
        Assert.That(cluster.Counters.MembershipChange, Is.EqualTo(1), "no member came or went");
    }

    [TestCase(false, HealthFlags.FailedActiveHc), TestCase(true, Unchecked)]
    public void With_active_health_checks_a_new_host_has_yet_to_pass(bool ignoresNew, HealthFlags flags)
    {
        UpstreamCluster cluster = Cluster(new ActiveHealthCheckConfig(false, ignoresNew), s_first);
        Assert.That(cluster.Hosts[0].Flags, Is.EqualTo(flags));
        Assert.That(Cluster(null, s_first).Hosts[0].Flags, Is.EqualTo(HealthFlags.None));
    }

    [Test]
    public void A_host_that_is_made_anew_keeps_what_its_health_check_found()
    {
        UpstreamCluster cluster = Cluster(new ActiveHealthCheckConfig(), s_first);
        Pass(cluster, 0);
        cluster.Hosts[0].Flags |= HealthFlags.FailedOutlierCheck;
        Host old = cluster.Hosts[0];
        Update(cluster, s_first with { Hostname = "other" });
        Assert.That(cluster.Hosts.Single(), Is.Not.SameAs(old));
        Assert.That(cluster.Hosts[0].Flags, Is.EqualTo(HealthFlags.None));
    }

    [Test]
    public void A_checked_host_that_is_gone_from_the_assignment_serves_until_its_check_fails()
    {
        UpstreamCluster cluster = Cluster(new ActiveHealthCheckConfig(), s_first, s_second);
        Pass(cluster, 0);
        Pass(cluster, 1);
        Host leaving = cluster.Hosts[1];
        Update(cluster, s_first);
        Assert.That(cluster.Hosts, Has.Count.EqualTo(2));
        Assert.That(leaving.Flags, Is.EqualTo(HealthFlags.PendingDynamicRemoval));
        Assert.That(Used(cluster), Is.EquivalentTo(cluster.Hosts));
        long changes = cluster.Counters.MembershipChange;
        leaving.Flags |= HealthFlags.FailedActiveHc;
        cluster.HostHealthChanged(leaving, 10 * SimDuration.Second);
        Assert.That(cluster.Hosts.Single().Address, Is.EqualTo(cluster.Hosts[0].Address));
        Assert.That(cluster.Hosts, Does.Not.Contain(leaving));
        Assert.That(cluster.Counters.MembershipChange, Is.EqualTo(changes + 1));
        Assert.That(Used(cluster), Is.EquivalentTo(cluster.Hosts));
    }

    [Test]
    public void A_host_goes_at_once_without_checks_or_where_they_do_not_count_or_fail()
    {
        UpstreamCluster none = Cluster(null, s_first, s_second);
        Update(none, s_first);
        Assert.That(none.Hosts, Has.Count.EqualTo(1));
        var ignoring = new ActiveHealthCheckConfig(IgnoreHealthOnHostRemoval: true);
        UpstreamCluster ignored = Cluster(ignoring, s_first, s_second);
        Pass(ignored, 1);
        Update(ignored, s_first);
        Assert.That(ignored.Hosts, Has.Count.EqualTo(1));
        UpstreamCluster failed = Cluster(new ActiveHealthCheckConfig(), s_first, s_second);
        Update(failed, s_first);
        Assert.That(failed.Hosts, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_failing_check_alone_removes_no_host()
    {
        UpstreamCluster cluster = Cluster(new ActiveHealthCheckConfig(), s_first, s_second);
        Pass(cluster, 0);
        Pass(cluster, 1);
        cluster.Hosts[1].Flags |= HealthFlags.FailedActiveHc;
        cluster.HostHealthChanged(cluster.Hosts[1], 30 * SimDuration.Second);
        Assert.That(cluster.Hosts, Has.Count.EqualTo(2));
    }

    [Test]
    public void The_detector_follows_the_members()
    {
        UpstreamCluster cluster = Cluster(null, s_first);
        cluster.Outlier = new OutlierDetector(
            new OutlierDetectionConfig(), new RngStream(1), cluster, cluster.Hosts, 0);
        Update(cluster, s_first, s_second);
        Assert.That(cluster.Hosts[1].Outlier, Is.Not.Null);
        Host gone = cluster.Hosts[0];
        Update(cluster, s_second);
        Assert.That(gone.Outlier, Is.Null);
    }

    [Test]
    public void Explain_tells_the_priorities_their_hosts_and_a_held_change()
    {
        UpstreamCluster cluster = Cluster(null, s_first, s_second);
        cluster.Update(
            new ClusterLoadAssignment
            {
                ClusterName = "c",
                Endpoints =
                [
                    new LocalityLbEndpoints(Locality.Parse("r/a"), 0, null, [s_first, s_second]),
                    new LocalityLbEndpoints(Locality.Parse("r/b"), 1, null, [s_first with { Address = "10.0.0.3" }]),
                ],
            },
            0);
        cluster.Hosts[0].Flags |= HealthFlags.FailedOutlierCheck;
        cluster.HostHealthChanged(cluster.Hosts[0], 20 * SimDuration.Second);
        LbExplanation told = cluster.Explain();
        Assert.That(told.Priorities.Select(static p => (p.Hosts, p.Healthy, p.Ejected)),
            Is.EqualTo(new[] { (2, 1, 1), (1, 1, 0) }));
        Assert.That(told.Priorities[0].Localities.Single(), Is.EqualTo(("r/a/", 1, 2)));
        Assert.That(told.HasHeldHealthChange, Is.False);
        cluster.Hosts[1].Flags |= HealthFlags.FailedOutlierCheck;
        cluster.HostHealthChanged(cluster.Hosts[1], (20 * SimDuration.Second) + 1);
        Assert.That(cluster.Explain().HasHeldHealthChange, Is.True, "held for the merge window");
    }

    private static UpstreamCluster Cluster(ActiveHealthCheckConfig? checks, params LbEndpoint[] endpoints)
    {
        var config = new ClusterConfig { Name = "c", ActiveHealthCheck = checks };
        var cluster = new UpstreamCluster(config, Locality.Empty, new RngStream(3), 0);
        Update(cluster, endpoints);
        return cluster;
    }

    /// <summary>Whether the lists were made anew.</summary>
    private static bool Update(UpstreamCluster cluster, params LbEndpoint[] endpoints)
    {
        long before = cluster.Counters.UpdateNoRebuild;
        cluster.Update(
            new ClusterLoadAssignment
            {
                ClusterName = "c", Endpoints = [new LocalityLbEndpoints(Locality.Empty, 0, null, endpoints)],
            },
            0);
        return cluster.Counters.UpdateNoRebuild == before;
    }

    private static void Pass(UpstreamCluster cluster, int index)
    {
        cluster.Hosts[index].Flags &= ~Unchecked;
        cluster.HostHealthChanged(cluster.Hosts[index], (index + 1) * 3 * SimDuration.Second);
    }

    private static HashSet<Host> Used(UpstreamCluster cluster)
    {
        var used = new HashSet<Host>();
        for (int i = 0; i < 100; i++)
        {
            var context = default(LbContext);
            used.Add(cluster.ChooseHost(ref context, 0)!);
        }

        return used;
    }
}
