using Sim.Core;
using Sim.Envoy;

namespace Sim.Runs;

/// <content>Injected delays and aborts, cut links, frozen pods.</content>
internal sealed partial class RequestLifecycle
{
    /// <summary>The fault filter: a delay first, then the abort. Both draws are independent; the router, its timers
    /// and the detector see neither.</summary>
    /// <returns>True when the request goes no further for now.</returns>
    private bool InjectFault(int index, ref CallSlot call, FaultFilter fault)
    {
        RngStream stream = _pods[call.ClientPod].Streams.Fault;
        long delay = fault.Delay(call.Template.Headers, stream.NextUInt64(), 0);
        if (delay > 0)
        {
            call.Phase = CallPhase.Delayed;
            call.Flags = call.Flags.With(ResponseFlag.DelayInjected);
            if (call.Traced)
            {
                Trace!.At(call.Branch).Note(
                    "fault", "delayed by " + SimDuration.Format(delay), call.Route!.Route!.Source.Origin);
            }

            Schedule(EventKind.DelayOver, Now + delay, index, _calls.GenerationOf(index));
            return true;
        }

        return AbortByFault(index, ref call, fault, false);
    }

    private void AfterDelay(int index)
    {
        ref CallSlot call = ref _calls[index];
        if (!AbortByFault(index, ref call, call.Route!.Fault!, true))
        {
            SendUpstream(index);
        }
    }

    private bool AbortByFault(int index, ref CallSlot call, FaultFilter fault, bool isDelayed)
    {
        ulong random = _pods[call.ClientPod].Streams.Fault.NextUInt64();
        FaultAbortDecision abort = fault.Abort(call.Template.Headers, random, 0, isDelayed);
        if (!abort.IsAbort)
        {
            return false;
        }

        LocalReply reply = abort.Reply();
        EndCall(index, reply.Code, call.Flags.With(ResponseFlag.FaultInjected), reply.Details,
            Disposition.FaultInjected);
        return true;
    }

    /// <summary>Frozen pods and cut links; with none, no packet is lost.</summary>
    private int _cuts;

    /// <summary>Some pod was frozen once: connections may be dead.</summary>
    private bool _hasFrozen;

    /// <summary>Packets from one pod to the other vanish.</summary>
    private bool IsCut(PodRuntime from, PodRuntime to) => _cuts > 0 && IsCutNow(from, to);

    private bool IsCutNow(PodRuntime from, PodRuntime to) =>
        from.IsBlackHole || to.IsBlackHole || _latency.Between(from.Place, to.Place).Drops > 0;

    /// <summary>Connections from one pod to the other are refused by the network.</summary>
    private bool IsRejected(PodRuntime from, PodRuntime to) => _latency.Between(from.Place, to.Place).Rejects > 0;

    /// <summary>Freezes a pod: what is open stays open and never answers again.</summary>
    public void Freeze(PodRuntime pod)
    {
        pod.BlackHoleFaults++;
        _cuts++;
        _hasFrozen = true;
        for (int i = 0; i < _connections.Extent; i++)
        {
            if (_connections.Exists(i) && _connections.StateOf(i) != PoolConnectionState.Connecting
                && Touches(in _ends[i], pod.Id))
            {
                _ends[i].IsDead = true;
            }
        }
    }

    /// <summary>Ends one freeze: the pod accepts connections again.</summary>
    public void Thaw(PodRuntime pod)
    {
        pod.BlackHoleFaults--;
        _cuts--;
    }

    /// <summary>Refuses connections to a pod and resets those that are open; what it worked on is lost.</summary>
    public void Refuse(PodRuntime pod) => Refuse(pod, keepsWork: false);

    /// <summary>Refuses connections to a pod and resets those that are open.</summary>
    /// <param name="pod">Pod.</param>
    /// <param name="keepsWork">The application goes on with what it has begun.</param>
    public void Refuse(PodRuntime pod, bool keepsWork)
    {
        pod.RefuseFaults++;
        ResetConnectionsTo(pod, keepsWork);
    }

    /// <summary>Ends one refusal.</summary>
    public void Accept(PodRuntime pod) => pod.RefuseFaults--;

    /// <summary>Cuts every link between two sets of places, one way or both.</summary>
    public void CutLinks(IReadOnlyList<int> from, IReadOnlyList<int> to, bool rejects, int change)
    {
        foreach (int a in from)
        {
            foreach (int b in to)
            {
                ref PlaceLink link = ref _latency.Between(a, b);
                if (rejects)
                {
                    link.Rejects += change;
                }
                else
                {
                    link.Drops += change;
                    _cuts += change;
                }
            }
        }

        if (rejects && change > 0)
        {
            ResetCutConnections(from, to);
        }
    }

    private void ResetCutConnections(IReadOnlyList<int> from, IReadOnlyList<int> to)
    {
        for (int i = 0; i < _calls.Extent; i++)
        {
            if (!_calls.IsRented(i) || _calls[i].Phase != CallPhase.Sent)
            {
                continue;
            }

            PodRuntime client = _pods[_calls[i].ClientPod];
            if (Crosses(client, in _ends[_calls[i].Connection], from, to))
            {
                Schedule(EventKind.StreamReset, Now, i, AttemptKey(i, _calls[i].Attempts));
            }
        }

        foreach (HostLink link in _links)
        {
            if (link.Pod >= 0 && from.Contains(link.Cluster.Proxy.Pod.Place) && to.Contains(_pods[link.Pod].Place))
            {
                CloseIdle(link);
            }
            else if (link.Backends is not null)
            {
                CloseIdleAcross(link, from, to);
            }
        }
    }
}
