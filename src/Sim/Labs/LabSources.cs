using Sim.Runs.Scenario;

namespace Sim.Labs;

/// <summary>A text that the lab has at hand.</summary>
/// <param name="Name">Where it stands: the lab itself, or a file beside it.</param>
/// <param name="Text">Its text.</param>
/// <param name="Line">Line of <paramref name="Name"/> on which its first line stands, from 1.</param>
internal sealed record LabFile(string Name, string Text, int Line)
{
    /// <summary>The text with empty lines in front, so that every line has the number it has in its file.</summary>
    public string Placed => new string('\n', Math.Max(0, Line - 1)) + Text;
}

/// <summary>Files that the lab's own lines write, and files beside the lab.</summary>
internal sealed class LabSources(string lab)
{
    private readonly Dictionary<string, LabFile> _written = new(StringComparer.Ordinal);

    /// <summary>Takes in what <c>cat &gt; FILE &lt;&lt;EOF</c> and <c>tee FILE</c> write.</summary>
    /// <returns>Name of the file; null when the command writes none that is known.</returns>
    public string? Write(LabCommand command)
    {
        string last = command.Stages[^1];
        string target = command.Target.Length > 0 ? command.Target
            : last.StartsWith("tee ", StringComparison.Ordinal) ? last[4..].Trim() : "";
        if (target.Length == 0 || command.StdinLine == 0
            || !command.Stages[0].StartsWith("cat", StringComparison.Ordinal)
            && !last.StartsWith("tee ", StringComparison.Ordinal))
        {
            return null;
        }

        _written[target] = new LabFile(lab, command.Stdin, command.StdinLine);
        return target;
    }

    /// <summary>A file by its name; null when nobody wrote it and none lies beside the lab.</summary>
    public LabFile? Find(string path)
    {
        if (_written.TryGetValue(path, out LabFile? file))
        {
            return file;
        }

        string full = Path.Combine(Path.GetDirectoryName(lab) ?? "", path);
        return File.Exists(full) ? new LabFile(full.Replace('\\', '/'), File.ReadAllText(full), 1) : null;
    }

    /// <summary>The texts that <c>-f</c> names: a here-document, a written file, a file or folder beside the lab.
    /// </summary>
    /// <param name="path">Value of <c>-f</c>.</param>
    /// <param name="command">Command it belongs to.</param>
    /// <returns>Null when there is no such file.</returns>
    public IReadOnlyList<LabFile>? Open(string path, LabCommand command)
    {
        if (path == "-")
        {
            return command.StdinLine > 0 ? [new LabFile(lab, command.Stdin, command.StdinLine)] : [];
        }

        if (Find(path) is { } file)
        {
            return [file];
        }

        string full = Path.Combine(Path.GetDirectoryName(lab) ?? "", path);
        return Directory.Exists(full)
            ? [.. ScenarioFiles.ReadFolder(full).Select(static f => new LabFile(f.Shown, f.Text, 1))]
            : null;
    }
}
