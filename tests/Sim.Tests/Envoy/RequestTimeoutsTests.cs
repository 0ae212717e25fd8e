using Sim.Core;
using Sim.Envoy;

namespace Sim.Tests.Envoy;

/// <summary>Timeouts in force. Envoy: source/common/router/router.cc#FilterUtility::finalTimeout.</summary>
internal sealed class RequestTimeoutsTests
{
    private const long Ms = SimDuration.Millisecond;

    [TestCase(0, 0, 0, 0)]
    [TestCase(10, 0, 10, 0)]
    [TestCase(10, 9, 10, 9)]
    [TestCase(10, 10, 10, 0)]
    [TestCase(10, 11, 10, 0)]
    [TestCase(0, 11, 0, 11)]
    public void A_try_has_a_timeout_of_its_own_below_that_of_the_route(long route, long perTry, long all, long own) =>
        Check(route, perTry, [], true, null, all, own);

    [TestCase("15", "7", true, 15, 7)]
    [TestCase("15", "7", false, 10, 5)]
    [TestCase("0", "7", true, 0, 7)]
    [TestCase("15", "0", true, 15, 0)]
    [TestCase("15", "20", true, 15, 0)]
    [TestCase("bad", "-1", true, 10, 5)]
    [TestCase("1.5", "", true, 10, 5)]
    public void Trusted_callers_state_other_ones(string all, string own, bool isTrusted, long allMs, long ownMs) =>
        Check(10, 5,
            [("x-envoy-upstream-rq-timeout-ms", all), ("x-envoy-upstream-rq-per-try-timeout-ms", own)], isTrusted,
            null, allMs, ownMs);

    [TestCase("1S", 0L, 1000)]
    [TestCase("1S", 500L, 500)]
    [TestCase("200m", 500L, 200)]
    [TestCase("500m", 500L, 500)]
    [TestCase("bad", 500L, 500)]
    [TestCase("bad", 0L, 0)]
    [TestCase("1S", null, 10)]
    public void A_grpc_caller_states_its_own_up_to_the_cap_where_that_counts(string told, long? capMs, long allMs)
    {
        Check(10, 0, [("content-type", "application/grpc"), ("grpc-timeout", told)], false, capMs, allMs, 0);
        Check(10, 0, [("grpc-timeout", told)], false, capMs, 10, 0);
    }

    [TestCase("1H", 3_600_000), TestCase("2M", 120_000), TestCase("3S", 3_000), TestCase("4m", 4)]
    [TestCase("5000u", 5), TestCase("5001u", 6), TestCase("1u", 1), TestCase("1n", 1), TestCase("1000001n", 2)]
    [TestCase("0S", 0), TestCase("99999999m", 99_999_999)]
    public void A_grpc_timeout_is_rounded_up_to_milliseconds(string text, long ms) =>
        Assert.That(RequestTimeouts.GrpcTimeoutNs(text), Is.EqualTo(ms * Ms));

    [TestCase(null), TestCase(""), TestCase("S"), TestCase("123456789S"), TestCase("1"), TestCase("1x")]
    [TestCase("-1S"), TestCase(" 1S"), TestCase("1.5S")]
    public void Other_texts_are_no_grpc_timeout(string? text) =>
        Assert.That(RequestTimeouts.GrpcTimeoutNs(text), Is.Zero);

    [TestCase(10, 0, false, 10L)]
    [TestCase(10, 5, false, 5L)]
    [TestCase(10, 5, true, 10L)]
    [TestCase(0, 5, false, 5L)]
    [TestCase(0, 5, true, null)]
    [TestCase(0, 0, false, null)]
    public void The_server_is_told_how_long_the_try_may_take(long allMs, long ownMs, bool isHedging, long? told) =>
        Assert.That(new RequestTimeouts(allMs * Ms, ownMs * Ms).ExpectedMs(isHedging), Is.EqualTo(told));

    private static void Check(
        long routeMs, long perTryMs, (string Name, string Value)[] lines, bool isTrusted, long? capMs, long allMs,
        long ownMs)
    {
        var request = new RequestHeaders(
            "GET", "h", "/", lines.Select(static l => new KeyValuePair<string, string>(l.Name, l.Value)));
        Assert.That(RequestTimeouts.Of(routeMs * Ms, perTryMs * Ms, capMs * Ms, request, isTrusted),
            Is.EqualTo(new RequestTimeouts(allMs * Ms, ownMs * Ms)));
    }
}
