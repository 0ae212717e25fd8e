using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Exact probabilities: every random number that makes a difference is tried once.</summary>
internal sealed class ExactShareTests
{
    /// <summary>
    /// Of n hosts and c draws, a host with load l is picked when no draw is below l; its equals share that with it.
    /// </summary>
    [Test]
    public void Choices_EveryLoadOfUpToFourHosts_HaveTheirExactProbability(
        [Range(1, 4)] int n, [Values(2, 3)] int choices)
    {
        foreach (Host[] hosts in Loads(n))
        {
            var counts = new int[n];
            int all = (int)Math.Pow(n, choices);
            for (int i = 0; i < all; i++)
            {
                var numbers = new ulong[choices];
                for (int k = 0, rest = i; k < choices; k++, rest /= n)
                {
                    numbers[k] = (ulong)((rest % n) + (n * 7));
                }

                var draws = new ScriptedDraws(numbers);
                counts[Array.IndexOf(hosts, LeastRequestLoadBalancer.PickOfChoices(
                    hosts, new Modulus((uint)n), (uint)choices, ref draws))]++;
                Assert.That(draws.Used, Is.EqualTo(choices));
            }

            for (int i = 0; i < n; i++)
            {
                int equal = hosts.Count(h => h.RqActive == hosts[i].RqActive);
                int above = hosts.Count(h => h.RqActive > hosts[i].RqActive);
                double expected = Math.Pow(equal + above, choices) - Math.Pow(above, choices);
                Assert.That(counts[i] * equal, Is.EqualTo((int)expected), string.Join(' ', Actives(hosts)));
            }
        }
    }

    [Test]
    public void Full_scan_EveryLoadOfUpToFourHosts_IsUniformOverTheLeastLoaded([Range(1, 4)] int n)
    {
        // 12 is divisible by every number of ties.
        const int Values = 12;
        int all = (int)Math.Pow(Values, n - 1);
        foreach (Host[] hosts in Loads(n))
        {
            var counts = new int[n];
            for (int i = 0; i < all; i++)
            {
                var numbers = new ulong[n];
                for (int k = 0, rest = i; k < n; k++, rest /= Values)
                {
                    numbers[k] = (ulong)(rest % Values);
                }

                var draws = new ScriptedDraws(numbers);
                counts[Array.IndexOf(hosts, LeastRequestLoadBalancer.PickByFullScan(hosts, ref draws))]++;
            }

            int least = hosts.Min(static h => h.RqActive);
            int ties = hosts.Count(h => h.RqActive == least);
            Assert.That(counts, Is.EqualTo(hosts.Select(h => h.RqActive == least ? all / ties : 0)),
                string.Join(' ', Actives(hosts)));
        }
    }

    /// <summary>RANDOM: of 300 consecutive numbers each bucket and each of up to 3 hosts meets equally often.</summary>
    [Test]
    public void Random_TwoPriorities_ServesEachHostExactlyAsOftenAsItsBucketsSay(
        [Values("1/0", "1/1", "2/0", "2/1", "2/2", "3/0", "3/1", "3/2", "3/3")] string firstAndHealthy,
        [Range(1, 3)] int second)
    {
        int first = firstAndHealthy[0] - '0';
        int firstHealthy = firstAndHealthy[2] - '0';
        var counts = new Dictionary<string, int>();
        uint load = 0;
        for (ulong number = 0; number < 300; number++)
        {
            var cluster = new UpstreamCluster(
                TwoPriorities(first, firstHealthy, second), Locality.Empty, ChosenDraws.First(number), 0);
            load = cluster.HealthyLoad[0];
            var context = default(LbContext);
            string address = cluster.ChooseHost(ref context, 0)!.Address;
            counts[address] = counts.GetValueOrDefault(address) + 1;
        }

        Assert.That(load, Is.EqualTo((uint)Math.Min(100, 140 * firstHealthy / first)));
        for (int p = 0; p < 2; p++)
        {
            int n = p == 0 ? firstHealthy : second;
            for (int i = 0; i < n; i++)
            {
                int expected = Enumerable.Range(0, 300).Count(x => x % 100 < load == (p == 0) && x % n == i);
                Assert.That(counts.GetValueOrDefault($"10.0.{p}.{i}:80"), Is.EqualTo(expected), $"{p} {i}");
            }
        }
    }

    /// <summary>Over whole cycles a weighted rotation serves every host and every zone exactly by weight.</summary>
    [Test]
    public void Round_robin_EveryWeightOfThreeHosts_IsExactOverAWholeCycle(
        [Values(0ul, 1ul, 4ul, 1000ul, ulong.MaxValue)] ulong seed)
    {
        for (int i = 0; i < 5 * 5 * 5; i++)
        {
            double[] weights = [1 + (i % 5), 1 + (i / 5 % 5), 1 + (i / 25)];
            var fixedWeights = new FixedWeights(weights);
            EdfScheduler scheduler = EdfScheduler.CreateWithPicks(3, ref fixedWeights, seed);
            var naive = new NaiveSchedule(3, k => weights[k], seed);
            var counts = new int[3];
            int cycle = (int)weights.Sum();
            for (int k = 0; k < 10 * cycle; k++)
            {
                int pick = scheduler.PickAndAdd(ref fixedWeights);
                Assert.That(pick, Is.EqualTo(naive.Pick()));
                counts[pick]++;
            }

            for (int k = 0; k < 3; k++)
            {
                Assert.That(counts[k], Is.InRange((10 * (int)weights[k]) - 1, (10 * (int)weights[k]) + 1));
            }
        }
    }

    private static IEnumerable<Host[]> Loads(int n)
    {
        for (int i = 0; i < (int)Math.Pow(3, n); i++)
        {
            int rest = i;
            var hosts = new Host[n];
            for (int k = 0; k < n; k++, rest /= 3)
            {
                hosts[k] = TestHosts.Make(k);
                hosts[k].RqActive = rest % 3;
            }

            yield return hosts;
        }
    }

    private static IEnumerable<int> Actives(Host[] hosts) => hosts.Select(static h => h.RqActive);

    private static ClusterConfig TwoPriorities(int first, int firstHealthy, int second) => new()
    {
        Name = "c",
        LbPolicy = LbPolicy.Random,
        CommonLb = new CommonLbConfig { HealthyPanicThreshold = 0 },
        InlineEndpoints = new ClusterLoadAssignment
        {
            ClusterName = "c",
            Endpoints =
            [
                new LocalityLbEndpoints(Locality.Empty, 0, null, Endpoints(0, first, firstHealthy)),
                new LocalityLbEndpoints(Locality.Empty, 1, null, Endpoints(1, second, second)),
            ],
        },
    };

    private static LbEndpoint[] Endpoints(int priority, int count, int healthy) =>
    [
        .. Enumerable.Range(0, count).Select(i => new LbEndpoint
        {
            Address = $"10.0.{priority}.{i}", Port = 80,
            HealthStatus = i < healthy ? EdsHealthStatus.Healthy : EdsHealthStatus.Unhealthy,
        }),
    ];
}
