using System.Globalization;
using Sim.Core;
using Sim.Manifests;

namespace Sim.Labs;

/// <summary>The settings of an <c>istioctl install</c> line: its files first, then its <c>--set</c>.</summary>
internal static class InstallSettings
{
    /// <summary>Paths and values in order.</summary>
    /// <param name="line">The line.</param>
    /// <param name="command">Its command, for the here-document.</param>
    /// <param name="files">Files at hand.</param>
    /// <param name="diagnostics">Receives findings of files.</param>
    public static IReadOnlyList<KeyValuePair<string, string>> Of(
        KubeWords line, LabCommand command, LabSources files, DiagnosticBag diagnostics)
    {
        var settings = new List<KeyValuePair<string, string>>();
        foreach ((string flag, string path) in line.Flags.Where(static f => f.Flag is "-f" or "--filename"))
        {
            foreach (LabFile file in files.Open(path, command) ?? [])
            {
                foreach (YamlNode node in YamlReader.Read(file.Placed, file.Name, diagnostics))
                {
                    if (node is YamlMapping { } root && root["spec"] is YamlMapping spec)
                    {
                        Flatten("", spec, settings);
                    }
                }
            }
        }

        foreach ((string flag, string value) in line.Flags.Where(static f => f.Flag is "--set" or "-s"))
        {
            string[] pair = value.Split('=', 2);
            settings.Add(new(pair[0], pair.Length == 2 ? pair[1] : ""));
        }

        return settings;
    }

    private static void Flatten(string path, YamlNode node, List<KeyValuePair<string, string>> settings)
    {
        switch (node)
        {
            case YamlMapping mapping:
                foreach (YamlEntry e in mapping.Entries)
                {
                    Flatten(path.Length == 0 ? e.Key : path + "." + e.Key, e.Value, settings);
                }

                break;
            case YamlSequence sequence:
                for (int i = 0; i < sequence.Items.Count; i++)
                {
                    Flatten(string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), sequence.Items[i], settings);
                }

                break;
            case YamlScalar scalar:
                settings.Add(new(path, scalar.Value));
                break;
            default:
                break;
        }
    }
}
