using System.Globalization;
using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Tests.Vectors;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Vectors of retries: decisions, lists of conditions, back-off and budget.</summary>
internal sealed class RetryVectorTests
{
    private static IEnumerable<TestCaseData> Decisions() => VectorFiles.Cases("envoy-retry-decision");

    private static IEnumerable<TestCaseData> Backoffs() => VectorFiles.Cases("envoy-retry-backoff");

    private static IEnumerable<TestCaseData> Budgets() => VectorFiles.Cases("envoy-retry-budget");

    [TestCaseSource(nameof(Decisions))]
    public void Retry_decision(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement expected = c.GetProperty("expected");
        switch (c.Text("op"))
        {
            case "decide":
                CheckDecisions(c.GetProperty("input"), expected);
                break;
            case "parse_retry_on":
                CheckList(RetryConditionList.ParseHttp, c.Text("input"), expected);
                break;
            case "parse_retry_grpc_on":
                CheckList(RetryConditionList.ParseGrpc, c.Text("input"), expected);
                break;
            default:
                Assert.Fail("unknown op " + c.Text("op"));
                break;
        }
    }

    [TestCaseSource(nameof(Backoffs))]
    public void Retry_backoff(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement input = c.GetProperty("input");
        JsonElement expected = c.GetProperty("expected");
        if (c.Text("op") == "lower_bound")
        {
            Assert.That(
                Backoff.LowerBoundNs((ulong)input.Int("min_interval_ms"), input.GetProperty("random").U64()),
                Is.EqualTo(expected.Int("delay_ms") * SimDuration.Millisecond));
            return;
        }

        ulong baseMs = (ulong)input.Int("base_interval_ms");
        ulong maxMs = (ulong)input.Int("max_interval_ms");
        IEnumerable<long> delays = input.Items("random")
            .Select((r, i) => Backoff.ExponentialNs(baseMs, maxMs, i, r.U64()) / SimDuration.Millisecond);
        Assert.That(delays, Is.EqualTo(expected.Ints("delays_ms").Select(static d => (long)d)));
    }

    [TestCaseSource(nameof(Budgets))]
    public void Retry_budget(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement input = c.GetProperty("input");
        var d = new RetryBudget();
        bool hasBudget = input.Get("budget_percent") is not null || input.Get("min_retry_concurrency") is not null;
        var breakers = new CircuitBreakers(
            CircuitBreakerThresholds.EnvoyDefault with
            {
                MaxRetries = (uint)input.Int("max_retries", 3),
                RetryBudget = hasBudget ? new RetryBudget(
                    input.Number("budget_percent", d.Percent), (uint)input.Int("min_retry_concurrency", 3)) : null,
            },
            CircuitBreakerThresholds.EnvoyDefault);
        Fill(breakers, BreakerResource.Requests, input.Int("active_requests"));
        Fill(breakers, BreakerResource.PendingRequests, input.Int("pending_requests"));
        Fill(breakers, BreakerResource.Retries, input.Int("active_retries"));
        JsonElement expected = c.GetProperty("expected");
        Assert.That(breakers.MaxRetries(false), Is.EqualTo(expected.Int("max_concurrent_retries")));
        Assert.That(breakers.CanCreate(BreakerResource.Retries, false), Is.EqualTo(expected.Flag("may_retry")));
    }

    private static void Fill(CircuitBreakers breakers, BreakerResource resource, int count)
    {
        for (int i = 0; i < count; i++)
        {
            breakers.Increment(resource, false);
        }
    }

    private static void CheckList(
        Func<string, (RetryConditions Conditions, bool AllKnown)> parse, string text, JsonElement expected)
    {
        (RetryConditions conditions, bool allKnown) = parse(text);
        RetryConditions wanted = expected.Texts("accepted").Select(n => parse(n).Conditions)
            .Aggregate(RetryConditions.None, static (a, b) => a | b);
        Assert.That(conditions, Is.EqualTo(wanted));
        Assert.That(expected.Texts("accepted").All(n => parse(n).AllKnown), Is.True);
        Assert.That(allKnown, Is.EqualTo(expected.Flag("all_valid")));
    }

    private static void CheckDecisions(JsonElement input, JsonElement expected)
    {
        JsonElement policy = input.GetProperty("policy");
        var lines = (input.Get("request_headers")?.EnumerateObject() ?? default)
            .Select(static h => new KeyValuePair<string, string>(h.Name, h.Value.GetString()!)).ToList();
        var request = new RequestHeaders(
            lines.Find(static h => h.Key == ":method").Value ?? "POST", "h", "/",
                lines.Where(static h => h.Key[0] != ':'));
        CompiledRetryPolicy compiled = CompiledRetryPolicy.Compile(new RetryPolicy
        {
            RetryOn = policy.Text("retry_on"),
            NumRetries = (uint)policy.Int("num_retries", 1),
            RetriableStatusCodes = policy.Ints("retriable_status_codes"),
            RetriableHeaders = [.. policy.Items("retriable_headers").Select(MatcherJson.Header)],
            RetriableRequestHeaders = [.. policy.Items("retriable_request_headers").Select(MatcherJson.Header)],
        }).For(request, isTrusted: true);
        int others = input.Get("circuit_breaker")?.Int("other_active_retries") ?? 0;
        var breakers = new CircuitBreakers(
            CircuitBreakerThresholds.EnvoyDefault with
            {
                MaxRetries = (uint)(input.Get("circuit_breaker")?.Int("max_retries", 3) ?? 3),
            },
            CircuitBreakerThresholds.EnvoyDefault);
        Fill(breakers, BreakerResource.Retries, others);
        RetryState state = RetryState.Start(compiled, isHighPriority: false);
        string[] decisions = [.. input.Items("events").Select(e => Name(Decide(ref state, e, breakers)))];
        Assert.That(decisions, Is.EqualTo(expected.Texts("decisions")));
        if (expected.Get("retry_state_created") is JsonElement created)
        {
            Assert.That(state.Policy is not null, Is.EqualTo(created.GetBoolean()));
        }

        if (expected.Get("retries_remaining") is JsonElement remaining)
        {
            Assert.That(state.RetriesRemaining, Is.EqualTo(remaining.GetUInt32()));
        }

        state.Release(breakers);
        Assert.That(breakers.Count(BreakerResource.Retries, false), Is.EqualTo(others), "slots given back");
    }

    private static RetryDecision Decide(ref RetryState state, JsonElement e, CircuitBreakers breakers)
    {
        if (e.Get("reset") is JsonElement reset)
        {
            return state.OnReset(
                MatcherJson.Reset(reset.GetString()!), e.Get("request_started")?.GetBoolean() ?? true, breakers);
        }

        JsonElement response = e.GetProperty("response");
        return state.OnHeaders(
            new ResponseHeaders(
                int.Parse(response.Text(":status"), CultureInfo.InvariantCulture),
                response.EnumerateObject()
                    .Select(static h => new KeyValuePair<string, string>(h.Name, h.Value.GetString()!))),
            breakers);
    }

    private static string Name(RetryDecision decision) => decision switch
    {
        RetryDecision.Yes => "YES",
        RetryDecision.No => "NO",
        RetryDecision.NoOverflow => "NO_OVERFLOW",
        _ => "NO_RETRY_LIMIT_EXCEEDED",
    };
}
