using Sim.Core;

namespace Sim.Manifests;

/// <summary>Which connections a server accepts.</summary>
/// <param name="Header">Kind, metadata and place.</param>
/// <param name="Spec">The policy.</param>
public sealed record PeerAuthentication(
    ObjectHeader Header, PeerAuthenticationSpec? Spec)
    : KubeObject(Header);

/// <summary>Body of a PeerAuthentication.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Selector">Workloads it applies to; none = the namespace.</param>
/// <param name="Mtls">Mode of all ports.</param>
/// <param name="PortLevelMtls">Mode of single container ports.</param>
public sealed record PeerAuthenticationSpec(
    SourceSpan Span, WorkloadMatchLabels? Selector, MutualTls? Mtls, SpannedMap<MutualTls> PortLevelMtls);

/// <summary>A mode of mutual TLS.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Mode">UNSET, DISABLE, PERMISSIVE or STRICT.</param>
public sealed record MutualTls(
    SourceSpan Span, Spanned<string>? Mode);
