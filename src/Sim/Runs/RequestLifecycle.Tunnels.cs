using System.Globalization;
using Sim.Core;
using Sim.Engine;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Runs;

/// <content>Connections that a gateway passes on as bytes: to a cluster and host of its own choice, once for each.
/// </content>
/// <remarks>
/// <para>The gateway's connection upstream is a call of its own that carries no request: route and weights, host,
/// limits, outlier detection and handshake are those of any connection of bytes, with the gateway's certificate and
/// address. What the caller sends travels through it, TLS included where the gateway does not end it.</para>
/// <para>Envoy: source/common/tcp_proxy/tcp_proxy.cc (connects as soon as it has the connection and, for TLS that it
/// passes on, the hello; reads nothing before it is connected; closes when it cannot); policies:
/// source/extensions/filters/network/rbac/rbac_filter.cc. Simplified: one connect attempt (Istio's default), no idle
/// timeout of open connections at the gateway, a caller's own timers begin when its first bytes go on.</para>
/// </remarks>
internal sealed partial class RequestLifecycle
{
    /// <summary>A gateway's connection upstream, in the place of the index of an application's call. The parent of such
    /// a call is the caller's connection.</summary>
    private const int TunnelCall = -2;

    private readonly Dictionary<(int Port, string ServerName), RequestTemplate> _tunnelTemplates = [];

    /// <summary>Pod whose certificate the server sees with a job.</summary>
    public int PeerOf(in JobSlot job) => TunnelOf(in job) is >= 0 and int id ? _relays[id].Identity : job.ClientPod;

    /// <summary>Whether the application at a port of a pod speaks TLS.</summary>
    public bool AnswersTls(PodRuntime server, int port) =>
        (server.HasSidecar && server.Proxy?.InboundOf(port).Listener?.Protocol == PortProtocol.Tls)
        || Addresses?.AnswersTls(server.Cluster, server.Ip, port) == true;

    /// <summary>What is said of connections that come to a port of a gateway.</summary>
    public RequestTemplate TunnelTemplate(int port, string serverName)
    {
        if (!_tunnelTemplates.TryGetValue((port, serverName), out RequestTemplate? template))
        {
            int id = Resolver.NextTemplate();
            template = new RequestTemplate(id, serverName, port, new RequestHeaders(
                "CONNECT", serverName, "/", [], id));
            _tunnelTemplates.Add((port, serverName), template);
        }

        return template;
    }

    private FirstBytes BytesOf(int connection)
    {
        (_, HostLink link, PoolKind kind, string name) = _pools[_connections.OwnerOf(connection)];
        return FirstBytes.Of(link.Cluster.Config.Tls, link.Host.Endpoint.TlsMode, link.Cluster.Proxy.Pod, name,
            kind == PoolKind.Tcp);
    }

    private bool IsTakenAsBytes(int connection, PodRuntime gateway, int port) =>
        gateway.IsGateway && ByteWay.Takes(gateway, port, BytesOf(connection));

    /// <summary>Whether a gateway has taken the connection and the caller waits for more than that.</summary>
    private bool IsAtTunnel(int connection) => _ends[connection].Relay is >= 0 and int id && _relays[id].IsTunnel
        && !IsInHandshake(in _relays[id]);

    /// <summary>The caller's own handshake is with the server.</summary>
    private static bool IsInHandshake(in RelaySlot relay) =>
        relay.Bytes.HasOuter && relay.Way is not { Chain.EndsTls: true };

    private int TunnelOf(in JobSlot job) => job.Via >= 0 && job.Call >= 0
        && _ends[job.Connection].Relay is >= 0 and int id && _relays[id].IsTunnel ? id : -1;

    /// <summary>Pod whose address a server sees with a job.</summary>
    private int SourceOf(in JobSlot job) => TunnelOf(in job) is >= 0 and int id ? _relays[id].Source : job.ClientPod;

    private int CallerThrough(int tunnel, ref JobSlot job, PodRuntime pod, JudgeTable table)
    {
        ref RelaySlot relay = ref _relays[tunnel];
        return table.CallerOf(_pods[relay.Identity], _pods[relay.Source], relay.SeenName, job.ByMtls, pod,
            job.InboundPort);
    }

    /// <summary>Connects to a gateway; what comes of it is found out when the first bytes are there.</summary>
    private void ConnectToTunnel(int index, PodRuntime gateway, int port, (long Now, long Rtt) times)
    {
        ref ConnectionSlot slot = ref _ends[index];
        PodRuntime client = LinkOfConnection(index).Cluster.Proxy.Pod;
        (slot.Entry, slot.Port) = (gateway.Id, port);
        bool isRefused = gateway.Refuses || IsRejected(client, gateway);
        long hello = isRefused ? 0 : _latency.SampleNs(client, gateway, client.NetworkStream);
        Schedule(isRefused ? EventKind.ConnectFailed : EventKind.RelayHello, times.Now + times.Rtt + hello, index,
            _connections.GenerationOf(index));
    }

    /// <summary>The first bytes are at the gateway: filter chain, handshake, policies, then its own connection.
    /// </summary>
    private void OpenTunnel(int index, HostLink link, PodRuntime gateway)
    {
        FirstBytes bytes = BytesOf(index);
        OutboundListener listener = gateway.Proxy!.ByteListener(_ends[index].Port)!;
        PodRuntime client = link.Cluster.Proxy.Pod;
        int id = NewRelay(gateway, client, bytes.ServerName);
        _ends[index].Relay = id;
        ref RelaySlot relay = ref _relays[id];
        relay.IsTunnel = true;
        relay.Bytes = bytes;
        relay.ReadyNs = Now;
        (relay.Source, relay.Identity) = (gateway.Id, gateway.Id);
        relay.Way = ByteWay.Choose(listener, bytes);
        if (gateway.Refuses || relay.Way is not { } way)
        {
            CloseTunnel(index, ResponseFlag.NoRouteFound);
            return;
        }

        if (way.Chain.EndsTls)
        {
            HandshakeOutcome outcome = GatewayHandshake.EndsAt(way, bytes, link.Cluster.Config.Tls, (client, gateway));
            relay.IsCallerKnown = outcome == HandshakeOutcome.Mutual;
            relay.ReadyNs = Now + (2 * _latency.SampleNs(gateway, client, gateway.NetworkStream));
            if (outcome is HandshakeOutcome.ClientRefuses or HandshakeOutcome.ServerRefuses)
            {
                RefuseGreeting(index, link, outcome);
                return;
            }
        }

        if (!IsAdmitted(index, link, gateway))
        {
            CloseTunnel(index, ResponseFlag.None);
            return;
        }

        StartTunnel(index, link, gateway, way);
    }

    /// <summary>TLS that ends at the gateway does not come about.</summary>
    private void RefuseGreeting(int index, HostLink link, HandshakeOutcome outcome)
    {
        int id = _ends[index].Relay;
        if (outcome == HandshakeOutcome.ServerRefuses || !_relays[id].Bytes.HasOuter)
        {
            CloseTunnel(index, ResponseFlag.None);
            return;
        }

        Fail(id, ResponseFlag.None);
        TraceTunnel(link, id, "the caller refuses the certificate of the gateway");
        PodRuntime gateway = _pods[_relays[id].Gateway];
        long back = _latency.SampleNs(gateway, link.Cluster.Proxy.Pod, gateway.NetworkStream);
        Schedule(EventKind.ConnectFailed, Now + back, index, _connections.GenerationOf(index));
    }

    /// <summary>The policies of the gateway for connections.</summary>
    private bool IsAdmitted(int index, HostLink link, PodRuntime gateway)
    {
        ref RelaySlot relay = ref _relays[_ends[index].Relay];
        int port = _ends[index].Port;
        if (gateway.Proxy!.InboundOf(port).Listener is not { } listener || Judges.Of(listener, true) is not { } table)
        {
            return true;
        }

        PodRuntime client = link.Cluster.Proxy.Pod;
        int caller = table.CallerOf(
            client, client, relay.Bytes.ServerName, relay.IsCallerKnown, gateway, port, relay.Bytes.IsTls);
        RbacVerdict verdict = table.Judge(caller, TunnelTemplate(port, relay.Bytes.ServerName));
        if (Trace is not null && BranchThatWaitsFor(link) is > 0 and int branch)
        {
            (string text, SourceSpan origin) = RbacExplanation.Of(listener, verdict, client, relay.IsCallerKnown, true);
            Trace.At(branch).Rbac(gateway, text, origin);
        }

        return verdict.Allowed;
    }

    /// <summary>Starts the gateway's own connection.</summary>
    private void StartTunnel(int index, HostLink link, PodRuntime gateway, ByteWay way)
    {
        int id = _ends[index].Relay;
        RequestTemplate template = TunnelTemplate(_ends[index].Port, _relays[id].Bytes.ServerName);
        int call = StartCall(gateway.Id, template, -1, -1);
        ref CallSlot own = ref _calls[call];
        own.ParentJob = index;
        own.ParentJobGeneration = _connections.GenerationOf(index);
        own.CallIndex = TunnelCall;
        own.Branch = Trace is null ? 0 : BranchThatWaitsFor(link);
        (_relays[id].Call, _relays[id].CallGeneration) = (call, _calls.GenerationOf(call));
        ResolvedRoute route = Resolver.ResolveBytes(
            gateway, way, template, gateway.RouteStream.NextUInt64(), own.Traced ? Trace!.At(own.Branch) : null);
        own.Route = route;
        if (route.StreamDurationNs > 0)
        {
            SetDeadline(EventKind.StreamDuration, route.StreamDurationNs, call, _calls.GenerationOf(call));
        }

        if (route.Immediate is { } reply)
        {
            EndCall(call, reply.Code, reply.Flags, reply.Details, reply.Disposition);
            return;
        }

        if (way.Chain.Settings.HashesSourceAddress)
        {
            ref LbContext context = ref TriesOf(call, ref own).Lb;
            context.HasHash = true;
            context.Hash = XxHash64.Of(link.Cluster.Proxy.Pod.Ip);
        }

        SendUpstream(call);
    }

    /// <summary>The gateway is connected: what the caller sends goes on.</summary>
    private void TunnelOpened(ref CallSlot call, int upstream)
    {
        int index = call.ParentJob;
        ref ConnectionSlot slot = ref _ends[index];
        ref ConnectionSlot up = ref _ends[upstream];
        ref RelaySlot relay = ref _relays[slot.Relay];
        HostLink to = LinkOf(call.Host!);
        HostLink link = LinkOfConnection(index);
        PodRuntime client = link.Cluster.Proxy.Pod;
        PodRuntime gateway = _pods[relay.Gateway];
        PodRuntime server = _pods[up.Peer];
        ByteWay way = relay.Way!;
        bool isWrapped = up.Outcome == HandshakeOutcome.Mutual;
        call.ByMtls = isWrapped;
        relay.Phase = RelayPhase.Open;
        (relay.Cluster, relay.Host, relay.Server, relay.Second) = (call.Cluster, call.Host, server.Id, up.Via);
        Follow(ref relay, in up, gateway, isWrapped ? to.Cluster.Config.Tls.Sni : way.ServerNameInside);
        (slot.Peer, slot.Via, slot.Port) = (server.Id, gateway.Id, up.Port > 0 ? up.Port : to.Port);
        slot.IsDead = up.IsDead;
        slot.Outcome = way.ServerNameInside.Length == 0 ? up.Outcome
            : client.IsGateway ? isWrapped ? HandshakeOutcome.Mutual : HandshakeOutcome.Plaintext
            : new TlsInside(relay.Bytes, way, link.Cluster.Config.Tls, link.Host.Endpoint.TlsMode, client, server,
                slot.Port, isWrapped, AnswersTls(server, slot.Port)).Outcome();
        if (!isWrapped && slot.Outcome == HandshakeOutcome.Mutual && way.ServerNameInside.Length > 0)
        {
            relay.Identity = client.Id;
        }

        TraceTunnel(link, slot.Relay, slot.Outcome);
        if (way.ServerNameInside.Length > 0 && !client.IsGateway)
        {
            GreetThrough(index, client, gateway, server);
        }
        else
        {
            relay.AheadNs = Math.Max(Now, relay.ReadyNs);
            Schedule(EventKind.Connected, relay.AheadNs, index, _connections.GenerationOf(index));
        }
    }

    /// <summary>What the server learns of who connects: of a further gateway, if there is one.</summary>
    private void Follow(ref RelaySlot relay, in ConnectionSlot up, PodRuntime gateway, string seenName)
    {
        relay.SeenName = seenName;
        relay.Source = up.Via >= 0 ? up.Via : gateway.Id;
        if (up.Relay >= 0 && _relays[up.Relay].IsTunnel)
        {
            ref RelaySlot further = ref _relays[up.Relay];
            (relay.Source, relay.Identity, relay.SeenName) = (further.Source, further.Identity, further.SeenName);
        }
    }

    /// <summary>The caller's handshake goes on to the server and back.</summary>
    private void GreetThrough(int index, PodRuntime client, PodRuntime gateway, PodRuntime server)
    {
        ref ConnectionSlot slot = ref _ends[index];
        ref RelaySlot relay = ref _relays[slot.Relay];
        long back = Now + (2 * LegNs(in relay, server, gateway.NetworkStream))
            + _latency.SampleNs(gateway, client, gateway.NetworkStream);
        EventKind kind = EventKind.Connected;
        if (slot.Outcome == HandshakeOutcome.ClientRefuses)
        {
            if (IsInHandshake(in relay))
            {
                kind = EventKind.ConnectFailed;
            }
            else
            {
                // An application's own TLS inside: its proxy sees a connection that closes.
                slot.Outcome = HandshakeOutcome.PlaintextRefused;
                relay.AheadNs = back;
            }
        }

        Schedule(kind, back, index, _connections.GenerationOf(index));
    }

    /// <summary>The gateway closes: a failed connect for a caller in its handshake, else a connection that is lost
    /// under its first request.</summary>
    private void CloseTunnel(int index, ResponseFlag flag)
    {
        int id = _ends[index].Relay;
        Fail(id, flag);
        ref RelaySlot relay = ref _relays[id];
        HostLink link = LinkOfConnection(index);
        PodRuntime gateway = _pods[relay.Gateway];
        TraceTunnel(link, id, "closes the connection");
        if (IsInHandshake(in relay))
        {
            long back = _latency.SampleNs(gateway, link.Cluster.Proxy.Pod, gateway.NetworkStream);
            Schedule(EventKind.ConnectFailed, Now + back, index, _connections.GenerationOf(index));
            return;
        }

        ref ConnectionSlot slot = ref _ends[index];
        (slot.Peer, slot.Via, slot.Outcome) = (gateway.Id, gateway.Id, HandshakeOutcome.PlaintextRefused);
        relay.AheadNs = Math.Max(Now, relay.ReadyNs);
        Schedule(EventKind.Connected, relay.AheadNs, index, _connections.GenerationOf(index));
    }

    /// <summary>The caller's connection is over: so is the gateway's.</summary>
    private void EndTunnel(int call, uint generation)
    {
        if (_calls.IsAlive(call, generation))
        {
            AbandonAttempt(call);
            EndCall(call, 0, _calls[call].Flags, "", Disposition.Served);
        }
    }

    /// <summary>The gateway's connection is over, or did not come about: so is the caller's.</summary>
    private void TunnelEnded(int call, int index, uint generation, ResponseFlags flags)
    {
        if (!_connections.Exists(index) || _connections.GenerationOf(index) != generation
            || _ends[index].Relay is not (>= 0 and int id) || _relays[id].Call != call)
        {
            return;
        }

        ref RelaySlot relay = ref _relays[id];
        relay.Call = -1;
        relay.Flags = flags;
        if (relay.Phase == RelayPhase.Connecting)
        {
            CloseTunnel(index, ResponseFlag.None);
            return;
        }

        if (_connections.StateOf(index) == PoolConnectionState.Connecting)
        {
            _ends[index].Outcome = HandshakeOutcome.PlaintextRefused;
            return;
        }

        PodRuntime gateway = _pods[relay.Gateway];
        long back = _latency.MedianNs(gateway, _pods[relay.Client]) + ProxyPassNs;
        for (int i = 0; i < _calls.Extent; i++)
        {
            if (_calls.IsRented(i) && _calls[i].Phase == CallPhase.Sent && _calls[i].Connection == index)
            {
                Schedule(EventKind.StreamReset, Now + back, i, AttemptKey(i, _calls[i].Attempts));
            }
        }

        PoolOfConnection(index).CloseIfIdle(index, _poolActions);
        FollowPools();
    }

    /// <summary>Requests that are sent now wait at the gateway already.</summary>
    private bool IsAhead(in ConnectionSlot slot) => slot.Relay >= 0 && _relays[slot.Relay].IsTunnel
        && _relays[slot.Relay].AheadNs == Now;

    /// <summary>Until a caller whose bytes are at the gateway hears that the connection is closed.</summary>
    private long AheadBackNs(in ConnectionSlot slot, PodRuntime client)
    {
        ref RelaySlot relay = ref _relays[slot.Relay];
        PodRuntime gateway = _pods[relay.Gateway];
        long back = _latency.SampleNs(gateway, client, gateway.NetworkStream);
        return relay.Phase != RelayPhase.Open ? back
            : back + (2 * (LegNs(in relay, _pods[slot.Peer], gateway.NetworkStream) + ProxyPassNs));
    }

    /// <summary>One draw of the delay between a gateway and the server, a further gateway included.</summary>
    private long LegNs(in RelaySlot relay, PodRuntime server, RngStream stream) =>
        PathNs(_pods[relay.Gateway], relay.Second, server, stream);

    /// <summary>One draw of the way over a connection through a gateway, in either direction.</summary>
    private long RelayPathNs(in ConnectionSlot slot, PodRuntime from, PodRuntime to)
    {
        if (slot.Relay < 0 || !_relays[slot.Relay].IsTunnel)
        {
            return PathNs(from, slot.Via, to, from.NetworkStream);
        }

        ref RelaySlot relay = ref _relays[slot.Relay];
        bool isThere = to.Id == slot.Peer;
        PodRuntime near = isThere ? from : to;
        long leg = LegNs(in relay, isThere ? to : from, from.NetworkStream) + ProxyPassNs;
        return isThere && IsAhead(in slot) ? leg
            : leg + _latency.SampleNs(near, _pods[relay.Gateway], from.NetworkStream);
    }

    /// <summary>Tells the traced request what became of its connection at a gateway.</summary>
    private void TraceTunnel(HostLink link, int id, string text)
    {
        if (Trace is not null && BranchThatWaitsFor(link) is > 0 and int branch)
        {
            ref RelaySlot relay = ref _relays[id];
            string what = relay.Way is not null ? "" : relay.Sni.Length == 0
                ? " has no filter chain for a connection without server name: NR," : $" has no filter chain for "
                + relay.Sni + ": NR,";
            string flags = relay.Way is null || relay.Flags.Bits == 0 ? "" : ": " + relay.Flags;
            Trace.At(branch).Note("gateway", _pods[relay.Gateway].FullName + what + " " + text + flags,
                relay.Cluster?.Config.Origin ?? default);
        }
    }

    private void TraceTunnel(HostLink link, int id, HandshakeOutcome outcome)
    {
        if (Trace is not null && BranchThatWaitsFor(link) is > 0 and int branch)
        {
            ref RelaySlot relay = ref _relays[id];
            bool isInside = relay.Way!.ServerNameInside.Length > 0;
            string how = !isInside ? RequestTrace.MtlsText(outcome, relay.Cluster!.Config.Tls) : outcome switch
            {
                HandshakeOutcome.Mutual when relay.Identity != relay.Client =>
                    "the caller's TLS goes on inside the gateway's mutual TLS",
                HandshakeOutcome.Mutual => "the caller's mutual TLS goes on, both ends trust each other",
                HandshakeOutcome.Plaintext => "the caller's TLS goes on to the application",
                HandshakeOutcome.ServerRefuses => "the caller's TLS goes on, and the server refuses its certificate",
                _ => "the caller's TLS goes on, and nobody there speaks it",
            };
            Trace.At(branch).Note("gateway", string.Create(CultureInfo.InvariantCulture,
                $"{_pods[relay.Gateway].FullName} passes bytes on to {_pods[relay.Server].FullName}: ") + how,
                relay.Cluster!.Config.Origin);
        }
    }
}
