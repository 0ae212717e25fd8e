using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy.Inbound;

/// <summary>Which tokens let a request pass, what is said of others, and what becomes of them.</summary>
internal sealed class TokenFilterTests
{
    private const long Now = 1_785_000_000;
    private const string Bank = "https://id.bank.example";
    private const string Partner = "https://partners.example/idp";
    private const string Unknown = "Jwt issuer is not configured";

    private static readonly TokenIssuer s_bank = new(Bank, "");
    private static readonly TokenIssuer s_partner = new(Partner, "");

    [Test]
    public void Without_issuers_nothing_is_looked_at() =>
        Assert.That(Check(Bearer("garbage")).Reply, Is.Null);

    [Test]
    public void Without_token_a_request_passes_and_claims_nothing()
    {
        InboundRequest request = SignedTokens.Request();
        TokenVerdict verdict = Check(request, s_bank);
        Assert.That((verdict.Reply, verdict.Payload), Is.EqualTo(((LocalReply?)null, (MetadataValue?)null)));
        Assert.That(verdict.Request.Lines, Is.EqualTo(request.Lines));
    }

    [Test]
    public void A_good_token_passes_with_its_claims()
    {
        TokenVerdict verdict = Check(Bearer(Claims(Bank)), s_bank);
        Assert.That(verdict.Reply, Is.Null);
        Assert.That(verdict.Payload!.Fields!["iss"].Text, Is.EqualTo(Bank));
        Assert.That(verdict.Request.Lines, Is.Empty, "the token is taken out and nothing put in");
    }

    [TestCase("garbage", "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections")]
    [TestCase("e30.e30.e", "Jwt header [alg] field")]
    public void What_is_no_token_is_refused(string text, string error) =>
        Assert.That(Check(Bearer(text), s_bank).Reply!.Body, Does.StartWith(error));

    [Test]
    public void A_refusal_is_401_and_says_why_in_its_details()
    {
        LocalReply reply = Check(Bearer(Claims("https://nobody.example")), s_bank).Reply!;
        Assert.That((reply.Code, reply.Flag, reply.Body), Is.EqualTo((401, ResponseFlag.None, Unknown)));
        Assert.That(reply.Details, Is.EqualTo("jwt_authn_access_denied{Jwt_issuer_is_not_configured}"));
    }

    /// <summary>Envoy allows clocks to differ by 60 seconds, the sixtieth included.</summary>
    [TestCase("\"exp\":1785000000", "")]
    [TestCase("\"exp\":1784999940", "")]
    [TestCase("\"exp\":1784999939", "Jwt is expired")]
    [TestCase("\"exp\":1600000000", "Jwt is expired")]
    [TestCase("\"exp\":0", "")]
    [TestCase("\"nbf\":1785000060", "")]
    [TestCase("\"nbf\":1785000061", "Jwt not yet valid")]
    [TestCase("\"nbf\":1600000000", "")]
    [TestCase("\"nbf\":4000000000,\"exp\":1600000000", "Jwt not yet valid")]
    public void A_token_is_good_between_its_times_and_a_minute_more(string times, string error) => Assert.That(
        Check(Bearer(Claims(Bank, times)), s_bank).Reply?.Body ?? "", Is.EqualTo(error));

    [TestCase("\"aud\":\"ledger\"", true)]
    [TestCase("\"aud\":[\"other\",\"cards\"]", true)]
    [TestCase("\"aud\":[\"other\"]", false)]
    [TestCase("\"sub\":\"alice\"", false)]
    public void One_audience_must_be_one_of_those_accepted(string claim, bool isGood)
    {
        LocalReply? reply = Check(Bearer(Claims(Bank, claim)), s_bank with { Audiences = ["ledger", "cards"] }).Reply;
        Assert.That(reply is null, Is.EqualTo(isGood));
        Assert.That((reply?.Code ?? 403, reply?.Body ?? "Audiences in Jwt are not allowed"),
            Is.EqualTo((403, "Audiences in Jwt are not allowed")));
    }

    [Test]
    public void Time_is_looked_at_before_the_audience_and_the_audience_before_the_signature()
    {
        TokenIssuer strict = s_bank with { Audiences = ["ledger"], Jwks = SignedTokens.KeySet(SignedTokens.RsaJwk()) };
        Assert.That(BodyOf(Claims(Bank, "\"exp\":1600000000"), strict), Is.EqualTo("Jwt is expired"));
        Assert.That(BodyOf(Claims(Bank), strict), Is.EqualTo("Audiences in Jwt are not allowed"));
        Assert.That(BodyOf(Claims(Bank, "\"aud\":\"ledger\""), strict), Is.EqualTo("Jwt verification fails"));
        string good = SignedTokens.Signed("RS256", $$"""{"iss":"{{Bank}}","aud":"ledger"}""");
        Assert.That(BodyOf(good, strict), Is.Empty);
    }

    [Test]
    public void An_issuer_without_name_takes_any_token() =>
        Assert.That(Check(Bearer(Claims("https://nobody.example")), s_bank with { Issuer = "" }).Reply, Is.Null);

    [Test]
    public void Each_of_several_issuers_takes_its_own_token()
    {
        Assert.That(Check(Bearer(Claims(Bank)), s_bank, s_partner).Payload!.Fields!["iss"].Text, Is.EqualTo(Bank));
        Assert.That(Check(Bearer(Claims(Partner)), s_bank, s_partner).Payload!.Fields!["iss"].Text,
            Is.EqualTo(Partner));
    }

    [TestCase(Bank, "Jwt is expired"), TestCase(Partner, "Jwt is expired"), TestCase("https://nobody.example", Unknown)]
    public void Of_several_errors_the_one_of_the_tokens_own_issuer_is_told(string issuer, string error) => Assert.That(
        BodyOf(Claims(issuer, "\"exp\":1600000000"), s_bank, s_partner), Is.EqualTo(error));

    [Test]
    public void Of_several_places_the_last_is_looked_at_first_and_one_good_token_is_enough()
    {
        TokenIssuer issuer = s_bank with { FromHeaders = [("x-one", ""), ("x-two", "")], FromParams = ["t"] };
        string One(string name) => Claims(Bank, $"\"sub\":\"{name}\"");
        InboundRequest all = SignedTokens.Request("/?t=" + One("c"), ("x-one", One("a")), ("x-two", One("b")));
        Assert.That(Check(all, issuer).Payload!.Fields!["sub"].Text, Is.EqualTo("c"));
        InboundRequest headers = all with { Path = "/" };
        Assert.That(Check(headers, issuer).Payload!.Fields!["sub"].Text, Is.EqualTo("b"));
        InboundRequest oneGood = SignedTokens.Request("/", ("x-one", One("a")), ("x-two", "garbage"));
        Assert.That(Check(oneGood, issuer).Payload!.Fields!["sub"].Text, Is.EqualTo("a"));
    }

    /// <summary>A token that no issuer finds in a place of its own is no error where nobody looks.</summary>
    [Test]
    public void A_place_may_hold_the_token_of_any_issuer_that_looks_there()
    {
        TokenIssuer here = s_bank with { FromHeaders = [("x-token", "")] };
        TokenIssuer there = s_partner with { FromHeaders = [("x-other", "")] };
        Assert.That(BodyOf(SignedTokens.Request("x-token", Claims(Partner)), here, there), Is.EqualTo(Unknown));
        Assert.That(BodyOf(SignedTokens.Request("x-other", Claims(Partner)), here, there), Is.Empty);
        Assert.That(BodyOf(SignedTokens.Request("x-third", Claims(Partner)), here, there), Is.Empty);
    }

    [TestCase("OPTIONS", "origin", "access-control-request-method", true)]
    [TestCase("GET", "origin", "access-control-request-method", false)]
    [TestCase("OPTIONS", "origin", "x-none", false)]
    [TestCase("OPTIONS", "x-none", "access-control-request-method", false)]
    public void A_preflight_request_is_not_looked_at(string method, string first, string second, bool passes)
    {
        InboundRequest request = SignedTokens.Request(
            "/", (first, "https://a"), (second, "GET"), ("authorization", "Bearer garbage")) with { Method = method };
        Assert.That(Check(request, s_bank).Reply is null, Is.EqualTo(passes));
    }

    [Test]
    public void The_token_goes_no_further_unless_that_is_said()
    {
        InboundRequest request = Bearer(Claims(Bank));
        Assert.That(Check(request, s_bank).Request.Header("authorization"), Is.Null);
        Assert.That(Check(request, s_bank with { ForwardsToken = true }).Request.Header("authorization"),
            Is.EqualTo(request.Header("authorization")));
    }

    [Test]
    public void The_payload_is_handed_on_as_it_stands_in_the_token()
    {
        string token = Claims(Bank);
        InboundRequest sent = Bearer(token).With("x-payload", "forged");
        Assert.That(Check(sent, s_bank with { PayloadHeader = "x-payload" }).Request.Header("x-payload"),
            Is.EqualTo(token.Split('.')[1]));
    }

    [Test]
    public void Claims_are_handed_on_in_headers()
    {
        TokenIssuer issuer = s_bank with
        {
            ClaimHeaders =
            [
                ("x-sub", "sub"), ("x-deep", "realm.level"), ("x-none", "none"), ("x-past", "sub.a"),
                ("x-struct", "realm.none"),
            ],
        };
        string token = Claims(Bank, "\"sub\":\"alice\",\"realm\":{\"level\":\"gold\"}");
        InboundRequest after = Check(Bearer(token), issuer).Request;
        Assert.That((after.Header("x-sub"), after.Header("x-deep")), Is.EqualTo(("alice", "gold")));
        Assert.That(new[] { after.Header("x-none"), after.Header("x-struct"), after.Header("x-past") }, Is.All.Null);
    }

    [Test]
    public void A_caller_cannot_send_the_headers_that_carry_claims()
    {
        TokenIssuer issuer = s_bank with { PayloadHeader = "x-payload", ClaimHeaders = [("x-sub", "sub")] };
        InboundRequest forged = SignedTokens.Request("/", ("X-Payload", "p"), ("X-Sub", "admin"), ("x-other", "o"));
        Assert.That(Check(forged, issuer).Request.Lines.Select(static l => l.Key), Is.EqualTo(new[] { "x-other" }));
        Assert.That(Check(forged, s_partner, issuer).Request.Lines, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_claim_of_words_becomes_a_list_where_the_issuer_says_so()
    {
        InboundRequest request = Bearer(Claims(Bank, "\"scope\":\"read write\""));
        MetadataValue claims = Check(request, s_bank with { SpaceDelimitedClaims = ["scope"] }).Payload!;
        Assert.That(claims.Fields!["scope"].Items!.Select(static i => i.Text), Is.EqualTo(new[] { "read", "write" }));
    }

    private static TokenVerdict Check(InboundRequest request, params TokenIssuer[] issuers) =>
        new TokenFilter(issuers).Check(request, Now);

    private static string BodyOf(string token, params TokenIssuer[] issuers) => BodyOf(Bearer(token), issuers);

    private static string BodyOf(InboundRequest request, params TokenIssuer[] issuers) =>
        Check(request, issuers).Reply?.Body ?? "";

    private static InboundRequest Bearer(string token) => SignedTokens.Request("Authorization", "Bearer " + token);

    private static string Claims(string issuer, string others = "\"x\":1") =>
        SignedTokens.Of($$"""{"iss":"{{issuer}}",{{others}}}""");
}
