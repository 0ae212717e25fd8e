using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>What pools of one cluster share: limits, counters and connection numbers.</summary>
internal sealed class NaivePoolCluster(CircuitBreakerThresholds limits)
{
    private readonly Stack<int> _freed = [];
    private int _fresh;

    /// <summary>Limits.</summary>
    public CircuitBreakerThresholds Limits { get; } = limits;

    /// <summary>What Envoy would count.</summary>
    public UpstreamCounters Counters { get; } = new();

    /// <summary>The pools.</summary>
    public List<NaivePool> Pools { get; } = [];

    /// <summary>A number for a connection: the one freed last, else the next.</summary>
    public int TakeNumber() => _freed.Count > 0 ? _freed.Pop() : _fresh++;

    /// <summary>Gives a number back.</summary>
    public void FreeNumber(int number) => _freed.Push(number);
}

/// <summary>A connection of a <see cref="NaivePool"/>.</summary>
internal sealed class NaiveConnection(int number)
{
    /// <summary>Its number.</summary>
    public int Number { get; } = number;

    /// <summary>Its state; free once it is gone.</summary>
    public PoolConnectionState State { get; set; } = PoolConnectionState.Connecting;

    /// <summary>Streams it carries at most.</summary>
    public long StreamsMax { get; set; }

    /// <summary>Requests it still takes.</summary>
    public long RequestsLeft { get; set; } = long.MaxValue;

    /// <summary>Its streams, the newest first.</summary>
    public List<int> Streams { get; } = [];

    /// <summary>Streams it could take now.</summary>
    public long Unused => Math.Min(StreamsMax - Streams.Count, RequestsLeft);
}

/// <summary>A connection pool kept in plain lists, from section 3.2 of the page on resilience.</summary>
internal sealed class NaivePool(NaivePoolCluster cluster, ConnectionPoolOptions options, Func<bool> isHealthy)
{
    private readonly List<NaiveConnection> _ready = [];
    private bool _isDrained;

    /// <summary>Connections, the newest first.</summary>
    public List<NaiveConnection> Connections { get; } = [];

    /// <summary>Streams that wait, the oldest first.</summary>
    public List<int> Pending { get; } = [];

    /// <summary>What was asked of the caller.</summary>
    public List<PoolAction> Actions { get; } = [];

    /// <summary>Streams on connections.</summary>
    public int Active => Connections.Sum(static c => c.Streams.Count);

    /// <summary>A new stream.</summary>
    public PoolOutcome NewStream(int stream)
    {
        if (_ready.Count == 0)
        {
            if (cluster.Pools.Sum(static p => p.Pending.Count) >= cluster.Limits.MaxPendingRequests)
            {
                cluster.Counters.RqPendingOverflow++;
                return new PoolOutcome(PoolOutcomeKind.Overflow, -1);
            }

            Pending.Add(stream);
            cluster.Counters.RqPendingTotal++;
            OpenWhatIsNeeded();
            return new PoolOutcome(PoolOutcomeKind.Pending, -1);
        }

        NaiveConnection c = _ready[0];
        if (cluster.Pools.Sum(static p => p.Active) >= cluster.Limits.MaxRequests)
        {
            cluster.Counters.RqActiveOverflow++;
            return new PoolOutcome(PoolOutcomeKind.Overflow, c.Number);
        }

        Attach(stream, c);
        if (options.PreconnectRatio > 1)
        {
            OpenWhatIsNeeded();
        }

        return new PoolOutcome(PoolOutcomeKind.Attached, c.Number);
    }

    /// <summary>A connection is made.</summary>
    public void Connected(NaiveConnection c, int peerMax)
    {
        c.StreamsMax = Math.Min(c.StreamsMax, peerMax);
        MakeReady(c);
        Serve();
        Settle(c);
    }

    /// <summary>A connection could not be made.</summary>
    public void ConnectFailed(NaiveConnection c, ResetReason reason)
    {
        cluster.Counters.CxConnectFail++;
        cluster.Counters.CxConnectTimeout += reason == ResetReason.ConnectionTimeout ? 1 : 0;
        Remove(c);
        foreach (int stream in Enumerable.Reverse(Pending))
        {
            cluster.Counters.RqPendingFailureEject++;
            Actions.Add(new PoolAction(PoolActionKind.Reset, c.Number, stream, reason));
        }

        Pending.Clear();
        OpenWhatIsNeeded();
    }

    /// <summary>A stream has ended.</summary>
    public void StreamDone(int stream, bool keepsConnection)
    {
        if (Pending.Remove(stream))
        {
            cluster.Counters.RqCancelled++;
            return;
        }

        NaiveConnection c = Connections.Single(c => c.Streams.Contains(stream));
        c.Streams.Remove(stream);
        cluster.Counters.CxDestroyWithActiveRq += keepsConnection ? 0 : 1;
        if (!keepsConnection || (c.State == PoolConnectionState.Draining && c.Streams.Count == 0))
        {
            Close(c);
            OpenWhatIsNeeded();
            return;
        }

        if (c.State == PoolConnectionState.Busy)
        {
            MakeReady(c);
        }

        if (Pending.Count > 0)
        {
            Serve();
        }

        Settle(c);
    }

    /// <summary>The peer has ended a connection.</summary>
    public void Closed(NaiveConnection c)
    {
        if (c.State == PoolConnectionState.Connecting)
        {
            ConnectFailed(c, ResetReason.RemoteConnectionFailure);
            return;
        }

        cluster.Counters.CxDestroyWithActiveRq += c.Streams.Count > 0 ? 1 : 0;
        ResetAll(c, ResetReason.ConnectionTermination);
        Remove(c);
        OpenWhatIsNeeded();
    }

    /// <summary>The peer has gone.</summary>
    public void AllClosed()
    {
        foreach (NaiveConnection c in Connections.Where(static c => c.State != PoolConnectionState.Connecting).ToList())
        {
            Closed(c);
        }
    }

    /// <summary>The peer takes no further streams.</summary>
    public void GoAway(NaiveConnection c)
    {
        if (c.State is PoolConnectionState.Ready or PoolConnectionState.Busy)
        {
            Drain(c);
            OpenWhatIsNeeded();
        }
    }

    /// <summary>A connection was idle for too long.</summary>
    public void IdleTimeout(NaiveConnection c, bool isOfThisPeriod)
    {
        if (isOfThisPeriod && c.State == PoolConnectionState.Ready && c.Streams.Count == 0)
        {
            cluster.Counters.CxIdleTimeout++;
            Close(c);
        }
    }

    /// <summary>Connections without streams close, the one used last first.</summary>
    public void CloseIdle()
    {
        foreach (NaiveConnection c in _ready.Where(static c => c.Streams.Count == 0).ToList())
        {
            Close(c);
        }
    }

    /// <summary>The host has left the cluster.</summary>
    public void DrainAll()
    {
        _isDrained = true;
        DrainMade();
    }

    /// <summary>The host was ejected.</summary>
    public void DrainExisting()
    {
        DrainMade();
        foreach (NaiveConnection c in Connections.Where(c => c.State == PoolConnectionState.Connecting
            && Pending.Count == 0).ToList())
        {
            Close(c);
        }
    }

    private void DrainMade()
    {
        foreach (NaiveConnection c in Connections
            .Where(static c => c.State is PoolConnectionState.Ready or PoolConnectionState.Busy).ToList())
        {
            Drain(c);
        }
    }

    private void Drain(NaiveConnection c)
    {
        _ready.Remove(c);
        c.State = PoolConnectionState.Draining;
        if (c.Streams.Count == 0)
        {
            Close(c);
        }
    }

    private void Attach(int stream, NaiveConnection c)
    {
        c.Streams.Insert(0, stream);
        c.RequestsLeft -= c.RequestsLeft == long.MaxValue ? 0 : 1;
        cluster.Counters.RqTotal++;
        if (c.Unused == 0)
        {
            _ready.Remove(c);
            cluster.Counters.CxMaxRequests += c.RequestsLeft == 0 ? 1 : 0;
            c.State = c.RequestsLeft == 0 ? PoolConnectionState.Draining : PoolConnectionState.Busy;
        }
    }

    private void Serve()
    {
        while (Pending.Count > 0 && _ready.Count > 0)
        {
            int stream = Pending[0];
            Pending.RemoveAt(0);
            if (cluster.Pools.Sum(static p => p.Active) < cluster.Limits.MaxRequests)
            {
                NaiveConnection c = _ready[0];
                Attach(stream, c);
                Actions.Add(new PoolAction(PoolActionKind.Attach, c.Number, stream));
            }
            else
            {
                cluster.Counters.RqActiveOverflow++;
                Actions.Add(new PoolAction(PoolActionKind.Reset, -1, stream, ResetReason.Overflow));
            }
        }

        if (Pending.Count > 0)
        {
            OpenWhatIsNeeded();
        }
    }

    private void OpenWhatIsNeeded()
    {
        for (int i = 0; i < 3; i++)
        {
            long connecting = Connections.Where(static c => c.State == PoolConnectionState.Connecting)
                .Sum(static c => c.Unused);
            long ready = _ready.Sum(static c => c.Unused);
            bool isNeeded = isHealthy() ? (Pending.Count + Active) * options.PreconnectRatio
                > connecting + ready + Active : Pending.Count > connecting;
            if (!isNeeded || (_isDrained && Pending.Count == 0))
            {
                return;
            }

            bool isRoom = Connections.Count < cluster.Limits.MaxConnectionsPerHost
                && cluster.Pools.Sum(static p => p.Connections.Count) < cluster.Limits.MaxConnections;
            cluster.Counters.CxOverflow += isRoom ? 0 : 1;
            if (!isRoom && Connections.Count > 0)
            {
                return;
            }

            var c = new NaiveConnection(cluster.TakeNumber())
            {
                StreamsMax = options.MaxConcurrentStreams,
                RequestsLeft = options.MaxRequestsPerConnection == 0 ? long.MaxValue
                    : options.MaxRequestsPerConnection,
            };
            Connections.Insert(0, c);
            cluster.Counters.CxTotal++;
            Actions.Add(new PoolAction(PoolActionKind.Open, c.Number));
            if (!isRoom)
            {
                return;
            }
        }
    }

    private void MakeReady(NaiveConnection c)
    {
        c.State = PoolConnectionState.Ready;
        _ready.Insert(0, c);
    }

    private void Settle(NaiveConnection c)
    {
        if (c.State != PoolConnectionState.Ready || c.Streams.Count > 0)
        {
            return;
        }

        if (_isDrained)
        {
            Close(c);
        }
        else if (options.TellsIdle)
        {
            Actions.Add(new PoolAction(PoolActionKind.Idle, c.Number));
        }
    }

    private void Close(NaiveConnection c)
    {
        ResetAll(c, ResetReason.LocalReset);
        Actions.Add(new PoolAction(PoolActionKind.Close, c.Number));
        Remove(c);
    }

    private void ResetAll(NaiveConnection c, ResetReason reason)
    {
        foreach (int stream in c.Streams)
        {
            Actions.Add(new PoolAction(PoolActionKind.Reset, c.Number, stream, reason));
        }

        c.Streams.Clear();
    }

    private void Remove(NaiveConnection c)
    {
        _ready.Remove(c);
        Connections.Remove(c);
        c.State = PoolConnectionState.Free;
        cluster.FreeNumber(c.Number);
    }
}
