using System.Globalization;
using Sim.Core;
using Sim.Manifests;

namespace Sim.Runs.Kube;

/// <summary>The objects somebody declared in a cluster, changed the way kubectl changes them.</summary>
/// <remarks>Admission is the store's; scale, restart and label change typed objects directly, which no admission of
/// the modelled kinds would refuse.</remarks>
internal sealed class ClusterObjects(AdmissionMode mode, IstioProfile profile, ManifestExtensions extensions)
{
    private const string RestartedAt = "kubectl.kubernetes.io/restartedAt";

    private static readonly (string Kind, string[] Names, bool IsNamespaced)[] Kinds =
    [
        ("Deployment", ["deployment", "deployments", "deploy", "deployments.apps", "deployment.apps"], true),
        ("StatefulSet", ["statefulset", "statefulsets", "sts", "statefulsets.apps", "statefulset.apps"], true),
        ("DaemonSet", ["daemonset", "daemonsets", "ds", "daemonsets.apps", "daemonset.apps"], true),
        ("ReplicaSet", ["replicaset", "replicasets", "rs", "replicasets.apps", "replicaset.apps"], true),
        ("Job", ["job", "jobs", "jobs.batch", "job.batch"], true),
        ("Service", ["service", "services", "svc"], true),
        ("Pod", ["pod", "pods", "po"], true),
        ("Namespace", ["namespace", "namespaces", "ns"], false),
        ("Node", ["node", "nodes", "no"], false),
        ("Secret", ["secret", "secrets"], true),
        ("ConfigMap", ["configmap", "configmaps", "cm"], true),
        ("ServiceAccount", ["serviceaccount", "serviceaccounts", "sa"], true),
        ("DestinationRule", ["destinationrule", "destinationrules", "dr"], true),
        ("VirtualService", ["virtualservice", "virtualservices", "vs"], true),
        ("ServiceEntry", ["serviceentry", "serviceentries", "se"], true),
        ("Gateway", ["gateway", "gateways", "gw"], true),
        ("Sidecar", ["sidecar", "sidecars"], true),
        ("WorkloadEntry", ["workloadentry", "workloadentries", "we"], true),
        ("AuthorizationPolicy", ["authorizationpolicy", "authorizationpolicies", "ap"], true),
        ("PeerAuthentication", ["peerauthentication", "peerauthentications", "pa"], true),
        ("RequestAuthentication", ["requestauthentication", "requestauthentications", "ra"], true),
    ];

    private readonly ObjectStore _store = new(mode, profile) { Rewrite = extensions.Rewrite };
    private List<KubeObject> _objects = [];
    private int _restarts;

    public IReadOnlyList<KubeObject> Objects => _objects;

    /// <summary>Creation time of objects made now, RFC 3339; empty while the first manifests are read: older than
    /// everything that is made later.</summary>
    public string Now { get; set; } = "";

    public void Load(IEnumerable<(string File, string Text)> files, DiagnosticBag diagnostics)
    {
        extensions.Diagnostics = diagnostics;
        _store.Load(files, diagnostics);
        _objects = [.. _store.Objects];
    }

    public Deployment? FindDeployment(string space, string name) =>
        Find("Deployment", space, name) as Deployment;

    public KubeOutcome Apply(ApplyManifests change, DiagnosticBag diagnostics)
    {
        extensions.Diagnostics = diagnostics;
        var messages = new List<string>();
        bool held = true;
        foreach (ApplyResult r in _store.Apply(change.File, change.Text, diagnostics, change.Namespace))
        {
            held &= r.Action != ApplyAction.Refused;
            if (r.Object is not null)
            {
                messages.Add(Title(r.Object) + " " + r.Action.ToString().ToLowerInvariant());
            }

            if (r is { Action: not ApplyAction.Refused, Object: { } o })
            {
                Put(WithLiveReplicas(o));
            }
        }

        return new KubeOutcome(held, messages);
    }

    public KubeOutcome Delete(DeleteManifests change, DiagnosticBag diagnostics)
    {
        var scratch = new ObjectStore(AdmissionMode.Lax, profile);
        scratch.Load([(change.File, change.Text)], diagnostics);
        var messages = new List<string>();
        bool held = true;
        foreach (KubeObject o in scratch.Objects)
        {
            held &= Remove(o.Kind, o.Namespace, o.Name, messages);
        }

        return new KubeOutcome(held, messages);
    }

    public IReadOnlyList<RememberedObject> Remember(ApplyManifests change)
    {
        var scratch = new ObjectStore(AdmissionMode.Lax, profile);
        scratch.Load([(change.File, change.Text)], new DiagnosticBag());
        return [.. scratch.Objects.Select(o => new RememberedObject(o, Find(o.Kind, o.Namespace, o.Name)))];
    }

    public KubeOutcome Restore(RestoreObjects change)
    {
        var messages = new List<string>();
        foreach ((KubeObject named, KubeObject? before) in change.Objects)
        {
            KubeObject? now = Find(named.Kind, named.Namespace, named.Name);
            if (ReferenceEquals(now, before))
            {
                continue;
            }

            if (before is null)
            {
                Remove(named.Kind, named.Namespace, named.Name, messages);
                continue;
            }

            Put(before);
            messages.Add(Title(before) + " restored");
        }

        return new KubeOutcome(true, messages);
    }

    public KubeOutcome Delete(DeleteObject change)
    {
        var messages = new List<string>();
        return new KubeOutcome(Remove(KindOf(change.Kind), change.Namespace, change.Name, messages), messages);
    }

    public KubeOutcome Scale(ScaleWorkload change)
    {
        if (Find(change.Kind, change.Namespace, change.Name) is not { } o)
        {
            return NotFound(ResourceOf(change.Kind), change.Name);
        }

        string replicas = change.Replicas.ToString(CultureInfo.InvariantCulture);
        ObjectHeader header = WithNode(o, ["spec", "replicas"], new YamlScalar(replicas, true, o.Span));
        Put(WithReplicas(o, new Spanned<long>(change.Replicas, o.Span)) with { Header = header });
        return new KubeOutcome(true, [Title(o) + " scaled"]);
    }

    public KubeOutcome Restart(RestartWorkload change)
    {
        if (Find(change.Kind, change.Namespace, change.Name) is not { } o
            || PodOwner.Of(o) is not { Template: { } template })
        {
            return NotFound(ResourceOf(change.Kind), change.Name);
        }

        string stamp = (++_restarts).ToString(CultureInfo.InvariantCulture);
        SpannedMap<Spanned<string>> annotations = With(
            template.Metadata?.Annotations ?? SpannedMap<Spanned<string>>.Empty, [new(RestartedAt, stamp)]);
        ObjectMeta meta = (template.Metadata ?? KubeText.Meta("", "", [], template.Span)) with
        {
            Annotations = annotations,
        };
        ObjectHeader header = WithNode(o, ["spec", "template", "metadata", "annotations", RestartedAt],
            new YamlScalar(stamp, false, template.Span));
        Put(WithTemplate(o, template with { Metadata = meta }) with { Header = header });
        return new KubeOutcome(true, [Title(o) + " restarted"]);
    }

    public KubeOutcome Label(LabelObject change)
    {
        string kind = KindOf(change.Kind);
        string space = IsNamespaced(kind) ? change.Namespace : "";
        KubeObject? o = Find(kind, space, change.Name);
        if (o is null && kind == "Namespace" && change.Name == "default")
        {
            ObjectMeta bare = KubeText.Meta("default", "", [], default);
            o = new Namespace(KubeText.Header("v1", "Namespace", bare, "", default), null, null);
        }

        if (o is null)
        {
            return NotFound(ResourceOf(kind), change.Name);
        }

        foreach (KeyValuePair<string, string?> l in change.Labels)
        {
            if (!change.IsOverwriting && l.Value is not null && o.Label(l.Key) is { } old && old != l.Value)
            {
                return new KubeOutcome(false,
                    [$"error: '{l.Key}' already has a value ({old}), and --overwrite is false"]);
            }
        }

        ObjectMeta meta = o.Metadata with { Labels = With(o.Metadata.Labels, change.Labels) };
        ObjectHeader header = o.Header;
        foreach (KeyValuePair<string, string?> label in change.Labels)
        {
            header = WithNode(o with { Header = header }, ["metadata", "labels", label.Key],
                new YamlScalar(label.Value ?? "", label.Value is null, o.Span));
        }

        Put(o with { Header = header with { Metadata = meta } });
        return new KubeOutcome(true, [Title(o) + " labeled"]);
    }

    /// <remarks>kubectl: pkg/cmd/expose/expose.go: selector and labels of the Deployment, ports without a name.
    /// </remarks>
    public KubeOutcome Expose(ExposeDeployment change, DiagnosticBag diagnostics)
    {
        if (FindDeployment(change.Namespace, change.Deployment) is not { Spec.Selector: { } selector } d)
        {
            return NotFound("deployments.apps", change.Deployment);
        }

        if (Find("Service", change.Namespace, change.Name) is not null)
        {
            return new KubeOutcome(false,
                [$"Error from server (AlreadyExists): services \"{change.Name}\" already exists"]);
        }

        static string Flow(SpannedMap<Spanned<string>> map) =>
            "{" + string.Join(", ", map.Select(static e => $"\"{e.Key}\": \"{e.Value.Value}\"")) + "}";
        string text = string.Create(CultureInfo.InvariantCulture,
            $"{{apiVersion: v1, kind: Service, metadata: {{name: \"{change.Name}\", "
            + $"namespace: \"{change.Namespace}\", labels: {Flow(d.Metadata.Labels)}}}, "
            + $"spec: {{type: {change.Type}, selector: {Flow(selector.MatchLabels)}, "
            + $"ports: [{{port: {change.Port}, protocol: TCP, targetPort: {change.TargetPort}}}]}}}}");
        KubeOutcome applied = Apply(new ApplyManifests(change.Span.ToString(), text), diagnostics);
        return applied with { Messages = applied.Held ? [$"service/{change.Name} exposed"] : applied.Messages };
    }

    /// <remarks>kubectl: pkg/cmd/set/set_image.go.</remarks>
    public KubeOutcome SetImage(SetWorkloadImage change, DiagnosticBag diagnostics)
    {
        if (Find(change.Kind, change.Namespace, change.Name) is not { } d
            || ((d.Node["spec"] as YamlMapping)?["template"] as YamlMapping)?["spec"] is not YamlMapping pod
            || pod["containers"] is not YamlSequence containers)
        {
            return NotFound(ResourceOf(change.Kind), change.Name);
        }

        List<YamlNode> items = [.. containers.Items];
        foreach (KeyValuePair<string, string> image in change.Images)
        {
            bool isFound = false;
            for (int i = 0; i < items.Count; i++)
            {
                if (items[i] is YamlMapping c && (image.Key == "*" || (c["name"] as YamlScalar)?.Value == image.Key))
                {
                    var entry = new YamlEntry("image", c.Span, new YamlScalar(image.Value, false, c.Span));
                    items[i] = Scenario.ScenarioOverlay.MergePatch(c, new YamlMapping([entry], c.Span));
                    isFound = true;
                }
            }

            if (!isFound)
            {
                return new KubeOutcome(false, [$"error: unable to find container named \"{image.Key}\""]);
            }
        }

        ObjectHeader header = WithNode(
            d, ["spec", "template", "spec", "containers"], new YamlSequence(items, containers.Span));
        KubeOutcome applied = Apply(new ApplyManifests(d.Span.File, JsonText.Of(header.Node)), diagnostics);
        return applied with { Messages = applied.Held ? [Title(d) + " image updated"] : applied.Messages };
    }

    public KubeOutcome Patch(PatchObject change, DiagnosticBag diagnostics)
    {
        string kind = KindOf(change.Kind);
        KubeObject? o = Find(kind, IsNamespaced(kind) ? change.Namespace : "", change.Name);
        if (o is null)
        {
            return NotFound(ResourceOf(kind), change.Name);
        }

        YamlNode merged = Scenario.ScenarioOverlay.MergePatch(o.Node, change.Patch);
        IReadOnlyList<ApplyResult> results =
            _store.Apply(change.Patch.Span.File, JsonText.Of(merged), diagnostics);
        if (results is not [{ Action: not ApplyAction.Refused, Object: { } patched }])
        {
            return new KubeOutcome(false, [Title(o) + " not patched"]);
        }

        Put(patched);
        return new KubeOutcome(true, [Title(o) + " patched"]);
    }

    /// <summary>The kind that a word of kubectl means; the word itself when it is none of the known ones.</summary>
    public static string KindOf(string word)
    {
        foreach ((string kind, string[] names, _) in Kinds)
        {
            if (kind == word || names.Contains(word.ToLowerInvariant()))
            {
                return kind;
            }
        }

        return word;
    }

    /// <summary>The resource as the API server names it in messages.</summary>
    private static string ResourceOf(string kind)
    {
        foreach ((string known, string[] names, _) in Kinds)
        {
            if (known == kind)
            {
                return names[1] + kind switch
                {
                    "Deployment" or "StatefulSet" or "DaemonSet" or "ReplicaSet" => ".apps",
                    "Job" => ".batch",
                    "AuthorizationPolicy" or "PeerAuthentication" or "RequestAuthentication" => ".security.istio.io",
                    "DestinationRule" or "VirtualService" or "ServiceEntry" or "Gateway" or "Sidecar"
                        or "WorkloadEntry" => ".networking.istio.io",
                    _ => "",
                };
            }
        }

        return kind.ToLowerInvariant();
    }

    private static bool IsNamespaced(string kind)
    {
        foreach ((string known, _, bool isNamespaced) in Kinds)
        {
            if (known == kind)
            {
                return isNamespaced;
            }
        }

        return true;
    }

    /// <summary>The header with one value of the kept document changed; a plain empty scalar removes it.</summary>
    private static ObjectHeader WithNode(KubeObject o, string[] path, YamlNode value)
    {
        YamlNode patch = value;
        for (int i = path.Length - 1; i >= 0; i--)
        {
            patch = new YamlMapping([new YamlEntry(path[i], value.Span, patch)], value.Span);
        }

        return o.Header with { Node = (YamlMapping)Scenario.ScenarioOverlay.MergePatch(o.Node, patch) };
    }

    private static KubeOutcome NotFound(string resource, string name) =>
        new(false, [$"Error from server (NotFound): {resource} \"{name}\" not found"]);

    private static string Title(KubeObject o) =>
        o.Kind.ToLowerInvariant() + (o.Group.Length > 0 ? "." + o.Group : "") + "/" + o.Name;

    private static SpannedMap<Spanned<string>> With(
        SpannedMap<Spanned<string>> map, IEnumerable<KeyValuePair<string, string?>> changes)
    {
        List<SpannedEntry<Spanned<string>>> entries = [.. map];
        foreach (KeyValuePair<string, string?> change in changes)
        {
            int at = entries.FindIndex(e => e.Key == change.Key);
            if (at >= 0)
            {
                entries.RemoveAt(at);
            }

            if (change.Value is { } value)
            {
                entries.Add(new SpannedEntry<Spanned<string>>(change.Key, KubeText.Text(value), SourceSpan.None));
            }
        }

        return new SpannedMap<Spanned<string>>(entries, map.Span);
    }

    private KubeObject? Find(string kind, string space, string name) =>
        _objects.Find(o => o.Kind == kind && o.Namespace == space && o.Name == name);

    private void Put(KubeObject o)
    {
        // A new list each time: istiod may still be looking at the old one.
        var next = new List<KubeObject>(_objects);
        int at = next.FindIndex(x => x.Kind == o.Kind && x.Group == o.Group && x.Namespace == o.Namespace
            && x.Name == o.Name);
        o = Dated(o, at >= 0 ? next[at] : null);
        if (at >= 0)
        {
            next[at] = o;
        }
        else
        {
            next.Add(o);
        }

        _objects = next;
    }

    /// <summary>An object keeps the time of its creation; a new one that states none gets the present.</summary>
    private KubeObject Dated(KubeObject o, KubeObject? old)
    {
        string stated = o.Metadata.CreationTimestamp?.Value ?? "";
        string time = old is not null ? old.Metadata.CreationTimestamp?.Value ?? "" : stated.Length > 0 ? stated : Now;
        if (time == stated)
        {
            return o;
        }

        Spanned<string>? created = time.Length > 0 ? KubeText.Text(time) : null;
        return o with { Header = o.Header with { Metadata = o.Metadata with { CreationTimestamp = created } } };
    }

    /// <summary>A workload that states no replicas keeps those it has: <c>kubectl apply</c> leaves fields alone that
    /// the file does not name.</summary>
    private KubeObject WithLiveReplicas(KubeObject o) => ReplicasOf(o) is null && ReplicasOf(
        Find(o.Kind, o.Namespace, o.Name)) is { } replicas ? WithReplicas(o, replicas) : o;

    private static Spanned<long>? ReplicasOf(KubeObject? o) => o switch
    {
        Deployment d => d.Spec?.Replicas,
        StatefulSet s => s.Spec?.Replicas,
        ReplicaSet r => r.Spec?.Replicas,
        _ => null,
    };

    private static KubeObject WithReplicas(KubeObject o, Spanned<long> replicas) => o switch
    {
        Deployment { Spec: { } spec } d => d with { Spec = spec with { Replicas = replicas } },
        StatefulSet { Spec: { } spec } s => s with { Spec = spec with { Replicas = replicas } },
        ReplicaSet { Spec: { } spec } r => r with { Spec = spec with { Replicas = replicas } },
        _ => o,
    };

    private static KubeObject WithTemplate(KubeObject o, PodTemplateSpec template) => o switch
    {
        Deployment { Spec: { } spec } d => d with { Spec = spec with { Template = template } },
        StatefulSet { Spec: { } spec } s => s with { Spec = spec with { Template = template } },
        DaemonSet { Spec: { } spec } d => d with { Spec = spec with { Template = template } },
        _ => o,
    };

    private bool Remove(string kind, string space, string name, List<string> messages)
    {
        string realSpace = IsNamespaced(kind) ? space : "";
        KubeObject? o = Find(kind, realSpace, name);
        if (o is null)
        {
            messages.AddRange(NotFound(ResourceOf(kind), name).Messages);
            return false;
        }

        messages.Add($"{Title(o)} deleted");
        _objects = _objects.Where(x => !ReferenceEquals(x, o)).ToList();
        return true;
    }
}
