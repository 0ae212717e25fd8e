using System.Text.Json;
using Sim.Reports;
using Sim.Runs;
using Sim.Runs.Roi;
using Sim.Tests.Reports;

namespace Sim.Tests.Runs.Roi;

/// <summary>Savings from stated figures.</summary>
[TestFixture]
internal sealed class RoiTests
{
    [Test]
    public void LeadershipDemo_HasTheLabsTotals()
    {
        string pack = Path.Combine(RepositoryPaths.Root, "scenarios", "leadership-demo");
        RunResult result = ScenarioRunner.Run(new ScenarioRequest(pack, Set: ["duration=62s"]), null, default).Result!;
        RoiTable roi = result.Roi!;
        Assert.That((roi.Before, roi.After, roi.SavingPerYear, roi.AssertedPerYear, roi.TotalPerYear),
            Is.EqualTo((64_000m, 15_800m, 578_400m, 8_000_000m, 8_578_400m)));
        string folder = Directory.CreateTempSubdirectory("meshsim-").FullName;
        try
        {
            RunFiles.Write(result, folder);
            JsonElement schema = JsonDocument.Parse(File.ReadAllText(
                Path.Combine(RepositoryPaths.Root, "docs", "schema", "run.schema.json"))).RootElement;
            JsonElement run = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "run.json"))).RootElement;
            Assert.That(JsonSchemaCheck.Errors(schema, run), Is.Empty);
            Assert.That(RunFiles.Read(folder).Result!.Roi!.Rows, Is.EqualTo(roi.Rows));
            Assert.That(File.ReadAllText(Path.Combine(folder, "report.html")), Does.Contain("578,400 saved a year"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestCase("x,1,,,80,")]
    [TestCase("x,,,5,180,")]
    [TestCase("x,,,-5,10,")]
    [TestCase("x,,,5,10,7")]
    [TestCase("x,y")]
    public void Row_ThatMakesNoSense_IsAFindingWithItsLine(string row)
    {
        using var world = new SmallWorld("us");
        world.Workload("us", "a").Spec("roi: roi.csv");
        File.WriteAllText(Path.Combine(world.Folder, "roi.csv"),
            "item,hours_per_month,rate_per_hour,cost_per_month,reduction_percent,value_per_year\n" + row + "\n");
        ScenarioOutcome outcome = ScenarioRunner.Run(world.Write(), null, default);
        Assert.That(outcome.Result, Is.Null);
        Assert.That(outcome.Diagnostics.Single(static d => d.Code == "MS3003").Span.Line, Is.EqualTo(2));
    }
}
