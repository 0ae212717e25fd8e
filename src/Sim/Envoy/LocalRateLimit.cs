using Sim.Core;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>A token bucket that refills continuously.</summary>
/// <remarks>
/// Envoy: source/extensions/filters/common/local_ratelimit/local_ratelimit_impl.cc, recorded on 1.40.0: tokens come
/// back
/// at the rate <c>tokens_per_fill / fill_interval</c>, not in steps. Tokens are counted exactly, in units of
/// 1 / fill interval of a token. O(1), allocates nothing.
/// </remarks>
public sealed class LocalRateLimit
{
    private readonly LocalRateLimitConfig _config;
    private readonly Int128 _full;
    private Int128 _level;
    private long _filledAtNs;

    /// <summary>A full bucket.</summary>
    /// <param name="config">Configuration.</param>
    /// <param name="nowNs">Time.</param>
    public LocalRateLimit(LocalRateLimitConfig config, long nowNs)
    {
        _config = config;
        _full = (Int128)config.MaxTokens * config.FillIntervalNs;
        _level = _full;
        _filledAtNs = nowNs;
        Reply = LocalReply.RateLimited(config.Status, config.IsResourceExhausted);
    }

    /// <summary>Requests without a token (<c>rate_limited</c>).</summary>
    public long RateLimited { get; private set; }

    /// <summary>Requests refused (<c>enforced</c>).</summary>
    public long Enforced { get; private set; }

    /// <summary>The answer to a refused request.</summary>
    public LocalReply Reply { get; }

    /// <summary>Whether a request passes.</summary>
    /// <param name="nowNs">Time, never before an earlier one.</param>
    /// <param name="rng">Draws for shares other than 0 and 100 %.</param>
    public bool Allows(long nowNs, RngStream rng)
    {
        if (!Draw(_config.Enabled, rng) || TryTake(nowNs))
        {
            return true;
        }

        RateLimited++;
        if (!Draw(_config.Enforced, rng))
        {
            return true;
        }

        Enforced++;
        return false;
    }

    private static bool Draw(FractionalPercent share, RngStream rng) =>
        share.Numerator >= share.Denominator || (share.Numerator > 0 && share.Includes(rng.NextUInt64()));

    private bool TryTake(long nowNs)
    {
        Int128 filled = _level + ((Int128)(nowNs - _filledAtNs) * _config.TokensPerFill);
        _level = filled < _full ? filled : _full;
        _filledAtNs = nowNs;
        if (_level < _config.FillIntervalNs)
        {
            return false;
        }

        _level -= _config.FillIntervalNs;
        return true;
    }
}
