using Sim.Runs;

namespace Sim.Tests.Runs;

/// <summary>Where a scenario's folder lies is no input of the run.</summary>
[TestFixture]
internal sealed class FolderPlaceTests
{
    private string _root = "";

    [SetUp]
    public void MakeFolder() => _root = Directory.CreateTempSubdirectory("meshsim-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_root, recursive: true);

    [TestCase("od-will-it-eject", Description = "the fault takes one pod of four")]
    [TestCase("panic-and-spill", Description = "the fault takes two pods of a cluster")]
    public void Run_FromFoldersOfOtherNamesAndDepths_HasOneFingerprint(string pack)
    {
        string here = Path.Combine(RepositoryPaths.Root, "scenarios", pack);
        string near = Copy(here, Path.Combine(_root, "a"));
        string far = Copy(here, Path.Combine(_root, "a longer name", "with", "folders", "in it", pack));
        (string Events, string Results)[] found = [.. new[] { here, near, far }.Select(Fingerprints)];
        Assert.That(found.Distinct().Count(), Is.EqualTo(1), string.Join("\n", found));
    }

    private static (string Events, string Results) Fingerprints(string folder)
    {
        ScenarioOutcome outcome = ScenarioRunner.Run(new ScenarioRequest(folder, Set: ["duration=20s"]), null, default);
        Assert.That(outcome.Result, Is.Not.Null, string.Join("\n", outcome.Diagnostics));
        return (outcome.Result!.EventsFingerprint, outcome.Result.ResultsFingerprint);
    }

    private static string Copy(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        return to;
    }
}
