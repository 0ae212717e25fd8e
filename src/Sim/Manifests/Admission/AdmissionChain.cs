using Sim.Core;

namespace Sim.Manifests.Admission;

/// <summary>Runs one document through the layers of a cluster's admission.</summary>
/// <remarks>
/// Recorded order: kubectl, strict fields (400), schema and rules (422), webhook (400). Every layer is asked, also
/// after
/// a refusal, so that all findings of a document are known at once; which one refuses is the outcome's matter.
/// </remarks>
public static class AdmissionChain
{
    private static readonly string[] MetadataOnlyServer = ["managedFields"];

    /// <summary>Asks all layers about one document.</summary>
    /// <param name="document">The document as read.</param>
    /// <param name="file">Name of its file, for kubectl's texts.</param>
    /// <param name="profile">Release whose fields and rules apply.</param>
    public static AdmissionOutcome Admit(YamlMapping document, string file, IstioProfile profile)
    {
        if (ListCheck.IsList(document)
            && !document.Items("items").Any(static i => i is YamlMapping m && ListCheck.IsList(m)))
        {
            return ListCheck.Admit(document, file, profile);
        }

        string apiVersion = TextOf(document["apiVersion"]);
        string kindName = TextOf(document["kind"]);
        int slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
        string group = slash < 0 ? "" : apiVersion[..slash];
        string version = slash < 0 ? apiVersion : apiVersion[(slash + 1)..];
        KindInfo? kind = KindTable.Find(group, kindName);
        kind = kind is not null && kind.Versions.Contains(version) ? kind : null;

        var binder = new NodeBinder();
        YamlNode metadataNode = document["metadata"] ?? new YamlMapping([], document.Span);
        ObjectMeta? metadata = binder.Bind<ObjectMeta>(metadataNode, "metadata");
        List<BindIssue> metadataIssues = [.. binder.Issues];
        BindIssue? wrong = metadataIssues.Find(static i => i.Fault == BindFault.WrongType);
        LayerResult client = ClientCheck.Check(document, file, wrong, kind);
        if (kind is null || metadata is null || wrong is not null)
        {
            return new AdmissionOutcome(
                client, LayerResult.Accepted, Undecodable(wrong, kind, version), UndecodableByWebhook(wrong, kind),
                    null);
        }

        CrdField? crd = kind.IsIstio ? CrdTable.Of(profile).Find(group, kindName) : null;
        AdmissionOutcome rest = crd is not null
            ? AdmitCustom(document, kind, crd, metadata, metadataIssues, profile)
            : AdmitCore(document, kind, metadata, metadataIssues);
        bool isUnreadable = client.Verdict == LayerVerdict.Refused;
        return rest with { Client = client, Object = isUnreadable ? null : rest.Object };
    }

    private static LayerResult Undecodable(BindIssue? wrong, KindInfo? kind, string version)
    {
        if (wrong is null || kind is null)
        {
            return LayerResult.Accepted;
        }

        string path = wrong.MapKey is { } key ? wrong.Path[..^(key.Length + 1)] : wrong.Path;
        string field = path.StartsWith("metadata.", StringComparison.Ordinal) ? path["metadata.".Length..] : path;
        return new LayerResult([new Objection(
            $"{kind.Kind} in version \"{version}\" cannot be handled as a {kind.Kind}: json: cannot unmarshal " +
            $"{wrong.Found} into Go struct field {wrong.Owner}.{field} of type {wrong.Wanted}", wrong.Span)], [], true);
    }

    private static LayerResult UndecodableByWebhook(BindIssue? wrong, KindInfo? kind) =>
        wrong is null || kind is not { IsIstio: true } ? LayerResult.Accepted
            : LayerResult.Refuse(new Objection(
                $"json: cannot unmarshal {wrong.Found} into Go struct field {ClientCheck.MetadataField(wrong)} " +
                    $"of type {wrong.Wanted}",
                wrong.Span));

    private static ObjectHeader HeaderOf(YamlMapping document, KindInfo kind, ObjectMeta metadata)
    {
        string space = !kind.IsNamespaced ? "" : metadata.Namespace?.Value is { Length: > 0 } given ? given : "default";
        return new ObjectHeader(TextOf(document["apiVersion"]), kind.Kind, metadata, space, document.Span, document);
    }

    private static AdmissionOutcome AdmitCustom(
        YamlMapping document, KindInfo kind, CrdField crd, ObjectMeta metadata, List<BindIssue> metadataIssues,
        IstioProfile profile)
    {
        (YamlMapping pruned, IReadOnlyList<Objection> unknown) = FieldCheck.Run(document, crd, metadataIssues);
        unknown = [.. FieldCheck.Repeated(document), .. unknown];
        ObjectHeader header = HeaderOf(PruneMetadata(pruned, metadataIssues), kind, metadata);
        var errors = new List<Objection>();
        MetadataCheck.Check(header, errors);
        bool isIncomplete = errors.Exists(static e => e.Text.StartsWith("Required", StringComparison.Ordinal));
        errors.AddRange(SchemaCheck.Run(pruned, crd, isIncomplete));
        KubeObject bound = new NodeBinder(takesQuotedNumbers: true).BindObject(kind.Type, header);
        LayerResult webhook = Webhook.Ask(bound, crd, profile);
        return new AdmissionOutcome(LayerResult.Accepted, LayerResult.Refuse(unknown), LayerResult.Refuse(errors),
            webhook, bound);
    }

    private static AdmissionOutcome AdmitCore(
        YamlMapping document, KindInfo kind, ObjectMeta metadata, List<BindIssue> metadataIssues)
    {
        var binder = new NodeBinder();
        YamlMapping kept = ServerDefaults.Apply(PruneMetadata(document, metadataIssues), kind.Kind,
            metadata.Name?.Value ?? "");
        ObjectMeta stored = new NodeBinder().Bind<ObjectMeta>(kept["metadata"], "metadata") ?? metadata;
        KubeObject bound = binder.BindObject(kind.Type, HeaderOf(kept, kind, stored));
        List<Objection> unknown =
        [
            .. FieldCheck.Repeated(document),
            .. metadataIssues.Concat(binder.Issues).Where(static i => i.Fault == BindFault.UnknownField)
                .OrderBy(static i => i.Path, StringComparer.Ordinal)
                .Select(static i => new Objection(
                    $"unknown field \"{i.Path}\"", i.Span, i.Path, FieldCheck.HintFor(i.Path, i.Known))),
        ];
        LayerResult schema;
        if (CoreDecoding.Check(bound, kind, binder.Issues) is { } undecodable)
        {
            schema = new LayerResult([undecodable], [], IsDecoding: true);
        }
        else
        {
            var errors = new List<Objection>();
            MetadataCheck.Check(bound.Header, errors);
            errors.AddRange(CoreChecks.Run(bound));
            schema = LayerResult.Refuse(errors);
        }

        return new AdmissionOutcome(LayerResult.Accepted, LayerResult.Refuse(unknown), schema, LayerResult.Accepted,
            bound) { Notices = OtherCoreChecks.Notices(bound) };
    }

    /// <summary>Removes unknown keys of the metadata and the server's own bookkeeping.</summary>
    private static YamlMapping PruneMetadata(YamlMapping document, List<BindIssue> issues)
    {
        if (document["metadata"] is not YamlMapping metadata)
        {
            return document;
        }

        var unknown = new HashSet<string>(MetadataOnlyServer, StringComparer.Ordinal);
        unknown.UnionWith(issues.Where(static i => i.Fault == BindFault.UnknownField)
            .Select(static i => i.Path["metadata.".Length..]));
        var kept = new YamlMapping([.. metadata.Entries.Where(e => !unknown.Contains(e.Key))], metadata.Span);
        return new YamlMapping(
            [.. document.Entries.Select(e => e.Key == "metadata" ? e with { Value = kept } : e)], document.Span);
    }

    private static string TextOf(YamlNode? node) => node is YamlScalar { IsNull: false } s ? s.Value : "";
}
