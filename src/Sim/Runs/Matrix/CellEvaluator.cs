using System.Globalization;
using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Runs.Matrix;

/// <summary>Finds every way that a request of one caller can take now, and what each comes to: route, hosts of every
/// priority, handshake, the server's policies. Nothing is sent and no time passes.</summary>
/// <remarks>The parts are those that requests go through: <see cref="RouteResolver"/>, <see cref="MtlsHandshake"/>,
/// <see cref="InboundRuntime"/>. Simplified: an application that answers with an error counts as reached; circuit
/// breakers and timeouts are not asked.</remarks>
internal sealed partial class CellEvaluator(RequestLifecycle lifecycle)
{
    private const ulong LastOfAnyShare = 999_999;
    private const ulong Draws = 10_000;

    private readonly List<MatrixOutcome> _found = [];

    /// <summary>The ways of a request, those taken now first.</summary>
    public IReadOnlyList<MatrixOutcome> Of(PodRuntime client, RequestTemplate template)
    {
        _found.Clear();
        Follow(client, template, null);
        return [.. _found.OrderBy(static o => !o.IsTaken).ThenBy(static o => o.Priority)];
    }

    /// <summary>What one proxy does with the request.</summary>
    /// <param name="client">Caller, or a gateway that passes the request on.</param>
    /// <param name="template">Request as it sends it.</param>
    /// <param name="before">The way to the gateway; null for the caller itself.</param>
    private void Follow(PodRuntime client, RequestTemplate template, Way? before)
    {
        foreach (ResolvedRoute route in RoutesOf(client, template, out RequestTrace trace))
        {
            if (route.Immediate is { } reply)
            {
                Add(At(before, Immediate(reply, trace)));
            }
            else if (route.Fault is { } fault && IsAlwaysAborted(fault, template, out int code))
            {
                Add(At(before, new MatrixOutcome(MatrixVerdict.FaultInjected, "", "", 0, true, 1, code, "FI",
                    "fault injection", route.Route!.Source.Origin, "aborted by fault injection")));
            }
            else
            {
                Hosts(client, route, before);
            }
        }
    }

    /// <summary>Common verdict of the ways taken now.</summary>
    public static MatrixVerdict VerdictOf(IReadOnlyList<MatrixOutcome> outcomes)
    {
        MatrixVerdict first = outcomes[0].Verdict;
        return outcomes.All(o => !o.IsTaken || o.Verdict == first) ? first : MatrixVerdict.Mixed;
    }

    private List<ResolvedRoute> RoutesOf(PodRuntime client, RequestTemplate template, out RequestTrace trace)
    {
        trace = new RequestTrace();
        var routes = new List<ResolvedRoute> { lifecycle.Resolver.Resolve(client, template, 0, trace) };
        bool isOnlyOne = routes[0].Immediate is not null && routes[0].Route is null;
        bool isChance = !isOnlyOne && client.Proxy!.Known(template.Id) is null
            && !(routes[0] is { IsTcp: true, Route.Source.Clusters.Count: <= 1 });
        for (ulong i = 1; isChance && i < Draws; i++)
        {
            // Small numbers for shares of a hundred or ten thousand, their hundredfold for shares of a million.
            foreach (ulong draw in (ulong[])[i, i * 100])
            {
                ResolvedRoute route = lifecycle.Resolver.Resolve(client, template, draw, null);
                if (!routes.Exists(r => Same(r, route)))
                {
                    routes.Add(route);
                }
            }
        }

        return routes;
    }

    private static bool Same(ResolvedRoute a, ResolvedRoute b) => ReferenceEquals(a, b)
        || (a.Immediate is not null && a.Immediate == b.Immediate)
        || (a.Cluster is not null && ReferenceEquals(a.Cluster, b.Cluster) && ReferenceEquals(a.Route, b.Route));

    private static bool IsAlwaysAborted(FaultFilter fault, RequestTemplate template, out int code)
    {
        FaultAbortDecision abort = fault.Abort(template.Headers, LastOfAnyShare, 0, false);
        code = abort.IsAbort ? abort.Reply().Code : 0;
        return abort.IsAbort;
    }

    private static MatrixOutcome Immediate(ImmediateReply reply, RequestTrace trace)
    {
        MatrixVerdict verdict = reply.Disposition switch
        {
            Disposition.NameNotResolved => MatrixVerdict.NotResolved,
            Disposition.NoRoute => MatrixVerdict.NoRoute,
            Disposition.NoCluster => MatrixVerdict.NoCluster,
            Disposition.EgressBlocked => MatrixVerdict.EgressBlocked,
            Disposition.Passthrough => MatrixVerdict.Passthrough,
            Disposition.DirectResponse => MatrixVerdict.DirectResponse,
            _ => MatrixVerdict.NotSent,
        };
        WhyStep last = trace.Steps.Count > 0 ? trace.Steps[^1] : new WhyStep("", "");
        string rule = verdict switch
        {
            MatrixVerdict.NotResolved => "DNS",
            MatrixVerdict.NotSent => last.Step,
            MatrixVerdict.EgressBlocked => "REGISTRY_ONLY",
            MatrixVerdict.Passthrough => "no listener or route",
            _ => "route",
        };
        string flags = reply.Flags.ToString();
        return new MatrixOutcome(verdict, "", "", 0, true, 1, reply.Code, flags == "-" ? "" : flags, rule,
            reply.Origin.IsKnown ? reply.Origin : last.Span, last.Text);
    }

    private void Hosts(PodRuntime client, ResolvedRoute route, Way? before, BytesInside? inside = null)
    {
        ClusterRuntime cluster = route.Cluster!;
        IReadOnlyList<Host> hosts = cluster.Upstream.Hosts;
        if (hosts.Count == 0)
        {
            Add(At(before, new MatrixOutcome(MatrixVerdict.NoEndpoint, "", "", 0, true, 1, 503, "UH",
                cluster.Config.Name, cluster.Config.Origin, "the cluster has no endpoint at all")));
            return;
        }

        LbExplanation load = cluster.Upstream.Explain();
        bool hasLoad = load.Priorities.Any(static p => p.HealthyLoad + p.DegradedLoad > 0);
        foreach (Host host in hosts)
        {
            PriorityExplanation priority = load.Priorities[host.Priority];
            bool isEjected = (host.Flags & HealthFlags.FailedOutlierCheck) != 0 && !priority.IsInPanic;
            bool isTaken = !isEjected && (!hasLoad || priority.HealthyLoad + priority.DegradedLoad > 0);
            var way = new Way(client, route, host, isTaken && before?.IsTaken != false, before) { Inside = inside };
            int pod = lifecycle.PodAt(host.Endpoint.Address);
            if (pod >= 0)
            {
                To(way, lifecycle.Pods[pod], host.Endpoint.Port);
            }
            else if (lifecycle.Addresses?.Find(client.Cluster, host.Endpoint.Address, host.Endpoint.Port) is { } b)
            {
                Behind(way, b);
            }
            else
            {
                Add(way.Fails(MatrixVerdict.Unreachable, "", 503, "URX,UF", "address",
                    $"nothing answers at {host.Address}", cluster.Config.Origin));
            }
        }
    }

    /// <summary>A host that is a Service's address: its ready pods, or through gateways to further pods.</summary>
    private void Behind(Way way, Backends backends)
    {
        if (backends.Ready.Count == 0)
        {
            Add(way.Fails(MatrixVerdict.Unreachable, backends.Cluster, 503, "URX,UF", "Service",
                $"Service {backends.Namespace}/{backends.Name} in {backends.Cluster} has no ready pod", backends.Span));
        }

        foreach ((int id, int port) in backends.Ready)
        {
            PodRuntime entry = lifecycle.Pods[id];
            if (entry.Proxy?.SniListener(port) is null || !entry.IsGateway)
            {
                To(way, entry, port, isService: true);
            }
            else if (Through(way, entry, port) is { } cluster)
            {
                foreach (Host host in cluster.Upstream.Hosts)
                {
                    int server = lifecycle.PodAt(host.Endpoint.Address);
                    if (server >= 0)
                    {
                        Reached(way, entry, lifecycle.Pods[server], host.Endpoint.Port);
                    }
                }
            }
        }
    }

    private void To(Way way, PodRuntime server, int port, bool isService = false)
    {
        if (IsUnreachable(way, way.Client, server, isService))
        {
            return;
        }

        if (server.IsGateway)
        {
            ToGateway(way, server, port);
        }
        else
        {
            Reached(way, null, server, port);
        }
    }

    private bool IsUnreachable(Way way, PodRuntime from, PodRuntime to, bool isService)
    {
        Reach reach = lifecycle.ReachOf(from, to);
        if (reach == Reach.Open || (reach == Reach.NoRoute && isService))
        {
            return false;
        }

        string text = reach switch
        {
            Reach.NoRoute => $"network {from.Network} has no way to {to.Network}",
            Reach.Cut => "packets to " + to.FullName + " vanish",
            _ => to.FullName + " refuses connections",
        };
        Add(way.Fails(MatrixVerdict.Unreachable, to.Cluster, 503, "URX,UF", "network", text, default));
        return true;
    }

    /// <summary>The connection reaches a pod: handshake, then policies.</summary>
    private void Reached(Way way, PodRuntime? gateway, PodRuntime server, int port)
    {
        if (gateway is not null && IsUnreachable(way, gateway, server, isService: false))
        {
            return;
        }

        if (way.Inside is not null)
        {
            ReachedInside(way, gateway, server, port);
            return;
        }

        ClusterRuntime cluster = way.Route.Cluster!;
        InboundRuntime? inbound = server.HasSidecar ? server.Proxy?.InboundOf(port) : null;
        HandshakeOutcome handshake = MtlsHandshake.Decide(cluster.Config.Tls, way.Host.Endpoint.TlsMode,
            way.Client.Identity, server.HasSidecar, server.Identity, inbound?.Listener);
        if (handshake is not (HandshakeOutcome.Plaintext or HandshakeOutcome.Mutual))
        {
            Add(AsHeard(way, Refused(way, server, inbound, handshake)));
            return;
        }

        Add(Judged(way, gateway, server, port, inbound, handshake == HandshakeOutcome.Mutual));
    }

    /// <summary>What the policies of the server's port come to.</summary>
    private static MatrixOutcome Judged(
        Way way, PodRuntime? gateway, PodRuntime server, int port, InboundRuntime? inbound, bool byMtls)
    {
        if (inbound is not { Table: { } table, Listener: { } listener })
        {
            return way.Ends(MatrixVerdict.Allowed, server, 200, "no policy", default, server.HasSidecar
                ? "no policy selects this workload" : "no sidecar: nothing is checked");
        }

        int caller = table.CallerOf(
            way.Client, gateway ?? way.Client, way.Route.Cluster!.Config.Tls.Sni, byMtls, server, port);
        RbacVerdict verdict = table.Judge(caller, way.Route.UpstreamTemplate);
        (string text, SourceSpan origin) = RbacExplanation.Of(listener, verdict, way.Client, byMtls);
        bool isToken = verdict.Refusal == Disposition.DeniedJwt;
        return way.Ends(verdict.Allowed ? MatrixVerdict.Allowed : isToken ? MatrixVerdict.Unauthenticated
                : MatrixVerdict.Denied,
            server, verdict.Status, isToken ? "RequestAuthentication" : RbacExplanation.RuleOf(listener, verdict),
            isToken && listener.TokenIssuers.Count > 0 ? listener.TokenIssuers[0].Origin : origin,
            isToken ? verdict.Details : text);
    }

    private static MatrixOutcome Refused(
        Way way, PodRuntime server, InboundRuntime? inbound, HandshakeOutcome handshake)
    {
        UpstreamTls tls = way.Route.Cluster!.Config.Tls;
        ConnectionReport report = ConnectionReport.Of(
            handshake, !way.Route.IsTcp, (int)way.Route.Retry.NumRetries);
        bool isPlain = handshake == HandshakeOutcome.PlaintextRefused;
        bool isForeign = !isPlain && way.Client.Identity?.Root != server.Identity?.Root;
        SourceSpan strict = inbound?.Listener?.MtlsOrigin ?? default;
        bool isByClient = handshake == HandshakeOutcome.ClientRefuses && tls.Origin.IsKnown;
        string rule = isForeign ? "roots " + way.Client.Identity?.Root + " and " + server.Identity?.Root
            : isByClient ? "DestinationRule " + way.Route.Cluster.Config.DestinationRule
            : isPlain ? "PeerAuthentication" : "certificates";
        string text = RequestTrace.MtlsText(handshake, tls);
        MatrixOutcome ends = way.Ends(isPlain ? MatrixVerdict.PlaintextRefused : MatrixVerdict.TlsFailure, server,
            report.Status, rule, isByClient ? tls.Origin : isForeign ? default : strict, text);
        return ends with { Flags = report.Flags };
    }

    private void Add(MatrixOutcome outcome)
    {
        for (int i = 0; i < _found.Count; i++)
        {
            MatrixOutcome known = _found[i];
            if (known with { Pods = 1, Text = outcome.Text } == outcome)
            {
                _found[i] = known with { Pods = known.Pods + 1 };
                return;
            }
        }

        _found.Add(outcome);
    }

    /// <summary>One host of one route.</summary>
    /// <param name="Client">Who connects.</param>
    /// <param name="Route">Route.</param>
    /// <param name="Host">Host.</param>
    /// <param name="IsTaken">Requests take it now.</param>
    /// <param name="Before">The way to the gateway that connects; null where the caller itself does.</param>
    private sealed record Way(PodRuntime Client, ResolvedRoute Route, Host Host, bool IsTaken, Way? Before)
    {
        /// <summary>Priority of the caller's own host.</summary>
        public int Priority => Before?.Priority ?? Host.Priority;

        /// <summary>Gateways so far.</summary>
        public int Gateways => Before is null ? 0 : Before.Gateways + 1;

        /// <summary>A gateway passes bytes on to the host.</summary>
        public bool IsPassedOn => Before is not null && Route.IsTcp;

        /// <summary>The way of the proxy that hears what becomes of the connection.</summary>
        public Way Caller => IsPassedOn ? Before!.Caller : this;

        /// <summary>TLS of the caller inside the bytes that a gateway passes on; null = none.</summary>
        public BytesInside? Inside { get; init; }

        /// <summary>What the caller's proxy says when a gateway that passes its bytes on closes.</summary>
        /// <param name="inside">TLS inside; the caller's own handshake fails with it.</param>
        public ConnectionReport Lost(BytesInside? inside) => ConnectionReport.Of(
            inside is { Bytes.HasOuter: true } && !IsPassedOn ? HandshakeOutcome.ClientRefuses
                : HandshakeOutcome.ServerRefuses, !Caller.Route.IsTcp, (int)Caller.Route.Retry.NumRetries);

        public MatrixOutcome Ends(
            MatrixVerdict verdict, PodRuntime server, int code, string rule, SourceSpan origin, string text) =>
            new(verdict, server.Cluster, server.Namespace + "/" + server.Workload, Priority, IsTaken, 1, code, "",
                rule, origin, text);

        public MatrixOutcome Fails(
            MatrixVerdict verdict, string cluster, int code, string flags, string rule, string text,
            SourceSpan origin) =>
            new(verdict, cluster, "", Priority, IsTaken, 1, Caller.Route.IsTcp ? 0 : code,
                IsPassedOn ? Before!.Lost(Inside).Flags : flags, rule, origin,
                text + string.Create(CultureInfo.InvariantCulture, $" (priority {Host.Priority})"));
    }

    /// <summary>TLS that a gateway passes on.</summary>
    /// <param name="Bytes">What the caller's connection begins with.</param>
    /// <param name="Chain">The gateway's filter chain.</param>
    private sealed record BytesInside(FirstBytes Bytes, ByteWay Chain);
}
