using Sim.Core;

namespace Sim.Manifests;

/// <summary>What the proxies of a namespace or workload see.</summary>
/// <param name="Header">Kind, metadata and place.</param>
/// <param name="Spec">The scope.</param>
public sealed record Sidecar(
    ObjectHeader Header, SidecarSpec? Spec)
    : KubeObject(Header);

/// <summary>Body of a Sidecar.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="WorkloadSelector">Workloads it applies to; none = the namespace.</param>
/// <param name="Ingress">Inbound listeners.</param>
/// <param name="Egress">Outbound listeners and visible hosts.</param>
/// <param name="InboundConnectionPool">Inbound limits.</param>
/// <param name="OutboundTrafficPolicy">Treatment of unknown destinations.</param>
public sealed record SidecarSpec(
    SourceSpan Span, WorkloadSelector? WorkloadSelector, IReadOnlyList<SidecarIngress> Ingress,
    IReadOnlyList<SidecarEgress> Egress, ConnectionPoolSettings? InboundConnectionPool,
    OutboundTrafficPolicy? OutboundTrafficPolicy);

/// <summary>One inbound listener.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Port">Port and protocol.</param>
/// <param name="Bind">Address to bind to.</param>
/// <param name="CaptureMode">DEFAULT, IPTABLES or NONE.</param>
/// <param name="DefaultEndpoint">Where requests go.</param>
/// <param name="Tls">TLS.</param>
/// <param name="ConnectionPool">Limits.</param>
public sealed record SidecarIngress(
    SourceSpan Span, GatewayPort? Port, Spanned<string>? Bind, Spanned<string>? CaptureMode,
    Spanned<string>? DefaultEndpoint, ServerTlsSettings? Tls, ConnectionPoolSettings? ConnectionPool);

/// <summary>One outbound listener.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Port">Port and protocol.</param>
/// <param name="Bind">Address to bind to.</param>
/// <param name="CaptureMode">DEFAULT, IPTABLES or NONE.</param>
/// <param name="Hosts">Visible hosts, namespace/host.</param>
public sealed record SidecarEgress(
    SourceSpan Span, GatewayPort? Port, Spanned<string>? Bind, Spanned<string>? CaptureMode,
    IReadOnlyList<Spanned<string>> Hosts);

/// <summary>Treatment of unknown destinations.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Mode">ALLOW_ANY or REGISTRY_ONLY.</param>
/// <param name="EgressProxy">Obsolete.</param>
public sealed record OutboundTrafficPolicy(
    SourceSpan Span, Spanned<string>? Mode, Destination? EgressProxy);
