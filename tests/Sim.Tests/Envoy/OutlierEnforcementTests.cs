using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Shares of enforcement, degraded hosts, names of counters, and the retry budget.</summary>
internal sealed class OutlierEnforcementTests
{
    private const long Second = SimDuration.Second;

    private static readonly OutlierDetectionConfig s_first = new()
    {
        Consecutive5xx = 1, MaxEjectionPercent = 100, EnforcingConsecutive5xx = 100,
        EnforcingConsecutiveGatewayFailure = 0, BaseEjectionTimeNs = 30 * Second, IntervalNs = 10 * Second,
    };

    [TestCase(0u, 0, 0), TestCase(30u, 250, 350), TestCase(100u, 1000, 1000)]
    public void An_outlier_is_ejected_with_the_share_that_is_enforced(uint percent, int least, int most)
    {
        Host[] hosts = [.. Enumerable.Range(0, 1000).Select(static i => TestHosts.Make(i))];
        OutlierDetector detector = Detector(s_first with { EnforcingConsecutive5xx = percent }, hosts);
        foreach (Host host in hosts)
        {
            detector.PutHttpResponse(host, 500, 0);
        }

        Assert.That(hosts.Count(static h => (h.Flags & HealthFlags.FailedOutlierCheck) != 0),
            Is.InRange(least, most));
        Assert.That(detector.Counters.Detected(OutlierEjectionType.Consecutive5xx), Is.EqualTo(1000));
        Assert.That(detector.Counters.Enforced(OutlierEjectionType.Consecutive5xx),
            Is.EqualTo(detector.Counters.EjectionsActive));
    }

    [Test]
    public void A_degraded_host_is_told_once_and_returns_after_its_time()
    {
        Host host = TestHosts.Make(1);
        var sink = new Sink();
        OutlierDetector detector = Detector(s_first with { DetectDegradedHosts = true }, [host], sink);
        detector.PutDegraded(host, Second);
        detector.PutDegraded(host, 2 * Second);
        Assert.That((IsDegraded(host), sink.Told), Is.EqualTo((true, 1)));
        Assert.That(detector.Counters.Detected(OutlierEjectionType.Degraded), Is.EqualTo(1));
        detector.Sweep((31 * Second) - 1);
        Assert.That((IsDegraded(host), sink.Told), Is.EqualTo((true, 1)));
        detector.Sweep(31 * Second);
        Assert.That((IsDegraded(host), sink.Told), Is.EqualTo((false, 2)));
        Assert.That(host.Flags, Is.EqualTo(HealthFlags.None));
    }

    [Test]
    public void A_repeated_degradation_lasts_longer_and_good_intervals_shorten_it_again()
    {
        Host host = TestHosts.Make(1);
        OutlierDetector detector = Detector(s_first with { DetectDegradedHosts = true }, [host]);
        detector.PutDegraded(host, 0);
        detector.Sweep(30 * Second);
        detector.PutDegraded(host, 31 * Second);
        detector.Sweep(61 * Second);
        Assert.That(IsDegraded(host), Is.True, "the second time is twice as long");
        detector.Sweep(91 * Second);
        Assert.That(IsDegraded(host), Is.False);
        detector.Sweep(101 * Second);
        detector.Sweep(111 * Second);
        detector.PutDegraded(host, 112 * Second);
        detector.Sweep(142 * Second);
        Assert.That(IsDegraded(host), Is.False, "two good intervals took the multiplier back");
    }

    [Test]
    public void Nobody_is_degraded_unless_that_is_asked_for()
    {
        Host host = TestHosts.Make(1);
        var sink = new Sink();
        Detector(s_first, [host], sink).PutDegraded(host, 0);
        Assert.That((IsDegraded(host), sink.Told), Is.EqualTo((false, 0)));
        OutlierDetector other = Detector(s_first with { DetectDegradedHosts = true }, [TestHosts.Make(2)], sink);
        other.PutDegraded(host, 0);
        Assert.That((IsDegraded(host), sink.Told), Is.EqualTo((false, 0)), "a host of another cluster");
        other.PutDegraded(TestHosts.Make(3), 0);
        Assert.That(sink.Told, Is.Zero, "a host of none");
    }

    [Test]
    public void Every_counter_has_its_name()
    {
        string[] types =
        [
            "consecutive_5xx", "consecutive_gateway_failure", "success_rate", "consecutive_local_origin_failure",
            "local_origin_success_rate", "failure_percentage", "local_origin_failure_percentage",
        ];
        string[] expected =
        [
            "ejections_active", "ejections_enforced_total", "ejections_overflow", "ejections_total",
            "ejections_consecutive_5xx", "ejections_success_rate", "ejections_detected_degradation",
            .. types.Select(static t => "ejections_detected_" + t),
            .. types.Select(static t => "ejections_enforced_" + t),
        ];
        Assert.That(new OutlierCounters().All().Select(static c => c.Key), Is.EquivalentTo(expected));
    }

    /// <summary>A budget counts requests on connections and those that wait for one.</summary>
    [TestCase(0, 0, 3), TestCase(30, 0, 6), TestCase(0, 30, 6), TestCase(20, 20, 8), TestCase(5, 5, 3)]
    public void A_retry_budget_is_a_share_of_what_is_in_progress(int requests, int pending, int retries)
    {
        CircuitBreakerThresholds limits = new() { RetryBudget = new RetryBudget() };
        foreach (bool isHigh in new[] { false, true })
        {
            var breakers = new CircuitBreakers(limits, limits);
            for (int i = 0; i < requests; i++)
            {
                breakers.Increment(BreakerResource.Requests, isHigh);
            }

            for (int i = 0; i < pending; i++)
            {
                breakers.Increment(BreakerResource.PendingRequests, isHigh);
            }

            Assert.That((breakers.MaxRetries(isHigh), breakers.MaxRetries(!isHigh)), Is.EqualTo(((long)retries, 3L)));
            Assert.That(breakers.Remaining(BreakerResource.Retries, isHigh), Is.EqualTo(retries));
        }
    }

    [Test]
    public void Each_priority_has_limits_of_its_own()
    {
        CircuitBreakerThresholds low = new()
        {
            MaxConnections = 1, MaxPendingRequests = 2, MaxRequests = 3, MaxRetries = 4,
        };
        var breakers = new CircuitBreakers(low, CircuitBreakerThresholds.EnvoyDefault);
        long[] Remaining(bool isHigh) =>
            [.. Enum.GetValues<BreakerResource>().Select(r => breakers.Remaining(r, isHigh))];
        Assert.That(Remaining(false), Is.EquivalentTo(new[] { 1L, 2L, 3L, 4L }));
        Assert.That(Remaining(true), Is.EquivalentTo(new[] { 1024L, 1024L, 1024L, 3L }));
        breakers.Increment(BreakerResource.Connections, false);
        breakers.Increment(BreakerResource.Connections, false);
        Assert.That((breakers.Remaining(BreakerResource.Connections, false),
            breakers.Open(BreakerResource.Connections, false)), Is.EqualTo((0L, 1)));
        Assert.That(breakers.Open(BreakerResource.Connections, true), Is.Zero);
    }

    private static bool IsDegraded(Host host) => (host.Flags & HealthFlags.DegradedOutlierDetection) != 0;

    private static OutlierDetector Detector(OutlierDetectionConfig config, Host[] hosts, Sink? sink = null) =>
        new(config, new RngStream(5), sink ?? new Sink(), hosts, 0);

    private sealed class Sink : IHostHealthSink
    {
        public int Told { get; private set; }

        public void HostHealthChanged(Host host, long nowNs) => Told++;
    }
}
