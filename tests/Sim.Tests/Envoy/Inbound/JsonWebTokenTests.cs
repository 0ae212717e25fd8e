using System.Text;
using Sim.Envoy;

namespace Sim.Tests.Envoy.Inbound;

/// <summary>How a token is taken apart. The texts are those of Envoy: source/common/jwt/status.cc.</summary>
internal sealed class JsonWebTokenTests
{
    private const string Header = """{"alg":"RS256","kid":"a","typ":"JWT"}""";

    private const string Claims = """
        {"iss":"https://id.bank.example","sub":"alice","aud":["ledger","cards"],"exp":4070908800,"nbf":1600000000,"n":7}
        """;

    [Test]
    public void A_token_is_its_header_its_claims_and_its_signature()
    {
        JsonWebToken token = SignedTokens.Parsed(SignedTokens.Unsigned(Header, Claims, "signature"));
        Assert.That((token.Algorithm, token.KeyId), Is.EqualTo(("RS256", "a")));
        Assert.That(token.Issuer, Is.EqualTo("https://id.bank.example"));
        Assert.That(token.Audiences, Is.EqualTo(new[] { "ledger", "cards" }));
        Assert.That((token.ExpiresAt, token.NotBefore), Is.EqualTo((4_070_908_800L, 1_600_000_000L)));
        Assert.That(token.Payload.Fields!["sub"].Text, Is.EqualTo("alice"));
        Assert.That(Encoding.ASCII.GetString(token.Signature), Is.EqualTo("signature"));
    }

    [Test]
    public void The_signature_is_over_the_first_two_parts_as_they_were_sent()
    {
        JsonWebToken token = SignedTokens.Parsed(SignedTokens.Unsigned(Header, Claims));
        Assert.That(token.PayloadSegment, Is.EqualTo(SignedTokens.Encoded(Claims)));
        Assert.That(Encoding.ASCII.GetString(token.SignedBytes),
            Is.EqualTo(SignedTokens.Encoded(Header) + "." + SignedTokens.Encoded(Claims)));
    }

    [Test]
    public void What_a_token_does_not_say_is_empty()
    {
        JsonWebToken token = SignedTokens.Parsed(SignedTokens.Unsigned("""{"alg":"ES384"}""", "{}"));
        Assert.That((token.KeyId, token.Issuer, token.ExpiresAt, token.NotBefore), Is.EqualTo(("", "", 0L, 0L)));
        Assert.That(token.Audiences, Is.Empty);
        Assert.That(token.Payload.Fields, Is.Empty);
    }

    [Test]
    public void One_audience_may_stand_alone() =>
        Assert.That(SignedTokens.Parsed(SignedTokens.Of("""{"aud":"cards"}""")).Audiences,
            Is.EqualTo(new[] { "cards" }));

    [Test]
    public void Fractions_of_a_second_do_not_count() =>
        Assert.That(SignedTokens.Parsed(SignedTokens.Of("""{"exp":1600000000.9}""")).ExpiresAt,
            Is.EqualTo(1_600_000_000));

    [TestCase("RS256"), TestCase("RS384"), TestCase("RS512"), TestCase("PS256"), TestCase("PS384"), TestCase("PS512")]
    [TestCase("ES256"), TestCase("ES384"), TestCase("ES512"), TestCase("HS256"), TestCase("HS384"), TestCase("HS512")]
    public void Algorithms_are_known(string algorithm) => Assert.That(
        SignedTokens.Parsed(SignedTokens.Unsigned("{\"alg\":\"" + algorithm + "\"}", "{}")).Algorithm,
        Is.EqualTo(algorithm));

    [TestCase(""), TestCase("one"), TestCase("one.two"), TestCase("one.two.three.four")]
    public void Anything_but_three_parts_is_no_token(string text) =>
        Refused(text, "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections");

    [TestCase("a"), TestCase("+-__"), TestCase("e3\u00e9")]
    public void The_header_must_be_base64url(string header) =>
        Refused(header + ".e30.e30", "Jwt header is an invalid Base64url encoded");

    [TestCase("no json"), TestCase("""["alg"]"""), TestCase("""{"alg":"RS256" """)]
    public void The_header_must_be_a_json_object(string header) =>
        Refused(SignedTokens.Unsigned(header, "{}"), "Jwt header is an invalid JSON");

    [TestCase("none"), TestCase("rs256"), TestCase("RS255"), TestCase("")]
    public void Other_algorithms_are_refused(string algorithm) => Refused(
        SignedTokens.Unsigned("{\"alg\":\"" + algorithm + "\"}", "{}"), "Jwt header [alg] is not supported");

    [TestCase("{}"), TestCase("""{"alg":256}""")]
    public void A_token_without_algorithm_is_refused(string header) =>
        Assert.That(ErrorOf(SignedTokens.Unsigned(header, "{}")), Does.StartWith("Jwt header [alg] field is "));

    [Test]
    public void The_payload_must_be_base64url() => Refused(
        SignedTokens.Encoded(Header) + ".e30*.e30", "Jwt payload is an invalid Base64url encoded");

    [TestCase("no json"), TestCase("[]"), TestCase("7")]
    public void The_payload_must_be_a_json_object(string payload) =>
        Refused(SignedTokens.Of(payload), "Jwt payload is an invalid JSON");

    [Test]
    public void The_signature_must_be_base64url() => Refused(
        SignedTokens.Encoded(Header) + ".e30.e", "Jwt signature is an invalid Base64url encoded");

    [Test]
    public void A_good_token_has_no_error() => Refused(SignedTokens.Of("{}"), "");

    [TestCase("", "")]
    [TestCase("Zg", "f")]
    [TestCase("Zm8", "fo")]
    [TestCase("Zm9v", "foo")]
    [TestCase("Zm9vYg", "foob")]
    [TestCase("Zm9vYmE", "fooba")]
    [TestCase("Zm9vYmFy", "foobar")]
    public void Base64url_is_read_as_rfc_4648_writes_it_without_padding(string segment, string text)
    {
        Assert.That(JsonWebToken.TryDecode(segment, out byte[] bytes), Is.True);
        Assert.That(Encoding.ASCII.GetString(bytes), Is.EqualTo(text));
    }

    [Test]
    public void Base64url_has_minus_and_underscore_for_the_last_two_values()
    {
        Assert.That(JsonWebToken.TryDecode("-_-_", out byte[] bytes), Is.True);
        Assert.That(bytes, Is.EqualTo(new byte[] { 0xFB, 0xFF, 0xBF }));
    }

    [TestCase("a"), TestCase("abcde"), TestCase("ab/d"), TestCase("ab+d")]
    public void Other_texts_are_no_base64url(string segment)
    {
        Assert.That(JsonWebToken.TryDecode(segment, out byte[] bytes), Is.False);
        Assert.That(bytes, Is.Empty);
    }

    private static void Refused(string text, string error) => Assert.That(ErrorOf(text), Is.EqualTo(error));

    private static string ErrorOf(string text)
    {
        JsonWebToken? token = JsonWebToken.Parse(text, out string error);
        Assert.That(token is null, Is.EqualTo(error.Length > 0));
        return error;
    }
}
