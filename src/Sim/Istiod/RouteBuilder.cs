using Sim.Core;
using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>Turns VirtualServices into routes.</summary>
/// <remarks>Istio: pilot/pkg/networking/core/route/route.go#BuildHTTPRoutesForVirtualService.</remarks>
internal sealed class RouteBuilder(Proxy proxy)
{
    private readonly PushContext _push = proxy.Push;

    /// <summary>Routes of a VirtualService at a listener port; empty when none fits this proxy.</summary>
    public List<Route> Build(VirtualService vs, int listenPort, IReadOnlyCollection<string> gateways)
    {
        var result = new List<Route>();
        foreach (HttpRoute http in vs.Http)
        {
            if (http.Matches.Count == 0)
            {
                result.Add(Translate(vs, http, null, listenPort));
                return result;
            }

            foreach (HttpMatch match in http.Matches)
            {
                if ((match.Port != 0 && match.Port != listenPort) || !SourceMatches(match, gateways))
                {
                    continue;
                }

                Route route = Translate(vs, http, match, listenPort);
                result.Add(route);
                if (RouteMatchBuilder.IsCatchAll(route.Match))
                {
                    return result;
                }
            }
        }

        return result;
    }

    /// <summary>The route of a service without VirtualService.</summary>
    public Route Default(Service service, ServicePort port)
    {
        HashPolicy? hash = HashPolicyBuilder.For(proxy, service, "", port.Port);
        if (hash is not null)
        {
            return Default(service, port, [hash]);
        }

        (string Host, int Port, SourceSpan Origin) key = (service.Hostname, port.Port, service.Origin);
        if (!_push.DefaultRoutes.TryGetValue(key, out Route? route))
        {
            route = Default(service, port, []);
            _push.DefaultRoutes.Add(key, route);
        }

        return route;
    }

    private Route Default(Service service, ServicePort port, IReadOnlyList<HashPolicy> hashes) => new()
    {
        Name = "default",
        Clusters = [new WeightedCluster(ClusterNames.Outbound(service.Hostname, port.Port), 1)],
        RetryPolicy = RetryPolicies.Convert(null, false, _push),
        HashPolicies = hashes,
        Origin = service.Origin,
    };

    /// <summary>Whether a match entry can hold for this proxy at all.</summary>
    /// <remarks>Istio: route.go#sourceMatchHTTP.</remarks>
    public bool SourceMatches(HttpMatch match, IReadOnlyCollection<string> gateways) => match.Gateways.Count > 0
        ? match.Gateways.Any(gateways.Contains)
        : LabelSet.SubsetOf(match.SourceLabels, proxy.Labels)
            && (match.SourceNamespace.Length == 0 || match.SourceNamespace == proxy.Namespace);

    private Route Translate(VirtualService vs, HttpRoute http, HttpMatch? match, int listenPort)
    {
        (HeaderOperations headers, string authority) = HeaderOperationsBuilder.Build(http.Headers);
        string semantics = vs.Meta.Annotations.GetValueOrDefault("internal.istio.io/route-semantics", "");
        RouteMatch conditions = RouteMatchBuilder.Build(match, semantics is "ingress" or "gateway");
        string name = match is { Name.Length: > 0 } ? http.Name + "." + match.Name : http.Name;
        var route = new Route
        {
            Name = name,
            Match = conditions,
            Headers = headers,
            VirtualService = vs.Meta.FullName,
            Origin = match is { Origin.IsKnown: true } ? match.Origin : http.Origin,
            Fault = Fault(http.Fault),
            Cors = CorsBuilder.Build(http.Cors, _push.Profile),
        };
        if (http.Redirect is { } redirect)
        {
            return route with { Redirect = Redirect(redirect, listenPort, _push.Profile) };
        }

        return http.DirectResponseStatus != 0
            ? route with
            {
                DirectResponseStatus = http.DirectResponseStatus, DirectResponseBody = http.DirectResponseBody,
            }
            : ApplyDestinations(route, http, listenPort, authority);
    }

    private Route ApplyDestinations(Route route, HttpRoute http, int listenPort, string authority)
    {
        var hashes = new List<HashPolicy>();
        var clusters = new List<WeightedCluster>();
        HeaderOperations headers = route.Headers;
        bool isSingle = http.Route.Count == 1;
        string host = http.Rewrite is { Authority.Length: > 0 } rewrite ? rewrite.Authority : authority;
        foreach (RouteDestination d in http.Route)
        {
            if (!isSingle && d.Weight == 0)
            {
                continue;
            }

            (HeaderOperations own, string ownAuthority) = HeaderOperationsBuilder.Build(d.Headers);
            Service? service = proxy.Scope.Find(d.Destination.Host);
            int port = PortOf(d.Destination, service, listenPort, proxy.IsGateway);
            HashPolicy? hash = HashPolicyBuilder.For(proxy, service, d.Destination.Subset, port);
            if (hash is not null)
            {
                hashes.Add(hash);
            }

            string cluster = ClusterNames.Outbound(d.Destination.Host, port, d.Destination.Subset);
            if (isSingle)
            {
                headers = HeaderOperationsBuilder.Append(headers, own);
                host = host.Length > 0 ? host : ownAuthority;
                clusters.Add(new WeightedCluster(cluster, 1, null, "", d.Destination.Origin));
            }
            else
            {
                clusters.Add(new WeightedCluster(
                    cluster, (uint)d.Weight, d.Headers is null ? null : own, ownAuthority, d.Destination.Origin));
            }
        }

        (string prefix, (string, string)? regex) = Rewrite(http.Rewrite, route.Match);
        return route with
        {
            Clusters = clusters,
            IsWeighted = !isSingle,
            Headers = headers,
            HostRewrite = host,
            PrefixRewrite = prefix,
            RegexRewrite = regex,
            TimeoutNs = http.TimeoutNs ?? 0,
            RetryPolicy = RetryPolicies.Convert(http.Retries, isSingle && hashes.Count > 0, _push),
            HashPolicies = hashes,
            Mirrors = Mirrors(http, listenPort),
        };
    }

    /// <summary>Port of a destination: stated, else (at gateways) the service's only one, else the listener's. A
    /// sidecar looks services up by the listener's port.</summary>
    /// <remarks>Istio: route.go#GetDestinationCluster.</remarks>
    public static int PortOf(Destination d, Service? service, int listenPort, bool isGateway) =>
        d.Port ?? (isGateway && service is { Ports.Count: 1 } ? service.Ports[0].Port : listenPort);

    private static (string Prefix, (string, string)? Regex) Rewrite(HttpRewrite? rewrite, RouteMatch match)
    {
        if (rewrite?.Regex is { } pattern)
        {
            return ("", (pattern, rewrite.Substitution));
        }

        if (rewrite is null || rewrite.Uri.Length == 0)
        {
            return ("", null);
        }

        return match.PathKind == PathMatchKind.Regex ? ("", null) : (rewrite.Uri, null);
    }

    private List<RequestMirror> Mirrors(HttpRoute http, int listenPort)
    {
        var result = new List<RequestMirror>();
        foreach (HttpMirror m in http.Mirrors)
        {
            if (m.Percentage is <= 0)
            {
                continue;
            }

            Service? service = proxy.Scope.Find(m.Destination.Host);
            FractionalPercent fraction = m.Percentage is not { } p ? FractionalPercent.Always
                : m.IsInteger ? new FractionalPercent((uint)p, 100) : Fraction(p);
            result.Add(new RequestMirror(
                ClusterNames.Outbound(
                    m.Destination.Host, PortOf(m.Destination, service, listenPort, proxy.IsGateway),
                    m.Destination.Subset),
                fraction, _push.Profile != IstioProfile.V1_22));
        }

        return result;
    }

    private static FaultConfig? Fault(HttpFault? f)
    {
        if (f is null)
        {
            return null;
        }

        return new FaultConfig
        {
            DelayNs = f.DelayNs ?? 0,
            DelayPercentage = f.DelayNs is null ? default
                : f.DelayPercentage is { } d ? Fraction(d) : new FractionalPercent((uint)f.DelayPercent, 100),
            AbortHttpStatus = f.HasAbort && f.AbortGrpcStatus is null ? f.AbortHttpStatus : 0,
            AbortGrpcStatus = f.HasAbort ? f.AbortGrpcStatus : null,
            AbortPercentage = !f.HasAbort ? default
                : f.AbortPercentage is { } a ? Fraction(a) : default,
        };
    }

    private static FractionalPercent Fraction(double percent) => new((uint)(percent * 10_000), 1_000_000);

    private static RedirectAction? Redirect(HttpRedirect r, int listenPort, IstioProfile profile)
    {
        if (r.RedirectCode is not (0 or 301 or 302 or 303 or 307 or 308))
        {
            return null;
        }

        int? port = r.Port > 0 ? r.Port : null;
        if (r.DerivePort == "FROM_REQUEST_PORT")
        {
            bool isUsual = (listenPort == 80 && r.Scheme is ("" or "http"))
                || (listenPort == 443 && r.Scheme == "https");
            port = isUsual ? null : listenPort;
        }

        return new RedirectAction(r.RedirectCode == 0 ? 301 : r.RedirectCode, r.Authority, r.Uri, r.Scheme, port,
            profile == IstioProfile.V1_31 ? r.PrefixRewrite : "");
    }
}
