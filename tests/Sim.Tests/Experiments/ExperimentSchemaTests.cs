using System.Text.Json;
using Sim.Core;
using Sim.Experiments;
using Sim.Reports.Sweeps;
using Sim.Runs;
using Sim.Tests.Reports;

namespace Sim.Tests.Experiments;

/// <summary>What sweeps and years write keeps the published schemas.</summary>
[TestFixture]
internal sealed class ExperimentSchemaTests
{
    private const string Incidents = """
          method:
            type: incidents
            horizon: 10m
            years: 4
            windows: 2
            longest: 10s
            settle: 5s
            components:
              - {name: pod, mtbf: 2m, mttr: 20s, fault: {type: app-down, select: {workload: server}, mode: one}}
        """;

    [TestCase(TinyScenario.Grid)]
    [TestCase(TinyScenario.Sequential)]
    public void SweepJson_OfARealSweep_KeepsThePublishedSchema(string sweep)
    {
        using var tiny = new TinyScenario(sweep);
        SweepResult result = SweepRunner.Run(tiny.Plan(2), new MemoryJournal(), SweepShard.All, 2, null, default);
        using var stream = new MemoryStream();
        SweepJsonWriter.Write(result, stream);
        Check("sweep", stream.ToArray());
    }

    [Test]
    public void YearJson_OfARealYear_KeepsThePublishedSchema()
    {
        using var tiny = new TinyScenario(Incidents);
        IncidentStudy study = IncidentStudy.Open(new ScenarioRequest(tiny.Folder), new DiagnosticBag())!;
        using var stream = new MemoryStream();
        YearFiles.WriteJson(study.Run(2, null, default), stream);
        Check("year", stream.ToArray());
    }

    private static void Check(string name, byte[] document)
    {
        string path = Path.Combine(RepositoryPaths.Root, "docs", "schema", name + ".schema.json");
        JsonElement schema = JsonDocument.Parse(File.ReadAllText(path)).RootElement;
        Assert.That(JsonSchemaCheck.Errors(schema, JsonDocument.Parse(document).RootElement), Is.Empty);
        string broken = System.Text.Encoding.UTF8.GetString(document).Replace("\"mean\"", "\"average\"",
            StringComparison.Ordinal);
        Assert.That(JsonSchemaCheck.Errors(schema, JsonDocument.Parse(broken).RootElement), Is.Not.Empty);
    }
}
