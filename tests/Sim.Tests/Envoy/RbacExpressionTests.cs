using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Each kind of RBAC condition. Envoy: source/extensions/filters/common/rbac/matchers.cc.</summary>
internal sealed class RbacExpressionTests
{
    private static readonly StringMatcher s_teller = new(StringMatchKind.Suffix, "teller");

    [TestCase(7999, false), TestCase(8000, true), TestCase(8079, true), TestCase(8080, false)]
    public void A_range_of_ports_has_its_start_and_not_its_end(int port, bool holds) => Check(
        new RbacNode { Kind = RbacNodeKind.DestinationPortRange, Port = 8000, PortEnd = 8080 },
        new RbacRequest { DestinationPort = port }, holds);

    [TestCase("bank", true), TestCase("web", false), TestCase("", false), TestCase(null, false)]
    public void The_server_name_is_compared(string? name, bool holds) => Check(
        new RbacNode { Kind = RbacNodeKind.RequestedServerName, Match = new(StringMatchKind.Exact, "bank") },
        new RbacRequest { ServerName = name }, holds);

    [Test]
    public void A_connection_without_server_name_has_the_empty_one() => Check(
        new RbacNode { Kind = RbacNodeKind.RequestedServerName, Match = new(StringMatchKind.Exact, "") },
        new RbacRequest(), true);

    [Test]
    public void Authenticated_is_who_speaks_tls_and_mtls_who_showed_a_good_certificate()
    {
        var tls = new RbacNode { Kind = RbacNodeKind.Authenticated };
        var mtls = new RbacNode { Kind = RbacNodeKind.MtlsAuthenticated };
        RbacRequest plaintext = new();
        RbacRequest anonymous = new() { Peer = RbacPeer.WithoutCertificate };
        RbacRequest workload = new() { Peer = RbacPeer.Of("spiffe://mesh/ns/bank/sa/teller") };
        Assert.That(Holds(tls, plaintext, anonymous, workload), Is.EqualTo(new[] { false, true, true }));
        Assert.That(Holds(mtls, plaintext, anonymous, workload), Is.EqualTo(new[] { false, false, true }));
        Assert.That(Holds(tls with { Match = s_teller }, plaintext, anonymous, workload),
            Is.EqualTo(new[] { false, false, true }));
        Assert.That(Holds(mtls with { Match = s_teller }, plaintext, anonymous, workload),
            Is.EqualTo(new[] { false, false, true }));
    }

    [TestCase("teller,web", "", "", true)]
    [TestCase("web,teller", "", "", true)]
    [TestCase("web", "other,teller", "", true)]
    [TestCase("", "teller,other", "", true)]
    [TestCase("", "other", "CN=teller", true)]
    [TestCase("web", "other", "CN=front", false)]
    [TestCase("", "", "", false)]
    public void A_peer_has_its_uris_its_dns_names_and_its_subject(
        string uris, string names, string subject, bool holds)
    {
        string[] Of(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries);
        var peer = new RbacPeer(Of(uris), Of(names), subject, true);
        Check(new RbacNode { Kind = RbacNodeKind.Authenticated, Match = s_teller }, new RbacRequest { Peer = peer },
            holds);
        Check(new RbacNode { Kind = RbacNodeKind.MtlsAuthenticated, Match = s_teller },
            new RbacRequest { Peer = peer }, holds);
    }

    [Test]
    public void A_peer_without_certificate_has_no_names()
    {
        RbacPeer peer = RbacPeer.WithoutCertificate;
        Assert.That((peer.UriSans.Count, peer.DnsSans.Count, peer.Subject, peer.IsValidated),
            Is.EqualTo((0, 0, "", false)));
        RbacPeer workload = RbacPeer.Of("spiffe://mesh/ns/a/sa/b");
        Assert.That((workload.UriSans.Single(), workload.Subject, workload.IsValidated),
            Is.EqualTo(("spiffe://mesh/ns/a/sa/b", "", true)));
    }

    [TestCase("sub", "alice", true)]
    [TestCase("sub", "bob", false)]
    [TestCase("none", "alice", false)]
    [TestCase("groups", "eu", false)]
    [TestCase("level", "7", false)]
    public void A_claim_that_is_a_text_is_compared(string claim, string value, bool holds) =>
        Check(Claim(claim, new(StringMatchKind.Exact, value)), WithClaims(), holds);

    [TestCase("groups", "us", true)]
    [TestCase("groups", "eu", true)]
    [TestCase("groups", "asia", false)]
    [TestCase("sub", "alice", false)]
    [TestCase("level", "7", false)]
    [TestCase("none", "eu", false)]
    [TestCase("mixed", "x", true)]
    public void One_text_of_a_list_is_enough_where_a_list_is_asked_for(string claim, string value, bool holds) => Check(
        Claim(claim, new(StringMatchKind.Exact, value)) with { MetadataIsList = true }, WithClaims(), holds);

    [TestCase("sub", true), TestCase("groups", true), TestCase("level", true), TestCase("none", false)]
    public void A_claim_of_any_shape_is_present(string claim, bool holds) =>
        Check(Claim(claim, new(StringMatchKind.Present, "")), WithClaims(), holds);

    [Test]
    public void Without_token_there_is_no_claim()
    {
        Check(Claim("sub", new(StringMatchKind.Exact, "alice")), new RbacRequest(), false);
        Check(Claim("sub", new(StringMatchKind.Present, "")), new RbacRequest(), false);
    }

    [TestCase("key", "value", true), TestCase("key", "other", false), TestCase("none", "value", false)]
    public void Filter_state_is_compared_as_a_text(string key, string value, bool holds)
    {
        var node = new RbacNode
        {
            Kind = RbacNodeKind.FilterState, Filter = key, Match = new(StringMatchKind.Exact, value),
        };
        var metadata = new RequestMetadata(
            new Dictionary<string, MetadataValue>(), new Dictionary<string, string> { ["key"] = "value" });
        Check(node, new RbacRequest { Metadata = metadata }, holds);
        Check(node, new RbacRequest(), false);
    }

    [TestCase("/a/{*}/c", "/a/b/c?x=1", true), TestCase("/a/{*}/c", "/a/b/d", false), TestCase("/a/{", "/a/b", false)]
    public void A_path_template_covers_the_path_without_query(string template, string path, bool holds)
    {
        var node = new RbacNode
        {
            Kind = RbacNodeKind.UriTemplate, Match = new StringMatcher(StringMatchKind.Exact, template),
        };
        Check(node, new RbacRequest { Headers = new RequestHeaders("GET", "h", path) }, holds);
        Check(node, new RbacRequest(), false);
    }

    [Test]
    public void And_needs_all_or_one_and_not_none_of_its_children()
    {
        RbacNode never = new() { Kind = RbacNodeKind.Not, Children = [RbacNode.Any] };
        RbacNode Of(RbacNodeKind kind, params RbacNode[] children) => new() { Kind = kind, Children = children };
        Check(Of(RbacNodeKind.And, RbacNode.Any, RbacNode.Any), new RbacRequest(), true);
        Check(Of(RbacNodeKind.And, RbacNode.Any, never), new RbacRequest(), false);
        Check(Of(RbacNodeKind.Or, never, RbacNode.Any), new RbacRequest(), true);
        Check(Of(RbacNodeKind.Or, never, never), new RbacRequest(), false);
        Check(Of(RbacNodeKind.Not, never), new RbacRequest(), true);
    }

    [Test]
    public void A_refused_address_range_is_reported_and_holds_nothing()
    {
        var bag = new DiagnosticBag();
        var expression = RbacExpression.Compile(
            new RbacNode { Kind = RbacNodeKind.SourceIp, Cidr = "10.0.0.300/8" }, RepeatedHeaderRule.Joined, default,
            bag);
        Assert.That(bag.Items.Single().Message, Is.EqualTo("'10.0.0.300/8' is no IP address or CIDR range."));
        Assert.That(expression.Holds(new RbacRequest { SourceIp = IpAddress.Parse("10.0.0.1") }), Is.False);
    }

    private static RbacNode Claim(string name, StringMatcher match) => new()
    {
        Kind = RbacNodeKind.Metadata, Filter = "jwt", MetadataPath = ["payload", name], Match = match,
    };

    private static RbacRequest WithClaims()
    {
        var claims = new MetadataValue(Fields: new Dictionary<string, MetadataValue>
        {
            ["sub"] = new("alice"),
            ["groups"] = new(Items: [new("eu"), new("us")]),
            ["mixed"] = new(Items: [new MetadataValue(), new("x")]),
            ["level"] = new(),
        });
        var payload = new MetadataValue(Fields: new Dictionary<string, MetadataValue> { ["payload"] = claims });
        return new RbacRequest
        {
            Metadata = new RequestMetadata(
                new Dictionary<string, MetadataValue> { ["jwt"] = payload }, new Dictionary<string, string>()),
        };
    }

    private static bool[] Holds(RbacNode node, params RbacRequest[] requests) =>
        [.. requests.Select(r => Compiled(node).Holds(r))];

    private static void Check(RbacNode node, RbacRequest request, bool holds) =>
        Assert.That(Compiled(node).Holds(request), Is.EqualTo(holds));

    private static RbacExpression Compiled(RbacNode node) =>
        RbacExpression.Compile(node, RepeatedHeaderRule.Joined, default, null);
}
