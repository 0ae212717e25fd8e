using Sim.Core;

namespace Sim.Manifests;

/// <summary>Reads the manifests of one cluster as <c>kubectl apply -R -f</c> would.</summary>
public static class ManifestLoader
{
    /// <summary>Applies all documents of all files, in order, to an empty cluster.</summary>
    /// <param name="files">File names, for spans, and texts, in the order they are applied.</param>
    /// <param name="mode">How the cluster treats what it objects to.</param>
    /// <param name="profile">Release whose fields and rules apply.</param>
    /// <param name="diagnostics">Receives all findings.</param>
    /// <returns>The objects that are stored afterwards.</returns>
    public static ManifestSet Load(
        IEnumerable<(string File, string Text)> files, AdmissionMode mode, IstioProfile profile,
        DiagnosticBag diagnostics)
    {
        var store = new ObjectStore(mode, profile);
        store.Load(files, diagnostics);
        return store.ToManifestSet();
    }
}
