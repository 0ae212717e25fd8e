namespace Sim.Manifests;

/// <summary>Secret data, such as a signing CA.</summary>
/// <param name="Header">Kind, metadata and place.</param>
/// <param name="Data">Bytes in base64.</param>
/// <param name="StringData">Texts.</param>
/// <param name="Type">Type, default Opaque.</param>
/// <param name="Immutable">True when it can no longer change.</param>
[OtherFields("")]
public sealed record Secret(
    ObjectHeader Header, SpannedMap<Spanned<string>> Data, SpannedMap<Spanned<string>> StringData,
    Spanned<string>? Type, Spanned<bool>? Immutable)
    : KubeObject(Header);
