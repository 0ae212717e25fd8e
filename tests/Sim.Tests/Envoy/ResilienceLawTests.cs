using FsCheck;
using FsCheck.Fluent;
using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Laws of outlier detection, retries, circuit breakers and pools over random scripts.</summary>
internal sealed class ResilienceLawTests
{
    [Test]
    public void Ejected_hosts_never_exceed_the_cap_and_return_only_at_sweeps() => Holds<ulong>(300, static seed =>
    {
        var rng = new RngStream(seed);
        var run = new DetectorRun(rng);
        for (int i = 0; i < 400; i++)
        {
            run.Step();
        }

        Assert.That(run.Detector.Counters.EjectionsActive, Is.GreaterThanOrEqualTo(run.Ejected));
    });

    [Test]
    public void Backoff_lies_in_its_window() => Holds<(uint, uint, byte, ulong)>(1000, static x =>
    {
        (uint baseMs, uint factor, byte attempt, ulong random) = x;
        ulong first = (baseMs % 1000) + 1;
        ulong max = first * ((factor % 20) + 1);
        int k = attempt % 40;
        long delay = Backoff.ExponentialNs(first, max, k, random);
        double window = Math.Min(first * Math.ScaleB(1, k), max);
        Assert.That(delay, Is.InRange(0L, (long)((window - 1) * SimDuration.Millisecond)));
        Assert.That(delay % SimDuration.Millisecond, Is.Zero);
        Assert.That(Backoff.WindowMs(first, max, k + 1), Is.InRange(Backoff.WindowMs(first, max, k), max));
    });

    [Test]
    public void A_request_takes_at_most_one_retry_slot_and_gives_it_back() => Holds<ulong>(300, static seed =>
    {
        var rng = new RngStream(seed);
        uint max = rng.NextBelow(3);
        var breakers = new CircuitBreakers(
            new CircuitBreakerThresholds { MaxRetries = max }, CircuitBreakerThresholds.EnvoyDefault);
        var policy = CompiledRetryPolicy.Compile(
            new RetryPolicy { RetryOn = "5xx,connect-failure", NumRetries = rng.NextBelow(5) });
        var states = new RetryState[4];
        for (int i = 0; i < 200; i++)
        {
            ref RetryState state = ref states[rng.NextBelow(4)];
            switch (rng.NextBelow(4))
            {
                case 0:
                    state.Release(breakers);
                    state = RetryState.Start(policy, false);
                    break;
                case 1:
                    _ = state.OnHeaders(ResponseHeaders.OfCode(200 + (int)(rng.NextBelow(4) * 101)), breakers);
                    break;
                default:
                    _ = state.OnReset((ResetReason)(1 + rng.NextBelow(13)), rng.NextBelow(2) == 0, breakers);
                    break;
            }

            int held = states.Count(static s => s.HoldsSlot);
            Assert.That(breakers.Count(BreakerResource.Retries, false), Is.EqualTo(held));
            Assert.That(held, Is.LessThanOrEqualTo((int)max));
        }
    });

    [Test]
    public void A_pool_keeps_its_books() => Holds<ulong>(300, static seed =>
    {
        var run = new PoolRun(new RngStream(seed));
        for (int i = 0; i < 500; i++)
        {
            run.Step();
            run.CheckBooks();
        }
    });

    [Test]
    public void Weights_are_met_over_one_period() => Holds<(uint, uint, uint)>(500, static x =>
    {
        (uint a, uint b, uint c) = x;
        uint[] weights = [a % 50, b % 50, c % 50];
        var picker = new WeightedClusterPicker([.. weights.Select(static (w, i) => new WeightedCluster("c" + i, w))]);
        var counts = new uint[3];
        for (ulong r = 0; r < picker.TotalWeight; r++)
        {
            counts[picker.Pick(r)]++;
        }

        Assert.That(counts, Is.EqualTo(weights));
    });

    [Test]
    public void A_bucket_passes_no_more_than_its_size_plus_its_rate() => Holds<ulong>(300, static seed =>
    {
        var rng = new RngStream(seed);
        var config = new LocalRateLimitConfig
        {
            MaxTokens = 1 + rng.NextBelow(10),
            TokensPerFill = 1 + rng.NextBelow(5),
            FillIntervalNs = (1 + rng.NextBelow(2000)) * SimDuration.Millisecond,
        };
        var limit = new LocalRateLimit(config, 0);
        long now = 0;
        long passed = 0;
        for (int i = 0; i < 500; i++)
        {
            now += rng.NextBelow(300) * SimDuration.Millisecond;
            passed += limit.Allows(now, rng) ? 1 : 0;
            Int128 most = config.MaxTokens + ((Int128)now * config.TokensPerFill / config.FillIntervalNs);
            Assert.That((Int128)passed <= most, Is.True);
        }
    });

    private static void Holds<T>(int tests, Action<T> law) => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(tests).WithReplay(20_261_122, 7),
            Prop.ForAll(ArbMap.Default.ArbFor<T>(), law));

    private sealed class DetectorRun : IHostHealthSink, IOutlierObserver
    {
        private readonly RngStream _rng;
        private readonly OutlierDetectionConfig _config;
        private readonly List<Host> _hosts = [];
        private long _nowNs;
        private bool _inSweep;
        private int _nextHost;

        public DetectorRun(RngStream rng)
        {
            _rng = rng;
            _config = new OutlierDetectionConfig
            {
                Consecutive5xx = rng.NextBelow(4),
                ConsecutiveGatewayFailure = rng.NextBelow(4),
                EnforcingConsecutiveGatewayFailure = rng.NextBelow(101),
                MaxEjectionPercent = rng.NextBelow(101),
                AlwaysEjectOneHost = rng.NextBelow(4) == 0,
                SuccessRateMinimumHosts = 2,
                SuccessRateRequestVolume = 5,
                EnforcingFailurePercentage = 50,
                FailurePercentageMinimumHosts = 2,
                FailurePercentageRequestVolume = 5,
                SplitExternalLocalOriginErrors = rng.NextBelow(2) == 0,
                MaxEjectionTimeJitterNs = rng.NextBelow(5) * SimDuration.Second,
            };
            for (int i = 0; i < 8; i++)
            {
                _hosts.Add(TestHosts.Make(_nextHost++));
            }

            Detector = new OutlierDetector(_config, rng, this, _hosts, _config.IntervalNs) { Observer = this };
        }

        public OutlierDetector Detector { get; }

        public int Ejected => _hosts.Count(static h => (h.Flags & HealthFlags.FailedOutlierCheck) != 0);

        public void HostHealthChanged(Host host, long nowNs) => Assert.That(nowNs, Is.EqualTo(_nowNs));

        void IOutlierObserver.Ejected(Host host, OutlierEjectionType type, bool enforced, int timesEjected, long nowNs)
        {
            if (enforced)
            {
                bool within = 100.0 * Detector.Counters.EjectionsActive / _hosts.Count <= _config.MaxEjectionPercent;
                Assert.That(within || (_config.AlwaysEjectOneHost && Detector.Counters.EjectionsActive == 1), Is.True);
            }
        }

        void IOutlierObserver.Unejected(Host host, long nowNs) => Assert.That(_inSweep, Is.True);

        public void Step()
        {
            _nowNs += _rng.NextBelow(700) * SimDuration.Millisecond;
            if (_nowNs >= Detector.NextSweepAtNs)
            {
                _nowNs = Detector.NextSweepAtNs;
                _inSweep = true;
                Detector.Sweep(_nowNs);
                _inSweep = false;
            }

            Host host = _hosts[(int)_rng.NextBelow((uint)_hosts.Count)];
            switch (_rng.NextBelow(12))
            {
                case 0 when _hosts.Count > 1:
                    _hosts.Remove(host);
                    Detector.HostsChanged(_hosts);
                    break;
                case 1 when _hosts.Count < 12:
                    _hosts.Add(TestHosts.Make(_nextHost++));
                    Detector.HostsChanged(_hosts);
                    break;
                case 2 or 3:
                    Detector.PutResult(host, (OutlierResult)_rng.NextBelow(6), 0, _nowNs);
                    break;
                default:
                    Detector.PutHttpResponse(host, _rng.NextBelow(3) == 0 ? 200 : 500 + (int)_rng.NextBelow(5), _nowNs);
                    break;
            }
        }
    }

    private sealed class PoolRun
    {
        private readonly RngStream _rng;
        private readonly Host _host = TestHosts.Make(1);
        private readonly CircuitBreakers _breakers;
        private readonly ConnectionPool _pool;
        private readonly PoolActions _actions = new();
        private readonly Dictionary<int, int> _streams = [];
        private readonly HashSet<int> _connecting = [];
        private readonly HashSet<int> _made = [];
        private readonly int _maxStreams;
        private int _nextStream;

        public PoolRun(RngStream rng)
        {
            _rng = rng;
            _maxStreams = 1 + (int)rng.NextBelow(4);
            _breakers = new CircuitBreakers(
                new CircuitBreakerThresholds
                {
                    MaxConnections = 1 + rng.NextBelow(6),
                    MaxPendingRequests = rng.NextBelow(10),
                    MaxRequests = 1 + rng.NextBelow(12),
                },
                CircuitBreakerThresholds.EnvoyDefault);
            _pool = new ConnectionPool(
                _host,
                new ConnectionPoolOptions
                {
                    MaxConcurrentStreams = _maxStreams, MaxRequestsPerConnection = rng.NextBelow(4),
                },
                _breakers);
        }

        public void Step()
        {
            _actions.Clear();
            switch (_rng.NextBelow(8))
            {
                case 0 when _made.Count > 0:
                    Gone(Any(_made), static (p, c, a) => p.Closed(c, a));
                    break;
                case 1 when _connecting.Count > 0:
                    Gone(Any(_connecting), static (p, c, a) => p.ConnectFailed(c, ResetReason.ConnectionTimeout, a));
                    break;
                case 2 or 3 when _connecting.Count > 0:
                    int made = Any(_connecting);
                    _connecting.Remove(made);
                    _made.Add(made);
                    _pool.Connected(made, int.MaxValue, _actions);
                    break;
                case 4 or 5 when _streams.Count > 0:
                    int done = Any(_streams.Keys);
                    _pool.StreamDone(done, _rng.NextBelow(4) != 0, _actions);
                    _streams.Remove(done);
                    break;
                default:
                    int id = _nextStream++;
                    PoolOutcome outcome = _pool.NewStream(id, _actions);
                    if (outcome.Kind != PoolOutcomeKind.Overflow)
                    {
                        _streams[id] = outcome.Kind == PoolOutcomeKind.Attached ? outcome.Connection : -1;
                    }

                    break;
            }

            Follow();
        }

        public void CheckBooks()
        {
            int waiting = _streams.Values.Count(static s => s < 0);
            Assert.That(_pool.PendingCount, Is.EqualTo(waiting));
            Assert.That(_pool.ActiveCount, Is.EqualTo(_streams.Count - waiting));
            Assert.That(_host.RqActive, Is.EqualTo(_pool.ActiveCount));
            Assert.That(_breakers.Count(BreakerResource.Requests, false), Is.EqualTo(_pool.ActiveCount));
            Assert.That(_breakers.Count(BreakerResource.PendingRequests, false), Is.EqualTo(waiting));
            Assert.That(_pool.ConnectionCount, Is.EqualTo(_connecting.Count + _made.Count));
            Assert.That(_breakers.Count(BreakerResource.Connections, false), Is.EqualTo(_pool.ConnectionCount));
            Assert.That(waiting == 0 || _pool.ConnectionCount > 0, Is.True, "nobody waits for nothing");
            foreach (IGrouping<int, int> g in _streams.Values.Where(static s => s >= 0)
                .GroupBy(static c => c))
            {
                Assert.That(_made, Does.Contain(g.Key));
                Assert.That(g.Count(), Is.LessThanOrEqualTo(_maxStreams));
            }
        }

        private void Gone(int connection, Action<ConnectionPool, int, PoolActions> end)
        {
            _connecting.Remove(connection);
            _made.Remove(connection);
            end(_pool, connection, _actions);
        }

        private int Any(IReadOnlyCollection<int> of) => of.Order().ElementAt((int)_rng.NextBelow((uint)of.Count));

        private void Follow()
        {
            for (int i = 0; i < _actions.Count; i++)
            {
                PoolAction a = _actions[i];
                switch (a.Kind)
                {
                    case PoolActionKind.Open:
                        Assert.That(_connecting.Add(a.Connection), Is.True);
                        break;
                    case PoolActionKind.Attach:
                        _streams[a.Stream] = a.Connection;
                        break;
                    case PoolActionKind.Reset:
                        Assert.That(_streams.Remove(a.Stream), Is.True);
                        break;
                    case PoolActionKind.Close:
                        Assert.That(_made.Remove(a.Connection), Is.True);
                        break;
                    default:
                        break;
                }
            }
        }
    }
}
