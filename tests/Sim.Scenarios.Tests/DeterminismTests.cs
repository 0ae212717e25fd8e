using System.Globalization;
using Sim.Runs;

namespace Sim.Scenarios.Tests;

/// <summary>The same seed gives the same bytes, in whatever company a run is.</summary>
internal sealed class DeterminismTests
{
    private const string Pack = "disaster-recovery";

    [Test]
    public void Second_run_in_one_process_is_the_same()
    {
        RunResult first = Run(new ScenarioRequest(Folder, Variant: "brown-out-503-retry-5xx")).Single();
        RunResult second = Run(new ScenarioRequest(Folder, Variant: "brown-out-503-retry-5xx")).Single();
        Assert.That(Text(second), Is.EqualTo(Text(first)));
    }

    [Test]
    public void Two_threads_give_what_one_gives()
    {
        IEnumerable<string> one = Run(new ScenarioRequest(Folder, Variant: "black-hole")).Select(Text);
        IEnumerable<string> two = Run(new ScenarioRequest(Folder, Variant: "black-hole", Threads: 2)).Select(Text);
        Assert.That(two, Is.EqualTo(one));
    }

    [Test]
    public void Replications_and_seeds_differ()
    {
        RunResult[] two = [.. Run(new ScenarioRequest(Folder, Variant: "black-hole", Replications: 2))];
        RunResult other = Run(new ScenarioRequest(Folder, Seed: 43, Variant: "black-hole", Replications: 1)).Single();
        Assert.That(new[] { two[0], two[1], other }.Select(static r => r.ResultsFingerprint), Is.Unique);
    }

    [Test]
    public void A_replication_does_not_depend_on_how_many_there_are()
    {
        string alone = Text(Run(new ScenarioRequest(Folder, Variant: "black-hole", Replications: 1)).Single());
        string[] many = [.. Run(new ScenarioRequest(Folder, Variant: "black-hole", Replications: 3)).Select(Text)];
        Assert.That(many[0], Is.EqualTo(alone));
    }

    private static string Folder => Path.Combine(Repository.Root, "scenarios", Pack);

    private static IReadOnlyList<RunResult> Run(ScenarioRequest request) =>
        ScenarioRunner.Run(request, null, default).Replications;

    /// <summary>Everything that a run says about requests, ejections and events.</summary>
    private static string Text(RunResult r) => string.Join('\n',
        new[] { r.EventsFingerprint, r.ResultsFingerprint, r.EventCount.ToString(CultureInfo.InvariantCulture) }
            .Concat(r.Requests.Select(static x => x.ToString()))
            .Concat(r.Ejections.Select(static x => x.ToString()))
            .Concat(r.Events.Select(static x => x.ToString()))
            .Concat(r.Series.Select(static x => x.ToString())));
}
