using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Random choices follow their exact probabilities.</summary>
/// <remarks>
/// Null hypothesis of every check: the outcome has the stated probability p. n = 400,000 picks; Bernstein's bound with
/// a false-alarm probability of 1e-6 per check (L = ln(2e6) = 14.51). The smallest bias it is sure to catch is about
/// 2 * sqrt(2 L p (1 - p) / n): 0.0085 absolute at p = 1/2, 0.0037 at p = 0.05.
/// </remarks>
internal sealed class LbStatisticalTests
{
    private const int Picks = 400_000;
    private const double L = 14.508657738524219;

    [Test]
    public void LeastRequest_of_two_choices_picks_each_load_with_its_probability()
    {
        // Of n hosts with distinct loads the k-th busiest wins unless a less busy one is drawn: (2(k-1)+1)/n^2.
        UpstreamCluster cluster = Flat(LbPolicy.LeastRequest, 5, 31);
        for (int i = 0; i < 5; i++)
        {
            cluster.Hosts[i].RqActive = 5 - i;
        }

        int[] counts = Count(cluster);
        for (int i = 0; i < 5; i++)
        {
            AssertProbability(counts[i], ((2.0 * i) + 1) / 25, "host " + i);
        }
    }

    [Test]
    public void LeastRequest_with_equal_loads_is_uniform()
    {
        int[] counts = Count(Flat(LbPolicy.LeastRequest, 7, 32));
        foreach (int count in counts)
        {
            AssertProbability(count, 1.0 / 7, "uniform");
        }
    }

    [Test]
    public void Full_scan_breaks_ties_uniformly()
    {
        UpstreamCluster cluster = Flat(LbPolicy.LeastRequest, 6, 33, isFullScan: true);
        cluster.Hosts[1].RqActive = 1;
        int[] counts = Count(cluster);
        Assert.That(counts[1], Is.Zero);
        foreach (int i in new[] { 0, 2, 3, 4, 5 })
        {
            AssertProbability(counts[i], 0.2, "host " + i);
        }
    }

    [Test]
    public void Random_is_uniform_over_hosts()
    {
        foreach (int count in Count(Flat(LbPolicy.Random, 3, 34)))
        {
            AssertProbability(count, 1.0 / 3, "uniform");
        }
    }

    [Test]
    public void Spill_over_sends_each_priority_its_integer_load()
    {
        // One of three healthy in priority 0: 140 * 1/3 = 46 percent; the rest goes to priority 1.
        LbEndpoint Host(int i, EdsHealthStatus status) => new()
        {
            Address = "10.0.0." + i.ToString(System.Globalization.CultureInfo.InvariantCulture), Port = 80,
            HealthStatus = status,
        };
        var config = new ClusterConfig
        {
            Name = "c",
            LbPolicy = LbPolicy.LeastRequest,
            InlineEndpoints = new ClusterLoadAssignment
            {
                ClusterName = "c",
                Endpoints =
                [
                    new LocalityLbEndpoints(Locality.Empty, 0, null, [
                        Host(0, EdsHealthStatus.Healthy), Host(1, EdsHealthStatus.Unhealthy),
                        Host(2, EdsHealthStatus.Unhealthy)]),
                    new LocalityLbEndpoints(Locality.Empty, 1, null, [
                        Host(3, EdsHealthStatus.Healthy), Host(4, EdsHealthStatus.Healthy)]),
                ],
            },
        };
        int[] counts = Count(new UpstreamCluster(config, Locality.Empty, new RngStream(35), 0));
        AssertProbability(counts[0], 0.46, "priority 0");
        AssertProbability(counts[3] + counts[4], 0.54, "priority 1");
        AssertProbability(counts[3], 0.27, "one host of priority 1");
    }

    private static UpstreamCluster Flat(LbPolicy policy, int hosts, ulong seed, bool isFullScan = false) => new(
        new ClusterConfig
        {
            Name = "c",
            LbPolicy = policy,
            LeastRequest = new LeastRequestConfig(FullScan: isFullScan),
            InlineEndpoints = new ClusterLoadAssignment
            {
                ClusterName = "c",
                Endpoints = [new LocalityLbEndpoints(Locality.Empty, 0, null, [.. Enumerable.Range(0, hosts).Select(
                    static i => new LbEndpoint
                    {
                        Address = "10.0.0." + i.ToString(System.Globalization.CultureInfo.InvariantCulture), Port = 80,
                    })])],
            },
        },
        Locality.Empty, new RngStream(seed), 0);

    private static int[] Count(UpstreamCluster cluster)
    {
        Dictionary<Host, int> indexes = cluster.Hosts.Select(static (h, i) => (h, i)).ToDictionary(static x => x.h,
            static x => x.i);
        var counts = new int[indexes.Count];
        for (int i = 0; i < Picks; i++)
        {
            var context = default(LbContext);
            counts[indexes[cluster.ChooseHost(ref context, 0)!]]++;
        }

        return counts;
    }

    private static void AssertProbability(int count, double p, string what)
    {
        double bound = (L / 3) + Math.Sqrt((L * L / 9) + (2 * L * Picks * p * (1 - p)));
        Assert.That(Math.Abs(count - (Picks * p)), Is.LessThanOrEqualTo(bound), what);
    }
}
