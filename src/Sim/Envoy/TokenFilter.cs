using System.Globalization;
using System.Text.Json;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>What the JWT filter makes of a request.</summary>
/// <param name="Request">The request as it goes on.</param>
/// <param name="Payload">Claims of the good token; null = none.</param>
/// <param name="Reply">The refusal; null when the request goes on.</param>
internal readonly record struct TokenVerdict(InboundRequest Request, MetadataValue? Payload, LocalReply? Reply);

/// <summary>The JWT filter as Istio configures it: any issuer's good token, or no token at all.</summary>
/// <remarks>
/// Envoy: source/extensions/filters/http/jwt_authn/authenticator.cc, verifier.cc; Istio:
/// pilot/pkg/security/authn/policy_applier.go#convertToEnvoyJwtConfig (one issuer or none; several: each alone, else
/// all places good or empty). Of several tokens in an issuer's places the last is looked at first and a good one is
/// enough. A preflight request is not looked at.
/// </remarks>
internal sealed class TokenFilter
{
    private const string UnknownIssuer = "Jwt issuer is not configured";
    private const string WrongAudience = "Audiences in Jwt are not allowed";
    private const long ClockSkewSeconds = 60;

    private readonly Provider[] _providers;
    private readonly (TokenPlace Place, Provider[] Owners)[] _places;

    public TokenFilter(IReadOnlyList<TokenIssuer> issuers)
    {
        _providers = [.. issuers.Select(static i => new Provider(i, new TokenKeySet(i.Jwks), [.. TokenPlace.Of(i)]))];
        _places = [.. _providers.SelectMany(static p => p.Places).Distinct()
            .Select(place => (place, _providers.Where(p => p.Places.Contains(place)).ToArray()))];
    }

    /// <summary>Checks the tokens of a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="nowSeconds">Time in seconds since 1970.</param>
    public TokenVerdict Check(InboundRequest request, long nowSeconds)
    {
        if (_providers.Length == 0 || IsPreflight(request))
        {
            return new TokenVerdict(request, null, null);
        }

        foreach (Provider provider in _providers)
        {
            request = Cleaned(request, provider.Issuer);
        }

        string error = "";
        bool isAnyToken = false;
        foreach (Provider provider in _providers)
        {
            for (int i = provider.Places.Length - 1; i >= 0; i--)
            {
                TokenPlace place = provider.Places[i];
                if (place.Find(request) is not string text)
                {
                    continue;
                }

                isAnyToken = true;
                JsonWebToken? token = JsonWebToken.Parse(text, out string status);
                status = token is null ? status : Status(token, provider, nowSeconds);
                if (status.Length == 0)
                {
                    return Accepted(request, place, provider, token!);
                }

                error = error.Length == 0 || status != UnknownIssuer ? status : error;
            }
        }

        return isAnyToken ? AllPlaces(request, nowSeconds, error) : new TokenVerdict(request, null, null);
    }

    /// <summary>No issuer found its own good token: every place must hold one of any issuer that looks there.</summary>
    private TokenVerdict AllPlaces(InboundRequest request, long nowSeconds, string error)
    {
        foreach ((TokenPlace place, Provider[] owners) in _places)
        {
            if (place.Find(request) is string text && (JsonWebToken.Parse(text, out _) is not { } token
                || !Array.Exists(owners, p => Status(token, p, nowSeconds).Length == 0)))
            {
                return new TokenVerdict(request, null, LocalReply.TokenRefused(error, error == WrongAudience));
            }
        }

        return new TokenVerdict(request, null, null);
    }

    private static string Status(JsonWebToken token, Provider provider, long nowSeconds)
    {
        TokenIssuer issuer = provider.Issuer;
        if (issuer.Issuer.Length > 0 && issuer.Issuer != token.Issuer)
        {
            return UnknownIssuer;
        }

        if (token.NotBefore > 0 && nowSeconds + ClockSkewSeconds < token.NotBefore)
        {
            return "Jwt not yet valid";
        }

        if (token.ExpiresAt > 0 && nowSeconds > token.ExpiresAt + ClockSkewSeconds)
        {
            return "Jwt is expired";
        }

        return issuer.Audiences.Count > 0 && !token.Audiences.Any(issuer.Audiences.Contains)
            ? WrongAudience : provider.Keys.Check(token);
    }

    private static TokenVerdict Accepted(
        InboundRequest request, TokenPlace place, Provider provider, JsonWebToken token)
    {
        TokenIssuer issuer = provider.Issuer;
        if (issuer.PayloadHeader.Length > 0)
        {
            request = request.With(issuer.PayloadHeader, token.PayloadSegment);
        }

        foreach ((string header, string claim) in issuer.ClaimHeaders)
        {
            if (Claim(token.Claims, claim) is { Length: > 0 } value)
            {
                request = request.With(header, value);
            }
        }

        request = issuer.ForwardsToken ? request : place.Remove(request);
        return new TokenVerdict(request, ClaimReader.Split(token.Payload, issuer.SpaceDelimitedClaims), null);
    }

    /// <summary>A client cannot send the headers that carry claims.</summary>
    private static InboundRequest Cleaned(InboundRequest request, TokenIssuer issuer)
    {
        request = issuer.PayloadHeader.Length > 0 ? request.Without(issuer.PayloadHeader) : request;
        foreach ((string header, _) in issuer.ClaimHeaders)
        {
            request = request.Without(header);
        }

        return request;
    }

    /// <summary>A claim as a header carries it; null = a list, a struct or none.</summary>
    /// <remarks>Envoy: authenticator.cc#addJWTClaimToHeader, convertClaimDoubleToString.</remarks>
    private static string? Claim(JsonElement claims, string path)
    {
        JsonElement value = claims;
        foreach (string name in path.Split('.'))
        {
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(name, out value))
            {
                return null;
            }
        }

        return value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            JsonValueKind.Number when value.TryGetDouble(out double number) => Number(number),
            _ => null,
        };
    }

    private static string Number(double value) => value is < 0 or >= 18446744073709551615.0 || value % 1 != 0
        ? value.ToString("F6", CultureInfo.InvariantCulture)
        : ((ulong)value).ToString(CultureInfo.InvariantCulture);

    private static bool IsPreflight(InboundRequest request) => request.Method == "OPTIONS"
        && !string.IsNullOrEmpty(request.Header("origin"))
        && !string.IsNullOrEmpty(request.Header("access-control-request-method"));

    private sealed record Provider(TokenIssuer Issuer, TokenKeySet Keys, TokenPlace[] Places);
}
