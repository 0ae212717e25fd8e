using Sim.Core;
using Sim.Manifests;
using Sim.Manifests.Admission;

namespace Sim.Mesh.Analysis;

/// <summary>Reads manifests as <c>istioctl analyze</c> reads files: no admission, no defaults of a server; unknown
/// fields are dropped without a word and a document that cannot be decoded is skipped.</summary>
/// <remarks>Istio: pkg/config/analysis/local/istiod_analyze.go#AddReaderKubeSource, pilot/pkg/config/file/store.go.
/// </remarks>
public static class AnalysisReader
{
    /// <summary>The objects of a text in order; of two with the same name the first one is kept.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <param name="file">Name for spans.</param>
    /// <param name="profile">Release whose fields apply.</param>
    /// <param name="diagnostics">Receives syntax errors and skipped documents.</param>
    public static IReadOnlyList<KubeObject> Read(
        string text, string file, IstioProfile profile, DiagnosticBag diagnostics)
    {
        var result = new List<KubeObject>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (YamlNode node in YamlReader.Read(text, file, diagnostics))
        {
            foreach ((YamlMapping document, SourceSpan at) in Documents(node, 0))
            {
                if (ReadOne(document, at, profile, diagnostics) is { } o && names.Add(o.Group + "/" + o.Resource))
                {
                    result.Add(o);
                }
            }
        }

        return result;
    }

    /// <summary>Documents with the place where istioctl says they begin: for an item of a List one line late.</summary>
    private static IEnumerable<(YamlMapping Document, SourceSpan At)> Documents(YamlNode node, int depth) =>
        node is not YamlMapping map ? []
            : depth < 4 && ListCheck.IsList(map) ? map.Items("items").SelectMany(i => Documents(i, depth + 1))
            : [(map, depth == 0 ? map.Span : map.Span with { Line = map.Span.Line + 1 })];

    private static KubeObject? ReadOne(
        YamlMapping document, SourceSpan at, IstioProfile profile, DiagnosticBag diagnostics)
    {
        string apiVersion = document.Text("apiVersion");
        int slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
        string group = slash < 0 ? "" : apiVersion[..slash];
        KindInfo? kind = KindTable.Find(group, document.Text("kind"));
        if (kind is null || !kind.Versions.Contains(apiVersion[(slash + 1)..]))
        {
            return null;
        }

        var binder = new NodeBinder();
        ObjectMeta? metadata =
            binder.Bind<ObjectMeta>(document.At("metadata") ?? new YamlMapping([], document.Span), "metadata");
        if (metadata is null || binder.Issues.Any(static i => i.Fault == BindFault.WrongType))
        {
            SourceSpan where = binder.Issues.Count > 0 ? binder.Issues[0].Span : document.Span;
            return Skip(document, where, "metadata", diagnostics);
        }

        string space = !kind.IsNamespaced || document.At("metadata") is null ? ""
            : metadata.Namespace?.Value is { Length: > 0 } given ? given : "default";
        ObjectHeader Header(YamlMapping node) => new(apiVersion, kind.Kind, metadata, space, at, node);
        if (kind.IsIstio && CrdTable.Of(profile).Find(group, kind.Kind) is { } crd)
        {
            document = (YamlMapping)Normal(document, crd);
            return ProtoDecoding.Check(document, crd) is { } bad
                ? Skip(document, bad.Span, bad.Text, diagnostics)
                : new NodeBinder(takesQuotedNumbers: true).BindObject(kind.Type,
                    Header(FieldCheck.Run(document, crd, []).Pruned));
        }

        var core = new NodeBinder();
        KubeObject bound = core.BindObject(kind.Type, Header(document));
        return CoreDecoding.Check(bound, kind, core.Issues) is { } wrong
            ? Skip(document, wrong.Span, wrong.Text, diagnostics) : bound;
    }

    /// <summary>The document as protojson takes it: a field may bear its original name (<c>workload_selector</c>), and
    /// an empty map is absent.</summary>
    private static YamlNode Normal(YamlNode node, CrdField? field)
    {
        if (node is YamlSequence list)
        {
            return new YamlSequence([.. list.Items.Select(i => Normal(i, field?.Items))], list.Span);
        }

        if (node is not YamlMapping map || field is null or { IsOpen: true })
        {
            return node;
        }

        var entries = new List<YamlEntry>();
        foreach (YamlEntry e in map.Entries)
        {
            CrdField? child = field.Child(e.Key);
            string camel = child is null && field.Values is null ? Camel(e.Key) : e.Key;
            bool isRenamed = camel != e.Key && map[camel] is null && field.Child(camel) is not null;
            child ??= isRenamed ? field.Child(camel) : field.Values;
            if (child?.Values is null || e.Value is not YamlMapping { Entries.Count: 0 })
            {
                YamlNode value = Normal(e.Value, child);
                entries.Add(isRenamed ? new YamlEntry(camel, e.KeySpan, WithoutPlace(value))
                    : e with { Value = value });
            }
        }

        return new YamlMapping(entries, map.Span);
    }

    /// <summary>The same value without places: istioctl finds no line under a name that is not the written one.
    /// </summary>
    private static YamlNode WithoutPlace(YamlNode node) => node switch
    {
        YamlScalar s => new YamlScalar(s.Value, s.IsPlain, SourceSpan.None),
        YamlSequence l => new YamlSequence([.. l.Items.Select(WithoutPlace)], l.Span),
        YamlMapping m => new YamlMapping([.. m.Entries.Select(static e => e with { Value = WithoutPlace(e.Value) })],
            m.Span),
        _ => node,
    };

    private static string Camel(string name)
    {
        string[] words = name.Split('_');
        return words[0] + string.Concat(words.Skip(1).Select(static w =>
            w.Length == 0 ? "" : char.ToUpperInvariant(w[0]) + w[1..]));
    }

    private static KubeObject? Skip(YamlMapping document, SourceSpan span, string why, DiagnosticBag diagnostics)
    {
        diagnostics.Error("MS0505", "the document cannot be decoded and was not analyzed: " + why,
            span.IsKnown ? span : document.Span);
        return null;
    }
}
