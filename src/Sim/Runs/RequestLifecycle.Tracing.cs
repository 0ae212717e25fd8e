using System.Globalization;
using Sim.Core;
using Sim.Envoy;

namespace Sim.Runs;

/// <content>What the explained request is told of. Cold.</content>
internal sealed partial class RequestLifecycle
{
    private static bool IsTraced(ref JobSlot job) => job.Branch > 0 && job.Call >= 0;

    /// <summary>Every worker of the application is busy: the request waits, or is refused.</summary>
    private void TraceLine(ref JobSlot job, PodRuntime pod)
    {
        string busy = pod.Workers == 1 ? "its worker is busy"
            : string.Create(CultureInfo.InvariantCulture, $"all {pod.Workers} workers are busy");
        string line = pod.QueuePlaces == 1 ? "the one place in line is taken"
            : string.Create(CultureInfo.InvariantCulture, $"all {pod.QueuePlaces} places in line are taken");
        string text = pod.Waiting.Count >= pod.QueuePlaces ? $"{busy} and {line}: answers 503"
            : string.Create(CultureInfo.InvariantCulture, $"{busy}: waits behind {pod.Waiting.Count} others");
        Trace!.At(job.Branch).Workload(pod, text, pod.Application.Span);
    }

    /// <summary>The application begins with the request: said when it fails or is slowed down.</summary>
    private void TraceWork(ref JobSlot job, PodRuntime pod, long time)
    {
        RequestTrace trace = Trace!.At(job.Branch);
        if (job.WillReset)
        {
            trace.Workload(pod, "resets the connection instead of answering", pod.Application.Span);
        }
        else if (job.Status != 0)
        {
            StatusFault? fault = pod.AnswersStatus && pod.StatusFaults[0].Status == job.Status
                ? pod.StatusFaults[0] : null;
            string why = fault is null ? "one of its errors in normal times" : "fault " + fault.Name;
            trace.Workload(pod, string.Create(CultureInfo.InvariantCulture, $"answers {job.Status}: {why}"),
                fault?.Span ?? pod.Application.Span);
        }

        if (pod.IsSlow)
        {
            SlowFault slow = pod.SlowFaults[0];
            trace.Workload(pod, "works for " + RequestTrace.Milliseconds(time) + ", slowed down by fault " + slow.Name,
                slow.Span);
        }
    }

    /// <summary>A call of the application failed, and with it the request it was made for.</summary>
    private void TraceFailure(ref JobSlot job, PodRuntime pod)
    {
        ApplicationPlan plan = pod.Application;
        RequestTemplate failed = plan.Calls[job.FirstFailure].Template;
        string rule = plan.OnCallError == CallErrorAction.Forward ? "onCallError: forward"
            : string.Create(CultureInfo.InvariantCulture, $"onCallError: respond {plan.OnCallErrorStatus}");
        Trace!.At(job.Branch).Workload(pod, string.Create(CultureInfo.InvariantCulture,
            $"answers {job.Status}, because its call to {failed.Headers.Authority} failed ({rule})"), plan.Span);
    }

    /// <summary>A call of an application ended.</summary>
    private void TraceReturn(ref CallSlot call, int code, ResponseFlags flags, Disposition disposition)
    {
        int server = ServerOf(ref call);
        Trace!.At(call.Branch).Returned(
            Now, new RequestEnd(disposition, code, flags.ToString()), server < 0 ? null : _pods[server]);
    }

    /// <summary>Tells the traced request what a gateway made of the connection it waits for.</summary>
    private void TraceRelay(HostLink link, int id, HandshakeOutcome outcome)
    {
        if (Trace is not null && BranchThatWaitsFor(link) is > 0 and int branch)
        {
            ref RelaySlot relay = ref _relays[id];
            Trace.At(branch).Relayed(TextOf(in relay), relay.Phase == RelayPhase.Open ? outcome : null,
                link.Cluster.Config.Tls, relay.Cluster?.Config.Origin ?? default);
        }
    }

    private int BranchThatWaitsFor(HostLink link)
    {
        for (int i = 0; i < _calls.Extent; i++)
        {
            if (_calls.IsRented(i) && _calls[i].Traced && ReferenceEquals(_calls[i].Host, link.Host)
                && _calls[i].Phase == CallPhase.Pending)
            {
                return _calls[i].Branch;
            }
        }

        return 0;
    }

    /// <summary>Tells the traced request which way its connection takes.</summary>
    private void TracePath(int branch, in ConnectionSlot connection)
    {
        ref RelaySlot relay = ref _relays[connection.Relay];
        if (relay.IsTunnel && relay.Phase != RelayPhase.Open)
        {
            return;
        }

        PodRuntime server = _pods[connection.Peer];
        string opened = (relay.StartNs / 1e9).ToString("F3", CultureInfo.InvariantCulture);
        Trace!.At(branch).Note("path", $"opened at {opened}s through {_pods[relay.Gateway].FullName} to "
            + $"{server.FullName} ({server.Region}): the connection stays with this pod for life");
    }

    private string TextOf(in RelaySlot relay)
    {
        string gateway = _pods[relay.Gateway].FullName;
        string name = relay.Sni.Length == 0 ? "a connection without server name" : relay.Sni;
        if (relay.Cluster is null)
        {
            return $"{gateway} has no filter chain for {name}: NR, it closes the connection";
        }

        if (relay.Host is null)
        {
            return (relay.Flags.Has(ResponseFlag.UpstreamOverflow) ? $"{gateway}: {name} has no connection left: UO"
                : $"{gateway}: {name} has no healthy host: UH") + ", it closes the connection";
        }

        return relay.Phase == RelayPhase.Open ? $"{gateway}: {name} -> {relay.Host.Address}, chosen by its own balancer"
            : $"{gateway}: {name} -> {relay.Host.Address}, which cannot be reached: UF, it closes the connection";
    }
}
