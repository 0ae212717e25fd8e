namespace Sim.Envoy;

/// <summary>Connections of one proxy to one host, for one HTTP version and routing priority.</summary>
/// <remarks>
/// Envoy: source/common/conn_pool/conn_pool_base.cc. A state machine without time: the caller opens and closes what the
/// actions say and reports what happened. Ready connections are used last in, first out; waiting streams are served
/// first in, first out. Connections and streams are entries of a <see cref="PoolStore"/>, which pools share. Calls are
/// O(1) but for what they end, and allocate nothing.
/// </remarks>
public sealed partial class ConnectionPool
{
    private const int None = -1;

    private readonly ConnectionPoolOptions _options;
    private readonly CircuitBreakers _breakers;
    private readonly UpstreamCounters _counters;
    private readonly Host _host;
    private readonly PoolStore _store;
    private readonly int _owner;
    private readonly bool _high;
    private readonly bool _preconnects;
    private readonly bool _tellsIdle;
    private long _readyCapacity;
    private long _connectingCapacity;
    private int _firstConnection = None;
    private int _readyHead = None;
    private int _pendingHead = None;
    private int _pendingTail = None;
    private bool _isDrained;

    /// <summary>A pool without connections.</summary>
    /// <param name="host">Host; its count of active requests is kept here.</param>
    /// <param name="options">Settings.</param>
    /// <param name="breakers">Limits and counters of the cluster.</param>
    /// <param name="store">Where its connections and streams live; null = a store of its own.</param>
    /// <param name="owner">The caller's number for this pool, <see cref="PoolStore.OwnerOf"/>.</param>
    public ConnectionPool(
        Host host, ConnectionPoolOptions options, CircuitBreakers breakers, PoolStore? store = null, int owner = -1)
    {
        _host = host;
        _options = options;
        _breakers = breakers;
        _counters = breakers.Counters;
        _high = options.IsHighPriority;
        _preconnects = options.PreconnectRatio > 1;
        _tellsIdle = options.TellsIdle;
        _store = store ?? new PoolStore();
        _owner = owner;
    }

    /// <summary>The next pool of the same host, for another HTTP version or routing priority.</summary>
    public ConnectionPool? Next { get; set; }

    /// <summary>Settings.</summary>
    public ConnectionPoolOptions Options => _options;

    /// <summary>The caller's number for this pool.</summary>
    public int Owner => _owner;

    /// <summary>Connections that exist, connecting ones included.</summary>
    public int ConnectionCount { get; private set; }

    /// <summary>Streams waiting for a connection.</summary>
    public int PendingCount { get; private set; }

    /// <summary>Streams on connections.</summary>
    public int ActiveCount { get; private set; }

    /// <summary>Connection of a stream; -1 = it waits.</summary>
    public int ConnectionOf(int stream) => _store.ConnectionOf(stream);

    /// <summary>The connection that the next stream would get; -1 = none is ready.</summary>
    public int FirstReady => _readyHead;

    /// <summary>First of the pool's connections; -1 = none.</summary>
    public int FirstConnection => _firstConnection;

    /// <summary>The pool's connection after another one; -1 = none.</summary>
    public int ConnectionAfter(int connection) => _store.Connection(connection).Next;

    /// <summary>Takes in a new stream.</summary>
    /// <remarks>Envoy: #ConnPoolImplBase::newStreamImpl, #attachStreamToClient.</remarks>
    /// <param name="stream">The caller's number of the stream.</param>
    /// <param name="actions">Receives connections to open.</param>
    public PoolOutcome NewStream(int stream, PoolActions actions)
    {
        int connection = _readyHead;
        if (connection == None)
        {
            return Enqueue(stream, actions);
        }

        if (!_breakers.CanCreate(BreakerResource.Requests, _high))
        {
            _counters.RqActiveOverflow++;
            return new PoolOutcome(PoolOutcomeKind.Overflow, connection);
        }

        _store.NewStream(stream);
        Attach(stream, connection);
        if (_preconnects)
        {
            OpenWhatIsNeeded(actions);
        }

        return new PoolOutcome(PoolOutcomeKind.Attached, connection);
    }

    /// <summary>The connection is made, handshake included.</summary>
    /// <param name="connection">Connection.</param>
    /// <param name="peerMaxStreams">Streams the peer allows at a time (HTTP/2 SETTINGS).</param>
    /// <param name="actions">Receives the waiting streams that are attached now.</param>
    public void Connected(int connection, int peerMaxStreams, PoolActions actions)
    {
        ref PoolConnection c = ref _store.Connection(connection);
        Expect(c.State == PoolConnectionState.Connecting, "a connection was made twice");
        SetState(connection, ref c, PoolConnectionState.Busy);
        c.MaxStreams = Math.Min(c.MaxStreams, peerMaxStreams);
        SetState(connection, ref c, PoolConnectionState.Ready);
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
        Expect(_store.StateOf(connection) == PoolConnectionState.Connecting, "a made connection failed to connect");
        _counters.CxConnectFail++;
        _counters.CxConnectTimeout += reason == ResetReason.ConnectionTimeout ? 1 : 0;
        Free(connection);
        while (_pendingTail != None)
        {
            int stream = _pendingTail;
            _counters.RqPendingFailureEject++;
            Dequeue(stream);
            actions.Add(new PoolAction(PoolActionKind.Reset, connection, stream, reason));
        }

        OpenWhatIsNeeded(actions);
    }

    /// <summary>A stream has ended: answered in full, or given up by this side.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="keepsConnection">False when the connection cannot be used again: HTTP/1 given up in the
    /// middle.</param>
    /// <param name="actions">Receives what follows.</param>
    public void StreamDone(int stream, bool keepsConnection, PoolActions actions)
    {
        int connection = _store.ConnectionOf(stream);
        if (connection == None)
        {
            _counters.RqCancelled++;
            Dequeue(stream);
            return;
        }

        ref PoolConnection c = ref _store.Connection(connection);
        Detach(stream, ref c);
        _counters.CxDestroyWithActiveRq += keepsConnection ? 0 : 1;
        if (!keepsConnection || (c.State == PoolConnectionState.Draining && c.ActiveStreams == 0))
        {
            Close(connection, actions);
            OpenWhatIsNeeded(actions);
            return;
        }

        if (c.State == PoolConnectionState.Busy && c.Unused > 0)
        {
            SetState(connection, ref c, PoolConnectionState.Ready);
        }

        if (_pendingHead != None)
        {
            ServePending(actions);
        }

        SettleIdle(connection, actions);
    }

    /// <summary>The peer or the network has ended a connection. Its streams are reset, all waiting ones if it was being
    /// made.</summary>
    /// <param name="connection">Connection.</param>
    /// <param name="actions">Receives the resets and new connections.</param>
    public void Closed(int connection, PoolActions actions)
    {
        ref PoolConnection c = ref _store.Connection(connection);
        if (c.State == PoolConnectionState.Connecting)
        {
            ConnectFailed(connection, ResetReason.RemoteConnectionFailure, actions);
            return;
        }

        _counters.CxDestroyWithActiveRq += c.ActiveStreams > 0 ? 1 : 0;
        SetState(connection, ref c, PoolConnectionState.Draining);
        ResetStreams(connection, ref c, ResetReason.ConnectionTermination, actions);
        Free(connection);
        OpenWhatIsNeeded(actions);
    }

    /// <summary>The peer has gone: every connection that was made ends, the streams on them are reset.</summary>
    public void AllClosed(PoolActions actions)
    {
        int next;
        for (int i = _firstConnection; i != None; i = next)
        {
            next = _store.Connection(i).Next;
            if (_store.StateOf(i) != PoolConnectionState.Connecting)
            {
                Closed(i, actions);
            }
        }
    }

    /// <summary>The peer takes no further streams on a connection (HTTP/2 GOAWAY).</summary>
    public void GoAway(int connection, PoolActions actions)
    {
        if (_store.StateOf(connection) is PoolConnectionState.Ready or PoolConnectionState.Busy)
        {
            Drain(connection, actions);
            OpenWhatIsNeeded(actions);
        }
    }

    /// <summary>The idle timeout of a connection has run out.</summary>
    /// <param name="connection">Connection.</param>
    /// <param name="idleSequence">Idle period when the timer was set, <see cref="PoolStore.IdleSequenceOf"/>.</param>
    /// <param name="actions">Receives the close.</param>
    public void IdleTimeout(int connection, uint idleSequence, PoolActions actions)
    {
        ref PoolConnection c = ref _store.Connection(connection);
        if (c.State == PoolConnectionState.Ready && c.ActiveStreams == 0 && c.IdleSequence == idleSequence)
        {
            _counters.CxIdleTimeout++;
            Close(connection, actions);
        }
    }

    /// <summary>Closes a connection that has no streams; any other one is left as it is.</summary>
    public void CloseIfIdle(int connection, PoolActions actions)
    {
        ref PoolConnection c = ref _store.Connection(connection);
        if (c.State == PoolConnectionState.Ready && c.ActiveStreams == 0)
        {
            Close(connection, actions);
        }
    }

    /// <summary>Closes all connections that have no streams, the one used last first.</summary>
    public void CloseIdle(PoolActions actions)
    {
        int next;
        for (int i = _readyHead; i != None; i = next)
        {
            next = _store.Connection(i).NextReady;
            CloseIfIdle(i, actions);
        }
    }

    /// <summary>The host has left the cluster: idle connections close, busy ones finish their streams.</summary>
    /// <remarks>Envoy: #ConnPoolImplBase::drainConnectionsImpl. Waiting streams are still served.</remarks>
    public void DrainAll(PoolActions actions)
    {
        _isDrained = true;
        DrainMade(actions);
    }

    /// <summary>The host was ejected: what exists closes as <see cref="DrainAll"/> says, connections being made too
    /// when no stream waits for them; new ones may be opened.</summary>
    /// <remarks>Envoy: source/common/upstream/cluster_manager_impl.cc#onHostHealthFailure,
    /// source/common/conn_pool/conn_pool_base.cc#closeIdleConnectionsForDrainingPool.</remarks>
    public void DrainExisting(PoolActions actions)
    {
        DrainMade(actions);
        int next;
        for (int i = _firstConnection; i != None && PendingCount == 0; i = next)
        {
            next = _store.Connection(i).Next;
            if (_store.StateOf(i) == PoolConnectionState.Connecting)
            {
                Close(i, actions);
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

    private void DrainMade(PoolActions actions)
    {
        int next;
        for (int i = _firstConnection; i != None; i = next)
        {
            next = _store.Connection(i).Next;
            if (_store.StateOf(i) is PoolConnectionState.Ready or PoolConnectionState.Busy)
            {
                Drain(i, actions);
            }
        }
    }

    private PoolOutcome Enqueue(int stream, PoolActions actions)
    {
        if (!_breakers.CanCreate(BreakerResource.PendingRequests, _high))
        {
            _counters.RqPendingOverflow++;
            return new PoolOutcome(PoolOutcomeKind.Overflow, None);
        }

        ref PoolStream s = ref _store.NewStream(stream);
        s.Previous = _pendingTail;
        if (_pendingTail == None)
        {
            _pendingHead = stream;
        }
        else
        {
            _store.Stream(_pendingTail).Next = stream;
        }

        _pendingTail = stream;
        PendingCount++;
        _breakers.Increment(BreakerResource.PendingRequests, _high);
        _counters.RqPendingTotal++;
        _counters.RqPendingActive++;
        OpenWhatIsNeeded(actions);
        return new PoolOutcome(PoolOutcomeKind.Pending, None);
    }

    // Envoy: #ConnPoolImplBase::tryCreateNewConnections.
    private void OpenWhatIsNeeded(PoolActions actions)
    {
        bool isHealthy = HostHealth.Coarse(_host.Flags) == CoarseHealth.Healthy;
        for (int i = 0; i < 3; i++)
        {
            if ((_isDrained && PendingCount == 0) || !ShouldOpen(
                    PendingCount, ActiveCount, (_connectingCapacity, _connectingCapacity + _readyCapacity),
                    _options.PreconnectRatio, isHealthy))
            {
                return;
            }

            bool mayOpen = _breakers.CanConnect(_host.CxActive, _high);
            _counters.CxOverflow += mayOpen ? 0 : 1;
            if (!mayOpen && ConnectionCount > 0)
            {
                return;
            }

            actions.Add(new PoolAction(PoolActionKind.Open, Open()));
            if (!mayOpen)
            {
                // A pool without any connection gets one whatever the limit, or its streams would wait for ever.
                return;
            }
        }
    }

    private int Open()
    {
        int connection = _store.Add(_owner, _options.MaxConcurrentStreams, _options.MaxRequestsPerConnection);
        ref PoolConnection c = ref _store.Connection(connection);
        c.Next = _firstConnection;
        if (_firstConnection != None)
        {
            _store.Connection(_firstConnection).Previous = connection;
        }

        _firstConnection = connection;
        ConnectionCount++;
        _connectingCapacity += c.Unused;
        _breakers.Increment(BreakerResource.Connections, _high);
        _counters.CxTotal++;
        _counters.CxActive++;
        _host.CxActive++;
        return connection;
    }

    private void ServePending(PoolActions actions)
    {
        while (_pendingHead != None && _readyHead != None)
        {
            int stream = _pendingHead;
            Dequeue(stream);
            if (_breakers.CanCreate(BreakerResource.Requests, _high))
            {
                int connection = _readyHead;
                Attach(stream, connection);
                actions.Add(new PoolAction(PoolActionKind.Attach, connection, stream));
            }
            else
            {
                _counters.RqActiveOverflow++;
                actions.Add(new PoolAction(PoolActionKind.Reset, None, stream, ResetReason.Overflow));
            }
        }

        if (_pendingHead != None)
        {
            OpenWhatIsNeeded(actions); // Envoy: #ConnPoolImplBase::onUpstreamReady asks again for those left over.
        }
    }
}
