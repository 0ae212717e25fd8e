using System.Runtime.CompilerServices;
using Sim.Core;
using Sim.Envoy;

namespace Sim.Runs;

/// <content>How calls and jobs end, and who hears of it.</content>
internal sealed partial class RequestLifecycle
{
    private TrafficSource?[] _closed = [];

    /// <summary>Closed sources, by the index of their traffic: they hear when a request of theirs has ended.</summary>
    /// <param name="sources">Every source in order of its index.</param>
    public void SetSources(IReadOnlyList<TrafficSource> sources) =>
        _closed = sources.Any(static s => s.IsClosed) ? [.. sources.Select(static s => s.IsClosed ? s : null)] : [];

    /// <summary>Ends a call with what the caller's proxy answers or passes on.</summary>
    /// <param name="index">Call.</param>
    /// <param name="code">Status; 0 = none.</param>
    /// <param name="flags">Flags in the log of the caller's proxy.</param>
    /// <param name="details">Response code details.</param>
    /// <param name="disposition">How it ends.</param>
    /// <param name="allowedBy">What let it pass at the server; null = no policy.</param>
    /// <param name="isAnswer">The status came over the connection; otherwise the caller's own proxy made it.</param>
    private void EndCall(
        int index, int code, ResponseFlags flags, string details, Disposition disposition,
        RbacVerdict? allowedBy = null, bool isAnswer = false)
    {
        ref CallSlot call = ref _calls[index];
        if (call.HasTries)
        {
            _tries[index].Retry.Release(call.Cluster!.Breakers);
        }

        if (code >= 500 && !_pods[call.ClientPod].HasSidecar && call.Route?.Cluster is not null
            && !isAnswer)
        {
            // Without a sidecar nobody answers in the server's place: the client sees its connection fail.
            code = 0;
            flags = ResponseFlags.None;
            details = "";
            disposition = disposition == Disposition.ConnectionLost && call.LastVia < 0
                ? Disposition.PlaintextRefused : disposition;
        }

        if (call.Route is { IsTcp: true } && !isAnswer)
        {
            code = 0; // A TCP proxy answers nothing: the caller's connection closes.
            details = "";
        }

        if (call.CallIndex != TunnelCall)
        {
            CountCall(ref call, code);
        }

        if (Hops is { } hops)
        {
            hops.CallEnded(in call, call.Host is { } host ? PodToName(LinkOf(host)) : -1, code, flags);
        }

        if (Options.MovesData && disposition == Disposition.Served && code is >= 200 and < 300 && call.Host is not null)
        {
            MoveData(ref call, allowedBy);
        }

        if (call.ParentJob < 0)
        {
            RecordEntry(ref call, code, flags, details, disposition, allowedBy);
            FreeCall(index);
            return;
        }

        TellParent(index, new CallEnd(code, flags, details, disposition, allowedBy, -1));
    }

    /// <summary>A call that was made for something else than a user has ended: who made it hears of it.</summary>
    private void TellParent(int index, in CallEnd end)
    {
        ref CallSlot call = ref _calls[index];
        int parent = call.ParentJob;
        uint generation = call.ParentJobGeneration;
        int callIndex = call.CallIndex;
        if (callIndex == TunnelCall)
        {
            FreeCall(index);
            TunnelEnded(index, parent, generation, end.Flags);
            return;
        }

        if (callIndex == OwnCall)
        {
            int server = ServerOf(ref call);
            FreeCall(index);
            if (_jobs.IsAlive(parent, generation))
            {
                GatewayAnswered(parent, end with { Server = server });
            }

            return;
        }

        if (call.Traced)
        {
            TraceReturn(ref call, end.Code, end.Flags, end.Disposition);
        }

        FreeCall(index);
        if (_jobs.IsAlive(parent, generation))
        {
            CallReturned(parent, callIndex, end.Code, end.Disposition == Disposition.ClientGaveUp);
        }
    }

    /// <summary>Counts a call for the graph of services.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CountCall(ref CallSlot call, int code)
    {
        bool isFailed = code is 0 or >= 500;
        if (call.LastVia < 0 && call.Host is { } host && LinkOf(host) is { Backends: null } link)
        {
            link.Calls++;
            link.FailedCalls += isFailed ? 1 : 0;
            return;
        }

        CountElsewhere(ref call, isFailed);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CountElsewhere(ref CallSlot call, bool isFailed)
    {
        int via = call.Host is null ? -1 : call.LastVia;
        (int server, via) = call.HasOwnHop ? (via, -1) : (ServerOf(ref call), via);
        Calls?.Add(call.ClientPod, server, via, call.Template.Service, isFailed);
    }

    /// <summary>Pod that the call's last host leads to; -1 = none.</summary>
    private int ServerOf(ref CallSlot call) => call.Host is not { } host ? -1
        : LinkOf(host) is { Backends: null } link && (call.LastVia < 0 || call.HasOwnHop) ? link.Pod : call.LastPeer;

    private void FreeCall(int index)
    {
        ref CallSlot call = ref _calls[index];
        ForgetBody(index);
        call.Phase = CallPhase.Free;
        call.Host = null;
        call.Cluster = null;
        call.Route = null;
        _calls.Return(index);
        InFlight--;
    }

    private void RecordEntry(
        ref CallSlot call, int code, ResponseFlags flags, string details, Disposition disposition,
        RbacVerdict? allowedBy)
    {
        Ended++;
        Host? host = call.Host;
        bool byGateway = host is not null && LinkOf(host).IsGateway && _pods[call.ClientPod].HasSidecar;

        var outcome = new EntryOutcome
        {
            Id = call.Id,
            Traffic = call.Traffic,
            ClientPod = call.ClientPod,
            StartNs = call.StartNs,
            EndNs = Now,
            Code = code,
            FlagBits = flags,
            Details = details,
            Disposition = disposition,
            Attempts = call.Attempts,
            HostPod = ServerOf(ref call),
            Host = host,
            ByGateway = byGateway,
            Via = host is null ? -1 : call.LastVia,
            Connection = host is null || call.LastConnection < 0 ? -1
                : ((long)call.LastConnectionGeneration << 32) | (uint)call.LastConnection,
            ByMtls = call.ByMtls,
            Upstream = call.Cluster,
            Verdict = allowedBy,
        };
        Sink.EntryEnded(in outcome);
        if (call.Traffic < _closed.Length && _closed[call.Traffic] is { } users)
        {
            users.Ended(call.StartNs);
        }

        if (call.Traced)
        {
            Trace!.At(call.Branch).Ended(
                in outcome, _pods[outcome.ClientPod], outcome.HostPod < 0 ? null : _pods[outcome.HostPod]);
        }
    }

    /// <summary>The caller left. The application finishes its work unless it is said to cancel it; a lost packet's
    /// job is freed.</summary>
    private void AbandonJob(ref CallSlot call)
    {
        if (call.Job < 0)
        {
            return;
        }

        int jobIndex = call.Job;
        call.Job = -1;
        ref JobSlot job = ref _jobs[jobIndex];
        job.Call = -1;
        Abandon(jobIndex);
    }

    private void Abandon(int jobIndex)
    {
        ref JobSlot job = ref _jobs[jobIndex];
        PodRuntime pod = _pods[job.Pod];
        if (job.ArrivedNs >= 0)
        {
            LeaveInbound(jobIndex, ref job, pod, isAnswered: false);
        }

        if (pod.IsGateway && job.Phase == JobPhase.Calling)
        {
            ResetForwarded(ref job);
            _jobs.Return(jobIndex);
            return;
        }

        bool leavesLine = job.Phase == JobPhase.Queued && pod.Application.CancelsAbandonedWork;
        if (leavesLine)
        {
            pod.Waiting.Remove(_jobs, jobIndex);
        }

        if (leavesLine || job.IsLost
            || job.Phase is JobPhase.Answering or JobPhase.InboundRetry or JobPhase.InboundPending)
        {
            _jobs.Return(jobIndex);
        }
    }

    /// <summary>The pod is gone: what it worked on is lost.</summary>
    private void EndJobOfLostPod(int jobIndex)
    {
        ref JobSlot job = ref _jobs[jobIndex];
        job.HoldsWorker = false;
        LeaveInbound(jobIndex, ref job, _pods[job.Pod], isAnswered: false);
        if (job.Call >= 0)
        {
            _calls[job.Call].Job = -1;
        }

        _jobs.Return(jobIndex);
    }
}
