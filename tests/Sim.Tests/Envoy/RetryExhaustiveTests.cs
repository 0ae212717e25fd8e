using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Every retry condition (and pair of them) met by every outcome, against the plain rules.</summary>
internal sealed class RetryExhaustiveTests
{
    private static readonly string[] s_conditions =
    [
        "5xx", "gateway-error", "connect-failure", "envoy-ratelimited", "retriable-4xx", "refused-stream",
        "retriable-status-codes", "retriable-headers", "reset", "reset-before-request", "http3-post-connect-failure",
        "cancelled", "deadline-exceeded", "resource-exhausted", "unavailable", "internal",
    ];

    /// <summary>What an attempt may come to.</summary>
    private sealed record Outcome(
        int Code = 0, int Grpc = -1, bool IsRateLimited = false, bool HasHeader = false,
        ResetReason Reset = ResetReason.None, bool IsStarted = true)
    {
        public ResponseHeaders Response { get; } = new(Code, Lines(Grpc, IsRateLimited, HasHeader));

        private static IEnumerable<KeyValuePair<string, string>> Lines(int grpc, bool isRateLimited, bool hasHeader)
        {
            if (grpc >= 0)
            {
                yield return new("grpc-status", grpc.ToString(System.Globalization.CultureInfo.InvariantCulture));
            }

            if (isRateLimited)
            {
                yield return new("x-envoy-ratelimited", "true");
            }

            if (hasHeader)
            {
                yield return new("x-try-again", "1");
            }
        }
    }

    private static readonly Outcome[] s_outcomes =
    [
        .. new[] { 103, 200, 204, 301, 400, 404, 408, 409, 410, 418, 425, 429, 499, 500, 501, 502, 503, 504, 505, 599 }
            .SelectMany(static code => new[]
            {
                new Outcome(code), new Outcome(code, IsRateLimited: true), new Outcome(code, HasHeader: true),
                new Outcome(code, Grpc: 14, IsRateLimited: true, HasHeader: true),
            }),
        .. Enumerable.Range(0, 18).Select(static status => new Outcome(200, Grpc: status)),
        .. Enum.GetValues<ResetReason>().Where(static r => r != ResetReason.None).SelectMany(static r => new[]
        {
            new Outcome(Reset: r), new Outcome(Reset: r, IsStarted: false),
        }),
    ];

    private static readonly string[][] s_lists =
    [
        [], .. s_conditions.Select(static c => new[] { c }),
        .. s_conditions.SelectMany(static a => s_conditions.Where(b => string.CompareOrdinal(a, b) < 0)
            .Select(b => new[] { a, b })),
    ];

    [Test]
    public void First_outcome_EveryPairOfConditions_IsRetriedByTheRules()
    {
        int tried = 0;
        foreach (string[] on in s_lists)
        {
            CompiledRetryPolicy policy = Policy(on, retries: 1);
            foreach (Outcome outcome in s_outcomes)
            {
                RetryState state = RetryState.Start(policy, isHighPriority: false);
                var breakers = new CircuitBreakers(
                    CircuitBreakerThresholds.Unlimited, CircuitBreakerThresholds.Unlimited);
                bool would = Would(on, outcome);
                RetryDecision expected = would ? RetryDecision.Yes : RetryDecision.No;
                bool isResponse = outcome.Reset == ResetReason.None;
                bool asked = isResponse && state.WouldRetryHeaders(outcome.Response);
                bool may = isResponse && RetryState.MayRetry(policy, outcome.Response);
                bool isRight = Decide(ref state, outcome, breakers) == expected
                    && (!isResponse || (asked == would && may == would));
                if (!isRight)
                {
                    Assert.Fail($"{string.Join(',', on)}: {outcome}, expected {expected}");
                }

                tried++;
            }
        }

        Assert.That(tried, Is.EqualTo((1 + 16 + 120) * (80 + 18 + 26)));
    }

    /// <summary>Chains of four outcomes with every number of retries and places of the breaker.</summary>
    [Test]
    public void Chains_EveryNumberOfRetriesAndPlaces_AreDecidedAsCounted(
        [Range(0, 3)] int retries, [Range(0, 2)] int places, [Values] bool isHigh)
    {
        var retried = new Outcome(503);
        var final = new Outcome(200);
        var limited = new CircuitBreakerThresholds { MaxRetries = (uint)places };
        CompiledRetryPolicy policy = Policy(["5xx"], (uint)retries);
        for (int i = 0; i < 1 << 6; i++)
        {
            // Bits 0 to 3: whether each outcome would be retried. Bits 4 and 5: retries that others hold.
            var breakers = isHigh ? new CircuitBreakers(CircuitBreakerThresholds.Unlimited, limited)
                : new CircuitBreakers(limited, CircuitBreakerThresholds.Unlimited);
            int others = i >> 4;
            for (int k = 0; k < others; k++)
            {
                breakers.Increment(BreakerResource.Retries, isHigh);
            }

            RetryState state = RetryState.Start(policy, isHigh);
            int left = retries;
            bool holds = false;
            (int yes, int success, int exceeded, int overflow) = (0, 0, 0, 0);
            for (int k = 0; k < 4; k++)
            {
                bool would = (i >> k & 1) == 1;
                RetryDecision expected = !would ? RetryDecision.No : left == 0 ? RetryDecision.NoRetryLimitExceeded
                    : others >= places ? RetryDecision.NoOverflow : RetryDecision.Yes;
                success += holds && !would ? 1 : 0;
                exceeded += expected == RetryDecision.NoRetryLimitExceeded ? 1 : 0;
                overflow += expected == RetryDecision.NoOverflow ? 1 : 0;
                yes += expected == RetryDecision.Yes ? 1 : 0;
                left -= would && left > 0 ? 1 : 0;
                holds = expected == RetryDecision.Yes;
                Assert.That(Decide(ref state, would ? retried : final, breakers), Is.EqualTo(expected), $"{i}, {k}");
                Assert.That(breakers.Count(BreakerResource.Retries, isHigh), Is.EqualTo(others + (holds ? 1 : 0)));
                Assert.That((state.HoldsSlot, state.RetriesRemaining), Is.EqualTo((holds, (uint)left)));
            }

            UpstreamCounters counted = breakers.Counters;
            Assert.That(
                (counted.RqRetry, counted.RqRetrySuccess, counted.RqRetryLimitExceeded, counted.RqRetryOverflow),
                Is.EqualTo(((long)yes, (long)success, (long)exceeded, (long)overflow)));
            state.Release(breakers);
            Assert.That(breakers.Count(BreakerResource.Retries, isHigh), Is.EqualTo(others));
        }
    }

    /// <summary>Sections 4.2 and 4.3 of the page on resilience.</summary>
    private static bool Would(string[] on, Outcome o)
    {
        if (o.Reset != ResetReason.None)
        {
            bool isConnect = o.Reset is ResetReason.LocalConnectionFailure or ResetReason.RemoteConnectionFailure
                or ResetReason.ConnectionTimeout;
            return o.Reset != ResetReason.Overflow && on.Any(c => c switch
            {
                "connect-failure" => isConnect,
                "reset-before-request" => !o.IsStarted,
                "reset" or "5xx" or "gateway-error" => true,
                "refused-stream" => o.Reset == ResetReason.RemoteRefusedStreamReset,
                _ => false,
            });
        }

        if (o.IsRateLimited)
        {
            return on.Contains("envoy-ratelimited");
        }

        return on.Any(c => c switch
        {
            "5xx" => o.Code / 100 == 5,
            "gateway-error" => o.Code is 502 or 503 or 504,
            "retriable-4xx" => o.Code == 409,
            "retriable-status-codes" => o.Code is 418 or 503,
            "retriable-headers" => o.HasHeader,
            "cancelled" => o.Grpc == 1,
            "deadline-exceeded" => o.Grpc == 4,
            "resource-exhausted" => o.Grpc == 8,
            "internal" => o.Grpc == 13,
            "unavailable" => o.Grpc == 14,
            _ => false,
        });
    }

    private static RetryDecision Decide(ref RetryState state, Outcome outcome, CircuitBreakers breakers) =>
        outcome.Reset == ResetReason.None ? state.OnHeaders(outcome.Response, breakers)
            : state.OnReset(outcome.Reset, outcome.IsStarted, breakers);

    private static CompiledRetryPolicy Policy(string[] on, uint retries) => CompiledRetryPolicy.Compile(
        new RetryPolicy
        {
            RetryOn = string.Join(',', on), NumRetries = retries, RetriableStatusCodes = [418, 503],
            RetriableHeaders = [new HeaderMatcher("x-try-again", PresentMatch: true)],
        });
}
