using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Gates, header control, limits and counters of fault injection.</summary>
internal sealed class FaultFilterTests
{
    private static readonly FractionalPercent s_half = new(50, 100);

    [TestCase("", "", null, true)]
    [TestCase("c", "", null, true)]
    [TestCase("d", "", null, false)]
    [TestCase("", "a,b", "b", true)]
    [TestCase("", "a,b", "a", true)]
    [TestCase("", "a,b", "d", false)]
    [TestCase("", "a,b", null, false)]
    public void Applies_ClusterAndNodes_BothHaveToFit(string cluster, string nodes, string? node, bool expected)
    {
        var filter = Filter(new FaultConfig
        {
            UpstreamCluster = cluster, DownstreamNodes = nodes.Split(',', StringSplitOptions.RemoveEmptyEntries),
        });
        Assert.That(filter.Applies(Request(("x-envoy-downstream-service-node", node)), "c"), Is.EqualTo(expected));
    }

    [Test]
    public void Delay_FractionAndLimit_AreCounted()
    {
        FaultFilter filter = Filter(new FaultConfig { DelayNs = 7, DelayPercentage = s_half, MaxActiveFaults = 2 });
        Assert.That(filter.Delay(Request(), 49, 1), Is.EqualTo(7));
        Assert.That(filter.Delay(Request(), 50, 1), Is.Zero);
        Assert.That((filter.DelaysInjected, filter.FaultsOverflow), Is.EqualTo((1L, 0L)));
        Assert.That(filter.Delay(Request(), 149, 2), Is.Zero);
        Assert.That((filter.DelaysInjected, filter.FaultsOverflow), Is.EqualTo((1L, 1L)));
    }

    [Test]
    public void Delay_NoneOrNoFraction_IsNone()
    {
        Assert.That(Filter(new FaultConfig { DelayPercentage = s_half }).Delay(Request(), 0, 0), Is.Zero);
        Assert.That(Filter(new FaultConfig { DelayNs = 7 }).Delay(Request(), 0, 0), Is.Zero);
    }

    [TestCase("30", null, 49, 30)]
    [TestCase("30", "20", 19, 30)]
    [TestCase("30", "20", 20, 0)]
    [TestCase("30", "80", 49, 30)]
    [TestCase("30", "80", 50, 0)]
    [TestCase("30", "50", 49, 30)]
    [TestCase("0", null, 0, 0)]
    [TestCase(null, null, 0, 0)]
    [TestCase("x", null, 0, 0)]
    public void Delay_ByHeader_LowersTheShareOnly(string? delay, string? percentage, int random, int expectedMs)
    {
        FaultFilter filter = Filter(new FaultConfig
        {
            IsDelayHeaderControlled = true, DelayPercentage = s_half, DelayNs = 99,
        });
        RequestHeaders request = Request(
            ("x-envoy-fault-delay-request", delay), ("x-envoy-fault-delay-request-percentage", percentage));
        Assert.That(filter.Delay(request, (ulong)random, 0), Is.EqualTo(expectedMs * SimDuration.Millisecond));
        Assert.That(filter.DelaysInjected, Is.EqualTo(expectedMs > 0 ? 1 : 0));
    }

    [Test]
    public void Abort_AfterADelayOfTheSameRequest_IsOneActiveFault()
    {
        FaultFilter filter = Filter(new FaultConfig
        {
            AbortHttpStatus = 503, AbortPercentage = new FractionalPercent(100, 100), MaxActiveFaults = 2,
        });
        Assert.That(filter.Abort(Request(), 0, 1, false).HttpStatus, Is.EqualTo(503));
        Assert.That(filter.Abort(Request(), 0, 2, false).IsAbort, Is.False);
        Assert.That(filter.Abort(Request(), 0, 2, true).HttpStatus, Is.EqualTo(503));
        Assert.That((filter.AbortsInjected, filter.FaultsOverflow), Is.EqualTo((2L, 1L)));
    }

    [TestCase("200", null, 200, null)]
    [TestCase("599", "3", 599, null)]
    [TestCase("600", null, 0, null)]
    [TestCase("199", "14", 0, 14)]
    [TestCase(null, "0", 0, 0)]
    [TestCase(null, null, 0, null)]
    public void Abort_ByHeader_TakesHttpBeforeGrpc(string? http, string? grpc, int expectedHttp, int? expectedGrpc)
    {
        FaultFilter filter = Filter(new FaultConfig
        {
            IsAbortHeaderControlled = true, AbortPercentage = s_half, AbortHttpStatus = 400,
        });
        FaultAbortDecision abort = filter.Abort(
            Request(("x-envoy-fault-abort-request", http), ("x-envoy-fault-abort-grpc-request", grpc)), 0, 0, false);
        Assert.That((abort.HttpStatus, abort.GrpcStatus), Is.EqualTo((expectedHttp, expectedGrpc)));
        Assert.That(filter.Abort(Request(("x-envoy-fault-abort-request", "503"),
            ("x-envoy-fault-abort-request-percentage", "10")), 10, 0, false).IsAbort, Is.False);
        Assert.That(filter.Abort(Request(("x-envoy-fault-abort-request", "503"),
            ("x-envoy-fault-abort-request-percentage", "10")), 9, 0, false).IsAbort, Is.True);
    }

    [Test]
    public void Reply_HttpAndGrpc_AreAsRecorded()
    {
        LocalReply http = new FaultAbortDecision(418, null).Reply();
        Assert.That((http.Code, http.Flag, http.Body, http.Details),
            Is.EqualTo((418, ResponseFlag.FaultInjected, "fault filter abort", "fault_filter_abort")));
        LocalReply grpc = new FaultAbortDecision(0, 14).Reply();
        Assert.That((grpc.Code, grpc.GrpcStatus), Is.EqualTo((200, 14)));
    }

    private static FaultFilter Filter(FaultConfig config) => new(config, RepeatedHeaderRule.Joined);

    private static RequestHeaders Request(params (string Name, string? Value)[] headers) => new("GET", "h", "/",
        headers.Where(static h => h.Value is not null)
            .Select(static h => new KeyValuePair<string, string>(h.Name, h.Value!)));
}
