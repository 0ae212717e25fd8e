using System.Runtime.CompilerServices;
using Sim.Core;
using Sim.Envoy;

namespace Sim.Runs;

/// <content>The server's side: the inbound proxy, the application, its calls, the way back.</content>
internal sealed partial class RequestLifecycle
{
    /// <summary>Puts the request on its way to the pod behind the connection.</summary>
    private void SendToServer(int index, ref CallSlot call, HostLink link, int connection)
    {
        ref ConnectionSlot slot = ref _ends[connection];
        PodRuntime client = _pods[call.ClientPod];
        int via = slot.Via;
        bool isOfConnection = link.Backends is not null || slot.Relay >= 0 || HasOwnOutcome(link)
            || (_hasChangedCertificates && (client.HasChangedCertificate || _pods[slot.Peer].HasChangedCertificate));
        HandshakeOutcome outcome = isOfConnection ? slot.Outcome : link.Outcome;
        if (outcome is HandshakeOutcome.PlaintextRefused or HandshakeOutcome.ServerRefuses)
        {
            long back = IsAhead(in slot) ? AheadBackNs(in slot, client)
                : 2 * (PathNs(client, via, _pods[slot.Peer], client.NetworkStream) + ProxyPassNs);
            Schedule(EventKind.StreamReset, Now + back, index, AttemptKey(index, call.Attempts));
            return;
        }

        int jobIndex = _jobs.Rent();
        ref JobSlot job = ref _jobs[jobIndex];
        if (_answerBodies.Count > 0)
        {
            _answerBodies.Remove(jobIndex);
        }

        job = default;
        job.Phase = JobPhase.Travelling;
        job.Pod = slot.Peer;
        job.Call = index;
        job.CallGeneration = _calls.GenerationOf(index);
        job.ClientPod = call.ClientPod;
        job.Via = via;
        job.InboundPort = slot.Port > 0 ? slot.Port : link.Port;
        job.ByMtls = outcome == HandshakeOutcome.Mutual;
        job.IsLost = slot.IsDead;
        call.ByMtls = job.ByMtls;
        job.Template = call.Route!.UpstreamTemplate;
        call.Job = jobIndex;
        call.JobGeneration = _jobs.GenerationOf(jobIndex);
        job.Connection = connection;
        job.ArrivedNs = -1;
        job.Branch = call.Branch;
        long delay = 2 * ProxyPassNs;
        if (link.Pod >= 0 && via < 0)
        {
            job.WayBack = link.WayBack;
            job.Caller = link.Caller;
            job.CallerTable = link.CallerTable;
            delay += _latency.SampleNs(link.WayThere, client.NetworkStream);
        }
        else
        {
            PodRuntime server = _pods[slot.Peer];
            job.WayBack = _latency.WayOf(server, client);
            delay = server.IsGateway ? 0 : delay; // Its pass counts on its other side.
            delay += slot.Relay >= 0 ? RelayPathNs(in slot, client, server)
                : PathNs(client, via, server, client.NetworkStream);
            call.ByMtls = slot.Relay >= 0 && _relays[slot.Relay].IsTunnel
                ? _relays[slot.Relay].Bytes.IsMesh && _relays[slot.Relay].IsCallerKnown : call.ByMtls;
        }

        Schedule(EventKind.ServerArrival, Now + delay, jobIndex, call.JobGeneration);
    }

    /// <summary>The request reaches the pod: its proxy judges it, then the application gets it.</summary>
    private void OnServerArrival(int jobIndex)
    {
        ref JobSlot job = ref _jobs[jobIndex];
        PodRuntime pod = _pods[job.Pod];
        if (job.IsLost || (_cuts > 0 && IsPathCut(_pods[job.ClientPod], job.Via, pod)))
        {
            job.IsLost = true;
            if (job.Call < 0)
            {
                _jobs.Return(jobIndex);
            }

            return;
        }

        if (pod.Refuses)
        {
            ResetCaller(jobIndex, ref job, pod);
            return;
        }

        if (pod.IsGateway)
        {
            ArriveAtGateway(jobIndex, ref job, pod);
            return;
        }

        if (!pod.HasSidecar || pod.Proxy is not { } proxy)
        {
            EnterApplication(jobIndex, ref job, pod);
            return;
        }

        job.ArrivedNs = Now;
        bool hasCaller = job.Call >= 0;
        uint generation = _jobs.GenerationOf(jobIndex);
        InboundRuntime inbound = pod.LastInboundPort == job.InboundPort ? pod.LastInbound!
            : proxy.InboundOf(job.InboundPort);
        if (!IsAdmitted(ref job, pod, inbound))
        {
            if (inbound.IsTcp && hasCaller && job.Via >= 0 && _calls[job.Call].Route is { IsTcp: false })
            {
                ResetCaller(jobIndex, ref job, pod); // Bytes to the server, a request to the caller.
            }
            else
            {
                Reply(jobIndex, ref job, pod);
            }
        }
        else
        {
            EnterInbound(jobIndex, ref job, pod, inbound);
        }

        if (!hasCaller && _jobs.IsAlive(jobIndex, generation))
        {
            Abandon(jobIndex); // The end of the connection follows the request.
        }
    }

    /// <summary>The server's RBAC filters. A refused request is answered by the proxy itself.</summary>
    private bool IsAdmitted(ref JobSlot job, PodRuntime pod, InboundRuntime inbound)
    {
        if (inbound.Table is not { } table)
        {
            if (IsTraced(ref job))
            {
                Trace!.At(job.Branch).Rbac(pod, "no policy selects this workload -> allow", default);
            }

            return true;
        }

        RbacVerdict verdict = table.Judge(CallerOf(ref job, pod, table), job.Template);
        job.Verdict = verdict;
        if (IsTraced(ref job))
        {
            (string text, SourceSpan origin) = RbacExplanation.Of(
                inbound.Listener!, verdict, _pods[PeerOf(in job)], job.ByMtls);
            Trace!.At(job.Branch).Rbac(pod, text, origin);
        }

        job.Status = verdict.Allowed ? (short)0 : verdict.Status;
        return verdict.Allowed;
    }

    private static string? SniOf(ref CallSlot call) =>
        call.Route is { IsTcp: false, ServerName.Length: > 0 } route ? route.ServerName : call.Cluster?.Config.Tls.Sni;

    /// <summary>Number of the caller in the server's filters. Calls of one proxy on one pod have the same.</summary>
    private int CallerOf(ref JobSlot job, PodRuntime pod, JudgeTable table)
    {
        if (ReferenceEquals(job.CallerTable, table))
        {
            return job.Caller;
        }

        if (TunnelOf(in job) is >= 0 and int tunnel)
        {
            return CallerThrough(tunnel, ref job, pod, table);
        }

        HostLink? link = job.Call < 0 || job.Via >= 0 ? null : LinkOf(_calls[job.Call].Host!);
        PodRuntime client = _pods[job.ClientPod];
        int caller = table.CallerOf(
            client, job.Via < 0 ? client : _pods[job.Via],
            job.Call < 0 ? null : SniOf(ref _calls[job.Call]), job.ByMtls, pod, job.InboundPort);
        if (link is { Pod: >= 0 } && !link.Cluster.Config.Tls.AutoSni)
        {
            link.CallerTable = table;
            link.Caller = caller;
        }

        return caller;
    }

    /// <summary>A worker takes the request, or it waits, or the full queue refuses it.</summary>
    private void EnterApplication(int jobIndex, ref JobSlot job, PodRuntime pod)
    {
        Hops?.Application(pod, ApplicationEvent.Received, 0, Now);
        if (pod.Workers > 0 && pod.BusyWorkers >= pod.Workers)
        {
            if (IsTraced(ref job))
            {
                TraceLine(ref job, pod);
            }

            if (pod.Waiting.Count >= pod.QueuePlaces)
            {
                job.Status = 503;
                Hops?.Application(pod, ApplicationEvent.Rejected, 503, Now);
                Reply(jobIndex, ref job, pod);
                return;
            }

            job.Phase = JobPhase.Queued;
            pod.Waiting.Add(_jobs, jobIndex);
            return;
        }

        StartWork(jobIndex, ref job, pod);
    }

    private void StartWork(int jobIndex, ref JobSlot job, PodRuntime pod)
    {
        job.Phase = JobPhase.Working;
        Hops?.Application(pod, ApplicationEvent.Started, 0, Now);
        if (pod.Workers > 0)
        {
            job.HoldsWorker = true;
            pod.BusyWorkers++;
        }

        if (pod.Script is { } script)
        {
            FollowScript(jobIndex, ref job, script);
            return;
        }

        job.WillReset = pod.ResetFaults > 0;
        job.ResetReason = ResetReason.ConnectionTermination;
        job.Status = !job.WillReset && DecideError(pod, out int status) ? (short)status : (short)0;
        long time = pod.ServiceTime.SampleNs(pod.ServiceStream);
        if (pod.IsSlow)
        {
            SlowFault slow = pod.SlowFaults[0];
            time = (long)(time * slow.Factor) + slow.AddNs;
        }

        if (IsTraced(ref job))
        {
            TraceWork(ref job, pod, time);
        }

        Schedule(EventKind.ServiceDone, Now + time, jobIndex, _jobs.GenerationOf(jobIndex));
    }

    /// <summary>The service time is over: answer a status, or make the calls, or answer 200.</summary>
    private void OnServiceDone(int jobIndex)
    {
        ref JobSlot job = ref _jobs[jobIndex];
        PodRuntime pod = _pods[job.Pod];
        if (job.WillReset)
        {
            Hops?.Application(pod, ApplicationEvent.FinishedByReset, 0, Now);
            FreeWorker(ref job, pod);
            ResetByApplication(jobIndex, ref job, pod);
            return;
        }

        if (job.Status != 0)
        {
            Finish(jobIndex, ref job, pod);
            return;
        }

        job.Status = 200;
        if (!pod.MakesCalls)
        {
            Finish(jobIndex, ref job, pod);
            return;
        }

        job.Phase = JobPhase.Calling;
        job.Group = -1;
        NextGroup(jobIndex);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FollowScript(int jobIndex, ref JobSlot job, IServerScript script)
    {
        ServerAnswer answer = script.Answer(job.Template, job.Call < 0 ? 1 : _calls[job.Call].Attempts);
        job.WillReset = answer.Reset != ResetReason.None;
        job.ResetReason = answer.Reset;
        job.Status = (short)answer.Status;
        job.Headers = answer.Headers;
        if (answer.Body is not null)
        {
            _answerBodies[jobIndex] = answer.Body;
        }

        if (answer.Status != 0 || job.WillReset)
        {
            Schedule(EventKind.ServiceDone, Now + answer.DelayNs, jobIndex, _jobs.GenerationOf(jobIndex));
        }
    }

    private static bool DecideError(PodRuntime pod, out int status)
    {
        if (pod.AnswersStatus)
        {
            StatusFault fault = pod.StatusFaults[0];
            if (fault.Rate >= 1 || pod.DecisionStream.NextDouble() < fault.Rate)
            {
                status = fault.Status;
                return true;
            }
        }

        status = pod.ErrorStatus;
        return pod.ErrorRate > 0 && pod.DecisionStream.NextDouble() < pod.ErrorRate;
    }

    /// <summary>The application is done with the request: the worker is free, the answer leaves.</summary>
    private void Finish(int jobIndex, ref JobSlot job, PodRuntime pod)
    {
        if (job.HoldsWorker)
        {
            job.HoldsWorker = false;
            pod.BusyWorkers--;
            TakeWaiting(pod);
        }

        Hops?.Application(pod, ApplicationEvent.Finished, job.Status, Now);
        Reply(jobIndex, ref job, pod);
    }

    private void TakeWaiting(PodRuntime pod)
    {
        while (pod.BusyWorkers < pod.Workers && pod.Waiting.TryTake(_jobs, out int next))
        {
            StartWork(next, ref _jobs[next], pod);
        }
    }

    /// <summary>Sends the answer back, if anybody still waits for it.</summary>
    private void Reply(int jobIndex, ref JobSlot job, PodRuntime pod)
    {
        job.Phase = JobPhase.Answering;
        LeaveInbound(jobIndex, ref job, pod, isAnswered: true);
        if (job.Call < 0)
        {
            _jobs.Return(jobIndex);
            return;
        }

        if (job.IsLost || !pod.IsUp || (_cuts > 0 && IsPathCut(pod, job.Via, _pods[job.ClientPod]))
            || (_hasFrozen && _ends[job.Connection].IsDead))
        {
            job.IsLost = true;
            return;
        }

        long way = job.Via < 0 ? _latency.SampleNs(job.WayBack, pod.NetworkStream)
            : job.Call >= 0 ? RelayPathNs(in _ends[job.Connection], pod, _pods[job.ClientPod])
            : PathNs(pod, job.Via, _pods[job.ClientPod], pod.NetworkStream);
        long delay = way + (2 * ProxyPassNs);
        Schedule(EventKind.Response, Now + delay, jobIndex, _jobs.GenerationOf(jobIndex));
    }

    private void OnResponse(int jobIndex)
    {
        ref JobSlot job = ref _jobs[jobIndex];
        int call = job.Call;
        int status = job.Status;
        RbacVerdict? verdict = job.Verdict;
        ResponseHeaders? headers = job.Headers;
        AnswerBody? body = _answerBodies.Count == 0 ? null : TakeBody(jobIndex);
        _jobs.Return(jobIndex);
        if (call >= 0)
        {
            _calls[call].Job = -1;
            ResponseArrived(call, status, verdict, headers, body);
        }
    }

    /// <summary>The pod closes the connection under the request: 503 UC at the caller.</summary>
    private void ResetCaller(
        int jobIndex, ref JobSlot job, PodRuntime pod, ResetReason reason = ResetReason.ConnectionTermination)
    {
        int call = job.Call;
        int client = job.ClientPod;
        FreeWorker(ref job, pod);
        LeaveInbound(jobIndex, ref job, pod, isAnswered: false);
        bool isLeaving = _answerBodies.Count > 0 && TakeBody(jobIndex) is { ClosesConnection: true };
        _jobs.Return(jobIndex);
        if (call >= 0)
        {
            if (isLeaving)
            {
                _leaving.Add(call);
            }

            ref CallSlot slot = ref _calls[call];
            slot.Job = -1;
            slot.ToldReset = reason;
            long delay = _latency.MedianNs(pod, _pods[client]) + ProxyPassNs;
            Schedule(EventKind.StreamReset, Now + delay, call, AttemptKey(call, slot.Attempts));
        }
    }

    private void FreeWorker(ref JobSlot job, PodRuntime pod)
    {
        if (job.HoldsWorker)
        {
            job.HoldsWorker = false;
            pod.BusyWorkers--;
            TakeWaiting(pod);
        }
    }
}
