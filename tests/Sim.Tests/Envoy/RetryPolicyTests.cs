using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Retry policies as requests change them, and the waits before retries.</summary>
internal sealed class RetryPolicyTests
{
    [TestCase(0, 0, 1ul, 10ul)]
    [TestCase(25, 0, 25ul, 250ul)]
    [TestCase(25, 100, 25ul, 100ul)]
    [TestCase(25, 10, 25ul, 25ul)]
    public void Compile_Backoff_DefaultsToTenTimesTheBase(int baseMs, int maxMs, ulong first, ulong most)
    {
        CompiledRetryPolicy policy = CompiledRetryPolicy.Compile(new RetryPolicy
        {
            BackoffBaseNs = baseMs * SimDuration.Millisecond, BackoffMaxNs = maxMs * SimDuration.Millisecond,
        });
        Assert.That((policy.BackoffBaseMs, policy.BackoffMaxMs), Is.EqualTo((first, most)));
    }

    [Test]
    public void For_UntrustedCallerWithoutRequestConditions_IsThePolicyItself()
    {
        CompiledRetryPolicy policy = CompiledRetryPolicy.Compile(new RetryPolicy { RetryOn = "5xx", NumRetries = 2 });
        Assert.That(policy.For(Request(-1, ("x-envoy-max-retries", "9")), isTrusted: false), Is.SameAs(policy));
    }

    [Test]
    public void For_TrustedCaller_AddsConditionsAndReplacesTheNumber()
    {
        CompiledRetryPolicy policy = CompiledRetryPolicy.Compile(new RetryPolicy
        {
            RetryOn = "5xx,unavailable", NumRetries = 2, RetriableStatusCodes = [418],
        });
        CompiledRetryPolicy made = policy.For(
            Request(-1, ("x-envoy-retry-on", "5xx, retriable-status-codes,retriable-headers"),
                ("x-envoy-retry-grpc-on", "unavailable,cancelled"), ("x-envoy-max-retries", "7"),
                ("x-envoy-retriable-status-codes", "420, 421 ,x"), ("x-envoy-retriable-header-names", " X-A ,,x-b")),
            isTrusted: true);
        Assert.That(made.Conditions, Is.EqualTo(
            RetryConditions.FiveXx | RetryConditions.RetriableStatusCodes | RetryConditions.RetriableHeaders
            | RetryConditions.GrpcUnavailable | RetryConditions.GrpcCancelled));
        Assert.That(made.NumRetries, Is.EqualTo(7));
        Assert.That(new[] { 418, 420, 421, 422 }.Select(made.HasStatusCode),
            Is.EqualTo(new[] { true, true, true, false }));
        Assert.That(new[] { "x-a", "x-b", "x-c" }.Select(n => made.MatchesRetriableHeader(
            new ResponseHeaders(200, [new(n, "1")]).Headers)), Is.EqualTo(new[] { true, true, false }));
        Assert.That(CompiledRetryPolicy.None.For(Request(-1, ("x-envoy-retry-on", "nothing")), true).IsActive, Is.True);
        Assert.That(CompiledRetryPolicy.None.For(Request(-1), true).IsActive, Is.False);
        Assert.That(CompiledRetryPolicy.None.For(Request(-1, ("x-envoy-max-retries", "9")), true).NumRetries,
            Is.EqualTo(1), "no condition, no number");
    }

    [Test]
    public void For_RequestConditions_ClearWhatDoesNotFit()
    {
        CompiledRetryPolicy policy = CompiledRetryPolicy.Compile(new RetryPolicy
        {
            RetryOn = "5xx", NumRetries = 2,
            RetriableRequestHeaders =
                [new HeaderMatcher("x-a", PresentMatch: true), new HeaderMatcher("x-b", PresentMatch: true)],
        });
        Assert.That(policy.For(Request(-1, ("x-b", "1"), ("x-envoy-max-retries", "9")), false).Conditions,
            Is.EqualTo(RetryConditions.FiveXx));
        Assert.That(policy.For(Request(-1, ("x-b", "1"), ("x-envoy-max-retries", "9")), false).NumRetries,
            Is.EqualTo(2));
        Assert.That(policy.For(Request(-1), false).Conditions, Is.EqualTo(RetryConditions.None));
    }

    [Test]
    public void For_TemplatesWithNumbers_AreEachMadeOnce()
    {
        CompiledRetryPolicy policy = CompiledRetryPolicy.Compile(new RetryPolicy
        {
            RetryOn = "5xx", RetriableRequestHeaders = [new HeaderMatcher("x-a", PresentMatch: true)],
        });
        RequestHeaders[] requests =
        [
            .. Enumerable.Range(0, 9).Select(static i => i % 2 == 0 ? Request(i, ("x-a", "1"))
                : Request(i, ("x-envoy-max-retries", "9"), ("x-envoy-retry-on", "reset"))),
        ];
        foreach (RequestHeaders request in requests.Reverse().Concat(requests))
        {
            foreach (bool isTrusted in new[] { false, true })
            {
                CompiledRetryPolicy made = policy.For(request, isTrusted);
                Assert.That(policy.For(request, isTrusted), Is.SameAs(made));
                Assert.That(made.Conditions, Is.EqualTo(
                    request.Id % 2 == 0 ? RetryConditions.FiveXx : RetryConditions.None));
                Assert.That(policy.For(request, !isTrusted), Is.Not.SameAs(made));
            }
        }
    }

    [Test]
    public void NextBackoffNs_Retries_DoubleUpToTheMost()
    {
        CompiledRetryPolicy policy = CompiledRetryPolicy.Compile(
            new RetryPolicy { RetryOn = "5xx", NumRetries = 9, BackoffBaseNs = 25 * SimDuration.Millisecond });
        var breakers = new CircuitBreakers(CircuitBreakerThresholds.Unlimited, CircuitBreakerThresholds.Unlimited);
        RetryState state = RetryState.Start(policy, false);
        var rng = new RngStream(5);
        var same = new RngStream(5);
        foreach (ulong window in new ulong[] { 25, 50, 100, 200, 250, 250 })
        {
            Assert.That(state.OnHeaders(ResponseHeaders.OfCode(500), breakers), Is.EqualTo(RetryDecision.Yes));
            Assert.That(state.NextBackoffNs(rng, breakers.Counters),
                Is.EqualTo((long)(same.NextUInt64() % window) * SimDuration.Millisecond));
        }

        Assert.That(breakers.Counters.RqRetryBackoffExponential, Is.EqualTo(6));
    }

    /// <summary>A told wait counts up to its maximum, is the least, and is used once (4.5).</summary>
    [TestCase("3", 0, false, 3)]
    [TestCase("300", 0, false, 300)]
    [TestCase("301", 0, false, 0)]
    [TestCase("0", 0, false, 0)]
    [TestCase("x", 0, false, 0)]
    [TestCase(null, 0, false, 0)]
    [TestCase("1003", 1000, true, 3)]
    [TestCase("1000", 1000, true, 0)]
    [TestCase("999", 1000, true, 0)]
    [TestCase("1003", 0, true, 0)]
    public void NextBackoffNs_ToldByTheAnswer_IsTakenOnce(string? told, int unixNowS, bool isTimestamp, int expectedS)
    {
        CompiledRetryPolicy policy = CompiledRetryPolicy.Compile(new RetryPolicy
        {
            RetryOn = "5xx", NumRetries = 2,
            RateLimitedBackoff = new RateLimitedBackoff([("x-none", false), ("x-reset", isTimestamp)]),
        });
        var breakers = new CircuitBreakers(CircuitBreakerThresholds.Unlimited, CircuitBreakerThresholds.Unlimited);
        RetryState state = RetryState.Start(policy, false);
        var answer = new ResponseHeaders(503, told is null ? null : [new("x-reset", told)]);
        Assert.That(state.OnHeaders(answer, breakers, unixNowS), Is.EqualTo(RetryDecision.Yes));
        var rng = new RngStream(5);
        ulong random = new RngStream(5).NextUInt64();
        long expected = expectedS == 0 ? (long)(random % 25) * SimDuration.Millisecond
            : (long)((ulong)(expectedS * 1000) + (random % (ulong)(expectedS * 500))) * SimDuration.Millisecond;
        Assert.That(state.NextBackoffNs(rng, breakers.Counters), Is.EqualTo(expected));
        Assert.That(breakers.Counters.RqRetryBackoffRatelimited, Is.EqualTo(expectedS > 0 ? 1 : 0));
        Assert.That(state.OnHeaders(ResponseHeaders.OfCode(500), breakers, unixNowS), Is.EqualTo(RetryDecision.Yes));
        Assert.That(state.NextBackoffNs(rng, breakers.Counters), Is.LessThan(50 * SimDuration.Millisecond));
    }

    [Test]
    public void No_policy_decides_nothing()
    {
        var breakers = new CircuitBreakers(CircuitBreakerThresholds.Unlimited, CircuitBreakerThresholds.Unlimited);
        RetryState state = RetryState.Start(CompiledRetryPolicy.None, false);
        Assert.That(state.Policy, Is.Null);
        Assert.That(state.OnHeaders(ResponseHeaders.OfCode(503), breakers), Is.EqualTo(RetryDecision.No));
        Assert.That(state.OnReset(ResetReason.RemoteReset, false, breakers), Is.EqualTo(RetryDecision.No));
        Assert.That(state.OnHedgedPerTryTimeout(breakers), Is.EqualTo(RetryDecision.No));
        Assert.That(state.WouldRetryHeaders(ResponseHeaders.OfCode(503)), Is.False);
        Assert.That(RetryState.MayRetry(CompiledRetryPolicy.None, ResponseHeaders.OfCode(503)), Is.False);
    }

    [Test]
    public void OnHedgedPerTryTimeout_IsRetriedWhateverTheConditions()
    {
        var breakers = new CircuitBreakers(CircuitBreakerThresholds.Unlimited, CircuitBreakerThresholds.Unlimited);
        RetryState state = RetryState.Start(
            CompiledRetryPolicy.Compile(new RetryPolicy { RetryOn = "cancelled", NumRetries = 1 }), false);
        Assert.That(state.OnHedgedPerTryTimeout(breakers), Is.EqualTo(RetryDecision.Yes));
        Assert.That(state.OnHedgedPerTryTimeout(breakers), Is.EqualTo(RetryDecision.NoRetryLimitExceeded));
    }

    private static RequestHeaders Request(int id, params (string Name, string Value)[] headers) => new("GET", "h", "/",
        headers.Select(static h => new KeyValuePair<string, string>(h.Name, h.Value)), id);
}
