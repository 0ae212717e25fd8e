using System.Text.Json;
using Sim.Core;
using Sim.Manifests;
using Sim.Reports.Matrices;
using Sim.Runs;
using Sim.Runs.Matrix;
using Sim.Tests.Reports;

namespace Sim.Tests.Runs.Matrix;

/// <summary>Truth tables: expectations, patterns, drift, files.</summary>
[TestFixture]
internal sealed class MatrixTests
{
    private static MatrixReport Of(string pack, string variant = "", params string[] set) => MatrixRunner.Evaluate(
        new ScenarioRequest(Path.Combine(RepositoryPaths.Root, "scenarios", pack), Variant: variant, Set: set), null);

    [Test]
    public void Expectations_AreJudgedByTheFirstRowThatFits()
    {
        PolicyMatrix matrix = Of("authz-truth-table").Matrix!;
        Assert.Multiple(() =>
        {
            Assert.That(matrix.Cells, Has.Count.EqualTo(16));
            Assert.That(matrix.Cells.Select(static c => c.Held), Is.All.True);
            Assert.That(matrix.Judgements.Select(static j => j.Held), Is.All.True);
            Assert.That(matrix.Judgements, Has.Count.EqualTo(4));
        });
    }

    [TestCase("[{is: denied}]", "4 of 8", false)]
    [TestCase("[{from: nobody, is: denied}]", "no cell", false)]
    [TestCase("[{to: 'open.default:80', is: allowed}]", "4 of 4", true)]
    [TestCase("[{from: 'us/*/ali*', to: closed, is: refused}]", "2 of 2", true)]
    public void Expectations_WrongOrVacuous_Fail(string rows, string measured, bool isHeld)
    {
        Judgement judged = Of("authz-truth-table", "", "matrix.expect=" + rows,
            "matrix.targets=[open, closed]", "matrix.methods=[GET, POST]").Matrix!.Judgements.Single();
        Assert.That(judged.Held, Is.EqualTo(isHeld));
        Assert.That(judged.Measured, Does.Contain(measured));
    }

    [Test]
    public void Caller_ThatDoesNotExist_FailsTheTable() => Assert.That(
        Of("authz-truth-table", "", "matrix.callers=[us/nobody]").Matrix!.Judgements[0],
        Has.Property("Held").False.And.Property("Measured").EqualTo("no such workload"));

    [TestCase("a*c", "abc", true)]
    [TestCase("a*c", "abd", false)]
    [TestCase("*", "", true)]
    [TestCase("ab*ba", "aba", false)]
    [TestCase("a*b*c", "a1b2c", true)]
    [TestCase("a*b*c", "a1c2b", false)]
    public void Pattern_FitsWhatItShould(string pattern, string text, bool fits) =>
        Assert.That(MatrixPattern.Fits(pattern, text), Is.EqualTo(fits));

    [Test]
    public void Deciding_line_is_that_of_the_policy()
    {
        PolicyMatrix matrix = Of("authz-truth-table").Matrix!;
        MatrixCell denied = matrix.Cells.Single(static c =>
            c is { Method: "GET", Caller.Workload: "alice", Target.Text: "closed" });
        Assert.Multiple(() =>
        {
            Assert.That(denied.Verdict, Is.EqualTo(MatrixVerdict.Denied));
            Assert.That(denied.Deciding.Rule, Is.EqualTo("ALLOW without rules"));
            Assert.That(denied.Deciding.Origin.ToString(), Does.EndWith("clusters/us/20-policies.yaml:1"));
            Assert.That(denied.Deciding.Code, Is.EqualTo(403));
        });
    }

    [Test]
    public void Objects_ThatDiffer_NameThePathAndBothLines()
    {
        YamlNode a = YamlReader.Read("{x: [1, {b: 2, a: 1}], y: 3}", "a.yaml", new DiagnosticBag())[0];
        YamlNode same = YamlReader.Read("y: 3\nx: [1, {a: 1, b: 2}]", "b.yaml", new DiagnosticBag())[0];
        YamlNode other = YamlReader.Read("x:\n- 1\n- a: 1\n  b: 9\ny: 3", "b.yaml", new DiagnosticBag())[0];
        NodeDifference found = NodeDifference.Find(a, other, "spec")!;
        Assert.Multiple(() =>
        {
            Assert.That(NodeDifference.Find(a, same, "spec"), Is.Null);
            Assert.That((found.Path, found.TextA, found.TextB), Is.EqualTo(("spec.x[1].b", "2", "9")));
            Assert.That(found.SpanB.Line, Is.EqualTo(4));
        });
    }

    [Test]
    public void MatrixJson_OfSeveralPacks_KeepsThePublishedSchema()
    {
        string path = Path.Combine(RepositoryPaths.Root, "docs", "schema", "matrix.schema.json");
        JsonElement schema = JsonDocument.Parse(File.ReadAllText(path)).RootElement;
        foreach (string pack in (string[])["authz-truth-table", "trust-matrix", "residency-five-ways"])
        {
            MatrixReport report = Of(pack);
            using var stream = new MemoryStream();
            MatrixFiles.WriteJson(report.Matrix!, report.Stamp!, stream);
            Assert.That(JsonSchemaCheck.Errors(schema, JsonDocument.Parse(stream.ToArray()).RootElement), Is.Empty);
        }
    }

    [Test]
    public void Run_WithATable_JudgesItAndKeepsItInItsFiles()
    {
        var request = new ScenarioRequest(Path.Combine(RepositoryPaths.Root, "scenarios", "authz-truth-table"),
            Set: ["duration=2s", "assert=[]", "matrix.expect=[{to: open, is: denied}]"]);
        RunResult result = ScenarioRunner.Run(request, null, default).Result!;
        string folder = Directory.CreateTempSubdirectory("meshsim-").FullName;
        try
        {
            Sim.Reports.RunFiles.Write(result, folder);
            RunResult back = Sim.Reports.RunFiles.Read(folder).Result!;
            Assert.Multiple(() =>
            {
                Assert.That(result.Verdict, Is.EqualTo(Verdict.Failed));
                Assert.That(result.Judgements.Single().Detail, Does.Contain("alice GET open/ is allowed"));
                Assert.That(back.Matrix!.Cells, Has.Count.EqualTo(result.Matrix!.Cells.Count));
                Assert.That(back.Matrix.Cells[0].Outcomes, Is.EqualTo(result.Matrix.Cells[0].Outcomes
                    .Select(static o => o.Origin.IsKnown ? o : o with { Origin = new SourceSpan("", 0, 0) })));
                Assert.That(File.ReadAllText(Path.Combine(folder, "report.html")), Does.Contain("Policy matrix"));
            });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
