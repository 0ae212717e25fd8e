using System.Globalization;
using Sim.Tests.Envoy;
using Sim.Tests.Oracle;
using Sim.Tests.Runs.Requests;

namespace Sim.Tests.Tidy;

/// <summary>docs/fidelity.md names every recording that no test reads, or that is listed as not reproduced.</summary>
[TestFixture]
internal sealed class NotYetRunTests
{
    private const string Heading = "## Not yet run";

    private static string[] Rows =>
        [.. File.ReadAllLines(Path.Combine(RepositoryPaths.Root, "docs", "fidelity.md"))
            .SkipWhile(static l => l != Heading).Skip(1).TakeWhile(static l => !l.StartsWith('#'))
            .Where(static l => l.StartsWith("| `", StringComparison.Ordinal))];

    [Test]
    public void Rows_OfWhatTheRunnersLeaveOut_AreThoseOfTheRunners()
    {
        HashSet<string> decided = [.. RequestOracleTests.Ids];
        IReadOnlyList<(string Id, bool IsWhole)> lived = RequestLifecycleOracleTests.Runs;
        string[] untouched = [.. RequestLifecycleOracleTests.All
            .Where(id => !decided.Contains(id) && lived.All(l => l.Id != id))];
        string[] inPart = [.. RequestLifecycleOracleTests.All.Where(id => lived.Contains((id, false)))];
        List<string> expected =
        [
            Row("envoy-request", "no step runs", untouched),
            .. inPart.Length == 0 ? [] : new[] { Row("envoy-request", "some steps run", inPart) }, .. Listed(),
        ];
        Assert.That(Rows.Where(static r => !r.Contains(" not copied ", StringComparison.Ordinal)),
            Is.EquivalentTo(expected), string.Join("\n", expected));
    }

    [Test]
    public void Rows_OfFilesThatWereNotCopied_NameNoFileOfTheRepository()
    {
        foreach (string row in Rows.Where(static r => r.Contains(" not copied ", StringComparison.Ordinal)))
        {
            string[] cells = row.Split('|');
            string family = cells[1].Trim(' ', '`');
            string[] names = [.. cells[4].Split(' ', StringSplitOptions.RemoveEmptyEntries)];
            Assert.That(cells[3].Trim(), Is.EqualTo(names.Length.ToString(CultureInfo.InvariantCulture)), row);
            Assert.That(names.Where(n => Path.Exists(
                Path.Combine(RepositoryPaths.Root, "tests", "Oracle", family, n))), Is.Empty, row);
        }
    }

    [Test]
    public void Families_AndKinds_HaveARunner()
    {
        string tests = string.Concat(SourceFile.All
            .Where(static f => f.Path.StartsWith("tests/", StringComparison.Ordinal)).Select(static f => f.Text));
        string root = Path.Combine(RepositoryPaths.Root, "tests");
        IEnumerable<string> names = Directory.GetDirectories(Path.Combine(root, "Oracle"))
            .Concat(Directory.GetFiles(Path.Combine(root, "Vectors"), "*.json"))
            .Select(static f => Path.GetFileName(f).Replace(".json", "", StringComparison.Ordinal));
        Assert.That(names.Where(n => !tests.Contains('"' + n, StringComparison.Ordinal)), Is.Empty);
    }

    /// <summary>The lists of cases that are not met.</summary>
    private static IEnumerable<string> Listed() => SourceFile.AllFiles
        .Where(static f => f.StartsWith("tests/", StringComparison.Ordinal) && Path.GetFileName(f) is { } name
            && name.Contains("not-yet", StringComparison.Ordinal) && name.EndsWith(".txt", StringComparison.Ordinal))
        .Select(static f => (Path: f, Ids: NotYet.List(f).Order(StringComparer.Ordinal).ToArray()))
        .Where(static l => l.Ids.Length > 0)
        .Select(static l => Row(l.Path, "listed as not met", l.Ids));

    private static string Row(string what, string how, string[] names) => string.Create(CultureInfo.InvariantCulture,
        $"| `{what}` | {how} | {names.Length} | {string.Join(' ', names)} |");
}
