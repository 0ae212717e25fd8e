using Sim.Core;
using Sim.Manifests;
using Sim.Manifests.Admission;

namespace Sim.Tests.Manifests;

/// <summary>Any text in: diagnostics with file and line out, never an exception.</summary>
internal sealed class BrokenManifestTests
{
    private const string Name = "broken.yaml";

    private static IEnumerable<TestCaseData> Corpus() =>
        BrokenManifests.Hostile().Select(c => ("hostile-" + c.Name, c.Text)).Concat(BrokenManifests.Refused())
            .Select(c => new TestCaseData(c.Item2).SetArgDisplayNames("corpus/" + c.Item1));

    private static IEnumerable<TestCaseData> RuleCases() =>
        BrokenRules.All().Select(static c => new TestCaseData(c.Text).SetArgDisplayNames("rule/" + c.Name));

    private static IEnumerable<TestCaseData> Kinds() => KindTable.All
        .Where(k => k.IsIstio && CrdTable.Of(IstioProfile.V1_29).Find(k.Group, k.Kind) is not null)
        .Select(k => new TestCaseData(k.Group, k.Versions[0], k.Kind).SetArgDisplayNames(k.Kind));

    [TestCaseSource(nameof(Corpus))]
    public void Load_broken_text_gives_errors_with_file_and_line(string text)
    {
        DiagnosticBag bag = Load(text);

        Assert.That(bag.Items.Where(d => d.Severity == Severity.Error), Is.Not.Empty);
        AssertPlaces(bag, text);
    }

    [TestCaseSource(nameof(RuleCases))]
    public void Load_text_that_breaks_one_rule_gives_findings_with_file_and_line(string text)
    {
        DiagnosticBag bag = Load(text);

        Assert.That(bag.Items, Is.Not.Empty);
        AssertPlaces(bag, text);
    }

    [Test]
    public void Corpus_has_at_least_300_texts() => Assert.That(Corpus().Count(), Is.GreaterThanOrEqualTo(300));

    [TestCaseSource(nameof(Kinds))]
    public void Wrong_type_of_any_field_is_told_with_its_path(string group, string version, string kind) =>
        AssertEachField(group, version, kind, static f => f.Type switch
        {
            "object" => "text",
            "array" => "text",
            _ when f.Rules.Count > 0 || f.Enum.Count > 0 => "[1]",
            "string" or "int-or-string" => "{a: b}",
            "integer" or "number" or "boolean" => "words",
            _ => null,
        }, "must be of type");

    [TestCaseSource(nameof(Kinds))]
    public void Bad_value_of_any_enumeration_is_told_with_its_path(string group, string version, string kind) =>
        AssertEachField(group, version, kind, static f => f.Enum.Count > 0 ? "NO_SUCH_VALUE" : null,
            "Unsupported value");

    [TestCaseSource(nameof(Kinds))]
    public void Number_below_any_minimum_is_told_with_its_path(string group, string version, string kind) =>
        AssertEachField(group, version, kind,
            static f => f.Bounds.TryGetValue("min", out double min) ? (min - 1).ToString("F0") : null,
            "should be greater than or equal to");

    [TestCaseSource(nameof(Kinds))]
    public void Unknown_key_in_any_object_is_told_with_its_path(string group, string version, string kind)
    {
        CrdField root = CrdTable.Of(IstioProfile.V1_29).Find(group, kind)!;
        var wrong = new List<string>();
        foreach ((string path, string text) in BrokenManifests.PerField(group + "/" + version, kind, root,
                     static f => f is { Type: "object", IsOpen: false, Values: null } ? "{zzz: 1}" : null))
        {
            if (!Load(text).Items.Any(d => d.Code == "MS0103" && d.Message.EndsWith("zzz\"", StringComparison.Ordinal)
                                           && d.Severity == Severity.Error && d.Span.Line == 4))
            {
                wrong.Add(path);
            }
        }

        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void Load_text_cut_at_any_place_never_throws()
    {
        for (int length = 0; length <= BrokenManifests.Good.Length; length++)
        {
            string text = BrokenManifests.Good[..length];
            AssertPlaces(Load(text), text);
        }
    }

    [Test]
    public void Load_file_larger_than_the_bound_is_refused()
    {
        DiagnosticBag bag = Load("a: " + new string('x', (16 << 20) + 1));

        Assert.That(bag.Items.Single().Code, Is.EqualTo("MS0002"));
    }

    [TestCase(1500, 1UL)]
    [TestCase(20_000, 2UL, Category = "Long")]
    public void Load_mutated_text_never_throws(int count, ulong seed)
    {
        RngStream rng = RngStream.Create(seed, 0, "manifests", "fuzz");
        List<string> seeds = [BrokenManifests.Good,
            .. BrokenManifests.Refused().Where((_, i) => i % 10 == 0).Select(c => c.Text)];
        for (int i = 0; i < count; i++)
        {
            string text = Mutate(seeds[(int)rng.NextBelow((uint)seeds.Count)], rng);
            try
            {
                AssertPlaces(Load(text), text);
            }
            catch (Exception e) when (e is not AssertionException)
            {
                Assert.Fail($"mutation {i} of seed {seed} threw {e}\n{text}");
            }
        }
    }

    private static string Mutate(string text, RngStream rng)
    {
        string[] tokens = ["{", "}", "[", "]", ": ", "- ", "\n", "  ", "null", "~", "*m", "&m ", "<<: ", "\"", "'",
            "|\n", "0",
            "-1", "1e99", "\t", "#", "---\n", "!!str ", "? ", "\0", "é", "spec", "%", "{**}", "(", "true"];
        int edits = 1 + (int)rng.NextBelow(4);
        for (int i = 0; i < edits && text.Length > 2; i++)
        {
            int at = (int)rng.NextBelow((uint)text.Length - 1);
            int length = Math.Min((int)rng.NextBelow(12), text.Length - at);
            text = rng.NextBelow(4) switch
            {
                0 => text.Remove(at, length),
                1 => text.Insert(at, tokens[rng.NextBelow((uint)tokens.Length)]),
                2 => text.Insert(at, text.Substring(at, length)),
                _ => text.Remove(at, 1).Insert(at, tokens[rng.NextBelow((uint)tokens.Length)]),
            };
        }

        return text;
    }

    private static DiagnosticBag Load(string text)
    {
        var bag = new DiagnosticBag();
        foreach (AdmissionMode mode in Enum.GetValues<AdmissionMode>())
        {
            var own = new DiagnosticBag();
            ManifestLoader.Load([(Name, text)], mode, IstioProfile.V1_29, own);
            if (mode == AdmissionMode.Strict)
            {
                bag.AddRange(own.Items);
            }
        }

        return bag;
    }

    private static void AssertPlaces(DiagnosticBag bag, string text)
    {
        int lines = text.Count(c => c is '\n' or '\r' or '\u0085' or '\u2028' or '\u2029') + 1;
        foreach (Diagnostic d in bag.Items)
        {
            Assert.That(d.Span.File, Is.EqualTo(Name), d.ToString());
            Assert.That(d.Span.Line, Is.InRange(1, lines + 1), d.ToString());
        }
    }

    private static void AssertEachField(
        string group, string version, string kind, Func<CrdField, string?> broken, string fragment)
    {
        CrdField root = CrdTable.Of(IstioProfile.V1_29).Find(group, kind)!;
        var wrong = new List<string>();
        foreach ((string path, string text) in BrokenManifests.PerField(group + "/" + version, kind, root, broken))
        {
            IEnumerable<Diagnostic> found = Load(text).Items.Where(d => d.Code == "MS0104" && d.Span.Line == 4
                && d.Message.Contains(fragment, StringComparison.Ordinal));
            if (!found.Any(d => d.Message.StartsWith(path.Split('[')[0], StringComparison.Ordinal)))
            {
                wrong.Add(path + "\n" + text + string.Join("\n", Load(text).Items));
            }
        }

        Assert.That(wrong, Is.Empty);
    }
}
