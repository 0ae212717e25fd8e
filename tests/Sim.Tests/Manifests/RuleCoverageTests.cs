using System.Text.Json;
using System.Text.RegularExpressions;
using Sim.Core;
using Sim.Manifests;
using Sim.Tests.Oracle;
using Sim.Tests.Tidy;

namespace Sim.Tests.Manifests;

/// <summary>Every text that admission can say is said to a manifest of the corpus.</summary>
[TestFixture]
internal sealed partial class RuleCoverageTests
{
    private const int ShortestText = 10;

    private static readonly (AdmissionMode, IstioProfile)[] Ways =
    [
        (AdmissionMode.Strict, IstioProfile.V1_29), (AdmissionMode.Lax, IstioProfile.V1_29),
        (AdmissionMode.Warn, IstioProfile.V1_22), (AdmissionMode.Warn, IstioProfile.V1_31),
    ];

    private static IEnumerable<SourceFile> Rules => SourceFile.Library.Where(static f =>
        f.Path.StartsWith("src/Sim/Manifests/Admission/", StringComparison.Ordinal));

    [Test]
    public void EveryText_OfAdmission_IsProvokedByTheCorpus()
    {
        string said = Said();
        Exceptions.Judge("unsaid-text", Rules
            .SelectMany(static f => Texts(f).Select(t => (f.Path, Text: t)))
            .Where(t => !said.Contains(t.Text, StringComparison.Ordinal))
            .Select(static t => (Path.GetFileNameWithoutExtension(t.Path) + ": " + t.Text, t.Path + ": " + t.Text)));
    }

    /// <summary>The longest constant part of every literal that reads like a sentence.</summary>
    private static IEnumerable<string> Texts(SourceFile file)
    {
        foreach (string line in file.Text.Split('\n').Where(static l => !NoText().IsMatch(l)))
        {
            foreach (Match m in Literal().Matches(line))
            {
                string text = m.Groups[1].Value.Replace("\\\"", "\"", StringComparison.Ordinal)
                    .Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\t", "\t", StringComparison.Ordinal);
                string longest = Hole().Split(text).MaxBy(static p => p.Length)!;
                if (longest.Length >= ShortestText && longest.Trim().Contains(' ', StringComparison.Ordinal))
                {
                    yield return longest;
                }
            }
        }
    }

    private static string Said()
    {
        var texts = new HashSet<string>(StringComparer.Ordinal);
        foreach (string yaml in Corpus())
        {
            foreach ((AdmissionMode mode, IstioProfile profile) in Ways)
            {
                var bag = new DiagnosticBag();
                IReadOnlyList<ApplyResult> results = new ObjectStore(mode, profile).Apply("a.yaml", yaml, bag);
                texts.UnionWith(bag.Items.Select(static d => d.Message + "\n" + d.Hint));
                texts.UnionWith(results.SelectMany(static r => r.Outcome?.Notices ?? []).Select(static n => n.Text));
            }
        }

        return string.Join('\n', texts);
    }

    private static IEnumerable<string> Corpus() =>
        BrokenManifests.Hostile().Concat(BrokenManifests.Refused()).Concat(BrokenRules.All()).Select(static c => c.Text)
            .Concat(OracleFiles.Files("admission", "*.json").SelectMany(static f =>
                JsonDocument.Parse(File.ReadAllText(f)).RootElement.GetProperty("cases").EnumerateArray()
                    .Where(static c => c.TryGetProperty("yaml", out _))
                    .Select(static c => c.GetProperty("yaml").GetString()!)));

    [GeneratedRegex("\"((?:[^\"\\\\]|\\\\.)*)\"")]
    private static partial Regex Literal();

    /// <summary>Comments, verbatim patterns, lists of names, exceptions.</summary>
    [GeneratedRegex("^\\s*//|@\"|throw new|Split\\(' '\\)|OneOf\\(|JsonText.Quote\\(")]
    private static partial Regex NoText();

    [GeneratedRegex(@"\{\{|\}\}|\{[^{}]*\}")]
    private static partial Regex Hole();
}
