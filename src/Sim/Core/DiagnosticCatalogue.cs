namespace Sim.Core;

/// <summary>What one code means.</summary>
/// <param name="Code">The code; once published it is never reused.</param>
/// <param name="Title">What was found, in one sentence.</param>
/// <param name="Explanation">Why it matters and what to do.</param>
public sealed record DiagnosticDescription(string Code, string Title, string Explanation);

/// <summary>
/// Every code of our own. Istio's codes (ISTnnnn) keep Istio's meaning. Ranges: MS00xx YAML, MS01xx manifests and
/// admission, MS02xx mesh and istiod, MS04xx runs, MS05xx analysis, MS06xx reports, MS07xx rules and scraping,
/// MS08xx Markdown labs, MS3xxx scenario file, MS5xxx Envoy.
/// </summary>
public static partial class DiagnosticCatalogue
{
    /// <summary>All codes in ordinal order.</summary>
    public static IReadOnlyList<DiagnosticDescription> All { get; } =
    [
        new("MS0001", "The text is not valid YAML or JSON.",
            "kubectl stops reading the file here: documents before this one are applied, the rest is not."),
        new("MS0002", "The file is larger, deeper or expands to more values than the bounds allow.",
            "The bounds keep hostile input from costing more than its size; no real manifest comes near them."),
        new("MS0003", "A key is repeated in one mapping.",
            "kubectl converts YAML to JSON first and silently keeps the last value; the earlier ones have no effect."),
        new("MS0101", "A document is not an object.",
            "Every document must be a mapping with apiVersion, kind and metadata."),
        new("MS0102", "kubectl itself refuses the document.",
            "The kind, its version, the name or a metadata value cannot be used; nothing is sent to the server."),
        new("MS0103", "A field is unknown to the API server.",
            "In strict mode the whole object is refused; otherwise the field is removed and has no effect."),
        new("MS0104", "The API server's schema or rules refuse the object.",
            "Types, required fields, enumerations, bounds and the resource's rules are checked after pruning."),
        new("MS0106", "The namespace of an object does not exist.",
            "Namespaces must be applied before the objects in them, as with kubectl apply."),
        .. Mesh,
        .. Analysis,
        .. Reports,
        .. Telemetry,
        .. Labs,
        .. Scenario,
        .. Envoy,
    ];

    /// <summary>The description of a code, or null when it is not ours.</summary>
    public static DiagnosticDescription? Find(string code)
    {
        foreach (DiagnosticDescription d in All)
        {
            if (d.Code == code)
            {
                return d;
            }
        }

        return null;
    }
}
