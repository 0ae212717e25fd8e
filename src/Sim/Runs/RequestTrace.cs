using System.Globalization;
using System.Text;
using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Runs;

/// <summary>Writes down, step by step, why one request went where it went. Cold: only a traced request comes here.
/// </summary>
/// <remarks>Calls that applications make for the request are branches: their steps stand together, one level deeper,
/// where the call was made, however the calls overlap in time.</remarks>
internal sealed class RequestTrace
{
    /// <summary>Number of the branch of the request itself.</summary>
    public const int Root = 1;

    private readonly List<Branch> _branches = [new Branch(0, 0)];
    private Branch _at;

    public RequestTrace() => _at = _branches[0];

    /// <summary>Steps so far, those of calls where the call was made.</summary>
    public IReadOnlyList<WhyStep> Steps
    {
        get
        {
            var steps = new List<WhyStep>();
            Flatten(_branches[0], steps);
            return steps;
        }
    }

    public string Title { get; private set; } = "";

    public string Conclusion { get; private set; } = "";

    public bool IsComplete { get; private set; }

    /// <summary>What follows belongs to this branch.</summary>
    /// <param name="branch"><see cref="Root"/>, or what <see cref="Call"/> gave.</param>
    public RequestTrace At(int branch)
    {
        _at = _branches[branch - 1];
        return this;
    }

    /// <summary>An application makes a call: its steps get a branch of their own.</summary>
    /// <param name="nowNs">Time.</param>
    /// <param name="template">What is sent.</param>
    /// <param name="together">Calls made at the same time, this one included.</param>
    /// <returns>Number of the branch.</returns>
    public int Call(long nowNs, RequestTemplate template, int together)
    {
        RequestHeaders headers = template.Headers;
        Add("call", $"{headers.Method} http://{headers.Authority}{headers.Path}"
            + (together == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $", one of {together} at a time")),
            template.Span);
        var branch = new Branch(_at.Depth + 1, nowNs);
        _at.Items.Add((default, branch));
        _branches.Add(branch);
        return _branches.Count;
    }

    public void Begin(long nowNs, long id, PodRuntime pod, RequestTemplate template)
    {
        _at.StartNs = nowNs;
        RequestHeaders headers = template.Headers;
        Title = string.Create(CultureInfo.InvariantCulture, $"request r-{id:D6}  t={Seconds(nowNs)}  ")
            + $"{pod.FullName} ({Place(pod)})  {headers.Method} http://{headers.Authority}{headers.Path}";
        if (template.UsageError.Length > 0)
        {
            Add("client", template.UsageError, template.Span);
        }
    }

    public void Routed(ResolvedRoute route, ulong random)
    {
        if (route.Route?.Source is not { } source)
        {
            return;
        }

        string from = source.VirtualService.Length > 0
            ? "VirtualService " + source.VirtualService + (source.Name.Length > 0 ? ", route " + source.Name : "")
            : "no VirtualService for this host -> default route";
        string timeout = route.TimeoutNs > 0 ? ", timeout " + SimDuration.Format(route.TimeoutNs) : ", no timeout";
        string retries = source.RetryPolicy is { NumRetries: > 0 } r
            ? string.Create(CultureInfo.InvariantCulture, $", {r.NumRetries} retries on {r.RetryOn}")
            : ", no retries";
        Add("route", from + timeout + retries, source.Origin);
        if (source.Clusters.Count > 1)
        {
            string weights = string.Join(", ", source.Clusters.Select(
                static c => c.Name + "=" + c.Weight.ToString(CultureInfo.InvariantCulture)));
            long total = source.Clusters.Sum(static c => (long)c.Weight);
            Add("weights", string.Create(
                CultureInfo.InvariantCulture, $"{weights}; random number {random} % {total}"), source.Origin);
        }

        if (route.Cluster is { } cluster)
        {
            string rule = cluster.Config.DestinationRule.Length > 0
                ? "DestinationRule " + cluster.Config.DestinationRule : "no DestinationRule";
            Add("cluster", cluster.Config.Name + "  " + rule + OutlierText(cluster.Config), cluster.Config.Origin);
        }
    }

    public void HostPicked(long nowNs, ref CallSlot call, PodRuntime? pod, HostLink link)
    {
        Priorities(call.Cluster!);
        Ejections(nowNs, call.Cluster!);
        Host host = call.Host!;
        string what = link.Backends is { } b
            ? (!link.IsGateway ? "address of Service " : IsEastWest(pod!, b) ? "east-west gateway, Service "
                : "gateway, Service ") + b.Namespace + "/" + b.Name + " in " + b.Cluster
            : pod is null ? "nothing answers at this address" : pod.FullName + " (" + Place(pod) + ")";
        string eject = (host.Flags & HealthFlags.FailedOutlierCheck) != 0
            ? "  [ejected, but the balancer's lists follow within the 1 s update merge window]" : "";
        Add("host", string.Create(CultureInfo.InvariantCulture,
            $"attempt {call.Attempts} -> {host.Address}, priority {host.Priority}, {what}{eject}"));
        if (call.Attempts == 1 && link.Backends is null
            && (pod is not { IsGateway: true } || pod.Proxy?.ByteListener(link.Port) is null))
        {
            Add("mTLS", MtlsText(link.Outcome, call.Cluster!.Config.Tls), call.Cluster.Config.Tls.Origin);
        }
    }

    private static bool IsEastWest(PodRuntime entry, Backends b) =>
        entry.Proxy?.SniListener(b.Ready[0].Port) is not null;

    public void NoHost(long nowNs, ref CallSlot call)
    {
        Priorities(call.Cluster!);
        Ejections(nowNs, call.Cluster!);
        Add("host", call.Cluster!.Upstream.Hosts.Count == 0
            ? "the cluster has no endpoint at all" : "no host is healthy, and panic routing is off or found none",
            call.Cluster.Config.Origin);
    }

    public void Rbac(PodRuntime server, string text, SourceSpan span) =>
        Add("RBAC", server.FullName + ": " + text, span);

    public void Inbound(
        PodRuntime server, ResetReason reason, RetryDecision decision, int tries, CompiledRetryPolicy? policy,
        uint remaining) =>
        Add("inbound", string.Create(CultureInfo.InvariantCulture,
            $"{server.FullName}: try {tries} at the application ended with {reason.Text()}; ")
            + RetryText(decision, policy, remaining));

    public void Workload(PodRuntime server, string text, SourceSpan span) =>
        Add("workload", server.FullName + ": " + text, span);

    public void Answered(
        long nowNs, ref CallSlot call, ref TryState tries, int status, string details, RetryDecision decision) =>
        Outcome(nowNs, string.Create(CultureInfo.InvariantCulture, $"{status} ({details})"), ref call, ref tries,
            decision, status < 400);

    public void Reset(long nowNs, ref CallSlot call, ref TryState tries, ResetReason reason, RetryDecision decision) =>
        Outcome(nowNs, reason.Text(), ref call, ref tries, decision, false);

    private void Outcome(
        long nowNs, string what, ref CallSlot call, ref TryState tries, RetryDecision decision, bool isServed)
    {
        string retry = RetryText(decision, tries.Retry.Policy, tries.Retry.RetriesRemaining);
        string text = what + " after " + Milliseconds(nowNs - _at.StartNs);
        Add("answer", isServed ? text : text + "; " + retry, call.Route!.Route?.Source.RetryPolicy?.Origin ?? default);
    }

    public void Note(string step, string text, SourceSpan span = default) => Add(step, text, span);

    public void Ended(in EntryOutcome outcome, PodRuntime client, PodRuntime? server)
    {
        IsComplete = true;
        int exit = Dispositions.CurlExit(outcome.Disposition, outcome.Code, client.HasSidecar, outcome.Flags);
        Conclusion = EndText(
            new RequestEnd(outcome.Disposition, outcome.Code, outcome.Flags), server, outcome.EndNs - outcome.StartNs)
            + "  curl exit " + exit.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>A call of an application ended.</summary>
    public void Returned(long nowNs, in RequestEnd end, PodRuntime? server) =>
        Add("end", EndText(end, server, nowNs - _at.StartNs));

    private static string EndText(in RequestEnd end, PodRuntime? server, long tookNs)
    {
        var text = new StringBuilder();
        text.Append(Dispositions.NameOf(end.Disposition)).Append(' ')
            .Append(end.Code.ToString(CultureInfo.InvariantCulture));
        if (end.Flags != "-")
        {
            text.Append(' ').Append(end.Flags);
        }

        bool isNobody = server is null || end.Code == 0;
        return text.Append("  ").Append(isNobody ? "served by nobody" : server!.Region + " (" + server.FullName + ")")
            .Append("  ").Append(Milliseconds(tookNs)).ToString();
    }

    private static string RetryText(RetryDecision decision, CompiledRetryPolicy? policy, uint remaining)
    {
        if (policy is null)
        {
            return "not tried again: the route has no retries";
        }

        RetryPolicy source = policy.Source;
        string codes = source.RetriableStatusCodes.Count == 0 ? ""
            : " (status codes " + string.Join(", ", source.RetriableStatusCodes.Select(
                static c => c.ToString(CultureInfo.InvariantCulture))) + ")";
        string on = source.RetryOn + codes;
        return decision switch
        {
            RetryDecision.Yes => string.Create(CultureInfo.InvariantCulture,
                $"tried again after a back-off: retryOn {on} holds, {remaining} further retries left"),
            RetryDecision.NoRetryLimitExceeded => string.Create(CultureInfo.InvariantCulture,
                $"not tried again: all {policy.NumRetries} retries are used up (URX)"),
            RetryDecision.NoOverflow => "not tried again: the retry breaker is full (UO)",
            _ => $"not tried again: retryOn {on} does not hold",
        };
    }

    /// <summary>Hosts that outlier detection holds out, and until when: a sweep ends an ejection, not a timer.
    /// </summary>
    private void Ejections(long nowNs, ClusterRuntime cluster)
    {
        if (cluster.Outlier is not { } detector || cluster.Config.OutlierDetection is not { } config)
        {
            return;
        }

        foreach (Host host in cluster.Upstream.Hosts)
        {
            if ((host.Flags & HealthFlags.FailedOutlierCheck) == 0 || host.Outlier is not { } state)
            {
                continue;
            }

            long longest = config.MaxEjectionTimeNs ?? Math.Max(300 * SimDuration.Second, config.BaseEjectionTimeNs);
            long end = state.EjectedAtNs + state.JitterNs
                + Math.Min(config.BaseEjectionTimeNs * state.EjectTimeMultiplier, longest);
            long sweep = detector.NextSweepAtNs;
            while (sweep < end)
            {
                sweep += config.IntervalNs;
            }

            Add("ejected", string.Create(CultureInfo.InvariantCulture,
                $"{host.Address} (P{host.Priority}) since {Seconds(state.EjectedAtNs)}, ")
                + string.Create(CultureInfo.InvariantCulture, $"ejection {state.NumEjections}, ")
                + $"until the sweep at {Seconds(sweep)}; now {Seconds(nowNs)}",
                cluster.Config.Origin);
        }
    }

    private static string OutlierText(ClusterConfig config) => config.OutlierDetection is { } o
        ? string.Create(CultureInfo.InvariantCulture,
            $"; outlier detection: {o.Consecutive5xx} consecutive 5xx, ")
            + string.Create(CultureInfo.InvariantCulture,
                $"{SimDuration.Format(o.BaseEjectionTimeNs)} x n, at most {o.MaxEjectionPercent} %")
        : "; no outlier detection";

    /// <summary>What a gateway made of a connection.</summary>
    public void Relayed(string text, HandshakeOutcome? outcome, UpstreamTls tls, SourceSpan span)
    {
        Add("gateway", text, span);
        if (outcome is { } o)
        {
            Add("mTLS", MtlsText(o, tls), tls.Origin);
        }
    }

    /// <summary>What became of a handshake, for people.</summary>
    internal static string MtlsText(HandshakeOutcome outcome, UpstreamTls tls) => outcome switch
    {
        HandshakeOutcome.Mutual => "mutual TLS (" + tls.Mode + "), both sides trust each other",
        HandshakeOutcome.Plaintext => "plaintext: the server sees no identity",
        HandshakeOutcome.PlaintextRefused => "plaintext to a STRICT server: the server closes the connection",
        HandshakeOutcome.ClientRefuses =>
            "the caller's proxy refuses the server's certificate or hears no TLS: a connect failure",
        _ => "the server refuses the caller's certificate: the connection ends after the handshake",
    };

    private static string Place(PodRuntime pod) => pod.Region + (pod.Zone.Length > 0 ? "/" + pod.Zone : "");

    private static string Seconds(long ns) =>
        ((decimal)ns / SimDuration.Second).ToString("0.000", CultureInfo.InvariantCulture) + "s";

    internal static string Milliseconds(long ns) =>
        ((decimal)ns / SimDuration.Millisecond).ToString("0.0", CultureInfo.InvariantCulture) + " ms";

    private static string PriorityText(PriorityExplanation p)
    {
        string places = string.Join(
            ", ", p.Localities.Select(static l => l.Locality.Length == 0 ? "unknown" : l.Locality));
        string panic = p.IsInPanic ? ", panic" : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"P{p.Priority} [{places}] {p.Healthy}/{p.Hosts} healthy, {p.Ejected} ejected{panic} -> {p.HealthyLoad} %");
    }

    private void Priorities(ClusterRuntime cluster)
    {
        LbExplanation e = cluster.Upstream.Explain();
        string text = string.Join("; ", e.Priorities.Where(static p => p.Hosts > 0).Select(PriorityText));
        string reason = e.Priorities.Any(static p => p.IsInPanic)
            ? "; panic: too few healthy hosts, so all hosts of the priority are used"
            : e.Priorities.Count(static p => p.HealthyLoad > 0) > 1
                ? "; a priority takes its share of healthy hosts times the overprovisioning factor, "
                    + "the rest spills over"
                : "";
        text += reason;
        Add("priority", text.Length == 0 ? "no endpoints" : text + (e.HasHeldHealthChange
            ? "; a health change is held by the update merge window" : ""), cluster.Config.Origin);
    }

    private void Add(string step, string text, SourceSpan span = default) =>
        _at.Items.Add((new WhyStep(step, text, span, _at.Depth), null));

    private static void Flatten(Branch branch, List<WhyStep> steps)
    {
        foreach ((WhyStep? step, Branch? call) in branch.Items)
        {
            if (call is not null)
            {
                Flatten(call, steps);
            }
            else
            {
                steps.Add(step!);
            }
        }
    }

    /// <summary>Steps of the request or of one call.</summary>
    private sealed class Branch(int depth, long startNs)
    {
        public int Depth { get; } = depth;

        public long StartNs { get; set; } = startNs;

        /// <summary>Steps, and the branches of calls among them.</summary>
        public List<(WhyStep? Step, Branch? Call)> Items { get; } = [];
    }
}

/// <summary>How a request ended.</summary>
/// <param name="Disposition">How.</param>
/// <param name="Code">Status; 0 = none.</param>
/// <param name="Flags">Flags in the log of the caller's proxy, <c>-</c> = none.</param>
internal readonly record struct RequestEnd(Disposition Disposition, int Code, string Flags);
