using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>Turns a <c>match</c> entry into Envoy's conditions.</summary>
/// <remarks>Istio: pilot/pkg/networking/core/route/route.go#TranslateRouteMatch.</remarks>
internal static class RouteMatchBuilder
{
    /// <param name="match">Conditions; null = none.</param>
    /// <param name="hasIngressSemantics">Prefixes end at a slash, as Ingress and HTTPRoute have them.</param>
    public static RouteMatch Build(HttpMatch? match, bool hasIngressSemantics = false)
    {
        if (match is null)
        {
            return new RouteMatch();
        }

        var headers = new List<HeaderMatcher>();
        var metadata = new List<MetadataMatcher>();
        foreach ((string name, StringMatch m) in match.Headers)
        {
            if (Claim(name, m, false) is { } claim)
            {
                metadata.Add(claim);
                continue;
            }

            headers.Add(Header(name, m));
        }

        foreach ((string name, StringMatch m) in match.WithoutHeaders)
        {
            if (Claim(name, m, true) is { } claim)
            {
                metadata.Add(claim);
                continue;
            }

            HeaderMatcher h = Header(name, m);
            headers.Add(h with { Invert = true, TreatMissingAsEmpty = h.PresentMatch is null });
        }

        Add(headers, ":method", match.Method);
        Add(headers, ":authority", match.Authority);
        Add(headers, ":scheme", match.Scheme);
        bool isSegment = hasIngressSemantics && match.Uri is { Type: StringMatchType.Prefix } p && p.Value != "/";
        return new RouteMatch
        {
            PathKind = match.Uri?.Type switch
            {
                StringMatchType.Exact => PathMatchKind.Exact,
                StringMatchType.Regex => PathMatchKind.Regex,
                _ => isSegment ? PathMatchKind.PathSeparatedPrefix : PathMatchKind.Prefix,
            },
            Path = match.Uri is null or { Type: StringMatchType.Present } ? "/"
                : isSegment ? match.Uri.Value.TrimEnd('/') : match.Uri.Value,
            CaseSensitive = !match.IgnoreUriCase,
            Headers = headers,
            Metadata = metadata,
            QueryParameters = [.. match.QueryParams.Select(static q => IsPresence(q.Match)
                ? new QueryParameterMatcher(q.Name, null, true)
                : new QueryParameterMatcher(q.Name, Text(q.Match)))],
        };
    }

    /// <summary>Whether no request escapes the conditions.</summary>
    /// <remarks>Istio: route.go#IsCatchAllRoute.</remarks>
    public static bool IsCatchAll(RouteMatch match)
    {
        bool path = (match.PathKind == PathMatchKind.Prefix && match.Path == "/")
            || (match.PathKind == PathMatchKind.PathSeparatedPrefix && match.Path == "/")
            || (match.PathKind == PathMatchKind.Regex && match.Path is (".*" or "*"));
        return path && match.Headers.Count == 0 && match.QueryParameters.Count == 0 && match.Metadata.Count == 0
            && match.RuntimeFraction is null;
    }

    /// <summary>Condition on a claim of a verified token; null = a header like any other.</summary>
    /// <remarks>Istio: pkg/jwt/routingclaim.go#ToRoutingClaim, route.go#translateMetadataMatch.</remarks>
    private static MetadataMatcher? Claim(string name, StringMatch match, bool invert)
    {
        const string Prefix = "@request.auth.claims";
        if (!name.StartsWith(Prefix, StringComparison.Ordinal) || name.Length == Prefix.Length)
        {
            return null;
        }

        string rest = name[Prefix.Length..];
        string[] keys = rest[0] == '.' && rest.Length > 1 ? rest[1..].Split('.')
            : rest[0] == '[' && rest[^1] == ']' && rest.Length > 2 ? rest[1..^1].Split("][") : [];
        return keys.Length == 0 ? null : new MetadataMatcher(
            "envoy.filters.http.jwt_authn", ["payload", .. keys],
            match.Type == StringMatchType.Present ? null : Text(match), invert);
    }

    private static void Add(List<HeaderMatcher> headers, string name, StringMatch? match)
    {
        if (match is not null)
        {
            headers.Add(Header(name, match));
        }
    }

    private static HeaderMatcher Header(string name, StringMatch match) => IsPresence(match)
        ? new HeaderMatcher(name.ToLowerInvariant(), PresentMatch: true)
        : new HeaderMatcher(name.ToLowerInvariant(), Text(match));

    private static bool IsPresence(StringMatch m) =>
        m.Type == StringMatchType.Present || (m.Type == StringMatchType.Regex && m.Value == "*")
        || (m.Type == StringMatchType.Prefix && m.Value.Length == 0);

    /// <summary>A comparison in Envoy's form.</summary>
    public static StringMatcher Text(StringMatch m) => new(
        m.Type switch
        {
            StringMatchType.Prefix => StringMatchKind.Prefix,
            StringMatchType.Regex => StringMatchKind.Regex,
            _ => StringMatchKind.Exact,
        }, m.Value);
}
