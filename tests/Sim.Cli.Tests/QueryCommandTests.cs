using System.Text.Json;
using Sim.Reports;
using Sim.Runs;
using Sim.Runs.Observing;
using Sim.Telemetry;
using Sim.Tests.Reports;

namespace Sim.Cli.Tests;

/// <summary>PromQL to a run, and its series as a file.</summary>
[TestFixture]
internal sealed class QueryCommandTests
{
    private const long StartMs = 1_767_225_600_000;

    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("meshsim-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Query_AtATime_PrintsEachSeries()
    {
        Cli cli = new() { Outcome = Cli.Of(Watched("us-east")) };
        Assert.That(cli.Run("query", _folder, "up + 1", "--at", "30s"), Is.Zero, cli.Error);
        Assert.That(cli.Out, Is.EqualTo("{instance=\"a:1\"} 2\n"));
    }

    [Test]
    public void Query_OverARange_PrintsTimesOfTheRun()
    {
        Cli cli = new() { Outcome = Cli.Of(Watched("us-east")) };
        Assert.That(cli.Run("query", _folder, "up", "--range", "30s", "--step", "15s"), Is.Zero, cli.Error);
        Assert.That(cli.Out, Is.EqualTo("up{instance=\"a:1\"}\n  0s 1\n  15s 1\n  30s 1\n"));
    }

    [Test]
    public void Query_AsJson_HasTheFormOfTheApi()
    {
        Cli cli = new() { Outcome = Cli.Of(Watched("us-east")) };
        Assert.That(cli.Run("query", _folder, "up", "--at", "30s", "-o", "json"), Is.Zero, cli.Error);
        JsonElement data = JsonDocument.Parse(cli.Out).RootElement.GetProperty("data");
        Assert.That(data.GetProperty("resultType").GetString(), Is.EqualTo("vector"));
        Assert.That(data.GetProperty("result")[0].GetProperty("metric").GetProperty("instance").GetString(),
            Is.EqualTo("a:1"));
    }

    [Test]
    public void Query_Wrong_TellsWhere()
    {
        Cli cli = new() { Outcome = Cli.Of(Watched("us-east")) };
        Assert.That(cli.Run("query", _folder, "sum(rate(up[5m])", "--at", "30s"), Is.EqualTo(ExitCodes.Input));
        Assert.That(cli.Error, Does.Contain("PromQL 3.8: 1:17: parse error: unclosed left parenthesis"));
    }

    [Test]
    public void Query_WithSeveralServers_AsksForOne()
    {
        Cli cli = new() { Outcome = Cli.Of(Watched("us-east", "eu-west")) };
        Assert.That(cli.Run("query", _folder, "up"), Is.EqualTo(ExitCodes.Usage));
        Assert.That(cli.Error, Does.Contain("one of us-east, eu-west"));
        Assert.That(cli.Run("query", _folder, "up", "--cluster", "asia"), Is.EqualTo(ExitCodes.Usage));
        Assert.That(cli.Run("query", _folder, "up", "--cluster", "eu-west", "--at", "30s"), Is.Zero);
    }

    [Test]
    public void Query_OfARunWithoutPrometheus_SaysHowToGetOne()
    {
        Cli cli = new() { Outcome = Cli.Of(SampleRun.Failed) };
        Assert.That(cli.Run("query", _folder, "up"), Is.EqualTo(ExitCodes.Usage));
        Assert.That(cli.Error, Does.Contain("prometheus: {}"));
    }

    [Test]
    public void Query_OfARunFolder_AsksForTheSameRunAgain()
    {
        RunFiles.Write(SampleRun.Failed with { Stamp = SampleRun.Failed.Stamp with { Directory = _folder } }, _folder);
        Cli cli = new() { Outcome = Cli.Of(Watched("us-east")) };
        Assert.That(cli.Run("query", _folder, "up"), Is.Zero, cli.Error);
        RunStamp stamp = SampleRun.Failed.Stamp;
        Assert.That((cli.Asked!.Seed, cli.Asked.Variant), Is.EqualTo(((ulong?)stamp.Seed, stamp.Variant)));
        Assert.That(cli.Asked.Set, Is.EqualTo(stamp.Set));
    }

    [Test]
    public void Run_WithOpenMetrics_WritesOneFileForEachServer()
    {
        Cli cli = new() { Outcome = Cli.Of(Watched("us-east", "eu-west")) };
        string file = Path.Combine(_folder, "series.prom");
        cli.Run("run", _folder, "--openmetrics", file, "--quiet");
        Assert.That(Directory.GetFiles(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal),
            Is.EqualTo((string[])["series-eu-west.prom", "series-us-east.prom"]));
        Assert.That(File.ReadAllText(Path.Combine(_folder, "series-us-east.prom")),
            Is.EqualTo("# TYPE up unknown\nup{instance=\"a:1\"} 1 1767225600\n"
                + "up{instance=\"a:1\"} 1 1767225630\n# EOF\n"));
    }

    [Test]
    public void Observation_InRunJson_IsReadBack()
    {
        RunResult run = Watched("us-east");
        run = run with
        {
            Observation = run.Observation with
            {
                Alerts = [new AlertInterval("us-east", "Busy", "firing", [new("severity", "page")], 5, null, 2, "why")],
                Rules = [new AlertRuleRecord("us-east", "Busy", 4, 2, 5, 15, new("rules.yml", 3, 5))],
            },
        };
        RunFiles.Write(run, _folder);
        Observation read = RunFiles.Read(_folder).Result!.Observation;
        Assert.That(read.Rules, Is.EqualTo(run.Observation.Rules));
        Assert.That(read.Alerts.Single() with { Labels = [] },
            Is.EqualTo(run.Observation.Alerts[0] with { Labels = [] }));
        Assert.That(read.Alerts.Single().Labels, Is.EqualTo(run.Observation.Alerts[0].Labels));
        Assert.That(read.Clusters.Single().Targets, Is.EqualTo(run.Observation.Clusters[0].Targets));
        string page = File.ReadAllText(Path.Combine(_folder, "report.html"));
        Assert.That(page, Does.Contain("1 of 1 alerting rule fired").And.Contain("Busy in us-east"));
    }

    private static RunResult Watched(params string[] clusters)
    {
        var store = new SeriesStore();
        LabelSet up = LabelSet.Of(("__name__", "up"), ("instance", "a:1"));
        store.Append(up, StartMs, 1);
        store.Append(up, StartMs + 30_000, 1);
        return SampleRun.Failed with
        {
            Observation = new Observation(
                [.. clusters.Select(c => new ObservedCluster(
                    c, "3.8", "", 1, 2, [new TargetRecord("pods", "a:1", "/stats/prometheus", 2, 0, "")])
                { Store = store, StartMs = StartMs })], [], []),
        };
    }
}
