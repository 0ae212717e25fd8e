using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Two pools of one cluster do, ask and count step by step what plain lists do.</summary>
internal sealed class PoolAgreementTests
{
    [Test]
    public void Pools_RandomLives_EqualTheNaiveReference([Range(0, 9)] int block)
    {
        for (int i = 0; i < 20; i++)
        {
            var run = new PairOfPools(new RngStream((ulong)((block * 20) + i)));
            for (int k = 0; k < 150; k++)
            {
                run.Step();
                run.Check($"life {(block * 20) + i}, step {k}");
            }
        }
    }

    /// <summary>Streams and connections beyond what a store begins with.</summary>
    [Test]
    public void NewStream_ManyStreamsAtOnce_AllGetAConnection()
    {
        var pool = new ConnectionPool(TestHosts.Make(1), new ConnectionPoolOptions(), new CircuitBreakers(
            CircuitBreakerThresholds.Unlimited, CircuitBreakerThresholds.Unlimited));
        var actions = new PoolActions();
        for (int stream = 0; stream < 300; stream++)
        {
            Assert.That(pool.NewStream(stream, actions).Kind, Is.EqualTo(PoolOutcomeKind.Pending));
        }

        Assert.That(actions.Count, Is.EqualTo(300));
        for (int i = 0; i < 300; i++)
        {
            pool.Connected(actions[i].Connection, int.MaxValue, actions);
        }

        Assert.That((pool.ActiveCount, pool.PendingCount, pool.ConnectionCount), Is.EqualTo((300, 0, 300)));
        Assert.That(Enumerable.Range(0, 300).Select(pool.ConnectionOf), Is.Unique);
    }

    [Test]
    public void Calls_ThatContradictTheState_Throw()
    {
        var pool = new ConnectionPool(TestHosts.Make(1), new ConnectionPoolOptions(), new CircuitBreakers(
            CircuitBreakerThresholds.Unlimited, CircuitBreakerThresholds.Unlimited));
        var actions = new PoolActions();
        pool.NewStream(0, actions);
        int connection = actions[0].Connection;
        pool.Connected(connection, 1, actions);
        Assert.That(() => pool.Connected(connection, 1, actions),
            Throws.InvalidOperationException.With.Message.EqualTo("a connection was made twice"));
        Assert.That(() => pool.ConnectFailed(connection, ResetReason.ConnectionTimeout, actions),
            Throws.InvalidOperationException.With.Message.EqualTo("a made connection failed to connect"));
    }

    [TestCase(false, 7u, 1)]
    [TestCase(true, 7u, 7)]
    [TestCase(true, 0u, int.MaxValue)]
    [TestCase(true, 2147483647u, int.MaxValue)]
    [TestCase(true, 2147483648u, int.MaxValue)]
    public void Of_EveryVersion_HasItsStreamsPerConnection(bool isHttp2, uint configured, int expected)
    {
        ConnectionPoolOptions options = ConnectionPoolOptions.Of(
            new ClusterConfig { Name = "c", MaxConcurrentStreams = configured, MaxRequestsPerConnection = 9 },
            isHttp2, isHighPriority: true);
        Assert.That(
            (options.MaxConcurrentStreams, options.MaxRequestsPerConnection, options.IsHighPriority),
            Is.EqualTo((expected, 9u, true)));
    }

    private sealed class PairOfPools
    {
        private readonly RngStream _rng;
        private readonly NaivePoolCluster _naiveCluster;
        private readonly CircuitBreakers _breakers;
        private readonly PoolStore _store = new();
        private readonly Host[] _hosts = [TestHosts.Make(1), TestHosts.Make(2)];
        private readonly ConnectionPool[] _pools = new ConnectionPool[2];
        private readonly NaivePool[] _naive = new NaivePool[2];
        private readonly ConnectionPoolOptions _options;
        private readonly List<int>[] _streams = [[], []];
        private readonly List<(NaiveConnection Naive, uint Generation)> _opened = [];
        private readonly Dictionary<int, uint> _idle = [];
        private readonly PoolActions _actions = new();
        private int _nextStream;

        public PairOfPools(RngStream rng)
        {
            _rng = rng;
            var limits = new CircuitBreakerThresholds
            {
                MaxConnections = 1 + rng.NextBelow(6),
                MaxConnectionsPerHost = 1 + rng.NextBelow(4),
                MaxPendingRequests = rng.NextBelow(5),
                MaxRequests = 1 + rng.NextBelow(6),
            };
            _options = new ConnectionPoolOptions
            {
                MaxConcurrentStreams = 1 + (int)rng.NextBelow(3),
                MaxRequestsPerConnection = rng.NextBelow(5),
                PreconnectRatio = 1 + (rng.NextBelow(3) / 2.0),
                TellsIdle = rng.NextBelow(4) != 0,
                IsHighPriority = rng.NextBelow(2) == 0,
            };
            _breakers = _options.IsHighPriority ? new CircuitBreakers(CircuitBreakerThresholds.Unlimited, limits)
                : new CircuitBreakers(limits, CircuitBreakerThresholds.Unlimited);
            _naiveCluster = new NaivePoolCluster(limits);
            for (int i = 0; i < 2; i++)
            {
                Host host = _hosts[i];
                _pools[i] = new ConnectionPool(host, _options, _breakers, _store, owner: i + 5);
                _naive[i] = new NaivePool(
                    _naiveCluster, _options, () => HostHealth.Coarse(host.Flags) == CoarseHealth.Healthy);
                _naiveCluster.Pools.Add(_naive[i]);
            }
        }

        public void Step()
        {
            _actions.Clear();
            int i = (int)_rng.NextBelow(2);
            NaivePool naive = _naive[i];
            naive.Actions.Clear();
            NaiveConnection? c = naive.Connections.Count == 0 ? null
                : naive.Connections[(int)_rng.NextBelow((uint)naive.Connections.Count)];
            switch (_rng.NextBelow(24))
            {
                case <= 8:
                    NewStream(i);
                    break;
                case <= 13 when c?.State == PoolConnectionState.Connecting:
                    int peer = 1 + (int)_rng.NextBelow(3);
                    naive.Connected(c, peer);
                    _pools[i].Connected(c.Number, peer, _actions);
                    break;
                case <= 17 when _streams[i].Count > 0:
                    int stream = _streams[i][(int)_rng.NextBelow((uint)_streams[i].Count)];
                    bool keeps = _rng.NextBelow(4) != 0;
                    naive.StreamDone(stream, keeps);
                    _pools[i].StreamDone(stream, keeps, _actions);
                    _streams[i].Remove(stream);
                    break;
                case 18 when c?.State == PoolConnectionState.Connecting:
                    ResetReason reason = _rng.NextBelow(2) == 0 ? ResetReason.ConnectionTimeout
                        : ResetReason.LocalConnectionFailure;
                    naive.ConnectFailed(c, reason);
                    _pools[i].ConnectFailed(c.Number, reason, _actions);
                    break;
                case 19 when c is not null:
                    naive.Closed(c);
                    _pools[i].Closed(c.Number, _actions);
                    break;
                default:
                    Rare(i, c);
                    break;
            }

            Follow(i);
        }

        public void Check(string where)
        {
            for (int i = 0; i < 2; i++)
            {
                Assert.That(
                    (_pools[i].PendingCount, _pools[i].ActiveCount, _pools[i].ConnectionCount, _hosts[i].RqActive,
                        _hosts[i].CxActive),
                    Is.EqualTo((_naive[i].Pending.Count, _naive[i].Active, _naive[i].Connections.Count,
                        _naive[i].Active, _naive[i].Connections.Count)), where);
                CheckConnections(i, where);
            }

            UpstreamCounters expected = _naiveCluster.Counters;
            expected.RqActive = _naive.Sum(static p => p.Active);
            expected.RqPendingActive = _naive.Sum(static p => p.Pending.Count);
            expected.CxActive = _naive.Sum(static p => p.Connections.Count);
            Assert.That(_breakers.Counters.All(), Is.EqualTo(expected.All()), where);
            bool high = _options.IsHighPriority;
            Assert.That(
                (_breakers.Count(BreakerResource.Connections, high), _breakers.Count(BreakerResource.Requests, high),
                    _breakers.Count(BreakerResource.PendingRequests, high)),
                Is.EqualTo(((int)expected.CxActive, (int)expected.RqActive, (int)expected.RqPendingActive)), where);
        }

        private void CheckConnections(int i, string where)
        {
            int at = _pools[i].FirstConnection;
            foreach (NaiveConnection c in _naive[i].Connections)
            {
                bool isRight = at == c.Number && _store.StateOf(at) == c.State && _store.Exists(at)
                    && _store.ActiveStreamsOf(at) == c.Streams.Count && _store.OwnerOf(at) == i + 5
                    && c.Streams.TrueForAll(s => _pools[i].ConnectionOf(s) == c.Number);
                Assert.That(isRight, Is.True, where);
                at = _pools[i].ConnectionAfter(at);
            }

            bool isEnd = at == -1 && _naive[i].Pending.TrueForAll(s => _pools[i].ConnectionOf(s) == -1)
                && _opened.TrueForAll(o => _store.IsConnecting(o.Naive.Number, o.Generation)
                    == (o.Naive.State == PoolConnectionState.Connecting))
                && Enumerable.Range(0, _store.Extent + 1).Count(_store.Exists)
                    == _naive.Sum(static p => p.Connections.Count);
            Assert.That(isEnd, Is.True, where);
        }

        private void NewStream(int i)
        {
            int stream = _nextStream++;
            PoolOutcome expected = _naive[i].NewStream(stream);
            Assert.That(_pools[i].NewStream(stream, _actions), Is.EqualTo(expected));
            if (expected.Kind != PoolOutcomeKind.Overflow)
            {
                _streams[i].Add(stream);
            }
        }

        private void Rare(int i, NaiveConnection? c)
        {
            switch (_rng.NextBelow(40))
            {
                case 0:
                    _naive[i].AllClosed();
                    _pools[i].AllClosed(_actions);
                    break;
                case <= 3 when c is not null:
                    _naive[i].GoAway(c);
                    _pools[i].GoAway(c.Number, _actions);
                    break;
                case <= 10 when c is not null && _idle.TryGetValue(c.Number, out uint period):
                    _naive[i].IdleTimeout(c, period == _store.IdleSequenceOf(c.Number));
                    _pools[i].IdleTimeout(c.Number, period, _actions);
                    break;
                case 11:
                    _naive[i].CloseIdle();
                    _pools[i].CloseIdle(_actions);
                    break;
                case 12 when _rng.NextBelow(10) == 0:
                    _naive[i].DrainAll();
                    _pools[i].DrainAll(_actions);
                    break;
                case 13:
                    _naive[i].DrainExisting();
                    _pools[i].DrainExisting(_actions);
                    break;
                case 14:
                    _hosts[i].Flags ^= HealthFlags.DegradedEdsHealth;
                    break;
                default:
                    break;
            }
        }

        /// <summary>Compares what the caller is asked for, and keeps the books of a caller.</summary>
        private void Follow(int i)
        {
            PoolAction[] asked = [.. Enumerable.Range(0, _actions.Count).Select(k => _actions[k])];
            Assert.That(asked, Is.EqualTo(_naive[i].Actions));
            foreach (PoolAction a in asked)
            {
                if (a.Kind == PoolActionKind.Open
                    && _naive[i].Connections.Find(c => c.Number == a.Connection) is NaiveConnection opened)
                {
                    _opened.Add((opened, _store.GenerationOf(a.Connection)));
                }
                else if (a.Kind == PoolActionKind.Reset)
                {
                    _streams[i].Remove(a.Stream);
                }
                else if (a.Kind == PoolActionKind.Idle && _rng.NextBelow(2) == 0)
                {
                    // Half of the periods are forgotten, so that timers of earlier periods come, too.
                    Assert.That(_store.IdleSequenceOf(a.Connection),
                        Is.Not.EqualTo(_idle.GetValueOrDefault(a.Connection)));
                    _idle[a.Connection] = _store.IdleSequenceOf(a.Connection);
                }
            }
        }
    }
}
