using Sim.Core;
using Sim.Engine;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Runs;

/// <content>Connections to addresses of Services and, behind them, through east-west gateways.</content>
/// <remarks>
/// <para>A gateway passes connections on by their server name and never looks inside: it picks a host of its own
/// cluster <c>outbound_.PORT_.SUBSET_.HOST</c> once per connection and closes when it cannot. It answers nothing, so
/// each of its failures is a failed connect at the caller, whose connect timeout covers the way to the pod
/// and back.</para>
/// <para>Envoy: source/common/tcp_proxy/tcp_proxy.cc#establishUpstreamConnection; Istio:
/// pilot/pkg/networking/core/gateway.go#buildGatewayNetworkFiltersFromTLSRoutes. Held to
/// oracle/gateway-e2e. Simplified: one connect attempt (Istio's default), no idle timeout of open connections at the
/// gateway.</para>
/// </remarks>
internal sealed partial class RequestLifecycle
{
    private readonly SlotPool<RelaySlot> _relays = new();

    /// <summary>What lies behind addresses of Services; null = nothing.</summary>
    public ServiceAddresses? Addresses { get; set; }

    /// <summary>Pod at an address; -1 = none.</summary>
    public int PodAt(string address) => _podByIp.GetValueOrDefault(address, -1);

    /// <summary>Services or their endpoints changed: hosts that led nowhere may lead somewhere now.</summary>
    public void AddressesChanged(string cluster)
    {
        Addresses?.Refresh(cluster);
        foreach (HostLink link in _links)
        {
            if (link.Pod < 0 && link.Backends is null)
            {
                Locate(link);
            }
        }
    }

    /// <summary>Finds out what lies behind a host's address.</summary>
    private void Locate(HostLink link)
    {
        LbEndpoint e = link.Host.Endpoint;
        link.Pod = PodAt(e.Address);
        if (link.Pod >= 0)
        {
            link.WayThere = _latency.WayOf(link.Cluster.Proxy.Pod, _pods[link.Pod]);
            link.WayBack = _latency.WayOf(_pods[link.Pod], link.Cluster.Proxy.Pod);
        }

        link.SeenPushes = -1;
        link.Epoch = (-1, -1);
        link.Backends = link.Pod >= 0 ? null : Addresses?.Find(link.Cluster.Proxy.Pod.Cluster, e.Address, e.Port);
        link.IsGateway = link.Backends is { Ready.Count: > 0 } b && _pods[b.Ready[0].Pod].IsGateway;
    }

    /// <summary>A pod to name for a host in reports; -1 = none.</summary>
    private static int PodToName(HostLink link) =>
        link.Pod >= 0 ? link.Pod : link.Backends is { Ready.Count: > 0 } b ? b.Ready[0].Pod : -1;

    /// <summary>Sends the first packet to an address of a Service (again).</summary>
    private void TryBackends(int index, HostLink link, Backends backends, long nowNs)
    {
        uint generation = _connections.GenerationOf(index);
        ref ConnectionSlot slot = ref _ends[index];
        PodRuntime client = link.Cluster.Proxy.Pod;
        if (slot.Entry < 0)
        {
            ChooseEntry(ref slot, backends, client);
        }

        if (slot.Entry < 0)
        {
            Schedule(EventKind.ConnectFailed, nowNs + (2 * _latency.MedianNs(client, client)), index, generation);
            return;
        }

        PodRuntime entry = _pods[slot.Entry];
        if (IsCut(client, entry))
        {
            SendSynAgain(index, nowNs);
            return;
        }

        long rtt = 2 * _latency.SampleNs(client, entry, client.NetworkStream);
        if (IsTakenAsBytes(index, entry, slot.Port))
        {
            ConnectToTunnel(index, entry, slot.Port, (nowNs, rtt));
            return;
        }

        bool isGateway = entry.IsGateway;
        bool isIngress = isGateway && entry.Proxy?.HttpListener(slot.Port) is not null;
        if (entry.Refuses || IsRejected(client, entry) || IsDeaf(entry, slot.Port))
        {
            Schedule(EventKind.ConnectFailed, nowNs + rtt, index, generation);
        }
        else if (isIngress)
        {
            TryIngress(index, link, entry, nowNs, rtt);
        }
        else if (!isGateway)
        {
            slot.Peer = entry.Id;
            slot.Outcome = Handshake(link, entry, slot.Port);
            ScheduleHandshakeEnd(index, slot.Outcome, nowNs, rtt);
        }
        else if (!SpeaksTls(link))
        {
            // The gateway waits for a server name; the bytes of the first request are none, and it closes.
            slot.Peer = entry.Id;
            slot.Outcome = HandshakeOutcome.PlaintextRefused;
            slot.Relay = NewRelay(entry, client, "");
            Fail(slot.Relay, ResponseFlag.NoRouteFound);
            Schedule(EventKind.Connected, nowNs + rtt, index, generation);
        }
        else
        {
            long hello = _latency.SampleNs(client, entry, client.NetworkStream);
            Schedule(EventKind.RelayHello, nowNs + rtt + hello, index, generation);
        }
    }

    /// <summary>A gateway that listens on other ports only: its kernel refuses the connection.</summary>
    private static bool IsDeaf(PodRuntime server, int port) => server.IsGateway
        && server.Proxy?.HttpListener(port) is null && server.Proxy?.SniListener(port) is null
        && server.Proxy?.ByteListener(port) is null;

    private static void ChooseEntry(ref ConnectionSlot slot, Backends backends, PodRuntime client)
    {
        int count = backends.Ready.Count;
        if (count == 0)
        {
            return;
        }

        int pick = count == 1 ? 0 : (int)client.Streams.Entry.NextBelow((uint)count);
        (slot.Entry, slot.Port) = backends.Ready[pick];
    }

    private void SendSynAgain(int index, long nowNs)
    {
        long waited = nowNs - _ends[index].StartNs;
        long next = waited + Math.Max(SimDuration.Second, waited + SimDuration.Second);
        Schedule(EventKind.ConnectRetry, _ends[index].StartNs + next, index, _connections.GenerationOf(index));
    }

    private void ScheduleHandshakeEnd(int index, HandshakeOutcome outcome, long nowNs, long rtt)
    {
        bool isTls = outcome is HandshakeOutcome.Mutual or HandshakeOutcome.ServerRefuses;
        EventKind kind = outcome == HandshakeOutcome.ClientRefuses ? EventKind.ConnectFailed : EventKind.Connected;
        long rounds = isTls || kind == EventKind.ConnectFailed ? 2 : 1;
        Schedule(kind, nowNs + (rounds * rtt), index, _connections.GenerationOf(index));
    }

    private static bool SpeaksTls(HostLink link) => GatewayHandshake.SpeaksTls(
        link.Cluster.Config.Tls, link.Host.Endpoint.TlsMode, link.Cluster.Proxy.Pod);

    private static HandshakeOutcome Handshake(HostLink link, PodRuntime server, int port) => MtlsHandshake.Decide(
        link.Cluster.Config.Tls, link.Host.Endpoint.TlsMode, link.Cluster.Proxy.Pod.Identity, server.HasSidecar,
        server.Identity, server.HasSidecar ? server.Proxy?.InboundOf(port).Listener : null);

    /// <summary>Events of connections through gateways; the target is the caller's connection.</summary>
    private void OnRelayEvent(EventKind kind, int index, uint generation)
    {
        if (!_connections.IsConnecting(index, generation))
        {
            return;
        }

        if (kind == EventKind.RelayHello)
        {
            OnRelayHello(index);
        }
        else if (_relays[_ends[index].Relay].Phase == RelayPhase.Connecting)
        {
            OnRelayAnswer(index, isTimeout: kind == EventKind.RelayTimeout);
        }
    }

    /// <summary>The caller's server name is at the gateway: filter chain, cluster, limit, host.</summary>
    private void OnRelayHello(int index)
    {
        ref ConnectionSlot slot = ref _ends[index];
        HostLink link = LinkOfConnection(index);
        PodRuntime client = link.Cluster.Proxy.Pod;
        PodRuntime gateway = _pods[slot.Entry];
        if (IsCut(client, gateway))
        {
            return; // Nothing comes back; the caller's connect timeout ends it.
        }

        if (IsTakenAsBytes(index, gateway, slot.Port))
        {
            OpenTunnel(index, link, gateway);
            return;
        }

        int id = NewRelay(gateway, client, ServerNameOf(index));
        slot.Relay = id;
        ref RelaySlot relay = ref _relays[id];
        ClusterRuntime? cluster = gateway.Refuses ? null : gateway.Proxy?.SniCluster(slot.Port, relay.Sni);
        if (cluster is null)
        {
            CloseToCaller(index, id, ResponseFlag.NoRouteFound);
            return;
        }

        relay.Cluster = cluster;
        if (!TryTake(cluster.Breakers, BreakerResource.Connections))
        {
            cluster.Breakers.Counters.CxOverflow++;
            CloseToCaller(index, id, ResponseFlag.UpstreamOverflow);
            return;
        }

        relay.HoldsLimit = true;
        LbContext context = default;
        OutboundListener? listener = gateway.Proxy?.SniListener(slot.Port);
        if (listener?.SniSettings.GetValueOrDefault(relay.Sni) is { HashesSourceAddress: true })
        {
            context.HasHash = true;
            context.Hash = XxHash64.Of(client.Ip);
        }

        Host? host = cluster.Upstream.ChooseHost(ref context, Now);
        if (host is null)
        {
            CloseToCaller(index, id, ResponseFlag.NoHealthyUpstream);
            return;
        }

        ConnectToServer(index, id, host);
    }

    private void ConnectToServer(int index, int id, Host host)
    {
        ref RelaySlot relay = ref _relays[id];
        ClusterRuntime cluster = relay.Cluster!;
        relay.Host = host;
        relay.Server = LinkOf(host).Pod;
        relay.IsCounted = true;
        host.RqActive++;
        cluster.Breakers.Increment(BreakerResource.Requests, false); // Counted, never limited: TCP.
        cluster.Breakers.Counters.CxTotal++;
        PodRuntime gateway = _pods[relay.Gateway];
        uint generation = _connections.GenerationOf(index);
        if (relay.Server < 0 || IsCut(gateway, _pods[relay.Server]))
        {
            Schedule(EventKind.RelayTimeout, Now + cluster.Config.ConnectTimeoutNs, index, generation);
            return;
        }

        long rtt = 2 * _latency.SampleNs(gateway, _pods[relay.Server], gateway.NetworkStream);
        Schedule(EventKind.RelayAnswer, Now + rtt, index, generation);
    }

    /// <summary>The pod took or refused the gateway's connection, or did neither in time.</summary>
    private void OnRelayAnswer(int index, bool isTimeout)
    {
        ref ConnectionSlot slot = ref _ends[index];
        int id = slot.Relay;
        ref RelaySlot relay = ref _relays[id];
        PodRuntime gateway = _pods[relay.Gateway];
        ClusterRuntime cluster = relay.Cluster!;
        Host host = relay.Host!;
        bool isRefused = isTimeout || _pods[relay.Server].Refuses || IsRejected(gateway, _pods[relay.Server]);
        if (isRefused)
        {
            Report(cluster, host, OutlierResult.LocalOriginConnectFailed, 0);
            CloseToCaller(index, id, ResponseFlag.UpstreamConnectionFailure);
            return;
        }

        Report(cluster, host, OutlierResult.LocalOriginConnectSuccessFinal, 0);
        relay.Phase = RelayPhase.Open;
        HostLink link = LinkOfConnection(index);
        PodRuntime server = _pods[relay.Server];
        slot.Peer = server.Id;
        slot.Via = gateway.Id;
        slot.Port = host.Endpoint.Port;
        slot.Outcome = Handshake(link, server, slot.Port);
        PodRuntime client = link.Cluster.Proxy.Pod;
        long back = _latency.SampleNs(gateway, server, gateway.NetworkStream)
            + PathNs(server, gateway.Id, client, server.NetworkStream);
        EventKind kind = slot.Outcome == HandshakeOutcome.ClientRefuses
            ? EventKind.ConnectFailed : EventKind.Connected;
        Schedule(kind, Now + back, index, _connections.GenerationOf(index));
        TraceRelay(link, id, slot.Outcome);
    }

    private int NewRelay(PodRuntime gateway, PodRuntime client, string sni)
    {
        int id = _relays.Rent();
        _relays[id] = new RelaySlot
        {
            Gateway = gateway.Id, Client = client.Id, Sni = sni, Server = -1, StartNs = Now, Call = -1, Second = -1,
            SeenName = "",
        };
        return id;
    }

    private void Fail(int id, ResponseFlag flag)
    {
        ref RelaySlot relay = ref _relays[id];
        relay.Phase = RelayPhase.Failed;
        relay.Flags = relay.Flags.With(flag);
        if (flag == ResponseFlag.UpstreamConnectionFailure)
        {
            relay.Flags = relay.Flags.With(ResponseFlag.UpstreamRetryLimitExceeded);
        }
    }

    /// <summary>The gateway closes: a failed connect at the caller, one way later.</summary>
    private void CloseToCaller(int index, int id, ResponseFlag flag)
    {
        Fail(id, flag);
        HostLink link = LinkOfConnection(index);
        PodRuntime gateway = _pods[_relays[id].Gateway];
        TraceRelay(link, id, HandshakeOutcome.Plaintext);
        Uncount(id);
        long back = _latency.SampleNs(gateway, link.Cluster.Proxy.Pod, gateway.NetworkStream);
        Schedule(EventKind.ConnectFailed, Now + back, index, _connections.GenerationOf(index));
    }

    /// <summary>The gateway's side of a connection is over; its log has a line more.</summary>
    private void EndRelay(ref ConnectionSlot slot)
    {
        int id = slot.Relay;
        slot.Relay = -1;
        if (_relays[id].Phase == RelayPhase.Connecting)
        {
            Fail(id, ResponseFlag.UpstreamConnectionFailure);
        }

        Log(in _relays[id]);
        Uncount(id);
        (int call, uint generation) = (_relays[id].Call, _relays[id].CallGeneration);
        _relays[id] = default;
        _relays.Return(id);
        if (call >= 0)
        {
            EndTunnel(call, generation);
        }
    }

    /// <summary>Logs the connections that are open at the end of a run.</summary>
    public void LogOpenGatewayConnections()
    {
        for (int id = 0; id < _relays.Extent; id++)
        {
            if (_relays.IsRented(id))
            {
                Log(in _relays[id]);
            }
        }
    }

    private void Log(in RelaySlot relay)
    {
        var row = new GatewayConnection
        {
            StartNs = relay.StartNs,
            EndNs = Now,
            Gateway = relay.Gateway,
            Client = relay.Client,
            Sni = relay.Sni,
            HasChain = relay.Cluster is not null || relay.Way is not null,
            Upstream = relay.Host?.Address ?? "",
            Flags = relay.Flags,
        };
        Sink.GatewayConnectionEnded(in row);
    }

    /// <summary>Host and limit of the gateway's cluster no longer count the connection.</summary>
    private void Uncount(int id)
    {
        ref RelaySlot relay = ref _relays[id];
        if (relay.HoldsLimit)
        {
            relay.HoldsLimit = false;
            relay.Cluster!.Breakers.Decrement(BreakerResource.Connections, false);
        }

        if (relay.IsCounted)
        {
            relay.IsCounted = false;
            relay.Host!.RqActive--;
            relay.Cluster!.Breakers.Decrement(BreakerResource.Requests, false);
        }
    }
}
