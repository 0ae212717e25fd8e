using Sim.Core;

namespace Sim.Manifests;

/// <summary>How a host is chosen.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Simple">LEAST_REQUEST (default), ROUND_ROBIN, RANDOM, PASSTHROUGH, LEAST_CONN.</param>
/// <param name="ConsistentHash">Choice by a hash.</param>
/// <param name="LocalityLbSetting">Choice between localities.</param>
/// <param name="WarmupDurationSecs">Older form of the warm-up.</param>
/// <param name="Warmup">Slow start of new hosts; since 1.24.</param>
/// <param name="BackendUtilization">Weights from reported load; profile 1.31.</param>
/// <param name="ZoneAwareLbSetting">Envoy's zone-aware routing; profile 1.31.</param>
public sealed record LoadBalancerSettings(
    SourceSpan Span, Spanned<string>? Simple, ConsistentHashSettings? ConsistentHash,
    LocalityLbSetting? LocalityLbSetting, [Duration] Spanned<long>? WarmupDurationSecs, WarmupSettings? Warmup,
    BackendUtilizationSettings? BackendUtilization, ZoneAwareLbSetting? ZoneAwareLbSetting);

/// <summary>Choice by a hash of one property of the request.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="HttpHeaderName">Header to hash.</param>
/// <param name="HttpCookie">Cookie to hash.</param>
/// <param name="UseSourceIp">Hash the caller's address.</param>
/// <param name="HttpQueryParameterName">Query parameter to hash.</param>
/// <param name="RingHash">Ring hash.</param>
/// <param name="Maglev">Maglev table.</param>
/// <param name="MinimumRingSize">Older place of the ring's least size.</param>
public sealed record ConsistentHashSettings(
    SourceSpan Span, Spanned<string>? HttpHeaderName, HttpCookie? HttpCookie, Spanned<bool>? UseSourceIp,
    Spanned<string>? HttpQueryParameterName, RingHashSettings? RingHash, MaglevSettings? Maglev,
    Spanned<long>? MinimumRingSize);

/// <summary>Cookie that carries the hash.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Name">Name.</param>
/// <param name="Path">Path.</param>
/// <param name="Ttl">Lifetime; 0s = a session cookie.</param>
/// <param name="Attributes">Further attributes; since 1.28.</param>
public sealed record HttpCookie(
    SourceSpan Span, Spanned<string>? Name, Spanned<string>? Path, [Duration] Spanned<long>? Ttl,
    IReadOnlyList<HttpCookieAttribute> Attributes);

/// <summary>Attribute of a cookie.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Name">Name.</param>
/// <param name="Value">Value.</param>
public sealed record HttpCookieAttribute(
    SourceSpan Span, Spanned<string>? Name, Spanned<string>? Value);

/// <summary>Ring hash.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="MinimumRingSize">Least number of points on the ring, default 1024.</param>
public sealed record RingHashSettings(
    SourceSpan Span, Spanned<long>? MinimumRingSize);

/// <summary>Maglev.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="TableSize">Size of the table, a prime, default 65537.</param>
public sealed record MaglevSettings(
    SourceSpan Span, Spanned<long>? TableSize);

/// <summary>Slow start of new hosts.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Duration">How long a host is new.</param>
/// <param name="MinimumPercent">Least share of its weight, default 10.</param>
/// <param name="Aggression">Shape of the curve, default 1.</param>
public sealed record WarmupSettings(
    SourceSpan Span, [Duration] Spanned<long>? Duration, Spanned<double>? MinimumPercent, Spanned<double>? Aggression);

/// <summary>Weights from the load that hosts report.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="ErrorUtilizationPenaltyPercent">How much errors count.</param>
/// <param name="MetricNamesForComputingUtilization">Metrics to use.</param>
/// <param name="WeightExpirationPeriod">Time after which a report is forgotten.</param>
/// <param name="WeightStabilizationPeriod">Time before a new host's reports count.</param>
/// <param name="WeightUpdatePeriod">Time between changes of the weights.</param>
public sealed record BackendUtilizationSettings(
    SourceSpan Span, Spanned<long>? ErrorUtilizationPenaltyPercent,
    IReadOnlyList<Spanned<string>> MetricNamesForComputingUtilization, [Duration] Spanned<long>? WeightExpirationPeriod,
    [Duration] Spanned<long>? WeightStabilizationPeriod, [Duration] Spanned<long>? WeightUpdatePeriod);

/// <summary>Choice between localities.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Distribute">Shares per locality.</param>
/// <param name="Failover">Where a region's traffic goes.</param>
/// <param name="FailoverPriority">Labels, in order, whose equality makes a host nearer.</param>
/// <param name="Enabled">False turns locality balancing off.</param>
public sealed record LocalityLbSetting(
    SourceSpan Span, IReadOnlyList<LocalityDistribute> Distribute, IReadOnlyList<LocalityFailover> Failover,
    IReadOnlyList<Spanned<string>> FailoverPriority, Spanned<bool>? Enabled);

/// <summary>Shares of one caller locality.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="From">Caller's locality, region/zone/subzone, a star at the end.</param>
/// <param name="To">Share of each locality, in per cent, sum 100.</param>
public sealed record LocalityDistribute(
    SourceSpan Span, Spanned<string>? From, SpannedMap<Spanned<long>> To);

/// <summary>Where the traffic of a region goes when it fails.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="From">Failing region.</param>
/// <param name="To">Region that takes over.</param>
public sealed record LocalityFailover(
    SourceSpan Span, Spanned<string>? From, Spanned<string>? To);

/// <summary>Envoy's zone-aware routing.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Enabled">True turns it on.</param>
/// <param name="Failover">Where a region's traffic goes.</param>
/// <param name="FailoverPriority">Labels, in order, whose equality makes a host nearer.</param>
/// <param name="MinClusterSize">Least number of hosts.</param>
public sealed record ZoneAwareLbSetting(
    SourceSpan Span, Spanned<bool>? Enabled, IReadOnlyList<LocalityFailover> Failover,
    IReadOnlyList<Spanned<string>> FailoverPriority, Spanned<long>? MinClusterSize);
