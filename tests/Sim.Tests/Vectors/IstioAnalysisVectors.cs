using System.Text.Json;
using Sim.Core;
using Sim.Mesh.Analysis;
using Sim.Tests.Oracle;

namespace Sim.Tests.Vectors;

/// <summary>istio-analysis: manifests, and the messages of one analyzer.</summary>
internal sealed class IstioAnalysisVectors
{
    private static IEnumerable<TestCaseData> Cases() => VectorFiles.Cases("istio-analysis");

    [TestCaseSource(nameof(Cases))]
    public void Analyzer_gives_the_messages_of_the_vector(object vector)
    {
        var v = (VectorCase)vector;
        string name = v.Case.GetProperty("analyzer").GetString()!;
        IEnumerable<string> found = AnalysisCase.Run(v.Case).Where(m => m.Analyzers.Contains(name))
            .Select(static m => $"{m.Diagnostic.Code} {m.Diagnostic.Severity} {m.Diagnostic.Resource}");
        IEnumerable<string> expected = v.Case.GetProperty("expect").GetProperty("messages").EnumerateArray()
            .Select(static m => $"{m.GetProperty("code")} {m.GetProperty("level")} {m.GetProperty("resource")}");
        Assert.That(IstioAnalyzers.All.Select(static a => a.Name), Does.Contain(name));
        Assert.That(found.Order(StringComparer.Ordinal), Is.EqualTo(expected.Order(StringComparer.Ordinal)));
    }
}
