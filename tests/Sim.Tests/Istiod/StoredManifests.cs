using Sim.Core;
using Sim.Manifests;

namespace Sim.Tests.Istiod;

/// <summary>Reads objects as a recording stored them: without any admission.</summary>
internal static class StoredManifests
{
    public static ManifestSet Read(IEnumerable<(string Path, string Text)> files, DiagnosticBag diagnostics)
    {
        var objects = new List<KubeObject>();
        foreach ((string path, string text) in files)
        {
            foreach (YamlNode document in YamlReader.Read(text, path, diagnostics))
            {
                Add(objects, (YamlMapping)document);
            }
        }

        if (diagnostics.HasErrors)
        {
            Diagnostic first = diagnostics.Items.First(static d => d.Severity == Severity.Error);
            throw new InvalidDataException(first.ToString());
        }

        return new ManifestSet(objects);
    }

    /// <summary>Objects that were read already.</summary>
    public static ManifestSet Of(IEnumerable<YamlMapping> documents)
    {
        var objects = new List<KubeObject>();
        foreach (YamlMapping document in documents)
        {
            Add(objects, document);
        }

        return new ManifestSet(objects);
    }

    private static void Add(List<KubeObject> objects, YamlMapping document)
    {
        string kindName = Text(document["kind"]);
        if (kindName == "List")
        {
            foreach (YamlNode item in ((YamlSequence)document["items"]!).Items)
            {
                Add(objects, (YamlMapping)item);
            }

            return;
        }

        string version = Text(document["apiVersion"]);
        int slash = version.IndexOf('/', StringComparison.Ordinal);
        KindInfo kind = KindTable.Find(slash < 0 ? "" : version[..slash], kindName)
            ?? throw new InvalidDataException("unknown kind " + kindName);
        ObjectMeta metadata = new NodeBinder().Bind<ObjectMeta>(document["metadata"], "metadata")!;
        string ns = !kind.IsNamespaced ? ""
            : metadata.Namespace?.Value is { Length: > 0 } given ? given : "default";
        var header = new ObjectHeader(version, kindName, metadata, ns, document.Span, document);
        objects.Add(new NodeBinder(takesQuotedNumbers: true).BindObject(kind.Type, header));
    }

    private static string Text(YamlNode? node) => (node as YamlScalar)?.Value ?? "";
}
