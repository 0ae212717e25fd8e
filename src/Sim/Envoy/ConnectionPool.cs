using Sim.Xds;

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
    private readonly Host _host;
    private readonly bool _high;
    private Connection[] _connections = [];
    private StreamNode[] _streams = [];
    private int _freeConnection = None;
    private int _freeStream = None;
    private int _connectionsUsed;
    private int _streamsUsed;
    private int _readyHead = None;
    private int _pendingHead = None;
    private int _pendingTail = None;
    private long _connectingCapacity;
    private long _readyCapacity;
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
        _high = options.IsHighPriority;
    }

    /// <summary>The next pool of the same host, for another HTTP version or routing priority.</summary>
    public ConnectionPool? Next { get; set; }

    /// <summary>Settings.</summary>
    public ConnectionPoolOptions Options => _options;

    /// <summary>Connections that exist, connecting ones included.</summary>
    public int ConnectionCount { get; private set; }

    /// <summary>Streams waiting for a connection.</summary>
    public int PendingCount { get; private set; }

    /// <summary>Streams on connections.</summary>
    public int ActiveCount { get; private set; }

    /// <summary>Counts the lives of a connection number, so that a late timer can be told from a valid one.</summary>
    public int Generation(int connection) => _connections[connection].Generation;

    /// <summary>Whether the connection is still being made in the given life.</summary>
    public bool IsConnecting(int connection, int generation) =>
        _connections[connection].Generation == generation && _connections[connection].State == State.Connecting;

    /// <summary>The caller's number of a stream.</summary>
    public int StreamId(int handle) => _streams[handle].StreamId;

    /// <summary>Takes in a new stream.</summary>
    /// <param name="streamId">The caller's number.</param>
    /// <param name="actions">Receives connections to open.</param>
    public PoolOutcome NewStream(int streamId, PoolActions actions)
    {
        int connection = _readyHead;
        if (connection != None)
        {
            if (!_breakers.CanCreate(BreakerResource.Requests, _high))
            {
                _breakers.Counters.RqActiveOverflow++;
                return new PoolOutcome(PoolOutcomeKind.Overflow, None, None);
            }

            int handle = NewNode(streamId);
            Attach(handle, connection);
            if (_options.PreconnectRatio > 1)
            {
                OpenWhatIsNeeded(actions);
            }

            return new PoolOutcome(PoolOutcomeKind.Attached, handle, connection);
        }

        return Enqueue(streamId, actions);
    }

    /// <summary>The connection is made, handshake included.</summary>
    /// <param name="connection">Connection.</param>
    /// <param name="peerMaxStreams">Streams the peer allows at a time (HTTP/2 SETTINGS).</param>
    /// <param name="actions">Receives the waiting streams that are attached now.</param>
    public void Connected(int connection, int peerMaxStreams, PoolActions actions)
    {
        ref Connection c = ref _connections[connection];
        Expect(c.State == State.Connecting, "a connection was made that was not being made");
        _connectingCapacity -= Unused(c);
        c.MaxStreams = Math.Min(c.MaxStreams, peerMaxStreams);
        MakeReady(connection);
        ServePending(actions);
        SettleIdle(connection, actions);
    }

    /// <summary>The connection could not be made. All waiting streams of the pool fail with it.</summary>
    /// <param name="connection">Connection.</param>
    /// <param name="reason">Remote or local failure, or timeout.</param>
    /// <param name="actions">Receives the resets, newest stream first.</param>
    public void ConnectFailed(int connection, ResetReason reason, PoolActions actions)
    {
        ref Connection c = ref _connections[connection];
        Expect(c.State == State.Connecting, "a connection failed that was not being made");
        _connectingCapacity -= Unused(c);
        _breakers.Counters.CxConnectFail++;
        _breakers.Counters.CxConnectTimeout += reason == ResetReason.ConnectionTimeout ? 1 : 0;
        Free(connection);
        while (_pendingTail != None)
        {
            int handle = _pendingTail;
            _breakers.Counters.RqPendingFailureEject++;
            RemovePending(handle);
            EndStream(handle, None, reason, actions);
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
        int connection = _streams[handle].Connection;
        if (connection == None)
        {
            _breakers.Counters.RqCancelled++;
            RemovePending(handle);
            FreeNode(handle);
            return;
        }

        bool wasReady = _connections[connection].State == State.Ready;
        Detach(handle, connection);
        FreeNode(handle);
        ref Connection c = ref _connections[connection];
        if (!keepsConnection || (c.State == State.Draining && c.ActiveStreams == 0))
        {
            Close(connection, actions);
            OpenWhatIsNeeded(actions);
            return;
        }

        if (c.State == State.Busy)
        {
            MakeReady(connection);
        }
        else if (wasReady)
        {
            _readyCapacity++;
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
        if (_connections[connection].State == State.Connecting)
        {
            ConnectFailed(connection, ResetReason.RemoteConnectionFailure, actions);
            return;
        }

        _breakers.Counters.CxDestroyWithActiveRq += _connections[connection].ActiveStreams > 0 ? 1 : 0;
        Unready(connection);
        ResetStreams(connection, ResetReason.ConnectionTermination, actions);
        Free(connection);
        OpenWhatIsNeeded(actions);
    }

    /// <summary>The peer takes no further streams on a connection (HTTP/2 GOAWAY).</summary>
    public void GoAway(int connection, PoolActions actions)
    {
        if (_connections[connection].State is State.Ready or State.Busy)
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
        ref Connection c = ref _connections[connection];
        if (c.Generation == generation && c.State == State.Ready && c.ActiveStreams == 0
            && c.IdleSequence == idleSequence)
        {
            _breakers.Counters.CxIdleTimeout++;
            Unready(connection);
            Close(connection, actions);
        }
    }

    /// <summary>Counts the idle periods of a connection, for <see cref="IdleTimeout"/>.</summary>
    public int IdleSequence(int connection) => _connections[connection].IdleSequence;

    /// <summary>The host has left the cluster: idle connections close, busy ones finish their streams.</summary>
    /// <remarks>Envoy: conn_pool_base.cc#ConnPoolImplBase::drainConnectionsImpl. Waiting streams are still served.</remarks>
    public void DrainAll(PoolActions actions)
    {
        _isDrained = true;
        for (int i = 0; i < _connectionsUsed; i++)
        {
            if (_connections[i].State is State.Ready or State.Busy)
            {
                Drain(i, actions);
            }
        }
    }

    /// <summary>Number of connections to open for a load, limits apart.</summary>
    /// <remarks>Envoy: #ConnPoolImplBase::shouldConnect, #shouldCreateNewConnection, at most three per trigger.</remarks>
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

    private static long Unused(in Connection c) => (long)StreamLimit(c) - c.ActiveStreams;

    private static int StreamLimit(in Connection c) =>
        c.RemainingRequests == 0 ? c.MaxStreams : (int)Math.Min(c.MaxStreams, c.RemainingRequests + c.ActiveStreams);

    private PoolOutcome Enqueue(int streamId, PoolActions actions)
    {
        if (!_breakers.CanCreate(BreakerResource.PendingRequests, _high))
        {
            _breakers.Counters.RqPendingOverflow++;
            return new PoolOutcome(PoolOutcomeKind.Overflow, None, None);
        }

        int handle = NewNode(streamId);
        ref StreamNode node = ref _streams[handle];
        node.Previous = _pendingTail;
        if (_pendingTail == None)
        {
            _pendingHead = handle;
        }
        else
        {
            _streams[_pendingTail].Next = handle;
        }

        _pendingTail = handle;
        PendingCount++;
        _breakers.Increment(BreakerResource.PendingRequests, _high);
        _breakers.Counters.RqPendingTotal++;
        _breakers.Counters.RqPendingActive++;
        OpenWhatIsNeeded(actions);
        return new PoolOutcome(PoolOutcomeKind.Pending, handle, None);
    }

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

            bool mayOpen = _breakers.CanCreate(BreakerResource.Connections, _high);
            _breakers.Counters.CxOverflow += mayOpen ? 0 : 1;
            if (!mayOpen && ConnectionCount > 0)
            {
                return;
            }

            Open(actions);
            if (!mayOpen)
            {
                // A pool without any connection gets one whatever the limit, or its streams would wait for ever.
                return;
            }
        }
    }

    private void Open(PoolActions actions)
    {
        int connection = _freeConnection;
        if (connection == None)
        {
            connection = _connectionsUsed++;
            if (connection >= _connections.Length)
            {
                Array.Resize(ref _connections, Math.Max(4, _connections.Length * 2));
            }
        }
        else
        {
            _freeConnection = _connections[connection].Next;
        }

        ref Connection c = ref _connections[connection];
        c = new Connection
        {
            State = State.Connecting,
            Generation = c.Generation + 1,
            MaxStreams = _options.MaxConcurrentStreams,
            RemainingRequests = _options.MaxRequestsPerConnection,
            Next = None,
            Previous = None,
            FirstStream = None,
        };
        _connectingCapacity += Unused(c);
        ConnectionCount++;
        _breakers.Increment(BreakerResource.Connections, _high);
        _breakers.Counters.CxTotal++;
        _breakers.Counters.CxActive++;
        actions.Add(new PoolAction(PoolActionKind.Open, connection));
    }

    private void ServePending(PoolActions actions)
    {
        while (_pendingHead != None && _readyHead != None)
        {
            int handle = _pendingHead;
            RemovePending(handle);
            if (_breakers.CanCreate(BreakerResource.Requests, _high))
            {
                int connection = _readyHead;
                Attach(handle, connection);
                actions.Add(new PoolAction(
                    PoolActionKind.Attach, connection, _streams[handle].StreamId, handle));
            }
            else
            {
                _breakers.Counters.RqActiveOverflow++;
                EndStream(handle, None, ResetReason.Overflow, actions);
            }
        }
    }

    private void Attach(int handle, int connection)
    {
        ref Connection c = ref _connections[connection];
        ref StreamNode node = ref _streams[handle];
        node.Connection = connection;
        node.Previous = None;
        node.Next = c.FirstStream;
        if (c.FirstStream != None)
        {
            _streams[c.FirstStream].Previous = handle;
        }

        c.FirstStream = handle;
        long unused = Unused(c);
        c.ActiveStreams++;
        _readyCapacity -= unused;
        bool isLast = c.RemainingRequests > 0 && --c.RemainingRequests == 0;
        if (isLast)
        {
            _breakers.Counters.CxMaxRequests++;
            RemoveReady(connection);
            c.State = State.Draining;
        }
        else if (unused == 1)
        {
            RemoveReady(connection);
            c.State = State.Busy;
        }
        else
        {
            _readyCapacity += Unused(c);
        }

        ActiveCount++;
        _host.RqActive++;
        _breakers.Increment(BreakerResource.Requests, _high);
        _breakers.Counters.RqTotal++;
        _breakers.Counters.RqActive++;
    }

    private void Detach(int handle, int connection)
    {
        ref Connection c = ref _connections[connection];
        ref StreamNode node = ref _streams[handle];
        if (node.Previous == None)
        {
            c.FirstStream = node.Next;
        }
        else
        {
            _streams[node.Previous].Next = node.Next;
        }

        if (node.Next != None)
        {
            _streams[node.Next].Previous = node.Previous;
        }

        c.ActiveStreams--;
        ActiveCount--;
        _host.RqActive--;
        _breakers.Decrement(BreakerResource.Requests, _high);
        _breakers.Counters.RqActive--;
    }

    private void RemovePending(int handle)
    {
        ref StreamNode node = ref _streams[handle];
        if (node.Previous == None)
        {
            _pendingHead = node.Next;
        }
        else
        {
            _streams[node.Previous].Next = node.Next;
        }

        if (node.Next == None)
        {
            _pendingTail = node.Previous;
        }
        else
        {
            _streams[node.Next].Previous = node.Previous;
        }

        node.Previous = None;
        node.Next = None;
        PendingCount--;
        _breakers.Decrement(BreakerResource.PendingRequests, _high);
        _breakers.Counters.RqPendingActive--;
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
        actions.Add(new PoolAction(PoolActionKind.Reset, connection, _streams[handle].StreamId, handle, reason));
        FreeNode(handle);
    }

    private void Drain(int connection, PoolActions actions)
    {
        Unready(connection);
        if (_connections[connection].ActiveStreams == 0)
        {
            Close(connection, actions);
        }
        else
        {
            _connections[connection].State = State.Draining;
        }
    }

    private void SettleIdle(int connection, PoolActions actions)
    {
        ref Connection c = ref _connections[connection];
        if (c.State != State.Ready || c.ActiveStreams > 0)
        {
            return;
        }

        if (_isDrained)
        {
            Unready(connection);
            Close(connection, actions);
            return;
        }

        c.IdleSequence++;
        actions.Add(new PoolAction(PoolActionKind.Idle, connection));
    }

    private void MakeReady(int connection)
    {
        ref Connection c = ref _connections[connection];
        c.State = State.Ready;
        c.Previous = None;
        c.Next = _readyHead;
        if (_readyHead != None)
        {
            _connections[_readyHead].Previous = connection;
        }

        _readyHead = connection;
        _readyCapacity += Unused(c);
    }

    // Takes a connection out of the ready list together with its capacity.
    private void Unready(int connection)
    {
        if (_connections[connection].State == State.Ready)
        {
            _readyCapacity -= Unused(_connections[connection]);
            RemoveReady(connection);
            _connections[connection].State = State.Busy;
        }
    }

    private void RemoveReady(int connection)
    {
        ref Connection c = ref _connections[connection];
        if (c.Previous == None)
        {
            _readyHead = c.Next;
        }
        else
        {
            _connections[c.Previous].Next = c.Next;
        }

        if (c.Next != None)
        {
            _connections[c.Next].Previous = c.Previous;
        }

        c.Previous = None;
        c.Next = None;
    }

    private void Close(int connection, PoolActions actions)
    {
        Unready(connection);
        ResetStreams(connection, ResetReason.LocalReset, actions);
        actions.Add(new PoolAction(PoolActionKind.Close, connection));
        Free(connection);
    }

    private void Free(int connection)
    {
        ref Connection c = ref _connections[connection];
        c.State = State.Free;
        c.Generation++;
        c.Next = _freeConnection;
        _freeConnection = connection;
        ConnectionCount--;
        _breakers.Decrement(BreakerResource.Connections, _high);
        _breakers.Counters.CxActive--;
    }

    private int NewNode(int streamId)
    {
        int handle = _freeStream;
        if (handle == None)
        {
            handle = _streamsUsed++;
            if (handle >= _streams.Length)
            {
                Array.Resize(ref _streams, Math.Max(4, _streams.Length * 2));
            }
        }
        else
        {
            _freeStream = _streams[handle].Next;
        }

        _streams[handle] = new StreamNode { StreamId = streamId, Connection = None, Previous = None, Next = None };
        return handle;
    }

    private void FreeNode(int handle)
    {
        _streams[handle].Next = _freeStream;
        _freeStream = handle;
    }

    private enum State : byte
    {
        Free,
        Connecting,
        Ready,
        Busy,
        Draining,
    }

    private struct Connection
    {
        public State State;
        public int Generation;
        public int IdleSequence;
        public int ActiveStreams;
        public int MaxStreams;
        public long RemainingRequests;
        public int FirstStream;
        public int Next;
        public int Previous;
    }

    private struct StreamNode
    {
        public int StreamId;
        public int Connection;
        public int Next;
        public int Previous;
    }
}
