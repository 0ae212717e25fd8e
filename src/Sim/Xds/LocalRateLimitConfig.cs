using Sim.Core;

namespace Sim.Xds;

/// <summary>A token bucket in front of a route or listener.</summary>
/// <remarks>Envoy: api/envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit.proto.</remarks>
public sealed record LocalRateLimitConfig
{
    /// <summary>Size of the bucket, at least 1; it starts full.</summary>
    public required uint MaxTokens { get; init; }

    /// <summary>Tokens that come back in one <see cref="FillIntervalNs"/>.</summary>
    public uint TokensPerFill { get; init; } = 1;

    /// <summary>Time for <see cref="TokensPerFill"/> tokens, in nanoseconds.</summary>
    public long FillIntervalNs { get; init; } = SimDuration.Second;

    /// <summary>Share of requests that ask for a token.</summary>
    public FractionalPercent Enabled { get; init; } = FractionalPercent.Always;

    /// <summary>Share of requests without a token that are refused.</summary>
    public FractionalPercent Enforced { get; init; } = FractionalPercent.Always;

    /// <summary>Status of refused requests.</summary>
    public int Status { get; init; } = 429;

    /// <summary>Refused gRPC requests get RESOURCE_EXHAUSTED (8) instead of UNAVAILABLE (14).</summary>
    public bool IsResourceExhausted { get; init; }

    /// <summary>Where it stands.</summary>
    public SourceSpan Origin { get; init; }
}
