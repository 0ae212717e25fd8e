using Sim.Core;

namespace Sim.Manifests;

/// <summary>When a failing host is ejected and for how long.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Consecutive5xxErrors">Server errors in a row; 0 turns the check off; default 5.</param>
/// <param name="ConsecutiveGatewayErrors">502, 503, 504 in a row; 0 or absent: off.</param>
/// <param name="ConsecutiveLocalOriginFailures">Connection failures in a row, default 5 when split.</param>
/// <param name="ConsecutiveErrors">Obsolete and ignored.</param>
/// <param name="SplitExternalLocalOriginErrors">True counts failures of the connection apart.</param>
/// <param name="Interval">Time between sweeps, default 10 s.</param>
/// <param name="BaseEjectionTime">Time of the first ejection, default 30 s.</param>
/// <param name="MaxEjectionPercent">Most hosts ejected at once, default 10.</param>
/// <param name="MinHealthPercent">Share of healthy hosts below which nothing is ejected, default 0.</param>
/// <param name="OutlierDetectionHttpErrorCodes">Codes that count as errors; profile 1.31.</param>
public sealed record OutlierDetection(
    SourceSpan Span, Spanned<long>? Consecutive5xxErrors, Spanned<long>? ConsecutiveGatewayErrors,
    Spanned<long>? ConsecutiveLocalOriginFailures, Spanned<long>? ConsecutiveErrors,
    Spanned<bool>? SplitExternalLocalOriginErrors, [Duration] Spanned<long>? Interval,
    [Duration] Spanned<long>? BaseEjectionTime, Spanned<long>? MaxEjectionPercent, Spanned<long>? MinHealthPercent,
    IReadOnlyList<Spanned<long>> OutlierDetectionHttpErrorCodes);
