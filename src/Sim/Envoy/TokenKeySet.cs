using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Sim.Envoy;

/// <summary>The keys of a token issuer.</summary>
/// <remarks>Envoy: source/common/jwt/verify.cc#verifyJwtWithoutTimeChecking, jwks.cc.</remarks>
internal sealed class TokenKeySet
{
    private readonly List<(string KeyId, string Algorithm, JsonElement Key)> _keys = [];
    private readonly bool _isElsewhere;

    /// <param name="jwks">Key set as JSON; empty = elsewhere.</param>
    public TokenKeySet(string jwks)
    {
        _isElsewhere = jwks.Length == 0;
        if (_isElsewhere || !ClaimReader.TryParse(Encoding.UTF8.GetBytes(jwks), out JsonElement root)
            || root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("keys", out JsonElement keys)
            || keys.ValueKind != JsonValueKind.Array)
        {
            return;
        }

        foreach (JsonElement key in keys.EnumerateArray())
        {
            _keys.Add((Text(key, "kid"), Text(key, "alg"), key));
        }
    }

    /// <summary>Why the signature is not good; empty when it is.</summary>
    public string Check(JsonWebToken token)
    {
        if (_isElsewhere)
        {
            return "";
        }

        bool isAnyKeyFit = false;
        foreach ((string keyId, string algorithm, JsonElement key) in _keys)
        {
            if ((keyId.Length > 0 && token.KeyId.Length > 0 && keyId != token.KeyId)
                || (algorithm.Length > 0 && algorithm != token.Algorithm))
            {
                continue;
            }

            isAnyKeyFit = true;
            if (IsSignedBy(token, key))
            {
                return "";
            }
        }

        return isAnyKeyFit ? "Jwt verification fails" : "Jwks doesn't have key to match kid or alg from Jwt";
    }

    private static bool IsSignedBy(JsonWebToken token, JsonElement key)
    {
        HashAlgorithmName hash = token.Algorithm[2..] switch
        {
            "256" => HashAlgorithmName.SHA256,
            "384" => HashAlgorithmName.SHA384,
            _ => HashAlgorithmName.SHA512,
        };
        string kind = token.Algorithm[0] switch { 'E' => "EC", 'H' => "oct", _ => "RSA" };
        try
        {
            if (Text(key, "kty") != kind)
            {
                return false;
            }

            if (kind == "oct")
            {
                byte[] secret = Bytes(key, "k");
                return secret.Length > 0
                    && CryptographicOperations.HmacData(hash, secret, token.SignedBytes).AsSpan().SequenceEqual(
                        token.Signature);
            }

            if (kind == "EC")
            {
                using var curve = ECDsa.Create(Curve(key));
                return curve.VerifyData(token.SignedBytes, token.Signature, hash);
            }

            byte[] modulus = Bytes(key, "n");
            byte[] exponent = Bytes(key, "e");
            if (modulus.Length == 0 || exponent.Length == 0)
            {
                return false;
            }

            using var rsa = RSA.Create(new RSAParameters { Modulus = modulus, Exponent = exponent });
            return rsa.VerifyData(token.SignedBytes, token.Signature, hash,
                token.Algorithm[0] == 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static ECParameters Curve(JsonElement key) => new()
    {
        Curve = Text(key, "crv") switch
        {
            "P-384" => ECCurve.NamedCurves.nistP384,
            "P-521" => ECCurve.NamedCurves.nistP521,
            _ => ECCurve.NamedCurves.nistP256,
        },
        Q = new ECPoint { X = Bytes(key, "x"), Y = Bytes(key, "y") },
    };

    private static byte[] Bytes(JsonElement key, string name) =>
        JsonWebToken.TryDecode(Text(key, name), out byte[] bytes) ? bytes : [];

    private static string Text(JsonElement key, string name) =>
        key.ValueKind == JsonValueKind.Object && key.TryGetProperty(name, out JsonElement v)
            && v.ValueKind == JsonValueKind.String ? v.GetString()! : "";
}
