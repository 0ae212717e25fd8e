using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>The one status of a host, and settings of outlier detection that are refused or seldom used.</summary>
internal sealed class HostHealthTests
{
    [TestCase(EdsHealthStatus.Healthy, HealthFlags.None, EdsHealthStatus.Healthy)]
    [TestCase(EdsHealthStatus.Unknown, HealthFlags.None, EdsHealthStatus.Healthy)]
    [TestCase(EdsHealthStatus.Degraded, HealthFlags.DegradedEdsHealth, EdsHealthStatus.Degraded)]
    [TestCase(EdsHealthStatus.Unhealthy, HealthFlags.FailedEdsHealth, EdsHealthStatus.Unhealthy)]
    [TestCase(EdsHealthStatus.Timeout, HealthFlags.FailedEdsHealth, EdsHealthStatus.Timeout)]
    [TestCase(EdsHealthStatus.Draining, HealthFlags.EdsStatusDraining, EdsHealthStatus.Draining)]
    [TestCase(EdsHealthStatus.Draining, HealthFlags.FailedOutlierCheck, EdsHealthStatus.Unhealthy)]
    [TestCase(EdsHealthStatus.Healthy, HealthFlags.FailedActiveHc, EdsHealthStatus.Unhealthy)]
    [TestCase(EdsHealthStatus.Degraded, HealthFlags.FailedOutlierCheck, EdsHealthStatus.Unhealthy)]
    [TestCase(EdsHealthStatus.Healthy, HealthFlags.DegradedOutlierDetection, EdsHealthStatus.Degraded)]
    [TestCase(EdsHealthStatus.Unknown, HealthFlags.DegradedActiveHc, EdsHealthStatus.Degraded)]
    [TestCase(EdsHealthStatus.Draining, HealthFlags.DegradedActiveHc, EdsHealthStatus.Draining)]
    public void StatusOf_StatedAndFlags_GivesTheWorst(
        EdsHealthStatus stated, HealthFlags flags, EdsHealthStatus expected)
    {
        Host host = TestHosts.Make(1);
        host.Endpoint = host.Endpoint with { HealthStatus = stated };
        host.Flags = flags;
        Assert.That(HostHealth.StatusOf(host), Is.EqualTo(expected));
    }

    private static IEnumerable<OutlierDetectionConfig> Refused()
    {
        OutlierDetectionConfig good = new();
        yield return good with { MaxEjectionPercent = 101 };
        yield return good with { EnforcingConsecutive5xx = 101 };
        yield return good with { EnforcingConsecutiveGatewayFailure = 101 };
        yield return good with { EnforcingConsecutiveLocalOriginFailure = 101 };
        yield return good with { EnforcingSuccessRate = 101 };
        yield return good with { EnforcingLocalOriginSuccessRate = 101 };
        yield return good with { EnforcingFailurePercentage = 101 };
        yield return good with { EnforcingFailurePercentageLocalOrigin = 101 };
        yield return good with { FailurePercentageThreshold = 101 };
        yield return good with { IntervalNs = 0 };
        yield return good with { BaseEjectionTimeNs = 0 };
        yield return good with { MaxEjectionTimeNs = 0 };
        yield return good with { MaxEjectionTimeNs = good.BaseEjectionTimeNs - 1 };
    }

    [TestCaseSource(nameof(Refused))]
    public void Refusal_OneRuleBroken_IsSaidAndThrown(OutlierDetectionConfig config)
    {
        Assert.That(OutlierMath.Refusal(config), Does.Match("must be|cannot be"));
        Assert.That(() => new OutlierDetector(config, new RngStream(1), new Sink(), [], 1), Throws.ArgumentException);
    }

    [Test]
    public void Refusal_AtTheEdges_IsNone()
    {
        OutlierDetectionConfig edge = new()
        {
            MaxEjectionPercent = 100, EnforcingConsecutive5xx = 100, FailurePercentageThreshold = 100, IntervalNs = 1,
            BaseEjectionTimeNs = 1, MaxEjectionTimeNs = 1,
        };
        Assert.That(OutlierMath.Refusal(edge), Is.Null);
        Assert.That(OutlierMath.Refusal(new OutlierDetectionConfig()), Is.Null);
        Assert.That(OutlierMath.Refusal(edge with { MaxEjectionTimeNs = null, BaseEjectionTimeNs = SimDuration.Hour }),
            Is.Null);
    }

    [Test]
    public void Text_EveryDetector_IsThatOfTheEventLog() => Assert.That(
        Enum.GetValues<OutlierEjectionType>().Select(static t => t.Text()),
        Is.EqualTo(new[]
        {
            "CONSECUTIVE_5XX", "CONSECUTIVE_GATEWAY_FAILURE", "SUCCESS_RATE", "CONSECUTIVE_LOCAL_ORIGIN_FAILURE",
            "SUCCESS_RATE_LOCAL_ORIGIN", "FAILURE_PERCENTAGE", "FAILURE_PERCENTAGE_LOCAL_ORIGIN", "DEGRADED",
        }));

    /// <summary>With error codes of the cluster a listed answer is an error, at least a 500; others are good.</summary>
    [TestCase(new[] { 429 }, 429, true, false)]
    [TestCase(new[] { 429 }, 500, false, false)]
    [TestCase(new[] { 503 }, 503, true, true)]
    [TestCase(new[] { 500 }, 500, true, false)]
    [TestCase(null, 429, false, false)]
    [TestCase(null, 502, true, true)]
    public void PutHttpResponse_ErrorCodes_DecideWhatCounts(int[]? codes, int code, bool isError, bool isGateway)
    {
        Host host = TestHosts.Make(1);
        var detector = new OutlierDetector(
            new OutlierDetectionConfig { HttpErrorCodes = codes }, new RngStream(1), new Sink(), [host], 1);
        detector.PutHttpResponse(host, code, 0);
        Assert.That((host.Outlier!.Consecutive5xx, host.Outlier.ConsecutiveGatewayFailure),
            Is.EqualTo((isError ? 1u : 0u, isGateway ? 1u : 0u)));
        Assert.That((host.Outlier.External.Total, host.Outlier.External.Success), Is.EqualTo((1u, isError ? 0u : 1u)));
    }

    /// <summary>Section 2.3: what a result counts as when errors are not split.</summary>
    [TestCase(OutlierResult.LocalOriginConnectSuccess, 0, 0u, 0u)]
    [TestCase(OutlierResult.LocalOriginConnectSuccessFinal, 0, 1u, 0u)]
    [TestCase(OutlierResult.ExtOriginRequestSuccess, 0, 1u, 0u)]
    [TestCase(OutlierResult.ExtOriginRequestFailed, 0, 1u, 1u)]
    [TestCase(OutlierResult.LocalOriginTimeout, 0, 1u, 1u)]
    [TestCase(OutlierResult.LocalOriginConnectFailed, 0, 1u, 1u)]
    [TestCase(OutlierResult.LocalOriginTimeout, 204, 1u, 0u)]
    [TestCase(OutlierResult.LocalOriginConnectSuccess, 504, 1u, 1u)]
    public void PutResult_Unsplit_CountsAsItsCode(OutlierResult result, int code, uint total, uint errors)
    {
        Host host = TestHosts.Make(1);
        var detector = new OutlierDetector(
            new OutlierDetectionConfig(), new RngStream(1), new Sink(), [host], 1);
        detector.PutResult(host, result, code, 0);
        OutlierHostState state = host.Outlier!;
        Assert.That((state.External.Total, state.Consecutive5xx), Is.EqualTo((total, errors)));
        bool isGateway = errors > 0 && result != OutlierResult.ExtOriginRequestFailed;
        Assert.That(state.ConsecutiveGatewayFailure, Is.EqualTo(isGateway ? 1u : 0u));
        Assert.That((state.LocalOrigin.Total, state.ConsecutiveLocalOriginFailure), Is.EqualTo((0u, 0u)));
    }

    /// <summary>Section 2.4: local results, external results, and both.</summary>
    [TestCase(OutlierResult.LocalOriginConnectSuccess, 1u, 0u, 0u, 0u)]
    [TestCase(OutlierResult.LocalOriginConnectSuccessFinal, 1u, 0u, 0u, 0u)]
    [TestCase(OutlierResult.LocalOriginTimeout, 1u, 1u, 0u, 0u)]
    [TestCase(OutlierResult.LocalOriginConnectFailed, 1u, 1u, 0u, 0u)]
    [TestCase(OutlierResult.ExtOriginRequestFailed, 0u, 0u, 1u, 1u)]
    [TestCase(OutlierResult.ExtOriginRequestSuccess, 1u, 0u, 1u, 0u)]
    public void PutResult_Split_CountsOnItsSide(
        OutlierResult result, uint local, uint localErrors, uint external, uint errors)
    {
        Host host = TestHosts.Make(1);
        var detector = new OutlierDetector(
            new OutlierDetectionConfig { SplitExternalLocalOriginErrors = true }, new RngStream(1), new Sink(), [host],
            1);
        detector.PutResult(host, result, 504, 0);
        OutlierHostState state = host.Outlier!;
        Assert.That(
            (state.LocalOrigin.Total, state.ConsecutiveLocalOriginFailure, state.External.Total, state.Consecutive5xx),
            Is.EqualTo((local, localErrors, external, errors)));
        Assert.That(state.LocalOrigin.Success, Is.EqualTo(local - localErrors));
    }

    /// <summary>Section 2.8: a passed active check ends an ejection at once where the settings allow it.</summary>
    [TestCase(true, HealthFlags.None, true)]
    [TestCase(false, HealthFlags.None, false)]
    [TestCase(true, HealthFlags.FailedActiveHc, false)]
    public void ActiveHealthCheckPassed_EjectedHost_ReturnsWhereAllowed(bool isAllowed, HealthFlags other, bool returns)
    {
        Host host = TestHosts.Make(1);
        var sink = new Sink();
        var detector = new OutlierDetector(
            new OutlierDetectionConfig
            {
                Consecutive5xx = 1, MaxEjectionPercent = 100,
                SuccessfulActiveHealthCheckUnejectHost = isAllowed,
            },
            new RngStream(1), sink, [host], 1);
        detector.ActiveHealthCheckPassed(host, 0);
        Assert.That((sink.Told, detector.HasNews), Is.EqualTo((0, false)));
        detector.PutHttpResponse(host, 500, 0);
        Assert.That((sink.Told, detector.HasNews), Is.EqualTo((1, true)));
        host.Flags |= other;
        detector.ActiveHealthCheckPassed(host, 5);
        Assert.That((host.Flags & HealthFlags.FailedOutlierCheck) == 0, Is.EqualTo(returns));
        Assert.That((sink.Told, detector.Counters.EjectionsActive), Is.EqualTo(returns ? (2, 0L) : (1, 1L)));
        Assert.That(host.Outlier!.Consecutive5xx, Is.Zero);
    }

    [Test]
    public void HostsChanged_EjectedHostGone_LeavesNothingBehind()
    {
        Host gone = TestHosts.Make(1);
        Host kept = TestHosts.Make(2);
        var detector = new OutlierDetector(
            new OutlierDetectionConfig { Consecutive5xx = 1, MaxEjectionPercent = 100 }, new RngStream(1), new Sink(),
            [gone, kept], 1);
        detector.PutHttpResponse(gone, 500, 0);
        detector.PutHttpResponse(kept, 500, 0);
        OutlierHostState state = kept.Outlier!;
        detector.HostsChanged([kept]);
        Assert.That(detector.Counters.EjectionsActive, Is.EqualTo(1));
        Assert.That(gone.Outlier, Is.Null);
        Assert.That(kept.Outlier, Is.SameAs(state));
        detector.PutHttpResponse(gone, 500, 0);
        detector.PutResult(gone, OutlierResult.LocalOriginConnectFailed, 0, 0);
        Assert.That(detector.Counters.EjectionsActive, Is.EqualTo(1));
    }

    private sealed class Sink : IHostHealthSink
    {
        public int Told { get; private set; }

        public void HostHealthChanged(Host host, long nowNs) => Told++;
    }
}
