using Sim.Core;

namespace Sim.Manifests;

/// <summary>How to reach a host: subsets, balancing, outlier detection, pools, TLS.</summary>
/// <param name="Header">Kind, metadata and place.</param>
/// <param name="Spec">The rule.</param>
public sealed record DestinationRule(
    ObjectHeader Header, DestinationRuleSpec? Spec)
    : KubeObject(Header);

/// <summary>Body of a DestinationRule.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Host">Host it applies to; may be a wildcard.</param>
/// <param name="TrafficPolicy">Policy of all subsets and ports.</param>
/// <param name="Subsets">Named sets of endpoints.</param>
/// <param name="ExportTo">Namespaces that see it.</param>
/// <param name="WorkloadSelector">Clients it applies to.</param>
public sealed record DestinationRuleSpec(
    SourceSpan Span, Spanned<string>? Host, TrafficPolicy? TrafficPolicy, IReadOnlyList<Subset> Subsets,
    IReadOnlyList<Spanned<string>> ExportTo, WorkloadMatchLabels? WorkloadSelector);

/// <summary>Selects workloads by labels written under matchLabels.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="MatchLabels">Labels that must be equal.</param>
public sealed record WorkloadMatchLabels(
    SourceSpan Span, SpannedMap<Spanned<string>> MatchLabels);

/// <summary>Endpoints of a host with certain labels.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Name">Name.</param>
/// <param name="Labels">Labels that must be equal.</param>
/// <param name="TrafficPolicy">Policy that overrides the rule's own.</param>
public sealed record Subset(
    SourceSpan Span, Spanned<string>? Name, SpannedMap<Spanned<string>> Labels, TrafficPolicy? TrafficPolicy);

/// <summary>Settings of connections and balancing.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="LoadBalancer">Balancing.</param>
/// <param name="ConnectionPool">Limits.</param>
/// <param name="OutlierDetection">Ejection of failing hosts.</param>
/// <param name="Tls">TLS towards the upstream.</param>
/// <param name="PortLevelSettings">Policies of single ports.</param>
/// <param name="Tunnel">Tunnelling of TCP over HTTP CONNECT.</param>
/// <param name="ProxyProtocol">PROXY protocol towards the upstream.</param>
/// <param name="RetryBudget">Share of requests that may be retries; since 1.27.</param>
public sealed record TrafficPolicy(
    SourceSpan Span, LoadBalancerSettings? LoadBalancer, ConnectionPoolSettings? ConnectionPool,
    OutlierDetection? OutlierDetection, ClientTlsSettings? Tls, IReadOnlyList<PortTrafficPolicy> PortLevelSettings,
    TunnelSettings? Tunnel, ProxyProtocolSettings? ProxyProtocol, RetryBudgetSettings? RetryBudget);

/// <summary>Settings of one port.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Port">The port.</param>
/// <param name="LoadBalancer">Balancing.</param>
/// <param name="ConnectionPool">Limits.</param>
/// <param name="OutlierDetection">Ejection of failing hosts.</param>
/// <param name="Tls">TLS towards the upstream.</param>
public sealed record PortTrafficPolicy(
    SourceSpan Span, PortSelector? Port, LoadBalancerSettings? LoadBalancer, ConnectionPoolSettings? ConnectionPool,
    OutlierDetection? OutlierDetection, ClientTlsSettings? Tls);

/// <summary>Names a port by number.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Number">Port, 1..65535.</param>
public sealed record PortSelector(
    SourceSpan Span, Spanned<long>? Number);

/// <summary>Tunnelling of TCP over HTTP CONNECT or POST.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Protocol">CONNECT (default) or POST.</param>
/// <param name="TargetHost">Host in the request.</param>
/// <param name="TargetPort">Port in the request.</param>
public sealed record TunnelSettings(
    SourceSpan Span, Spanned<string>? Protocol, Spanned<string>? TargetHost, Spanned<long>? TargetPort);

/// <summary>PROXY protocol towards the upstream.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Version">V1 or V2.</param>
public sealed record ProxyProtocolSettings(
    SourceSpan Span, Spanned<string>? Version);

/// <summary>Share of requests that may be retries.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Percent">Percentage of the active requests, default 20.</param>
/// <param name="MinRetryConcurrency">Retries that are always allowed, default 3.</param>
/// <param name="BudgetInterval">Window of the budget; profile 1.31.</param>
public sealed record RetryBudgetSettings(
    SourceSpan Span, Spanned<double>? Percent, Spanned<long>? MinRetryConcurrency,
    [Duration] Spanned<long>? BudgetInterval);
