using Sim.Reports;
using Sim.Runs;
using Sim.Runs.Observing;
using Sim.Telemetry;
using Sim.Tests.Reports;

namespace Sim.Cli.Tests;

/// <summary><c>meshsim export openmetrics</c> and <c>promtool</c>: targets, finished runs, exit codes.</summary>
[TestFixture]
internal sealed class ExportSeriesCommandTests
{
    private const long StartMs = 1_767_225_600_000;
    private const string Text = "# TYPE up unknown\nup 1 1767225600\n# EOF\n";
    private const string Rules = "groups: [{name: a, rules: [{alert: Down, expr: up == 1}]}]\n";

    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("meshsim-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void OpenMetrics_OfAnOnlyServer_GoesToStandardOutput()
    {
        Cli cli = new() { Outcome = Cli.Of(Watched(Rules, "us-east")) };
        Assert.That(cli.Run("export", "openmetrics", _folder, "--variant", "lab", "--seed", "7"), Is.Zero, cli.Error);
        Assert.That(cli.Out, Is.EqualTo(Text));
        Assert.That((cli.Asked!.Variant, cli.Asked.Seed, cli.Asked.Replications), Is.EqualTo(("lab", (ulong?)7, 1)));
    }

    [Test]
    public void OpenMetrics_OfSeveralServers_AsksForAFolderOrForOne()
    {
        Cli cli = new() { Outcome = Cli.Of(Watched(Rules, "us-east", "eu-west")) };
        Assert.That(cli.Run("export", "openmetrics", _folder), Is.EqualTo(ExitCodes.Usage));
        Assert.That(cli.Error, Does.Contain("--cluster").And.Contain("metrics-eu-west.prom"));
        Assert.That(cli.Run("export", "openmetrics", _folder, "--cluster", "eu-west"), Is.Zero, cli.Error);
        Assert.That(cli.Out, Is.EqualTo(Text));
        string target = Path.Combine(_folder, "series");
        Assert.That(cli.Run("export", "openmetrics", _folder, "-o", target), Is.Zero, cli.Error);
        Assert.That(cli.Out.TrimEnd().Split('\n'), Is.EqualTo((string[])
            [Path.Combine(target, "metrics-us-east.prom"), Path.Combine(target, "metrics-eu-west.prom")]));
        Assert.That(File.ReadAllText(Path.Combine(target, "metrics-us-east.prom")), Is.EqualTo(Text));
    }

    [Test]
    public void OpenMetrics_OfAFinishedRun_IsNotSimulatedAgain()
    {
        RunResult run = Watched(Rules, "us-east", "eu-west");
        RunFiles.Write(run with { Stamp = run.Stamp with { Directory = _folder } }, _folder);
        Cli cli = new() { Outcome = Cli.Of(run) };
        Assert.That(cli.Run("export", "openmetrics", _folder, "--cluster", "us-east"), Is.Zero, cli.Error);
        Assert.That((cli.Out, cli.Asked), Is.EqualTo((Text, (ScenarioRequest?)null)));
        File.Delete(Path.Combine(_folder, "metrics-us-east.prom"));
        Assert.That(cli.Run("export", "openmetrics", Path.Combine(_folder, "run.json"), "--cluster", "us-east"),
            Is.Zero, cli.Error);
        Assert.That(cli.Out, Is.EqualTo(Text));
        Assert.That((cli.Asked!.Directory, cli.Asked.Seed), Is.EqualTo((_folder, (ulong?)run.Stamp.Seed)));
    }

    [Test]
    public void Promtool_OfOneServerAndOfSeveral_WritesASetForEach()
    {
        Cli cli = new() { Outcome = Cli.Of(Watched(Rules, "us-east")) };
        string target = Path.Combine(_folder, "one");
        Assert.That(cli.Run("export", "promtool", _folder, "--out", target), Is.Zero, cli.Error);
        Assert.That(Names(target), Is.EqualTo((string[])["rules.yml", "tests.yaml"]));
        Assert.That(File.ReadAllText(Path.Combine(target, "rules.yml")), Is.EqualTo(Rules));
        Assert.That(cli.Error, Does.Contain("us-east: 1 series"));
        cli.Outcome = Cli.Of(Watched(Rules, "us-east", "eu-west"));
        target = Path.Combine(_folder, "two");
        Assert.That(cli.Run("export", "promtool", _folder, "--out", target), Is.Zero, cli.Error);
        Assert.That(Names(target), Is.EqualTo((string[])
            ["eu-west/rules.yml", "eu-west/tests.yaml", "us-east/rules.yml", "us-east/tests.yaml"]));
    }

    [TestCase("openmetrics", 64, "prometheus: {}", false)]
    [TestCase("promtool", 64, "prometheus: {}", false, "--out", "x")]
    [TestCase("openmetrics", 64, "no such folder", true, "none")]
    [TestCase("openmetrics", 64, "cluster asia has no Prometheus; there is one in us-east", true, "--cluster", "asia")]
    [TestCase("promtool", 64, "required", true)]
    [TestCase("promtool", 65, "spec.alerts.rules", true, "--out", "x")]
    public void Export_BadInput_HasItsExitCodeAndSaysWhy(
        string kind, int code, string says, bool isWatched, params string[] rest)
    {
        Cli cli = new() { Outcome = Cli.Of(isWatched ? Watched("", "us-east") : SampleRun.Failed) };
        string folder = rest is ["none"] ? Path.Combine(_folder, "none") : _folder;
        Assert.That(cli.Run(["export", kind, folder, .. rest.Where(static a => a != "none")]), Is.EqualTo(code));
        Assert.That(cli.Error, Does.Contain(says).IgnoreCase);
    }

    [Test]
    public void Export_TargetThatCannotBeWritten_Is64()
    {
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        Cli cli = new() { Outcome = Cli.Of(Watched(Rules, "us-east")) };
        Assert.That(cli.Run("export", "promtool", _folder, "--out", file), Is.EqualTo(ExitCodes.Usage));
        Assert.That(cli.Error, Does.Contain("cannot be written"));
    }

    private static string[] Names(string folder) => [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    private static RunResult Watched(string rules, params string[] clusters)
    {
        var store = new SeriesStore();
        store.Append(LabelSet.Of(("__name__", "up")), StartMs, 1);
        return SampleRun.Failed with
        {
            Observation = new Observation(
                [.. clusters.Select(c => new ObservedCluster(c, "3.8", "", 1, 1, [])
                {
                    Store = store,
                    StartMs = StartMs,
                    RuleTexts = rules.Length == 0 ? [] : [new("rules.yml", rules)],
                    ScrapeIntervalMs = 15_000,
                    EvaluationIntervalMs = 15_000,
                })], [], []),
        };
    }
}
