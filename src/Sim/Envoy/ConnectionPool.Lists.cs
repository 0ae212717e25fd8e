namespace Sim.Envoy;

/// <content>The lists of a pool and what is counted with them: ready connections, waiting streams, the streams of a
/// connection.</content>
public sealed partial class ConnectionPool
{
    private void Attach(int stream, int connection)
    {
        ref PoolConnection c = ref _store.Connection(connection);
        ref PoolStream s = ref _store.Stream(stream);
        s.Connection = connection;
        s.Previous = None;
        s.Next = c.FirstStream;
        if (c.FirstStream != None)
        {
            _store.Stream(c.FirstStream).Previous = stream;
        }

        c.FirstStream = stream;
        CountStream(ref c, 1);
        if (c.RemainingRequests == 0)
        {
            _counters.CxMaxRequests++;
            SetState(connection, ref c, PoolConnectionState.Draining);
        }
        else if (c.Unused == 0)
        {
            SetState(connection, ref c, PoolConnectionState.Busy);
        }

        ActiveCount++;
        _host.RqActive++;
        _breakers.Increment(BreakerResource.Requests, _high);
        _counters.RqTotal++;
        _counters.RqActive++;
    }

    private void Detach(int stream, ref PoolConnection c)
    {
        ref PoolStream s = ref _store.Stream(stream);
        c.FirstStream = s.Previous == None ? s.Next : c.FirstStream;
        Unlink(ref s);
        s.Connection = None;
        CountStream(ref c, -1);
        ActiveCount--;
        _host.RqActive--;
        _breakers.Decrement(BreakerResource.Requests, _high);
        _counters.RqActive--;
    }

    private void Dequeue(int stream)
    {
        ref PoolStream s = ref _store.Stream(stream);
        _pendingHead = s.Previous == None ? s.Next : _pendingHead;
        _pendingTail = s.Next == None ? s.Previous : _pendingTail;
        Unlink(ref s);
        PendingCount--;
        _breakers.Decrement(BreakerResource.PendingRequests, _high);
        _counters.RqPendingActive--;
    }

    private void Unlink(ref PoolStream s)
    {
        if (s.Previous != None)
        {
            _store.Stream(s.Previous).Next = s.Next;
        }

        if (s.Next != None)
        {
            _store.Stream(s.Next).Previous = s.Previous;
        }

        s.Previous = None;
        s.Next = None;
    }

    private void ResetStreams(int connection, ref PoolConnection c, ResetReason reason, PoolActions actions)
    {
        while (c.FirstStream != None)
        {
            int stream = c.FirstStream;
            Detach(stream, ref c);
            actions.Add(new PoolAction(PoolActionKind.Reset, connection, stream, reason));
        }
    }

    private void Drain(int connection, PoolActions actions)
    {
        ref PoolConnection c = ref _store.Connection(connection);
        SetState(connection, ref c, PoolConnectionState.Draining);
        if (c.ActiveStreams == 0)
        {
            Close(connection, actions);
        }
    }

    private void SettleIdle(int connection, PoolActions actions)
    {
        ref PoolConnection c = ref _store.Connection(connection);
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
        if (_tellsIdle)
        {
            actions.Add(new PoolAction(PoolActionKind.Idle, connection));
        }
    }

    private void Close(int connection, PoolActions actions)
    {
        ref PoolConnection c = ref _store.Connection(connection);
        SetState(connection, ref c, PoolConnectionState.Draining);
        ResetStreams(connection, ref c, ResetReason.LocalReset, actions);
        actions.Add(new PoolAction(PoolActionKind.Close, connection));
        Free(connection);
    }

    private void Free(int connection)
    {
        ref PoolConnection c = ref _store.Connection(connection);
        SetState(connection, ref c, PoolConnectionState.Draining);
        if (c.Previous == None)
        {
            _firstConnection = c.Next;
        }
        else
        {
            _store.Connection(c.Previous).Next = c.Next;
        }

        if (c.Next != None)
        {
            _store.Connection(c.Next).Previous = c.Previous;
        }

        ConnectionCount--;
        _store.Free(connection);
        _breakers.Decrement(BreakerResource.Connections, _high);
        _counters.CxActive--;
        _host.CxActive--;
    }

    /// <summary>Changes the state and keeps the ready list and the capacities right.</summary>
    private void SetState(int connection, ref PoolConnection c, PoolConnectionState state)
    {
        if (c.State == PoolConnectionState.Connecting)
        {
            _connectingCapacity -= c.Unused;
        }
        else if (c.State == PoolConnectionState.Ready)
        {
            _readyCapacity -= c.Unused;
            LeaveReady(ref c);
        }

        c.State = state;
        if (state == PoolConnectionState.Ready)
        {
            _readyCapacity += c.Unused;
            c.PreviousReady = None;
            c.NextReady = _readyHead;
            if (_readyHead != None)
            {
                _store.Connection(_readyHead).PreviousReady = connection;
            }

            _readyHead = connection;
        }
    }

    private void LeaveReady(ref PoolConnection c)
    {
        if (c.PreviousReady == None)
        {
            _readyHead = c.NextReady;
        }
        else
        {
            _store.Connection(c.PreviousReady).NextReady = c.NextReady;
        }

        if (c.NextReady != None)
        {
            _store.Connection(c.NextReady).PreviousReady = c.PreviousReady;
        }

        c.PreviousReady = None;
        c.NextReady = None;
    }

    /// <summary>Counts a stream more (+1) or less (-1) on a connection; a stream more uses up a request.</summary>
    private void CountStream(ref PoolConnection c, int change)
    {
        bool isReady = c.State == PoolConnectionState.Ready;
        _readyCapacity -= isReady ? c.Unused : 0;
        c.ActiveStreams += change;
        c.RemainingRequests -= change > 0 && c.RemainingRequests != PoolConnection.Unlimited ? 1u : 0u;
        _readyCapacity += isReady ? c.Unused : 0;
    }
}
