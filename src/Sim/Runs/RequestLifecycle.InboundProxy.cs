using System.Runtime.CompilerServices;
using Sim.Engine;
using Sim.Envoy;

namespace Sim.Runs;

/// <content>The server's proxy on its way to the application: its own pool, retries and flags.</content>
/// <remarks>Held to oracle/mesh-timeline: a dead application behind a living sidecar is <c>503 URX,UF</c> in the
/// server's log and a plain 503 at the caller; an application that resets is <c>503 UC</c> and not tried again.
/// </remarks>
internal sealed partial class RequestLifecycle
{
    private readonly Dictionary<(CallPlan Plan, int Template), RequestTemplate> _propagated = [];

    /// <summary>Hears every hop; null = nobody listens.</summary>
    public IHopObserver? Hops { get; set; }

    /// <summary>The application's listener and its connections are gone, the sidecar lives.</summary>
    /// <param name="pod">Pod.</param>
    /// <param name="keepsWork">The application goes on with what it has begun.</param>
    public void StopApplication(PodRuntime pod, bool keepsWork = false)
    {
        pod.AppDownFaults++;
        if (pod.AppDownFaults > 1)
        {
            return;
        }

        if (!pod.HasSidecar)
        {
            ResetConnectionsTo(pod, keepsWork);
            return;
        }

        foreach (InboundCluster cluster in pod.Proxy?.InboundClusters ?? [])
        {
            cluster.Pool.AllClosed(cluster.Actions);
            RunInbound(cluster, pod);
        }

        for (int i = 0; i < _jobs.Extent; i++)
        {
            if (_jobs.IsRented(i) && _jobs[i].Pod == pod.Id && _jobs[i].Inbound is { IsUnlimited: true }
                && _jobs[i].Phase is (JobPhase.Queued or JobPhase.Working or JobPhase.Calling))
            {
                InboundReset(i, ResetReason.ConnectionTermination);
            }
        }

        if (!keepsWork)
        {
            EndWorkOf(pod, withAnswers: false);
        }
    }

    /// <summary>The application listens again.</summary>
    public void StartApplication(PodRuntime pod) => pod.AppDownFaults--;

    /// <summary>The request passed the filters: route, retries, first try.</summary>
    private void EnterInbound(int jobIndex, ref JobSlot job, PodRuntime pod, InboundRuntime inbound)
    {
        if (inbound.IsTcp)
        {
            if (pod.AppDownFaults > 0)
            {
                ResetCaller(jobIndex, ref job, pod);
                return;
            }

            EnterApplication(jobIndex, ref job, pod);
            return;
        }

        job.Inbound = inbound.Cluster;
        if (inbound.IsUnlimited && pod.AppDownFaults == 0)
        {
            job.InboundTries = 1;
            EnterApplication(jobIndex, ref job, pod);
            return;
        }

        StartInboundTry(jobIndex);
    }

    private void StartInboundTry(int jobIndex)
    {
        ref JobSlot job = ref _jobs[jobIndex];
        PodRuntime pod = _pods[job.Pod];
        InboundCluster cluster = job.Inbound!;
        job.InboundTries++;
        if (cluster.IsUnlimited)
        {
            if (pod.AppDownFaults > 0)
            {
                InboundReset(jobIndex, ResetReason.RemoteConnectionFailure);
                return;
            }

            EnterApplication(jobIndex, ref job, pod);
            return;
        }

        PoolOutcome outcome = cluster.Pool.NewStream(jobIndex, cluster.Actions);
        job.HasInboundStream = outcome.Kind != PoolOutcomeKind.Overflow;
        if (outcome.Kind == PoolOutcomeKind.Attached)
        {
            EnterApplication(jobIndex, ref job, pod);
            return;
        }

        if (outcome.Kind == PoolOutcomeKind.Overflow)
        {
            InboundReset(jobIndex, ResetReason.Overflow);
            return;
        }

        job.Phase = JobPhase.InboundPending;
        RunInbound(cluster, pod);
    }

    /// <summary>Does what the pool asks for. A loopback connection is made or refused at once.</summary>
    private void RunInbound(InboundCluster cluster, PodRuntime pod)
    {
        if (cluster.ActionAt >= 0)
        {
            return;
        }

        for (cluster.ActionAt = 0; cluster.ActionAt < cluster.Actions.Count; cluster.ActionAt++)
        {
            PoolAction action = cluster.Actions[cluster.ActionAt];
            switch (action.Kind)
            {
                case PoolActionKind.Open when pod.AppDownFaults > 0:
                    cluster.Pool.ConnectFailed(
                        action.Connection, ResetReason.RemoteConnectionFailure, cluster.Actions);
                    break;
                case PoolActionKind.Open:
                    cluster.Pool.Connected(action.Connection, int.MaxValue, cluster.Actions);
                    break;
                case PoolActionKind.Attach when _jobs[action.Stream] is
                    { HasInboundStream: true, Phase: JobPhase.InboundPending }:
                    EnterApplication(action.Stream, ref _jobs[action.Stream], pod);
                    break;
                case PoolActionKind.Reset when _jobs[action.Stream].HasInboundStream:
                    _jobs[action.Stream].HasInboundStream = false;
                    InboundReset(action.Stream, action.Reason);
                    break;
                default:
                    break;
            }
        }

        cluster.Actions.Clear();
        cluster.ActionAt = -1;
    }

    /// <summary>A try of the server's proxy ended without an answer: again after a back-off, or 503.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void InboundReset(int jobIndex, ResetReason reason)
    {
        ref JobSlot job = ref _jobs[jobIndex];
        PodRuntime pod = _pods[job.Pod];
        bool isWorkedOn = job.Phase is JobPhase.Queued or JobPhase.Working or JobPhase.Calling;
        bool hasStarted = isWorkedOn || job.Phase == JobPhase.ResetByApplication;
        ref RetryState retry = ref InboundRetryOf(jobIndex, ref job);
        RetryDecision decision = retry.OnReset(reason, hasStarted, job.Inbound!.Breakers);
        if (IsTraced(ref job))
        {
            Trace!.At(job.Branch).Inbound(
                pod, reason, decision, job.InboundTries, retry.Policy, retry.RetriesRemaining);
        }

        if (decision == RetryDecision.Yes)
        {
            job.Phase = JobPhase.InboundRetry;
            long delay = retry.NextBackoffNs(pod.Streams.Backoff, job.Inbound!.Breakers.Counters);
            Schedule(EventKind.InboundRetry, Now + delay, jobIndex, _jobs.GenerationOf(jobIndex));
            return;
        }

        int answer = isWorkedOn ? SplitAnswer(jobIndex) : jobIndex;
        ref JobSlot own = ref _jobs[answer];
        own.Status = (short)LocalReply.UpstreamReset(reason, own.InboundTries > 1).Code;
        own.InboundFlags = own.InboundFlags.With(FlagOf(decision)).With(reason.Flag());
        Reply(answer, ref own, pod);
    }

    /// <summary>Retries of the server's proxy for a job, begun when its first try has failed.</summary>
    private ref RetryState InboundRetryOf(int jobIndex, ref JobSlot job)
    {
        if (jobIndex >= _inboundRetries.Length)
        {
            Array.Resize(ref _inboundRetries, Math.Max(jobIndex + 1, 2 * _inboundRetries.Length));
        }

        ref RetryState retry = ref _inboundRetries[jobIndex];
        if (!job.HasInboundRetry)
        {
            job.HasInboundRetry = true;
            retry = RetryState.Start(job.Inbound!.Retry, false);
        }

        return ref retry;
    }

    /// <summary>The application still works on what its proxy has given up: a job of its own carries the proxy's
    /// answer, the old one goes on without a caller.</summary>
    private int SplitAnswer(int jobIndex)
    {
        int answer = _jobs.Rent();
        ref JobSlot work = ref _jobs[jobIndex];
        ref JobSlot own = ref _jobs[answer];
        own = work;
        (own.Next, own.Previous) = (-1, -1);
        if (own.HasInboundRetry)
        {
            own.HasInboundRetry = false;
            InboundRetryOf(answer, ref own) = _inboundRetries[jobIndex];
        }

        own.HoldsWorker = false;
        own.PendingCalls = 0;
        work.Call = -1;
        work.Inbound = null;
        work.HasInboundRetry = false;
        work.ArrivedNs = -1;
        if (own.Call >= 0)
        {
            _calls[own.Call].Job = answer;
            _calls[own.Call].JobGeneration = _jobs.GenerationOf(answer);
        }

        return answer;
    }

    /// <summary>The application reset the connection.</summary>
    private void ResetByApplication(int jobIndex, ref JobSlot job, PodRuntime pod)
    {
        InboundCluster? cluster = job.Inbound;
        if (cluster is { IsUnlimited: true })
        {
            job.Phase = JobPhase.ResetByApplication;
            InboundReset(jobIndex, ResetReason.ConnectionTermination);
            return;
        }

        if (cluster is null || !job.HasInboundStream)
        {
            if (job.Call < 0)
            {
                _jobs.Return(jobIndex);
                return;
            }

            ResetCaller(jobIndex, ref job, pod, job.ResetReason);
            return;
        }

        job.Phase = JobPhase.ResetByApplication;
        cluster.Pool.Closed(cluster.Pool.ConnectionOf(jobIndex), cluster.Actions);
        RunInbound(cluster, pod);
    }

    /// <summary>The request is over for the server's proxy, because it was answered or because the caller left.
    /// </summary>
    private void LeaveInbound(int jobIndex, ref JobSlot job, PodRuntime pod, bool isAnswered)
    {
        if (job.Inbound is { } cluster)
        {
            if (job.HasInboundStream)
            {
                job.HasInboundStream = false;
                cluster.Pool.StreamDone(jobIndex, isAnswered, cluster.Actions);
                RunInbound(cluster, pod);
            }

            if (job.HasInboundRetry)
            {
                InboundRetryOf(jobIndex, ref job).Release(cluster.Breakers);
            }

            job.Inbound = null;
        }

        if (job.ArrivedNs >= 0)
        {
            EndInbound(ref job, pod, isAnswered ? job.Status : 0, isAnswered ? job.InboundFlags
                : job.InboundFlags.With(ResponseFlag.DownstreamConnectionTermination));
        }
    }

    private void EndInbound(ref JobSlot job, PodRuntime pod, int code, ResponseFlags flags)
    {
        Hops?.InboundEnded(pod, in job, code, flags);
        job.ArrivedNs = -1;
    }

    /// <summary>What the application sends in a call: headers it carries along are the incoming request's.</summary>
    private RequestTemplate TemplateOf(CallPlan plan, RequestTemplate incoming) =>
        plan.CarriesAlong.Count == 0 ? plan.Template : CarryAlong(plan, incoming);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private RequestTemplate CarryAlong(CallPlan plan, RequestTemplate incoming)
    {
        if (_propagated.TryGetValue((plan, incoming.Id), out RequestTemplate? template))
        {
            return template;
        }

        List<KeyValuePair<string, string>> lines =
            [.. plan.Template.Lines.Where(l => !plan.CarriesAlong.Contains(l.Key, StringComparer.Ordinal))];
        int own = lines.Count;
        lines.AddRange(incoming.Lines.Where(l => plan.CarriesAlong.Contains(l.Key, StringComparer.Ordinal)));
        template = lines.Count == own ? plan.Template : plan.Template.With(Resolver.NextTemplate(), lines);
        _propagated.Add((plan, incoming.Id), template);
        return template;
    }
}
