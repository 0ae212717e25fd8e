namespace Sim.Envoy;

/// <summary>Connections of one proxy to one host, for one HTTP version and routing priority.</summary>
/// <remarks>
/// Envoy: source/common/conn_pool/conn_pool_base.cc. A state machine without time: the caller opens and closes what the
/// actions say and reports what happened. Ready connections are used last in, first out; waiting streams are served
/// first in, first out. Connections and streams are numbers into arrays that grow to the largest need; nothing is
/// allocated after that. Calls are O(1) but for what they end.
/// </remarks>
public sealed class ConnectionPool
{
    private const int None = -1;

    private readonly ConnectionPoolOptions _options;
    private readonly CircuitBreakers _breakers;
    private readonly UpstreamCounters _counters;
    private readonly Host _host;
    private readonly bool _high;
    private PoolConnections _connections = PoolConnections.Empty;
    private PoolStreams _streams = PoolStreams.Empty;
    private bool _isDrained;

    /// <summary>A pool without connections.</summary>
    /// <param name="host">Host; its count of active requests is kept here.</param>
    /// <param name="options">Settings.</param>
    /// <param name="breakers">Limits and counters of the cluster.</param>
    public ConnectionPool(Host host, ConnectionPoolOptions options, CircuitBreakers breakers)
    {
        _host = host;
        _options = options;
        _breakers = breakers;
        _counters = breakers.Counters;
        _high = options.IsHighPriority;
    }

    /// <summary>The next pool of the same host, for another HTTP version or routing priority.</summary>
    public ConnectionPool? Next { get; set; }

    /// <summary>Settings.</summary>
    public ConnectionPoolOptions Options => _options;

    /// <summary>Connections that exist, connecting ones included.</summary>
    public int ConnectionCount => _connections.Count;

    /// <summary>Streams waiting for a connection.</summary>
    public int PendingCount => _streams.PendingCount;

    /// <summary>Streams on connections.</summary>
    public int ActiveCount { get; private set; }

    /// <summary>Counts the lives of a connection number, so that a late timer can be told from a valid one.</summary>
    public int Generation(int connection) => _connections[connection].Generation;

    /// <summary>Counts the idle periods of a connection, for <see cref="IdleTimeout"/>.</summary>
    public int IdleSequence(int connection) => _connections[connection].IdleSequence;

    /// <summary>Whether the connection is still being made in the given life.</summary>
    public bool IsConnecting(int connection, int generation) =>
        _connections[connection].Generation == generation
        && _connections[connection].State == PoolConnectionState.Connecting;

    /// <summary>Connection of a stream; -1 = it waits.</summary>
    public int ConnectionOf(int handle) => _streams.Connection(handle);

    /// <summary>The caller's number of a stream.</summary>
    public int StreamId(int handle) => _streams.StreamId(handle);

    /// <summary>Takes in a new stream.</summary>
    /// <remarks>Envoy: #ConnPoolImplBase::newStreamImpl, #attachStreamToClient.</remarks>
    /// <param name="streamId">The caller's number.</param>
    /// <param name="actions">Receives connections to open.</param>
    public PoolOutcome NewStream(int streamId, PoolActions actions)
    {
        int connection = _connections.ReadyHead;
        if (connection == None)
        {
            return Enqueue(streamId, actions);
        }

        if (!_breakers.CanCreate(BreakerResource.Requests, _high))
        {
            _counters.RqActiveOverflow++;
            return new PoolOutcome(PoolOutcomeKind.Overflow, None, None);
        }

        int handle = _streams.Add(streamId);
        Attach(handle, connection);
        if (_options.PreconnectRatio > 1)
        {
            OpenWhatIsNeeded(actions);
        }

        return new PoolOutcome(PoolOutcomeKind.Attached, handle, connection);
    }

    /// <summary>The connection is made, handshake included.</summary>
    /// <param name="connection">Connection.</param>
    /// <param name="peerMaxStreams">Streams the peer allows at a time (HTTP/2 SETTINGS).</param>
    /// <param name="actions">Receives the waiting streams that are attached now.</param>
    public void Connected(int connection, int peerMaxStreams, PoolActions actions)
    {
        Expect(_connections[connection].State == PoolConnectionState.Connecting, "a connection was made twice");
        _connections.SetState(connection, PoolConnectionState.Busy);
        _connections[connection].MaxStreams = Math.Min(_connections[connection].MaxStreams, peerMaxStreams);
        _connections.SetState(connection, PoolConnectionState.Ready);
        ServePending(actions);
        SettleIdle(connection, actions);
    }

    /// <summary>The connection could not be made. All waiting streams of the pool fail with it.</summary>
    /// <remarks>Envoy: #ConnPoolImplBase::onConnectionEvent, #purgePendingStreams.</remarks>
    /// <param name="connection">Connection.</param>
    /// <param name="reason">Remote or local failure, or timeout.</param>
    /// <param name="actions">Receives the resets, newest stream first.</param>
    public void ConnectFailed(int connection, ResetReason reason, PoolActions actions)
    {
        Expect(_connections[connection].State == PoolConnectionState.Connecting, "a made connection failed to connect");
        _counters.CxConnectFail++;
        _counters.CxConnectTimeout += reason == ResetReason.ConnectionTimeout ? 1 : 0;
        Free(connection);
        while (_streams.PendingTail != None)
        {
            int handle = _streams.PendingTail;
            _counters.RqPendingFailureEject++;
            Dequeue(handle);
            EndStream(handle, connection, reason, actions);
        }

        OpenWhatIsNeeded(actions);
    }

    /// <summary>A stream has ended: answered in full, or given up by this side.</summary>
    /// <param name="handle">Handle of the stream.</param>
    /// <param name="keepsConnection">False when the connection cannot be used again: HTTP/1 given up in the middle, or
    /// <c>connection: close</c>.</param>
    /// <param name="actions">Receives what follows.</param>
    public void StreamDone(int handle, bool keepsConnection, PoolActions actions)
    {
        int connection = _streams.Connection(handle);
        if (connection == None)
        {
            _counters.RqCancelled++;
            Dequeue(handle);
            _streams.Free(handle);
            return;
        }

        Detach(handle, connection);
        _streams.Free(handle);
        ref PoolConnection c = ref _connections[connection];
        if (!keepsConnection || (c.State == PoolConnectionState.Draining && c.ActiveStreams == 0))
        {
            Close(connection, actions);
            OpenWhatIsNeeded(actions);
            return;
        }

        if (c.State == PoolConnectionState.Busy && c.Unused > 0)
        {
            _connections.SetState(connection, PoolConnectionState.Ready);
        }

        ServePending(actions);
        SettleIdle(connection, actions);
    }

    /// <summary>The peer or the network has ended a connection. Its streams are reset, all waiting ones if it was being
    /// made.</summary>
    /// <param name="connection">Connection.</param>
    /// <param name="actions">Receives the resets and new connections.</param>
    public void Closed(int connection, PoolActions actions)
    {
        ref PoolConnection c = ref _connections[connection];
        if (c.State == PoolConnectionState.Connecting)
        {
            ConnectFailed(connection, ResetReason.RemoteConnectionFailure, actions);
            return;
        }

        _counters.CxDestroyWithActiveRq += c.ActiveStreams > 0 ? 1 : 0;
        _connections.SetState(connection, PoolConnectionState.Draining);
        ResetStreams(connection, ResetReason.ConnectionTermination, actions);
        Free(connection);
        OpenWhatIsNeeded(actions);
    }

    /// <summary>The peer has gone: every connection that was made ends, the streams on them are reset.</summary>
    public void AllClosed(PoolActions actions)
    {
        for (int i = 0; i < _connections.Used; i++)
        {
            if (_connections[i].State is not (PoolConnectionState.Free or PoolConnectionState.Connecting))
            {
                Closed(i, actions);
            }
        }
    }

    /// <summary>The peer takes no further streams on a connection (HTTP/2 GOAWAY).</summary>
    public void GoAway(int connection, PoolActions actions)
    {
        if (_connections[connection].State is PoolConnectionState.Ready or PoolConnectionState.Busy)
        {
            Drain(connection, actions);
            OpenWhatIsNeeded(actions);
        }
    }

    /// <summary>The idle timeout of a connection has run out.</summary>
    /// <param name="connection">Connection.</param>
    /// <param name="generation">Its life when the timer was set.</param>
    /// <param name="idleSequence">Its idle period when the timer was set, <see cref="IdleSequence"/>.</param>
    /// <param name="actions">Receives the close.</param>
    public void IdleTimeout(int connection, int generation, int idleSequence, PoolActions actions)
    {
        ref PoolConnection c = ref _connections[connection];
        if (c.Generation == generation && c.State == PoolConnectionState.Ready && c.ActiveStreams == 0
            && c.IdleSequence == idleSequence)
        {
            _counters.CxIdleTimeout++;
            Close(connection, actions);
        }
    }

    /// <summary>The host has left the cluster: idle connections close, busy ones finish their streams.</summary>
    /// <remarks>Envoy: #ConnPoolImplBase::drainConnectionsImpl. Waiting streams are still served.</remarks>
    public void DrainAll(PoolActions actions)
    {
        _isDrained = true;
        for (int i = 0; i < _connections.Used; i++)
        {
            if (_connections[i].State is PoolConnectionState.Ready or PoolConnectionState.Busy)
            {
                Drain(i, actions);
            }
        }
    }

    /// <summary>Number of connections to open for a load, limits apart.</summary>
    /// <remarks>Envoy: #ConnPoolImplBase::shouldCreateNewConnection; at most three per trigger.</remarks>
    /// <param name="pending">Streams waiting.</param>
    /// <param name="active">Streams on connections.</param>
    /// <param name="perConnection">Streams a connection carries.</param>
    /// <param name="ratio">Preconnect ratio.</param>
    /// <param name="isHealthy">The host is healthy.</param>
    public static int ConnectionsToOpen(long pending, long active, long perConnection, double ratio, bool isHealthy)
    {
        long capacity = 0;
        int opened = 0;
        while (opened < 3 && ShouldOpen(pending, active, (capacity, capacity), ratio, isHealthy))
        {
            opened++;
            capacity += perConnection;
        }

        return opened;
    }

    private static bool ShouldOpen(
        long pending, long active, (long Connecting, long Total) capacity, double ratio, bool isHealthy) =>
        isHealthy ? (pending + active) * ratio > capacity.Total + active : pending > capacity.Connecting;

    private static void Expect(bool holds, string message)
    {
        if (!holds)
        {
            throw new InvalidOperationException(message);
        }
    }

    private PoolOutcome Enqueue(int streamId, PoolActions actions)
    {
        if (!_breakers.CanCreate(BreakerResource.PendingRequests, _high))
        {
            _counters.RqPendingOverflow++;
            return new PoolOutcome(PoolOutcomeKind.Overflow, None, None);
        }

        int handle = _streams.Add(streamId);
        _streams.Enqueue(handle);
        _breakers.Increment(BreakerResource.PendingRequests, _high);
        _counters.RqPendingTotal++;
        _counters.RqPendingActive++;
        OpenWhatIsNeeded(actions);
        return new PoolOutcome(PoolOutcomeKind.Pending, handle, None);
    }

    // Envoy: #ConnPoolImplBase::tryCreateNewConnections.
    private void OpenWhatIsNeeded(PoolActions actions)
    {
        bool isHealthy = HostHealth.Coarse(_host.Flags) == CoarseHealth.Healthy;
        for (int i = 0; i < 3; i++)
        {
            long connecting = _connections.ConnectingCapacity;
            if ((_isDrained && PendingCount == 0) || !ShouldOpen(
                    PendingCount, ActiveCount, (connecting, connecting + _connections.ReadyCapacity),
                    _options.PreconnectRatio, isHealthy))
            {
                return;
            }

            bool mayOpen = _breakers.CanCreate(BreakerResource.Connections, _high);
            _counters.CxOverflow += mayOpen ? 0 : 1;
            if (!mayOpen && ConnectionCount > 0)
            {
                return;
            }

            int connection = _connections.Add(_options.MaxConcurrentStreams, _options.MaxRequestsPerConnection);
            _breakers.Increment(BreakerResource.Connections, _high);
            _counters.CxTotal++;
            _counters.CxActive++;
            actions.Add(new PoolAction(PoolActionKind.Open, connection));
            if (!mayOpen)
            {
                // A pool without any connection gets one whatever the limit, or its streams would wait for ever.
                return;
            }
        }
    }

    private void ServePending(PoolActions actions)
    {
        while (_streams.PendingHead != None && _connections.ReadyHead != None)
        {
            int handle = _streams.PendingHead;
            Dequeue(handle);
            if (_breakers.CanCreate(BreakerResource.Requests, _high))
            {
                int connection = _connections.ReadyHead;
                Attach(handle, connection);
                actions.Add(new PoolAction(
                    PoolActionKind.Attach, connection, _streams.StreamId(handle), handle));
            }
            else
            {
                _counters.RqActiveOverflow++;
                EndStream(handle, None, ResetReason.Overflow, actions);
            }
        }

        if (_streams.PendingHead != None)
        {
            OpenWhatIsNeeded(actions); // Envoy: #ConnPoolImplBase::onUpstreamReady asks again for those left over.
        }
    }

    private void Attach(int handle, int connection)
    {
        ref PoolConnection c = ref _connections[connection];
        _streams.Link(handle, connection, ref c.FirstStream);
        _connections.AddStream(connection, 1);
        if (c.RemainingRequests == 0)
        {
            _counters.CxMaxRequests++;
            _connections.SetState(connection, PoolConnectionState.Draining);
        }
        else if (c.Unused == 0)
        {
            _connections.SetState(connection, PoolConnectionState.Busy);
        }

        ActiveCount++;
        _host.RqActive++;
        _breakers.Increment(BreakerResource.Requests, _high);
        _counters.RqTotal++;
        _counters.RqActive++;
    }

    private void Detach(int handle, int connection)
    {
        _streams.Unlink(handle, ref _connections[connection].FirstStream);
        _connections.AddStream(connection, -1);
        ActiveCount--;
        _host.RqActive--;
        _breakers.Decrement(BreakerResource.Requests, _high);
        _counters.RqActive--;
    }

    private void Dequeue(int handle)
    {
        _streams.Dequeue(handle);
        _breakers.Decrement(BreakerResource.PendingRequests, _high);
        _counters.RqPendingActive--;
    }

    private void ResetStreams(int connection, ResetReason reason, PoolActions actions)
    {
        while (_connections[connection].FirstStream != None)
        {
            int handle = _connections[connection].FirstStream;
            Detach(handle, connection);
            EndStream(handle, connection, reason, actions);
        }
    }

    private void EndStream(int handle, int connection, ResetReason reason, PoolActions actions)
    {
        actions.Add(new PoolAction(PoolActionKind.Reset, connection, _streams.StreamId(handle), handle, reason));
        _streams.Free(handle);
    }

    private void Drain(int connection, PoolActions actions)
    {
        _connections.SetState(connection, PoolConnectionState.Draining);
        if (_connections[connection].ActiveStreams == 0)
        {
            Close(connection, actions);
        }
    }

    private void SettleIdle(int connection, PoolActions actions)
    {
        ref PoolConnection c = ref _connections[connection];
        if (c.State != PoolConnectionState.Ready || c.ActiveStreams > 0)
        {
            return;
        }

        if (_isDrained)
        {
            Close(connection, actions);
            return;
        }

        c.IdleSequence++;
        actions.Add(new PoolAction(PoolActionKind.Idle, connection));
    }

    private void Close(int connection, PoolActions actions)
    {
        _connections.SetState(connection, PoolConnectionState.Draining);
        ResetStreams(connection, ResetReason.LocalReset, actions);
        actions.Add(new PoolAction(PoolActionKind.Close, connection));
        Free(connection);
    }

    private void Free(int connection)
    {
        _connections.SetState(connection, PoolConnectionState.Free);
        _breakers.Decrement(BreakerResource.Connections, _high);
        _counters.CxActive--;
    }
}
