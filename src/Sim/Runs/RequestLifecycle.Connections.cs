using Sim.Core;
using Sim.Envoy;
using Sim.Engine;

namespace Sim.Runs;

/// <content>Connections: who waits for one, who makes one, who loses one.</content>
internal sealed partial class RequestLifecycle
{
    private readonly SlotPool<ConnectionSlot> _connections = new();
    private readonly List<HostLink> _links = [];

    /// <summary>Link of a host, made when the host first appears.</summary>
    private HostLink LinkOf(Host host) => _links[host.Tag];

    /// <summary>Gives the call a connection, now or later, or refuses it.</summary>
    private void AskPool(int index, ref CallSlot call, HostLink link)
    {
        Refresh(link);
        CircuitBreakers breakers = link.Cluster.Breakers;
        if (link.Idle.Count > 0)
        {
            if (!TryTake(breakers, BreakerResource.Requests))
            {
                breakers.Counters.RqActiveOverflow++;
                UpstreamReset(index, ResetReason.Overflow);
                return;
            }

            int connection = link.Idle[^1];
            link.Idle.RemoveAt(link.Idle.Count - 1);
            Attach(index, ref call, link, connection);
            return;
        }

        if (!TryTake(breakers, BreakerResource.PendingRequests))
        {
            breakers.Counters.RqPendingOverflow++;
            call.Host = null; // The pool names no host when it refuses a stream.
            UpstreamReset(index, ResetReason.Overflow);
            return;
        }

        call.Phase = CallPhase.Pending;
        breakers.Counters.RqPendingTotal++;
        link.Waiting.Enqueue((index, AttemptKey(index, call.Attempts)));
        link.WaitingCount++;
        OpenConnections(link);
    }

    private void Attach(int index, ref CallSlot call, HostLink link, int connection)
    {
        ref ConnectionSlot slot = ref _connections[connection];
        slot.Call = index;
        slot.Uses++;
        link.Busy++;
        if (call.Route!.IsTcp
            || (link.Cluster.Config.MaxRequestsPerConnection is > 0 and var most && slot.Uses >= most))
        {
            link.Cluster.Breakers.Counters.CxMaxRequests++;
            slot.IsDraining = true;
        }

        PoolReady(index, ref call, link, connection);
    }

    /// <summary>Opens connections while more calls wait than connections are on their way, three at most at a time.
    /// A pool without any connection may open one whatever the limit says.</summary>
    private void OpenConnections(HostLink link)
    {
        for (int i = 0; i < 3 && link.WaitingCount > link.Connecting; i++)
        {
            CircuitBreakers breakers = link.Cluster.Breakers;
            bool hasNone = link.Connecting + link.Busy + link.Idle.Count == 0;
            if (!breakers.CanCreate(BreakerResource.Connections, false))
            {
                breakers.Counters.CxOverflow++;
                if (!hasNone)
                {
                    return;
                }
            }

            breakers.Increment(BreakerResource.Connections, false);
            breakers.Counters.CxTotal++;
            Connect(link);
        }
    }

    private void Connect(HostLink link)
    {
        int index = _connections.Rent();
        ref ConnectionSlot slot = ref _connections[index];
        slot = default;
        slot.Link = link.Index;
        slot.Call = -1;
        slot.Peer = link.Pod;
        (slot.Via, slot.Relay, slot.Entry) = (-1, -1, -1);
        slot.StartNs = Now;
        slot.IsConnecting = true;
        link.Connecting++;
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

        _connections[index].Outcome = link.Outcome;
        PodRuntime server = _pods[link.Pod];
        long rtt = 2 * _latency.SampleNs(client, server, client.Streams.Network);
        bool isTls = link.Outcome is HandshakeOutcome.Mutual or HandshakeOutcome.ServerRefuses;
        if (server.Refuses || IsRejected(client, server))
        {
            Schedule(EventKind.ConnectFailed, nowNs + rtt, index, generation);
        }
        else if (link.Outcome == HandshakeOutcome.ClientRefuses)
        {
            Schedule(EventKind.ConnectFailed, nowNs + (2 * rtt), index, generation);
        }
        else
        {
            Schedule(EventKind.Connected, nowNs + (isTls ? 2 * rtt : rtt), index, generation);
        }
    }

    private void OnConnectionEvent(EventKind kind, int index, uint generation)
    {
        if (!_connections.IsAlive(index, generation) || !_connections[index].IsConnecting)
        {
            return;
        }

        HostLink link = _links[_connections[index].Link];
        switch (kind)
        {
            case EventKind.ConnectRetry:
                TryHandshake(index, link, Now);
                break;
            case EventKind.Connected when IsStillReachable(index, link):
                OnConnected(index, link);
                break;
            case EventKind.Connected:
                // Frozen between the packets of the handshake: only the connect timeout ends it.
                break;
            default:
                FailConnect(index, link, kind == EventKind.ConnectTimeout
                    ? ResetReason.ConnectionTimeout : ResetReason.RemoteConnectionFailure);
                break;
        }
    }

    private bool IsStillReachable(int index, HostLink link) => _connections[index].Peer >= 0
        && !IsPathCut(link.Cluster.Proxy.Pod, _connections[index].Via, _pods[_connections[index].Peer]);

    private void OnConnected(int index, HostLink link)
    {
        if (IsPathRefused(in _connections[index]))
        {
            FailConnect(index, link, ResetReason.RemoteConnectionFailure);
            return;
        }

        _connections[index].IsConnecting = false;
        link.Connecting--;
        Offer(index, link);
    }

    /// <summary>A free connection serves the call that waits longest, or becomes idle, or closes.</summary>
    private void Offer(int connection, HostLink link)
    {
        while (link.Waiting.TryDequeue(out (int Call, uint Attempt) next))
        {
            if (!IsAttempt(next.Call, next.Attempt) || _calls[next.Call].Phase != CallPhase.Pending)
            {
                continue;
            }

            link.WaitingCount--;
            link.Cluster.Breakers.Decrement(BreakerResource.PendingRequests, false);
            if (!TryTake(link.Cluster.Breakers, BreakerResource.Requests))
            {
                link.Cluster.Breakers.Counters.RqActiveOverflow++;
                UpstreamReset(next.Call, ResetReason.Overflow);
                continue;
            }

            Attach(next.Call, ref _calls[next.Call], link, connection);
            OpenConnections(link);
            return;
        }

        if (link.IsDraining || !link.Cluster.IsLive)
        {
            Close(connection, link);
            return;
        }

        link.Idle.Add(connection);
    }

    /// <summary>The connect failed: every call that waits for this host fails with it.</summary>
    private void FailConnect(int index, HostLink link, ResetReason reason)
    {
        link.Connecting--;
        UpstreamCounters counters = link.Cluster.Breakers.Counters;
        counters.CxConnectFail++;
        counters.CxConnectTimeout += reason == ResetReason.ConnectionTimeout ? 1 : 0;
        Close(index, link);
        int count = link.Waiting.Count;
        link.WaitingCount = 0; // They no longer wait, whatever comes of the first failures.
        for (int i = 0; i < count; i++)
        {
            (int call, uint attempt) = link.Waiting.Dequeue();
            if (!IsAttempt(call, attempt) || _calls[call].Phase != CallPhase.Pending)
            {
                continue;
            }

            link.Cluster.Breakers.Decrement(BreakerResource.PendingRequests, false);
            counters.RqPendingFailureEject++;
            _calls[call].HandshakeFailed = link.Outcome == HandshakeOutcome.ClientRefuses || link.IsGateway;
            UpstreamReset(call, reason);
        }

        OpenConnections(link);
    }

    /// <summary>A waiting call leaves; connections on their way go on.</summary>
    private void LeavePool(ref CallSlot call)
    {
        HostLink link = LinkOf(call.Host!);
        link.WaitingCount--;
        link.Cluster.Breakers.Counters.RqCancelled++;
        link.Cluster.Breakers.Decrement(BreakerResource.PendingRequests, false);
    }

    /// <summary>The stream is over. A connection that carried its answer to the end serves the next call.</summary>
    private void ReleaseConnection(ref CallSlot call, bool isReusable)
    {
        int connection = call.Connection;
        call.Connection = -1;
        Host host = call.Host!;
        host.RqActive--;
        HostLink link = LinkOf(host);
        link.Busy--;
        link.Cluster.Breakers.Decrement(BreakerResource.Requests, false);
        ref ConnectionSlot slot = ref _connections[connection];
        slot.Call = -1;
        if (isReusable && !slot.IsDraining)
        {
            Offer(connection, link);
            return;
        }

        link.Cluster.Breakers.Counters.CxDestroyWithActiveRq += isReusable ? 0 : 1;
        Close(connection, link);
        OpenConnections(link);
    }

    private void Close(int connection, HostLink link)
    {
        if (_connections[connection].Relay >= 0)
        {
            EndRelay(ref _connections[connection]);
        }

        _connections.Return(connection);
        link.Cluster.Breakers.Decrement(BreakerResource.Connections, false);
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
        link.IsDraining = true;
        CloseIdle(link);
        for (int i = 0; i < _connections.Extent; i++)
        {
            if (_connections.IsRented(i) && _connections[i].Link == link.Index)
            {
                _connections[i].IsDraining = true;
            }
        }
    }

    private void CloseIdle(HostLink link)
    {
        foreach (int connection in link.Idle)
        {
            Close(connection, link);
        }

        link.Idle.Clear();
    }

    /// <summary>Finds out what becomes of connections to the host, when either side has a new configuration.</summary>
    private void Refresh(HostLink link)
    {
        PodRuntime client = link.Cluster.Proxy.Pod;
        PodRuntime? server = link.Pod >= 0 ? _pods[link.Pod] : null;
        (int, int) epoch = (link.Cluster.Proxy.Epoch, server?.Proxy?.Epoch ?? 0);
        if (link.Epoch == epoch || link.Backends is not null)
        {
            return;
        }

        link.Epoch = epoch;
        HandshakeOutcome outcome = server is null ? HandshakeOutcome.Plaintext : MtlsHandshake.Decide(
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
