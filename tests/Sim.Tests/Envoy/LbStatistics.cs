namespace Sim.Tests.Envoy;

/// <summary>The comparisons that the recordings' README defines.</summary>
internal static class LbStatistics
{
    // ln(2e10): a Bernstein bound with 1e-10 false alarms per comparison.
    private const double L = 23.718998110500402;

    /// <summary>S: x of N recorded and y of M simulated come from one share.</summary>
    public static void AssertSameShare(long x, long n, long y, long m, string what)
    {
        double p = (double)(x + y) / (n + m);
        double bound = (Tail(n, p) / n) + (Tail(m, p) / m);
        Assert.That(Math.Abs(((double)x / n) - ((double)y / m)), Is.LessThanOrEqualTo(bound), what);
    }

    /// <summary>S: x of N recorded come from a known share.</summary>
    public static void AssertShare(long x, long n, double p, string what) =>
        Assert.That(Math.Abs(x - (n * p)), Is.LessThanOrEqualTo(Tail(n, p)), what);

    /// <summary>S and Z over all outcomes of a case.</summary>
    public static void AssertSameCounts(
        IReadOnlyDictionary<string, int> recorded, IReadOnlyDictionary<string, int>? second,
        IReadOnlyDictionary<string, int> simulated)
    {
        long n = recorded.Values.Sum();
        long m = simulated.Values.Sum();
        foreach (string outcome in recorded.Keys.Union(simulated.Keys))
        {
            int x = recorded.GetValueOrDefault(outcome);
            int y = simulated.GetValueOrDefault(outcome);
            AssertSameShare(x, n, y, m, outcome);
            if (x + (second?.GetValueOrDefault(outcome) ?? 0) == 0)
            {
                Assert.That(y, Is.Zero, "outcome never recorded: " + outcome);
            }
        }
    }

    /// <summary>R: counts follow the weights inside one source, within 1 for equal and 2 for unequal weights.</summary>
    public static void AssertRotation(IReadOnlyList<(long Count, uint Weight)> hosts, string what)
    {
        if (hosts.Count == 0)
        {
            return;
        }

        if (hosts.All(h => h.Weight == hosts[0].Weight))
        {
            Assert.That(hosts.Max(static h => h.Count) - hosts.Min(static h => h.Count), Is.LessThanOrEqualTo(1), what);
            return;
        }

        double n = hosts.Sum(static h => h.Count);
        double sum = hosts.Sum(static h => (double)h.Weight);
        foreach ((long count, uint weight) in hosts)
        {
            Assert.That(count, Is.EqualTo(n * weight / sum).Within(2.0), what);
        }
    }

    private static double Tail(long n, double p) => (L / 3) + Math.Sqrt((L * L / 9) + (2 * L * n * p * (1 - p)));
}
