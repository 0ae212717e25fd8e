namespace Sim.Xds;

/// <summary>What a connection manager does to paths before anything is matched (mesh
/// <c>pathNormalization</c>).</summary>
public enum PathNormalization
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Unreserved characters are decoded, dot segments removed, backslashes turned. Istio's default.</summary>
    Base,

    /// <summary>As <see cref="Base"/>, and runs of slashes become one.</summary>
    MergeSlashes,

    /// <summary>Escaped slashes are decoded first, then as <see cref="MergeSlashes"/>.</summary>
    DecodeAndMergeSlashes,
}
