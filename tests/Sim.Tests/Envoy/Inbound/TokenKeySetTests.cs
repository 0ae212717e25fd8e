using System.Security.Cryptography;
using Sim.Envoy;

namespace Sim.Tests.Envoy.Inbound;

/// <summary>Whose signature is good, and what is said of others. Envoy: source/common/jwt/verify.cc.</summary>
internal sealed class TokenKeySetTests
{
    private const string Claims = """{"sub":"alice"}""";
    private const string Fails = "Jwt verification fails";
    private const string NoKey = "Jwks doesn't have key to match kid or alg from Jwt";

    private static readonly string s_rsa = SignedTokens.KeySet(SignedTokens.RsaJwk());

    [TestCase("RS256"), TestCase("RS384"), TestCase("RS512"), TestCase("PS256"), TestCase("PS384"), TestCase("PS512")]
    public void An_rsa_key_verifies_every_length_and_padding(string algorithm) =>
        Check(s_rsa, SignedTokens.Signed(algorithm, Claims), "");

    [TestCase("ES256"), TestCase("ES384"), TestCase("ES512")]
    public void The_key_of_a_curve_verifies_its_own_algorithm(string algorithm) =>
        Check(SignedTokens.KeySet(SignedTokens.CurveJwk(algorithm)), SignedTokens.Signed(algorithm, Claims), "");

    /// <remarks>RFC 7515, A.1: the example of HS256; and the same header and payload under another secret.</remarks>
    [TestCase("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow", "")]
    [TestCase("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAoA", Fails)]
    [TestCase("", Fails)]
    public void A_secret_verifies_what_was_signed_with_it(string secret, string error) => Check(
        SignedTokens.KeySet("{\"kty\":\"oct\",\"k\":\"" + secret + "\"}"),
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxl"
        + "LmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", error);

    [TestCase("HS384"), TestCase("HS512")]
    public void A_secret_goes_with_longer_hashes(string algorithm)
    {
        byte[] secret = [1, 2, 3, 4, 5];
        string start = SignedTokens.Encoded("{\"alg\":\"" + algorithm + "\"}") + "." + SignedTokens.Encoded(Claims);
        byte[] bytes = System.Text.Encoding.ASCII.GetBytes(start);
        byte[] signature = algorithm == "HS384" ? HMACSHA384.HashData(secret, bytes)
            : HMACSHA512.HashData(secret, bytes);
        string token = start + "." + SignedTokens.Encoded(signature);
        Check(SignedTokens.KeySet("""{"kty":"oct","k":"AQIDBAU"}"""), token, "");
        Check(s_rsa, token, Fails);
    }

    [TestCase("RS256"), TestCase("ES256"), TestCase("PS384")]
    public void Another_payload_is_not_what_was_signed(string algorithm)
    {
        string[] parts = SignedTokens.Signed(algorithm, Claims).Split('.');
        string changed = parts[0] + "." + SignedTokens.Encoded("""{"sub":"mallory"}""") + "." + parts[2];
        string keys = SignedTokens.KeySet(SignedTokens.RsaJwk(), SignedTokens.CurveJwk("ES256"));
        Check(keys, changed, Fails);
    }

    [TestCase("RS256", "RS384"), TestCase("RS256", "PS256"), TestCase("PS512", "RS512"), TestCase("RS512", "RS384")]
    public void A_signature_of_another_algorithm_is_not_good(string signed, string said)
    {
        string signature = SignedTokens.Signed(signed, Claims).Split('.')[2];
        string header = SignedTokens.Encoded("{\"alg\":\"" + said + "\"}");
        Check(s_rsa, header + "." + SignedTokens.Encoded(Claims) + "." + signature, Fails);
    }

    [TestCase("""  "kid":"a",  """, "a", "", TestName = "The key of the token's kid is used")]
    [TestCase("""  "kid":"a",  """, "b", NoKey, TestName = "A key of another kid is not")]
    [TestCase("""  "kid":"a",  """, "", "", TestName = "A token without kid tries every key")]
    [TestCase("", "a", "", TestName = "A key without kid is tried for every token")]
    [TestCase("""  "alg":"RS256",  """, "", "", TestName = "The key of the token's algorithm is used")]
    [TestCase("""  "alg":"RS512",  """, "", NoKey, TestName = "A key of another algorithm is not")]
    [TestCase("""  "kid":"a","alg":"RS512",  """, "a", NoKey, TestName = "Both kid and algorithm must fit")]
    [TestCase("""  "kid":7,"alg":null,  """, "a", "", TestName = "A kid that is no text is none")]
    public void Keys_are_chosen_by_kid_and_algorithm(string fields, string keyId, string error) =>
        Check(SignedTokens.KeySet(SignedTokens.RsaJwk(fields)), SignedTokens.Signed("RS256", Claims, keyId), error);

    [Test]
    public void One_good_key_of_several_is_enough()
    {
        string keys = SignedTokens.KeySet(
            SignedTokens.RsaJwk("\"kid\":\"other\","), SignedTokens.CurveJwk("ES384"), SignedTokens.CurveJwk("ES256"));
        Check(keys, SignedTokens.Signed("ES256", Claims, "a"), "");
    }

    [Test]
    public void A_key_of_another_type_verifies_nothing()
    {
        Check(SignedTokens.KeySet(SignedTokens.CurveJwk("ES256")), SignedTokens.Signed("RS256", Claims), Fails);
        Check(s_rsa, SignedTokens.Signed("ES256", Claims), Fails);
    }

    [Test]
    public void The_key_of_another_curve_verifies_nothing() => Check(
        SignedTokens.KeySet(SignedTokens.CurveJwk("ES384")), SignedTokens.Signed("ES256", Claims), Fails);

    [TestCase("""{"kty":"RSA"}"""), TestCase("""{"kty":"RSA","n":"!","e":"AQAB"}""")]
    [TestCase("""{"kty":"RSA","n":"AQAB"}""")]
    public void An_rsa_key_without_its_numbers_verifies_nothing(string key) =>
        Check(SignedTokens.KeySet(key), SignedTokens.Signed("RS256", Claims), Fails);

    [TestCase("""{"kty":"RSA","n":"AQAB","e":"AQAB"}"""), TestCase("""{"kty":"oct"}"""), TestCase("""{"kty":7}""")]
    public void A_broken_key_verifies_nothing(string key) =>
        Check(SignedTokens.KeySet(key), SignedTokens.Signed("RS256", Claims), Fails);

    [TestCase("""{"kty":"EC","crv":"P-256"}"""), TestCase("""{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}""")]
    public void A_broken_point_verifies_nothing(string key) =>
        Check(SignedTokens.KeySet(key), SignedTokens.Signed("ES256", Claims), Fails);

    [TestCase("no json"), TestCase("[]"), TestCase("{}"), TestCase("""{"keys":{}}"""), TestCase("""{"keys":[]}""")]
    public void A_key_set_without_keys_lets_no_token_pass(string keys) =>
        Check(keys, SignedTokens.Signed("RS256", Claims), NoKey);

    [Test]
    public void Keys_that_are_elsewhere_are_taken_to_be_right() => Check("", SignedTokens.Of(Claims), "");

    private static void Check(string keys, string token, string error) =>
        Assert.That(new TokenKeySet(keys).Check(SignedTokens.Parsed(token)), Is.EqualTo(error));
}
