using Sim.Core;
using M = Sim.Manifests;

namespace Sim.Mesh;

/// <summary>Reads VirtualServices; names are completed.</summary>
/// <remarks>Istio: pilot/pkg/model/virtualservice.go#resolveVirtualServiceShortnames.</remarks>
internal sealed class VirtualServiceReader(string domain)
{
    public VirtualService Read(M.VirtualService vs)
    {
        M.VirtualServiceSpec? spec = vs.Spec;
        ConfigMeta meta = vs.Meta();
        string ns = meta.Namespace;
        return new VirtualService
        {
            Meta = meta,
            Hosts = [.. (spec?.Hosts ?? []).Select(h => Hostname.ResolveShortName(h.Value, ns, domain))],
            Gateways = spec is null || spec.Gateways.Count == 0 ? ["mesh"] : Gateways(spec.Gateways, ns),
            Http = [.. (spec?.Http ?? []).Select(h => Http(h, ns))],
            Tls = [.. (spec?.Tls ?? []).Select(t => new L4Route(
                [.. t.Match.Select(m => new L4Match
                {
                    SniHosts = m.SniHosts.Texts(),
                    DestinationSubnets = m.DestinationSubnets.Texts(),
                    Port = m.Port.Int(),
                    SourceLabels = m.SourceLabels.Labels(),
                    SourceNamespace = m.SourceNamespace.Text(),
                    Gateways = Gateways(m.Gateways, ns),
                })], L4Destinations(t.Route, ns), t.Span))],
            Tcp = [.. (spec?.Tcp ?? []).Select(t => new L4Route(
                [.. t.Match.Select(m => new L4Match
                {
                    DestinationSubnets = m.DestinationSubnets.Texts(),
                    Port = m.Port.Int(),
                    SourceLabels = m.SourceLabels.Labels(),
                    SourceNamespace = m.SourceNamespace.Text(),
                    Gateways = Gateways(m.Gateways, ns),
                })], L4Destinations(t.Route, ns), t.Span))],
            ExportTo = spec?.ExportTo.Texts() ?? [],
        };
    }

    private HttpRoute Http(M.HttpRoute h, string ns)
    {
        M.HttpRedirect? r = h.Redirect;
        return new HttpRoute
        {
            Name = h.Name.Text(),
            Matches = [.. h.Match.Select(m => Match(m, ns))],
            Route =
            [
                .. h.Route.Select(d => new RouteDestination(
                    Target(d.Destination, ns), d.Weight.Int(), Headers(d.Headers))),
            ],
            Redirect = r is null ? null : new HttpRedirect
            {
                Uri = r.Uri.Text(),
                Authority = r.Authority.Text(),
                Port = r.Port.Int(),
                DerivePort = r.DerivePort.Text(),
                Scheme = r.Scheme.Text(),
                RedirectCode = r.RedirectCode.Int(),
                PrefixRewrite = r.PrefixRewrite.Text(),
            },
            DirectResponseStatus = h.DirectResponse?.Status.Int() ?? 0,
            DirectResponseBody = h.DirectResponse?.Body?.String.Text() ?? "",
            Delegate = h.Delegate is { } d2
                ? (d2.Namespace is { Value.Length: > 0 } n ? n.Value : ns, d2.Name.Text()) : null,
            Rewrite = h.Rewrite is { } w
                ? new HttpRewrite(w.Uri.Text(), w.Authority.Text(), w.UriRegexRewrite?.Match?.Value,
                    w.UriRegexRewrite?.Rewrite.Text() ?? "") : null,
            TimeoutNs = h.Timeout?.Value,
            Retries = Retries(h.Retries),
            Fault = Fault(h.Fault),
            Cors = Cors(h.CorsPolicy),
            Mirrors = Mirrors(h, ns),
            Headers = Headers(h.Headers),
            Origin = h.Span,
        };
    }

    private HttpMatch Match(M.HttpMatchRequest m, string ns) => new()
    {
        Name = m.Name.Text(),
        Uri = Text(m.Uri),
        Scheme = Text(m.Scheme),
        Method = Text(m.Method),
        Authority = Text(m.Authority),
        Headers = Map(m.Headers),
        WithoutHeaders = Map(m.WithoutHeaders),
        QueryParams = Map(m.QueryParams),
        IgnoreUriCase = m.IgnoreUriCase?.Value ?? false,
        Port = m.Port.Int(),
        SourceLabels = m.SourceLabels.Labels(),
        SourceNamespace = m.SourceNamespace.Text(),
        Gateways = Gateways(m.Gateways, ns),
        Origin = m.Span,
    };

    private IReadOnlyList<HttpMirror> Mirrors(M.HttpRoute h, string ns)
    {
        if (h.Mirrors.Count > 0)
        {
            return [.. h.Mirrors.Select(m => new HttpMirror(Target(m.Destination, ns), m.Percentage?.Value?.Value
                ?? (m.Percentage is null ? null : 0)))];
        }

        if (h.Mirror is null)
        {
            return [];
        }

        double? percent = h.MirrorPercentage is { } p ? p.Value?.Value ?? 0
            : (h.MirrorPercent ?? h.MirrorPercentOld)?.Value;
        return [new HttpMirror(Target(h.Mirror, ns), percent, h.MirrorPercentage is null)];
    }

    public static HttpRetry? Retries(M.HttpRetry? r) => r is null ? null : new HttpRetry
    {
        Attempts = r.Attempts.Int(),
        PerTryTimeoutNs = r.PerTryTimeout?.Value,
        RetryOn = r.RetryOn.Text(),
        RetryRemoteLocalities = r.RetryRemoteLocalities?.Value ?? false,
        RetryIgnorePreviousHosts = r.RetryIgnorePreviousHosts?.Value,
        BackoffNs = r.Backoff?.Value,
        Origin = r.Span,
    };

    private static HttpCors? Cors(M.CorsPolicy? c) => c is null ? null : new HttpCors
    {
        AllowOrigins = c.AllowOrigins.Count > 0 ? [.. c.AllowOrigins.Select(static o => Text(o)!)]
            : [.. c.AllowOrigin.Select(static o => new StringMatch(StringMatchType.Exact, o.Value))],
        AllowMethods = c.AllowMethods.Texts(),
        AllowHeaders = c.AllowHeaders.Texts(),
        ExposeHeaders = c.ExposeHeaders.Texts(),
        MaxAgeNs = c.MaxAge?.Value,
        AllowCredentials = c.AllowCredentials?.Value,
        IgnoresUnmatchedPreflights = c.UnmatchedPreflights.Text() == "IGNORE",
    };

    private static HttpFault? Fault(M.HttpFaultInjection? f)
    {
        if (f is null)
        {
            return null;
        }

        return new HttpFault
        {
            DelayNs = f.Delay is null ? null : f.Delay.FixedDelay?.Value ?? f.Delay.ExponentialDelay?.Value ?? 0,
            DelayPercent = f.Delay?.Percent.Int() ?? 0,
            DelayPercentage = f.Delay?.Percentage is { } dp ? dp.Value?.Value ?? 0 : null,
            HasAbort = f.Abort is not null,
            AbortHttpStatus = f.Abort?.HttpStatus.Int() ?? 0,
            AbortGrpcStatus = f.Abort?.GrpcStatus is { } g ? GrpcStatus.Parse(g.Value) : null,
            AbortPercentage = f.Abort?.Percentage is { } ap ? ap.Value?.Value ?? 0 : null,
        };
    }

    private static HeaderChanges? Headers(M.HeaderRules? h) => h is null ? null : new HeaderChanges
    {
        RequestSet = h.Request?.Set.SortedPairs() ?? [],
        RequestAdd = h.Request?.Add.SortedPairs() ?? [],
        RequestRemove = h.Request?.Remove.Texts() ?? [],
        ResponseSet = h.Response?.Set.SortedPairs() ?? [],
        ResponseAdd = h.Response?.Add.SortedPairs() ?? [],
        ResponseRemove = h.Response?.Remove.Texts() ?? [],
    };

    private Destination Target(M.Destination? d, string ns) => new(
        Hostname.ResolveShortName(d?.Host.Text() ?? "", ns, domain), d?.Subset.Text() ?? "",
        d?.Port?.Number is { } n ? (int)n.Value : null, d?.Span ?? default);

    private IReadOnlyList<RouteDestination> L4Destinations(IReadOnlyList<M.RouteDestination> list, string ns) =>
        [.. list.Select(d => new RouteDestination(Target(d.Destination, ns), d.Weight.Int()))];

    private static IReadOnlyList<string> Gateways(IReadOnlyList<M.Spanned<string>> list, string ns) =>
        list.Count == 0 ? [] : [.. list.Select(g => Hostname.ResolveGatewayName(g.Value, ns))];

    private static StringMatch? Text(M.StringMatch? m) => m is null ? null
        : m.Exact is { } e ? new StringMatch(StringMatchType.Exact, e.Value)
        : m.Prefix is { } p ? new StringMatch(StringMatchType.Prefix, p.Value)
        : m.Regex is { } r ? new StringMatch(StringMatchType.Regex, r.Value)
        : new StringMatch(StringMatchType.Present, "");

    private static IReadOnlyList<(string Name, StringMatch Match)> Map(M.SpannedMap<M.StringMatch> map)
    {
        List<(string Name, StringMatch Match)> list = [.. map.Select(static e => (e.Key, Text(e.Value)!))];
        list.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return list;
    }
}

/// <summary>Names of gRPC status codes.</summary>
internal static class GrpcStatus
{
    private static readonly string[] Names =
    [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
        "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
        "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ];

    public static int? Parse(string text)
    {
        if (int.TryParse(text, System.Globalization.NumberStyles.None,
                System.Globalization.CultureInfo.InvariantCulture, out int number))
        {
            return number;
        }

        int index = Array.IndexOf(Names, text);
        return index < 0 ? null : index;
    }
}
