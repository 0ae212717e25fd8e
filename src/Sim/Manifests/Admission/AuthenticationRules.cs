using System.Globalization;
using System.Text.Json;
using Sim.Core;

namespace Sim.Manifests.Admission;

/// <summary>istiod's rules for PeerAuthentications and RequestAuthentications.</summary>
/// <remarks>Istio: pkg/config/validation/validation.go#ValidatePeerAuthentication,
/// #ValidateRequestAuthentication.</remarks>
internal static class AuthenticationRules
{
    /// <summary>Checks a PeerAuthentication.</summary>
    public static void Check(PeerAuthentication policy, Findings f, IstioProfile profile)
    {
        if (policy.Spec is not { } spec)
        {
            return;
        }

        bool hasPorts = spec.PortLevelMtls.Span.IsKnown;
        bool hasLabels = spec.Selector is { MatchLabels.Count: > 0 };
        f.ErrorIf(hasPorts && spec.PortLevelMtls.Count > 0 && !hasLabels,
            "mesh/namespace peer authentication cannot have port level mTLS", spec.PortLevelMtls.Span);
        f.ErrorIf(hasPorts && spec.PortLevelMtls.Count == 0,
            "port level mTLS, if defined, must have at least one element", spec.PortLevelMtls.Span);
        foreach (SpannedEntry<MutualTls> e in spec.PortLevelMtls)
        {
            bool isPort = uint.TryParse(e.Key, NumberStyles.None, CultureInfo.InvariantCulture, out uint port);
            bool isOld = profile == IstioProfile.V1_22;
            f.ErrorIf(isPort && (port == 0 || (!isOld && port > 65535)),
                isOld ? "port cannot be 0" : "port must be in range 1..65535", e.KeySpan);
        }

        IstioRules.Selector(spec.Selector, f);
    }

    /// <summary>Checks a RequestAuthentication.</summary>
    public static void Check(RequestAuthentication policy, Findings f, IstioProfile profile)
    {
        if (policy.Spec is not { } spec)
        {
            return;
        }

        IstioRules.Targets(spec.Selector, spec.TargetRef, spec.TargetRefs, f);
        foreach (JwtRule rule in spec.JwtRules)
        {
            CheckRule(rule, f, profile);
        }
    }

    private static void CheckRule(JwtRule rule, Findings f, IstioProfile profile)
    {
        bool hasIssuer = !string.IsNullOrEmpty(rule.Issuer?.Value);
        Spanned<string>? uri = rule.JwksUri ?? rule.JwksUriOld;
        bool hasUri = !string.IsNullOrEmpty(uri?.Value);
        if (profile == IstioProfile.V1_22)
        {
            f.ErrorIf(!hasIssuer, "issuer must be set", rule.Span);
        }
        else
        {
            f.ErrorIf(!hasIssuer && !hasUri, "issuer or jwksUri must be non-empty string", rule.Span);
        }

        EachNotEmpty(rule.Audiences, "audience must be non-empty string", f);
        if (hasUri)
        {
            int colon = uri!.Value.IndexOf("://", StringComparison.Ordinal);
            string scheme = colon < 0 ? "" : uri.Value[..colon];
            f.ErrorIf(scheme is not ("http" or "https"), $"URI scheme {JsonText.Quote(scheme)} is not supported",
                uri.Span);
        }

        if (rule.Jwks is { Value.Length: > 0 } jwks && JwksProblem(jwks.Value) is { } problem)
        {
            f.Error("jwks parse error: failed to unmarshal JWK set: " + problem, jwks.Span);
        }

        foreach (JwtHeader h in rule.FromHeaders)
        {
            f.ErrorIf(string.IsNullOrEmpty(h.Name?.Value), "location header name must be non-empty string", h.Span);
        }

        EachNotEmpty(rule.FromParams, "location query must be non-empty string", f);
        EachNotEmpty(rule.FromCookies, "cookie name must be non-empty string", f);
        foreach (ClaimToHeader c in rule.OutputClaimToHeaders)
        {
            bool isIncomplete = string.IsNullOrEmpty(c.Header?.Value) || string.IsNullOrEmpty(c.Claim?.Value);
            f.ErrorIf(isIncomplete, "outputClaimToHeaders header and claim value must be non-empty string", c.Span);
        }

        f.ErrorIf(IstioRules.Duration(rule.Timeout), rule.Timeout?.Span ?? rule.Span);
    }

    private static void EachNotEmpty(IReadOnlyList<Spanned<string>> values, string text, Findings f)
    {
        foreach (Spanned<string> v in values)
        {
            f.ErrorIf(v.Value.Length == 0, text, v.Span);
        }
    }

    private static string? JwksProblem(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            if (!document.RootElement.TryGetProperty("keys", out JsonElement keys)
                || keys.ValueKind != JsonValueKind.Array)
            {
                return null;
            }

            int i = 0;
            foreach (JsonElement key in keys.EnumerateArray())
            {
                string type = key.ValueKind == JsonValueKind.Object && key.TryGetProperty("kty", out JsonElement k)
                    ? k.ToString() : "";
                if (type is not ("RSA" or "EC" or "oct" or "OKP"))
                {
                    return string.Create(CultureInfo.InvariantCulture,
                        $"failed to decode key #{i} in \"keys\": invalid key type from JSON ({type})");
                }

                i++;
            }

            return null;
        }
        catch (JsonException)
        {
            return GoJsonProblem(text);
        }
    }

    /// <summary>Go's words for the first character that cannot begin or go on a JSON value.</summary>
    private static string GoJsonProblem(string text)
    {
        foreach (string literal in (string[])["true", "false", "null"])
        {
            int i = 0;
            while (i < literal.Length && i < text.Length && text[i] == literal[i])
            {
                i++;
            }

            if (i > 0 && i < literal.Length && i < text.Length)
            {
                return $"invalid character '{text[i]}' in literal {literal} (expecting '{literal[i]}')";
            }
        }

        return text.Length > 0 && text[0] is not ('{' or '[' or '"')
            ? $"invalid character '{text[0]}' looking for beginning of value" : "unexpected end of JSON input";
    }
}
