using Sim.Core;

namespace Sim.Manifests.Admission;

/// <summary>Runs one document through the layers of a cluster's admission.</summary>
/// <remarks>
/// Recorded order: kubectl, strict fields (400), schema and rules (422), webhook (400). Every layer is asked, also after
/// a refusal, so that all findings of a document are known at once; which one refuses is the outcome's matter.
/// </remarks>
public static class AdmissionChain
{
    /// <summary>Asks all layers about one document.</summary>
    /// <param name="document">The document as read.</param>
    /// <param name="file">Name of its file, for kubectl's texts.</param>
    /// <param name="profile">Release whose fields and rules apply.</param>
    public static AdmissionOutcome Admit(YamlMapping document, string file, IstioProfile profile)
    {
        string apiVersion = TextOf(document["apiVersion"]);
        string kindName = TextOf(document["kind"]);
        int slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
        string group = slash < 0 ? "" : apiVersion[..slash];
        string version = slash < 0 ? apiVersion : apiVersion[(slash + 1)..];
        KindInfo? kind = KindTable.Find(group, kindName);
        kind = kind is not null && kind.Versions.Contains(version) ? kind : null;

        var metadataBinder = new NodeBinder();
        ObjectMeta? metadata = metadataBinder.Bind<ObjectMeta>(document["metadata"], "metadata");
        BindIssue? wrong = metadataBinder.Issues.FirstOrDefault(static i => i.Fault == BindFault.WrongType);
        LayerResult client = ClientCheck.Check(document, file, wrong, kind);
        if (client.Verdict == LayerVerdict.Refused || kind is null || metadata is null)
        {
            return new AdmissionOutcome(
                client, LayerResult.Accepted, LayerResult.Accepted, LayerResult.Accepted, null);
        }

        string space = !kind.IsNamespaced ? "" : metadata.Namespace?.Value is { Length: > 0 } given ? given : "default";
        var header = new ObjectHeader(apiVersion, kindName, metadata, space, document.Span, document);
        var binder = new NodeBinder();
        KubeObject bound = binder.BindObject(kind.Type, header);
        return new AdmissionOutcome(
            client, LayerResult.Accepted, LayerResult.Accepted, LayerResult.Accepted, bound);
    }

    private static string TextOf(YamlNode? node) => node is YamlScalar { IsNull: false } s ? s.Value : "";
}
