using System.Text.Json;
using Sim.Core;
using Sim.Mesh.Analysis;

namespace Sim.Tests.Oracle;

/// <summary>Family analysis: manifests of whole clusters, the messages of all analyzers of a live cluster and of files
/// alone; and what the family admission recorded of single documents.</summary>
internal sealed class AnalysisOracleTests
{
    private static IEnumerable<TestCaseData> Cases() => OracleFiles.Files("analysis", "*.json")
        .Select(static f => JsonDocument.Parse(File.ReadAllText(f)).RootElement)
        .Where(static r => Schema(r, "analysis-codes/1") == "analysis/1")
        .SelectMany(static r => r.GetProperty("cases").EnumerateArray())
        .Select(static c => OracleFiles.Case("analysis", c.GetProperty("id").GetString()!, c.GetRawText()));

    private static IEnumerable<TestCaseData> Documents() => OracleFiles.Files("admission", "*.json")
        .Select(static f => JsonDocument.Parse(File.ReadAllText(f)).RootElement)
        .Where(static r => Schema(r, "admission/1") == "admission/1")
        .SelectMany(static r => r.GetProperty("cases").EnumerateArray())
        .Where(static c => c.TryGetProperty("analyze", out JsonElement a) && !a.TryGetProperty("crash", out _))
        .Select(static c => OracleFiles.Case("admission-analyze", c.GetProperty("id").GetString()!, c.GetRawText()));

    [TestCaseSource(nameof(Cases))]
    public void Analyze_recorded_clusters_gives_recorded_messages(string json)
    {
        JsonElement c = JsonDocument.Parse(json).RootElement;
        JsonElement expect = c.GetProperty("expect");
        IReadOnlyList<AnalysisMessage> found = AnalysisCase.Run(c);
        if (expect.TryGetProperty("crash", out _))
        {
            return;
        }

        IEnumerable<JsonElement> accepted = expect.TryGetProperty("any_of", out JsonElement any)
            ? any.EnumerateArray() : [expect.GetProperty("messages")];
        bool isText = !expect.TryGetProperty("random", out _);
        List<IReadOnlyList<string>> differences =
            [.. accepted.Select(a => AnalysisCase.Differences(found, a, isText))];
        Assert.That(differences.Min(static d => d.Count), Is.Zero, string.Join("\n", differences[0]));
    }

    [TestCaseSource(nameof(Cases))]
    public void Analyze_recorded_files_alone_gives_recorded_messages(string json)
    {
        JsonElement c = JsonDocument.Parse(json).RootElement;
        if (c.TryGetProperty("files_only", out JsonElement expect)
            && expect.TryGetProperty("messages", out JsonElement m))
        {
            IReadOnlyList<string> differences =
                AnalysisCase.Differences(AnalysisCase.Run(c, isFilesOnly: true), m, isText: false);
            Assert.That(differences, Is.Empty, string.Join("\n", differences));
        }
    }

    [TestCaseSource(nameof(Documents))]
    public void Analyze_recorded_document_gives_recorded_messages(string json)
    {
        JsonElement c = JsonDocument.Parse(json).RootElement;
        IReadOnlyList<AnalysisMessage> found = [.. AnalysisCase.Run(c.GetProperty("yaml").GetString()!)
            .Select(static m => m with { Analyzers = [] })];
        IReadOnlyList<string> differences =
            AnalysisCase.Differences(found, c.GetProperty("analyze").GetProperty("messages"), isText: true);
        Assert.That(differences, Is.Empty, string.Join("\n", differences));
    }

    [Test]
    public void Codes_are_those_of_the_recorded_release()
    {
        foreach (string file in OracleFiles.Files("analysis", "codes.json"))
        {
            IEnumerable<string> recorded = JsonDocument.Parse(File.ReadAllText(file)).RootElement.GetProperty("codes")
                .EnumerateArray().Select(static c =>
                    $"{c.GetProperty("code")} {c.GetProperty("name")} {c.GetProperty("level")}");
            Assert.That(IstioCodes.All.Select(static c => $"{c.Code} {c.Name} {c.Severity}"), Is.EqualTo(recorded));
        }
    }

    [Test]
    public void Analyzers_of_the_recordings_are_all_known() => Assert.That(
        Cases().Select(static c => JsonDocument.Parse((string)c.Arguments[0]!).RootElement.GetProperty("expect"))
            .SelectMany(static e => e.GetProperty("messages").EnumerateArray())
            .SelectMany(static m => m.GetProperty("analyzers").EnumerateArray().Select(static a => a.GetString()!))
            .Distinct(),
        Is.SubsetOf(IstioAnalyzers.All.Select(static a => a.Name)));

    private static string Schema(JsonElement root, string other) => root.GetProperty("schema").GetString() switch
    {
        "analysis/1" => "analysis/1",
        "analysis-codes/1" => "analysis-codes/1",
        "admission/1" => "admission/1",
        "admission-several/1" => "admission-several/1",
        var unknown => throw new InvalidDataException($"unknown schema {unknown} beside {other}"),
    };
}
