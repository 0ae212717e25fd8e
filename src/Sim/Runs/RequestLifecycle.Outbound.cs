using System.Runtime.CompilerServices;
using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Runs;

/// <content>The caller's side: route, tries, timeouts, the end of a call.</content>
internal sealed partial class RequestLifecycle
{
    /// <summary>Starts a call: the application of a pod sends a request to its own sidecar.</summary>
    private int StartCall(int clientPod, RequestTemplate template, int traffic, long id)
    {
        int index = _calls.Rent();
        InFlight++;
        ref CallSlot call = ref _calls[index];
        call = default;
        call.Template = template;
        call.ClientPod = clientPod;
        call.Traffic = traffic;
        call.Id = id;
        call.StartNs = Now;
        call.ParentJob = -1;
        call.Connection = -1;
        call.Job = -1;
        call.Branch = id == TracedRequest && traffic >= 0 ? RequestTrace.Root : 0;
        return index;
    }

    /// <summary>The sidecar takes the request: listener, route, limits, first try.</summary>
    private void RouteCall(int index)
    {
        ref CallSlot call = ref _calls[index];
        PodRuntime pod = _pods[call.ClientPod];
        ulong random = pod.RouteStream.NextUInt64();
        ResolvedRoute route = Resolver.Resolve(pod, call.Template, random, call.Traced ? Trace!.At(call.Branch) : null);
        call.Route = route;

        if (call.Template.ClientTimeoutNs > 0)
        {
            SetDeadline(EventKind.ClientTimeout, call.Template.ClientTimeoutNs, index, _calls.GenerationOf(index));
        }

        if (route.StreamDurationNs > 0)
        {
            SetDeadline(EventKind.StreamDuration, route.StreamDurationNs, index, _calls.GenerationOf(index));
        }

        if (route.Immediate is { } reply)
        {
            EndCall(index, reply.Code, reply.Flags, reply.Details, reply.Disposition);
            return;
        }

        if (route.Fault is { } fault && InjectFault(index, ref call, fault))
        {
            return;
        }

        SendUpstream(index);
    }

    /// <summary>The router filter: timers, retry state, first host.</summary>
    private void SendUpstream(int index)
    {
        ref CallSlot call = ref _calls[index];
        ResolvedRoute route = call.Route!;
        if (route.Preflight is { } preflight)
        {
            EndCall(index, preflight.Code, call.Flags, preflight.Details, preflight.Disposition);
            return;
        }

        call.Cluster = route.Cluster;
        if (route.IdleNs > 0 && call.CallIndex != TunnelCall)
        {
            SetDeadline(EventKind.StreamIdle, route.IdleNs, index, _calls.GenerationOf(index));
        }

        call.Cluster!.Breakers.Counters.RetryOrShadowAbandoned += route.AbandonsRetries ? 1 : 0;
        if (call.Cluster.Upstream.DropOverloadPercent > 0 && IsDropped(index, ref call))
        {
            return;
        }

        if (route.TimeoutNs > 0)
        {
            SetDeadline(EventKind.RouteTimeout, route.TimeoutNs, index, _calls.GenerationOf(index));
        }

        StartAttempt(index);
    }

    /// <summary>One try: host, pool, connection.</summary>
    private void StartAttempt(int index)
    {
        ref CallSlot call = ref _calls[index];
        ClusterRuntime cluster = call.Cluster!;
        Host? host = call.Route!.Original is { } original ? OriginalHost(cluster, original)
            : cluster.Upstream.ChooseHost(ref ContextOf(index, ref call), Now);
        call.Attempts++;
        call.ToldReset = ResetReason.ConnectionTermination;
        if (host is null)
        {
            cluster.Breakers.Counters.CxNoneHealthy++;
            call.Host = null;
            if (call.Traced)
            {
                Trace!.At(call.Branch).NoHost(Now, ref call);
            }

            EndCall(index, LocalReply.NoHealthyUpstream.Code,
                call.Flags.With(ResponseFlag.NoHealthyUpstream), LocalReply.NoHealthyUpstream.Details,
                Disposition.NoHealthyUpstream);
            return;
        }

        call.Host = host;
        (call.LastPeer, call.LastVia, call.LastConnection, call.ByMtls) = (-1, -1, -1, false);
        if (call.HasTries)
        {
            _tries[index].Lb.AddAttempted(host);
        }

        HostLink link = LinkOf(host);
        if (call.Traced)
        {
            Refresh(link);
            int pod = PodToName(link);
            Trace!.At(call.Branch).HostPicked(Now, ref call, pod < 0 ? null : _pods[pod], link);
        }

        AskPool(index, ref call, link);
    }

    /// <summary>What the balancer is told of the request. A first try needs no more than a hash.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref LbContext ContextOf(int index, ref CallSlot call)
    {
        if (call.HasTries)
        {
            return ref _tries[index].Lb;
        }

        ulong? hash = call.Route!.Hash;
        _first.HasHash = hash is not null;
        _first.Hash = hash.GetValueOrDefault();
        return ref _first;
    }

    /// <summary>What the call keeps from try to try, begun when its first try has failed.</summary>
    private ref TryState TriesOf(int index, ref CallSlot call)
    {
        if (index >= _tries.Length)
        {
            Array.Resize(ref _tries, Math.Max(index + 1, 2 * _tries.Length));
        }

        ref TryState tries = ref _tries[index];
        if (!call.HasTries)
        {
            ResolvedRoute route = call.Route!;
            call.HasTries = true;
            tries = default;
            tries.Retry = RetryState.Start(route.Retry, route.IsHighPriority);
            tries.Lb.AvoidPreviousHosts = route.Retry.Source.AvoidPreviousHosts;
            tries.Lb.HostSelectionRetryMax = (int)route.Retry.Source.HostSelectionRetryMaxAttempts;
            tries.Lb.RetryPriority = route.Retry.Source.PreviousPrioritiesFrequency > 0
                ? new RetryPriorityState(route.Retry.Source.PreviousPrioritiesFrequency) : null;
            tries.Lb.HasHash = route.Hash is not null;
            tries.Lb.Hash = route.Hash ?? 0;
            if (call.Host is { } host)
            {
                tries.Lb.AddAttempted(host);
            }
        }

        return ref tries;
    }

    /// <summary>The stream has a connection: it counts as active, the request is sent.</summary>
    private void PoolReady(int index, ref CallSlot call, HostLink link, int connection)
    {
        ClusterRuntime cluster = link.Cluster;
        Host host = link.Host;
        call.Connection = connection;
        ref ConnectionSlot slot = ref _ends[connection];
        call.LastPeer = slot.Peer;
        call.LastVia = slot.Via;
        call.LastConnection = connection;
        call.LastConnectionGeneration = _connections.GenerationOf(connection);
        if (call.Traced && slot.Relay >= 0)
        {
            TracePath(call.Branch, in slot);
        }

        call.Phase = CallPhase.Sent;
        cluster.Outlier?.PutResult(host, OutlierResult.LocalOriginConnectSuccess, 0, Now);
        long perTry = call.Route!.PerTryTimeoutNs;
        if (perTry > 0)
        {
            SetDeadline(EventKind.PerTryTimeout, perTry, index, AttemptKey(index, call.Attempts));
        }

        if (cluster.Config.MaxStreamDurationNs > 0)
        {
            SetDeadline(EventKind.UpstreamDuration, cluster.Config.MaxStreamDurationNs, index,
                AttemptKey(index, call.Attempts));
        }

        if (call.Route.PerTryIdleNs > 0)
        {
            SetDeadline(EventKind.PerTryIdleTimeout, call.Route.PerTryIdleNs, index,
                AttemptKey(index, call.Attempts));
        }

        if (call.CallIndex == TunnelCall)
        {
            TunnelOpened(ref call, connection);
            return;
        }

        SendToServer(index, ref call, link, connection);
    }

    private static readonly string Refused = LocalReply.UpstreamReset(
        ResetReason.RemoteConnectionFailure, false, "delayed connect error: Connection refused").Details;

    private static readonly string RefusedAgain = LocalReply.UpstreamReset(
        ResetReason.RemoteConnectionFailure, true, "delayed connect error: Connection refused").Details;

    /// <summary>Response headers arrived at the caller's proxy. A try that is given up for another one leaves the body
    /// of its answer unread, so its connection closes. Simplified: every answer has a body.</summary>
    private void ResponseArrived(
        int index, int status, RbacVerdict? verdict, ResponseHeaders? headers, AnswerBody? body = null)
    {
        ref CallSlot call = ref _calls[index];
        Host host = call.Host!;
        ClusterRuntime cluster = call.Cluster!;
        if (cluster.Outlier is { } outlier)
        {
            int judged = headers is { GrpcStatus: >= 0 } grpc ? LocalReply.GrpcToHttpCode(grpc.GrpcStatus) : status;
            outlier.PutHttpResponse(host, judged, Now);
            if (outlier.HasNews)
            {
                outlier.HasNews = false;
                ScheduleMerge(cluster);
            }
        }

        headers ??= ResponseHeaders.OfCode(status);
        RetryDecision decision = !call.HasTries && !RetryState.MayRetry(call.Route!.Retry, headers)
            ? RetryDecision.No : TriesOf(index, ref call).Retry.OnHeaders(headers, cluster.Breakers);
        if (body is not null && BeginBody(index, ref call, status, decision, body))
        {
            return;
        }

        bool isUnread = decision == RetryDecision.Yes && headers.GrpcStatus < 0; // A gRPC status in headers ends it.
        EndStream(index, ref call, isUnread ? ResetReason.LocalReset : ResetReason.None);
        call = ref _calls[index];
        if (call.Traced)
        {
            Trace!.At(call.Branch).Answered(
                Now, ref call, ref TriesOf(index, ref call), status, DetailsOf(verdict), decision);
        }

        if (decision == RetryDecision.Yes)
        {
            StartBackoff(index, ref call);
            return;
        }

        ResponseFlags flags = decision == RetryDecision.No ? call.Flags : call.Flags.With(FlagOf(decision));
        bool isRefused = verdict is { Allowed: false };
        Disposition disposition = isRefused && verdict!.Refusal != Disposition.Served ? verdict.Refusal
            : status >= 500 ? Disposition.UpstreamError : Disposition.Served;
        bool isClosed = isRefused && verdict!.Status < 300 && call.Route!.IsTcp; // Refused bytes get no answer.
        EndCall(index, status, flags, DetailsOf(verdict), disposition, isRefused ? null : verdict, !isClosed);
    }

    private static string DetailsOf(RbacVerdict? verdict) =>
        verdict is { Allowed: false } ? verdict.Details : "via_upstream";

    /// <summary>The try ended without an answer.</summary>
    private void UpstreamReset(int index, ResetReason reason)
    {
        ref CallSlot call = ref _calls[index];
        if (call.Phase == CallPhase.Receiving)
        {
            BreakBody(index, reason);
            return;
        }

        Host host = call.Host!;
        bool wasSent = call.Phase == CallPhase.Sent;
        EndStream(index, ref call, reason);
        call = ref _calls[index];

        if (reason.OutlierReport() is { } report)
        {
            Report(call.Cluster!, host, report, 0);
        }

        AbandonJob(ref call);
        call.HasSentBytes |= wasSent;
        ref TryState tries = ref TriesOf(index, ref call);
        RetryDecision decision = tries.Retry.OnReset(reason, call.HasSentBytes, call.Cluster!.Breakers);
        if (call.Traced)
        {
            Trace!.At(call.Branch).Reset(Now, ref call, ref tries, reason, decision);
        }

        if (decision == RetryDecision.Yes)
        {
            StartBackoff(index, ref call);
            return;
        }

        ResponseFlags flags = call.Route!.IsTcp ? TcpFlags(call.Flags, reason)
            : call.Flags.With(FlagOf(decision)).With(reason.Flag());
        LocalReply reply = LocalReply.UpstreamReset(reason, call.Attempts > 1);
        string details = reason == ResetReason.RemoteConnectionFailure && !call.HandshakeFailed
            ? call.Attempts > 1 ? RefusedAgain : Refused : reply.Details;
        EndCall(index, reply.Code, flags, details, DispositionOf(reason));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void StartBackoff(int index, ref CallSlot call)
    {
        call.Phase = CallPhase.Backoff;
        ref TryState tries = ref TriesOf(index, ref call);
        tries.Lb.IsRetry = true;
        long delay = tries.Retry.NextBackoffNs(
            _pods[call.ClientPod].Streams.Backoff, call.Cluster!.Breakers.Counters);
        Schedule(EventKind.RetryBackoff, Now + delay, index, _calls.GenerationOf(index));
    }

    /// <summary>The route timeout. A try that still waits for a connection has no host in Envoy's eyes: nothing is
    /// reported for it (router.cc#onResponseTimeout, seen in oracle/lab-e2e).</summary>
    private void OnRouteTimeout(int index)
    {
        ref CallSlot call = ref _calls[index];
        call.Cluster!.Breakers.Counters.RqTimeout++;
        if (call.Phase == CallPhase.Sent && call.Host is { } host)
        {
            Report(call.Cluster!, host, OutlierResult.LocalOriginTimeout, 504);
        }

        int code = CodeSoFar(index, call.Route!.TimeoutStatus);
        AbandonAttempt(index);
        call = ref _calls[index];
        EndCall(index, code, call.Flags.With(ResponseFlag.UpstreamRequestTimeout), LocalReply.RouteTimeout.Details,
            Disposition.Timeout);
    }

    /// <summary>The longest life of the request is over: no flag, and nobody hears of it.</summary>
    private void OnStreamDuration(int index)
    {
        LocalReply reply = LocalReply.RouteMaxStreamDuration;
        int code = CodeSoFar(index, reply.Code);
        AbandonAttempt(index);
        ref CallSlot call = ref _calls[index];
        ResponseFlags flags = call.Route is { IsTcp: true } ? call.Flags.With(ResponseFlag.DurationTimeout)
            : call.Flags;
        EndCall(index, code, flags, reply.Details, Disposition.Timeout);
    }

    private void OnPerTryTimeout(int index, bool isIdle)
    {
        ref CallSlot call = ref _calls[index];
        if (call.Phase == CallPhase.Receiving && isIdle)
        {
            OnSilence(index, EventKind.PerTryIdleTimeout);
            return;
        }

        if (call.Phase != CallPhase.Sent)
        {
            return;
        }

        UpstreamCounters counters = call.Cluster!.Breakers.Counters;
        counters.RqPerTryIdleTimeout += isIdle ? 1 : 0;
        counters.RqPerTryTimeout += isIdle ? 0 : 1;
        Report(call.Cluster!, call.Host!, OutlierResult.LocalOriginTimeout, 504);
        AbandonAttempt(index);
        call = ref _calls[index];
        ref TryState tries = ref TriesOf(index, ref call);
        RetryDecision decision = tries.Retry.OnReset(ResetReason.LocalReset, true, call.Cluster!.Breakers);
        if (call.Traced)
        {
            Trace!.At(call.Branch).Reset(Now, ref call, ref tries, ResetReason.LocalReset, decision);
        }

        if (decision == RetryDecision.Yes)
        {
            StartBackoff(index, ref call);
            return;
        }

        EndCall(index, call.Route!.TimeoutStatus,
            call.Flags.With(FlagOf(decision)).With(ResponseFlag.UpstreamRequestTimeout),
            (isIdle ? LocalReply.PerTryIdleTimeout : LocalReply.PerTryTimeout).Details, Disposition.Timeout);
    }

    /// <summary>The application gave up: its sidecar logs code 0 with DC; no detector and no error counter sees it.
    /// </summary>
    private void OnClientTimeout(int index)
    {
        ref CallSlot call = ref _calls[index];
        AbandonAttempt(index);
        call = ref _calls[index];
        EndCall(index, 0, call.Flags.With(ResponseFlag.DownstreamConnectionTermination), "downstream_remote_disconnect",
            Disposition.ClientGaveUp);
    }

    /// <summary>Leaves whatever the try was doing: a queued stream leaves the queue, a running one loses its
    /// connection (HTTP/1.1), the server is not told what to do with its work.</summary>
    private void AbandonAttempt(int index)
    {
        ref CallSlot call = ref _calls[index];
        switch (call.Phase)
        {
            case CallPhase.Pending:
                EndStream(index, ref call, ResetReason.LocalReset);
                break;
            case CallPhase.Sent or CallPhase.Receiving:
                AbandonJob(ref call);
                EndStream(index, ref call, ResetReason.LocalReset);
                break;
            default:
                break;
        }
    }

    private void Report(ClusterRuntime cluster, Host host, OutlierResult result, int code)
    {
        if (cluster.Outlier is { } outlier)
        {
            outlier.PutResult(host, result, code, Now);
            ScheduleMerge(cluster);
        }
    }

    private static ResponseFlag FlagOf(RetryDecision decision) => decision switch
    {
        RetryDecision.NoRetryLimitExceeded => ResponseFlag.UpstreamRetryLimitExceeded,
        RetryDecision.NoOverflow => ResponseFlag.UpstreamOverflow,
        _ => ResponseFlag.None,
    };

    private static Disposition DispositionOf(ResetReason reason) => reason switch
    {
        ResetReason.Overflow => Disposition.Overflow,
        ResetReason.LocalConnectionFailure or ResetReason.RemoteConnectionFailure or ResetReason.ConnectionTimeout
            => Disposition.ConnectFailed,
        ResetReason.ConnectionTermination => Disposition.ConnectionLost,
        _ => Disposition.UpstreamReset,
    };
}
