using System.Text.RegularExpressions;

namespace Sim.Tests.Tidy;

/// <summary>What the documents promise is there.</summary>
[TestFixture]
internal sealed class DocumentTests
{
    private static readonly string[] FidelityHeadings =
    [
        "## Manifests and admission", "## Mesh and istiod", "## Envoy: load balancing",
        "## Envoy: outlier detection, retries, pools, routes, authorization", "## Engine and random numbers",
        "## World, scenario and runs", "## Telemetry", "## Reports and commands",
        "## Not yet run",
    ];

    private static string Read(params string[] path) =>
        File.ReadAllText(Path.Combine([RepositoryPaths.Root, .. path]));

    [Test]
    public void Readme_Commands_AreRunByCi()
    {
        string ci = Read(".ci", "run");
        string[] commands = [.. Regex.Matches(Read("README.md"), @"(?m)^(dotnet (?:run|test) .*)$")
            .Select(static m => m.Value.Trim()).Distinct()];
        Assert.That(commands, Has.Length.GreaterThanOrEqualTo(2));
        Assert.That(commands.Where(c => !ci.Contains(c, StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void Readme_Links_LeadSomewhere() => Assert.That(
        Regex.Matches(Read("README.md"), @"\]\(([^)#:]+)\)").Select(static m => m.Groups[1].Value)
            .Where(static l => !Path.Exists(Path.Combine(RepositoryPaths.Root, l))),
        Is.Empty);

    [Test]
    public void Decisions_AreNumberedAndTitled()
    {
        string[] files = [.. Directory.GetFiles(Path.Combine(RepositoryPaths.Root, "docs", "adr"))
            .Order(StringComparer.Ordinal)];
        Assert.That(files.Select(static f => Path.GetFileName(f)[..4]), Is.Not.Empty.And.Unique);
        foreach (string file in files)
        {
            string name = Path.GetFileName(file);
            string[] lines = File.ReadAllLines(file);
            Assert.That(name, Does.Match(@"^\d{4}-[a-z0-9-]+\.md$"));
            Assert.That(lines[0], Does.Match(@"^# \S"), name);
            Assert.That(lines, Has.Length.LessThanOrEqualTo(70), name + " is longer than a page");
            foreach (string part in (string[])["Context", "Decision", "Alternatives", "Consequences"])
            {
                Assert.That(lines.Any(l => l.Contains(part, StringComparison.OrdinalIgnoreCase)), $"{name}: {part}");
            }
        }
    }

    [Test]
    public void Fidelity_HasEveryHeadingOnceAndInOrder() => Assert.That(
        Read("docs", "fidelity.md").Split('\n').Where(static l => l.StartsWith("## ", StringComparison.Ordinal)),
        Is.EqualTo(FidelityHeadings));

    [Test]
    public void Changelog_HasABehaviourSection() => Assert.That(
        Read("CHANGELOG.md"), Does.Match(@"(?m)^### Behaviour$"));

    [Test]
    public void Tree_NamesNoMachineAndNoRegistry()
    {
        // Written in pieces, so that this file does not trip over itself.
        Regex machine = new(
            @"(?<![\w.}])/(" + "work|root|home" + @")/\w|[A-Z]:\\" + @"Users\\|/opt/" + "nuget|" + "artifac" + "tory|"
            + "api\\.nu" + "get\\.org|registry\\.npm" + "js", RegexOptions.IgnoreCase);
        string[] kinds = [".cs", ".md", ".json", ".yaml", ".yml", ".csproj", ".props", ".sln", ".txt", ".csv", ""];
        Assert.That(
            SourceFile.AllFiles.Where(f => kinds.Contains(Path.GetExtension(f)))
                .Where(static f => !f.StartsWith("tests/Oracle/", StringComparison.Ordinal)
                    && !f.StartsWith("tests/Vectors/", StringComparison.Ordinal))
                .SelectMany(f => Read(f).Split('\n').Select((l, i) => (Line: l, Number: i + 1))
                    .Where(l => machine.IsMatch(l.Line)).Select(l => $"{f}:{l.Number}: {machine.Match(l.Line).Value}")),
            Is.Empty);
    }
}
