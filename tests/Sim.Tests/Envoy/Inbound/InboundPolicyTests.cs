using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy.Inbound;

/// <summary>The filters of an inbound port in their order.</summary>
internal sealed class InboundPolicyTests
{
    private const long Now = 1_785_000_000;

    private static readonly InboundRelease s_release = InboundRelease.Of(IstioProfile.V1_29);

    private static readonly InboundConnection s_connection = new()
    {
        Peer = RbacPeer.Of("spiffe://cluster.local/ns/bank/sa/teller"),
        DestinationIp = IpAddress.Parse("10.1.0.1"), DestinationPort = 8080, PeerIp = IpAddress.Parse("10.0.0.1"),
        SourceIp = IpAddress.Parse("10.0.0.2"), ServerName = "bank", SourceCluster = "east",
    };

    private static readonly RbacNode s_admin = Path("/admin");

    [Test]
    public void Without_filters_a_request_reaches_the_application_with_its_normal_path()
    {
        InboundDecision decision = Decide(Http(), SignedTokens.Request(path: "/a/../b%2e?x=1"));
        Assert.That((decision.IsAllowed, decision.Path), Is.EqualTo((true, "/b.?x=1")));
        Assert.That((decision.Rule, decision.Origin), Is.EqualTo(("", default(SourceSpan))));
    }

    [Test]
    public void A_request_line_that_is_refused_meets_no_filter()
    {
        InboundDecision decision = Decide(Http(Rules(RbacAction.Deny, RbacNode.Any)),
            SignedTokens.Request() with { Method = "get" });
        Assert.That(decision.Reply!.Details, Is.EqualTo("http1.codec_error"));
        Assert.That((decision.Custom, decision.Policies, decision.Path, decision.Rule), Is.EqualTo(
            ((RbacDecision?)null, (RbacDecision?)null, (string?)null, "")));
    }

    [TestCase("/admin", 403), TestCase("/%61dmin", 403), TestCase("/x/../admin?y", 403), TestCase("/other", 0)]
    public void Policies_see_the_normal_path(string path, int code)
    {
        InboundDecision decision = Decide(Http(Rules(RbacAction.Deny, s_admin)), SignedTokens.Request(path: path));
        Assert.That(decision.Reply?.Code ?? 0, Is.EqualTo(code));
        Assert.That(decision.Path is null, Is.EqualTo(code > 0));
        Assert.That(decision.Rule, Is.EqualTo(code > 0 ? "Deny rule" : ""));
    }

    [Test]
    public void The_rule_that_decided_is_named_with_its_place()
    {
        var span = new SourceSpan("policy.yaml", 3, 1);
        InboundListener listener = Http(
            new RbacRules(RbacAction.Allow, [new RbacPolicy("p", [RbacNode.Any], [RbacNode.Any], span)]));
        InboundDecision decision = Decide(listener, SignedTokens.Request());
        Assert.That((decision.IsAllowed, decision.Rule, decision.Origin), Is.EqualTo((true, "p", span)));
    }

    [Test]
    public void Custom_rules_that_refuse_come_before_all_others()
    {
        var span = new SourceSpan("policy.yaml", 3, 1);
        var custom = new RbacRules(
            RbacAction.Deny, [new RbacPolicy("custom", [RbacNode.Any], [RbacNode.Any], span)]) { IsCustom = true };
        InboundDecision decision = Decide(
            Http(Rules(RbacAction.Deny, RbacNode.Any), custom), Bearer("garbage"), issuers: [new TokenIssuer("i", "")]);
        Assert.That((decision.Rule, decision.Origin), Is.EqualTo(("custom", span)));
        Assert.That(decision.Policies, Is.Null);
        Assert.That(decision.Reply!.Code, Is.EqualTo(403));
    }

    [Test]
    public void An_authorizer_that_agrees_lets_the_other_filters_decide()
    {
        int asked = 0;
        InboundDecision decision = Decide(Http(Custom(null), Rules(RbacAction.Deny, s_admin)),
            SignedTokens.Request(path: "/admin"), _ => { asked++; return ExternalAnswer.Allow; });
        Assert.That((asked, decision.Reply!.Code, decision.Rule), Is.EqualTo((1, 403, "Deny rule")));
        Assert.That(decision.Custom!.ProviderPolicy, Is.EqualTo("ask"));
    }

    [Test]
    public void An_authorizer_is_not_asked_about_what_another_custom_rule_refuses()
    {
        RbacRules refusing = Rules(RbacAction.Deny, RbacNode.Any) with { IsCustom = true };
        Assert.That(Decide(Http(Custom(null), refusing), SignedTokens.Request()).Rule, Is.EqualTo("Deny rule"));
        var listener = new InboundListener { Port = 80, TcpRbac = [Custom(null), refusing] };
        InboundDecision tcp = InboundPolicy.Compile(listener, s_release).DecideTcp(s_connection, NeverAsked);
        Assert.That((tcp.Rule, tcp.Policies), Is.EqualTo(("Deny rule", (RbacDecision?)null)));
    }

    [Test]
    public void Rules_with_an_authorizer_come_before_the_tokens()
    {
        RbacRules rules = Custom(null) with { IsCustom = false };
        InboundDecision decision = Decide(Http(rules), Bearer("garbage"),
            static _ => new ExternalAnswer(ExternalAnswerKind.Deny), [new TokenIssuer("i", "")]);
        Assert.That(decision.Reply!.Details, Is.EqualTo("ext_authz_denied"));
    }

    [Test]
    public void An_authorizer_is_asked_only_about_requests_that_match()
    {
        InboundListener listener = Http(
            new RbacRules(RbacAction.Deny, [new RbacPolicy("ask", [s_admin], [RbacNode.Any])], Provider: "opa"));
        InboundDecision decision = Decide(listener, SignedTokens.Request(path: "/other"));
        Assert.That(decision.IsAllowed, Is.True);
    }

    [Test]
    public void A_refusal_of_the_authorizer_is_passed_on_and_names_the_policy_that_asked()
    {
        InboundDecision decision = Decide(Http(Custom(null), Rules(RbacAction.Deny, s_admin)), SignedTokens.Request(),
            static _ => new ExternalAnswer(ExternalAnswerKind.Deny, 401, "log in"));
        LocalReply reply = decision.Reply!;
        Assert.That((reply.Code, reply.Body, reply.Flag, reply.Details),
            Is.EqualTo((401, "log in", ResponseFlag.UnauthorizedExternalService, "ext_authz_denied")));
        Assert.That((decision.Rule, decision.Policies, decision.Path),
            Is.EqualTo(("ask", (RbacDecision?)null, (string?)null)));
    }

    /// <summary>A status for failures is stated; an HTTP authorizer's server error has it from 1.31 only.</summary>
    [TestCase(ExternalAnswerKind.Unreachable, false, IstioProfile.V1_29, 503)]
    [TestCase(ExternalAnswerKind.Unreachable, true, IstioProfile.V1_29, 503)]
    [TestCase(ExternalAnswerKind.ServerError, true, IstioProfile.V1_29, 503)]
    [TestCase(ExternalAnswerKind.ServerError, false, IstioProfile.V1_29, 403)]
    [TestCase(ExternalAnswerKind.ServerError, false, IstioProfile.V1_31, 503)]
    public void A_failure_of_the_authorizer_has_the_status_stated_for_it(
        ExternalAnswerKind kind, bool isGrpc, IstioProfile profile, int code)
    {
        var authorizer = new ExternalAuthorizer(isGrpc, false, 503);
        InboundDecision decision = InboundPolicy.Compile(Http(Custom(authorizer)), InboundRelease.Of(profile)).Decide(
            s_connection, SignedTokens.Request(), _ => new ExternalAnswer(kind), Now);
        Assert.That((decision.Reply!.Code, decision.Reply.Details), Is.EqualTo((code, "ext_authz_error")));
        Assert.That(decision.Rule, Is.EqualTo("ask"));
    }

    [Test]
    public void A_failure_of_an_authorizer_that_says_nothing_is_403()
    {
        InboundDecision decision = Decide(Http(Custom(null)), SignedTokens.Request(),
            static _ => new ExternalAnswer(ExternalAnswerKind.Unreachable));
        Assert.That(decision.Reply!.Code, Is.EqualTo(403));
    }

    [TestCase(ExternalAnswerKind.Unreachable, true), TestCase(ExternalAnswerKind.ServerError, true)]
    [TestCase(ExternalAnswerKind.Deny, false)]
    public void An_authorizer_that_fails_open_lets_pass_what_it_cannot_answer(ExternalAnswerKind kind, bool passes)
    {
        InboundDecision decision = Decide(Http(Custom(new ExternalAuthorizer(false, true, 503))),
            SignedTokens.Request(), _ => new ExternalAnswer(kind));
        Assert.That(decision.IsAllowed, Is.EqualTo(passes));
    }

    [Test]
    public void Tokens_are_looked_at_after_the_authorizer_and_before_the_policies()
    {
        InboundDecision decision = Decide(Http(Custom(null), Rules(RbacAction.Deny, RbacNode.Any)), Bearer("garbage"),
            static _ => ExternalAnswer.Allow, [new TokenIssuer("i", "")]);
        Assert.That(decision.Reply!.Code, Is.EqualTo(401));
        Assert.That((decision.Custom!.ProviderPolicy, decision.Policies, decision.Rule),
            Is.EqualTo(("ask", (RbacDecision?)null, "")));
    }

    [Test]
    public void Policies_see_the_claims_of_the_token_and_the_request_without_it()
    {
        InboundRequest request = Bearer(SignedTokens.Of("""{"iss":"i","sub":"alice"}"""));
        TokenIssuer[] issuers = [new TokenIssuer("i", "")];
        InboundListener alice = Http(Rules(RbacAction.Allow, Claim("alice")));
        InboundListener bob = Http(Rules(RbacAction.Allow, Claim("bob")));
        Assert.That(Decide(alice, request, issuers: issuers).IsAllowed, Is.True);
        Assert.That(Decide(bob, request, issuers: issuers).IsAllowed, Is.False);
        InboundListener noToken = Http(Rules(RbacAction.Deny, new RbacNode
        {
            Kind = RbacNodeKind.Header, Header = new HeaderMatcher("authorization", PresentMatch: true),
        }));
        Assert.That(Decide(noToken, request, issuers: issuers).IsAllowed, Is.True);
        Assert.That(Decide(noToken, request).IsAllowed, Is.False);
    }

    [Test]
    public void Claims_may_be_stated_instead_of_a_token_and_a_real_token_wins()
    {
        var stated = new MetadataValue(Fields: new Dictionary<string, MetadataValue> { ["sub"] = new("bob") });
        TokenIssuer[] issuers = [new TokenIssuer("i", "")];
        InboundListener listener = Http(Rules(RbacAction.Allow, Claim("bob")));
        InboundRequest none = SignedTokens.Request();
        Assert.That(Decide(listener, none with { StatedClaims = stated }, issuers: issuers).IsAllowed, Is.True);
        InboundRequest real = Bearer(SignedTokens.Of("""{"iss":"i","sub":"alice"}"""));
        Assert.That(Decide(listener, real with { StatedClaims = stated }, issuers: issuers).IsAllowed, Is.False);
    }

    /// <summary>A sidecar believes the last address of X-Forwarded-For.</summary>
    [TestCase("192.168.3.4", "192.168.3.4")]
    [TestCase("1.2.3.4, 192.168.3.4", "192.168.3.4")]
    [TestCase("192.168.3.4,1.2.3.4", "1.2.3.4")]
    [TestCase("unknown", "10.0.0.2")]
    [TestCase("", "10.0.0.2")]
    [TestCase(null, "10.0.0.2")]
    public void The_remote_address_is_the_one_told_last_else_the_source(string? forwarded, string address)
    {
        InboundRequest request = forwarded is null ? SignedTokens.Request()
            : SignedTokens.Request("X-Forwarded-For", forwarded);
        var node = new RbacNode { Kind = RbacNodeKind.RemoteIp, Cidr = address };
        Assert.That(Decide(Http(Rules(RbacAction.Allow, node)), request).IsAllowed, Is.True);
    }

    [TestCase(RbacNodeKind.DestinationIp, "10.1.0.1"), TestCase(RbacNodeKind.DirectRemoteIp, "10.0.0.1")]
    [TestCase(RbacNodeKind.SourceIp, "10.0.0.2"), TestCase(RbacNodeKind.RemoteIp, "10.0.0.2")]
    public void A_connection_has_its_addresses(RbacNodeKind kind, string address)
    {
        RbacRules rules = Rules(RbacAction.Allow, new RbacNode { Kind = kind, Cidr = address });
        Assert.That(Tcp(rules).IsAllowed, Is.True);
        Assert.That(Decide(Http(rules), SignedTokens.Request()).IsAllowed, Is.True);
    }

    [Test]
    public void On_a_tcp_chain_policies_decide_about_the_connection()
    {
        var port = new RbacNode { Kind = RbacNodeKind.DestinationPort, Port = 8080 };
        Assert.That(Tcp(Rules(RbacAction.Deny, port)).Rule, Is.EqualTo("Deny rule"));
        Assert.That(Tcp(Rules(RbacAction.Deny, port with { Port = 80 })).IsAllowed, Is.True);
        Assert.That(Tcp(Rules(RbacAction.Allow, s_admin)).Reply!.Details,
            Is.EqualTo("rbac_access_denied_matched_policy[none]"));
    }

    [Test]
    public void On_a_tcp_chain_the_authorizer_is_asked_first()
    {
        InboundListener listener = new() { Port = 80, TcpRbac = [Custom(null), Rules(RbacAction.Deny, RbacNode.Any)] };
        InboundDecision refused = InboundPolicy.Compile(listener, s_release).DecideTcp(
            s_connection, static _ => new ExternalAnswer(ExternalAnswerKind.Deny));
        Assert.That((refused.Rule, refused.Policies, refused.Reply!.Details),
            Is.EqualTo(("ask", (RbacDecision?)null, "ext_authz_denied")));
        InboundDecision agreed = InboundPolicy.Compile(listener, s_release).DecideTcp(
            s_connection, static _ => ExternalAnswer.Allow);
        Assert.That((agreed.Rule, agreed.Custom!.Provider, agreed.IsAllowed), Is.EqualTo(("Deny rule", "opa", false)));
    }

    [Test]
    public void Filters_of_one_chain_do_not_ask_about_the_other()
    {
        Assert.That(Decide(new InboundListener { Port = 80, TcpRbac = [Rules(RbacAction.Deny, RbacNode.Any)] },
            SignedTokens.Request()).IsAllowed, Is.True);
        Assert.That(InboundPolicy.Compile(Http(Rules(RbacAction.Deny, RbacNode.Any)), s_release).DecideTcp(
            s_connection, NeverAsked).IsAllowed, Is.True);
    }

    [Test]
    public void Expressions_that_are_refused_are_reported()
    {
        var bag = new DiagnosticBag();
        var node = new RbacNode { Kind = RbacNodeKind.SourceIp, Cidr = "10.0.0.300/8" };
        InboundPolicy.Compile(Http(Rules(RbacAction.Deny, node)), s_release, bag);
        Assert.That(bag.Items.Single().Code, Is.EqualTo("MS5003"));
    }

    private static InboundDecision Decide(
        InboundListener listener, InboundRequest request, Func<RbacDecision, ExternalAnswer>? ask = null,
        IReadOnlyList<TokenIssuer>? issuers = null) =>
        InboundPolicy.Compile(listener with { TokenIssuers = issuers ?? [] }, s_release).Decide(
            s_connection, request, ask ?? NeverAsked, Now);

    private static InboundDecision Tcp(RbacRules rules) =>
        InboundPolicy.Compile(new InboundListener { Port = 80, TcpRbac = [rules] }, s_release).DecideTcp(
            s_connection, NeverAsked);

    private static ExternalAnswer NeverAsked(RbacDecision decision) => throw new InvalidOperationException("asked");

    private static InboundListener Http(params RbacRules[] rules) => new() { Port = 80, HttpRbac = rules };

    private static RbacRules Rules(RbacAction action, RbacNode node) =>
        new(action, [new RbacPolicy(action + " rule", [RbacNode.Any], [node])]);

    private static RbacRules Custom(ExternalAuthorizer? authorizer) =>
        new(RbacAction.Deny, [new RbacPolicy("ask", [RbacNode.Any], [RbacNode.Any])], Provider: "opa")
        {
            IsCustom = true, Authorizer = authorizer,
        };

    private static RbacNode Path(string path) => new()
    {
        Kind = RbacNodeKind.UrlPath, Match = new StringMatcher(StringMatchKind.Exact, path),
    };

    private static RbacNode Claim(string subject) => new()
    {
        Kind = RbacNodeKind.Metadata, Filter = "envoy.filters.http.jwt_authn", MetadataPath = ["payload", "sub"],
        Match = new StringMatcher(StringMatchKind.Exact, subject),
    };

    private static InboundRequest Bearer(string token) => SignedTokens.Request("Authorization", "Bearer " + token);
}
