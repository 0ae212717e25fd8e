using System.Security.Cryptography;
using System.Text;
using Sim.Envoy;

namespace Sim.Tests.Envoy.Inbound;

/// <summary>Tokens and key sets of the tests. The keys are fixed and of no use elsewhere.</summary>
internal static class SignedTokens
{
    /// <summary>An RSA key of 2048 bits (PKCS#1).</summary>
    private const string RsaKey = """
        MIIEowIBAAKCAQEAxBehtJEYmB4D4MINPcua5Wlzt8G07So0rc9wKSMRMiw7EWb2YuLdmhuyiJeGtyLHGU4IHcf+FfURzZBlEgeu
        aHMmUfuJsrKfkeOadYJaOTtdbA+Rk8y7x2FM1Pc5Yaz2g/MUIreAxVlZPU96koG6rYQlRwcjKyGP2inxuIoTppzSrwquobgKMjkQ
        83i0B+YF8U07UeZF3fCqbjjBUGBfNFf7gzKB9YgGP3b+WQ6enstqyLA72csJojoWYX89Ue2JCNjvYgdlRyrT+x7EyXeciG2sFOi8
        c6zBdx0aSxOEVhblJZwqZvc4dcnrl8O/AHZGYw9UQYavKkcyyHr3Fix6PwIDAQABAoIBAEluJgZFjWWtW7tnP2kkHQGKnyQxPAzR
        0L9DnlcxRAe7S3VFTr+R//TtKUqAH5jlw5PkxiJM2YekaYHGcCqzyKphcHijzpklzZ5mklktspaa9e142QV1Vd4gQBLB73F1wSyB
        MsmbWPPN9R6B7D7/qIXAper2r8M/gqxqJ5P41Mn/aJOlSBE0uxKuUuvVWI4vK2BwfGkvJjmCAmuhw3oOiBL9fFQY8ngpSjcJoSrA
        qqmz7RCyBU6wiPxu2Zm42VM+RDarQArheKVK2L8EudDfF5IWyfRjX8YdNDOCbI6VOd7glgPZT2eWi8WkphpqVTRcdKpDk/sX5e59
        XECZ6AxgW80CgYEA8eqd4K+umgUbEVP1StoTdYhx0Qr6b7zWdTEPAFKIzQYRDXvuABNYCxGD/ZZ0Ju1psjsjNFbCW8wnINHQZSp3
        hRL6KSCqDiPWEdjheWWMTybSUMgWLfCjH2AVWoWpzfbgreovB/jETugyMT1nGYmN/1nq2b80/6/tU+9x4Tk7MbMCgYEAz4IUAXdA
        hI9YPZ1fQya+Fjinysp8SkkX9J7luECDgknXV75e6IbJG99943W4nWtJoINBGYz0qizX6ZXah7pP4Ql97Df973Kyom81B4dFlfs2
        7xghaRWeXrOTrIvRl9P1nvjhr6PiVk2A6ClR2+9McvcCpbK3ZqHN7+nwEc67F0UCgYB6sPj9OVyeNLSzpxcirVNtKpQ+5wh4nxdN
        PGJVUYacJNWFNzNPyn++rVV5yVKDY6lVgXSrWM0d7X5ywLameFFBpoxFS5Gzti0dxBcmkIAGrLPB0JifGApDIWHzFRM3qFvvGHRd
        4Kb/NfguzOt7Ii5oMVxQrw7cFoeRKEFjbrk8zQKBgDzTyZ+AYIY7Kses+P7LPY9v/ieg4Xw5Hu+TII25Q5OOp7RN1q5czFkCU3m4
        yWxDxepqb0vZGONFj+kmB1AgGkhCKwpyg1qMiba52JajXY+Qe1LtBOYz8x+ZjmFW/xJ9jJOUKzv8U12vDGmBq0BITmWo6Lq/v6kz
        JxX7wmbF7evtAoGBAKvJctbaVJZEMO3JQCIDIzrxe3ENv3crieYyK6oWNiqfLy0xWBJnKIJ12tNPp0i2mEv5H1vERrX1w6mlqjvt
        7YNTjLHHBTMnDuWdCG+tgRM1VlM1z1hSImbybOUzVHBO0K44OuZwF6KuGE4Vtd77SQ0RgyqTWy2Wqy4oo7cJDirX
        """;

    private static readonly RSA s_rsa = Rsa();

    /// <summary>Base64url without padding.</summary>
    public static string Encoded(string text) => Encoded(Encoding.UTF8.GetBytes(text));

    /// <summary>A token of three parts, the last one made of a text.</summary>
    public static string Unsigned(string header, string payload, string signature = "any") =>
        Encoded(header) + "." + Encoded(payload) + "." + Encoded(signature);

    /// <summary>A token with a payload, whose signature nobody looks at.</summary>
    public static string Of(string payload) => Unsigned("""{"alg":"RS256"}""", payload);

    /// <summary>A token signed with the key of its algorithm.</summary>
    public static string Signed(string algorithm, string payload, string keyId = "")
    {
        string header = keyId.Length == 0 ? $$"""{"alg":"{{algorithm}}"}"""
            : $$"""{"alg":"{{algorithm}}","kid":"{{keyId}}"}""";
        string signed = Encoded(header) + "." + Encoded(payload);
        return signed + "." + Encoded(Signature(algorithm, Encoding.ASCII.GetBytes(signed)));
    }

    /// <summary>A token taken apart.</summary>
    public static JsonWebToken Parsed(string text) =>
        JsonWebToken.Parse(text, out string error) ?? throw new ArgumentException(error);

    /// <summary>A key set of some keys.</summary>
    public static string KeySet(params string[] keys) => "{\"keys\":[" + string.Join(',', keys) + "]}";

    /// <summary>The public RSA key, with further fields in front.</summary>
    public static string RsaJwk(string fields = "")
    {
        RSAParameters key = s_rsa.ExportParameters(false);
        return "{" + fields + $"\"kty\":\"RSA\",\"n\":\"{Encoded(key.Modulus!)}\",\"e\":\"{Encoded(key.Exponent!)}\"}}";
    }

    /// <summary>The public key of a curve, with further fields in front.</summary>
    public static string CurveJwk(string algorithm, string fields = "")
    {
        using ECDsa curve = Curve(algorithm);
        ECPoint q = curve.ExportParameters(false).Q;
        string name = algorithm switch { "ES256" => "P-256", "ES384" => "P-384", _ => "P-521" };
        return "{" + fields
            + $"\"kty\":\"EC\",\"crv\":\"{name}\",\"x\":\"{Encoded(q.X!)}\",\"y\":\"{Encoded(q.Y!)}\"}}";
    }

    /// <summary>A request with one header line.</summary>
    public static InboundRequest Request(string name = "accept", string value = "*/*", string path = "/a") =>
        new("GET", "bank", path, [new(name, value)]);

    /// <summary>A request with header lines.</summary>
    public static InboundRequest Request(string path, params (string Name, string Value)[] lines) =>
        new("GET", "bank", path, [.. lines.Select(static l => new KeyValuePair<string, string>(l.Name, l.Value))]);

    private static byte[] Signature(string algorithm, byte[] data)
    {
        HashAlgorithmName hash = algorithm[2..] switch
        {
            "256" => HashAlgorithmName.SHA256,
            "384" => HashAlgorithmName.SHA384,
            _ => HashAlgorithmName.SHA512,
        };
        if (algorithm[0] != 'E')
        {
            return s_rsa.SignData(
                data, hash, algorithm[0] == 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
        }

        using ECDsa curve = Curve(algorithm);
        return curve.SignData(data, hash);
    }

    private static ECDsa Curve(string algorithm)
    {
        (ECCurve curve, int length) = algorithm switch
        {
            "ES256" => (ECCurve.NamedCurves.nistP256, 32),
            "ES384" => (ECCurve.NamedCurves.nistP384, 48),
            _ => (ECCurve.NamedCurves.nistP521, 66),
        };
        var secret = new byte[length];
        secret.AsSpan(1).Fill(7);
        return ECDsa.Create(new ECParameters { Curve = curve, D = secret });
    }

    private static RSA Rsa()
    {
        RSA rsa = RSA.Create();
        rsa.ImportRSAPrivateKey(Convert.FromBase64String(RsaKey), out _);
        return rsa;
    }

    public static string Encoded(byte[] bytes) =>
        Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
