using System.Text.Json;
using System.Xml.Linq;
using Sim.Core;
using Sim.Runs;
using Sim.Tests.Reports;

namespace Sim.Cli.Tests;

[TestFixture]
internal sealed class RunCommandTests : FolderTests
{
    [Test]
    public void Run_EveryVerdict_HasItsExitCode()
    {
        Assert.Multiple(() =>
        {
            Assert.That(new Cli { Outcome = Cli.Of(SampleRun.Held) }.Run("run", Folder), Is.Zero);
            Assert.That(new Cli { Outcome = Cli.Of(SampleRun.Failed) }.Run("run", Folder), Is.EqualTo(99));
            RunResult stopped = SampleRun.Failed with { Verdict = Verdict.Interrupted };
            Assert.That(new Cli { Outcome = Cli.Of(stopped) }.Run("run", Folder), Is.EqualTo(130));
        });
    }

    [Test]
    public void Run_InputCannotBeRead_SaysWhereOnStderr()
    {
        Diagnostic[] all =
        [
            new("MS0001", Severity.Error, "not valid YAML: x", new SourceSpan("a.yaml", 3, 1)),
            new("MS3001", Severity.Error, "unknown key", new SourceSpan("s.yaml", 7, 1), "did you mean seed?"),
        ];
        Cli cli = new() { Outcome = new ScenarioOutcome(null, [], all) };
        Assert.That(cli.Run("run", Folder), Is.EqualTo(65));
        Assert.That(cli.Error, Is.EqualTo("a.yaml:3: error MS0001: not valid YAML: x\n"
            + "s.yaml:7: error MS3001: unknown key (did you mean seed?)\n"));
        Assert.That(cli.Out, Is.Empty);
    }

    [Test]
    public void Run_Summary_HasItsPartsInOrder()
    {
        Cli cli = new() { Outcome = Cli.Of(SampleRun.Failed) };
        cli.Run("run", Folder, "--out", Path.Combine(Folder, "o"));
        string[] parts =
        [
            "FAILED", "disaster-recovery / brown-out-503", "Checks", "required 99.9 %", "scenario.yaml:70",
            "Service level objectives", "290 % of the error budget used", "Uptime, ", "transaction-service ← eu-west",
            "Findings: 3", "clusters/us-east/20-dr.yaml:9", "Not modelled", "Stamp", "9f3c1a6be0d84c27", "Next",
            "meshsim verify", "meshsim why scenarios/disaster-recovery --request ",
        ];
        int at = 0;
        foreach (string part in parts)
        {
            int next = cli.Out.IndexOf(part, at, StringComparison.Ordinal);
            Assert.That(next, Is.GreaterThanOrEqualTo(at), $"\"{part}\" in order in:\n{cli.Out}");
            at = next;
        }
    }

    [Test]
    public void Run_Quiet_PrintsTheVerdictLineOnly()
    {
        Cli cli = new() { Outcome = Cli.Of(SampleRun.Held), IsTerminal = true };
        cli.Run("run", Folder, "--quiet", "--color", "never");
        Assert.That(cli.Out.TrimEnd().Split('\n'), Has.Length.LessThan(3));
        Assert.That(cli.Out, Does.StartWith("HELD"));
        Assert.That(cli.Error, Is.Empty);
    }

    [Test]
    public void Run_Json_IsRunJson()
    {
        Cli cli = new() { Outcome = Cli.Of(SampleRun.Failed) };
        cli.Run("run", Folder, "-o", "json", "--out", Path.Combine(Folder, "o"));
        Assert.That(cli.Out, Is.EqualTo(File.ReadAllText(Path.Combine(Folder, "o", "run.json"))));
        Assert.That(JsonDocument.Parse(cli.Out).RootElement.GetProperty("schema").GetString(),
            Is.EqualTo("meshsim/run/1"));
    }

    [Test]
    public void Run_JUnit_CountsFailures()
    {
        Cli cli = new() { Outcome = Cli.Of(SampleRun.Failed) };
        cli.Run("run", Folder, "-o", "junit");
        XElement suite = XDocument.Parse(cli.Out).Root!.Element("testsuite")!;
        Assert.That(suite.Attribute("tests")!.Value, Is.EqualTo("8"));
        Assert.That(suite.Elements("testcase").Count(static c => c.Element("failure") is not null), Is.EqualTo(3));
    }

    [Test]
    public void Run_Markdown_HasATable()
    {
        Cli cli = new() { Outcome = Cli.Of(SampleRun.Failed) };
        cli.Run("run", Folder, "-o", "markdown");
        Assert.That(cli.Out, Does.StartWith("## FAILED: disaster-recovery / brown-out-503\n"));
        Assert.That(cli.Out, Does.Contain("| **failed** | assertion | `availability{service=\"transaction-service\"}"));
    }

    [Test]
    public void Run_Options_ReachTheSimulator()
    {
        Cli cli = new() { Outcome = Cli.Of(SampleRun.Held) };
        cli.Run("run", Folder, "--seed", "18446744073709551615", "--replications", "3", "--variant", "slow", "--set",
            "spec.duration=5m", "--set", "spec.x=a=b", "--threads", "7");
        ScenarioRequest asked = cli.Asked!;
        Assert.Multiple(() =>
        {
            Assert.That(asked with { Set = null },
                Is.EqualTo(new ScenarioRequest(Folder, ulong.MaxValue, 3, "slow", null, 7)));
            Assert.That(asked.Set, Is.EqualTo(new[] { "spec.duration=5m", "spec.x=a=b" }));
        });
        cli.Run("run", Folder);
        Assert.That(cli.Asked, Is.EqualTo(new ScenarioRequest(Folder, Threads: 2)));
    }

    [Test]
    public void Run_WithReplications_WritesRunsCsv()
    {
        string target = Path.Combine(Folder, "o");
        Cli cli = new() { Outcome = new ScenarioOutcome(SampleRun.Failed, [SampleRun.Failed, SampleRun.Held], []) };
        cli.Run("run", Folder, "--out", target);
        Assert.That(File.ReadAllLines(Path.Combine(target, "runs.csv")), Has.Length.EqualTo(3));
        Assert.That(File.Exists(Path.Combine(target, "report.html")));
    }

    [Test]
    public void Run_OutputFolderIsAFile_IsAUsageError()
    {
        string file = Path.Combine(Folder, "f");
        File.WriteAllText(file, "");
        Cli cli = new() { Outcome = Cli.Of(SampleRun.Held) };
        Assert.That(cli.Run("run", Folder, "--out", file), Is.EqualTo(64));
        Assert.That(cli.Error, Does.Contain(file).And.Not.Contains("   at "));
    }

    [Test]
    public void Run_Interrupted_WritesWhatThereIsAndMarksIt()
    {
        string target = Path.Combine(Folder, "o");
        Cli cli = new()
        {
            Outcome = Cli.Of(SampleRun.Failed with
            {
                Verdict = Verdict.Interrupted,
                DurationNs = 90 * SimDuration.Second,
            }),
        };
        Assert.That(cli.Run("run", Folder, "--out", target), Is.EqualTo(130));
        Assert.That(cli.Out, Does.StartWith("INTERRUPTED"));
        Assert.That(cli.Out, Does.Contain("interrupted after 1m30s of simulated time"));
        Assert.That(File.ReadAllText(Path.Combine(target, "run.json")), Does.Contain("\"verdict\": \"interrupted\""));
        Assert.That(Directory.GetFiles(target, "*.partial"), Is.Empty);
    }

    [Test]
    public void Run_InterruptedBeforeAnything_Is130()
    {
        Cli cli = new() { Cancellation = new CancellationToken(canceled: true) };
        Assert.That(cli.Run("run", Folder), Is.EqualTo(130));
        Assert.That(new Cli { Failure = new OperationCanceledException() }.Run("run", Folder), Is.EqualTo(130));
    }

    [Test]
    public void Run_InternalError_Is1AndShowsNoStack()
    {
        Cli cli = new() { Failure = new InvalidOperationException("heap order") };
        Assert.That(cli.Run("run", Folder), Is.EqualTo(1));
        Assert.That(cli.Error, Does.Contain("heap order").And.Not.Contains("   at "));
        cli.Variables["MESHSIM_DEBUG"] = "1";
        cli.Run("run", Folder);
        Assert.That(cli.Error, Does.Contain("   at "));
    }

    [TestCase]
    [TestCase("run")]
    [TestCase("run", "no-such-folder")]
    [TestCase("run", ".", "--seed", "x")]
    [TestCase("run", ".", "--seed", "-1")]
    [TestCase("run", ".", "--replications", "0")]
    [TestCase("run", ".", "--threads", "many")]
    [TestCase("run", ".", "--set", "novalue")]
    [TestCase("run", ".", "-o", "xml")]
    [TestCase("run", ".", "--colour", "never")]
    [TestCase("run", ".", "--color", "blue")]
    [TestCase("simulate", ".")]
    [TestCase("why", ".")]
    [TestCase("why", ".", "--from", "a/b")]
    [TestCase("why", ".", "--from", "a/b", "--curl", "http://x/", "--request", "1")]
    [TestCase("why", ".", "--request", "1", "--at", "soon")]
    [TestCase("analyze")]
    [TestCase("analyze", "no-such-folder")]
    [TestCase("analyze", ".", "--failure-threshold", "fatal")]
    [TestCase("analyze", "explain", "XX0000")]
    [TestCase("verify")]
    [TestCase("report", "run.json")]
    [TestCase("packs", "no-such-folder")]
    public void Usage_Errors_Are64WithASentence(params string[] args)
    {
        Cli cli = new() { Outcome = Cli.Of(SampleRun.Held) };
        Assert.That(cli.Run(args), Is.EqualTo(64));
        Assert.That(cli.Error, Does.StartWith("meshsim: "));
        Assert.That(cli.Error, Does.Not.Contain("   at "));
        Assert.That(cli.Out, Is.Empty);
    }
}
