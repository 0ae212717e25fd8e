using Sim.Core;
using Sim.Manifests.Admission;

namespace Sim.Manifests;

/// <summary>What an apply did to an object.</summary>
public enum ApplyAction
{
    /// <summary>It did not exist.</summary>
    Created,

    /// <summary>It existed and differs now.</summary>
    Configured,

    /// <summary>It existed and is equal.</summary>
    Unchanged,

    /// <summary>It was refused; an older state stays.</summary>
    Refused,
}

/// <summary>What happened to one document.</summary>
/// <param name="Action">What happened.</param>
/// <param name="Object">The object as stored; when refused, as it would have been, or null when nothing was
/// readable.</param>
/// <param name="Outcome">What each layer said; null when the document was not asked about.</param>
public sealed record ApplyResult(ApplyAction Action, KubeObject? Object, AdmissionOutcome? Outcome);

/// <summary>The objects of one cluster, changed the way kubectl changes them.</summary>
public sealed class ObjectStore
{
    private static readonly string[] BuiltInNamespaces =
        ["default", "kube-system", "kube-public", "kube-node-lease", "istio-system"];

    private readonly List<KubeObject> _objects = [];
    private readonly Dictionary<string, int> _index = new(StringComparer.Ordinal);
    private readonly HashSet<string> _namespaces = new(BuiltInNamespaces, StringComparer.Ordinal);
    private readonly AdmissionMode _mode;
    private readonly IstioProfile _profile;

    /// <summary>An empty cluster.</summary>
    /// <param name="mode">How it treats what it objects to.</param>
    /// <param name="profile">Release whose fields and rules apply.</param>
    public ObjectStore(AdmissionMode mode, IstioProfile profile)
    {
        _mode = mode;
        _profile = profile;
    }

    /// <summary>Changes a document before it is admitted, for extensions; null = it is taken as written.</summary>
    public Func<YamlMapping, YamlMapping>? Rewrite { get; init; }

    /// <summary>Objects in the order they were first applied.</summary>
    public IReadOnlyList<KubeObject> Objects => _objects;

    /// <summary>The present objects as an immutable set.</summary>
    public ManifestSet ToManifestSet() => new([.. _objects]);

    /// <summary>The object of a kind, or null.</summary>
    /// <param name="group">API group; empty for the core group.</param>
    /// <param name="kind">Kind.</param>
    /// <param name="namespace">Namespace; empty for kinds without one.</param>
    /// <param name="name">Name.</param>
    public KubeObject? Find(string group, string kind, string @namespace, string name) =>
        _index.TryGetValue(Key(group, kind, @namespace, name), out int at) ? _objects[at] : null;

    /// <summary>Applies the first manifests of a cluster; namespaces that no file declares are taken to
    /// exist.</summary>
    public void Load(IEnumerable<(string File, string Text)> files, DiagnosticBag diagnostics)
    {
        var documents = new List<YamlMapping>();
        foreach ((string file, string text) in files)
        {
            documents.AddRange(ReadDocuments(file, text, diagnostics));
        }

        var declared = new HashSet<string>(StringComparer.Ordinal);
        foreach (YamlMapping d in documents)
        {
            if (d["kind"] is YamlScalar { Value: "Namespace" } && NameOf(d) is { } name)
            {
                declared.Add(name);
            }
        }

        foreach (YamlMapping d in documents)
        {
            if (NamespaceOf(d) is { } space && !declared.Contains(space))
            {
                _namespaces.Add(space);
            }
        }

        foreach (YamlMapping d in documents)
        {
            ApplyDocument(d, d.Span.File, diagnostics);
        }
    }

    /// <summary>Applies every document of a text, each on its own; a refused one does not stop the next.</summary>
    /// <param name="file">File for spans.</param>
    /// <param name="text">Its text.</param>
    /// <param name="diagnostics">Receives findings.</param>
    /// <param name="namespace">Namespace of objects that state none (<c>kubectl -n</c>); those of another are refused.
    /// Empty = as written.</param>
    public IReadOnlyList<ApplyResult> Apply(
        string file, string text, DiagnosticBag diagnostics, string @namespace = "")
    {
        var results = new List<ApplyResult>();
        foreach (YamlMapping d in ReadDocuments(file, text, diagnostics))
        {
            if (@namespace.Length > 0 && NamespaceOf(d) is { } other && other != @namespace && IsNamespaced(d))
            {
                diagnostics.Error("MS0102", $"the namespace from the provided object \"{other}\" does not match the "
                    + $"namespace \"{@namespace}\". You must pass '--namespace={other}' to perform this operation.",
                    d.Span, "", Text(d, "kind") + " " + other + "/" + NameOf(d));
                results.Add(new ApplyResult(ApplyAction.Refused, null, null));
                continue;
            }

            results.Add(ApplyDocument(WithNamespace(d, @namespace), file, diagnostics));
        }

        return results;
    }

    /// <summary>Deletes an object; a namespace takes the objects in it along.</summary>
    /// <param name="group">API group; empty for the core group.</param>
    /// <param name="kind">Kind.</param>
    /// <param name="namespace">Namespace; empty for kinds without one.</param>
    /// <param name="name">Name.</param>
    /// <returns>False when there is no such object.</returns>
    public bool Remove(string group, string kind, string @namespace, string name)
    {
        if (!_index.ContainsKey(Key(group, kind, @namespace, name)))
        {
            return false;
        }

        bool isNamespace = group.Length == 0 && kind == "Namespace";
        _objects.RemoveAll(o => (o.Group == group && o.Kind == kind && o.Namespace == @namespace && o.Name == name)
                                || (isNamespace && o.Namespace == name));
        if (isNamespace)
        {
            _namespaces.Remove(name);
        }

        _index.Clear();
        for (int i = 0; i < _objects.Count; i++)
        {
            KubeObject o = _objects[i];
            _index.Add(Key(o.Group, o.Kind, o.Namespace, o.Name), i);
        }

        return true;
    }

    /// <summary>Puts an object that was changed outside, without asking admission again.</summary>
    public void Replace(KubeObject changed) => Put(changed);

    private static string Key(string group, string kind, string space, string name) =>
        group + "\n" + kind + "\n" + space + "\n" + name;

    private static string? NameOf(YamlMapping document) =>
        document["metadata"] is YamlMapping m && m["name"] is YamlScalar s ? s.Value : null;

    private static string? NamespaceOf(YamlMapping document) =>
        document["metadata"] is YamlMapping m && m["namespace"] is YamlScalar { IsNull: false } s ? s.Value : null;

    private static string Text(YamlMapping document, string key) => (document[key] as YamlScalar)?.Value ?? "";

    private static bool IsNamespaced(YamlMapping document)
    {
        string version = Text(document, "apiVersion");
        int slash = version.IndexOf('/', StringComparison.Ordinal);
        return KindTable.Find(slash < 0 ? "" : version[..slash], Text(document, "kind"))?.IsNamespaced ?? true;
    }

    /// <remarks>kubectl: cli-runtime/pkg/resource/visitor.go#SetNamespace.</remarks>
    private static YamlMapping WithNamespace(YamlMapping document, string space)
    {
        if (space.Length == 0 || document["metadata"] is not YamlMapping meta || NamespaceOf(document) is not null
            || !IsNamespaced(document))
        {
            return document;
        }

        var entry = new YamlEntry("namespace", meta.Span, new YamlScalar(space, false, meta.Span));
        var placed = new YamlMapping([.. meta.Entries.Where(static e => e.Key != "namespace"), entry], meta.Span);
        return new YamlMapping(
            [.. document.Entries.Select(e => e.Key == "metadata" ? e with { Value = placed } : e)], document.Span);
    }

    private List<YamlMapping> ReadDocuments(string file, string text, DiagnosticBag diagnostics)
    {
        var result = new List<YamlMapping>();
        foreach (YamlNode node in YamlReader.Read(text, file, diagnostics))
        {
            AddDocument(result, node, diagnostics, 0);
        }

        return result;
    }

    private void AddDocument(List<YamlMapping> result, YamlNode node, DiagnosticBag diagnostics, int depth)
    {
        if (node is not YamlMapping map)
        {
            diagnostics.Error("MS0101", "a document must be an object with apiVersion, kind and metadata", node.Span,
                "documents are parted by lines with ---");
            return;
        }

        if (!ListCheck.IsList(map) || depth > 4)
        {
            result.Add(map);
            return;
        }

        if (_mode == AdmissionMode.Strict && depth == 0 && ListCheck.Refusal(map, map.Span.File, _profile) is { } no)
        {
            diagnostics.Error("MS0102", no.Text, no.Span, no.Hint);
            return;
        }

        foreach (YamlNode item in ((YamlSequence)map["items"]!).Items)
        {
            AddDocument(result, item, diagnostics, depth + 1);
        }
    }

    private ApplyResult ApplyDocument(YamlMapping document, string file, DiagnosticBag diagnostics)
    {
        document = Rewrite?.Invoke(document) ?? document;
        AdmissionOutcome outcome = AdmissionChain.Admit(document, file, _profile);
        AdmissionReport.Write(outcome, document, _mode, diagnostics);
        if (!outcome.IsStored(_mode) || outcome.Object is not { } o)
        {
            return new ApplyResult(ApplyAction.Refused, outcome.Object, outcome);
        }

        if (o.Namespace.Length > 0 && !_namespaces.Contains(o.Namespace))
        {
            diagnostics.Error("MS0106", $"namespaces \"{o.Namespace}\" not found", o.Span,
                "declare the namespace before the objects in it", o.Resource);
            return new ApplyResult(ApplyAction.Refused, o, outcome);
        }

        return new ApplyResult(Put(o), o, outcome);
    }

    private ApplyAction Put(KubeObject o)
    {
        if (o is Namespace)
        {
            _namespaces.Add(o.Name);
        }

        string key = Key(o.Group, o.Kind, o.Namespace, o.Name);
        if (!_index.TryGetValue(key, out int at))
        {
            _index.Add(key, _objects.Count);
            _objects.Add(o);
            return ApplyAction.Created;
        }

        bool isEqual = JsonText.Of(_objects[at].Node) == JsonText.Of(o.Node);
        _objects[at] = o;
        return isEqual ? ApplyAction.Unchanged : ApplyAction.Configured;
    }
}
