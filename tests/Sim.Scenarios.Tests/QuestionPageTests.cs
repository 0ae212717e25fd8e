using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Sim.Core;
using Sim.Runs.Scenario;

namespace Sim.Scenarios.Tests;

/// <summary>docs/questions has a page for each pack, written from its README and its scenario file.</summary>
internal sealed class QuestionPageTests
{
    private const string Folder = "docs/questions";

    private static IEnumerable<string> Packs() =>
        Repository.Editions().Select(static c => (string)c.Arguments[0]!).Distinct();

    [TestCaseSource(nameof(Packs))]
    public void Page_is_the_one_made_from_the_pack(string pack) => Published($"{Folder}/{pack}.md", Page(pack));

    [Test]
    public void Index_lists_every_question() => Published(Folder + "/README.md", Index());

    [Test]
    public void Folder_has_no_page_without_a_pack()
    {
        string[] pages = [.. Directory.GetFiles(Path.Combine(Repository.Root, Folder))
            .Select(static f => Path.GetFileNameWithoutExtension(f)).Where(static n => n != "README")];
        Assert.That(pages, Is.EquivalentTo(Packs()));
    }

    private static void Published(string path, string text)
    {
        string file = Path.Combine(Repository.Root, path);
        if (Environment.GetEnvironmentVariable("SIM_PUBLISH") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
        }

        Assert.That(File.Exists(file) ? File.ReadAllText(file) : "", Is.EqualTo(text),
            path + " is not up to date: run with SIM_PUBLISH=1");
    }

    private static string Index()
    {
        var text = new StringBuilder("""
            # Questions

            Each page answers one question by a run that you can repeat and change. Written from the packs under
            [scenarios](../../scenarios/); `meshsim packs` lists them, `meshsim init PACK` copies one as a start.

            | question | answer |
            |---|---|

            """.ReplaceLineEndings("\n"));
        foreach (string pack in Packs())
        {
            text.Append(CultureInfo.InvariantCulture,
                $"| [{Part(pack, "Question")}]({pack}.md) | {Part(pack, "Answer in one sentence")} |\n");
        }

        return text.ToString();
    }

    private static string Page(string pack)
    {
        ScenarioDocument d = Repository.Read(pack, "", new DiagnosticBag());
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {Part(pack, "Question")}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{Part(pack, "Answer in one sentence")}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"The pack is [scenarios/{pack}](../../scenarios/{pack}/): its ")
            .Append("manifests, its numbers and what to change stand there.\n\n```sh\n")
            .Append(CultureInfo.InvariantCulture, $"meshsim run scenarios/{pack} --out out/{pack}\n");
        foreach (VariantInfo v in d.Variants.Take(1))
        {
            text.Append(CultureInfo.InvariantCulture, $"meshsim run scenarios/{pack} --variant {v.Name}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"meshsim init {pack} --to mine\n```\n\n");
        text.Append("| edition | what it is |\n|---|---|\n");
        text.Append(CultureInfo.InvariantCulture, $"| (none) | {Cell(d.Description.Value ?? "")} |\n");
        foreach (VariantInfo v in d.Variants)
        {
            text.Append(CultureInfo.InvariantCulture, $"| `{v.Name}` | {Cell(v.Description)} |\n");
        }

        text.Append("\nWhat its run checks without a variant:\n\n");
        foreach (string check in Checks(d))
        {
            text.Append("- ").Append(check).Append('\n');
        }

        return text.ToString();
    }

    private static IEnumerable<string> Checks(ScenarioDocument d) =>
        d.Assertions.Select(static a => Code(a.Text))
            .Concat(d.Observation.Queries.Select(static q => $"{Code(q.Query)} in {q.Cluster}, "
                + (q.ExpectsNone ? "nothing" : "something")))
            .Concat(d.Observation.Expectations.Select(static e => $"alert {e.Alert} "
                + (e.IsFiring ? "fires" : "never fires") + (e.Cluster.IsWritten ? " in " + e.Cluster : "")
                + (e.During.IsWritten ? " during " + e.During : "")))
            .Concat(d.Slos.Select(static s => $"objective {s.Name}: {Code(s.Good)}"))
            .Concat(d.Probes.Select(static p => $"probe {p.Name}"))
            .Concat(d.Invariants.Select(static i => $"invariant {i.Name}"));

    private static string Code(string text) => "`" + Cell(text).Replace('`', '\'') + "`";

    private static string Cell(string text) => Regex.Replace(text, @"\s+", " ").Trim();

    /// <summary>A paragraph of the pack's README by its bold beginning.</summary>
    private static string Part(string pack, string name)
    {
        string readme = File.ReadAllText(Path.Combine(Repository.Root, "scenarios", pack, "README.md"));
        Match m = Regex.Match(readme, @"^\*\*" + Regex.Escape(name) + @"\.\*\*(.*?)(\n\s*\n|\z)",
            RegexOptions.Singleline | RegexOptions.Multiline);
        Assert.That(m.Success, Is.True, $"scenarios/{pack}/README.md has no **{name}.**");
        return Cell(m.Groups[1].Value);
    }
}
