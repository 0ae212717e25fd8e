using System.Text;
using System.Text.Json;

namespace Sim.Envoy;

/// <summary>A token taken apart, its signature not yet looked at.</summary>
/// <remarks>Envoy: source/common/jwt/jwt.cc#Jwt::parseFromString; texts: source/common/jwt/status.cc.</remarks>
internal sealed class JsonWebToken
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private static readonly string[] s_algorithms =
        ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "HS256", "HS384", "HS512"];

    private JsonWebToken(string algorithm, string keyId, JsonElement claims, string[] parts, byte[] signature)
    {
        Algorithm = algorithm;
        KeyId = keyId;
        PayloadSegment = parts[1];
        SignedBytes = Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]);
        Signature = signature;
        Claims = claims;
        Payload = ClaimReader.Read(claims);
        Issuer = Payload.Fields!.TryGetValue("iss", out MetadataValue? iss) ? iss.Text ?? "" : "";
        Audiences = Payload.Fields.TryGetValue("aud", out MetadataValue? aud)
            ? aud.Text is not null ? [aud.Text] : [.. (aud.Items ?? []).Select(static i => i.Text ?? "")] : [];
        ExpiresAt = Seconds(claims, "exp");
        NotBefore = Seconds(claims, "nbf");
    }

    /// <summary><c>alg</c> of the header.</summary>
    public string Algorithm { get; }

    /// <summary><c>kid</c> of the header; empty = none.</summary>
    public string KeyId { get; }

    /// <summary><c>iss</c>; empty = none.</summary>
    public string Issuer { get; }

    /// <summary><c>aud</c>.</summary>
    public IReadOnlyList<string> Audiences { get; }

    /// <summary><c>exp</c> in seconds since 1970; 0 = never.</summary>
    public long ExpiresAt { get; }

    /// <summary><c>nbf</c> in seconds since 1970; 0 = always.</summary>
    public long NotBefore { get; }

    /// <summary>All claims as JSON.</summary>
    public JsonElement Claims { get; }

    /// <summary>All claims as conditions see them.</summary>
    public MetadataValue Payload { get; }

    /// <summary>Claims as they stand in the token.</summary>
    public string PayloadSegment { get; }

    /// <summary>Bytes under the signature.</summary>
    public byte[] SignedBytes { get; }

    /// <summary>Signature.</summary>
    public byte[] Signature { get; }

    /// <summary>Takes a token apart.</summary>
    /// <param name="text">The token.</param>
    /// <param name="error">Why it is none; empty when it is one.</param>
    public static JsonWebToken? Parse(string text, out string error)
    {
        string[] parts = text.Split('.', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != 3)
        {
            error = "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections";
            return null;
        }

        if (!TryObject(parts[0], "Jwt header", out JsonElement header, out error))
        {
            return null;
        }

        if (!header.TryGetProperty("alg", out JsonElement alg) || alg.ValueKind != JsonValueKind.String)
        {
            error = "Jwt header [alg] field is required and must be a string";
            return null;
        }

        if (!s_algorithms.Contains(alg.GetString()))
        {
            error = "Jwt header [alg] is not supported";
            return null;
        }

        string keyId = "";
        if (header.TryGetProperty("kid", out JsonElement kid))
        {
            if (kid.ValueKind != JsonValueKind.String)
            {
                error = "Jwt header [kid] field is not a string";
                return null;
            }

            keyId = kid.GetString()!;
        }

        if (!TryObject(parts[1], "Jwt payload", out JsonElement claims, out error))
        {
            return null;
        }

        if (WrongClaim(claims) is string wrong)
        {
            error = "Jwt payload " + wrong;
            return null;
        }

        if (!TryDecode(parts[2], out byte[] signature))
        {
            error = "Jwt signature is an invalid Base64url encoded";
            return null;
        }

        return new JsonWebToken(alg.GetString()!, keyId, claims, parts, signature);
    }

    /// <summary>Decodes base64url without padding; bits left over may have any value.</summary>
    internal static bool TryDecode(string segment, out byte[] bytes)
    {
        bytes = [];
        if (segment.Length % 4 == 1)
        {
            return false;
        }

        var result = new byte[segment.Length * 6 / 8];
        int bits = 0;
        int held = 0;
        int at = 0;
        foreach (char c in segment)
        {
            int value = Alphabet.IndexOf(c, StringComparison.Ordinal);
            if (value < 0)
            {
                return false;
            }

            held = ((held << 6) | value) & 0xFFFF;
            bits += 6;
            if (bits >= 8)
            {
                bits -= 8;
                result[at++] = (byte)(held >> bits);
            }
        }

        bytes = result;
        return true;
    }

    private static bool TryObject(string segment, string what, out JsonElement value, out string error)
    {
        value = default;
        error = "";
        if (!TryDecode(segment, out byte[] bytes))
        {
            error = what + " is an invalid Base64url encoded";
            return false;
        }

        if (!ClaimReader.TryParse(bytes, out value) || value.ValueKind != JsonValueKind.Object)
        {
            error = what + " is an invalid JSON";
            return false;
        }

        return true;
    }

    /// <summary>What is wrong with the claims that have a type of their own; null = nothing.</summary>
    private static string? WrongClaim(JsonElement claims) =>
        WrongText(claims, "iss") ?? WrongText(claims, "sub") ?? WrongTime(claims, "iat") ?? WrongTime(claims, "nbf")
        ?? WrongTime(claims, "exp") ?? WrongText(claims, "jti") ?? WrongAudience(claims);

    private static string? WrongText(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out JsonElement v) && v.ValueKind != JsonValueKind.String
            ? "[" + name + "] field is not a string" : null;

    private static string? WrongTime(JsonElement claims, string name)
    {
        if (!claims.TryGetProperty(name, out JsonElement v))
        {
            return null;
        }

        if (v.ValueKind != JsonValueKind.Number)
        {
            return "[" + name + "] field is not an integer";
        }

        return v.TryGetDouble(out double seconds) && seconds is >= 0 and < 18446744073709551615.0 ? null
            : "[" + name + "] field is not a positive 64 bit integer";
    }

    private static string? WrongAudience(JsonElement claims) =>
        !claims.TryGetProperty("aud", out JsonElement v) || v.ValueKind == JsonValueKind.String
        || (v.ValueKind == JsonValueKind.Array
            && v.EnumerateArray().All(static i => i.ValueKind == JsonValueKind.String))
            ? null : "[aud] field is not a string or string list";

    private static long Seconds(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out JsonElement v) && v.ValueKind == JsonValueKind.Number
            && v.TryGetDouble(out double seconds) ? (long)seconds : 0;
}
