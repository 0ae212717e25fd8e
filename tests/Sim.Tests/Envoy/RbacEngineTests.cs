using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>The RBAC engine against the naive reference, and what the vectors do not ask.</summary>
internal sealed class RbacEngineTests
{
    private static readonly string[] s_identities =
    [
        "spiffe://cluster.local/ns/bank/sa/teller", "spiffe://cluster.local/ns/bank/sa/audit",
        "spiffe://other.domain/ns/web/sa/front", "spiffe://cluster.local/ns/web/sa/teller",
    ];

    private static readonly string[] s_paths = ["/", "/accounts", "/accounts/7?x=1", "/transfer", "/transfer/eu#top"];
    private static readonly string[] s_methods = ["GET", "POST", "DELETE"];
    private static readonly string[] s_ips = ["10.0.0.7", "10.0.1.200", "192.168.3.4", "fd00::17"];
    private static readonly string[] s_ranges = ["10.0.0.0/24", "10.0.0.0/8", "192.168.3.4", "0.0.0.0/0", "fd00::/16"];
    private static readonly string[] s_clusters = ["us-east", "eu-west"];

    private static readonly RbacNodeKind[] s_ipKinds =
        [RbacNodeKind.SourceIp, RbacNodeKind.DirectRemoteIp, RbacNodeKind.DestinationIp];

    [Test]
    public void Evaluate_RandomPoliciesAndRequests_EqualsTheNaiveReference() => Compare(1, 2_500, 40);

    [Test]
    [Category("Long")]
    public void Evaluate_MillionRandomQuestions_EqualsTheNaiveReference() => Compare(2, 25_000, 40);

    [Test]
    public void Evaluate_CustomPolicyMatches_NamesTheProviderAndGoesOn()
    {
        var rules = new RbacRules(RbacAction.Deny, [Policy("custom", RbacNode.Any)], Provider: "opa");
        RbacDecision decision = RbacEngine.Compile([rules]).Evaluate(new RbacRequest());
        Assert.That(decision.IsAllowed, Is.True);
        Assert.That(decision.Provider, Is.EqualTo("opa"));
        Assert.That(decision.ProviderPolicy, Is.EqualTo("custom"));
    }

    [Test]
    public void Evaluate_AuditAndDryRun_NeverDeny()
    {
        RbacEngine engine = RbacEngine.Compile(
        [
            new RbacRules(RbacAction.Log, [Policy("audit", RbacNode.Any)]),
            new RbacRules(RbacAction.Deny, [Policy("dry", RbacNode.Any)], IsShadow: true),
        ]);
        RbacDecision decision = engine.Evaluate(new RbacRequest());
        Assert.That(decision.IsAllowed, Is.True);
        Assert.That(decision.AuditPolicy, Is.EqualTo("audit"));
        Assert.That(decision.ShadowDenied, Is.True);
        Assert.That(decision.ShadowPolicy, Is.EqualTo("dry"));
    }

    [Test]
    public void Evaluate_SourceCluster_ComparesTheCallersCluster()
    {
        var node = new RbacNode
        {
            Kind = RbacNodeKind.SourceCluster, Match = new StringMatcher(StringMatchKind.Exact, "us-east"),
        };
        RbacEngine engine = RbacEngine.Compile([new RbacRules(RbacAction.Allow, [Policy("p", node)])]);
        Assert.That(engine.Evaluate(new RbacRequest { SourceCluster = "us-east" }).IsAllowed, Is.True);
        Assert.That(engine.Evaluate(new RbacRequest { SourceCluster = "eu-west" }).IsAllowed, Is.False);
        Assert.That(engine.Evaluate(new RbacRequest()).IsAllowed, Is.False);
    }

    [Test]
    public void Compile_BrokenExpressions_AreReportedWithTheirPlace()
    {
        var bag = new DiagnosticBag();
        var span = new SourceSpan("policy.yaml", 12, 3);
        RbacNode[] broken =
        [
            new() { Kind = RbacNodeKind.UrlPath, Match = new StringMatcher(StringMatchKind.Regex, "(?=x)") },
            new() { Kind = RbacNodeKind.SourceIp, Cidr = "10.0.0.300/8" },
            new() { Kind = RbacNodeKind.UriTemplate,
                Match = new StringMatcher(StringMatchKind.Exact, "/a/{**}/b/{*}") },
        ];
        RbacEngine.Compile([new RbacRules(RbacAction.Deny, [new RbacPolicy("p", broken, [RbacNode.Any], span)])],
            diagnostics: bag);
        Assert.That(bag.Items.Select(static d => d.Code), Is.EqualTo(new[] { "MS5001", "MS5003", "MS5002" }));
        Assert.That(bag.Items.Select(static d => d.Span), Is.All.EqualTo(span));
    }

    [Test]
    public void Evaluate_NumberedQuestions_AllocateNothing()
    {
        RbacRules[] chain = RandomChain(new RngStream(3));
        RbacEngine engine = RbacEngine.Compile(chain);
        RbacRequest[] questions = [.. Enumerable.Range(0, 64).Select(i => Numbered(i / 8, i % 8))];
        Allocation.AssertNone(() =>
        {
            foreach (ref RbacRequest q in questions.AsSpan())
            {
                _ = engine.Evaluate(q);
            }
        });
    }

    [Test]
    public void Evaluate_QuestionsWithoutNumber_AllocateNothing()
    {
        RbacRules[] chain = RandomChain(new RngStream(4));
        RbacEngine engine = RbacEngine.Compile(chain);
        RbacRequest[] questions =
            [.. Enumerable.Range(0, 64).Select(i => Numbered(i / 8, i % 8) with { ConnectionId = -1 })];
        Allocation.AssertNone(() =>
        {
            foreach (ref RbacRequest q in questions.AsSpan())
            {
                _ = engine.Evaluate(q);
            }
        });
    }

    private static void Compare(ulong seed, int chains, int requests)
    {
        var rng = new RngStream(seed);
        int denied = 0;
        for (int i = 0; i < chains; i++)
        {
            RbacRules[] chain = RandomChain(rng);
            RbacEngine engine = RbacEngine.Compile(chain);
            for (int j = 0; j < requests; j++)
            {
                RbacRequest request = Numbered((int)rng.NextBelow(8), (int)rng.NextBelow(8));
                request.ConnectionId = rng.NextBelow(4) == 0 ? -1 : request.ConnectionId;
                (bool allowed, string policy) = NaiveRbac.Evaluate(chain, request);
                RbacDecision decision = engine.Evaluate(request);
                if (decision.IsAllowed != allowed || decision.Policy != policy)
                {
                    Assert.Fail($"chain {i}, question {j}: {decision} instead of {allowed} {policy}");
                }

                denied += allowed ? 0 : 1;
            }
        }

        // Both answers must be common, or the comparison says nothing.
        Assert.That((double)denied / chains / requests, Is.InRange(0.1, 0.9));
    }

    private static RbacPolicy Policy(string name, RbacNode principal) => new(name, [RbacNode.Any], [principal]);

    private static RbacRequest Numbered(int connection, int template) => new()
    {
        ConnectionId = connection,
        Headers = new RequestHeaders(
            s_methods[template % 3], "svc", s_paths[template % s_paths.Length],
            template % 2 == 0 ? [new("x-role", "admin")] : [new("x-role", "guest"), new("x-role", "b")], template),
        Peer = connection < 4 ? RbacPeer.Of(s_identities[connection]) : connection == 4 ? RbacPeer.WithoutCertificate
            : null,
        SourceIp = IpAddress.Parse(s_ips[connection % 4]),
        DirectRemoteIp = IpAddress.Parse(s_ips[connection % 4]),
        RemoteIp = IpAddress.Parse(s_ips[(connection + 1) % 4]),
        DestinationIp = IpAddress.Parse(s_ips[0]),
        DestinationPort = 8080 + (connection % 2),
        ServerName = connection % 2 == 0 ? null : "outbound_.80_._.svc",
        SourceCluster = connection < 4 ? s_clusters[connection % 2] : null,
    };

    private static RbacRules[] RandomChain(RngStream rng)
    {
        var chain = new List<RbacRules>();
        RbacAction[] order = [RbacAction.Log, RbacAction.Deny, RbacAction.Allow];
        foreach (RbacAction action in order)
        {
            if (rng.NextBelow(3) > 0)
            {
                chain.Add(new RbacRules(action,
                    [.. Enumerable.Range(0, 1 + (int)rng.NextBelow(3)).Select(_ => RandomPolicy(rng))]));
            }
        }

        return [.. chain];
    }

    private static RbacPolicy RandomPolicy(RngStream rng) => new(
        "ns[bank]-policy[p" + rng.NextBelow(1000) + "]-rule[" + rng.NextUInt64() + "]", Nodes(rng, 2), Nodes(rng, 2));

    private static RbacNode[] Nodes(RngStream rng, int depth) =>
        [.. Enumerable.Range(0, 1 + (int)rng.NextBelow(2)).Select(_ => RandomNode(rng, depth))];

    private static RbacNode RandomNode(RngStream rng, int depth)
    {
        uint kind = depth == 0 ? 3 + rng.NextBelow(9) : rng.NextBelow(12);
        return kind switch
        {
            0 => new RbacNode { Kind = RbacNodeKind.And, Children = Nodes(rng, depth - 1) },
            1 => new RbacNode { Kind = RbacNodeKind.Or, Children = Nodes(rng, depth - 1) },
            2 => new RbacNode { Kind = RbacNodeKind.Not, Children = [RandomNode(rng, depth - 1)] },
            3 => RbacNode.Any,
            4 => new RbacNode { Kind = RbacNodeKind.Authenticated, Match = rng.NextBelow(4) == 0 ? null
                : Text(rng, s_identities) },
            5 => new RbacNode { Kind = RbacNodeKind.UrlPath, Match = Text(rng, s_paths) },
            6 => new RbacNode { Kind = RbacNodeKind.Header, Header = Header(rng) },
            7 => new RbacNode
            {
                Kind = s_ipKinds[rng.NextBelow((uint)s_ipKinds.Length)],
                Cidr = s_ranges[rng.NextBelow((uint)s_ranges.Length)],
            },
            8 => new RbacNode { Kind = RbacNodeKind.RemoteIp, Cidr = s_ranges[rng.NextBelow((uint)s_ranges.Length)] },
            9 => new RbacNode { Kind = RbacNodeKind.DestinationPort, Port = 8080 + (int)rng.NextBelow(3) },
            10 => new RbacNode { Kind = RbacNodeKind.SourceCluster, Match = Text(rng, s_clusters) },
            _ => new RbacNode { Kind = RbacNodeKind.DestinationPortRange, Port = 8000,
                PortEnd = 8080 + (int)rng.NextBelow(3) },
        };
    }

    private static HeaderMatcher Header(RngStream rng) => rng.NextBelow(3) switch
    {
        0 => new HeaderMatcher(":method", Text(rng, s_methods), Invert: rng.NextBelow(3) == 0),
        1 => new HeaderMatcher("x-role", PresentMatch: rng.NextBelow(2) == 0, Invert: rng.NextBelow(3) == 0),
        _ => new HeaderMatcher("x-role", Text(rng, ["admin", "guest,b", "guest"]), Invert: rng.NextBelow(3) == 0),
    };

    private static StringMatcher Text(RngStream rng, string[] of)
    {
        string value = of[rng.NextBelow((uint)of.Length)];
        int cut = (int)rng.NextBelow((uint)value.Length);
        return rng.NextBelow(5) switch
        {
            0 => new StringMatcher(StringMatchKind.Prefix, value[..cut]),
            1 => new StringMatcher(StringMatchKind.Suffix, value[cut..]),
            2 => new StringMatcher(StringMatchKind.Contains, value[cut..]),
            3 => new StringMatcher(StringMatchKind.Regex,
                ".*" + System.Text.RegularExpressions.Regex.Escape(value[cut..])),
            _ => new StringMatcher(StringMatchKind.Exact, value, rng.NextBelow(2) == 0),
        };
    }
}
