using System.Globalization;
using Sim.Core;
using Sim.Manifests;

namespace Sim.Runs.Scenario;

/// <summary>Reads a scenario file with variant and overrides: every finding, never only the first.</summary>
public static class ScenarioReader
{
    /// <summary>Name of the file in a scenario's folder.</summary>
    public const string FileName = "scenario.yaml";

    /// <summary>Reads a scenario.</summary>
    /// <param name="path">The scenario's folder, or the file itself.</param>
    /// <param name="overrides">Overrides <c>path=value</c>, applied in order after the variant; null = none.</param>
    /// <param name="variant">Name of the variant; empty = the scenario as it stands.</param>
    /// <param name="diagnostics">Receives findings MS3001 and following.</param>
    /// <returns>The document; null when there is none to speak of. Not to be run when there are errors.</returns>
    public static ScenarioDocument? Read(
        string path, IReadOnlyList<string>? overrides, string variant, DiagnosticBag diagnostics)
    {
        string file = Directory.Exists(path) ? Path.Combine(path, FileName) : path;
        string shown = file.Replace('\\', '/');
        if (!File.Exists(file))
        {
            diagnostics.Error(ScenarioCodes.MissingFile, $"there is no scenario at {shown}",
                new SourceSpan(shown, 0, 0), "give a folder with a scenario.yaml, or the file itself");
            return null;
        }

        string directory = Path.GetDirectoryName(file) is { Length: > 0 } d ? d.Replace('\\', '/') : ".";
        return Read(File.ReadAllText(file), shown, directory, overrides, variant, diagnostics);
    }

    /// <summary>Reads the text of a scenario.</summary>
    /// <param name="text">The text.</param>
    /// <param name="file">Name for spans.</param>
    /// <param name="directory">Folder that relative paths refer to.</param>
    /// <param name="overrides">Overrides; null = none.</param>
    /// <param name="variant">Variant; empty = none.</param>
    /// <param name="diagnostics">Receives findings.</param>
    public static ScenarioDocument? Read(
        string text, string file, string directory, IReadOnlyList<string>? overrides, string variant,
        DiagnosticBag diagnostics)
    {
        IReadOnlyList<YamlNode> documents = YamlReader.Read(text, file, diagnostics);
        if (documents.Count == 0)
        {
            if (!diagnostics.HasErrors)
            {
                diagnostics.Error(ScenarioCodes.MissingKey, "the scenario file is empty", new SourceSpan(file, 1, 1));
            }

            return null;
        }

        if (documents.Count > 1)
        {
            diagnostics.Error(ScenarioCodes.Conflict, "a scenario file holds one document", documents[1].Span,
                "manifests belong into files of their own, under clusters/");
        }

        if (documents[0] is not YamlMapping root)
        {
            diagnostics.Error(ScenarioCodes.WrongType, "the scenario file must be a mapping", documents[0].Span);
            return null;
        }

        return Read(root, file, directory, overrides, variant, diagnostics);
    }

    /// <summary>Reads a scenario that is a tree already.</summary>
    internal static ScenarioDocument Read(
        YamlMapping root, string file, string directory, IReadOnlyList<string>? overrides, string variant,
        DiagnosticBag diagnostics)
    {
        IReadOnlyList<VariantSpec> variants = ReadVariants(root, diagnostics);
        VariantSpec? chosen = Choose(variants, variant, root, diagnostics);
        YamlMapping merged = chosen is null ? root : Apply(root, chosen, diagnostics);
        foreach (string assignment in overrides ?? [])
        {
            merged = ScenarioOverlay.Set(merged, assignment, diagnostics);
        }

        ScenarioDocument document = new SpecReader(file, directory, diagnostics).Read(merged) with
        {
            Variant = chosen?.Name.Value ?? "",
            VariantDescription = chosen?.Description ?? "",
            Overrides = overrides ?? [],
            Variants = variants.Select(static v => new VariantInfo(v.Name, v.Description)).ToList(),
        };
        ScenarioChecks.Check(document, diagnostics);
        var openSlo = new OpenSloReader(ObservationChecks.DialectOf(document), diagnostics);
        return document with
        {
            OpenSlos = [.. ScenarioFiles.OpenSloFiles(document).SelectMany(f => openSlo.Read(f.File, f.Cluster))],
        };
    }

    private static List<VariantSpec> ReadVariants(YamlMapping root, DiagnosticBag diagnostics)
    {
        var list = new List<VariantSpec>();
        if ((root["spec"] as YamlMapping)?["variants"] is not YamlSequence items)
        {
            return list; // A wrong type is found again, and reported, with the rest of the spec.
        }

        for (int i = 0; i < items.Items.Count; i++)
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"spec.variants[{i}]");
            var o = new ScenarioObject("variant", items.Items[i], path, diagnostics);
            var changes = new List<ManifestChange>();
            foreach (ScenarioObject m in o.Objects("manifests"))
            {
                changes.Add(new(m.Text("cluster"), m.TextList("add"), m.TextList("remove")));
                m.Close();
            }

            var v = new VariantSpec(o.Text("name"), o.Text("description"), o.Free("spec"), changes);
            o.Close();
            if (list.Exists(x => x.Name.Value == v.Name.Value))
            {
                diagnostics.Error(ScenarioCodes.DuplicateName, $"two variants are called \"{v.Name}\"", v.Name.Span);
            }

            list.Add(v);
        }

        return list;
    }

    private static VariantSpec? Choose(
        IReadOnlyList<VariantSpec> variants, string variant, YamlMapping root, DiagnosticBag diagnostics)
    {
        if (string.IsNullOrEmpty(variant))
        {
            return null;
        }

        foreach (VariantSpec v in variants)
        {
            if (v.Name.Value == variant)
            {
                return v;
            }
        }

        List<string> known = variants.Select(static v => v.Name.Value).ToList();
        diagnostics.Error(ScenarioCodes.UnknownName, $"the scenario has no variant \"{variant}\"", root.Span,
            known.Count == 0 ? "it has no variants" : Names.Hint(variant, known));
        return null;
    }

    private static YamlMapping Apply(YamlMapping root, VariantSpec variant, DiagnosticBag diagnostics)
    {
        YamlNode? spec = root["spec"];
        if (variant.Spec is { } overlay)
        {
            spec = ScenarioOverlay.Merge(spec, overlay);
        }

        foreach (ManifestChange change in variant.Manifests)
        {
            spec = ChangeManifests(spec, change, diagnostics);
        }

        var entries = root.Entries.ToList();
        int at = entries.FindIndex(static e => e.Key == "spec");
        if (at >= 0 && spec is not null)
        {
            entries[at] = entries[at] with { Value = spec };
        }

        return new YamlMapping(entries, root.Span);
    }

    private static YamlNode? ChangeManifests(YamlNode? spec, ManifestChange change, DiagnosticBag diagnostics)
    {
        YamlNode? cluster = ((spec as YamlMapping)?["clusters"] as YamlSequence)?.Items
            .FirstOrDefault(c => ((c as YamlMapping)?["name"] as YamlScalar)?.Value == change.Cluster.Value);
        if (cluster is not YamlMapping mapping)
        {
            diagnostics.Error(ScenarioCodes.UnknownName, $"no cluster is called \"{change.Cluster}\"",
                change.Cluster.Span);
            return spec;
        }

        var items = ((mapping["manifests"] as YamlSequence)?.Items ?? []).ToList();
        foreach (Sourced<string> gone in change.Remove)
        {
            if (items.RemoveAll(i => (i as YamlScalar)?.Value == gone.Value) == 0)
            {
                diagnostics.Error(ScenarioCodes.UnknownName,
                    $"cluster {change.Cluster} has no manifests \"{gone}\" to remove", gone.Span,
                    Names.Hint(gone.Value, items.OfType<YamlScalar>().Select(static s => s.Value).ToList()));
            }
        }

        items.AddRange(change.Add.Select(static a => new YamlScalar(a.Value, true, a.Span)));
        SourceSpan span = change.Cluster.Span;
        var manifests = new YamlMapping(
            [
                new("name", span, new YamlScalar(change.Cluster.Value, false, span)),
                new("manifests", span, new YamlSequence(items, mapping["manifests"]?.Span ?? span)),
            ], span);
        var clusters = new YamlMapping(
            [new("clusters", span, new YamlSequence([manifests], span))], span);
        return ScenarioOverlay.Merge(spec, clusters);
    }

    private sealed record VariantSpec(
        Sourced<string> Name, string Description, YamlMapping? Spec, IReadOnlyList<ManifestChange> Manifests);

    private sealed record ManifestChange(
        Sourced<string> Cluster, IReadOnlyList<Sourced<string>> Add, IReadOnlyList<Sourced<string>> Remove);
}
