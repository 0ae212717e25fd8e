using System.Text.RegularExpressions;
using Sim.Tests.Tidy;

namespace Sim.Tests.Architecture;

/// <summary>Who may use whom. The table is the one of docs/architecture.md.</summary>
[TestFixture]
internal sealed class FolderArrowTests
{
    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        ["Core"] = [],
        ["Engine"] = ["Core"],
        ["Manifests"] = ["Core"],
        ["Mesh"] = ["Core", "Manifests"],
        ["Xds"] = ["Core"],
        ["Istiod"] = ["Core", "Mesh", "Xds"],
        ["Envoy"] = ["Core", "Xds"],
        ["World"] = ["Core"],
        ["Telemetry"] = ["Core", "Manifests"],
        ["Runs"] = ["Core", "Engine", "Manifests", "Mesh", "Xds", "Istiod", "Envoy", "World", "Telemetry"],
        ["Experiments"] = ["Core", "Runs"],
        ["Labs"] = ["Core", "Manifests", "Runs"],
        ["Reports"] = ["Core", "Telemetry", "Runs", "Experiments", "Labs"],
    };

    private static readonly Dictionary<string, string> Packages = new()
    {
        ["YamlDotNet"] = "Manifests",
        ["MathNet"] = "Experiments",
        ["CsvHelper"] = "Reports",
        ["Markdig"] = "Labs",
    };

    private static readonly string[] NotInTheLibrary = ["Spectre", "System.CommandLine"];

    [Test]
    public void Folders_UseOnlyWhatTheyMay()
    {
        List<string> wrong = [];
        foreach (SourceFile file in SourceFile.Library)
        {
            if (!MayUse.TryGetValue(file.Folder, out string[]? may))
            {
                wrong.Add($"{file.Path}: folder \"{file.Folder}\" is not in the table");
                continue;
            }

            wrong.AddRange(Mentions(file).Where(m => m.Folder != file.Folder && !may.Contains(m.Folder))
                .Select(m => $"{file.Path}:{m.Line}: {file.Folder} may not use {m.Folder}"));
        }

        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void Architecture_Page_HasTheSameTable()
    {
        string page = File.ReadAllText(Path.Combine(RepositoryPaths.Root, "docs", "architecture.md"));
        foreach ((string folder, string[] may) in MayUse)
        {
            string list = may.Length == 0 ? "nothing" : string.Join(", ", may);
            Assert.That(page, Does.Match($@"(?m)^\| `{folder}` \|.*\| {Regex.Escape(list)} \|$"), folder);
        }
    }

    [Test]
    public void Folders_OfTheLibrary_AreThoseOfTheTable() => Assert.That(
        SourceFile.Library.Select(static f => f.Folder).Distinct(), Is.SubsetOf(MayUse.Keys));

    [Test]
    public void Packages_StayInTheirFolder()
    {
        List<string> wrong = [];
        foreach (SourceFile file in SourceFile.Library)
        {
            foreach ((string package, string folder) in Packages)
            {
                if (file.Folder != folder && Regex.IsMatch(file.Code, $@"\b{package}\."))
                {
                    wrong.Add($"{file.Path}: {package} belongs to {folder}");
                }
            }

            wrong.AddRange(NotInTheLibrary.Where(p => Regex.IsMatch(file.Code, $@"\b{Regex.Escape(p)}\b"))
                .Select(p => $"{file.Path}: {p} belongs to the command line"));
        }

        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void Usings_AreNeverGlobal() => Assert.That(
        SourceFile.All.Where(static f => Regex.IsMatch(f.Code, @"(?m)^\s*global\s+using\b")).Select(static f => f.Path),
        Is.Empty);

    [Test]
    public void Namespace_IsTheFolder()
    {
        List<string> wrong = [];
        foreach (SourceFile file in SourceFile.All.Where(static f => f.Stem != "Program"))
        {
            string[] folders = Path.GetDirectoryName(file.Path)!.Replace('\\', '/').Split('/')[1..];
            string expected = string.Join('.', folders);
            Match stated = Regex.Match(file.Code, @"(?m)^namespace\s+([\w.]+);");
            if (stated.Groups[1].Value != expected)
            {
                wrong.Add($"{file.Path}: namespace \"{stated.Groups[1].Value}\" should be {expected}");
            }
        }

        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void File_IsNamedAfterATypeInIt() => Exceptions.Judge("file-name",
        SourceFile.All.Where(static f => f.Path.StartsWith("src/", StringComparison.Ordinal))
            .Where(static f => f.Stem != "Program" && !f.Types.Contains(f.Stem))
            .Select(static f => (f.Path, f.Path)));

    [Test]
    public void Mentions_AreFoundInUsingsAndInFullNames()
    {
        const string Text = "using Sim.Core;\nusing static Sim.Runs.X;\nusing E = Sim.Envoy.Host;\n// Sim.World.A\n"
            + "namespace Sim.Mesh;\nclass A { string s = \"Sim.Reports.X\"; global::Sim.Istiod.B b; }\n";
        SourceFile file = new("src/Sim/Mesh/A.cs", Text, SourceText.CodeOf(Text));
        Assert.That(Mentions(file).Select(static m => m.Folder),
            Is.EqualTo(new[] { "Core", "Runs", "Envoy", "Mesh", "Istiod" }));
        Assert.That(file.Folder, Is.EqualTo("Mesh"));
    }

    private static IEnumerable<(string Folder, int Line)> Mentions(SourceFile file) =>
        Regex.Matches(file.Code, @"(?<![\w.])(?:global::)?Sim\.([A-Z]\w*)")
            .Select(m => (m.Groups[1].Value, file.LineOf(m.Index)));
}
