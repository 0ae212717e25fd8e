using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Hot calls of detection, pools, retries, routes and faults allocate nothing.</summary>
internal sealed class ResilienceAllocationTests : IHostHealthSink
{
    void IHostHealthSink.HostHealthChanged(Host host, long nowNs)
    {
    }

    [Test]
    public void PutHttpResponse_AndEjections_AllocateNothing()
    {
        Host[] hosts = [.. Enumerable.Range(0, 10).Select(static i => TestHosts.Make(i))];
        var config = new OutlierDetectionConfig { MaxEjectionPercent = 50, Consecutive5xx = 3 };
        var detector = new OutlierDetector(config, new RngStream(1), this, hosts, config.IntervalNs);
        long now = 0;
        Allocation.AssertNone(() =>
        {
            foreach (Host host in hosts)
            {
                detector.PutHttpResponse(host, 503, now);
                detector.PutResult(host, OutlierResult.LocalOriginConnectFailed, 0, now);
                detector.PutResult(host, OutlierResult.LocalOriginTimeout, 504, now);
                detector.PutHttpResponse(host, 200, now);
            }

            now = detector.NextSweepAtNs;
            detector.Sweep(now);
        });
        Assert.That(detector.Counters.EjectionsEnforcedTotal, Is.GreaterThan(0));
    }

    [Test]
    public void Streams_AttachedQueuedAndRefused_AllocateNothing()
    {
        var breakers = new CircuitBreakers(
            new CircuitBreakerThresholds { MaxConnections = 2, MaxPendingRequests = 2 },
                CircuitBreakerThresholds.EnvoyDefault);
        var pool = new ConnectionPool(TestHosts.Make(1), new ConnectionPoolOptions(), breakers);
        var actions = new PoolActions();
        var streams = new List<int>(16);
        Allocation.AssertNone(() =>
        {
            for (int i = 0; i < 5; i++)
            {
                PoolOutcome outcome = pool.NewStream(i, actions);
                if (outcome.Kind != PoolOutcomeKind.Overflow)
                {
                    streams.Add(i);
                }
            }

            for (int i = 0; i < actions.Count; i++)
            {
                if (actions[i].Kind == PoolActionKind.Open)
                {
                    pool.Connected(actions[i].Connection, int.MaxValue, actions);
                }
            }

            actions.Clear();
            foreach (int stream in streams)
            {
                pool.StreamDone(stream, keepsConnection: true, actions);
            }

            streams.Clear();
            actions.Clear();
        });
        Assert.That(breakers.Counters.RqPendingOverflow, Is.GreaterThan(0));
    }

    [Test]
    public void Match_WithAndWithoutTemplateNumber_AllocatesNothing()
    {
        CompiledRouteConfiguration routes = CompiledRouteConfiguration.Compile(new RouteConfiguration("80",
        [
            new VirtualHost("svc", ["svc.bank", "*.bank"],
            [
                new Route
                {
                    Match = new RouteMatch
                    {
                        Path = "/acc(ounts)?/[0-9]+", PathKind = PathMatchKind.Regex,
                        Headers = [new HeaderMatcher("x-user", new StringMatcher(StringMatchKind.Regex, "t.*"))],
                        RuntimeFraction = new FractionalPercent(50, 100),
                    },
                    Clusters = [new WeightedCluster("a", 1), new WeightedCluster("b", 3)],
                },
                new Route { Clusters = [new WeightedCluster("c", 1)] },
            ]),
        ]));
        RequestHeaders[] requests =
        [
            new("GET", "svc.bank", "/accounts/7?x=1", [new("x-user", "ted")]),
            new("GET", "x.bank", "/other", [new("x-user", "ted")], 0),
            new("GET", "nobody", "/other", null, 1),
        ];
        ulong random = 0;
        Allocation.AssertNone(() =>
        {
            foreach (RequestHeaders request in requests)
            {
                CompiledRoute? route = routes.Match(request, random++).Route;
                _ = route?.Clusters.Pick(random, request);
            }
        });
    }

    [Test]
    public void Retries_FaultsLimitsAndReplies_AllocateNothing()
    {
        var breakers = new CircuitBreakers(CircuitBreakerThresholds.Unlimited, CircuitBreakerThresholds.EnvoyDefault);
        var policy = CompiledRetryPolicy.Compile(
            new RetryPolicy { RetryOn = "connect-failure,retriable-status-codes", RetriableStatusCodes = [503],
                NumRetries = 2 });
        var rng = new RngStream(1);
        var request = new RequestHeaders("GET", "h", "/", [new("x-envoy-retry-on", "5xx")], 0);
        var fault = new FaultFilter(
            new FaultConfig
            {
                DelayNs = 5, DelayPercentage = new FractionalPercent(50, 100), AbortHttpStatus = 503,
                AbortPercentage = new FractionalPercent(1, 1_000_000),
                    Headers = [new HeaderMatcher("x-envoy-retry-on")],
            }, RepeatedHeaderRule.Joined);
        var limit = new LocalRateLimit(new LocalRateLimitConfig { MaxTokens = 1 }, 0);
        long now = 0;
        Allocation.AssertNone(() =>
        {
            RetryState state = RetryState.Start(policy.For(request, isTrusted: true), false);
            _ = state.OnReset(ResetReason.RemoteConnectionFailure, false, breakers);
            _ = state.NextBackoffNs(rng, breakers.Counters);
            _ = state.OnHeaders(ResponseHeaders.OfCode(503), breakers);
            state.Release(breakers);
            _ = LocalReply.UpstreamReset(ResetReason.ConnectionTermination, true);
            _ = fault.Applies(request, "c") && fault.Delay(request, rng.NextUInt64(), 0) > 0;
            _ = fault.Abort(request, rng.NextUInt64(), 0, false);
            _ = limit.Allows(now += SimDuration.Millisecond, rng);
            _ = RequestTimeouts.Of(0, 5, null, request, true);
            _ = ResponseFlags.Of(ResponseFlag.DelayInjected).With(ResponseFlag.UpstreamRetryLimitExceeded);
        });
    }
}
