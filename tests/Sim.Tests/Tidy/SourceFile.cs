using System.Text.RegularExpressions;

namespace Sim.Tests.Tidy;

/// <summary>A C# file of the repository.</summary>
/// <param name="Path">Path from the root, with forward slashes.</param>
/// <param name="Text">Text.</param>
/// <param name="Code">Text without comments and literals.</param>
internal sealed record SourceFile(string Path, string Text, string Code)
{
    private static readonly string[] Hidden = ["bin", "obj", "out", "TestResults", "BenchmarkDotNet.Artifacts"];

    /// <summary>Every C# file under src, tests and bench.</summary>
    public static IReadOnlyList<SourceFile> All { get; } =
        [.. AllFiles.Where(static f => f.EndsWith(".cs", StringComparison.Ordinal)).Select(Read)];

    /// <summary>Every file that belongs to the repository, whatever its kind, as a path from the root.</summary>
    public static IEnumerable<string> AllFiles => Walk(RepositoryPaths.Root)
        .Select(static f => System.IO.Path.GetRelativePath(RepositoryPaths.Root, f).Replace('\\', '/'))
        .Order(StringComparer.Ordinal);

    /// <summary>The files of the library.</summary>
    public static IEnumerable<SourceFile> Library =>
        All.Where(static f => f.Path.StartsWith("src/Sim/", StringComparison.Ordinal));

    /// <summary>File name without extension; of <c>Type.Part.cs</c> the part before the first dot.</summary>
    public string Stem => System.IO.Path.GetFileName(Path).Split('.')[0];

    /// <summary>The folder below src/Sim, empty for a file directly in it.</summary>
    public string Folder => Path.Split('/') is { Length: > 3 } parts ? parts[2] : "";

    /// <summary>Names of the types a file declares.</summary>
    public IEnumerable<string> Types => Regex
        .Matches(Code, @"\b(?:class|struct|interface|enum|record(?:\s+(?:class|struct))?)\s+([A-Z]\w*)")
        .Select(static m => m.Groups[1].Value);

    /// <summary>1-based line of a position.</summary>
    public int LineOf(int position) => Text.AsSpan(0, position).Count('\n') + 1;

    private static SourceFile Read(string path)
    {
        string text = File.ReadAllText(System.IO.Path.Combine(RepositoryPaths.Root, path));
        return new SourceFile(path, text, SourceText.CodeOf(text));
    }

    private static IEnumerable<string> Walk(string folder)
    {
        foreach (string file in Directory.GetFiles(folder))
        {
            yield return file;
        }

        foreach (string sub in Directory.GetDirectories(folder))
        {
            string name = System.IO.Path.GetFileName(sub);
            if (Array.IndexOf(Hidden, name) < 0 && (name[0] != '.' || name == ".ci"))
            {
                foreach (string file in Walk(sub))
                {
                    yield return file;
                }
            }
        }
    }
}
