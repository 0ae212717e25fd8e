using System.Collections.Concurrent;
using System.Text.Json;
using Sim.Runs;

namespace Sim.Scenarios.Tests;

/// <summary>Every edition of every scenario runs, holds what its file asserts and gives the bytes it gave before.
/// </summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class EditionRunTests
{
    private const string ExpectedFile = "expected.json";

    private static readonly ConcurrentDictionary<string, ScenarioOutcome> Outcomes = new(StringComparer.Ordinal);

    private static readonly Lock Publishing = new();

    [TestCaseSource(typeof(Repository), nameof(Repository.Editions))]
    public void Edition_holds_its_own_assertions(string scenario, string variant)
    {
        ScenarioOutcome outcome = Run(scenario, variant);
        Assert.That(outcome.Result, Is.Not.Null, string.Join('\n', outcome.Diagnostics));
        Assert.That(outcome.Result!.Judgements.Where(static j => !j.Held)
            .Select(static j => $"{j.Text}: {j.Measured} instead of {j.Limit}"), Is.Empty);
        Assert.That(outcome.Result.Judgements, Is.Not.Empty);
    }

    [TestCaseSource(typeof(Repository), nameof(Repository.Editions))]
    public void Edition_gives_the_fingerprints_it_gave_before(string scenario, string variant)
    {
        string path = Path.Combine(Repository.Root, "scenarios", scenario, ExpectedFile);
        string[] now = [.. Run(scenario, variant).Replications.Select(static r => FormattableString.Invariant(
            $"{r.RequestsTotal} requests, events {r.EventsFingerprint}, results {r.ResultsFingerprint}"))];
        string name = variant.Length == 0 ? "(none)" : variant;
        if (Environment.GetEnvironmentVariable("SIM_PUBLISH") == "1")
        {
            Publish(path, name, now);
        }

        Assert.That(Expected(path).GetValueOrDefault(name), Is.EqualTo(now),
            $"{scenario}/{ExpectedFile} is not up to date: run with SIM_PUBLISH=1 if the change is meant");
    }

    [Test]
    public void Expected_files_name_every_edition_and_no_other()
    {
        foreach (IGrouping<string, string> pack in Repository.Editions()
            .GroupBy(static c => (string)c.Arguments[0]!, static c => (string)c.Arguments[1]!))
        {
            Assert.That(Expected(Path.Combine(Repository.Root, "scenarios", pack.Key, ExpectedFile)).Keys,
                Is.EquivalentTo(pack.Select(static v => v.Length == 0 ? "(none)" : v)), pack.Key);
        }
    }

    private static ScenarioOutcome Run(string scenario, string variant) => Outcomes.GetOrAdd(scenario + "/" + variant,
        _ => ScenarioRunner.Run(
            new ScenarioRequest(Path.Combine(Repository.Root, "scenarios", scenario), Variant: variant),
            null, default));

    private static SortedDictionary<string, string[]> Expected(string path) => File.Exists(path)
        ? new(JsonSerializer.Deserialize<Dictionary<string, string[]>>(File.ReadAllText(path))!, StringComparer.Ordinal)
        : new(StringComparer.Ordinal);

    private static void Publish(string path, string edition, string[] fingerprints)
    {
        lock (Publishing)
        {
            SortedDictionary<string, string[]> all = Expected(path);
            all[edition] = fingerprints;
            File.WriteAllText(path, JsonSerializer.Serialize(all, Indented) + "\n");
        }
    }

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n" };
}
