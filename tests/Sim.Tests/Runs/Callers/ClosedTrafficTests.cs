using Sim.Core;
using Sim.Runs;

namespace Sim.Tests.Runs.Callers;

/// <summary>Users who wait for answers: against the closed form of the machine-repair model, and at the edges.
/// </summary>
internal sealed class ClosedTrafficTests
{
    private static SmallWorld World(string traffic, string server = "", string more = "", string url = "server") =>
        new SmallWorld("here").Workload("here", "client").Workload("here", "server").Service("here", "server")
            .Spec($$"""
            duration: 1000s
            seed: 3
            topology: {preset: zero, proxyOverhead: 0ms}
            workloads: [{match: {workload: server}, {{server}} }]
            traffic:
              - {name: users, from: {context: here, workload: client}, {{traffic}}, request: {curl: 'http://{{url}}/'} }
            {{more}}
            """);

    /// <summary>N users of c workers, exponential in thinking and working: the answers a second are the sum over k of
    /// p(k) min(k, c) mu, with p(k+1)/p(k) = (N-k) lambda / (min(k+1, c) mu). The bound is 5 standard deviations of a
    /// count of that mean and variance; a false alarm comes once in a million.</summary>
    [TestCase(10, 1)]
    [TestCase(4, 2)]
    [TestCase(30, 3)]
    public void Answers_a_second_are_those_of_the_machine_repair_model(int users, int workers)
    {
        using SmallWorld world = World(
            string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"model: closed, users: {users}, think: 200ms"),
            string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"serviceTime: {{dist: exponential, mean: 50ms}}, concurrency: {workers}"));
        RunResult result = world.Run();
        double p = 1;
        double sum = 0;
        double rate = 0;
        for (int k = 0; k <= users; k++)
        {
            sum += p;
            rate += p * Math.Min(k, workers) * 20;
            p *= (users - k) * 5.0 / (Math.Min(k + 1, workers) * 20);
        }

        double expected = rate / sum * 1000;
        Assert.That(result.RequestsTotal, Is.EqualTo(expected).Within(5 * Math.Sqrt(expected)));
        Assert.That(result.ByCode.Single().Key, Is.EqualTo(200));
    }

    [Test]
    public void Constant_times_spread_the_users_evenly()
    {
        using SmallWorld world = World(
            "model: closed, users: 4, think: 1s, arrivals: constant, stop: 10s", "serviceTime: 10ms");
        RunResult result = world.Run();
        long[] first = [.. result.Requests.Take(4).Select(static r => r.StartNs / SimDuration.Millisecond)];
        Assert.That(first, Is.EqualTo((long[])[125, 375, 625, 875]));
        Assert.That(result.Requests[4].StartNs - result.Requests[0].EndNs, Is.EqualTo(SimDuration.Second));
        Assert.That(result.Requests.Max(static r => r.StartNs), Is.LessThan(10 * SimDuration.Second));
    }

    [Test]
    public void Users_send_less_while_answers_take_longer()
    {
        using SmallWorld world = World(
            "model: closed, users: 10, think: 1s", "serviceTime: 10ms",
            "timeline: [{at: 500s, fault: {type: slow, select: {workload: server}, add: 9s}}]");
        RunResult result = world.Run();
        double early = result.Requests.Count(static r => r.StartNs < 500 * SimDuration.Second);
        double late = result.Requests.Count(static r => r.StartNs >= 500 * SimDuration.Second);
        Assert.That(early / late, Is.EqualTo(10.0).Within(1));
    }

    [TestCase("think: 0s, stop: 1s", "server", 900, 110)]
    [TestCase("think: 0s, stop: 1s", "nobody", 1000, 1)]
    public void Users_who_do_not_think_go_round_as_fast_as_they_are_answered(
        string traffic, string url, int most, int least)
    {
        using SmallWorld world = World(
            "model: closed, users: 1, " + traffic, "serviceTime: 9ms", "", url);
        Assert.That(world.Run().RequestsTotal, Is.InRange(least, most));
    }

    [TestCase("model: closed", "has no users")]
    [TestCase("model: closed, users: 3, rate: 1/s", "closed traffic has no \"rate\"")]
    [TestCase("rate: 1/s, users: 3", "open traffic has no \"users\"")]
    [TestCase("rate: 1/s, think: 3s", "open traffic has no \"think\"")]
    [TestCase("model: closed, users: 3, arrivals: bursty", "no bursts")]
    public void Keys_that_do_not_fit_the_model_are_errors(string traffic, string message)
    {
        using SmallWorld world = World(traffic);
        Assert.That(world.Errors(), Has.Exactly(1).Contains(message));
    }
}
