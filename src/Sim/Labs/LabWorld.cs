using System.Globalization;
using System.Text;
using Sim.Core;
using Sim.Manifests;
using Sim.Runs;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;

namespace Sim.Labs;

/// <summary>The clusters a lab is carried out on, exercise by exercise: what the lab's own lines make, overlaid with
/// the world file.</summary>
/// <remarks>
/// Defaults, all told as MS0805 where the lab made them necessary: every cluster has a root of its own and is read by
/// nobody else; its nodes carry no topology labels (kind sets none); its network is that of its installation. A refused
/// installation leaves its cluster without control plane in its own exercise; in later ones the cluster is taken to
/// have one, so that they can be judged. A cluster that the lab never installs anything in has one from the beginning.
/// Simplified: a control plane that is there in an exercise is there from the first line of the lab.
/// </remarks>
internal sealed class LabWorld
{
    private static readonly string[] Allowed =
        ["description", "compat", "admission", "extensions", "seed", "delays", "proxy", "clusters", "topology",
            "workloads", "prometheus"];

    private readonly string _file;
    private readonly LabSurvey _survey;
    private readonly YamlMapping? _world;
    private readonly string _worldFile;
    private readonly string _istio;
    private readonly HashSet<LabInstall> _refused = [];

    private LabWorld(string file, LabSurvey survey, YamlMapping? world, string worldFile, string istio)
    {
        _file = file;
        _survey = survey;
        _world = world;
        _worldFile = worldFile;
        _istio = istio;
    }

    /// <summary>Reads the world file.</summary>
    /// <returns>Null when there is none, or when it cannot be read.</returns>
    public static YamlMapping? ReadFile(string path, DiagnosticBag diagnostics)
    {
        if (path.Length == 0)
        {
            return null;
        }

        string shown = path.Replace('\\', '/');
        if (!File.Exists(path))
        {
            diagnostics.Error(ScenarioCodes.MissingFile, $"there is no world at {shown}", new SourceSpan(shown, 0, 0),
                "give a file of kind Scenario, see docs/lab.md");
            return null;
        }

        if (YamlReader.Read(File.ReadAllText(path), shown, diagnostics) is not [YamlMapping root])
        {
            if (!diagnostics.HasErrors)
            {
                diagnostics.Error(ScenarioCodes.WrongType, "the world must be one mapping",
                    new SourceSpan(shown, 1, 1));
            }

            return null;
        }

        foreach (YamlEntry e in (root["spec"] as YamlMapping)?.Entries ?? [])
        {
            if (!Allowed.Contains(e.Key))
            {
                diagnostics.Error(LabCodes.World, $"a world has no {e.Key}: what happens is what the lab does",
                    e.KeySpan, "it takes " + string.Join(", ", Allowed));
            }
        }

        return root;
    }

    /// <summary>Names of the clusters that a world declares.</summary>
    public static IReadOnlyList<string> ClustersOf(YamlMapping? world) =>
        [.. (((world?["spec"] as YamlMapping)?["clusters"] as YamlSequence)?.Items ?? [])
            .Select(static c => ((c as YamlMapping)?["name"] as YamlScalar)?.Value ?? "").Where(static n =>
            n.Length > 0)];

    /// <summary>A world for a lab.</summary>
    public static LabWorld Of(
        string file, LabSurvey survey, YamlMapping? world, string worldFile, string istio, DiagnosticBag diagnostics)
    {
        var made = new LabWorld(file, survey, world, worldFile, istio);
        ScenarioDocument? document = made.Document(int.MaxValue, diagnostics);
        if (document is null || diagnostics.HasErrors)
        {
            return made;
        }

        foreach (LabInstall install in survey.Installs)
        {
            ClusterSpec cluster =
                document.FindCluster(install.Cluster)! with { ControlPlane = new(ControlPlaneMode.None, default) };
            KubeOutcome outcome = InstallCheck.Judge(
                new InstallIstio(install.Settings, install.IsForced, new SourceSpan(file, install.Line, 1)), document,
                cluster, ScenarioSimulation.ProfileOf(document.Istio), new DiagnosticBag());
            if (!outcome.Held)
            {
                made._refused.Add(install);
            }
        }

        return made;
    }

    /// <summary>Whether an installation is refused.</summary>
    public bool IsRefused(int line) => _refused.Any(i => i.Line == line);

    /// <summary>Whether the world itself says what control plane a cluster has.</summary>
    public bool States(string cluster) => (((_world?["spec"] as YamlMapping)?["clusters"] as YamlSequence)?.Items ?? [])
        .OfType<YamlMapping>().Any(c => (c["name"] as YamlScalar)?.Value == cluster && c["controlPlane"] is not null);

    /// <summary>The scenario of a section.</summary>
    /// <param name="section">Index of the section.</param>
    /// <param name="diagnostics">Receives findings of the world file.</param>
    public ScenarioDocument? Document(int section, DiagnosticBag diagnostics)
    {
        var bag = new DiagnosticBag();
        if (YamlReader.Read(Text(section), _file, bag) is not [YamlMapping root])
        {
            throw new InvalidOperationException("the world of the lab is no mapping");
        }

        if (_world?["spec"] is { } overlay)
        {
            SourceSpan span = root.Span;
            YamlNode spec = ScenarioOverlay.Merge(root["spec"], overlay);
            root = new YamlMapping(
                [.. root.Entries.Where(static e => e.Key != "spec"), new YamlEntry("spec", span, spec)], span);
        }

        string shown = _world is null ? _file : _worldFile.Replace('\\', '/');
        string directory = Path.GetDirectoryName(shown) is { Length: > 0 } d ? d.Replace('\\', '/') : ".";
        string[] set = _istio.Length > 0 ? ["spec.compat.istio=" + _istio] : [];
        ScenarioDocument document = ScenarioReader.Read(root, shown, directory, set, "", diagnostics);
        return diagnostics.HasErrors ? null : document;
    }

    /// <summary>What is assumed in a section, for its report.</summary>
    public IEnumerable<Diagnostic> Assumptions(int section)
    {
        foreach (string cluster in _survey.Clusters)
        {
            SourceSpan span = LastInstall(cluster, section) is { } last ? new SourceSpan(_file, last.Line, 1)
                : new SourceSpan(_file, 1, 1);
            if (States(cluster))
            {
                continue;
            }

            (ControlPlaneMode mode, string why) = ModeOf(cluster, section);
            string what = mode == ControlPlaneMode.None ? $"{cluster} has no control plane: {why}"
                : $"{cluster} has an istiod of its own: {why}";
            yield return new Diagnostic(LabCodes.Assumed, Severity.Info, what, span,
                "controlPlane of the cluster in the world (--world) says otherwise");
        }
    }

    private LabInstall? LastInstall(string cluster, int section) =>
        _survey.Installs.LastOrDefault(i => i.Cluster == cluster && i.Section <= section);

    private (ControlPlaneMode Mode, string Why) ModeOf(string cluster, int section)
    {
        LabInstall? last = LastInstall(cluster, section);
        if (last is null)
        {
            LabInstall? later = _survey.Installs.FirstOrDefault(i => i.Cluster == cluster);
            return later is null ? (ControlPlaneMode.Primary, "the lab installs none there, so it is taken to be there")
                : (ControlPlaneMode.None, Line("it is installed later, on line ", later));
        }

        if (!_refused.Contains(last))
        {
            return (ControlPlaneMode.Primary, Line("installed on line ", last));
        }

        return last.Section == section ? (ControlPlaneMode.None, Line("istioctl refuses line ", last))
            : (ControlPlaneMode.Primary,
                Line("taken to be there, although istioctl refuses line ", last) + ", so that this can be judged");
    }

    private static string Line(string text, LabInstall install) =>
        text + install.Line.ToString(CultureInfo.InvariantCulture);

    private string Text(int section)
    {
        var text = new StringBuilder("apiVersion: meshsim/v1alpha1\nkind: Scenario\nmetadata: {name: ");
        text.Append(Quote(Path.GetFileNameWithoutExtension(_file)));
        text.Append("}\nspec:\n  duration: 365d\n  clusters:\n");
        foreach (string cluster in _survey.Clusters)
        {
            (ControlPlaneMode mode, string _) = ModeOf(cluster, section);
            text.Append("  - name: ").Append(Quote(cluster)).Append('\n');
            text.Append("    controlPlane: {mode: ").Append(mode == ControlPlaneMode.None ? "none" : "primary");
            text.Append("}\n    trust: {root: ").Append(Quote(cluster + "-self-signed")).Append("}\n");
            LabInstall? install = LastInstall(cluster, section);
            string? network = install?.Settings.LastOrDefault(static s => s.Key == "values.global.network").Value;
            if (!string.IsNullOrEmpty(network))
            {
                text.Append("    network: ").Append(Quote(network)).Append('\n');
            }

            List<string> reads = [.. _survey.Secrets.Where(s => s.Reader == cluster && s.Section <= section)
                .Select(static s => s.Read).Distinct()];
            if (reads.Count > 0 && mode == ControlPlaneMode.Primary)
            {
                text.Append("    remoteSecrets: [").Append(string.Join(", ", reads.Select(Quote))).Append("]\n");
            }

            AppendMeshConfig(text, install);
        }

        return text.ToString();
    }

    /// <summary>Settings <c>meshConfig.*</c> of an installation, as the mesh configuration of its cluster.</summary>
    private static void AppendMeshConfig(StringBuilder text, LabInstall? install)
    {
        const string Prefix = "meshConfig.";
        YamlNode tree = new YamlMapping([], SourceSpan.None);
        foreach (KeyValuePair<string, string> s in install?.Settings ?? [])
        {
            if (!s.Key.StartsWith(Prefix, StringComparison.Ordinal) || s.Key.Contains('[', StringComparison.Ordinal))
            {
                continue;
            }

            string[] path = s.Key[Prefix.Length..].Split('.');
            YamlNode value =
                new YamlScalar(s.Value, bool.TryParse(s.Value, out _) && path[0] != "defaultConfig", default);
            for (int i = path.Length - 1; i >= 0; i--)
            {
                value = new YamlMapping([new YamlEntry(path[i], default, value)], default);
            }

            tree = ScenarioOverlay.MergePatch(tree, value);
        }

        if (tree is YamlMapping { Entries.Count: > 0 })
        {
            text.Append("    meshConfig: ").Append(JsonText.Of(tree)).Append('\n');
        }
    }

    private static string Quote(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";
}
