using System.Globalization;
using Sim.Core;
using Sim.Manifests;
using Sim.Runs;
using Sim.Runs.Kube;
using Sim.Runs.Observing;
using Sim.Runs.Scenario;

namespace Sim.Labs;

/// <summary>One simulation of the clusters, driven by the lines of the lab. What the lines do is told while
/// <see cref="IsRecording"/>.</summary>
/// <remarks>Lines follow each other at the pace of the request, as if somebody typed them; <c>sleep</c>,
/// <c>kubectl rollout status</c> and <c>kubectl wait</c> wait longer.</remarks>
internal sealed partial class LabSession : ILabShell
{
    private static readonly string[] Quiet =
        ["cd", "echo", "printf", "export", "set", "cat", "ls", "true", ":", "clear", "pwd", "which", "alias", "unset",
            "mkdir", "rm", "touch", "less", "history"];

    private readonly string _file;
    private readonly ScenarioDocument _document;
    private readonly LabRequest _request;
    private readonly LabWorld _world;
    private readonly LabSources _files;
    private readonly LabContexts _contexts = new();
    private readonly ScenarioSimulation _simulation;
    private readonly DiagnosticBag _notes;
    private readonly HashSet<Diagnostic> _told = [];
    private readonly List<LabStep> _steps = [];
    private readonly List<LabResource> _resources = [];
    private readonly List<(string Cluster, string Url)> _unfetched = [];
    private int _notesTold;
    private long _nowNs;

    /// <summary>A session; nothing has been typed yet.</summary>
    /// <param name="file">The lab.</param>
    /// <param name="document">The world of the exercise that is to be told.</param>
    /// <param name="request">Pace and tries.</param>
    /// <param name="world">What the world states.</param>
    /// <param name="survey">Contexts that are there from the beginning.</param>
    /// <param name="notes">Receives findings of the shell.</param>
    public LabSession(
        string file, ScenarioDocument document, LabRequest request, LabWorld world, LabSurvey survey,
        DiagnosticBag notes)
    {
        _file = file;
        _document = document;
        _request = request;
        _world = world;
        _notes = notes;
        _files = new LabSources(file);
        foreach (string context in survey.Start.Names)
        {
            _contexts.Add(context, context);
        }

        _contexts.Current = survey.Start.Current;
        var findings = new DiagnosticBag();
        _simulation = new ScenarioSimulation(document, 0, 100_000, findings);
        _simulation.Prepare();
        _told.UnionWith(findings.Items);
        foreach (LiveCluster cluster in _simulation.Clusters)
        {
            if (ModeOf(cluster.Name) != ControlPlaneMode.None)
            {
                _simulation.Change(cluster, new ApplyManifests("",
                    "{apiVersion: v1, kind: Namespace, metadata: {name: istio-system}}"));
            }
        }
    }

    /// <summary>Whether lines are told; before, they only take effect.</summary>
    public bool IsRecording { get; set; }

    /// <summary>Whether Istio's resources are left out while nothing is told.</summary>
    public bool LeavesOutResources { get; init; }

    /// <summary>Lines that were told.</summary>
    public IReadOnlyList<LabStep> Steps => _steps;

    /// <summary>Resources that were told.</summary>
    public IReadOnlyList<LabResource> Resources => _resources;

    /// <inheritdoc/>
    public void PassOver(ShellUnsupported node)
    {
        _notes.Warn(LabCodes.NotCarriedOut, $"the shell's {node.Name} is not carried out, nor what is inside",
            Span(node.Line), "loops over words (for X in A B) are");
        Tell(new Told(node.Line, node.Text.Split('\n')[0], "", LabOutcome.NotCarriedOut, []));
    }

    /// <inheritdoc/>
    public void Assign(int line, string text, IReadOnlyList<string> values) =>
        Tell(new Told(line, text, "", LabOutcome.NoEffect, [string.Join(' ', values)]));

    /// <inheritdoc/>
    public bool Execute(LabCommand command)
    {
        _nowNs += _request.PaceNs;
        _simulation.RunUntil(_nowNs);
        _nowNs = Math.Max(_nowNs, _simulation.NowNs);
        Told told = Carry(command);
        _simulation.RunUntil(_simulation.NowNs + (2 * SimDuration.Second));
        _nowNs = Math.Max(_nowNs, _simulation.NowNs);
        Tell(told);
        return told.Outcome is not (LabOutcome.Refused or LabOutcome.Failed);
    }

    /// <summary>Ends an exercise: everything that is under way comes to rest.</summary>
    public void Settle(long ns)
    {
        _nowNs = Math.Max(_nowNs, _simulation.NowNs) + ns;
        _simulation.RunUntil(_nowNs);
    }

    /// <summary>What analysis finds now, places in the lab put right.</summary>
    public IReadOnlyList<Diagnostic> Analyze() => [.. _simulation.Analyze().Select(Placed)];

    /// <summary>Alerting rules of objects that are there now, and whether they can fire.</summary>
    public IReadOnlyList<ExaminedAlert> Alerts() =>
        [.. AlertExamination.Of(_document, _simulation.Clusters, new DiagnosticBag())
            .Select(a => a with { Span = Placed(a.Span) })];

    /// <summary>Pods that are not gone: cluster, how many, how many with a sidecar.</summary>
    public IReadOnlyList<(string Cluster, int Pods, int Sidecars)> Pods() =>
    [
        .. _simulation.Clusters.Select(static c => (c.Name,
            c.Pods.Count(static p => p is { IsGone: false, IsTerminating: false }),
            c.Pods.Count(static p => p is { IsGone: false, IsTerminating: false, HasSidecar: true }))),
    ];

    private SourceSpan Span(int line) => new(_file, line, 1);

    private ControlPlaneMode ModeOf(string cluster) => _document.FindCluster(cluster)!.ControlPlane.Value;

    private LiveCluster Cluster(string name) => _simulation.Clusters.First(c => c.Name == name);

    /// <summary>A finding whose place is a line of the lab, however the readers wrote it.</summary>
    private Diagnostic Placed(Diagnostic d) => d with { Span = Placed(d.Span) };

    private SourceSpan Placed(SourceSpan span)
    {
        string prefix = _file + ":";
        return span.IsKnown && span.File.StartsWith(prefix, StringComparison.Ordinal)
            && int.TryParse(span.File.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture,
            out int line)
            ? Span(line) : span;
    }

    private void Tell(Told told)
    {
        List<Diagnostic> findings = [.. _notes.Items.Skip(_notesTold), .. told.Findings];
        _notesTold = _notes.Items.Count;
        foreach (Diagnostic d in _simulation.Findings)
        {
            if (_told.Add(d))
            {
                findings.Add(d);
            }
        }

        if (IsRecording)
        {
            _steps.Add(new LabStep(told.Line, told.Text, told.Cluster, _nowNs, told.Outcome, told.Did,
                [.. findings.Select(Placed).Distinct()], told.Request) { Seen = told.Seen });
        }
    }

    private Told Carry(LabCommand command)
    {
        if (_files.Write(command) is { } written && command.Stages.Count == 1)
        {
            return Say(command, "", LabOutcome.NoEffect, "writes " + written);
        }

        if (command.Stages.Any(static s => s.Contains("<(", StringComparison.Ordinal)))
        {
            return Pass(command, "", "the shell's <(...) is not carried out", "write the text into the lab");
        }

        string first = command.Stages[0].Split([' ', '\t'], 2)[0];
        List<KubeWords?> kube = [.. command.Stages.Select(KubeWords.Of)];
        int last = kube.FindLastIndex(static w => w is not null);
        if (last > 0 && kube[last]!.Verb is "apply" or "create" or "delete" or "replace")
        {
            return Piped(command, kube, last);
        }

        if (kube[0] is { } words)
        {
            return words.Program == "istioctl" ? Istioctl(command, words) : Kubectl(command, words);
        }

        return first switch
        {
            "kind" => Kind(command),
            "sleep" => Sleep(command),
            _ when last > 0 && kube[last] is { } other =>
                other.Program == "istioctl" ? Istioctl(command, other) : Kubectl(command, other),
            _ when Quiet.Contains(first) => Say(command, "", LabOutcome.NoEffect),
            "curl" or "wget" => Pass(command, "",
                $"{first} on the workstation is not carried out: nothing outside of the clusters is simulated",
                "kubectl exec POD -- curl ... is a call from inside"),
            _ => Pass(command, "", $"{first} is not carried out", "kubectl, istioctl and curl from a pod are"),
        };
    }

    /// <summary>A line whose input comes from another program.</summary>
    private Told Piped(LabCommand command, List<KubeWords?> kube, int last)
    {
        KubeWords target = kube[last]!;
        if (kube[0] is { Program: "istioctl", Verb: "create-remote-secret" } secret)
        {
            string? reader = ClusterOf(target, command.Line);
            string? read = ClusterOf(secret, command.Line);
            return reader is null || read is null ? Say(command, "", LabOutcome.Failed)
                : Say(command, reader, LabOutcome.Done, $"the istiod of {reader} reads the API server of {read}");
        }

        if (kube[0] is { Program: "kubectl" } maker && maker.Has("--dry-run"))
        {
            string context = target.Context.Length > 0 ? target.Context : maker.Context;
            string line =
                maker.LineFor(context.Length > 0 ? context : _contexts.Current, "--dry-run", "-o", "--output");
            return KubeWords.Of(line) is { } plain ? Kubectl(command, plain) : Say(command, "", LabOutcome.Failed);
        }

        return command.StdinLine > 0 ? Kubectl(command, target)
            : Pass(command, "", $"what {command.Stages[0].Split(' ')[0]} prints is not known here", "use <<EOF");
    }

    private Told Kind(LabCommand command)
    {
        if (command.Stages[0].Contains("create cluster", StringComparison.Ordinal)
            && LabSurvey.KindName(command) is { } name)
        {
            _contexts.Add("kind-" + name, name);
            _contexts.Current = "kind-" + name;
            return Say(command, name, LabOutcome.Done,
                $"cluster {name} is simulated; of its configuration only the name is read");
        }

        return Pass(command, "", "of kind only create cluster is carried out", "kind create cluster --name NAME");
    }

    private Told Sleep(LabCommand command)
    {
        string word = command.Stages[0].Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).FirstOrDefault("");
        string text = word.Length > 0 && char.IsAsciiDigit(word[^1]) ? word + "s" : word;
        if (!SimDuration.TryParse(text, out long ns) || ns < 0 || ns > SimDuration.Hour)
        {
            return Pass(command, "", $"sleep {word} is not carried out", "up to 1h, such as sleep 30");
        }

        Settle(ns);
        return Say(command, "", LabOutcome.NoEffect, "waits " + SimDuration.Format(ns));
    }

    private Told Say(LabCommand command, string cluster, LabOutcome outcome, params string[] did) =>
        new(command.Line, command.Text, cluster, outcome, did);

    private Told Pass(LabCommand command, string cluster, string message, string hint)
    {
        _notes.Warn(LabCodes.NotCarriedOut, message, Span(command.Line), hint);
        return Say(command, cluster, LabOutcome.NotCarriedOut);
    }

    /// <summary>The cluster a line is meant for; null with MS0803 when its context leads nowhere.</summary>
    private string? ClusterOf(KubeWords words, int line)
    {
        string context = words.Context.Length > 0 ? words.Context : _contexts.Current;
        if (_contexts.ClusterOf(context) is { } cluster)
        {
            return cluster;
        }

        string hint = _contexts.Names.Count > 0 ? _contexts.Hint(context) : "the world (--world) declares clusters";
        _notes.Error(LabCodes.Context, context.Length == 0 ? "no context is chosen"
            : $"error: context \"{context}\" does not exist", Span(line), hint);
        return null;
    }

    private sealed record Told(
        int Line, string Text, string Cluster, LabOutcome Outcome, IReadOnlyList<string> Did)
    {
        public LabTrial? Request { get; init; }

        public IReadOnlyList<Diagnostic> Findings { get; init; } = [];

        public ulong Seen { get; init; }
    }
}
