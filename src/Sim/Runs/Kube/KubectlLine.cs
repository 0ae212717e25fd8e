using System.Globalization;
using Sim.Core;
using Sim.Manifests;
using Sim.Runs.Scenario;

namespace Sim.Runs.Kube;

/// <summary>What a kubectl line changes.</summary>
/// <param name="Cluster">Cluster (<c>--context</c>).</param>
/// <param name="Changes">Changes in order; empty for lines that only look.</param>
public sealed record KubectlCommand(string Cluster, IReadOnlyList<KubeChange> Changes);

/// <summary>Reads kubectl command lines: scale, apply, delete, patch, label, expose, create, rollout restart,
/// set image.</summary>
/// <remarks>kubectl's own grammar: flags anywhere, <c>--flag=value</c> or <c>--flag value</c>, resources as
/// <c>KIND NAME...</c> or <c>KIND/NAME</c>; <c>-f -</c> takes a here-document. A verb or flag that is not carried out
/// is refused, never passed over.</remarks>
public static class KubectlLine
{
    private static readonly string[] Verbs =
        ["scale", "apply", "delete", "patch", "label", "expose", "create", "rollout", "set"];

    private static readonly string[] OnlyLooking =
        ["get", "describe", "logs", "wait", "version", "top", "explain", "events", "diff"];

    /// <summary>Flags with a value, by verb; the empty verb means all.</summary>
    private static readonly (string Verb, string[] Flags)[] ValueFlags =
    [
        ("", ["--context", "-n", "--namespace", "-f", "--filename", "-o", "--output", "--timeout", "--field-manager",
            "--request-timeout"]),
        ("scale", ["--replicas", "--current-replicas"]),
        ("patch", ["-p", "--patch", "--type"]),
        ("expose", ["--port", "--target-port", "--name", "--type"]),
        ("create", ["--image", "--replicas", "--port", "-r"]),
        ("delete", ["--grace-period", "--cascade"]),
    ];

    private static readonly string[] PlainFlags =
        ["-R", "--recursive", "--overwrite", "--wait", "--now", "--ignore-not-found", "--server-side", "--validate"];

    /// <summary>Reads a line.</summary>
    /// <param name="document">Scenario, for files and cluster names.</param>
    /// <param name="line">The line with its place.</param>
    /// <param name="diagnostics">Receives MS3013 for lines that kubectl or the simulator would refuse.</param>
    /// <returns>The changes; null when there was an error.</returns>
    public static KubectlCommand? Parse(ScenarioDocument document, Sourced<string> line, DiagnosticBag diagnostics)
    {
        try
        {
            return new Reader(document, line).Read(diagnostics);
        }
        catch (RefusedException e)
        {
            diagnostics.Error(ScenarioCodes.Kubectl, e.Message, line.Span, e.Hint);
            return null;
        }
    }

    private sealed class RefusedException(string message, string hint = "") : Exception(message)
    {
        public string Hint { get; } = hint;
    }

    private sealed class Reader(ScenarioDocument document, Sourced<string> line)
    {
        private readonly List<string> _words = [];
        private readonly List<(string Flag, string Value)> _flags = [];
        private string _stdin = "";

        private string Namespace => Flag("-n", "--namespace") ?? "default";

        public KubectlCommand Read(DiagnosticBag diagnostics)
        {
            Split(TakeHereDocument(line.Value));
            if (_words.Count == 0)
            {
                throw new RefusedException("the kubectl line has no verb", "one of: " + string.Join(", ", Verbs));
            }

            string verb = _words[0];
            _words.RemoveAt(0);
            string cluster = Cluster();
            if (OnlyLooking.Contains(verb) || (verb == "rollout" && _words is ["status" or "history", ..]))
            {
                diagnostics.Info(ScenarioCodes.NoEffect, $"kubectl {verb} changes nothing", line.Span);
                return new KubectlCommand(cluster, []);
            }

            IEnumerable<KubeChange> changes = verb switch
            {
                "scale" => Scale(),
                "apply" => Applied(),
                "create" => Create(),
                "delete" => Delete(),
                "patch" => Patch(),
                "label" => Label(),
                "expose" => Expose(),
                "rollout" => Rollout(),
                "set" => SetImage(),
                _ => throw new RefusedException($"kubectl {verb} is not carried out", Names.Hint(verb, Verbs)),
            };
            return new KubectlCommand(cluster, changes.ToList());
        }

        private string TakeHereDocument(string text)
        {
            int at = text.IndexOf("<<", StringComparison.Ordinal);
            int end = at < 0 ? -1 : text.IndexOf('\n', at);
            if (end < 0)
            {
                return text;
            }

            string mark = text[(at + 2)..end].Trim().TrimStart('-').Trim('\'', '"');
            var body = new List<string>();
            foreach (string row in text[(end + 1)..].Split('\n'))
            {
                if (row.Trim() == mark)
                {
                    _stdin = string.Join('\n', body) + "\n";
                    return text[..at];
                }

                body.Add(row);
            }

            throw new RefusedException($"the here-document does not end in {mark}");
        }

        private void Split(string text)
        {
            if (!ShellWords.TrySplit(text, out IReadOnlyList<string> words))
            {
                throw new RefusedException("a quote of the kubectl line is not closed");
            }

            int start = words.Count > 0 && words[0] == "kubectl" ? 1
                : throw new RefusedException("the line does not begin with kubectl", "only kubectl lines are run");
            string verb = words.Skip(start).FirstOrDefault(static w => Verbs.Contains(w)) ?? "";
            bool isLooking = words.Skip(start).Any(static w => OnlyLooking.Contains(w));
            for (int i = start; i < words.Count; i++)
            {
                AddWord(words, ref i, verb, isLooking);
            }
        }

        private void AddWord(IReadOnlyList<string> words, ref int i, string verb, bool isLooking)
        {
            string word = words[i];
            if (!word.StartsWith('-') || word == "-")
            {
                _words.Add(word);
                return;
            }

            int equals = word.IndexOf('=', StringComparison.Ordinal);
            string flag = equals < 0 ? word : word[..equals];
            bool takesValue = ValueFlags.Any(f => (f.Verb.Length == 0 || f.Verb == verb) && f.Flags.Contains(flag));
            if (!takesValue && !PlainFlags.Contains(flag) && !isLooking)
            {
                List<string> known = ValueFlags.Where(f => f.Verb.Length == 0 || f.Verb == verb)
                    .SelectMany(static f => f.Flags).Concat(PlainFlags).ToList();
                throw new RefusedException($"kubectl {verb}: the flag {flag} is unknown here", Names.Hint(flag, known));
            }

            bool isNext = takesValue && equals < 0;
            if (isNext && i + 1 >= words.Count)
            {
                throw new RefusedException($"kubectl {verb}: the flag {flag} needs a value");
            }

            _flags.Add((flag, isNext ? words[++i] : equals < 0 ? "" : word[(equals + 1)..]));
        }

        private string? Flag(params string[] names)
        {
            foreach ((string flag, string value) in _flags)
            {
                if (names.Contains(flag))
                {
                    return value;
                }
            }

            return null;
        }

        private string Cluster()
        {
            string? context = Flag("--context");
            List<string> known = document.Clusters.Select(static c => c.Name.Value).ToList();
            if (context is null)
            {
                return known.Count == 1 ? known[0]
                    : throw new RefusedException(
                        "the kubectl line names no context", "add --context=" + known.FirstOrDefault("CLUSTER"));
            }

            return known.Contains(context) ? context
                : throw new RefusedException($"there is no cluster \"{context}\"", Names.Hint(context, known));
        }

        private IReadOnlyList<ScenarioFile> Files()
        {
            var list = new List<ScenarioFile>();
            foreach ((string _, string path) in _flags.Where(static f => f.Flag is "-f" or "--filename"))
            {
                if (path == "-")
                {
                    list.Add(_stdin.Length > 0 ? new ScenarioFile(line.Span.ToString(), _stdin)
                        : throw new RefusedException("-f - needs a here-document", "kubectl apply -f - <<EOF"));
                    continue;
                }

                IReadOnlyList<ScenarioFile> read = ScenarioFiles.Read(document, [new(path, line.Span)]);
                if (read.Count == 0)
                {
                    throw new RefusedException($"the path \"{path}\" does not exist",
                        $"paths are relative to {document.Directory}");
                }

                list.AddRange(read);
            }

            return list.Count > 0 ? list : throw new RefusedException("must specify one of -f and -k", "add -f FILE");
        }

        /// <summary>Names after a kind, or <c>KIND/NAME</c> words.</summary>
        private List<(string Kind, string Name)> Resources(IReadOnlyList<string> words)
        {
            if (words.Count == 0)
            {
                throw new RefusedException("the kubectl line names no object", "KIND NAME or KIND/NAME");
            }

            if (words[0].Contains('/', StringComparison.Ordinal))
            {
                return words.Select(static w => w.Split('/', 2)).Select(static p => p.Length == 2 ? (p[0], p[1])
                    : throw new RefusedException($"\"{p[0]}\" is not KIND/NAME")).ToList();
            }

            return words.Count > 1 ? words.Skip(1).Select(w => (words[0], w)).ToList()
                : throw new RefusedException($"no name is given for the {words[0]}", "KIND NAME or KIND/NAME");
        }

        /// <summary>Objects of kinds that make pods.</summary>
        private IEnumerable<(string Kind, string Name)> Workloads(IReadOnlyList<string> words, params string[] kinds)
        {
            foreach ((string word, string name) in Resources(words))
            {
                string kind = ClusterObjects.KindOf(word);
                if (!kinds.Contains(kind))
                {
                    throw new RefusedException($"this is not done to a {kind}",
                        string.Join(", ", kinds.Select(static k => k.ToLowerInvariant() + "/NAME")));
                }

                yield return (kind, name);
            }
        }

        private IEnumerable<KubeChange> Scale()
        {
            string text = Flag("--replicas") ?? throw new RefusedException("required flag(s) \"replicas\" not set",
                "--replicas=2");
            int replicas = Number(text, "replicas", 0, 10_000);
            return Workloads(_words, "Deployment", "StatefulSet", "ReplicaSet")
                .Select(w => new ScaleWorkload(Namespace, w.Name, replicas, w.Kind));
        }

        private IEnumerable<KubeChange> Rollout()
        {
            if (_words.Count == 0 || _words[0] != "restart")
            {
                throw new RefusedException("of kubectl rollout only restart is carried out");
            }

            return Workloads(_words.Skip(1).ToList(), "Deployment", "StatefulSet", "DaemonSet")
                .Select(w => new RestartWorkload(Namespace, w.Name, w.Kind));
        }

        private IEnumerable<KubeChange> SetImage()
        {
            List<string> pairs = _words.Where(static w => w.Contains('=', StringComparison.Ordinal)).ToList();
            if (_words.Count == 0 || _words[0] != "image" || pairs.Count == 0)
            {
                throw new RefusedException("of kubectl set only image is carried out",
                    "kubectl set image deployment/NAME CONTAINER=IMAGE");
            }

            List<KeyValuePair<string, string>> images = pairs.Select(static p => p.Split('=', 2))
                .Select(static p => new KeyValuePair<string, string>(p[0], p[1])).ToList();
            return Workloads(
                    _words.Skip(1).Except(pairs).ToList(), "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")
                .Select(w => new SetWorkloadImage(Namespace, w.Name, images, w.Kind));
        }

        private IEnumerable<KubeChange> Delete()
        {
            if (Flag("-f", "--filename") is not null)
            {
                return Files().Select(static f => new DeleteManifests(f.Shown, f.Text));
            }

            return Resources(_words).Select(r => new DeleteObject(r.Kind, Namespace, r.Name));
        }

        private IEnumerable<KubeChange> Patch()
        {
            string text = Flag("-p", "--patch") ?? throw new RefusedException("must specify --patch", "-p '{...}'");
            if (Flag("--type") is "json" or "strategic")
            {
                throw new RefusedException("only merge patches are carried out", "--type=merge");
            }

            var bag = new DiagnosticBag();
            IReadOnlyList<YamlNode> nodes = YamlReader.Read(text, line.Span.File, bag);
            if (bag.HasErrors || nodes is not [YamlMapping patch])
            {
                throw new RefusedException("the patch is no mapping");
            }

            var placed = new YamlMapping(patch.Entries, line.Span);
            return Resources(_words).Select(r => new PatchObject(r.Kind, Namespace, r.Name, placed));
        }

        private IEnumerable<KubeChange> Label()
        {
            List<string> pairs = _words.Where(static w => w.Contains('=') || w.EndsWith('-')).ToList();
            if (pairs.Count == 0)
            {
                throw new RefusedException("at least one label update is required", "KEY=VALUE, or KEY- to remove");
            }

            List<KeyValuePair<string, string?>> labels = pairs.Select(static p => p.Split('=', 2)).Select(static p =>
                new KeyValuePair<string, string?>(p.Length == 2 ? p[0] : p[0][..^1], p.Length == 2 ? p[1] : null))
                .ToList();
            bool isOverwriting = Flag("--overwrite") is { } flag && flag != "false";
            return Resources(_words.Except(pairs).ToList())
                .Select(r => new LabelObject(r.Kind, Namespace, r.Name, labels, isOverwriting));
        }

        private IEnumerable<KubeChange> Expose()
        {
            int port = Number(Flag("--port") ?? throw new RefusedException("couldn't find port via --port flag",
                "--port=80"), "port", 1, 65535);
            string target = Flag("--target-port") ?? port.ToString(CultureInfo.InvariantCulture);
            string type = Flag("--type") ?? "ClusterIP";
            return Workloads(_words, "Deployment").Select(w => new ExposeDeployment(
                Namespace, w.Name, Flag("--name") ?? w.Name, port, target, type, line.Span));
        }

        private IEnumerable<KubeChange> Applied() =>
            Files().Select(f => new ApplyManifests(f.Shown, f.Text, Flag("-n", "--namespace") ?? ""));

        private IEnumerable<KubeChange> Create()
        {
            if (Flag("-f", "--filename") is not null)
            {
                return Applied();
            }

            if (_words.Count != 2 || ClusterObjects.KindOf(_words[0]) is not ("Namespace" or "Deployment"))
            {
                throw new RefusedException(
                    "of kubectl create only -f, namespace NAME and deployment NAME are carried out");
            }

            string name = _words[1];
            return ClusterObjects.KindOf(_words[0]) == "Namespace"
                ? [new ApplyManifests(line.Span.ToString(),
                    $"{{apiVersion: v1, kind: Namespace, metadata: {{name: \"{name}\"}}}}")]
                : [new ApplyManifests(line.Span.ToString(), DeploymentText(name))];
        }

        /// <remarks>kubectl: pkg/cmd/create/create_deployment.go#createDeployment.</remarks>
        private string DeploymentText(string name)
        {
            string image = Flag("--image") ?? throw new RefusedException("required flag(s) \"image\" not set",
                "--image=nginx");
            int replicas = Number(Flag("-r", "--replicas") ?? "1", "replicas", 0, 10_000);
            string container = image[(image.LastIndexOf('/') + 1)..].Split(':', '@')[0];
            string ports = Flag("--port") is { } port
                ? string.Create(CultureInfo.InvariantCulture,
                    $", ports: [{{containerPort: {Number(port, "port", 1, 65535)}}}]") : "";
            string labels = $"{{app: \"{name}\"}}";
            return string.Create(CultureInfo.InvariantCulture,
                $"{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: \"{name}\", namespace: \"{Namespace}\", "
                + $"labels: {labels}}}, spec: {{replicas: {replicas}, selector: {{matchLabels: {labels}}}, template: "
                + $"{{metadata: {{labels: {labels}}}, spec: {{containers: [{{name: \"{container}\", image: \"{image}\""
                + $"{ports}}}]}}}}}}}}");
        }

        private static int Number(string text, string what, int min, int max) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n >= min && n <= max ? n
                : throw new RefusedException($"--{what} cannot be \"{text}\"");
    }
}
