using System.Runtime.CompilerServices;
using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Runs;

/// <content>Requests that a gateway takes in: its listener, its filters, its routes, and a call of its own.</content>
/// <remarks>
/// A gateway is one proxy between two connections: what it sends on is a call with its own route, retries, pools and
/// outlier detection, answered to its caller as it comes. Envoy: source/common/router/router.cc; Istio:
/// pilot/pkg/networking/core/gateway.go. A caller that leaves has its request reset at once (Envoy:
/// conn_manager_impl.cc#onResetStream). Simplified: no idle timeouts towards the caller.
/// </remarks>
internal sealed partial class RequestLifecycle
{
    /// <summary>A job's own call, in the place of the index of a failed call of an application.</summary>
    private const int OwnCall = -1;

    private readonly Dictionary<(int Template, int Port, int Client, string ServerName), RequestTemplate> _takenIn = [];

    /// <summary>Connects to a gateway that reads HTTP.</summary>
    private void TryIngress(int index, HostLink link, PodRuntime gateway, long nowNs, long rtt)
    {
        ref ConnectionSlot slot = ref _ends[index];
        slot.Peer = gateway.Id;
        slot.Outcome = GreetGateway(link, gateway, slot.Port, ServerNameOf(index));
        bool isFailed = slot.Outcome == HandshakeOutcome.ClientRefuses;
        bool isTls = link.Cluster.Config.Tls.Mode is UpstreamTlsMode.Simple or UpstreamTlsMode.Mutual
            || slot.Outcome is HandshakeOutcome.Mutual or HandshakeOutcome.ServerRefuses;
        Schedule(isFailed ? EventKind.ConnectFailed : EventKind.Connected, nowNs + (isTls || isFailed ? 2 * rtt : rtt),
            index, _connections.GenerationOf(index));
    }

    private static HandshakeOutcome GreetGateway(HostLink link, PodRuntime gateway, int port, string serverName) =>
        GatewayHandshake.Decide(link.Cluster.Config.Tls, link.Host.Endpoint.TlsMode, link.Cluster.Proxy.Pod, gateway,
            port, serverName);

    /// <summary>A request is at a gateway: filters, then a call of the gateway's own.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ArriveAtGateway(int jobIndex, ref JobSlot job, PodRuntime gateway)
    {
        if (gateway.Proxy?.Snapshot is null || gateway.Proxy.HttpListener(job.InboundPort) is null)
        {
            ResetCaller(jobIndex, ref job, gateway);
            return;
        }

        InboundRuntime inbound = gateway.Proxy.InboundOf(job.InboundPort);
        if (!IsAdmitted(ref job, gateway, inbound))
        {
            AnswerFromGateway(jobIndex, ref job, gateway);
            return;
        }

        uint generation = _jobs.GenerationOf(jobIndex);
        bool hasCaller = job.Call >= 0;
        RequestTemplate template = TakenIn(
            job.Template, job.InboundPort, _pods[SourceOf(in job)], gateway, ServerNameOf(ref job));
        job.Phase = JobPhase.Calling;
        job.Verdict = null;
        int call = StartCall(gateway.Id, template, -1, -1);
        ref CallSlot own = ref _calls[call];
        own.ParentJob = jobIndex;
        own.ParentJobGeneration = generation;
        own.CallIndex = OwnCall;
        own.Branch = IsTraced(ref job) ? job.Branch : 0;
        job.FirstFailure = call;
        job.ForwardedGeneration = _calls.GenerationOf(call);
        RouteCall(call);
        if (!hasCaller && _jobs.IsAlive(jobIndex, generation))
        {
            Abandon(jobIndex);
        }
    }

    /// <summary>The gateway's own call ended: its answer goes back.</summary>
    private void GatewayAnswered(int jobIndex, in CallEnd end)
    {
        ref JobSlot job = ref _jobs[jobIndex];
        PodRuntime gateway = _pods[job.Pod];
        job.Status = (short)end.Code;
        job.Verdict = end.Disposition is Disposition.Served or Disposition.UpstreamError ? end.AllowedBy
            : new RbacVerdict(false, end.Details, "", default)
            {
                Status = (short)end.Code, Refusal = end.Disposition,
            };
        if (job.Call >= 0)
        {
            ref CallSlot caller = ref _calls[job.Call];
            caller.Flags = caller.Flags.With(end.Flags);
            if (end.Server >= 0)
            {
                caller.HasOwnHop = true;
                (caller.LastPeer, caller.LastVia) = (end.Server, gateway.Id);
            }
        }

        AnswerFromGateway(jobIndex, ref job, gateway);
    }

    /// <summary>Sends an answer back. The gateway's pass counts on its other side.</summary>
    private void AnswerFromGateway(int jobIndex, ref JobSlot job, PodRuntime gateway)
    {
        job.Phase = JobPhase.Answering;
        if (job.Call < 0)
        {
            _jobs.Return(jobIndex);
            return;
        }

        if (job.IsLost || !gateway.IsUp || (_cuts > 0 && IsPathCut(gateway, job.Via, _pods[job.ClientPod]))
            || (_hasFrozen && _ends[job.Connection].IsDead))
        {
            job.IsLost = true;
            return;
        }

        long way = PathNs(gateway, job.Via, _pods[job.ClientPod], gateway.NetworkStream);
        Schedule(EventKind.Response, Now + way, jobIndex, _jobs.GenerationOf(jobIndex));
    }

    /// <summary>The gateway's caller has left: the gateway resets what it sent on.</summary>
    private void ResetForwarded(ref JobSlot job)
    {
        int call = job.FirstFailure;
        if (!_calls.IsAlive(call, job.ForwardedGeneration))
        {
            return;
        }

        _calls[call].ParentJobGeneration--; // Nobody waits for its end.
        AbandonAttempt(call);
        EndCall(call, 0, _calls[call].Flags.With(ResponseFlag.DownstreamConnectionTermination),
            "downstream_remote_disconnect", Disposition.ClientGaveUp);
    }

    /// <summary>Server name of the connection that a request came on; empty = none was sent.</summary>
    private string ServerNameOf(ref JobSlot job)
    {
        if (job.Call < 0 || _calls[job.Call].Route is not { Cluster: { } cluster } route)
        {
            return "";
        }

        return route is { IsTcp: false, ServerName.Length: > 0 } ? route.ServerName : cluster.Config.Tls.Sni;
    }

    /// <summary>The request as the gateway reads it: at the port it listens on, with the caller's address.</summary>
    /// <remarks>Envoy: source/common/http/conn_manager_utility.cc#mutateRequestHeaders at the edge.</remarks>
    /// <param name="sent">What the caller sent.</param>
    /// <param name="port">Port the gateway listens on.</param>
    /// <param name="client">Caller.</param>
    /// <param name="gateway">Gateway.</param>
    /// <param name="serverName">Server name of the connection, by which a port of TLS chooses; empty = the caller's
    /// host.</param>
    public RequestTemplate TakenIn(
        RequestTemplate sent, int port, PodRuntime client, PodRuntime gateway, string serverName = "")
    {
        (int, int, int, string) key = (sent.Id, port, client.Id, serverName);
        if (_takenIn.TryGetValue(key, out RequestTemplate? taken))
        {
            return taken;
        }

        const string ForwardedFor = "x-forwarded-for";
        string told = string.Join(',', sent.Lines.Where(static l => l.Key == ForwardedFor).Select(static l => l.Value));
        List<KeyValuePair<string, string>> lines =
        [
            .. sent.Lines.Where(static l => l.Key != ForwardedFor && l.Key != "x-forwarded-proto"
                && !l.Key.StartsWith("x-envoy-", StringComparison.Ordinal)),
            new(ForwardedFor, told.Length > 0 ? told + "," + client.Ip : client.Ip),
            new("x-forwarded-proto", gateway.Proxy!.HttpListener(port)!.TlsRoutes.Count > 0 ? "https" : "http"),
        ];
        RequestHeaders was = sent.Headers;
        int id = Resolver.NextTemplate();
        taken = new RequestTemplate(id, serverName.Length > 0 ? serverName : sent.Host, port, new RequestHeaders(
            was.Method, was.Authority, was.Path, lines, id, lines[^1].Value))
        {
            Lines = lines, IsHttp2 = sent.IsHttp2, BodyBytes = sent.BodyBytes, Service = sent.Service, Span = sent.Span,
        };
        _takenIn.Add(key, taken);
        return taken;
    }

    /// <summary>How a gateway's own call ended.</summary>
    /// <param name="Code">Status.</param>
    /// <param name="Flags">Flags in the gateway's log.</param>
    /// <param name="Details">Response code details.</param>
    /// <param name="Disposition">How.</param>
    /// <param name="AllowedBy">What let the request pass at the server; null = no policy.</param>
    /// <param name="Server">Pod that answered; -1 = none.</param>
    private readonly record struct CallEnd(
        int Code, ResponseFlags Flags, string Details, Disposition Disposition, RbacVerdict? AllowedBy, int Server);
}
