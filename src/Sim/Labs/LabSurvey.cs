using System.Globalization;
using Sim.Core;
using Sim.Runs.Scenario;

namespace Sim.Labs;

/// <summary>An installation that the lab asks for.</summary>
/// <param name="Section">Index of its section.</param>
/// <param name="Cluster">Cluster.</param>
/// <param name="Settings">Paths and values.</param>
/// <param name="IsForced">Whether refused keys are let through.</param>
/// <param name="Line">Its line.</param>
internal sealed record LabInstall(
    int Section, string Cluster, IReadOnlyList<KeyValuePair<string, string>> Settings, bool IsForced, int Line);

/// <summary>A first walk through the whole lab that changes nothing: which clusters there are, what is installed
/// where, whose API server is read by whom.</summary>
internal sealed class LabSurvey : ILabShell
{
    private readonly LabSources _files;
    private readonly List<string> _clusters = [];
    private readonly List<LabInstall> _installs = [];
    private readonly List<(int Section, string Reader, string Read)> _secrets = [];
    private int _section;

    private LabSurvey(LabText lab, IReadOnlyList<string> declared)
    {
        _files = new LabSources(lab.File);
        foreach (string cluster in declared)
        {
            AddCluster(cluster, cluster);
        }

        HasDeclared = declared.Count > 0;
    }

    /// <summary>Clusters: those that the world declares, then those of the lab, in its order.</summary>
    public IReadOnlyList<string> Clusters => _clusters;

    /// <summary>Whether somebody says which clusters there are; otherwise every context that is named exists.</summary>
    public bool HasDeclared { get; private set; }

    /// <summary>Installations in order.</summary>
    public IReadOnlyList<LabInstall> Installs => _installs;

    /// <summary>Which istiod reads whose API server, from which section on.</summary>
    public IReadOnlyList<(int Section, string Reader, string Read)> Secrets => _secrets;

    /// <summary>Contexts as they are before the first line of the lab.</summary>
    public LabContexts Contexts { get; } = new();

    /// <summary>Looks through a lab; one that names no cluster has one, called <c>cluster</c>.</summary>
    /// <param name="lab">Lab.</param>
    /// <param name="blocks">Nodes of the shell blocks of each section.</param>
    /// <param name="declared">Clusters that the world declares.</param>
    public static LabSurvey Of(
        LabText lab, IReadOnlyList<IReadOnlyList<IReadOnlyList<ShellNode>>> blocks, IReadOnlyList<string> declared)
    {
        var survey = new LabSurvey(lab, declared);
        var walk = new ShellWalk(lab.File, new DiagnosticBag(), survey);
        for (survey._section = 0; survey._section < blocks.Count; survey._section++)
        {
            foreach (IReadOnlyList<ShellNode> block in blocks[survey._section])
            {
                walk.Walk(block);
            }
        }

        if (survey._clusters.Count == 0)
        {
            return Of(lab, blocks, ["cluster"]);
        }

        // The session meets the same lines again: only what was there before the first one stays.
        var before = new LabContexts();
        foreach (string name in survey.HasDeclared && declared.Count == 0 ? [] : survey._clusters)
        {
            before.Add(name, name);
        }

        survey.Start = before;
        return survey;
    }

    /// <summary>Contexts with which a session begins: none that the lab's own lines make.</summary>
    public LabContexts Start { get; private set; } = new();

    /// <inheritdoc/>
    public bool Execute(LabCommand command)
    {
        _files.Write(command);
        string[] words = command.Stages[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words is ["kind", "create", "cluster", ..] && KindName(command) is { } kind)
        {
            HasDeclared = true;
            AddCluster("kind-" + kind, kind);
            Contexts.Current = "kind-" + kind;
        }

        foreach (string stage in command.Stages)
        {
            if (KubeWords.Of(stage) is { } line)
            {
                Look(line, command);
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public void Assign(int line, string text, IReadOnlyList<string> values)
    {
    }

    /// <inheritdoc/>
    public void PassOver(ShellUnsupported node)
    {
    }

    /// <inheritdoc/>
    public string? Print(string command, int line)
    {
        if (KubeWords.Of(command) is { Context.Length: > 0 } words)
        {
            ClusterOf(words);
        }

        return "";
    }

    /// <summary>Name that <c>kind create cluster</c> gives.</summary>
    public static string? KindName(LabCommand command)
    {
        if (!ShellWords.TrySplit(command.Stages[0], out IReadOnlyList<string> words))
        {
            return null;
        }

        for (int i = 0; i < words.Count; i++)
        {
            if (words[i].StartsWith("--name=", StringComparison.Ordinal))
            {
                return words[i]["--name=".Length..];
            }

            if (words[i] == "--name" && i + 1 < words.Count)
            {
                return words[i + 1];
            }
        }

        return "kind";
    }

    private void AddCluster(string context, string cluster)
    {
        if (!_clusters.Contains(cluster))
        {
            _clusters.Add(cluster);
        }

        Contexts.Add(context, cluster);
    }

    private string? ClusterOf(KubeWords line)
    {
        string context = line.Context.Length > 0 ? line.Context : Contexts.Current;
        if (Contexts.ClusterOf(context) is null && !HasDeclared && context.Length > 0)
        {
            AddCluster(context, context);
        }

        return Contexts.ClusterOf(context);
    }

    private void Look(KubeWords line, LabCommand command)
    {
        if (line is { Program: "kubectl", Verb: "config" })
        {
            if (line.Words is [_, "rename-context", var from, var to])
            {
                Contexts.Rename(from, to);
            }
            else if (line.Words is [_, "use-context", var context])
            {
                if (!HasDeclared && Contexts.ClusterOf(context) is null)
                {
                    AddCluster(context, context);
                }

                Contexts.Current = context;
            }

            return;
        }

        string? cluster = ClusterOf(line);
        if (cluster is null || line.Program != "istioctl")
        {
            return;
        }

        if (line.Verb == "install")
        {
            var settings = InstallSettings.Of(line, command, _files, new DiagnosticBag());
            _installs.Add(new LabInstall(_section, cluster, settings, line.Has("--force"), command.Line));
        }
        else if (line.Verb == "create-remote-secret"
            && command.Stages.Select(KubeWords.Of).FirstOrDefault(static w => w?.Program == "kubectl") is { } apply
            && ClusterOf(apply) is { } reader && reader != cluster)
        {
            _secrets.Add((_section, reader, cluster));
        }
    }
}
