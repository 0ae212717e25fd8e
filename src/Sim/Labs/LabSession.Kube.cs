using System.Globalization;
using Sim.Core;
using Sim.Manifests;
using Sim.Runs;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;

namespace Sim.Labs;

/// <content>Lines of kubectl and istioctl.</content>
internal sealed partial class LabSession
{
    private const string Mark = "MESHSIM_END";

    private Told Kubectl(LabCommand command, KubeWords words)
    {
        if (words.Verb == "config")
        {
            return Config(command, words);
        }

        if (ClusterOf(words, command.Line) is not { } cluster)
        {
            return Say(command, "", LabOutcome.Failed);
        }

        switch (words.Verb)
        {
            case "exec":
                return Exec(command, words, cluster);
            case "get":
                return Get(command, words, cluster);
            case "wait":
            case "rollout" when words.Words is [_, "status", ..]:
                return Wait(command, words, cluster);
            case "describe" or "logs" or "top" or "events" or "explain" or "version" or "cluster-info"
                or "api-resources" or "diff":
            case "rollout" when words.Words is [_, "history", ..]:
                return Say(command, cluster, LabOutcome.NoEffect, $"kubectl {words.Verb} changes nothing");
            case "port-forward" or "proxy" or "run" or "attach" or "cp" or "debug" or "edit":
                return Pass(command, cluster, $"kubectl {words.Verb} is not carried out",
                    words.Verb == "port-forward" ? "it would reach the workstation only, never another cluster" : "");
            default:
                return Change(command, words, cluster);
        }
    }

    private Told Config(LabCommand command, KubeWords words)
    {
        switch (words.Words)
        {
            case [_, "use-context" or "use", var context]:
                if (_contexts.ClusterOf(context) is not { } cluster)
                {
                    _notes.Error(LabCodes.Context, $"error: no context exists with the name: \"{context}\"",
                        Span(command.Line), _contexts.Hint(context));
                    return Say(command, "", LabOutcome.Failed);
                }

                _contexts.Current = context;
                return Say(command, cluster, LabOutcome.NoEffect, $"Switched to context \"{context}\".");
            case [_, "rename-context", var from, var to]:
                if (_contexts.Rename(from, to))
                {
                    return Say(command, "", LabOutcome.NoEffect, $"Context \"{from}\" renamed to \"{to}\".");
                }

                _notes.Error(LabCodes.Context,
                    $"error: cannot rename the context \"{from}\", it's not in the kubeconfig",
                    Span(command.Line), _contexts.Hint(from));
                return Say(command, "", LabOutcome.Failed);
            default:
                return Say(command, "", LabOutcome.NoEffect);
        }
    }

    private Told Istioctl(LabCommand command, KubeWords words)
    {
        if (ClusterOf(words, command.Line) is not { } cluster)
        {
            return Say(command, "", LabOutcome.Failed);
        }

        if (words.Verb != "install")
        {
            return Pass(command, cluster, $"istioctl {words.Verb} is not carried out", words.Verb switch
            {
                "proxy-config" or "pc" or "proxy-status" or "ps" => "meshsim proxy-config answers that",
                "analyze" => "what it would find stands at the end of the exercise",
                _ => "of istioctl only install is",
            });
        }

        var bag = new DiagnosticBag();
        List<string> missing = [.. words.Flags.Where(f => f.Flag is "-f" or "--filename"
            && _files.Open(f.Value, command) is null).Select(static f => f.Value)];
        if (missing.Count > 0)
        {
            return Pass(command, cluster, $"the file {missing[0]} is not here",
                "only files of the lab and beside it are");
        }

        string line = words.LineFor(cluster, "-f", "--filename", "--set", "-s");
        line = string.Join(' ', InstallSettings.Of(words, command, _files, bag)
            .Select(static s => "--set " + KubeWords.Quote(s.Key + "=" + s.Value)).Prepend(line));
        KubectlCommand? read = IstioctlLine.Parse(_document, new Sourced<string>(line, Span(command.Line)), bag);
        if (read is null)
        {
            return Say(command, cluster, LabOutcome.NotCarriedOut) with { Findings = bag.Items };
        }

        KubeOutcome outcome = _simulation.Change(Cluster(cluster), read.Changes[0]);
        return new Told(command.Line, command.Text, cluster, outcome.Held ? LabOutcome.Done : LabOutcome.Refused,
            outcome.Messages) { Findings = bag.Items };
    }

    /// <summary>A line that changes objects; kubectl's own reader reads it.</summary>
    private Told Change(LabCommand command, KubeWords words, string cluster)
    {
        var bag = new DiagnosticBag();
        var changes = new List<KubeChange>();
        List<string> paths =
            [.. words.Flags.Where(static f => f.Flag is "-f" or "--filename").Select(static f => f.Value)];
        string line = words.LineFor(cluster, "-f", "--filename");
        if (paths.Count == 0)
        {
            KubectlCommand? read = KubectlLine.Parse(_document, new Sourced<string>(line, Span(command.Line)), bag);
            if (read is null)
            {
                return Say(command, cluster, LabOutcome.NotCarriedOut) with { Findings = bag.Items };
            }

            changes.AddRange(read.Changes.Select(c => Anchor(c, command.Line)));
        }

        foreach (string path in paths)
        {
            if (path.Contains("://", StringComparison.Ordinal))
            {
                _unfetched.Add((cluster, path));
                return Pass(command, cluster, $"{path} is not fetched", "put the file beside the lab, or in the world");
            }

            if (_files.Open(path, command) is not { } texts)
            {
                return Say(command, cluster, LabOutcome.Failed, $"error: the path \"{path}\" does not exist");
            }

            if (texts.All(static t => string.IsNullOrWhiteSpace(t.Text)))
            {
                return Say(command, cluster, LabOutcome.Failed, $"error: no objects passed to {words.Verb}");
            }

            foreach (LabFile text in texts)
            {
                string document = $"{line} -f - <<{Mark}\n{text.Text}\n{Mark}";
                KubectlCommand? read =
                    KubectlLine.Parse(_document, new Sourced<string>(document, Span(command.Line)), bag);
                if (read is null)
                {
                    return Say(command, cluster, LabOutcome.NotCarriedOut) with { Findings = bag.Items };
                }

                changes.AddRange(read.Changes.Select(c => c switch
                {
                    ApplyManifests a => new ApplyManifests(text.Name, text.Placed, a.Namespace),
                    DeleteManifests => new DeleteManifests(text.Name, text.Placed),
                    _ => c,
                }));
            }
        }

        return Make(command, cluster, changes, bag);
    }

    /// <summary>A change whose objects stand on a line of the lab.</summary>
    private KubeChange Anchor(KubeChange change, int line) =>
        change is ApplyManifests apply && apply.File == Span(line).ToString()
            ? new ApplyManifests(_file, new string('\n', line - 1) + apply.Text) : change;

    private Told Make(LabCommand command, string cluster, List<KubeChange> changes, DiagnosticBag bag)
    {
        var did = new List<string>();
        LabOutcome outcome = LabOutcome.Done;
        LiveCluster live = Cluster(cluster);
        foreach (KubeChange change in changes)
        {
            List<LabResource> resources = change is ApplyManifests a ? [.. LabResources.In(a, cluster)] : [];
            if (!IsRecording && LeavesOutResources && resources.Exists(static r => LabResources.IsRule(r)))
            {
                continue;
            }

            if (ModeOf(cluster) == ControlPlaneMode.None && !_world.States(cluster) && resources.Count > 0)
            {
                did.AddRange(resources.Select(static r => $"error: resource mapping not found for {r.Resource}: "
                    + "no matches for its kind; ensure CRDs are installed first"));
                outcome = LabOutcome.Failed;
                Keep(resources, static _ => false);
                continue;
            }

            int before = _simulation.Findings.Count;
            KubeOutcome made = _simulation.Change(live, change);
            did.AddRange(made.Messages);
            List<Diagnostic> errors =
                [.. _simulation.Findings.Skip(before).Where(static d => d.Severity == Severity.Error)];
            bool isUnreadable = change is ApplyManifests && made.Held
                && errors.Exists(static d => d.Code is "MS0001" or "MS0002" or "MS0101" or "MS0102");
            if (change is ApplyManifests)
            {
                Keep(resources, r => !isUnreadable && !errors.Exists(d => d.Resource == r.Resource));
            }

            if (!made.Held || isUnreadable)
            {
                outcome = change is ApplyManifests ? LabOutcome.Refused : FailureOf(made, cluster, bag, command.Line);
            }
        }

        return new Told(command.Line, command.Text, cluster, outcome, did) { Findings = bag.Items };
    }

    /// <summary>A line fails; where its object may come from a file that was not fetched, nobody knows.</summary>
    private LabOutcome FailureOf(KubeOutcome made, string cluster, DiagnosticBag bag, int line)
    {
        bool isMissing = made.Messages.Any(static m => m.Contains("(NotFound)", StringComparison.Ordinal));
        string url = _unfetched.LastOrDefault(u => u.Cluster == cluster).Url ?? "";
        if (!isMissing || url.Length == 0)
        {
            return LabOutcome.Failed;
        }

        bag.Warn(LabCodes.NotCarriedOut, "the object may come from a file that is not fetched", Span(line), url);
        return LabOutcome.NotCarriedOut;
    }

    private void Keep(IEnumerable<LabResource> resources, Func<LabResource, bool> isStored)
    {
        if (IsRecording)
        {
            _resources.AddRange(resources.Select(r => r with { IsStored = isStored(r) }));
        }
    }

    private Told Wait(LabCommand command, KubeWords words, string cluster)
    {
        LiveCluster live = Cluster(cluster);
        if (words.Verb == "rollout")
        {
            IEnumerable<string> names = words.Words.Skip(2).Where(static w => ClusterObjects.KindOf(w) != "Deployment")
                .Select(static w => w[(w.IndexOf('/', StringComparison.Ordinal) + 1)..]);
            foreach (string name in names.Where(n => live.LiveObjects().Find<Deployment>(words.Namespace, n) is null))
            {
                return Say(command, cluster, LabOutcome.Failed,
                    $"Error from server (NotFound): deployments.apps \"{name}\" not found");
            }
        }

        bool IsQuiet() => live.Pods.All(static p => p.IsGone || p.HasEnded
            || (p is { IsReady: true, IsTerminating: false }));
        for (int i = 0; i < 300 && !IsQuiet(); i++)
        {
            Settle(SimDuration.Second);
        }

        return IsQuiet() ? Say(command, cluster, LabOutcome.NoEffect, "every pod of the cluster is ready")
            : Say(command, cluster, LabOutcome.Failed, "error: timed out waiting for the condition");
    }

    private Told Exec(LabCommand command, KubeWords words, string cluster)
    {
        if (words.Words.Count < 2 || words.Command.Count == 0)
        {
            return Pass(command, cluster, "kubectl exec without -- and a command is not carried out",
                "kubectl exec deployment/NAME -- curl http://HOST/");
        }

        // sh -c "curl ... | head" is the curl in it.
        string inner = words.Command is ["sh" or "bash" or "/bin/sh" or "/bin/bash", "-c", var text]
            && ShellScan.Of(text) is { Parts: [var only], Marks.Count: 0 } ? ShellScan.Stages(only.Text)[0] : "";
        bool isCurl = words.Command[0] == "curl" || inner.StartsWith("curl ", StringComparison.Ordinal);
        if (!isCurl)
        {
            return Pass(command, cluster, $"{words.Command[0]} inside a pod is not carried out",
                "kubectl exec deployment/NAME -- curl http://HOST/");
        }

        var bag = new DiagnosticBag();
        string line = inner.Length > 0 ? inner : string.Join(' ', words.Command.Select(KubeWords.Quote));
        bool isTimeout = _document.Extensions.Any(static e => e.Value == KnownExtensions.CurlTimeout);
        CurlRequest? curl = CurlParser.Parse(line, Span(command.Line), isTimeout, bag);
        if (curl is null)
        {
            return Say(command, cluster, LabOutcome.NotCarriedOut) with { Findings = bag.Items };
        }

        int sender = SenderOf(words.Words[1], words.Namespace, cluster);
        if (sender < 0)
        {
            return Say(command, cluster, LabOutcome.Failed,
                $"error: {words.Words[1]} in {cluster}/{words.Namespace} has no running pod") with { Findings =
                    bag.Items };
        }

        LabTrial trial = Send(sender, curl, 1, command.Line, "");
        return new Told(command.Line, command.Text, cluster, LabOutcome.Sent, []) { Request = trial, Findings =
            bag.Items };
    }

    private int SenderOf(string target, string space, string cluster)
    {
        int slash = target.IndexOf('/', StringComparison.Ordinal);
        string name = target[(slash + 1)..];
        string kind = slash < 0 ? "Pod" : ClusterObjects.KindOf(target[..slash]);
        return kind == "Deployment" ? _simulation.FindSender(cluster, space, name)
            : kind == "Pod" ? _simulation.FindSendingPod(cluster, space, name) : -1;
    }

    private Told Get(LabCommand command, KubeWords words, string cluster)
    {
        if (words.Words.Count < 2)
        {
            return Say(command, cluster, LabOutcome.NoEffect);
        }

        var said = new List<string>();
        ulong hash = 0;
        bool isMissing = false;
        foreach (string word in words.Words[1].Split(','))
        {
            string kind = ClusterObjects.KindOf(word.Split('/')[0]);
            string name = word.Contains('/', StringComparison.Ordinal) ? word.Split('/')[1]
                : words.Words.Count > 2 ? words.Words[2] : "";
            IReadOnlyList<KubeObject> found = Find(cluster, words, kind, name);
            foreach (KubeObject o in found)
            {
                hash = StableHash.Combine(hash, StableHash.Of(o.Node["spec"] is { } spec ? JsonText.Of(spec) : ""));
            }

            isMissing |= name.Length > 0 && found.Count == 0 && !IsOfTheInstallation(words.Namespace, name);
            said.Add(found.Count > 0 ? $"{kind}: " + string.Join(", ", found.Take(12).Select(static o =>
                    o.Namespace.Length > 0 ? o.Namespace + "/" + o.Name : o.Name))
                : name.Length > 0 ? $"Error from server (NotFound): {word} \"{name}\" not found" : $"no {kind}");
        }

        return new Told(command.Line, command.Text, cluster, isMissing ? LabOutcome.Failed : LabOutcome.NoEffect, said)
        {
            Seen = hash,
        };
    }
}
