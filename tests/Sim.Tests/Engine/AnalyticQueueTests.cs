using Sim.Core;
using Sim.Engine;

namespace Sim.Tests.Engine;

/// <summary>Queues with a known answer.</summary>
/// <remarks>
/// Null hypothesis: the simulated mean is the formula's. Each check runs B = 30 independent replications after a
/// warm-up and compares their mean with the formula by Student's t with 29 degrees of freedom; |t| above 6.12 has
/// probability 1.1e-6. An error of 12 standard errors would be caught, which each case prints relative to the answer.
/// </remarks>
[Category("Long")]
internal sealed class AnalyticQueueTests
{
    private const int B = 30;
    private const double T = 6.12;
    private const double Ms = 1e6;
    private const int Unbounded = int.MaxValue;

    private static Station<WheelPendingSet> New(
        ulong seed, double gapNs, Distribution service, int servers, int room = Unbounded) =>
        new(new WheelPendingSet(64), seed, (gapNs, service), servers, room);

    private static void AssertMean(
        double expected, Func<ulong, Station<WheelPendingSet>> make, Func<Station<WheelPendingSet>, double> measure)
    {
        double[] means = new double[B];
        for (int i = 0; i < B; i++)
        {
            Station<WheelPendingSet> station = make((ulong)i + 1);
            long unit = SimDuration.Second / Math.Min(station.Servers, 4);
            station.Run(5 * unit);
            station.ResetCounts();
            station.Run(45 * unit);
            means[i] = measure(station);
        }

        double mean = means.Average();
        double error = Math.Sqrt(means.Sum(m => (m - mean) * (m - mean)) / (B - 1) / B);
        TestContext.Out.WriteLine($"answer {expected:g6} mean {mean:g6} caught from {2 * T * error / expected:p2}");
        Assert.That(Math.Abs(mean - expected), Is.LessThan(T * error));
        Assert.That(2 * T * error, Is.LessThan(0.2 * expected), "the check would miss an error of a fifth");
    }

    private static double WaitNs(Station<WheelPendingSet> s) => s.WaitSumNs / s.Started;

    /// <summary>Erlang's C: probability of waiting.</summary>
    private static double ErlangC(int servers, double load)
    {
        double blocking = 1;
        for (int i = 1; i <= servers; i++)
        {
            blocking = load * blocking / (i + (load * blocking));
        }

        double rho = load / servers;
        return blocking / (1 - rho + (rho * blocking));
    }

    [TestCase(0.5)]
    [TestCase(0.8)]
    public void M_M_1_wait_is_rho_over_mu_minus_lambda(double rho) => AssertMean(
        rho / (1 - rho) * Ms, seed => New(seed, Ms / rho, Distribution.Exponential(Ms), 1), WaitNs);

    [TestCase(4, 0.8)]
    public void M_M_c_wait_is_Erlang_C(int servers, double rho) => AssertMean(
        ErlangC(servers, servers * rho) * Ms / (servers * (1 - rho)),
        seed => New(seed, Ms / (servers * rho), Distribution.Exponential(Ms), servers), WaitNs);

    [TestCase(0.0)]
    [TestCase(0.5)]
    [TestCase(1.5)]
    public void M_G_1_wait_is_Pollaczek_Khinchine(double cv) => AssertMean(
        0.7 / 0.3 * (1 + (cv * cv)) / 2 * Ms,
        seed => New(seed, Ms / 0.7, cv == 0 ? Distribution.Constant((long)Ms) : Distribution.Gamma(Ms, cv), 1),
        WaitNs);

    [TestCase(1, 5, 0.9)]
    [TestCase(3, 8, 1.3)]
    public void M_M_c_K_refuses_the_formulas_share(int servers, int room, double rho)
    {
        double weight = 1;
        double sum = 1;
        for (int n = 1; n <= room; n++)
        {
            weight *= servers * rho / Math.Min(n, servers);
            sum += weight;
        }

        AssertMean(weight / sum, seed => New(seed, Ms / (servers * rho), Distribution.Exponential(Ms), servers, room),
            static s => (double)s.Refused / s.Arrived);
    }

    /// <summary>Little's law holds on every path: what waits at the ends is all that can differ.</summary>
    [Test]
    public void Waiting_area_is_the_sum_of_waits()
    {
        Station<WheelPendingSet> s = New(9, Ms / 3.2, Distribution.LogNormal(0.8 * Ms, 5 * Ms), 4);
        s.Run(60 * SimDuration.Second);
        double slackNs = (double)s.Inside * 5 * SimDuration.Second;
        Assert.That(s.WaitingArea, Is.InRange(s.WaitSumNs, s.WaitSumNs + slackNs));
        Assert.That(s.WaitSumNs, Is.GreaterThan(1e9));
        Assert.That(s.Arrived, Is.EqualTo(s.Started + s.Inside - Math.Min(s.Inside, 4)));
    }

    [Test]
    public void Heap_and_wheel_give_one_fingerprint_and_so_does_a_second_run()
    {
        static string Run<TSet>(TSet set)
            where TSet : struct, IPendingSet
        {
            Station<TSet> s = new(set, 3, (Ms / 280, Distribution.LogNormal(0.8 * Ms, 5 * Ms)), 300, Unbounded);
            s.Run(2 * SimDuration.Second);
            return s.Fingerprint + "/" + s.Arrived + "/" + s.WaitSumNs;
        }

        string heap = Run(new HeapPendingSet(16));
        Assert.That(Run(new WheelPendingSet(16)), Is.EqualTo(heap));
        Assert.That(Run(new WheelPendingSet(4_096, 1)), Is.EqualTo(heap));
        Assert.That(Run(new HeapPendingSet(4_096)), Is.EqualTo(heap));
    }
}
