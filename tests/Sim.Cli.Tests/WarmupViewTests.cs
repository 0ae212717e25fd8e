using Sim.Core;
using Sim.Runs;
using Sim.Tests.Reports;

namespace Sim.Cli.Tests;

/// <summary><c>meshsim run --suggest-warmup</c>.</summary>
[TestFixture]
internal sealed class WarmupViewTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("meshsim").FullName;

    [OneTimeTearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Each_traffic_is_told_when_it_settles()
    {
        RunResult run = SampleRun.Failed with
        {
            WarmupNs = 0,
            Requests = [.. Of("slow", 100, static i => i < 20 ? 9 : 1), .. Of("even", 60, static _ => 1),
                .. Of("few", 10, static _ => 1), .. Of("late", 100, static i => i < 60 ? 9 : 1)],
        };
        Cli cli = new() { Outcome = Cli.Of(run) };
        cli.Run("run", _folder, "--suggest-warmup", "--quiet");
        Assert.That(cli.Out.ReplaceLineEndings("\n"), Does.EndWith("""
            Warm-up (MSER-5 on the durations of requests)
              even: settled from the start
              few: too few requests to tell
              late: does not settle in the first half of the run
              slow: settled after 10s, 20 of 100 requests before
              suggested: --set spec.warmup=10s
              what does not settle has an outage or a changing load in it, or is too short

            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public void A_warmup_that_is_long_enough_is_told()
    {
        Cli cli = new()
        {
            Outcome = Cli.Of(SampleRun.Failed with
            {
                WarmupNs = 12 * SimDuration.Second,
                Requests = [.. Of("slow", 100, static i => i < 20 ? 9 : 1)],
            }),
        };
        cli.Run("run", _folder, "--suggest-warmup", "--quiet");
        Assert.That(cli.Out, Does.Contain("warmup: 12s is enough for what settles"));
    }

    [TestCase("-o", "json", "--suggest-warmup goes with -o table only")]
    [TestCase("--variants", "all", "--suggest-warmup")]
    public void It_goes_with_one_table_only(string option, string value, string message)
    {
        Cli cli = new();
        Assert.That(cli.Run("run", _folder, "--suggest-warmup", option, value), Is.EqualTo(64));
        Assert.That(cli.Error, Does.Contain(message));
    }

    private static IEnumerable<RequestRecord> Of(string traffic, int count, Func<int, int> milliseconds) =>
        Enumerable.Range(0, count).Select(i => new RequestRecord(
            i, traffic, i * SimDuration.Second / 2, (i * SimDuration.Second / 2)
            + (milliseconds(i) * SimDuration.Millisecond), "c/n/p", "r", "s.n", 200, "-", "", "OK", 1, "", "", "none",
            "none", 0));
}
