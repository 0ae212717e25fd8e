using System.Buffers;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>A place of a request where a token may stand.</summary>
/// <remarks>Envoy: source/extensions/filters/http/jwt_authn/extractor.cc.</remarks>
internal sealed record TokenPlace(TokenPlaceKind Kind, string Name, string Prefix)
{
    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    /// <summary>Places of an issuer: those it names, else the usual two.</summary>
    public static IEnumerable<TokenPlace> Of(TokenIssuer issuer)
    {
        if (issuer.FromHeaders.Count + issuer.FromParams.Count + issuer.FromCookies.Count == 0)
        {
            return [new(TokenPlaceKind.Header, "authorization", "Bearer "),
                new(TokenPlaceKind.Parameter, "access_token", "")];
        }

        return issuer.FromHeaders.Select(static h => new TokenPlace(TokenPlaceKind.Header, h.Name, h.Prefix))
            .Concat(issuer.FromParams.Select(static p => new TokenPlace(TokenPlaceKind.Parameter, p, "")))
            .Concat(issuer.FromCookies.Select(static c => new TokenPlace(TokenPlaceKind.Cookie, c, "")));
    }

    /// <summary>The token there; null = none.</summary>
    public string? Find(InboundRequest request) => Kind switch
    {
        TokenPlaceKind.Header => InHeader(request.Header(Name)),
        TokenPlaceKind.Parameter => new RequestHeaders(request.Method, request.Host, request.Path).QueryParameter(Name),
        _ => Cookie(request),
    };

    /// <summary>The request without the token; cookies stay.</summary>
    public InboundRequest Remove(InboundRequest request)
    {
        int query = request.Path.IndexOf('?', StringComparison.Ordinal);
        if (Kind == TokenPlaceKind.Cookie || (Kind == TokenPlaceKind.Parameter && query < 0))
        {
            return request;
        }

        if (Kind == TokenPlaceKind.Header)
        {
            return request.Without(Name);
        }

        string rest = string.Join('&', request.Path[(query + 1)..].Split('&').Where(
            p => p != Name && !p.StartsWith(Name + "=", StringComparison.Ordinal)));
        return request with { Path = request.Path[..query] + (rest.Length == 0 ? "" : "?" + rest) };
    }

    private string? InHeader(string? value)
    {
        if (value is null || Prefix.Length == 0)
        {
            return value;
        }

        int at = value.IndexOf(Prefix, StringComparison.Ordinal);
        if (at < 0)
        {
            return null;
        }

        ReadOnlySpan<char> rest = value.AsSpan(at + Prefix.Length);
        int start = rest.IndexOfAny(TokenCharacters);
        if (start < 0)
        {
            return value;
        }

        rest = rest[start..];
        int end = rest.IndexOfAnyExcept(TokenCharacters);
        return (end < 0 ? rest : rest[..end]).ToString();
    }

    private string? Cookie(InboundRequest request)
    {
        foreach ((string key, string value) in request.Lines)
        {
            if (!key.Equals("cookie", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            foreach (string part in value.Split(';'))
            {
                int equal = part.IndexOf('=', StringComparison.Ordinal);
                if (equal > 0 && part[..equal].Trim() == Name)
                {
                    return part[(equal + 1)..].Trim().Trim('"');
                }
            }
        }

        return null;
    }
}

/// <summary>Kinds of <see cref="TokenPlace"/>.</summary>
internal enum TokenPlaceKind
{
    Header,
    Parameter,
    Cookie,
}
