using System.Globalization;
using Sim.Core;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>What becomes of a retriable or other result of an attempt.</summary>
public enum RetryDecision
{
    /// <summary>The result goes to the client.</summary>
    No,

    /// <summary>A further attempt after the back-off.</summary>
    Yes,

    /// <summary>The result would be retried, but the number of retries is used up: flag URX.</summary>
    NoRetryLimitExceeded,

    /// <summary>The result would be retried, but the circuit breaker is full: flag UO.</summary>
    NoOverflow,
}

/// <summary>Retries of one request. A struct for the request's slot; it allocates nothing.</summary>
/// <remarks>
/// Envoy: source/common/router/retry_state_impl.cc. The breaker's slot is held from the decision until the result of
/// the retry arrives, the back-off included; a request never holds two.
/// </remarks>
public struct RetryState
{
    private int _backoffs;
    private ulong _toldMs;

    /// <summary>The policy of the request; null = no retry state.</summary>
    public CompiledRetryPolicy? Policy { get; private set; }

    /// <summary>Retries left.</summary>
    public uint RetriesRemaining { get; private set; }

    /// <summary>A retry was decided whose result has not arrived: the request holds a place of the breaker.</summary>
    public bool HoldsSlot { get; private set; }

    /// <summary>Route has priority HIGH.</summary>
    public bool IsHighPriority { get; private set; }

    /// <summary>The state of a request that starts.</summary>
    /// <param name="policy">Policy of its route (<see cref="CompiledRetryPolicy.For"/> the request).</param>
    /// <param name="isHighPriority">Priority of the route.</param>
    public static RetryState Start(CompiledRetryPolicy policy, bool isHighPriority) => new()
    {
        Policy = policy.IsActive ? policy : null,
        RetriesRemaining = policy.NumRetries,
        IsHighPriority = isHighPriority,
    };

    /// <summary>Response headers of an attempt have arrived and none were forwarded before.</summary>
    /// <param name="response">The response.</param>
    /// <param name="breakers">The cluster's limits.</param>
    /// <param name="unixNowS">Wall-clock seconds for back-offs told as time stamps; 0 = unknown.</param>
    public RetryDecision OnHeaders(ResponseHeaders response, CircuitBreakers breakers, long unixNowS = 0)
    {
        if (Policy is null)
        {
            return RetryDecision.No;
        }

        bool would = WouldRetry(Policy, response);
        RetryDecision decision = Decide(would, breakers);
        if (decision == RetryDecision.Yes && Policy.Source.RateLimitedBackoff is RateLimitedBackoff told)
        {
            _toldMs = ToldBackoffMs(told, response.Headers, unixNowS);
        }

        return decision;
    }

    /// <summary>An attempt ended without response headers.</summary>
    /// <param name="reason">Why; a per-try timeout is a local reset.</param>
    /// <param name="requestStarted">Bytes of the request were sent upstream by any attempt.</param>
    /// <param name="breakers">The cluster's limits.</param>
    public RetryDecision OnReset(ResetReason reason, bool requestStarted, CircuitBreakers breakers) =>
        Policy is null ? RetryDecision.No : Decide(WouldRetry(Policy.Conditions, reason, requestStarted), breakers);

    /// <summary>Whether a first answer could be tried again at all.</summary>
    /// <param name="policy">Policy of the request.</param>
    /// <param name="response">The answer.</param>
    public static bool MayRetry(CompiledRetryPolicy policy, ResponseHeaders response) =>
        policy.IsActive && WouldRetry(policy, response);

    /// <summary>A per-try timeout with hedging: retried whatever the conditions say.</summary>
    public RetryDecision OnHedgedPerTryTimeout(CircuitBreakers breakers) =>
        Policy is null ? RetryDecision.No : Decide(true, breakers);

    /// <summary>Whether response headers would be retried, without deciding anything.</summary>
    /// <remarks>Hedging lets the first response win that is not one of these.</remarks>
    public readonly bool WouldRetryHeaders(ResponseHeaders response) =>
        Policy is not null && WouldRetry(Policy, response);

    /// <summary>The wait before the retry just decided, in nanoseconds.</summary>
    /// <param name="rng">Stream of the proxy's back-offs; one draw.</param>
    /// <param name="counters">Counters of the cluster.</param>
    public long NextBackoffNs(RngStream rng, UpstreamCounters counters)
    {
        ulong random = rng.NextUInt64();
        if (_toldMs > 0)
        {
            counters.RqRetryBackoffRatelimited++;
            ulong told = _toldMs;
            _toldMs = 0;
            return Backoff.LowerBoundNs(told, random);
        }

        counters.RqRetryBackoffExponential++;
        return Backoff.ExponentialNs(Policy!.BackoffBaseMs, Policy.BackoffMaxMs, _backoffs++, random);
    }

    /// <summary>The request has ended some other way: gives the breaker's place back.</summary>
    public void Release(CircuitBreakers breakers)
    {
        if (HoldsSlot)
        {
            HoldsSlot = false;
            breakers.Decrement(BreakerResource.Retries, IsHighPriority);
        }
    }

    private RetryDecision Decide(bool would, CircuitBreakers breakers)
    {
        if (HoldsSlot && !would)
        {
            breakers.Counters.RqRetrySuccess++;
        }

        Release(breakers);
        if (!would)
        {
            return RetryDecision.No;
        }

        if (RetriesRemaining == 0)
        {
            breakers.Counters.RqRetryLimitExceeded++;
            return RetryDecision.NoRetryLimitExceeded;
        }

        RetriesRemaining--;
        if (!breakers.CanCreate(BreakerResource.Retries, IsHighPriority))
        {
            breakers.Counters.RqRetryOverflow++;
            return RetryDecision.NoOverflow;
        }

        breakers.Increment(BreakerResource.Retries, IsHighPriority);
        breakers.Counters.RqRetry++;
        HoldsSlot = true;
        return RetryDecision.Yes;
    }

    // Envoy: #RetryStateImpl::wouldRetryFromHeaders.
    private static bool WouldRetry(CompiledRetryPolicy policy, ResponseHeaders response)
    {
        RetryConditions on = policy.Conditions;
        if (response.IsRateLimited)
        {
            return (on & RetryConditions.EnvoyRateLimited) != 0;
        }

        int code = response.Code;
        if (((on & RetryConditions.FiveXx) != 0 && code is >= 500 and <= 599)
            || ((on & RetryConditions.GatewayError) != 0 && code is >= 502 and <= 504)
            || ((on & RetryConditions.Retriable4xx) != 0 && code == 409)
            || ((on & RetryConditions.RetriableStatusCodes) != 0 && policy.HasStatusCode(code)))
        {
            return true;
        }

        if ((on & RetryConditions.RetriableHeaders) != 0 && policy.MatchesRetriableHeader(response.Headers))
        {
            return true;
        }

        return response.GrpcStatus switch
        {
            1 => (on & RetryConditions.GrpcCancelled) != 0,
            4 => (on & RetryConditions.GrpcDeadlineExceeded) != 0,
            8 => (on & RetryConditions.GrpcResourceExhausted) != 0,
            13 => (on & RetryConditions.GrpcInternal) != 0,
            14 => (on & RetryConditions.GrpcUnavailable) != 0,
            _ => false,
        };
    }

    // Envoy: #RetryStateImpl::wouldRetryFromReset.
    private static bool WouldRetry(RetryConditions on, ResetReason reason, bool requestStarted)
    {
        if (reason == ResetReason.Overflow)
        {
            return false;
        }

        if ((on & RetryConditions.ConnectFailure) != 0 && reason.IsConnectionFailure())
        {
            return true;
        }

        if ((on & RetryConditions.ResetBeforeRequest) != 0 && !requestStarted)
        {
            return true;
        }

        return (on & (RetryConditions.Reset | RetryConditions.FiveXx | RetryConditions.GatewayError)) != 0
            || ((on & RetryConditions.RefusedStream) != 0 && reason == ResetReason.RemoteRefusedStreamReset);
    }

    // Envoy: #RetryStateImpl::parseResetInterval.
    private static ulong ToldBackoffMs(RateLimitedBackoff told, HeaderMap headers, long unixNowS)
    {
        for (int i = 0; i < told.ResetHeaders.Count; i++)
        {
            (string name, bool isUnixTimestamp) = told.ResetHeaders[i];
            if (!long.TryParse(
                    headers.FirstLine(name), NumberStyles.None, CultureInfo.InvariantCulture, out long seconds))
            {
                continue;
            }

            long waitS = isUnixTimestamp ? seconds - unixNowS : seconds;
            if (isUnixTimestamp && (unixNowS == 0 || waitS < 0))
            {
                continue;
            }

            if (waitS > 0 && waitS <= told.MaxIntervalNs / SimDuration.Second)
            {
                return (ulong)waitS * 1000;
            }
        }

        return 0;
    }
}
