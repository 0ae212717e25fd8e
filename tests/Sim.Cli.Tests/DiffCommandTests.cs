using System.Text.Json;
using Sim.Core;
using Sim.Reports;
using Sim.Runs;
using Sim.Tests;
using Sim.Tests.Reports;

namespace Sim.Cli.Tests;

/// <summary><c>diff</c>: folders, editions, profiles, moments, calls, results.</summary>
[TestFixture]
internal sealed class DiffCommandTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("meshsim-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    private static string Pack(string name) => Path.Combine(RepositoryPaths.Root, "scenarios", name);

    [Test]
    public void Folder_AgainstItself_IsEqual()
    {
        Cli cli = new();
        Assert.That(cli.Run("diff", Pack("disaster-recovery"), Pack("disaster-recovery")), Is.Zero, cli.Error);
        Assert.That(cli.Out, Does.Contain("no difference, ").And.Not.Contain("+ cluster"));
    }

    [Test]
    public void Profiles_DifferInTheDefaultRetriesAndInWhatNewerOnesAdd()
    {
        Cli cli = new();
        Assert.That(cli.Run("diff", Pack("disaster-recovery"), "--istio", "1.22..1.31", "-o", "json"),
            Is.EqualTo(98), cli.Error);
        JsonElement[] all = Differences(cli.Out);
        Assert.That(all.Select(static d => d.GetProperty("setting").GetString()),
            Has.Some.EndsWith("retry_policy.retriable_status_codes"));
        JsonElement codes = all.First(static d => d.GetProperty("setting").GetString()!.EndsWith(
            "retriable_status_codes", StringComparison.Ordinal));
        Assert.That(Value(codes, "left"), Is.EqualTo("503"));
        Assert.That(Value(codes, "right"), Is.Empty);
    }

    [Test]
    public void ChangedRule_IsNamedWithItsLineOnBothSides()
    {
        string copy = Path.Combine(_folder, "mine");
        Copy(Pack("disaster-recovery"), copy);
        string file = Directory.GetFiles(copy, "20-disaster-recovery.yaml", SearchOption.AllDirectories)
            .First(static f => f.Contains("us-east", StringComparison.Ordinal));
        File.WriteAllText(file, File.ReadAllText(file).Replace(
            "maxEjectionPercent: 100", "maxEjectionPercent: 50", StringComparison.Ordinal));
        Cli cli = new();
        Assert.That(cli.Run("diff", Pack("disaster-recovery"), copy, "-o", "json"), Is.EqualTo(98), cli.Error);
        JsonElement[] all = Differences(cli.Out);
        Assert.That(all, Has.Length.EqualTo(1));
        Assert.That(all[0].GetProperty("setting").GetString(), Is.EqualTo("outlier_detection.max_ejection_percent"));
        Assert.That(Value(all[0], "left"), Is.EqualTo("100"));
        Assert.That(Value(all[0], "right"), Is.EqualTo("50"));
        Assert.That(all[0].GetProperty("right").GetProperty("line").GetString(),
            Does.Contain("20-disaster-recovery.yaml:"));
        Assert.That(all[0].GetProperty("proxies").EnumerateArray().Select(static p => p.GetString()),
            Has.All.StartsWith("us-east/"));
        Assert.That(cli.Run("diff", Pack("disaster-recovery"), copy), Is.EqualTo(98));
        Assert.That(cli.Out, Does.Contain("  - outlier_detection.max_ejection_percent: 100")
            .And.Contain("  + outlier_detection.max_ejection_percent: 50").And.Contain("1 difference, "));
    }

    [Test]
    public void Moments_DifferByTheEndpointsThatWent()
    {
        Cli cli = new();
        Assert.That(cli.Run("diff", Pack("disaster-recovery"), "--at", "30s..6m", "-o", "json"), Is.EqualTo(98));
        JsonElement[] all = Differences(cli.Out);
        Assert.That(all.Where(static d => d.GetProperty("kind").GetString() == "endpoints"), Is.Not.Empty);
        Assert.That(all.Select(static d => d.GetProperty("kind").GetString()), Has.All.AnyOf("endpoints", "proxy"));
    }

    [Test]
    public void Call_OfARuleInOneCluster_DiffersByItsLine()
    {
        Cli cli = new();
        Assert.That(cli.Run("diff", Pack("whose-config"), "--call", "http://web/", "--from", "client"),
            Is.EqualTo(98), cli.Error);
        Assert.That(cli.Out, Does.Contain("virtual_service\n  eu-west: -\n  us-east: default/web")
            .And.Contain("rules/us-east.yaml:").And.Contain("the routes differ").And.Not.Contain("lb_policy"));
        Assert.That(cli.Run("diff", Pack("whose-config"), "--call", "http://vault/", "--from", "client.default"),
            Is.Zero, cli.Out);
        Assert.That(cli.Run("diff", Pack("whose-config"), "--call", "http://vault/", "--all", "-o", "json"), Is.Zero);
        Assert.That(JsonDocument.Parse(cli.Out).RootElement.GetProperty("settings").GetArrayLength(),
            Is.GreaterThan(5));
    }

    [Test]
    public void Call_OfACallerThatOneClusterHas_Is65()
    {
        Cli cli = new();
        Assert.That(cli.Run("diff", Pack("disaster-recovery"), "--call", "http://ledger/", "--from", "account-service"),
            Is.EqualTo(65));
        Assert.That(cli.Error, Does.Contain("MS4005").And.Contain("only us-east"));
    }

    [Test]
    public void Results_AreComparedByAvailabilityPercentilesAndFindings()
    {
        string before = Path.Combine(_folder, "a");
        string after = Path.Combine(_folder, "b");
        RunFiles.Write(SampleRun.Failed, before);
        RunFiles.Write(SampleRun.Failed with
        {
            Series = [.. SampleRun.Failed.Series.Select(static p => p with { Good = true })],
            Requests = [.. SampleRun.Failed.Requests.Select(
                static r => r with { EndNs = r.EndNs + SimDuration.Second })],
            Findings = [new Diagnostic("MS0501", Severity.Warning, "new finding", new SourceSpan("x.yaml", 3, 1))],
        }, after);
        Cli cli = new();
        Assert.That(cli.Run("diff", before, after), Is.EqualTo(98), cli.Error);
        Assert.That(cli.Out, Does.Contain("availability").And.Contain("100 %").And.Contain("points")
            .And.Contain("+1000 ms").And.Contain("new finding").And.Contain("x.yaml:3"));
        Assert.That(cli.Run("diff", before, Path.Combine(after, "run.json"), "-o", "json"), Is.EqualTo(98));
        Assert.That(JsonDocument.Parse(cli.Out).RootElement.GetProperty("figures").GetArrayLength(), Is.Positive);
        Assert.That(cli.Run("diff", before, before), Is.Zero);
        Assert.That(cli.Out, Does.Contain("no difference"));
    }

    [Test]
    public void ResultThatCannotBeRead_Is65()
    {
        File.WriteAllText(Path.Combine(_folder, "run.json"), "{}");
        Cli cli = new();
        Assert.That(cli.Run("diff", _folder, _folder), Is.EqualTo(65));
        Assert.That(cli.Error, Does.Contain("MS0602"));
    }

    [TestCase("diff")]
    [TestCase("diff", ".")]
    [TestCase("diff", ".", "--at", "now..later")]
    [TestCase("diff", ".", ".", "--call", "http://x/")]
    [TestCase("diff", ".", "--edition", "a..b", "--call", "http://x/")]
    [TestCase("diff", ".", ".", "--from", "x")]
    [TestCase("diff", "no-such-folder", ".")]
    public void LinesThatMakeNoSense_Are64(params string[] args) => Assert.That(new Cli().Run(args), Is.EqualTo(64));

    [Test]
    public void Help_ShowsExamplesAndTheExitCode()
    {
        Cli cli = new();
        Assert.That(cli.Run("diff", "--help"), Is.Zero);
        Assert.That(cli.Out, Does.Contain("--istio 1.22..1.31").And.Contain("98 differs"));
    }

    private static JsonElement[] Differences(string json) =>
        [.. JsonDocument.Parse(json).RootElement.GetProperty("differences").EnumerateArray()];

    private static string? Value(JsonElement difference, string side) =>
        difference.GetProperty(side).GetProperty("value").GetString();

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
