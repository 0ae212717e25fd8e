using System.Text.Json;
using Sim.Core;
using Sim.Reports;
using Sim.Runs;
using Sim.Tests.Reports;

namespace Sim.Cli.Tests;

[TestFixture]
internal sealed class OtherCommandTests : FolderTests
{
    private static readonly Diagnostic Warning = new(
        "IST0118", Severity.Warning, "Port 80%, name", new SourceSpan("a,b.yaml", 3, 1), "name it", "Service x/y");

    [Test]
    public void Verify_SameFingerprints_Is0()
    {
        RunFiles.Write(SampleRun.Failed, Folder);
        Cli cli = new() { Outcome = Cli.Of(SampleRun.Failed) };
        Assert.That(cli.Run("verify", Path.Combine(Folder, "run.json"), "--dir", Folder), Is.Zero);
        Assert.That(cli.Out, Does.EndWith("VERIFIED\n"));
        Assert.That(cli.Asked! with { Set = null },
            Is.EqualTo(new ScenarioRequest(Folder, 42, 20, "brown-out-503", null, 2)));
        Assert.That(cli.Asked!.Set, Is.EqualTo(SampleRun.Failed.Stamp.Set));
    }

    [TestCase("0000000000000001", null, null, "defect of meshsim")]
    [TestCase(null, "0000000000000001", null, "defect of meshsim")]
    [TestCase("0000000000000001", null, "1111111111111111", "input files have changed")]
    public void Verify_OtherFingerprint_Is98(string? events, string? results, string? input, string why)
    {
        RunFiles.Write(SampleRun.Failed, Folder);
        RunResult other = SampleRun.Failed with
        {
            EventsFingerprint = events ?? SampleRun.Failed.EventsFingerprint,
            ResultsFingerprint = results ?? SampleRun.Failed.ResultsFingerprint,
            Stamp = SampleRun.Failed.Stamp with { InputHash = input ?? SampleRun.Failed.Stamp.InputHash },
        };
        Cli cli = new() { Outcome = Cli.Of(other) };
        Assert.That(cli.Run("verify", Folder, "--dir", Folder), Is.EqualTo(98));
        Assert.That(cli.Out, Does.Contain("DIFFERENT").And.Contain(why));
    }

    [Test]
    public void Verify_WhatCannotBeVerified_Is65Or64()
    {
        Cli cli = new() { Outcome = Cli.Of(SampleRun.Failed) };
        Assert.That(cli.Run("verify", Path.Combine(Folder, "none.json")), Is.EqualTo(65));
        Assert.That(cli.Error, Does.Contain("MS0601"));
        RunFiles.Write(SampleRun.Failed with { Verdict = Verdict.Interrupted }, Folder);
        Assert.That(cli.Run("verify", Folder), Is.EqualTo(65));
        RunResult moved = SampleRun.Failed with
        {
            Stamp = SampleRun.Failed.Stamp with { Directory = Path.Combine(Folder, "gone") },
        };
        RunFiles.Write(moved, Folder);
        Assert.That(cli.Run("verify", Folder), Is.EqualTo(64));
    }

    [Test]
    public void Report_FromRunJson_WritesTheSameFiles()
    {
        RunFiles.Write(SampleRun.Failed, Folder);
        string again = Path.Combine(Folder, "again");
        Cli cli = new();
        Assert.That(cli.Run("report", Path.Combine(Folder, "run.json"), "--out", again), Is.Zero);
        foreach (string file in Directory.GetFiles(Folder))
        {
            string copy = Path.Combine(again, Path.GetFileName(file));
            Assert.That(File.ReadAllText(copy) == File.ReadAllText(file), file);
        }

        Assert.That(cli.Run("report", Path.Combine(Folder, "no.json"), "--out", again), Is.EqualTo(65));
    }

    [Test]
    public void Why_Text_NumbersTheStepsAndNamesTheLines()
    {
        Cli cli = new()
        {
            Report = new WhyReport(
                "request r-000381  t=303.214s  us-east/default/account-service-7c9-x2",
                [
                    new WhyStep("DNS", "a -> 10.96.4.17", new SourceSpan("a.yaml", 58, 1)),
                    new WhyStep("route", "default"),
                ],
                "UPSTREAM_ERROR 503  us-east  2.9ms", []),
        };
        int code = cli.Run("why", Folder, "--from", "us-east/account-service", "--curl", "http://x/", "--at", "6m");
        Assert.That(code, Is.Zero);
        Assert.That(cli.AskedWhy!.AtNs, Is.EqualTo(6 * SimDuration.Minute));
        Assert.That(cli.Out,
            Does.Match(@"(?s)r-000381.*1\s+DNS\s+a -> 10.96.4.17\s+at a.yaml:58.*2\s+route.*= UPSTREAM"));
        cli.Run("why", Folder, "--request", "381", "-o", "json");
        Assert.That(JsonDocument.Parse(cli.Out).RootElement.GetProperty("steps").GetArrayLength(), Is.EqualTo(2));
        Assert.That(cli.AskedWhy!.RequestId, Is.EqualTo(381));
    }

    [Test]
    public void Why_NothingToExplain_Is65()
    {
        Cli cli = new() { Report = new WhyReport("", [], "", [Warning]) };
        Assert.That(cli.Run("why", Folder, "--request", "1"), Is.EqualTo(65));
        Assert.That(cli.Error, Does.Contain("IST0118"));
    }

    [TestCase("error", 0)]
    [TestCase("warning", 79)]
    [TestCase("info", 79)]
    public void Analyze_Threshold_DecidesTheExitCode(string threshold, int code)
    {
        Cli cli = new() { Findings = [Warning] };
        Assert.That(cli.Run("analyze", Folder, "--failure-threshold", threshold), Is.EqualTo(code));
        Assert.That(new Cli().Run("analyze", Folder, "--failure-threshold", threshold), Is.Zero);
        cli.Run("analyze", Folder, "--variant", "slow");
        Assert.That(cli.Asked, Is.EqualTo(new ScenarioRequest(Folder, Variant: "slow")));
    }

    [Test]
    public void Analyze_Forms_NameCodeFileAndLine()
    {
        Cli cli = new() { Findings = [Warning] };
        cli.Run("analyze", Folder, Folder);
        Assert.That(cli.Out, Does.Contain("2 findings: 0 errors, 2 warnings"));
        cli.Run("analyze", Folder, "-o", "json");
        JsonElement finding = JsonDocument.Parse(cli.Out).RootElement[0];
        Assert.That(finding.GetProperty("line").GetInt32(), Is.EqualTo(3));
        cli.Run("analyze", Folder, "-o", "github");
        Assert.That(cli.Out, Is.EqualTo(
            "::warning file=a%2Cb.yaml,line=3,title=IST0118::Port 80%25, name (name it)\n"));
    }

    [Test]
    public void Analyze_Explain_PrintsTheCatalogue()
    {
        Cli cli = new();
        foreach (DiagnosticDescription entry in DiagnosticCatalogue.All)
        {
            Assert.That(cli.Run("analyze", "explain", entry.Code.ToLowerInvariant()), Is.Zero);
            Assert.That(cli.Out, Does.StartWith(entry.Code).And.Contain(entry.Explanation));
        }

        foreach (IstioCode code in IstioCodes.All)
        {
            Assert.That(cli.Run("analyze", "explain", code.Code.ToLowerInvariant()), Is.Zero);
            Assert.That(cli.Out, Does.StartWith(code.Code + " " + code.Name).And.Contain(code.Advice)
                .And.Contain("/analysis/" + code.Code.ToLowerInvariant() + "/"));
        }

        cli.Run("analyze", "explain", "MS0502");
        Assert.That(cli.Out, Does.Contain("Given by meshsim.Alternatives: "));
    }

    [TestCase("IST9999")]
    [TestCase("X")]
    public void Analyze_ExplainUnknownCode_Is64(string code)
    {
        Cli cli = new();
        Assert.That(cli.Run("analyze", "explain", code), Is.EqualTo(64));
        Assert.That(cli.Error, Does.Contain("no such code").And.Contain("-L"));
    }

    [Test]
    public void Analyze_List_NamesEveryAnalyzerWithItsCodes()
    {
        Cli cli = new();
        Assert.That(cli.Run("analyze", "-L"), Is.Zero);
        Assert.That(cli.Out, Does.Contain("virtualservice.GatewayAnalyzer").And.Contain("IST0101 IST0132 IST0165")
            .And.Contain("meshsim.SharedIdentity"));
        Assert.That(cli.Run("analyze", "--list-analyzers", "-o", "json"), Is.Zero);
        JsonElement list = JsonDocument.Parse(cli.Out).RootElement;
        string[] codes = [.. list.EnumerateArray().SelectMany(static a => a.GetProperty("codes").EnumerateArray())
            .Select(static c => c.GetString()!).Distinct()];
        Assert.That(codes.Where(static c => IstioCodes.Find(c) is null && DiagnosticCatalogue.Find(c) is null),
            Is.Empty);
    }

    [Test]
    public void Analyze_NothingNamed_Is64()
    {
        Cli cli = new();
        Assert.That(cli.Run("analyze"), Is.EqualTo(64));
        Assert.That(cli.Error, Does.Contain("-L"));
        Assert.That(cli.Run("analyze", Path.Combine(Folder, "gone")), Is.EqualTo(64));
    }

    [Test]
    public void Analyze_ScenarioThatCannotBeRead_Is65WithItsFindings()
    {
        Cli cli = new() { Findings = [Warning], IsReadable = false };
        Assert.That(cli.Run("analyze", Folder), Is.EqualTo(65));
        Assert.That(cli.Out, Does.Contain("IST0118"));
    }

    [Test]
    public void Packs_ListsScenariosAndVariants()
    {
        string pack = Directory.CreateDirectory(Path.Combine(Folder, "dr")).FullName;
        File.WriteAllText(Path.Combine(pack, "scenario.yaml"),
            "spec:\n  description: East is lost.\n  variants:\n  - {name: slow, description: Slow.}\n");
        Directory.CreateDirectory(Path.Combine(Folder, "empty"));
        Cli cli = new();
        Assert.That(cli.Run("packs", Folder), Is.Zero);
        Assert.That(cli.Out, Does.EndWith("/dr  East is lost.\n  --variant slow  Slow.\n"));
        Assert.That(cli.Out.Split('\n'), Has.Length.EqualTo(3));
    }

    [TestCase("--help")]
    [TestCase("run", "--help")]
    [TestCase("why", "-h")]
    [TestCase("analyze", "--help")]
    [TestCase("analyze", "explain", "--help")]
    [TestCase("verify", "--help")]
    [TestCase("report", "--help")]
    [TestCase("packs", "--help")]
    public void Help_OfEveryCommand_HasExamplesAndExitCodes(params string[] args)
    {
        Cli cli = new();
        Assert.That(cli.Run(args), Is.Zero);
        Assert.That(cli.Out, Does.Match("(?s)Usage:.*Examples:\n  meshsim .*Exit codes:\n  0 "));
        Assert.That(cli.Error, Is.Empty);
    }

    [Test]
    public void Version_IsThatOfTheBuild()
    {
        Cli cli = new();
        Assert.That(cli.Run("--version"), Is.Zero);
        Assert.That(cli.Out.Trim(), Does.Match(@"^\d+\.\d+\.\d+"));
    }
}
