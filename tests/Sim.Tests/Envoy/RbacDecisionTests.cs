using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>What a decision of the RBAC filters says, and what is counted and remembered.</summary>
internal sealed class RbacDecisionTests
{
    private static readonly SourceSpan s_span = new("policy.yaml", 7, 3);

    [Test]
    public void Without_filters_a_request_passes_and_nothing_is_named()
    {
        RbacEngine engine = RbacEngine.Compile([]);
        RbacDecision decision = engine.Evaluate(new RbacRequest());
        Assert.That(engine.IsEmpty, Is.True);
        Assert.That(decision, Is.EqualTo(new RbacDecision
        {
            IsAllowed = true, Policy = "", DenyingFilter = -1, Details = "", Provider = "", ProviderPolicy = "",
            ShadowPolicy = "", AuditPolicy = "",
        }));
    }

    [Test]
    public void A_decision_that_says_nothing_else_names_nothing()
    {
        var decision = new RbacDecision { IsAllowed = true };
        Assert.That(new[]
        {
            decision.Policy, decision.Details, decision.Provider, decision.ProviderPolicy, decision.ShadowPolicy,
            decision.AuditPolicy,
        }, Is.All.Empty);
        Assert.That(decision.DenyingFilter, Is.EqualTo(-1));
    }

    [Test]
    public void A_matching_deny_policy_is_named_with_its_place_its_filter_and_its_details()
    {
        RbacEngine engine = RbacEngine.Compile(
            [Rules(RbacAction.Deny, "no", "/other"), Rules(RbacAction.Deny, "ns[bank]-policy[a b]-rule[0]", "/a")]);
        RbacDecision decision = engine.Evaluate(Request("/a"));
        Assert.That((decision.IsAllowed, decision.Policy, decision.Origin, decision.DenyingFilter),
            Is.EqualTo((false, "ns[bank]-policy[a b]-rule[0]", s_span, 1)));
        Assert.That(decision.Details,
            Is.EqualTo("rbac_access_denied_matched_policy[ns[bank]-policy[a_b]-rule[0]]"));
        Assert.That((decision.Reply!.Code, decision.Reply.Body, decision.Reply.Details),
            Is.EqualTo((403, "RBAC: access denied", decision.Details)));
        Assert.That(engine.IsEmpty, Is.False);
    }

    [Test]
    public void A_request_that_no_allow_policy_matches_is_denied_by_none()
    {
        RbacDecision decision = RbacEngine.Compile([Rules(RbacAction.Allow, "yes", "/a")]).Evaluate(Request("/b"));
        Assert.That((decision.IsAllowed, decision.Policy, decision.Details, decision.DenyingFilter),
            Is.EqualTo((false, "", "rbac_access_denied_matched_policy[none]", 0)));
        Assert.That(decision.Origin, Is.EqualTo(default(SourceSpan)));
    }

    [Test]
    public void An_allowed_request_names_the_policy_that_let_it_pass()
    {
        RbacDecision decision = RbacEngine.Compile(
            [Rules(RbacAction.Deny, "no", "/b"), Rules(RbacAction.Allow, "yes", "/a")]).Evaluate(Request("/a"));
        Assert.That((decision.IsAllowed, decision.Policy, decision.Origin, decision.DenyingFilter, decision.Details),
            Is.EqualTo((true, "yes", s_span, -1, "")));
        Assert.That((decision.Reply, decision.Authorizer), Is.EqualTo(((LocalReply?)null, (ExternalAuthorizer?)null)));
    }

    [Test]
    public void Of_several_policies_the_first_in_byte_order_of_the_names_counts()
    {
        var rules = new RbacRules(RbacAction.Deny, [Policy("b", "/a"), Policy("B", "/a"), Policy("a", "/a")]);
        Assert.That(RbacEngine.Compile([rules]).Evaluate(Request("/a")).Policy, Is.EqualTo("B"));
    }

    [Test]
    public void The_first_custom_policy_that_matches_is_asked_about()
    {
        var authorizer = new ExternalAuthorizer(true, false, 403);
        RbacRules Custom(string name, string path) =>
            new(RbacAction.Deny, [Policy(name + "0", "/none"), Policy(name, path)], Provider: name + ".provider")
            {
                Authorizer = authorizer,
            };

        RbacEngine engine = RbacEngine.Compile(
            [Custom("x", "/x"), Custom("y", "/a"), Custom("z", "/a")]);
        RbacDecision decision = engine.Evaluate(Request("/a"));
        Assert.That((decision.Provider, decision.ProviderPolicy, decision.IsAllowed),
            Is.EqualTo(("y.provider", "y", true)));
        Assert.That(decision.Authorizer, Is.SameAs(authorizer));
        Assert.That(engine.Evaluate(Request("/x")).ProviderPolicy, Is.EqualTo("x"));
        Assert.That(engine.Evaluate(Request("/b")).Provider, Is.Empty);
    }

    [Test]
    public void The_first_audit_policy_that_matches_is_named()
    {
        var first = new RbacRules(RbacAction.Log, [Policy("a", "/x"), Policy("b", "/a"), Policy("c", "/a")]);
        RbacEngine engine = RbacEngine.Compile(
            [Rules(RbacAction.Log, "none", "/none"), first, Rules(RbacAction.Log, "second", "/a")]);
        Assert.That(engine.Evaluate(Request("/a")).AuditPolicy, Is.EqualTo("b"));
        Assert.That(engine.Evaluate(Request("/x")).AuditPolicy, Is.EqualTo("a"));
        Assert.That(engine.Evaluate(Request("/y")).AuditPolicy, Is.Empty);
        RbacRules[] two = [Rules(RbacAction.Log, "one", "/a"), Rules(RbacAction.Log, "two", "/a")];
        Assert.That(RbacEngine.Compile(two).Evaluate(Request("/a")).AuditPolicy, Is.EqualTo("one"));
    }

    /// <summary>Dry runs of DENY and of ALLOW are two filters; what each would have done is noted, and the one that
    /// would have refused, else DENY, is the one that statistics name.</summary>
    [TestCase("/d", true, "deny", true, "", true, "deny", TestName = "Only DENY would refuse, no ALLOW matches")]
    [TestCase("/a", false, "", false, "allow", false, "", TestName = "Neither would refuse")]
    [TestCase("/x", false, "", true, "", true, "", TestName = "ALLOW would refuse")]
    public void Dry_runs_of_deny_and_allow_are_noted_apart(
        string path, bool denies, string denied, bool allowDenies, string allowed, bool shadowDenied, string shadow)
    {
        RbacDecision decision = RbacEngine.Compile(
            [Shadow(RbacAction.Deny, "deny", "/d"), Shadow(RbacAction.Allow, "allow", "/a")]).Evaluate(Request(path));
        Assert.That(decision.IsAllowed, Is.True);
        Assert.That(decision.DryRunDeny, Is.EqualTo(new DryRunOutcome(true, denies, denied)));
        Assert.That(decision.DryRunAllow, Is.EqualTo(new DryRunOutcome(true, allowDenies, allowed)));
        Assert.That((decision.HasShadow, decision.ShadowDenied, decision.ShadowPolicy),
            Is.EqualTo((true, shadowDenied, shadow)));
    }

    [Test]
    public void Without_one_of_the_dry_runs_the_other_speaks()
    {
        RbacDecision allow = RbacEngine.Compile([Shadow(RbacAction.Allow, "allow", "/a")]).Evaluate(Request("/a"));
        Assert.That((allow.HasShadow, allow.ShadowDenied, allow.ShadowPolicy), Is.EqualTo((true, false, "allow")));
        Assert.That(allow.DryRunDeny, Is.EqualTo(default(DryRunOutcome)));
        RbacDecision deny = RbacEngine.Compile([Shadow(RbacAction.Deny, "deny", "/a")]).Evaluate(Request("/a"));
        Assert.That((deny.HasShadow, deny.ShadowDenied, deny.ShadowPolicy), Is.EqualTo((true, true, "deny")));
        Assert.That(deny.DryRunAllow, Is.EqualTo(default(DryRunOutcome)));
        Assert.That(RbacEngine.Compile([]).Evaluate(Request("/a")).HasShadow, Is.False);
    }

    /// <summary>Enforced and dry-run rules of one action are one filter of Envoy, which asks both.</summary>
    [Test]
    public void A_filter_that_denies_has_asked_its_own_dry_run_and_no_later_one()
    {
        RbacRules deny = Rules(RbacAction.Deny, "deny", "/a");
        RbacRules[] own = [Rules(RbacAction.Log, "log", "/other"), deny, Shadow(RbacAction.Deny, "dry", "/a")];
        Assert.That(RbacEngine.Compile(own).Evaluate(Request("/a")).DryRunDeny,
            Is.EqualTo(new DryRunOutcome(true, true, "dry")));
        RbacRules[] later = [deny, Shadow(RbacAction.Allow, "dry", "/a")];
        Assert.That(RbacEngine.Compile(later).Evaluate(Request("/a")).DryRunAllow.IsAsked, Is.False);
        RbacRules[] ofCustom = [deny, Shadow(RbacAction.Deny, "dry", "/a") with { IsCustom = true }];
        Assert.That(RbacEngine.Compile(ofCustom).Evaluate(Request("/a")).DryRunDeny.IsAsked, Is.False);
        RbacRules[] ofProvider = [deny, Shadow(RbacAction.Deny, "dry", "/a") with { Provider = "opa" }];
        Assert.That(RbacEngine.Compile(ofProvider).Evaluate(Request("/a")).DryRunDeny.IsAsked, Is.False);
        RbacRules[] enforced = [deny, Rules(RbacAction.Deny, "more", "/a")];
        Assert.That(RbacEngine.Compile(enforced).Evaluate(Request("/a")).DryRunDeny.IsAsked, Is.False);
        Assert.That(RbacEngine.Compile([deny]).Evaluate(Request("/a")).DryRunDeny.IsAsked, Is.False);
    }

    [Test]
    public void A_later_filter_is_not_asked_once_one_denies()
    {
        RbacEngine engine = RbacEngine.Compile(
            [Rules(RbacAction.Deny, "first", "/a"), Rules(RbacAction.Deny, "second", "/a")]);
        Assert.That((engine.Evaluate(Request("/a")).Policy, engine.Evaluate(Request("/a")).DenyingFilter),
            Is.EqualTo(("first", 0)));
    }

    [Test]
    public void Every_question_is_counted_whether_remembered_or_not()
    {
        RbacEngine engine = RbacEngine.Compile([Rules(RbacAction.Deny, "no", "/a")]);
        for (int i = 0; i < 3; i++)
        {
            engine.Evaluate(Request("/a", connection: 0, template: 0));
            engine.Evaluate(Request("/b", connection: 0, template: 1));
            engine.Evaluate(Request("/b"));
        }

        Assert.That((engine.Denied, engine.Allowed), Is.EqualTo((3L, 6L)));
    }

    /// <summary>Equal numbers promise equal questions: an answer is not worked out twice.</summary>
    [TestCase(0, 0), TestCase(0, 5), TestCase(3, 0), TestCase(9, 7)]
    public void An_answer_to_numbered_questions_is_remembered(int connection, int template)
    {
        RbacEngine engine = RbacEngine.Compile([Rules(RbacAction.Deny, "no", "/a")]);
        RbacDecision first = engine.Evaluate(Request("/a", connection, template));
        Assert.That(engine.Evaluate(Request("/other", connection, template)), Is.SameAs(first));
        Assert.That(engine.Evaluate(Request("/other", connection, template + 1)).IsAllowed, Is.True);
        Assert.That(engine.Evaluate(Request("/other", connection + 1, template)).IsAllowed, Is.True);
    }

    [Test]
    public void An_answer_about_a_connection_without_request_is_remembered_apart()
    {
        RbacEngine engine = RbacEngine.Compile([new RbacRules(RbacAction.Deny,
            [new RbacPolicy("no", [RbacNode.Any], [new RbacNode { Kind = RbacNodeKind.DestinationPort, Port = 1 }])])]);
        RbacRequest Tcp(int port) => new() { ConnectionId = 2, DestinationPort = port };
        Assert.That(engine.Evaluate(Tcp(1)).IsAllowed, Is.False);
        Assert.That(engine.Evaluate(Tcp(2)).IsAllowed, Is.False, "the number says that it is the same connection");
        Assert.That(engine.Evaluate(Request("/", 2, 0)).IsAllowed, Is.True);
    }

    [TestCase(-1, 0), TestCase(0, -1), TestCase(-1, -1)]
    public void Questions_without_number_are_answered_anew(int connection, int template)
    {
        RbacEngine engine = RbacEngine.Compile([Rules(RbacAction.Deny, "no", "/a")]);
        Assert.That(engine.Evaluate(Request("/b", connection, template)).IsAllowed, Is.True);
        Assert.That(engine.Evaluate(Request("/a", connection, template)).IsAllowed, Is.False);
        Assert.That(engine.Evaluate(Request("/b", connection, template)).IsAllowed, Is.True);
    }

    /// <summary>Numbers in any order, so that what is remembered grows in both directions.</summary>
    [Test]
    public void What_is_remembered_stays_right_while_it_grows()
    {
        RbacEngine engine = RbacEngine.Compile([Rules(RbacAction.Deny, "no", "/a")]);
        for (int round = 0; round < 2; round++)
        {
            for (int i = 0; i < 64; i++)
            {
                (int connection, int template) = (i * 5 % 8, i * 3 % 11);
                bool isAllowed = (connection + template) % 2 == 0;
                Assert.That(engine.Evaluate(Request(isAllowed ? "/b" : "/a", connection, template)).IsAllowed,
                    Is.EqualTo(isAllowed), $"connection {connection}, template {template}");
            }
        }
    }

    [Test]
    public void Equal_outcomes_are_one_object()
    {
        RbacEngine engine = RbacEngine.Compile([Rules(RbacAction.Deny, "no", "/a")]);
        Assert.That(engine.Evaluate(Request("/b")), Is.SameAs(engine.Evaluate(Request("/c"))));
    }

    private static RbacRules Rules(RbacAction action, string name, string path) => new(action, [Policy(name, path)]);

    private static RbacRules Shadow(RbacAction action, string name, string path) =>
        Rules(action, name, path) with { IsShadow = true };

    private static RbacPolicy Policy(string name, string path) => new(
        name,
        [new RbacNode { Kind = RbacNodeKind.UrlPath, Match = new StringMatcher(StringMatchKind.Exact, path) }],
        [RbacNode.Any], s_span);

    private static RbacRequest Request(string path, int connection = -1, int template = -1) => new()
    {
        ConnectionId = connection, Headers = new RequestHeaders("GET", "bank", path, id: template),
    };
}
