namespace Sim.Manifests;

/// <summary>Configuration data.</summary>
/// <param name="Header">Kind, metadata and place.</param>
/// <param name="Data">Texts.</param>
/// <param name="BinaryData">Bytes in base64.</param>
/// <param name="Immutable">True when it can no longer change.</param>
[OtherFields("")]
public sealed record ConfigMap(
    ObjectHeader Header, SpannedMap<Spanned<string>> Data, SpannedMap<Spanned<string>> BinaryData,
    Spanned<bool>? Immutable)
    : KubeObject(Header);
