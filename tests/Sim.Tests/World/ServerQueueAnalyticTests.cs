using MathNet.Numerics.Distributions;
using Sim.Core;

namespace Sim.Tests.World;

/// <summary>The two forms of the server against formulas and against each other.</summary>
/// <remarks>
/// Null hypothesis: the mean of 24 independent replications (60,000 jobs each after 5,000 of warm-up, many relaxation
/// times) is the formula's value. Student's t, 23 degrees of freedom, false alarm 1e-6 a check. Smallest bias found
/// with certainty: twice the half width, which each test asserts to be below a stated share of the value.
/// </remarks>
[TestFixture]
[Category("Long")]
internal sealed class ServerQueueAnalyticTests
{
    private const int Replications = 24;
    private const int Jobs = 60_000;
    private const int WarmUp = 5_000;
    private const double MeanNs = 10e6;

    [TestCase(0.8, 0.15)]
    public void MM1_stays_as_long_as_the_formula_says(double load, double widthMost)
    {
        var station = new Station(1, load * 1e9 / MeanNs, Distribution.Exponential(MeanNs), 1);
        Check(station, MeanNs / (1 - load), widthMost);
    }

    [TestCase(10, 0.9, 0.15)]
    public void MMc_stays_as_long_as_Erlang_C_says(int workers, double load, double widthMost)
    {
        var station = new Station(2, load * workers * 1e9 / MeanNs, Distribution.Exponential(MeanNs), workers);
        double wait = ErlangC(workers, load * workers) * MeanNs / (workers * (1 - load));
        Check(station, MeanNs + wait, widthMost);
    }

    [TestCase("constant")]
    [TestCase("lognormal")]
    public void MG1_stays_as_long_as_Pollaczek_and_Khinchine_say(string law)
    {
        const double Load = 0.7;
        (Distribution service, double cv2) = law switch
        {
            "constant" => (Distribution.Constant((long)MeanNs), 0.0),
            _ => (Distribution.LogNormalByMean(MeanNs, 1.5), 2.25),
        };
        var station = new Station(3, Load * 1e9 / MeanNs, service, 1);
        Check(station, MeanNs + (MeanNs * Load * (1 + cv2) / (2 * (1 - Load))), 0.25);
    }

    [TestCase(4, 6, 1.2)]
    [TestCase(2, 0, 0.8)]
    public void MMcK_refuses_and_stays_as_the_formula_says(int workers, int places, double load)
    {
        double offered = load * workers;
        var station = new Station(4, offered * 1e9 / MeanNs, Distribution.Exponential(MeanNs), workers, places);
        double[] p = StateProbabilities(workers, workers + places, offered);
        double number = p.Select(static (share, n) => n * share).Sum();
        double admittedPerNs = offered / MeanNs * (1 - p[^1]);
        Result result = Simulate(station);
        Inside(result.RefusedShare, p[^1], 0.1);
        Inside(result.StayNs, number / admittedPerNs, 0.1);
    }

    /// <summary>The two forms of the server give the same departures to the nanosecond.</summary>
    [TestCase(1, int.MaxValue)]
    [TestCase(16, int.MaxValue)]
    [TestCase(16, 64)]
    [TestCase(3, 0)]
    [TestCase(0, 0)]
    public void Fused_AndGeneralForm_HaveTheSameDepartures(int workers, int places)
    {
        // 1.1 times what the workers can do: the line fills.
        double rate = 1.1 * Math.Max(1, workers) * 1e9 / MeanNs;
        foreach (Distribution service in (Distribution[])[
            Distribution.LogNormal(7e6, 60e6), Distribution.Exponential(MeanNs), Distribution.Constant((long)MeanNs)])
        {
            var station = new Station(5, rate, service, workers, places);
            var general = new QueueModel(station, 0, isFused: false, 50_000, 0);
            var fused = new QueueModel(station, 0, isFused: true, 50_000, 0);
            general.Run();
            fused.Run();
            Assert.That(fused.Departures, Is.EqualTo(general.Departures));
            Assert.That(fused.Refused, Is.EqualTo(general.Refused));
            Assert.That(general.Refused > 0, Is.EqualTo(workers > 0 && places < int.MaxValue));
        }
    }

    /// <summary>Little's law holds exactly over a time that begins and ends with an empty station.</summary>
    [Test]
    public void Number_in_the_station_is_rate_times_stay()
    {
        var model = new QueueModel(
            new Station(6, 90, Distribution.Exponential(MeanNs), 1), 0, isFused: false, 50_000, 0);
        model.Run();
        Assert.That(model.Area, Is.EqualTo(model.StayNs).And.GreaterThan((Int128)0));
    }

    private static void Check(Station station, double expectedNs, double widthMost) =>
        Inside(Simulate(station).StayNs, expectedNs, widthMost);

    private static Result Simulate(Station station)
    {
        double[] stays = new double[Replications];
        double[] refused = new double[Replications];
        for (int r = 0; r < Replications; r++)
        {
            var model = new QueueModel(station, r, isFused: false, Jobs + WarmUp, WarmUp);
            model.Run();
            stays[r] = model.CountedStayNs / (model.Counted - model.CountedRefused);
            refused[r] = model.CountedRefused / (double)model.Counted;
        }

        return new Result(stays, refused);
    }

    private static void Inside(double[] means, double expected, double widthMost)
    {
        double mean = means.Average();
        double deviation = Math.Sqrt(means.Sum(m => (m - mean) * (m - mean)) / (means.Length - 1));
        double t = StudentT.InvCDF(0, 1, means.Length - 1, 1 - (Core.Bounds.FalseAlarm / 2));
        double half = t * deviation / Math.Sqrt(means.Length);
        Assert.That(mean, Is.EqualTo(expected).Within(half));
        Assert.That(half, Is.LessThan(widthMost * expected), "too few jobs for the check to mean anything");
    }

    private static double ErlangC(int workers, double offered)
    {
        double b = 1;
        for (int n = 1; n <= workers; n++)
        {
            b = offered * b / (n + (offered * b));
        }

        double load = offered / workers;
        return b / (1 - load + (load * b));
    }

    /// <summary>Birth and death: rate of leaving state n is min(n, c).</summary>
    private static double[] StateProbabilities(int workers, int states, double offered)
    {
        double[] p = new double[states + 1];
        p[0] = 1;
        for (int n = 1; n <= states; n++)
        {
            p[n] = p[n - 1] * offered / Math.Min(n, workers);
        }

        double sum = p.Sum();
        return [.. p.Select(x => x / sum)];
    }

    private sealed record Result(double[] StayNs, double[] RefusedShare);
}
