using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy.Inbound;

/// <summary>Where tokens are found and how they are taken out. Envoy:
/// source/extensions/filters/http/jwt_authn/extractor.cc.</summary>
internal sealed class TokenPlaceTests
{
    private static readonly TokenPlace s_bearer = new(TokenPlaceKind.Header, "authorization", "Bearer ");
    private static readonly TokenPlace s_plain = new(TokenPlaceKind.Header, "x-token", "");
    private static readonly TokenPlace s_parameter = new(TokenPlaceKind.Parameter, "token", "");
    private static readonly TokenPlace s_cookie = new(TokenPlaceKind.Cookie, "session", "");

    [Test]
    public void An_issuer_that_names_no_place_has_the_usual_two() => Assert.That(
        TokenPlace.Of(new TokenIssuer("i", "")),
        Is.EqualTo(new[] { s_bearer, new TokenPlace(TokenPlaceKind.Parameter, "access_token", "") }));

    [Test]
    public void Named_places_are_headers_then_parameters_then_cookies()
    {
        var issuer = new TokenIssuer("i", "")
        {
            FromCookies = ["session"], FromParams = ["token"], FromHeaders = [("x-token", ""), ("x-key", "Key ")],
        };
        Assert.That(TokenPlace.Of(issuer), Is.EqualTo(new[]
        {
            s_plain, new TokenPlace(TokenPlaceKind.Header, "x-key", "Key "), s_parameter, s_cookie,
        }));
    }

    [Test]
    public void One_kind_of_place_is_enough_to_replace_the_usual_ones()
    {
        var issuer = new TokenIssuer("i", "");
        Assert.That(TokenPlace.Of(issuer with { FromParams = ["token"] }), Is.EqualTo(new[] { s_parameter }));
        Assert.That(TokenPlace.Of(issuer with { FromCookies = ["session"] }), Is.EqualTo(new[] { s_cookie }));
        Assert.That(TokenPlace.Of(issuer with { FromHeaders = [("x-token", "")] }), Is.EqualTo(new[] { s_plain }));
    }

    [TestCase("Bearer a.b-c_D9", "a.b-c_D9")]
    [TestCase("Bearer a.b.c, and more", "a.b.c")]
    [TestCase("Bearer \"a.b.c\"", "a.b.c")]
    [TestCase("Basic x, Bearer a.b.c", "a.b.c")]
    [TestCase("Bearer   a.b.c", "a.b.c")]
    [TestCase("Bearer , ;", "Bearer , ;")]
    [TestCase("bearer a.b.c", null)]
    [TestCase("Basic a.b.c", null)]
    [TestCase("Bearer", null)]
    public void Behind_its_prefix_a_token_ends_at_a_character_that_none_has(string value, string? token) =>
        Assert.That(s_bearer.Find(SignedTokens.Request("Authorization", value)), Is.EqualTo(token));

    [Test]
    public void A_header_without_prefix_is_the_token_as_it_stands()
    {
        Assert.That(s_plain.Find(SignedTokens.Request("X-Token", "a b")), Is.EqualTo("a b"));
        Assert.That(s_plain.Find(SignedTokens.Request()), Is.Null);
        Assert.That(s_bearer.Find(SignedTokens.Request()), Is.Null);
    }

    [TestCase("/a?token=a.b.c", "a.b.c")]
    [TestCase("/a?x=1&token=a.b.c&token=d", "a.b.c")]
    [TestCase("/a?tokens=a.b.c", null)]
    [TestCase("/token=a.b.c", null)]
    public void A_parameter_is_found_by_its_name(string path, string? token) =>
        Assert.That(s_parameter.Find(SignedTokens.Request(path: path)), Is.EqualTo(token));

    [TestCase("session=a.b.c", "a.b.c")]
    [TestCase("x=1; session=a.b.c; y=2", "a.b.c")]
    [TestCase("session=\"a.b.c\"", "a.b.c")]
    [TestCase("session=a=b", "a=b")]
    [TestCase("session=", "")]
    [TestCase("sessions=a.b.c", null)]
    [TestCase("session", null)]
    [TestCase("=session", null)]
    public void A_cookie_is_found_by_its_name(string cookies, string? token) =>
        Assert.That(s_cookie.Find(SignedTokens.Request("Cookie", cookies)), Is.EqualTo(token));

    [Test]
    public void A_cookie_may_stand_in_any_of_several_lines()
    {
        InboundRequest request = SignedTokens.Request(
            "/", ("x-other", "session=no"), ("cookie", "x=1"), ("cookie", "session=a.b.c"));
        Assert.That(s_cookie.Find(request), Is.EqualTo("a.b.c"));
    }

    [Test]
    public void A_token_in_a_header_is_taken_out_with_its_header()
    {
        InboundRequest request = SignedTokens.Request("/a?token=t", ("Authorization", "Bearer t"), ("accept", "x"));
        Assert.That(s_bearer.Remove(request).Lines.Select(static l => l.Key), Is.EqualTo(new[] { "accept" }));
        Assert.That(s_bearer.Remove(request).Path, Is.EqualTo("/a?token=t"));
    }

    [TestCase("/a?token=t", "/a")]
    [TestCase("/a?token", "/a")]
    [TestCase("/a?x=1&token=t&y=2", "/a?x=1&y=2")]
    [TestCase("/a?token=t&x=token", "/a?x=token")]
    [TestCase("/a?tokens=t", "/a?tokens=t")]
    [TestCase("/token=t", "/token=t")]
    [TestCase("/a", "/a")]
    public void A_token_in_a_parameter_is_taken_out_of_the_path(string path, string left)
    {
        InboundRequest rest = s_parameter.Remove(SignedTokens.Request("token", "kept", path));
        Assert.That(rest.Path, Is.EqualTo(left));
        Assert.That(rest.Lines, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_token_in_a_cookie_stays()
    {
        InboundRequest request = SignedTokens.Request("cookie", "session=a.b.c", "/a?session=x");
        Assert.That(s_cookie.Remove(request), Is.SameAs(request));
    }
}
