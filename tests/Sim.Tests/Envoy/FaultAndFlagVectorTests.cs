using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Tests.Vectors;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Vectors of fault injection and of response flags.</summary>
internal sealed class FaultAndFlagVectorTests
{
    // The situations that vectors name in words, by words that only they contain.
    private static readonly (string Words, Func<LocalReply> Reply)[] s_situations =
    [
        ("exceeds the retry buffer", static () => LocalReply.RetryBufferExceeded),
        ("connect failure", static () => LocalReply.UpstreamReset(ResetReason.RemoteConnectionFailure, true)),
        ("retriable", static () => LocalReply.UpstreamReset(ResetReason.RemoteReset, true)),
        ("no route", static () => LocalReply.NoRoute),
        ("returned no host", static () => LocalReply.NoHealthyUpstream),
        ("no healthy", static () => LocalReply.NoHealthyUpstream),
        ("maintenance", static () => LocalReply.MaintenanceMode),
        ("drop_overload", static () => LocalReply.DropOverload),
        ("per-try timeout", static () => LocalReply.PerTryTimeout),
        ("route timeout", static () => LocalReply.RouteTimeout),
        ("global timeout", static () => LocalReply.RouteTimeout),
        ("shed", static () => LocalReply.Overloaded),
        ("strict", static () => LocalReply.InvalidEnvoyHeader("x", "y")),
        ("stream duration", static () => LocalReply.UpstreamMaxStreamDuration),
        ("rbac", static () => LocalReply.RbacDenied("rbac_access_denied_matched_policy[none]")),
        ("rate limit", static () => LocalReply.RateLimited(429, false)),
        ("circuit breaker", static () => LocalReply.UpstreamReset(ResetReason.Overflow, false)),
        ("overflow", static () => LocalReply.UpstreamReset(ResetReason.Overflow, false)),
        ("cluster", static () => LocalReply.NoCluster),
    ];

    private static IEnumerable<TestCaseData> Faults() => VectorFiles.Cases("envoy-fault");

    private static IEnumerable<TestCaseData> Flags() => VectorFiles.Cases("envoy-response-flag");

    [TestCaseSource(nameof(Faults))]
    public void Fault(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement input = c.GetProperty("input");
        JsonElement expected = c.GetProperty("expected");
        if (c.Text("op") == "fractional_percent")
        {
            var percent =
                new FractionalPercent((uint)input.Int("numerator"), MatcherJson.Denominator(input.Text("denominator")));
            Assert.That(percent.Includes(input.GetProperty("random").U64()), Is.EqualTo(expected.GetBoolean()));
            return;
        }

        JsonElement request = input.GetProperty("request");
        var headers = new RequestHeaders("GET", "h", "/", MatcherJson.Lines(request.Get("headers")));
        var filter = new FaultFilter(Config(input.GetProperty("fault")), RepeatedHeaderRule.Joined);
        uint active = (uint)request.Int("active_faults");
        long delayNs = 0;
        FaultAbortDecision abort = default;
        if (filter.Applies(headers, request.Text("cluster")))
        {
            delayNs = filter.Delay(headers, request.Get("delay_random")?.U64() ?? 0, active);
            abort = filter.Abort(headers, request.Get("abort_random")?.U64() ?? 0, active, delayNs > 0);
        }

        Assert.That(delayNs / SimDuration.Millisecond, Is.EqualTo(expected.Int("delay_ms")));
        CheckAbort(abort, expected.Get("abort"));
        ResponseFlags flags = ResponseFlags.None.With(delayNs > 0 ? ResponseFlag.DelayInjected : ResponseFlag.None)
            .With(abort.IsAbort ? ResponseFlag.FaultInjected : ResponseFlag.None);
        string[] wanted = expected.Texts("flags");
        Assert.That(flags.ToString(), Is.EqualTo(wanted.Length == 0 ? "-" : string.Join(',', wanted)));
        if (expected.Get("faults_overflow") is JsonElement overflow)
        {
            Assert.That(filter.FaultsOverflow, Is.EqualTo(overflow.GetInt64()));
        }
    }

    [TestCaseSource(nameof(Flags))]
    public void Response_flag(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement input = c.GetProperty("input");
        JsonElement expected = c.GetProperty("expected");
        switch (c.Text("op"))
        {
            case "upstream_reset":
                CheckReset(input, expected);
                break;
            case "local_reply":
                CheckReply(input.Text("situation"), expected);
                break;
            case "grpc_status_for_outlier":
                CheckGrpc(input, expected);
                break;
            default:
                Assert.Fail("unknown op " + c.Text("op"));
                break;
        }
    }

    private static void CheckAbort(FaultAbortDecision abort, JsonElement? expected)
    {
        Assert.That(abort.IsAbort, Is.EqualTo(expected is not null));
        if (expected is not JsonElement e)
        {
            return;
        }

        LocalReply reply = abort.Reply();
        Assert.That(reply.Code, Is.EqualTo(e.Int("http_status")));
        Assert.That(reply.Body, Is.EqualTo(e.Text("body", e.Text("grpc_message"))));
        if (e.Get("grpc_status") is JsonElement status)
        {
            Assert.That(reply.GrpcStatus, Is.EqualTo(status.GetInt32()));
        }
    }

    private static void CheckReset(JsonElement input, JsonElement expected)
    {
        ResetReason reason = MatcherJson.Reset(input.Text("reset_reason"));
        LocalReply reply = LocalReply.UpstreamReset(reason, input.Flag("retried"));
        Assert.That(ResponseFlags.ShortName(reason.Flag()), Is.EqualTo(expected.Text("response_flag")));
        Assert.That(ResponseFlags.LongName(reason.Flag()), Is.EqualTo(expected.Text("long_name")));
        if (expected.Get("status") is JsonElement status)
        {
            Assert.That(reply.Code, Is.EqualTo(status.GetInt32()));
        }

        Assert.That(reply.Body, Does.StartWith(expected.Text("body_prefix")));
        Assert.That(reply.IsOverloaded, Is.EqualTo(expected.Flag("x_envoy_overloaded")));
        Assert.That(
            reason.OutlierReport(),
            Is.EqualTo(expected.Get("outlier_report") is JsonElement r ? OutlierJson.Result(r.GetString()!) : null));
    }

    private static void CheckReply(string situation, JsonElement expected)
    {
        int at = Array.FindIndex(s_situations, s => situation.Contains(s.Words, StringComparison.OrdinalIgnoreCase));
        Assert.That(at, Is.GreaterThanOrEqualTo(0), "unknown situation " + situation);
        LocalReply reply = s_situations[at].Reply();
        bool isLimit = situation.Contains("used up", StringComparison.Ordinal);
        if (isLimit)
        {
            CheckLimit(expected, reply);
            return;
        }

        Assert.That(reply.Code, Is.EqualTo(expected.Int("status", reply.Code)));
        Assert.That(reply.Body, Is.EqualTo(expected.Text("body", reply.Body)));
        Assert.That(reply.Details, Is.EqualTo(expected.Text("details", reply.Details)));
        Assert.That(reply.IsOverloaded, Is.EqualTo(expected.Flag("x_envoy_overloaded")));
        string flag = ResponseFlags.ShortName(reply.Flag);
        Assert.That(flag, Is.EqualTo(expected.Text("response_flag", flag)));
    }

    // The flags of a request whose retries are used up: URX from the decision, then the last result's own flag.
    private static void CheckLimit(JsonElement expected, LocalReply reply)
    {
        var policy = CompiledRetryPolicy.Compile(new RetryPolicy { RetryOn = "5xx", NumRetries = 0 });
        var breakers =
            new CircuitBreakers(CircuitBreakerThresholds.EnvoyDefault, CircuitBreakerThresholds.EnvoyDefault);
        RetryState state = RetryState.Start(policy, false);
        bool onResponse = expected.Get("status_from") is not null;
        RetryDecision decision = onResponse ? state.OnHeaders(ResponseHeaders.OfCode(503), breakers)
            : state.OnReset(ResetReason.RemoteConnectionFailure, false, breakers);
        Assert.That(decision, Is.EqualTo(RetryDecision.NoRetryLimitExceeded));
        Assert.That(breakers.Counters.RqRetryLimitExceeded, Is.EqualTo(1));
        ResponseFlags flags = ResponseFlags.Of(ResponseFlag.UpstreamRetryLimitExceeded);
        flags = onResponse ? flags : flags.With(reply.Flag);
        string[] wanted = expected.Get("response_flags") is null ? [expected.Text("response_flag")]
            : expected.Texts("response_flags");
        Assert.That(flags.ToString().Split(','), Is.EquivalentTo(wanted));
        Assert.That(expected.Int("status"), Is.EqualTo(503));
    }

    private static void CheckGrpc(JsonElement input, JsonElement expected)
    {
        bool inHeaders = !input.Text("where").Contains("trailers", StringComparison.Ordinal);
        int code = inHeaders ? LocalReply.GrpcToHttpCode(input.Int("grpc_status")) : 200;
        if (expected.Get("http_code_reported") is JsonElement reported)
        {
            Assert.That(code, Is.EqualTo(reported.GetInt32()));
        }

        Assert.That(inHeaders && code is >= 500 and < 600, Is.EqualTo(expected.Flag("counts_as_5xx")));
        Assert.That(inHeaders && code is >= 502 and <= 504, Is.EqualTo(expected.Flag("counts_as_gateway_error")));
    }

    private static FaultConfig Config(JsonElement e)
    {
        JsonElement? delay = e.Get("delay");
        JsonElement? abort = e.Get("abort");
        return new FaultConfig
        {
            DelayNs = (delay?.Int("fixed_delay_ms") ?? 0) * SimDuration.Millisecond,
            DelayPercentage = Percentage(delay),
            IsDelayHeaderControlled = delay?.Flag("header_controlled") ?? false,
            AbortHttpStatus = abort?.Int("http_status") ?? 0,
            AbortGrpcStatus = abort?.Get("grpc_status")?.GetInt32(),
            IsAbortHeaderControlled = abort?.Flag("header_controlled") ?? false,
            AbortPercentage = Percentage(abort),
            Headers = [.. e.Items("headers").Select(MatcherJson.Header)],
            DownstreamNodes = e.Texts("downstream_nodes"),
            UpstreamCluster = e.Text("upstream_cluster"),
            MaxActiveFaults = e.Get("max_active_faults")?.GetUInt32() ?? uint.MaxValue,
        };
    }

    private static FractionalPercent Percentage(JsonElement? e) => e?.Get("percentage") is JsonElement p
        ? new FractionalPercent(p[0].GetUInt32(), MatcherJson.Denominator(p[1].GetString()!)) : default;
}
