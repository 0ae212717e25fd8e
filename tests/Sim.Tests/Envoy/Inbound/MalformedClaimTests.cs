using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy.Inbound;

/// <summary>Claims of the wrong type make a token none; those handed on are written as Envoy writes them. Envoy:
/// source/common/jwt/jwt.cc, status.cc, source/extensions/filters/http/jwt_authn/authenticator.cc.</summary>
internal sealed class MalformedClaimTests
{
    [TestCase("{}", "Jwt header [alg] field is required and must be a string")]
    [TestCase("""{"alg":256}""", "Jwt header [alg] field is required and must be a string")]
    [TestCase("""{"alg":"RS256","kid":7}""", "Jwt header [kid] field is not a string")]
    public void Fields_of_the_header_are_texts(string header, string error) =>
        Assert.That(ErrorOf(SignedTokens.Unsigned(header, "{}")), Is.EqualTo(error));

    [TestCase("""{"iss":7}""", "[iss] field is not a string")]
    [TestCase("""{"sub":null}""", "[sub] field is not a string")]
    [TestCase("""{"jti":["x"]}""", "[jti] field is not a string")]
    [TestCase("""{"iat":"now"}""", "[iat] field is not an integer")]
    [TestCase("""{"nbf":true}""", "[nbf] field is not an integer")]
    [TestCase("""{"exp":"4070908800"}""", "[exp] field is not an integer")]
    [TestCase("""{"exp":-1}""", "[exp] field is not a positive 64 bit integer")]
    [TestCase("""{"nbf":1e30}""", "[nbf] field is not a positive 64 bit integer")]
    [TestCase("""{"aud":7}""", "[aud] field is not a string or string list")]
    [TestCase("""{"aud":["ledger",7]}""", "[aud] field is not a string or string list")]
    [TestCase("""{"exp":-1,"iss":7}""", "[iss] field is not a string")]
    public void Claims_with_a_meaning_have_their_type(string claims, string error) =>
        Assert.That(ErrorOf(SignedTokens.Of(claims)), Is.EqualTo("Jwt payload " + error));

    [TestCase("""{"exp":0,"nbf":0,"iat":1.5,"aud":[],"sub":"","level":7}""")]
    public void Others_may_have_any(string claims) => Assert.That(ErrorOf(SignedTokens.Of(claims)), Is.Empty);

    /// <summary>Numbers and truth values are carried in headers too; empty texts, lists and structs are not.</summary>
    [TestCase("7", "7"), TestCase("7.0", "7"), TestCase("1.5", "1.500000"), TestCase("-2", "-2.000000")]
    [TestCase("true", "true"), TestCase("false", "false"), TestCase("\"a b\"", "a b")]
    [TestCase("\"\"", null), TestCase("null", null), TestCase("[\"a\"]", null), TestCase("{}", null)]
    public void A_claim_is_written_into_its_header(string claim, string? header)
    {
        var filter = new TokenFilter([new TokenIssuer("", "") { ClaimHeaders = [("x-c", "a.b")] }]);
        string token = SignedTokens.Of("{\"a\":{\"b\":" + claim + "}}");
        Assert.That(filter.Check(SignedTokens.Request("Authorization", "Bearer " + token), 0).Request.Header("x-c"),
            Is.EqualTo(header));
    }

    [TestCase("a.b."), TestCase(".b.c"), TestCase("a..c")]
    public void Empty_parts_do_not_count(string text) =>
        Assert.That(ErrorOf(text), Does.StartWith("Jwt is not in the form of Header.Payload.Signature"));

    private static string ErrorOf(string text)
    {
        JsonWebToken? token = JsonWebToken.Parse(text, out string error);
        Assert.That(token is null, Is.EqualTo(error.Length > 0));
        return error;
    }
}
