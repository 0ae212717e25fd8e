using Sim.Reports;
using Sim.Runs;
using Sim.Tests.Experiments;
using Sim.Tests.Reports;

namespace Sim.Cli.Tests;

/// <summary><c>meshsim report A B</c> and <c>meshsim run --variants</c>.</summary>
[TestFixture]
internal sealed class CompareCommandTests : FolderTests
{
    [Test]
    public void Report_OfSeveralRuns_WritesThePageAndTheTable()
    {
        string[] folders = [Write("a", "one"), Write("b", "two"), Write("c", "")];
        Cli cli = new();
        Assert.That(cli.Run(["report", .. folders, "--out", In("all")]), Is.Zero, cli.Error);
        Assert.That(cli.Out, Is.EqualTo($"{In("all", "compare.csv")}\n{In("all", "compare.html")}\n"));
        string[] table = File.ReadAllLines(In("all", "compare.csv"));
        Assert.That(table[0], Is.EqualTo("measure,unit,run,value,difference"));
        Assert.That(table.Skip(1).Take(3).Select(static l => l.Split(',')[2]),
            Is.EqualTo(new[] { "one", "two", "base" }));
        string page = File.ReadAllText(In("all", "compare.html"));
        Assert.That(page, Does.Contain("0 of 3 runs held").And.Contain("two: Who answered callers in us-east")
            .And.Contain("two: transaction-service").And.Not.Contain("<script"));
    }

    [Test]
    public void Report_OneOfSeveralCannotBeRead_SaysSoAndWritesNothing()
    {
        Cli cli = new();
        Assert.That(cli.Run("report", Write("a", "one"), In("nothing"), In("none"), "--out", In("all")),
            Is.EqualTo(65));
        Assert.That(cli.Error, Does.Contain("nothing").And.Contain("none").And.Contain("MS0601"));
        Assert.That(Directory.Exists(In("all")), Is.False);
    }

    [Test]
    public void Report_OfASweepAmongSeveral_IsRefused()
    {
        Directory.CreateDirectory(In("s"));
        File.WriteAllText(In("s", "sweep.json"), "{}");
        Cli cli = new();
        Assert.That(cli.Run("report", Write("a", "one"), In("s"), "--out", In("all")), Is.EqualTo(65));
        Assert.That(cli.Error, Does.Contain("only runs are compared"));
    }

    [Test]
    public void Run_AllVariants_EachHasItsFilesAndThePageStandsAbove()
    {
        using TinyScenario tiny = new();
        Cli cli = new() { IsReal = true };
        int code = cli.Run("run", tiny.Folder, "--variants", "all", "--out", In("o"));
        Assert.That(code, Is.AnyOf(0, 99), cli.Error);
        Assert.That(Directory.GetFileSystemEntries(In("o")).Select(Path.GetFileName),
            Is.EquivalentTo(new[] { "base", "slower", "compare.csv", "compare.html" }));
        Assert.That(RunFiles.Read(In("o", "slower")).Result!.Stamp.Variant, Is.EqualTo("slower"));
        Assert.That(cli.Out.Split('\n').Count(static l => l.StartsWith("HELD", StringComparison.Ordinal)
            || l.StartsWith("FAILED", StringComparison.Ordinal)), Is.EqualTo(2));
        string before = File.ReadAllText(In("o", "compare.html"));

        // The same page from the finished runs.
        Assert.That(new Cli().Run("report", In("o", "base"), In("o", "slower"), "--out", In("again")), Is.Zero);
        Assert.That(File.ReadAllText(In("again", "compare.html")), Is.EqualTo(before));
        string[] medians = [.. File.ReadLines(In("o", "compare.csv"))
            .Where(static l => l.StartsWith("p50 calls,ms,", StringComparison.Ordinal))];
        Assert.That(medians, Has.Length.EqualTo(2));
        Assert.That(decimal.Parse(medians[1].Split(',')[4], System.Globalization.CultureInfo.InvariantCulture),
            Is.Positive, "the slower server is slower");
    }

    [TestCase("--variant", "slower")]
    [TestCase("-o", "json")]
    public void Run_VariantsWithWhatIsForOneRun_Is64(params string[] more)
    {
        Cli cli = new();
        Assert.That(cli.Run(["run", Folder, "--variants", "all", .. more]), Is.EqualTo(64));
        Assert.That(cli.Error, Does.Contain("--variants goes without"));
    }

    [Test]
    public void Run_UnknownVariantAmongSeveral_Is65()
    {
        using TinyScenario tiny = new();
        Cli cli = new() { IsReal = true };
        Assert.That(cli.Run("run", tiny.Folder, "--variants", "base,slow", "--out", In("o")), Is.EqualTo(65));
        Assert.That(cli.Error, Does.Contain("slower"), "the hint names what there is");
        Assert.That(File.Exists(In("o", "compare.html")), Is.False);
    }

    [Test]
    public void Run_NoVariantNamed_Is64() =>
        Assert.That(new Cli().Run("run", Folder, "--variants", ", "), Is.EqualTo(64));

    private string Write(string name, string variant)
    {
        RunResult run = SampleRun.Failed;
        RunFiles.Write(run with { Stamp = run.Stamp with { Variant = variant } }, In(name));
        return In(name);
    }

    private string In(params string[] names) => Path.Combine([Folder, .. names]);
}
