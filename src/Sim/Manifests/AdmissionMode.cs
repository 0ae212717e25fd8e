namespace Sim.Manifests;

/// <summary>How a cluster treats what its API server and istiod's webhook object to.</summary>
public enum AdmissionMode
{
    /// <summary>Refused with the real text, as <c>kubectl apply --validate=strict</c> is.</summary>
    Strict,

    /// <summary>Unknown fields are pruned with a warning; schema and webhook refuse as they do in strict
    /// mode.</summary>
    Warn,

    /// <summary>Unknown fields are pruned silently and no webhook is installed; the schema still refuses.</summary>
    Lax,
}
