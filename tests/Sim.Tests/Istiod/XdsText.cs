using System.Globalization;
using Sim.Xds;

namespace Sim.Tests.Istiod;

/// <summary>Writes compiled or recorded configuration as lines, so that two can be compared.</summary>
internal static class XdsText
{
    public static IEnumerable<string> Endpoints(ClusterLoadAssignment a)
    {
        foreach (LocalityLbEndpoints g in a.Endpoints)
        {
            string endpoints = string.Join(", ", g.Endpoints
                .Select(static e => string.Create(CultureInfo.InvariantCulture,
                    $"{e.Address}:{e.Port} w{e.Weight} {Health(e.HealthStatus)} {e.TlsMode}"))
                .Order(StringComparer.Ordinal));
            string weight = g.Weight?.ToString(CultureInfo.InvariantCulture) ?? "none";
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{a.ClusterName} P{g.Priority} [{g.Locality}] weight {weight}: {endpoints}");
        }

        if (a.Endpoints.Count == 0)
        {
            yield return a.ClusterName + " empty";
        }
    }

    public static string Cluster(ClusterConfig c)
    {
        var parts = new List<string>
        {
            c.Name, c.Type.ToString(), c.LbPolicy.ToString(), "dr=" + c.DestinationRule, "subset=" + c.Subset,
            c.IsExternal ? "external" : "", "connect=" + Number(c.ConnectTimeoutNs),
            "protocol=" + c.Protocol, "streams=" + Number(c.MaxConcurrentStreams),
            "requests=" + Number(c.MaxRequestsPerConnection), "idle=" + Number(c.IdleTimeoutNs),
            "age=" + Number(c.MaxConnectionDurationNs), "keepalive=" + c.TcpKeepalive,
            "panic=" + c.CommonLb.HealthyPanicThreshold.ToString(CultureInfo.InvariantCulture),
            c.CommonLb.LocalityWeighted ? "weighted" : "", "slow=" + c.SlowStart,
            "tls=" + Tls(c), c.Tls.AutoSni ? "auto_sni" : "", c.Tls.AutoSanValidation ? "auto_san" : "",
            c.UpstreamPortOverride > 0 ? "port=" + Number(c.UpstreamPortOverride) : "",
            c.CommonLb.OverrideHostStatuses is { } h ? "override=" + string.Join(',', h) : "",
            "breakers=" + c.CircuitBreakers,
        };
        if (c.LbPolicy == LbPolicy.RingHash)
        {
            parts.Add("ring=" + c.RingHash.MinimumRingSize.ToString(CultureInfo.InvariantCulture));
        }

        if (c.LbPolicy == LbPolicy.Maglev)
        {
            parts.Add("table=" + c.Maglev.TableSize.ToString(CultureInfo.InvariantCulture));
        }

        if (c.OutlierDetection is { } o)
        {
            parts.Add("outlier=" + (o.EnforcingConsecutive5xx == 0 ? o with { Consecutive5xx = 0 } : o));
        }

        return string.Join(" | ", parts.Where(static p => p.Length > 0));
    }

    /// <summary>A socket with the PROXY protocol is recorded as TLS without verification, whatever it wraps.</summary>
    private static string Tls(ClusterConfig c)
    {
        UpstreamTls tls = c.ProxyProtocolVersion == 0 ? c.Tls : new UpstreamTls(UpstreamTlsMode.Simple, "", []);
        return tls.Mode + " " + tls.Sni + " [" + string.Join(' ', tls.SubjectAltNames.Order(StringComparer.Ordinal))
            + "] " + tls.CaCertificates + " " + tls.ClientCertificate;
    }

    public static IEnumerable<string> Routes(RouteConfiguration r)
    {
        foreach (VirtualHost v in r.VirtualHosts)
        {
            string head = r.Name + " " + v.Name;
            string tls = v.RequireTls == TlsRequirement.None ? "" : " tls";
            yield return $"{head}{tls} domains {string.Join(' ', v.Domains.Order(StringComparer.Ordinal))}";
            int i = 0;
            foreach (Route route in v.Routes)
            {
                yield return head + " #" + Number(i++) + " " + Describe(route);
            }
        }
    }

    public static string Describe(Route r)
    {
        RouteMatch m = r.Match;
        var parts = new List<string>
        {
            m.PathKind + " " + m.Path + (m.CaseSensitive ? "" : " nocase"),
            "if=" + string.Join("; ", m.Headers.Select(static h => h.ToString()).Order(StringComparer.Ordinal)),
            "metadata=" + string.Join("; ", m.Metadata.Select(static d =>
                d.Filter + " " + string.Join('.', d.Path) + " " + d.Match + (d.Invert ? " not" : ""))),
            "query=" + string.Join("; ", m.QueryParameters.Select(static h => h.ToString())
                .Order(StringComparer.Ordinal)),
            "vs=" + r.VirtualService,
            (r.IsWeighted ? "weighted " : "to ") + string.Join(", ", r.Clusters.Select(static c =>
                c.Name + "*" + Number(c.Weight) + Headers(c.Headers ?? HeaderOperations.None) + c.HostRewrite)),
            "direct=" + Number(r.DirectResponseStatus) + r.DirectResponseBody,
            "redirect=" + r.Redirect, "timeout=" + Number(r.TimeoutNs), "retry=" + Retry(r.RetryPolicy),
            "prefix=" + r.PrefixRewrite, "regex=" + r.RegexRewrite, "host=" + r.HostRewrite,
            "mirrors=" + string.Join(", ", r.Mirrors), "hash=" + string.Join(", ", r.HashPolicies),
            "headers=" + Headers(r.Headers), "fault=" + Fault(r.Fault), "cors=" + Cors(r.Cors),
        };
        return string.Join(" | ", parts);
    }

    public static string Number(long n) => n.ToString(CultureInfo.InvariantCulture);

    private static string Cors(CorsPolicy? c) => c is null ? ""
        : string.Join(", ", c.AllowOrigins) + $" forward={c.ForwardNotMatchingPreflights} {c.AllowMethods} "
            + $"{c.AllowHeaders} {c.ExposeHeaders} {c.MaxAge} {c.AllowCredentials}";

    private static string Fault(FaultConfig? f)
    {
        if (f is null)
        {
            return "";
        }

        string grpc = f.AbortGrpcStatus?.ToString(CultureInfo.InvariantCulture) ?? "";
        return string.Create(CultureInfo.InvariantCulture,
            $"delay {f.DelayNs} {Share(f.DelayPercentage)} "
                + $"abort {f.AbortHttpStatus}/{grpc} {Share(f.AbortPercentage)}");
    }

    private static string Share(FractionalPercent p) => p.Numerator == 0 ? "never" : p.ToString();

    private static string Retry(RetryPolicy? p) => p is null ? "none"
        : (p with { RetriableStatusCodes = [], RetriableHeaders = [], RetriableRequestHeaders = [], Origin = default })
            .ToString().Replace("RetriableStatusCodes = System.Int32[]", "", StringComparison.Ordinal)
        + string.Join(',', p.RetriableStatusCodes);

    private static string Headers(HeaderOperations h) =>
        h.RequestAdd.Count + h.RequestRemove.Count + h.ResponseAdd.Count + h.ResponseRemove.Count == 0 ? ""
            : "(" + string.Join(',', h.RequestAdd.OrderBy(static x => x.Name, StringComparer.Ordinal)) + " -"
                + string.Join(',', h.RequestRemove.Order(StringComparer.Ordinal)) + " / "
                + string.Join(',', h.ResponseAdd.OrderBy(static x => x.Name, StringComparer.Ordinal)) + " -"
                + string.Join(',', h.ResponseRemove.Order(StringComparer.Ordinal)) + ")";

    private static string Health(EdsHealthStatus h) => h is EdsHealthStatus.Unknown or EdsHealthStatus.Healthy
        ? "healthy" : h.ToString();
}
