using Sim.Core;

namespace Sim.Manifests.Admission;

/// <summary>What kubectl checks before it sends anything: a kind, a served version, a usable name.</summary>
internal static class ClientCheck
{
    /// <summary>The texts of metadata that kubectl itself decodes, wherever the kind.</summary>
    public static LayerResult Check(YamlMapping document, string file, BindIssue? metadataIssue, KindInfo? kind)
    {
        string apiVersion = TextOf(document["apiVersion"]);
        string kindName = TextOf(document["kind"]);
        SourceSpan at = document.Span;
        if (kindName.Length == 0 || apiVersion.Length == 0)
        {
            string which = apiVersion.Length == 0 && kindName.Length == 0 ? "[apiVersion not set, kind not set]"
                : apiVersion.Length == 0 ? "apiVersion not set" : "kind not set";
            return Refuse($"error validating \"{file}\": error validating data: {which}; if you choose to ignore " +
                          "these errors, turn validation off with --validate=false", at);
        }

        if (metadataIssue is not null)
        {
            return Refuse($"unable to decode \"{file}\": json: cannot unmarshal {metadataIssue.Found} into Go struct " +
                          $"field {MetadataField(metadataIssue)} of type {metadataIssue.Wanted}", metadataIssue.Span,
                "quote the value: YAML reads it as another type");
        }

        YamlMapping? metadata = document["metadata"] as YamlMapping;
        string name = TextOf(metadata?["name"]);
        string space = TextOf(metadata?["namespace"]);
        if (kind is null)
        {
            string inNamespace = space.Length == 0 ? "" : space;
            return Refuse($"resource mapping not found for name: \"{name}\" namespace: \"{inNamespace}\" from " +
                          $"\"{file}\": no matches for kind \"{kindName}\" in version \"{apiVersion}\"\n" +
                          "ensure CRDs are installed first", document["kind"]?.Span ?? at, NearKind(kindName));
        }

        return CheckName(document, file, kind, name, space, TextOf(metadata?["generateName"]));
    }

    private static LayerResult CheckName(
        YamlMapping document, string file, KindInfo kind, string name, string space, string generateName)
    {
        SourceSpan at = document["metadata"]?.Span ?? document.Span;
        if (name.Length == 0 && generateName.Length > 0)
        {
            return Refuse($"from {generateName}: cannot use generate name with apply", at, "give metadata.name");
        }

        string problem = name.Length == 0 ? "resource name may not be empty"
            : name is "." or ".." ? $"invalid resource name \"{name}\": [may not be '{name}']"
            : name.Contains('/') ? $"invalid resource name \"{name}\": [may not contain '/']"
            : name.Contains('%') ? $"invalid resource name \"{name}\": [may not contain '%']"
            : "";
        if (problem.Length == 0)
        {
            return LayerResult.Accepted;
        }

        string version = TextOf(document["apiVersion"]);
        string slashed = version.Contains('/') ? version : "/" + version;
        string shown = !kind.IsNamespaced ? "" : space.Length == 0 ? "default" : space;
        return Refuse("error when retrieving current configuration of:\n" +
                      $"Resource: \"{slashed}, Resource={KindNames.Plural(kind.Kind)}\", " +
                      $"GroupVersionKind: \"{slashed}, Kind={kind.Kind}\"\n" +
                      $"Name: \"{name}\", Namespace: \"{shown}\"\n" +
                      $"from server for: \"{file}\": {problem}", at, "give a valid metadata.name");
    }

    /// <summary>Name of a metadata field as Go's decoder tells it.</summary>
    public static string MetadataField(BindIssue issue)
    {
        string path = issue.Path;
        int extra = path.IndexOf('.', "metadata.".Length < path.Length ? "metadata.".Length : 0);
        bool isMapEntry = path.StartsWith("metadata.labels.", StringComparison.Ordinal)
                          || path.StartsWith("metadata.annotations.", StringComparison.Ordinal);
        return "ObjectMeta." + (isMapEntry && extra > 0 ? path[..extra] : path);
    }

    private static string NearKind(string kind)
    {
        string? near = Nearest.Of(kind, KindTable.All.Select(static k => k.Kind));
        return near is null ? "" : near == kind ? "the kind exists in another group or version"
            : $"did you mean {near}?";
    }

    private static LayerResult Refuse(string text, SourceSpan span, string hint = "") =>
        LayerResult.Refuse(new Objection(text, span, "", hint));

    private static string TextOf(YamlNode? node) => node is YamlScalar { IsNull: false } s ? s.Value : "";
}
