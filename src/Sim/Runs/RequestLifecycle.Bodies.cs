using System.Runtime.CompilerServices;
using Sim.Envoy;

namespace Sim.Runs;

/// <content>Answers that come in pieces: between the headers and the end much can still go wrong, but nothing is tried
/// again.</content>
/// <remarks>Envoy: source/common/router/router.cc#Filter::onUpstreamReset, #onResponseTimeout, #onUpstreamAbort,
/// #onStreamMaxDurationReached once the response has started; held to oracle/envoy-request.</remarks>
internal sealed partial class RequestLifecycle
{
    private readonly Dictionary<int, AnswerBody> _answerBodies = [];
    private readonly Dictionary<int, Receiving> _receiving = [];

    // Calls whose server says with its reset that it takes no further request on the connection (GOAWAY).
    private readonly HashSet<int> _leaving = [];

    /// <summary>What a server was going to send after the headers of its answer; null = nothing.</summary>
    private AnswerBody? TakeBody(int job) => _answerBodies.Remove(job, out AnswerBody? body) ? body : null;

    /// <summary>The answer goes to the caller, its end is still to come.</summary>
    /// <returns>False when the answer is complete, or is given up for another try.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool BeginBody(int index, ref CallSlot call, int status, RetryDecision decision, AnswerBody body)
    {
        if (body.ClosesConnection && decision != RetryDecision.Yes)
        {
            // The connection closes with its last stream.
            PoolOf(LinkOf(call.Host!), call.Route!).GoAway(call.Connection, _poolActions);
            FollowPools();
            call = ref _calls[index];
        }

        if (decision == RetryDecision.Yes || body.Pieces == 0)
        {
            return false;
        }

        call.Flags = call.Flags.With(FlagOf(decision));
        call.Phase = CallPhase.Receiving;
        _receiving[index] = new Receiving(status, body, body.Pieces, Now);
        Schedule(EventKind.BodyPiece, Now + body.GapNs, index, AttemptKey(index, call.Attempts));
        return true;
    }

    /// <summary>Forgets what was to come of an answer.</summary>
    private void ForgetBody(int index)
    {
        if (_receiving.Count + _leaving.Count > 0)
        {
            _receiving.Remove(index);
            _leaving.Remove(index);
        }
    }

    private void OnStreamEvent(EventKind kind, int call, uint key)
    {
        switch (kind)
        {
            case EventKind.BodyPiece when IsAttempt(call, key):
                OnBodyPiece(call);
                break;
            case EventKind.UpstreamDuration when IsAttempt(call, key):
                OnUpstreamDuration(call);
                break;
            case EventKind.StreamIdle when _calls.IsAlive(call, key):
                OnSilence(call, kind);
                break;
            default:
                break;
        }
    }

    private void OnBodyPiece(int index)
    {
        ref CallSlot call = ref _calls[index];
        if (call.Phase != CallPhase.Receiving)
        {
            return;
        }

        Receiving state = _receiving[index];
        if (state.Left > 1)
        {
            _receiving[index] = state with { Left = state.Left - 1, MovedNs = Now };
            Schedule(EventKind.BodyPiece, Now + state.Body.GapNs, index, AttemptKey(index, call.Attempts));
            return;
        }

        if (state.Body.Break != ResetReason.None)
        {
            BreakBody(index, state.Body.Break);
            return;
        }

        _receiving.Remove(index);
        EndStream(index, ref call, ResetReason.None);
        EndCall(index, state.Status, _calls[index].Flags, "via_upstream",
            state.Status >= 500 ? Disposition.UpstreamError : Disposition.Served, isAnswer: true);
    }

    /// <summary>The stream was lost after its headers: the caller keeps the status and gets a part of the body.
    /// </summary>
    private void BreakBody(int index, ResetReason reason)
    {
        ref CallSlot call = ref _calls[index];
        int status = CodeSoFar(index, 0);
        ClusterRuntime cluster = call.Cluster!;
        Host host = call.Host!;
        EndStream(index, ref call, reason);
        if (reason.OutlierReport() is { } report)
        {
            Report(cluster, host, report, 0);
        }

        EndCall(index, status, _calls[index].Flags.With(reason.Flag()), LocalReply.UpstreamResetAfterHeaders(reason),
            DispositionOf(reason));
    }

    /// <summary>Status of the answer that has begun, or what stands for none.</summary>
    private int CodeSoFar(int index, int otherwise) =>
        _calls[index].Phase == CallPhase.Receiving && _receiving.Remove(index, out Receiving? state)
            ? state.Status : otherwise;

    /// <summary>Perhaps nothing has moved for as long as the route or its tries allow.</summary>
    private void OnSilence(int index, EventKind kind)
    {
        ref CallSlot call = ref _calls[index];
        ResolvedRoute route = call.Route!;
        long limit = kind == EventKind.StreamIdle ? route.IdleNs : route.PerTryIdleNs;
        if (call.Phase == CallPhase.Receiving && _receiving[index].MovedNs + limit > Now)
        {
            Schedule(kind, _receiving[index].MovedNs + limit, index, kind == EventKind.StreamIdle
                ? _calls.GenerationOf(index) : AttemptKey(index, call.Attempts));
            return;
        }

        LocalReply reply = kind == EventKind.StreamIdle ? LocalReply.StreamIdle : LocalReply.PerTryIdleTimeout;
        call.Cluster!.Breakers.Counters.RqPerTryIdleTimeout += kind == EventKind.StreamIdle ? 0 : 1;
        int code = CodeSoFar(index, reply.Code);
        AbandonAttempt(index);
        ResponseFlags flags = route.IsTcp ? _calls[index].Flags : _calls[index].Flags.With(reply.Flag);
        EndCall(index, code, flags, reply.Details, Disposition.Timeout);
    }

    /// <summary>A try has lived as long as the cluster allows.</summary>
    private void OnUpstreamDuration(int index)
    {
        ref CallSlot call = ref _calls[index];
        if (!IsOnConnection(call.Phase))
        {
            return;
        }

        call.Cluster!.Breakers.Counters.RqMaxDurationReached++;
        LocalReply reply = LocalReply.UpstreamMaxStreamDuration;
        bool isReceiving = call.Phase == CallPhase.Receiving;
        int code = CodeSoFar(index, reply.Code);
        AbandonAttempt(index);
        call = ref _calls[index];
        RetryDecision decision = RetryDecision.No;
        if (!isReceiving)
        {
            ref TryState tries = ref TriesOf(index, ref call);
            decision = tries.Retry.OnReset(ResetReason.LocalReset, true, call.Cluster!.Breakers);
            if (decision == RetryDecision.Yes)
            {
                StartBackoff(index, ref call);
                return;
            }
        }

        EndCall(index, code, call.Flags.With(FlagOf(decision)).With(reply.Flag), reply.Details, Disposition.Timeout);
    }

    /// <summary>The cluster's endpoints came with an order to drop a share of the requests.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool IsDropped(int index, ref CallSlot call)
    {
        double share = call.Cluster!.Upstream.DropOverloadPercent / 100;
        if (share < 1 && _pods[call.ClientPod].Streams.Fault.NextDouble() >= share)
        {
            return false;
        }

        LocalReply reply = share < 1 ? LocalReply.DropOverload : LocalReply.UnconditionalDropOverload;
        EndCall(index, reply.Code, call.Flags.With(reply.Flag), reply.Details, Disposition.Overflow);
        return true;
    }

    /// <summary>An answer of which more is to come.</summary>
    /// <param name="Status">Status that was sent.</param>
    /// <param name="Body">What follows.</param>
    /// <param name="Left">Pieces left.</param>
    /// <param name="MovedNs">When something last moved.</param>
    private sealed record Receiving(int Status, AnswerBody Body, int Left, long MovedNs);
}
