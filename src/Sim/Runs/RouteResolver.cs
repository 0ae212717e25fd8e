using System.Globalization;
using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Runs;

/// <summary>From a request as the application sends it to the route and cluster its proxy chooses: name look-up,
/// listener, virtual host, route, weights.</summary>
/// <param name="profile">Release whose rules apply.</param>
internal sealed class RouteResolver(IstioProfile profile)
{
    private readonly Dictionary<string, NameService> _names = new(StringComparer.Ordinal);
    private const string AltResponse = "x-envoy-upstream-rq-timeout-alt-response";

    private const string Passthrough = "PassthroughCluster";
    private const string BlackHole = "BlackHoleCluster";

    private readonly RouteCache _routes = new(profile);
    private int _templates = ProxyRuntime.FirstLateTemplate;

    /// <summary>Id for a template that is made during the run.</summary>
    public int NextTemplate() => _templates++;

    /// <summary>Sets the names that the pods of a cluster can look up. Clusters without any resolve every
    /// name.</summary>
    /// <returns>Whether they say anything new.</returns>
    public bool SetNames(string cluster, NameService names)
    {
        bool isNew = !_names.TryGetValue(cluster, out NameService? before) || !before.Says(names);
        _names[cluster] = names;
        return isNew;
    }

    /// <summary>Whether something of this world answers at an address and port, asked for by a pod of a cluster.
    /// </summary>
    public Func<string, string, int, bool> IsReachable { get; set; } = static (_, _, _) => false;

    /// <summary>Time, for applications that keep answers.</summary>
    public Func<long> Clock { get; set; } = static () => 0;

    /// <summary>What the DNS of a pod's cluster answers its proxy.</summary>
    public DnsAnswer Ask(PodRuntime pod, string name) => _names.TryGetValue(pod.Cluster, out NameService? names)
        ? names.Ask(name, pod.Namespace) : new DnsAnswer([name], false);

    /// <summary>A name as the pod's application looks it up; null when every name resolves.</summary>
    public NameAnswer? NameOf(PodRuntime pod, string name) =>
        _names.TryGetValue(pod.Cluster, out NameService? names)
            ? names.Resolve(name, pod.Namespace, pod.HasSidecar) : null;

    /// <summary>What the pod's proxy does with the request.</summary>
    /// <param name="pod">Caller.</param>
    /// <param name="template">Request.</param>
    /// <param name="random">The request's random number.</param>
    /// <param name="trace">Takes the explanation; null = nobody asks.</param>
    public ResolvedRoute Resolve(PodRuntime pod, RequestTemplate template, ulong random, RequestTrace? trace)
    {
        ResolvedRoute? known = trace is null ? pod.Proxy?.Known(template.Id) : null;
        return known ?? ResolveSlowly(pod, template, random, trace);
    }

    private ResolvedRoute ResolveSlowly(PodRuntime pod, RequestTemplate template, ulong random, RequestTrace? trace)
    {
        if (template.UsageError.Length > 0)
        {
            trace?.Note("client", template.UsageError, template.Span);
            return Refused(template, new ImmediateReply(0, default, "", Disposition.ClientError));
        }

        if (pod.IsGateway)
        {
            return pod.Proxy?.Snapshot is not { } own
                ? Refused(template, new ImmediateReply(0, default, "", Disposition.ConnectFailed))
                : FindListener(pod, own, template, new Dial("0.0.0.0", false), random, trace);
        }

        var dial = new Dial(template.Host, false);
        if (_names.TryGetValue(pod.Cluster, out NameService? names))
        {
            NameAnswer answer = Look(pod, names, template.Host);
            trace?.Note("DNS", answer.Several is null ? answer.Text : answer.Text + "; the client takes "
                + answer.Address, answer.Span);
            if (answer.Address.Length == 0)
            {
                return Refused(template, new ImmediateReply(0, default, "", Disposition.NameNotResolved));
            }

            dial = new Dial(answer.Address, answer.Several is not null);
        }

        if (trace is not null && pod.Proxy is { DisconnectedSinceNs: >= 0 } cut)
        {
            trace.Note("proxy", "its istiod is away since " + SimDuration.Format(cut.DisconnectedSinceNs)
                + ": configuration of " + SimDuration.Format(cut.ConfiguredAtNs));
        }

        if (trace is not null && pod.Proxy is { Refusal: { } refusal })
        {
            trace.Note("proxy", "it " + refusal.Text, refusal.Origin);
        }

        ProxySnapshot? snapshot = pod.Proxy?.Snapshot;
        if (snapshot is null)
        {
            trace?.Note("proxy", "the sidecar has no configuration yet");
            return Refused(template, new ImmediateReply(0, default, "", Disposition.ConnectFailed));
        }

        return FindListener(pod, snapshot, template, dial, random, trace);
    }

    /// <summary>A look-up of the application: from what it keeps, else anew.</summary>
    private NameAnswer Look(PodRuntime pod, NameService names, string host)
    {
        if (!pod.KeepsNames)
        {
            return Pick(pod, names.Resolve(host, pod.Namespace, pod.HasSidecar));
        }

        long now = Clock();
        if (!pod.Names.TryGetValue(host, out (NameAnswer Answer, long UntilNs) kept) || kept.UntilNs <= now)
        {
            NameAnswer answer = Pick(pod, names.Resolve(host, pod.Namespace, pod.HasSidecar));
            kept = (answer, now + (answer.Address.Length > 0
                ? pod.Application.DnsCacheNs : pod.Application.DnsNegativeCacheNs));
            pod.Names[host] = kept;
        }

        return kept.Answer;
    }

    /// <summary>Of several addresses the client takes the first, and the order is one of chance.</summary>
    /// <remarks>CoreDNS: plugin/loadbalance, policy round_robin, which shuffles.</remarks>
    private static NameAnswer Pick(PodRuntime pod, NameAnswer answer) => answer.Several is not { } several ? answer
        : answer with { Address = several[(int)pod.Streams.Entry.NextBelow((uint)several.Count)] };

    private ResolvedRoute FindListener(
        PodRuntime pod, ProxySnapshot snapshot, RequestTemplate template, Dial dial, ulong random,
        RequestTrace? trace)
    {
        string address = dial.Address;
        OutboundListener? any = null;
        OutboundListener? exact = null;
        foreach (OutboundListener l in snapshot.Outbound)
        {
            if (l.Port == template.Port)
            {
                exact = l.Address == address ? l : exact;
                any = l.Address == "0.0.0.0" ? l : any;
            }
        }

        OutboundListener? listener = exact ?? any;
        string port = template.Port.ToString(CultureInfo.InvariantCulture);
        string name = listener is null ? port
            : pod.IsGateway && listener.ChainOf(template.Host) is { } chain ? chain.RouteConfig : listener.RouteConfig;
        if (listener is { TlsRoutes.Count: > 0 } && !pod.IsGateway && template.Headers.Scheme == "https"
            && listener.ChainOf(template.Host) is { Clusters.Count: > 0 } passing)
        {
            trace?.Note("listener", $"outbound {listener.Address}_{port} -> tcp, server name {template.Host}");
            return Follow(pod, RouteOf(pod, listener, passing, template.Host), template, dial, random, trace,
                passing.Settings);
        }

        if (listener is { RouteConfig.Length: 0, TcpClusters.Count: > 0 })
        {
            trace?.Note("listener", $"outbound {listener.Address}_{port} -> tcp");
            TcpRoute way = listener.TcpRouteFor(address);
            CompiledRoute passed = pod.Proxy!.TcpRouteOf(listener, address, way);
            return Follow(pod, passed, template, pod.IsGateway ? Dial.None : dial, random, trace, way.Settings);
        }

        if (!snapshot.Routes.TryGetValue(name, out RouteConfiguration? routes))
        {
            return PassThrough(pod, snapshot, template, dial, random, trace);
        }

        trace?.Note("listener",
            $"{(pod.IsGateway ? pod.FullName : "outbound")} {listener?.Address ?? "0.0.0.0"}_{port} -> http, "
            + $"route configuration {name}");
        CompiledRouteConfiguration compiled = _routes.Of(routes);
        RouteMatchResult match = compiled.Match(template.Headers, random);
        if (match.IsTlsRedirect)
        {
            trace?.Note("route", "virtual host " + routes.VirtualHosts[match.VirtualHost].Name
                + " sends plaintext to https: 301");
            return Refused(template, new ImmediateReply(301, default, "direct_response", Disposition.DirectResponse));
        }

        if (match.Route is not { } route)
        {
            string host = match.VirtualHost < 0 ? "no virtual host answers to " + template.Headers.Authority
                : "no route of virtual host " + routes.VirtualHosts[match.VirtualHost].Name + " matches";
            trace?.Note("route", host + ": 404 NR");
            return Refused(template, new ImmediateReply(
                404, ResponseFlags.Of(ResponseFlag.NoRouteFound), LocalReply.NoRoute.Details, Disposition.NoRoute));
        }

        trace?.Note("virtual host", routes.VirtualHosts[match.VirtualHost].Name);
        return Follow(pod, route, template, pod.IsGateway ? Dial.None : dial, random, trace, null);
    }

    /// <summary>Where a gateway's port passes a connection on to.</summary>
    /// <param name="gateway">Gateway.</param>
    /// <param name="way">Filter chain that took it.</param>
    /// <param name="template">What is said of it.</param>
    /// <param name="random">The connection's random number.</param>
    /// <param name="trace">Takes the explanation; null = nobody asks.</param>
    public ResolvedRoute ResolveBytes(
        PodRuntime gateway, ByteWay way, RequestTemplate template, ulong random, RequestTrace? trace)
    {
        trace?.Note("listener", string.Create(CultureInfo.InvariantCulture,
            $"{gateway.FullName} {way.Listener.Address}_{way.Listener.Port} -> tcp, ") + way.Text);
        return Follow(gateway, RouteOf(gateway, way.Listener, way.Chain, way.Key), template, Dial.None, random, trace,
            way.Chain.Settings, way.ServerNameInside);
    }

    private static CompiledRoute RouteOf(PodRuntime pod, OutboundListener listener, TlsRoute chain, string key) =>
        pod.Proxy!.TcpRouteOf(listener, "server name " + key, new TcpRoute([], chain.Clusters));

    /// <summary>No listener takes the connection.</summary>
    private ResolvedRoute PassThrough(
        PodRuntime pod, ProxySnapshot snapshot, RequestTemplate template, Dial dial, ulong random, RequestTrace? trace)
    {
        string where = string.Create(CultureInfo.InvariantCulture, $"{dial.Address}:{template.Port}");
        if (snapshot.OutboundCatchAll == BlackHole)
        {
            trace?.Note("listener", $"no listener for {where}: BlackHoleCluster, the connection closes");
            return Refused(template, new ImmediateReply(
                0, ResponseFlags.Of(ResponseFlag.NoHealthyUpstream), "", Disposition.EgressBlocked));
        }

        trace?.Note("listener", pod.HasSidecar
            ? $"no listener for {where}: PassthroughCluster, as if there were no mesh"
            : $"no Service at {where}: the address itself");
        return snapshot.OutboundCatchAll == Passthrough && IsReachable(pod.Cluster, dial.Address, template.Port)
            ? Follow(pod, pod.Proxy!.PassthroughRoute, template, dial, random, trace, TcpProxySettings.Default)
            : Refused(template, new ImmediateReply(0, default, "", Disposition.Passthrough));
    }

    private ResolvedRoute Follow(
        PodRuntime pod, CompiledRoute route, RequestTemplate template, Dial dial, ulong random, RequestTrace? trace,
        TcpProxySettings? tcp, string? inside = null)
    {
        Route source = route.Source;
        int index = source.Clusters.Count == 0 ? -1 : route.Clusters.Pick(random, template.Headers);
        ProxyRuntime proxy = pod.Proxy!;
        if (!proxy.TryGet(template.Id, route, index, out ResolvedRoute? resolved)
            || (resolved!.Address.Length > 0 && resolved.Address != dial.Address))
        {
            resolved = Make(proxy, route, template, index, dial.Address, tcp, inside);
            proxy.Remember(template.Id, route, index, resolved);
        }

        bool isCertain = tcp is null && !dial.IsOneOfSeveral && source.Clusters.Count <= 1
            && !HasFractions(pod, source);
        if (isCertain && !pod.KeepsNames)
        {
            proxy.Remember(template.Id, resolved!);
        }

        trace?.Routed(resolved!, random);
        return resolved!;
    }

    /// <summary>Whether chance has a part in choosing the route: some route of its configuration asks for a share.
    /// </summary>
    private static bool HasFractions(PodRuntime pod, Route chosen)
    {
        foreach (RouteConfiguration c in pod.Proxy!.Snapshot!.Routes.Values)
        {
            foreach (VirtualHost h in c.VirtualHosts)
            {
                if (h.Routes.Any(r => ReferenceEquals(r, chosen))
                    && h.Routes.Any(static r => r.Match.RuntimeFraction is not null))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private ResolvedRoute Make(
        ProxyRuntime proxy, CompiledRoute route, RequestTemplate template, int index, string address,
        TcpProxySettings? tcp, string? inside)
    {
        Route source = route.Source;
        if (source.DirectResponseStatus > 0 || source.Redirect is not null)
        {
            int code = source.Redirect?.Code ?? source.DirectResponseStatus;
            bool isBlocked = source.DirectResponseStatus == 502 && source.VirtualService.Length == 0;
            return Refused(template, new ImmediateReply(code, default, "direct_response",
                isBlocked ? Disposition.EgressBlocked : Disposition.DirectResponse, source.Origin), route);
        }

        string name = source.Clusters[index].Name;
        if (route.Cors is { } cors && cors.Answers(template.Headers))
        {
            return Answered(route, template, name);
        }

        if (name == Passthrough && !IsReachable(proxy.Pod.Cluster, address, template.Port))
        {
            return Refused(template, new ImmediateReply(0, default, "", Disposition.Passthrough, source.Origin), route);
        }

        ClusterRuntime? cluster = proxy.ClusterOf(name);
        if (cluster is null)
        {
            return Refused(template, new ImmediateReply(
                source.ClusterNotFoundStatus, ResponseFlags.Of(ResponseFlag.NoClusterFound),
                LocalReply.NoCluster.Details, Disposition.NoCluster, source.Origin), route);
        }

        RequestTimeouts timeouts = RequestTimeouts.Of(
            source.MaxStreamDurationNs is null ? source.TimeoutNs : 0, source.RetryPolicy?.PerTryTimeoutNs ?? 0,
            source.MaxStreamDurationNs is null ? source.MaxGrpcTimeoutNs : null, template.Headers,
            proxy.Pod.TrustsEnvoyHeaders);
        bool isTrusted = proxy.Pod.TrustsEnvoyHeaders;
        CompiledRetryPolicy retry = route.RetryPolicy.For(template.Headers, isTrusted);
        bool abandons = retry.IsActive && template.BodyBytes > source.RequestBufferBytes;
        RequestTemplate sent = Rewritten(route, source.Clusters[index], template);
        bool isOriginal = cluster.Config.Type == DiscoveryType.OriginalDst;
        return new ResolvedRoute
        {
            Cluster = cluster,
            Address = isOriginal ? address : "",
            Original = isOriginal ? OriginalDestination(cluster.Config, address, template.Port) : null,
            Route = route,
            IsTcp = tcp is not null,
            Pool = PoolOf(cluster.Config.Protocol, source, template, tcp is not null),
            IsHighPriority = source.HighPriority,
            IdleNs = tcp is null ? source.IdleTimeoutNs : tcp.IdleTimeoutNs ?? SimDuration.Hour,
            TimeoutStatus = isTrusted && template.Headers.Headers.FirstLine(AltResponse) is not null ? 204
                : LocalReply.RouteTimeout.Code,
            TimeoutNs = timeouts.GlobalNs,
            PerTryTimeoutNs = timeouts.PerTryNs,
            PerTryIdleNs = source.RetryPolicy?.PerTryIdleTimeoutNs ?? 0,
            StreamDurationNs = tcp is null ? StreamDuration(source, template) : tcp.MaxConnectionDurationNs ?? 0,
            Hash = tcp is null ? HashOf(proxy.Pod, source, template)
                : tcp.HashesSourceAddress ? XxHash64.Of(proxy.Pod.Ip) : null,
            Retry = abandons ? CompiledRetryPolicy.None : retry,
            AbandonsRetries = abandons,
            Fault = route.Fault is { } fault && fault.Applies(template.Headers, name) ? fault : null,
            ServerName = tcp is not null
                ? inside ?? InsideOf(proxy.Pod, template)
                : cluster.Config.Tls.AutoSni ? ServerName(sent.Headers.Authority) : "",
            UpstreamTemplate = sent,
        };
    }

    /// <summary>Server name of the TLS that an application speaks itself. Callers from outside have no proxy: theirs is
    /// that of their cluster.</summary>
    private static string InsideOf(PodRuntime pod, RequestTemplate template) =>
        template.Headers.Scheme == "https" && pod.Cluster != OutsideCallers.Cluster ? template.Host : "";

    /// <summary>The host of a request as a server name; addresses are none.</summary>
    /// <remarks>Envoy: source/common/router/router.cc#Filter::decodeHeaders (auto_sni).</remarks>
    private static string ServerName(string? authority)
    {
        if (string.IsNullOrEmpty(authority))
        {
            return "";
        }

        int colon = authority.LastIndexOf(':');
        bool hasPort = colon > 0 && authority.IndexOf(':', StringComparison.Ordinal) == colon;
        string host = hasPort ? authority[..colon] : authority;
        return host.StartsWith('[') || System.Net.IPAddress.TryParse(host, out _) ? "" : host;
    }

    /// <summary>Host of an ORIGINAL_DST cluster: where the application connected to. A name that nothing resolves is no
    /// address.</summary>
    /// <remarks>Envoy: source/extensions/clusters/original_dst/original_dst_cluster.cc#LoadBalancer::chooseHost.
    /// </remarks>
    private static LbEndpoint? OriginalDestination(ClusterConfig config, string address, int port) =>
        !System.Net.IPAddress.TryParse(address, out _) ? null : new LbEndpoint
        {
            Address = address, Port = config.UpstreamPortOverride > 0 ? config.UpstreamPortOverride : port,
        };

    /// <summary>A preflight request: the caller's proxy answers it, behind its fault filter.</summary>
    private static ResolvedRoute Answered(CompiledRoute route, RequestTemplate template, string cluster) => new()
    {
        Preflight = new ImmediateReply(200, default, CorsFilter.Details, Disposition.DirectResponse),
        Route = route,
        Fault = route.Fault is { } fault && fault.Applies(template.Headers, cluster) ? fault : null,
        UpstreamTemplate = template,
    };

    private static PoolKind PoolOf(UpstreamProtocol protocol, Route source, RequestTemplate template, bool isTcp) =>
        isTcp ? PoolKind.Tcp
        : IsHttp2(protocol, template) ? source.HighPriority ? PoolKind.Http2High : PoolKind.Http2
        : source.HighPriority ? PoolKind.Http1High : PoolKind.Http1;

    /// <summary>Whether the proxy speaks HTTP/2 to the cluster. A client that calls by gRPC, or says so, speaks it to
    /// its proxy.</summary>
    private static bool IsHttp2(UpstreamProtocol protocol, RequestTemplate template) => protocol switch
    {
        UpstreamProtocol.Http2 => true,
        UpstreamProtocol.UseDownstream => template.IsHttp2 || template.Headers.IsGrpc,
        _ => false,
    };

    /// <summary>Longest life of a stream. A gRPC request may ask for a shorter one where the route bounds it.</summary>
    private static long StreamDuration(Route source, RequestTemplate template)
    {
        long longest = source.MaxStreamDurationNs ?? 0;
        if (source.MaxStreamDurationNs is null || source.MaxGrpcTimeoutNs is not { } cap || !template.Headers.IsGrpc)
        {
            return longest;
        }

        long told = RequestTimeouts.GrpcTimeoutNs(template.Headers.Headers.FirstLine("grpc-timeout"));
        return told == 0 ? longest : cap > 0 ? Math.Min(told, cap) : told;
    }

    /// <summary>Hash of the route's policies. Simplified: an application sends everything from one address and port,
    /// and sends back no cookie that a proxy gave it.</summary>
    private static ulong? HashOf(PodRuntime pod, Route source, RequestTemplate template) =>
        source.HashPolicies.Count == 0 ? null
            : new HashPolicies(source.HashPolicies).Compute(template.Headers, pod.Ip + ":0", "").Hash;

    /// <summary>The request as the server sees it: path, host and headers changed by the route.</summary>
    private RequestTemplate Rewritten(CompiledRoute route, WeightedCluster cluster, RequestTemplate template)
    {
        Route source = route.Source;
        string host = cluster.HostRewrite.Length > 0 ? cluster.HostRewrite : source.HostRewrite;
        HeaderOperations own = cluster.Headers ?? HeaderOperations.None;
        bool isPlain = !route.Rewrite.IsActive && host.Length == 0 && source.Headers.RequestAdd.Count == 0
            && source.Headers.RequestRemove.Count == 0 && own.RequestAdd.Count == 0 && own.RequestRemove.Count == 0;
        if (isPlain)
        {
            return template;
        }

        RequestHeaders sent = template.Headers;
        var lines = template.Lines.ToList();
        foreach (HeaderOperations operations in (HeaderOperations[])[source.Headers, own])
        {
            lines.RemoveAll(l => operations.RequestRemove.Contains(l.Key, StringComparer.OrdinalIgnoreCase));
            foreach (HeaderValueOption option in operations.RequestAdd)
            {
                if (!option.Append)
                {
                    lines.RemoveAll(l => l.Key.Equals(option.Name, StringComparison.OrdinalIgnoreCase));
                }

                lines.Add(new(option.Name.ToLowerInvariant(), option.Value));
            }
        }

        int id = NextTemplate();
        var headers = new RequestHeaders(
            sent.Method, host.Length > 0 ? host : sent.Authority,
            sent.Path is null ? null : route.Rewrite.Apply(sent.Path), lines);
        return new RequestTemplate(id, template.Host, template.Port, headers) 
        {
            Service = template.Service, Lines = lines, IsHttp2 = template.IsHttp2, BodyBytes = template.BodyBytes,
        };
    }

    private static ResolvedRoute Refused(RequestTemplate template, ImmediateReply reply, CompiledRoute? route = null) =>
        new() { Immediate = reply, Route = route, UpstreamTemplate = template };

    /// <summary>What the client connects to.</summary>
    /// <param name="Address">Address, or the name where every name resolves.</param>
    /// <param name="IsOneOfSeveral">Another request may take another one.</param>
    private readonly record struct Dial(string Address, bool IsOneOfSeveral)
    {
        /// <summary>Nothing: a gateway's caller connected to the gateway.</summary>
        public static Dial None { get; } = new("", false);
    }
}
