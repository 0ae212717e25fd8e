using Sim.Core;

namespace Sim.Runs.Scenario;

/// <summary>One manifest file of a scenario.</summary>
/// <param name="Shown">Path for spans: the scenario's folder as the user gave it, then the path in it, with forward
/// slashes.</param>
/// <param name="Text">Its text.</param>
public sealed record ScenarioFile(string Shown, string Text);

/// <summary>Finds and reads the files a scenario names.</summary>
public static class ScenarioFiles
{
    private static readonly string[] Extensions = [".yaml", ".yml", ".json"];

    /// <summary>The path on disk of a path of the scenario.</summary>
    public static string Resolve(ScenarioDocument document, string path) =>
        Path.Combine(document.Directory, path);

    /// <summary>The manifests of a cluster in the order they are applied.</summary>
    public static IReadOnlyList<ScenarioFile> Manifests(ScenarioDocument document, ClusterSpec cluster) =>
        Read(document, cluster.Manifests);

    /// <summary>Files and folders in the order given; a folder's files in ordinal order of their paths, sub-folders
    /// included, as <c>kubectl apply -R -f</c> walks them.</summary>
    /// <remarks>kubectl: staging/src/k8s.io/cli-runtime/pkg/resource/visitor.go#ExpandPathsToFileVisitors: lexical
    /// walk, files ending in .json, .yaml and .yml. A file that is named itself is read whatever its name.</remarks>
    public static IReadOnlyList<ScenarioFile> Read(ScenarioDocument document, IReadOnlyList<Sourced<string>> paths)
    {
        var files = new List<ScenarioFile>();
        foreach (Sourced<string> path in paths)
        {
            string full = Resolve(document, path);
            if (Directory.Exists(full))
            {
                Walk(full, files);
            }
            else if (File.Exists(full))
            {
                files.Add(ReadFile(full));
            }
        }

        return files;
    }

    /// <summary>The rule files a scenario names, in its order; <c>*</c> in a name stands for any characters, in
    /// ordinal order.</summary>
    public static IReadOnlyList<ScenarioFile> RuleFiles(ScenarioDocument document)
    {
        var files = new List<ScenarioFile>();
        foreach (Sourced<string> pattern in document.Observation.RuleFiles)
        {
            files.AddRange(Matching(document, pattern.Value).Select(ReadFile));
        }

        return files;
    }

    /// <summary>The OpenSLO files a scenario names, each with its cluster.</summary>
    public static IReadOnlyList<(ScenarioFile File, string Cluster)> OpenSloFiles(ScenarioDocument document)
    {
        var files = new List<(ScenarioFile File, string Cluster)>();
        foreach ((Sourced<string> file, Sourced<string> cluster) in document.Observation.OpenSlos)
        {
            files.AddRange(Matching(document, file.Value).Select(f => (ReadFile(f), cluster.Value ?? "")));
        }

        return files;
    }

    /// <summary>The files that a path with <c>*</c> in its last part stands for.</summary>
    internal static IReadOnlyList<string> Matching(ScenarioDocument document, string pattern)
    {
        string full = Resolve(document, pattern);
        string name = Path.GetFileName(full);
        string folder = Path.GetDirectoryName(full) ?? "";
        if (!name.Contains('*', StringComparison.Ordinal))
        {
            return File.Exists(full) ? [full] : [];
        }

        if (!Directory.Exists(folder))
        {
            return [];
        }

        string[] found = Directory.GetFiles(folder, name);
        Array.Sort(found, StringComparer.Ordinal);
        return found;
    }

    /// <summary>Hash of every input byte: the effective scenario text, variant, overrides and all manifests, 16 hex
    /// digits.</summary>
    public static string InputHash(ScenarioDocument document)
    {
        ulong hash = StableHash.Of(File.Exists(document.File) ? File.ReadAllText(document.File) : "");
        hash = StableHash.Combine(hash, StableHash.Of(document.Variant));
        foreach (string o in document.Overrides)
        {
            hash = StableHash.Combine(hash, StableHash.Of(o));
        }

        IEnumerable<Sourced<string>> data = document.Traffic.Select(static t => t.Trace)
            .Concat(document.Workloads.Select(static w => new Sourced<string>(w.ServiceTime.File, w.Span)))
            .Append(document.Matrix.ExpectFile).Append(document.RoiFile)
            .Where(static p => !string.IsNullOrEmpty(p.Value));
        IEnumerable<Sourced<string>> all = document.Clusters.SelectMany(static c => c.Manifests)
            .Concat(document.Timeline.SelectMany(static s => s.Change?.Files ?? [])).Concat(data);
        foreach (ScenarioFile f in Read(document, all.ToList()).Concat(RuleFiles(document))
                     .Concat(OpenSloFiles(document).Select(static f => f.File)))
        {
            string name = Path.GetRelativePath(document.Directory, f.Shown).Replace('\\', '/');
            hash = StableHash.Combine(hash, StableHash.Of(name));
            hash = StableHash.Combine(hash, StableHash.Of(f.Text));
        }

        return hash.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>The manifests of a folder, as <c>kubectl apply -R -f</c> walks it.</summary>
    internal static IReadOnlyList<ScenarioFile> ReadFolder(string folder)
    {
        var files = new List<ScenarioFile>();
        Walk(folder, files);
        return files;
    }

    private static void Walk(string folder, List<ScenarioFile> files)
    {
        string[] entries = Directory.GetFileSystemEntries(folder);
        Array.Sort(entries, StringComparer.Ordinal);
        foreach (string entry in entries)
        {
            if (Directory.Exists(entry))
            {
                Walk(entry, files);
            }
            else if (Extensions.Contains(Path.GetExtension(entry)))
            {
                files.Add(ReadFile(entry));
            }
        }
    }

    private static ScenarioFile ReadFile(string path) => new(path.Replace('\\', '/'), File.ReadAllText(path));
}
