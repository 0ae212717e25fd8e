using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>The two states of a cluster, retries, and the hot path.</summary>
internal sealed class UpstreamClusterTests
{
    private const long Window = SimDuration.Second;

    /// <summary>Policies and shapes whose pick must not allocate.</summary>
    private static readonly string[] s_shapes =
    [
        "RoundRobin", "RoundRobin weighted", "RoundRobin localities", "LeastRequest", "LeastRequest weighted",
        "LeastRequest full-scan", "LeastRequest localities", "LeastRequest slow-start", "Random", "RingHash", "Maglev",
        "RingHash bounded", "LeastRequest retry", "LeastRequest zones", "Random panic",
    ];

    [TestCaseSource(nameof(s_shapes))]
    public void ChooseHost_AfterWarmUp_AllocatesNothing(string shape)
    {
        UpstreamCluster cluster = ShapeOf(shape);
        RetryPriorityState? retry = shape.Contains("retry", StringComparison.Ordinal) ? new RetryPriorityState(2)
            : null;
        int found = Run(cluster, 20_000, retry);
        long before = GC.GetAllocatedBytesForCurrentThread();
        found += Run(cluster, 1_000_000, retry);
        long after = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(found, Is.EqualTo(1_020_000));
        Assert.That(after - before, Is.Zero);
    }

    /// <summary>What is asked for early is what the pick looks at: two choices over two priorities, some hosts
    /// unhealthy.</summary>
    [Test]
    public void Expected_LeastRequest_IsWhatAFirstTryIsGiven()
    {
        UpstreamCluster cluster = ShapeOf("LeastRequest");
        var context = new LbContext();
        int load = 0;
        for (int i = 0; i < 10_000; i++)
        {
            Host? expected = cluster.Balancer.Expected;
            cluster.Balancer.Prefetch(i % 2 == 0);
            Host? chosen = cluster.ChooseHost(ref context, 0);
            Assert.That(chosen, Is.SameAs(expected));
            chosen!.RqActive += load++ % 3 == 0 ? 1 : 0;
        }
    }

    [Test]
    public void HostHealthChanged_SecondEjectionWithinTheWindow_IsUsedUntilTheWindowEnds()
    {
        UpstreamCluster cluster = Flat(4);
        const long Start = 10 * SimDuration.Second;
        Eject(cluster, 0, Start);
        Eject(cluster, 1, Start + SimDuration.Millisecond);
        Assert.That(cluster.MembershipHealthy, Is.EqualTo(2), "the detector's view");
        Assert.That(Used(cluster), Is.EquivalentTo(new[] { 1, 2, 3 }), "the balancer's view");
        Assert.That(cluster.NextMergeFlushAtNs, Is.EqualTo(Start + SimDuration.Millisecond + Window));
        cluster.FlushMerge(cluster.NextMergeFlushAtNs);
        Assert.That(Used(cluster), Is.EquivalentTo(new[] { 2, 3 }));
        Assert.That(cluster.NextMergeFlushAtNs, Is.EqualTo(long.MaxValue));
    }

    [Test]
    public void HostHealthChanged_ThirdEjectionWhileOneIsHeld_JoinsIt()
    {
        UpstreamCluster cluster = Flat(8);
        const long Start = 10 * SimDuration.Second;
        Eject(cluster, 0, Start);
        Eject(cluster, 1, Start + (Window / 10));
        Eject(cluster, 2, Start + (Window / 2));
        Assert.That(cluster.NextMergeFlushAtNs, Is.EqualTo(Start + (Window / 10) + Window));
        cluster.FlushMerge(cluster.NextMergeFlushAtNs);
        Assert.That(Used(cluster), Is.EquivalentTo(new[] { 3, 4, 5, 6, 7 }));
    }

    [Test]
    public void PickOfChoices_EqualLoads_KeepsTheFirstDrawn()
    {
        Host[] hosts = [.. Enumerable.Range(0, 3).Select(static i => TestHosts.Make(i))];
        var draws = new ScriptedDraws([1, 2, 0]);
        Assert.That(LeastRequestLoadBalancer.PickOfChoices(hosts, new Modulus((uint)hosts.Length), 3, ref draws),
            Is.SameAs(hosts[1]));
    }

    [Test]
    public void Update_WithAHeldEjection_CarriesItAlong()
    {
        UpstreamCluster cluster = Flat(4);
        const long Start = 10 * SimDuration.Second;
        Eject(cluster, 0, Start);
        Eject(cluster, 1, Start + 1);
        cluster.Update(Assignment(5), Start + 2);
        Assert.That(Used(cluster), Is.EquivalentTo(new[] { 2, 3, 4 }));
        Assert.That(cluster.Counters.UpdateMergeCancelled, Is.EqualTo(1));
        Assert.That(cluster.NextMergeFlushAtNs, Is.EqualTo(long.MaxValue));
    }

    [Test]
    public void HostHealthChanged_InOnePriority_StartsTheWindowOfEveryPriority()
    {
        // Every priority is partitioned anew and sent when any host's health changes.
        UpstreamCluster cluster = TwoPriorities(threshold: 0);
        const long Start = 10 * SimDuration.Second;
        Eject(cluster, 0, Start);
        Eject(cluster, 2, Start + (Window / 2));
        Assert.That(cluster.DeliveredSet(1).Healthy, Has.Length.EqualTo(2));
        cluster.FlushMerge(cluster.NextMergeFlushAtNs);
        Assert.That(cluster.DeliveredSet(1).Healthy, Has.Length.EqualTo(1));
    }

    [Test]
    public void Update_LocalityChange_MakesANewHostAndForgetsItsState()
    {
        UpstreamCluster cluster = Flat(2);
        Host old = cluster.Hosts[0];
        old.RqActive = 3;
        ClusterLoadAssignment moved = Assignment(2);
        cluster.Update(
            moved with { Endpoints = [moved.Endpoints[0] with { Locality = Locality.Parse("other") }] }, 0);
        Assert.That(cluster.Hosts[0], Is.Not.SameAs(old));
        Assert.That(cluster.Hosts[0].RqActive, Is.Zero);
    }

    [Test]
    public void ChooseHost_RetryAvoidingPreviousHosts_TakesAnotherHostWhileOneIsLeft()
    {
        UpstreamCluster cluster = Flat(3);
        for (int i = 0; i < 300; i++)
        {
            var context = new LbContext { AvoidPreviousHosts = true, HostSelectionRetryMax = 5 };
            Host first = cluster.ChooseHost(ref context, 0)!;
            context.AddAttempted(first);
            context.IsRetry = true;
            Host second = cluster.ChooseHost(ref context, 0)!;
            context.AddAttempted(second);
            Host third = cluster.ChooseHost(ref context, 0)!;
            Assert.That(new[] { first, second, third }.Distinct().Count(), Is.EqualTo(3));
        }
    }

    [Test]
    public void ChooseHost_RetryWithEveryHostTried_UsesTheLastPickAllTheSame()
    {
        UpstreamCluster cluster = Flat(2);
        var context = new LbContext { AvoidPreviousHosts = true, HostSelectionRetryMax = 5, IsRetry = true };
        context.AddAttempted(cluster.Hosts[0]);
        context.AddAttempted(cluster.Hosts[1]);
        Assert.That(cluster.ChooseHost(ref context, 0), Is.Not.Null);
    }

    [Test]
    public void AddAttempted_MoreThanTheInlineHosts_RemembersAll()
    {
        UpstreamCluster cluster = Flat(40);
        var context = default(LbContext);
        foreach (Host host in cluster.Hosts.Take(30))
        {
            context.AddAttempted(host);
        }

        Assert.That(context.AttemptedCount, Is.EqualTo(30));
        Assert.That(cluster.Hosts.Select(h => context.WasAttempted(h)).Count(static x => x), Is.EqualTo(30));
    }

    [Test]
    public void ChooseHost_RetryWithPreviousPriorities_LeavesTheTriedPriority()
    {
        UpstreamCluster cluster = TwoPriorities(threshold: 0);
        var context = new LbContext { RetryPriority = new RetryPriorityState(2) };
        Host first = cluster.ChooseHost(ref context, 0)!;
        Assert.That(first.Priority, Is.Zero);
        context.AddAttempted(first);
        context.IsRetry = true;
        Host second = cluster.ChooseHost(ref context, 0)!;
        Assert.That(second.Priority, Is.Zero, "one attempt is below the update frequency");
        context.AddAttempted(second);
        Assert.That(cluster.ChooseHost(ref context, 0)!.Priority, Is.EqualTo(1));
    }

    [Test]
    public void ChooseHost_NoHosts_IsNull()
    {
        var cluster = new UpstreamCluster(new ClusterConfig { Name = "c" }, Locality.Empty, new RngStream(1), 0);
        var context = default(LbContext);
        Assert.That(cluster.ChooseHost(ref context, 0), Is.Null);
        Assert.That(cluster.IsInPanic(0), Is.True);
    }

    [Test]
    public void Explain_OneOfFourEjected_SaysSo()
    {
        UpstreamCluster cluster = Flat(4);
        Eject(cluster, 0, 10 * SimDuration.Second);
        PriorityExplanation p = cluster.Explain().Priorities.Single();
        Assert.That((p.Hosts, p.Healthy, p.Ejected, p.HealthyLoad, p.IsInPanic), Is.EqualTo((4, 3, 1, 100u, false)));
    }

    private static int Run(UpstreamCluster cluster, int picks, RetryPriorityState? retry)
    {
        int found = 0;
        for (int i = 0; i < picks; i++)
        {
            var context = new LbContext { HasHash = (i & 1) == 0, Hash = (ulong)i * 0x9E3779B97F4A7C15UL };
            if (retry is not null)
            {
                retry.Reset(2);
                context.RetryPriority = retry;
                context.AvoidPreviousHosts = true;
                context.HostSelectionRetryMax = 5;
                context.AddAttempted(cluster.ChooseHost(ref context, i)!);
                context.IsRetry = true;
                context.AddAttempted(cluster.ChooseHost(ref context, i)!);
            }

            Host? host = cluster.ChooseHost(ref context, i);
            if (host is not null)
            {
                found++;
                host.RqActive = i & 3;
            }
        }

        return found;
    }

    private static UpstreamCluster ShapeOf(string shape)
    {
        bool Has(string word) => shape.Contains(word, StringComparison.Ordinal);
        LbEndpoint Host(int i) => new()
        {
            Address = "10.1.0." + i.ToString(System.Globalization.CultureInfo.InvariantCulture),
            Port = 80,
            Weight = Has("weighted") ? (uint)(1 + (i % 5)) : 1,
            HealthStatus = Has("panic") ? EdsHealthStatus.Unhealthy
                : i % 7 == 0 ? EdsHealthStatus.Unhealthy : EdsHealthStatus.Healthy,
        };
        LocalityLbEndpoints Group(string zone, int priority, int first, int count) => new(
            Locality.Parse("r/" + zone), priority, 3, [.. Enumerable.Range(first, count).Select(Host)]);
        var endpoints = new ClusterLoadAssignment
        {
            ClusterName = "c",
            Endpoints = [Group("a", 0, 0, 20), Group("b", 0, 20, 10), Group("c", 1, 30, 30)],
        };
        var config = new ClusterConfig
        {
            Name = "c",
            LbPolicy = Enum.Parse<LbPolicy>(shape.Split(' ')[0]),
            LeastRequest = new LeastRequestConfig(FullScan: Has("full-scan")),
            SlowStart = Has("slow-start") ? new SlowStartConfig(60_000) : null,
            CommonLb = new CommonLbConfig
            {
                LocalityWeighted = Has("localities"),
                HashBalanceFactor = Has("bounded") ? 110u : 0u,
                ZoneAware = Has("zones") ? new ZoneAwareConfig() : null,
            },
            InlineEndpoints = endpoints,
        };
        UpstreamCluster? local = Has("zones")
            ? new UpstreamCluster(config, Locality.Parse("r/a"), new RngStream(3), 0) : null;
        return new UpstreamCluster(config, Locality.Parse("r/a"), new RngStream(4), 0, local);
    }

    private static ClusterLoadAssignment Assignment(int hosts) => new()
    {
        ClusterName = "c",
        Endpoints = [new LocalityLbEndpoints(Locality.Empty, 0, null, [.. Enumerable.Range(0,
            hosts).Select(Endpoint)])],
    };

    private static LbEndpoint Endpoint(int i) => new()
    {
        Address = "10.0.0." + i.ToString(System.Globalization.CultureInfo.InvariantCulture), Port = 80,
    };

    private static UpstreamCluster Flat(int hosts)
    {
        var cluster = new UpstreamCluster(new ClusterConfig { Name = "c" }, Locality.Empty, new RngStream(5), 0);
        cluster.Update(Assignment(hosts), 0);
        return cluster;
    }

    private static UpstreamCluster TwoPriorities(double threshold)
    {
        var config = new ClusterConfig
        {
            Name = "c", CommonLb = new CommonLbConfig { HealthyPanicThreshold = threshold },
        };
        var cluster = new UpstreamCluster(config, Locality.Empty, new RngStream(6), 0);
        cluster.Update(
            new ClusterLoadAssignment
            {
                ClusterName = "c",
                Endpoints =
                [
                    new LocalityLbEndpoints(Locality.Empty, 0, null, [Endpoint(0), Endpoint(1)]),
                    new LocalityLbEndpoints(Locality.Empty, 1, null, [Endpoint(2), Endpoint(3)]),
                ],
            },
            0);
        return cluster;
    }

    private static void Eject(UpstreamCluster cluster, int index, long nowNs)
    {
        Host host = cluster.Hosts[index];
        host.Flags |= HealthFlags.FailedOutlierCheck;
        cluster.HostHealthChanged(host, nowNs);
    }

    private static int[] Used(UpstreamCluster cluster)
    {
        var used = new HashSet<int>();
        for (int i = 0; i < 100; i++)
        {
            var context = default(LbContext);
            used.Add(cluster.Hosts.ToList().IndexOf(cluster.ChooseHost(ref context, 0)!));
        }

        return [.. used];
    }
}
