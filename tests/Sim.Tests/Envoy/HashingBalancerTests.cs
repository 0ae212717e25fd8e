using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Picks by hash: retries, panic, priorities and requests without hash. Envoy:
/// source/extensions/load_balancing_policies/common/thread_aware_lb_impl.cc.</summary>
[TestFixture(LbPolicy.RingHash)]
[TestFixture(LbPolicy.Maglev)]
internal sealed class HashingBalancerTests(LbPolicy policy)
{
    [Test]
    public void A_request_with_a_hash_has_one_host_and_without_one_any()
    {
        UpstreamCluster cluster = Cluster(8);
        Assert.That(Enumerable.Range(0, 50).Select(_ => Pick(cluster, 42)).Distinct().Count(), Is.EqualTo(1));
        var hosts = new HashSet<Host>();
        for (int i = 0; i < 200; i++)
        {
            var context = new LbContext { Hash = 42 };
            hosts.Add(cluster.ChooseHost(ref context, 0)!);
        }

        Assert.That(hosts, Has.Count.EqualTo(8));
    }

    [Test]
    public void A_retry_that_avoids_a_tried_host_takes_the_next_of_its_hash()
    {
        UpstreamCluster cluster = Cluster(8);
        for (ulong hash = 0; hash < 50; hash++)
        {
            Host first = Pick(cluster, hash);
            LbContext retry = Retry(hash, 9, first);
            Host second = cluster.ChooseHost(ref retry, 0)!;
            Assert.That(second, Is.Not.SameAs(first));
            LbContext again = Retry(hash, 9, first);
            Assert.That(cluster.ChooseHost(ref again, 0), Is.SameAs(second));
        }
    }

    [Test]
    public void A_retry_keeps_its_host_where_that_was_not_tried_or_no_further_pick_is_allowed()
    {
        UpstreamCluster cluster = Cluster(8);
        for (ulong hash = 0; hash < 50; hash++)
        {
            Host own = Pick(cluster, hash);
            LbContext untried = Retry(hash, 9, cluster.Hosts.First(h => !ReferenceEquals(h, own)));
            Assert.That(cluster.ChooseHost(ref untried, 0), Is.SameAs(own));
            LbContext noMore = Retry(hash, 0, own);
            Assert.That(cluster.ChooseHost(ref noMore, 0), Is.SameAs(own));
            LbContext anything = Retry(hash, 9, own);
            anything.AvoidPreviousHosts = false;
            Assert.That(cluster.ChooseHost(ref anything, 0), Is.SameAs(own));
        }
    }

    [Test]
    public void Unhealthy_hosts_lose_their_keys_and_in_panic_every_host_has_some()
    {
        UpstreamCluster cluster = Cluster(4);
        Eject(cluster, 0, 10);
        Assert.That(Used(cluster), Is.EqualTo(new[] { 1, 2, 3 }));
        Assert.That(cluster.Counters.LbHealthyPanic, Is.Zero);
        Eject(cluster, 1, 20);
        Eject(cluster, 2, 30);
        Assert.That(Used(cluster), Is.EqualTo(new[] { 0, 1, 2, 3 }));
        Assert.That(cluster.Counters.LbHealthyPanic, Is.EqualTo(400));
    }

    [Test]
    public void The_second_priority_takes_over_when_the_first_has_no_healthy_host()
    {
        UpstreamCluster cluster = Cluster(2, 2);
        Assert.That(Used(cluster), Is.EqualTo(new[] { 0, 1 }));
        Eject(cluster, 0, 10);
        Eject(cluster, 1, 20);
        Assert.That(Used(cluster), Is.EqualTo(new[] { 2, 3 }));
    }

    [Test]
    public void Without_hosts_there_is_none()
    {
        LbContext retry = Retry(7, 9, Cluster(1).Hosts[0]);
        Assert.That(Cluster(0).ChooseHost(ref retry, 0), Is.Null);
    }

    private static LbContext Retry(ulong hash, int picks, Host tried)
    {
        var context = new LbContext
        {
            HasHash = true, Hash = hash, IsRetry = true, AvoidPreviousHosts = true, HostSelectionRetryMax = picks,
        };
        context.AddAttempted(tried);
        return context;
    }

    private static Host Pick(UpstreamCluster cluster, ulong hash)
    {
        var context = new LbContext { HasHash = true, Hash = hash, HostSelectionRetryMax = 9 };
        return cluster.ChooseHost(ref context, 0)!;
    }

    private static int[] Used(UpstreamCluster cluster)
    {
        List<Host> hosts = [.. cluster.Hosts];
        return [.. Enumerable.Range(0, 400).Select(i => hosts.IndexOf(Pick(cluster, Spread(i)))).Distinct().Order()];
    }

    private static ulong Spread(int i) => (ulong)i * 0x9E3779B97F4A7C15UL;

    private static void Eject(UpstreamCluster cluster, int index, long seconds)
    {
        Host host = cluster.Hosts[index];
        host.Flags |= HealthFlags.FailedOutlierCheck;
        cluster.HostHealthChanged(host, seconds * SimDuration.Second);
    }

    private UpstreamCluster Cluster(params int[] hostsOfPriority)
    {
        int next = 0;
        LbEndpoint Host() => new()
        {
            Address = "10.0.0." + (++next).ToString(System.Globalization.CultureInfo.InvariantCulture), Port = 80,
        };
        var config = new ClusterConfig { Name = "c", LbPolicy = policy };
        var cluster = new UpstreamCluster(config, Locality.Empty, new RngStream(9), 0);
        cluster.Update(
            new ClusterLoadAssignment
            {
                ClusterName = "c",
                Endpoints = [.. hostsOfPriority.Select((n, i) => new LocalityLbEndpoints(
                    Locality.Empty, i, null, [.. Enumerable.Range(0, n).Select(_ => Host())]))],
            },
            0);
        return cluster;
    }
}
