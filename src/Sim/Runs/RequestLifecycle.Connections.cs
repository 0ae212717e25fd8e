using System.Runtime.CompilerServices;
using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Runs;

/// <content>Connections: who waits for one, who makes one, who loses one.</content>
internal sealed partial class RequestLifecycle
{
    private readonly PoolStore _connections = new();
    private readonly PoolActions _poolActions = new();
    private readonly List<HostLink> _links = [];
    private readonly List<(ConnectionPool Pool, HostLink Link, PoolKind Kind, string ServerName)> _pools = [];
    private ConnectionSlot[] _ends = new ConnectionSlot[64];
    private int _poolActionAt = -1;

    /// <summary>Link of a host, made when the host first appears.</summary>
    private static HostLink LinkOf(Host host) => Unsafe.As<HostLink>(host.Companion!);

    /// <summary>Link that a connection belongs to.</summary>
    private HostLink LinkOfConnection(int connection) => _pools[_connections.OwnerOf(connection)].Link;

    private ConnectionPool PoolOfConnection(int connection) => _pools[_connections.OwnerOf(connection)].Pool;

    /// <summary>The pool of a host for one kind of request, made when it is first asked for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ConnectionPool PoolOf(HostLink link, ResolvedRoute route) =>
        link.Pool is { } pool && link.Kind == route.Pool && ReferenceEquals(link.ServerName, route.ServerName)
            ? pool : FindPool(link, route.Pool, route.ServerName);

    /// <summary>Server name that a connection was opened with.</summary>
    private string ServerNameOf(int connection)
    {
        (_, HostLink link, PoolKind kind, string name) = _pools[_connections.OwnerOf(connection)];
        return name.Length > 0 && kind != PoolKind.Tcp ? name : link.Cluster.Config.Tls.Sni;
    }

    private static bool IsHttp2(PoolKind kind) => kind is PoolKind.Http2 or PoolKind.Http2High;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ConnectionPool FindPool(HostLink link, PoolKind kind, string serverName)
    {
        ConnectionPool? last = null;
        for (ConnectionPool? pool = link.Pool; pool is not null; pool = pool.Next)
        {
            if (_pools[pool.Owner].Kind == kind && _pools[pool.Owner].ServerName == serverName)
            {
                return pool;
            }

            last = pool;
        }

        ClusterConfig config = link.Cluster.Config;
        ConnectionPoolOptions options = ConnectionPoolOptions.Of(
            config, IsHttp2(kind), kind is PoolKind.Http1High or PoolKind.Http2High);
        var made = new ConnectionPool(
            link.Host,
            options with
            {
                // Bytes that are passed on have a connection of their own.
                MaxRequestsPerConnection = kind == PoolKind.Tcp ? 1 : options.MaxRequestsPerConnection,
                TellsIdle = false, // Found out where streams end: no action for every answer.
            },
            link.Cluster.Breakers, _connections, _pools.Count);
        _pools.Add((made, link, kind, serverName));
        if (last is null)
        {
            link.Pool = made;
            link.Host.Pool = made;
            link.Kind = kind;
            link.ServerName = serverName;
        }
        else
        {
            last.Next = made;
        }

        return made;
    }

    /// <summary>Gives the call a connection, now or later, or refuses it.</summary>
    private void AskPool(int index, ref CallSlot call, HostLink link)
    {
        Refresh(link);
        PoolOutcome outcome = PoolOf(link, call.Route!).NewStream(index, _poolActions);
        if (outcome.Kind == PoolOutcomeKind.Attached)
        {
            call.HasStream = true;
            PoolReady(index, ref call, link, outcome.Connection);
        }
        else if (outcome.Kind == PoolOutcomeKind.Pending)
        {
            call.HasStream = true;
            call.Phase = CallPhase.Pending;
        }
        else
        {
            // A pool that has no room for one more to wait names no host.
            call.Host = outcome.Connection < 0 ? null : call.Host;
            UpstreamReset(index, ResetReason.Overflow);
        }

        FollowPools();
    }

    /// <summary>Does what the pools ask for, in order; what follows from it is done in the same go.</summary>
    private void FollowPools()
    {
        if (_poolActions.Count > 0 && _poolActionAt < 0)
        {
            FollowPoolsNow();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FollowPoolsNow()
    {
        for (_poolActionAt = 0; _poolActionAt < _poolActions.Count; _poolActionAt++)
        {
            PoolAction action = _poolActions[_poolActionAt];
            switch (action.Kind)
            {
                case PoolActionKind.Open:
                    Connect(action.Connection);
                    break;
                case PoolActionKind.Attach when IsStreamOf(action.Stream, action.Connection):
                    ref CallSlot call = ref _calls[action.Stream];
                    PoolReady(action.Stream, ref call, LinkOf(call.Host!), action.Connection);
                    break;
                case PoolActionKind.Reset when _calls[action.Stream].HasStream:
                    StreamLost(action.Stream, action.Reason);
                    break;
                case PoolActionKind.Close:
                    LeaveRelay(action.Connection);
                    break;
                default:
                    break;
            }
        }

        _poolActions.Clear();
        _poolActionAt = -1;
    }

    private static bool IsOnConnection(CallPhase phase) => phase is CallPhase.Sent or CallPhase.Receiving;

    private bool IsStreamOf(int call, int connection) => _calls[call].HasStream
        && _calls[call].Phase == CallPhase.Pending && _connections.ConnectionOf(call) == connection;

    /// <summary>The pool gave the stream up: its connection was not made, or is lost, or a limit refused it.</summary>
    private void StreamLost(int index, ResetReason reason)
    {
        ref CallSlot call = ref _calls[index];
        call.HasStream = false;
        if (IsOnConnection(call.Phase) && _ends[call.Connection].IsShared)
        {
            CountReset(call.Cluster!.Breakers.Counters, reason);
        }

        call.Connection = -1;
        if (call.Phase == CallPhase.Pending && reason != ResetReason.Overflow)
        {
            HostLink link = LinkOf(call.Host!);
            call.HandshakeFailed = link.Outcome == HandshakeOutcome.ClientRefuses || link.IsGateway
                || (link.Pod >= 0 && _pods[link.Pod].Proxy?.ByteListener(link.Port) is not null);
        }

        UpstreamReset(index, reason);
    }

    /// <summary>The stream of a call is over, answered or given up.</summary>
    /// <param name="index">Call.</param>
    /// <param name="call">Its slot.</param>
    /// <param name="reason">Why it is given up; none = the answer was read to its end, so that an HTTP/1.1 connection
    /// can be used again.</param>
    private void EndStream(int index, ref CallSlot call, ResetReason reason)
    {
        if (!call.HasStream)
        {
            return;
        }

        call.HasStream = false;
        bool keeps = reason == ResetReason.None;
        if (!keeps && IsOnConnection(call.Phase) && _ends[call.Connection].IsShared)
        {
            keeps = true;
            CountReset(call.Cluster!.Breakers.Counters, reason);
        }

        int connection = call.Connection;
        call.Connection = -1;
        PoolOf(LinkOf(call.Host!), call.Route!).StreamDone(index, keeps, _poolActions);
        FollowPools();
        if (keeps)
        {
            BeginIdle(connection);
        }
    }

    /// <summary>Counts the end of a stream that leaves its HTTP/2 connection to the others.</summary>
    /// <remarks>Envoy: source/common/http/conn_pool_base.cc#MultiplexedActiveClientBase::onStreamReset.</remarks>
    private static void CountReset(UpstreamCounters counters, ResetReason reason)
    {
        switch (reason)
        {
            case ResetReason.ConnectionTermination:
                counters.RqPendingFailureEject++;
                break;
            case ResetReason.LocalReset or ResetReason.ProtocolError:
                counters.RqTxReset++;
                break;
            case ResetReason.RemoteReset:
                counters.RqRxReset++;
                break;
            default:
                break;
        }
    }

    /// <summary>A reset that was on its way has arrived: the connection is lost, or a single request of it.</summary>
    private void OnStreamReset(int index)
    {
        ref CallSlot call = ref _calls[index];
        ResetReason reason = call.ToldReset;
        if (_leaving.Count > 0 && _leaving.Remove(index))
        {
            PoolOfConnection(call.Connection).GoAway(call.Connection, _poolActions);
            FollowPools();
        }

        if (reason != ResetReason.ConnectionTermination)
        {
            UpstreamReset(index, reason);
            return;
        }

        int connection = call.Connection;
        LeaveRelay(connection);
        PoolOfConnection(connection).Closed(connection, _poolActions);
        FollowPools();
    }

    private void Connect(int index)
    {
        if (index >= _ends.Length)
        {
            Array.Resize(ref _ends, Math.Max(index + 1, 2 * _ends.Length));
        }

        (_, HostLink link, PoolKind kind, _) = _pools[_connections.OwnerOf(index)];
        ref ConnectionSlot slot = ref _ends[index];
        slot = default;
        slot.Peer = link.Pod;
        (slot.Via, slot.Relay, slot.Entry) = (-1, -1, -1);
        slot.StartNs = Now;
        slot.IsShared = IsHttp2(kind);
        uint generation = _connections.GenerationOf(index);
        Schedule(EventKind.ConnectTimeout, Now + link.Cluster.Config.ConnectTimeoutNs, index, generation);
        TryHandshake(index, link, Now);
    }

    /// <summary>Sends the first packet (again): refused after one round trip, open after one more for TLS. Packets
    /// that vanish are sent again after 1, 3, 7, ... seconds, as Linux does.</summary>
    private void TryHandshake(int index, HostLink link, long nowNs)
    {
        if (link.Backends is { } backends)
        {
            TryBackends(index, link, backends, nowNs);
            return;
        }

        uint generation = _connections.GenerationOf(index);
        PodRuntime client = link.Cluster.Proxy.Pod;
        if (link.Pod < 0 || !IsRouted(client, _pods[link.Pod]) || IsCut(client, _pods[link.Pod]))
        {
            SendSynAgain(index, nowNs);
            return;
        }

        PodRuntime server = _pods[link.Pod];
        long rtt = 2 * _latency.SampleNs(client, server, client.NetworkStream);
        if (IsTakenAsBytes(index, server, link.Port))
        {
            ConnectToTunnel(index, server, link.Port, (nowNs, rtt));
            return;
        }

        HandshakeOutcome outcome = HasOwnOutcome(link)
            ? GreetGateway(link, server, link.Port, ServerNameOf(index)) : link.Outcome;
        _ends[index].Outcome = outcome;
        bool isTls = outcome is HandshakeOutcome.Mutual or HandshakeOutcome.ServerRefuses;
        if (server.Refuses || IsRejected(client, server) || IsDeaf(server, link.Port))
        {
            Schedule(EventKind.ConnectFailed, nowNs + rtt, index, generation);
        }
        else if (outcome == HandshakeOutcome.ClientRefuses)
        {
            Schedule(EventKind.ConnectFailed, nowNs + (2 * rtt), index, generation);
        }
        else
        {
            Schedule(EventKind.Connected, nowNs + (isTls ? 2 * rtt : rtt), index, generation);
        }
    }

    /// <summary>Connections to a gateway whose server name is the host of their requests differ from each other.
    /// </summary>
    private bool HasOwnOutcome(HostLink link) => link.Cluster.Config.Tls.AutoSni && link.Pod >= 0
        && _pods[link.Pod].Proxy?.HttpListener(link.Port) is not null;

    private void OnConnectionEvent(EventKind kind, int index, uint generation)
    {
        if (!_connections.IsConnecting(index, generation))
        {
            return;
        }

        HostLink link = LinkOfConnection(index);
        switch (kind)
        {
            case EventKind.ConnectRetry:
                TryHandshake(index, link, Now);
                break;
            case EventKind.Connected when IsStillReachable(index, link):
                OnConnected(index);
                break;
            case EventKind.ConnectTimeout when IsAtTunnel(index):
                break; // The gateway took the connection long ago.
            case EventKind.Connected:
                // Frozen between the packets of the handshake: only the connect timeout ends it.
                break;
            default:
                FailConnect(index, kind == EventKind.ConnectTimeout
                    ? ResetReason.ConnectionTimeout : ResetReason.RemoteConnectionFailure);
                break;
        }
    }

    private bool IsStillReachable(int index, HostLink link) => _ends[index].Peer >= 0
        && !IsPathCut(link.Cluster.Proxy.Pod, _ends[index].Via, _pods[_ends[index].Peer]);

    private void OnConnected(int index)
    {
        if (IsPathRefused(in _ends[index]))
        {
            FailConnect(index, ResetReason.RemoteConnectionFailure);
            return;
        }

        PoolOfConnection(index).Connected(index, _pods[_ends[index].Peer].MaxStreams, _poolActions);
        FollowPools();
        BeginIdle(index);
    }

    /// <summary>The connect failed: every call that waits for this host fails with it.</summary>
    private void FailConnect(int index, ResetReason reason)
    {
        ConnectionPool pool = PoolOfConnection(index);
        LeaveRelay(index);
        pool.ConnectFailed(index, reason, _poolActions);
        FollowPools();
    }

    /// <summary>A connection is over: the gateway in its middle, if any, hears of it.</summary>
    private void LeaveRelay(int connection)
    {
        if (_ends[connection].Relay >= 0)
        {
            EndRelay(ref _ends[connection]);
        }
    }

    private static bool TryTake(CircuitBreakers breakers, BreakerResource resource)
    {
        if (!breakers.CanCreate(resource, false))
        {
            return false;
        }

        breakers.Increment(resource, false);
        return true;
    }

    /// <summary>Free connections of a host close; busy ones close after their request.</summary>
    private void DrainHost(HostLink link)
    {
        for (ConnectionPool? pool = link.Pool; pool is not null; pool = pool.Next)
        {
            pool.DrainAll(_poolActions);
        }

        FollowPools();
    }

    private void CloseIdle(HostLink link)
    {
        for (ConnectionPool? pool = link.Pool; pool is not null; pool = pool.Next)
        {
            pool.CloseIdle(_poolActions);
        }

        FollowPools();
    }

    /// <summary>Finds out what becomes of connections to the host, when either side has a new configuration.</summary>
    private void Refresh(HostLink link)
    {
        if (link.SeenPushes != _pushes)
        {
            LookAgain(link);
        }
    }

    /// <summary>Something besides a push changed what becomes of connections.</summary>
    public void LookAgainAtAll() => _pushes++;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void LookAgain(HostLink link)
    {
        link.SeenPushes = _pushes;
        PodRuntime client = link.Cluster.Proxy.Pod;
        PodRuntime? server = link.Pod >= 0 ? _pods[link.Pod] : null;
        (int, int) epoch = (link.Cluster.Proxy.Epoch, server?.Proxy?.Epoch ?? 0);
        if (link.Epoch == epoch || link.Backends is not null)
        {
            return;
        }

        link.Epoch = epoch;
        link.CallerTable = null;
        HandshakeOutcome outcome = server is null ? HandshakeOutcome.Plaintext
            : server.Proxy?.HttpListener(link.Port) is not null
                ? GreetGateway(link, server, link.Port, link.Cluster.Config.Tls.Sni)
            : MtlsHandshake.Decide(
            link.Cluster.Config.Tls, link.Host.Endpoint.TlsMode, client.Identity, server.HasSidecar,
            server.Identity, !server.HasSidecar ? null : server.Proxy?.InboundOf(link.Host.Endpoint.Port).Listener);
        if (outcome != link.Outcome)
        {
            link.Outcome = outcome;
            if (client.HasChangedCertificate || server?.HasChangedCertificate == true)
            {
                return; // What is open stays: certificates are looked at when a connection is made.
            }

            CloseIdle(link);
        }
    }
}
