using Sim.Core;
using Sim.Envoy;

namespace Sim.Tests.Envoy.Inbound;

/// <summary>Header lines of a request, and how releases compare repeated ones.</summary>
internal sealed class InboundRequestTests
{
    private static readonly InboundRequest s_request =
        SignedTokens.Request("/", ("X-A", "1"), ("x-b", "2"), ("x-a", "3"));

    [Test]
    public void Lines_of_one_name_are_joined_whatever_its_case()
    {
        Assert.That(s_request.Header("x-a"), Is.EqualTo("1,3"));
        Assert.That(s_request.Header("X-B"), Is.EqualTo("2"));
        Assert.That(s_request.Header("x-c"), Is.Null);
    }

    [Test]
    public void A_header_is_taken_out_with_all_of_its_lines()
    {
        Assert.That(s_request.Without("x-A").Lines, Is.EqualTo(new[] { s_request.Lines[1] }));
        Assert.That(s_request.Without("x-c").Lines, Is.EqualTo(s_request.Lines));
        Assert.That(s_request.Lines, Has.Count.EqualTo(3));
    }

    [Test]
    public void A_line_is_added_at_the_end() => Assert.That(
        s_request.With("x-a", "4").Lines,
        Is.EqualTo(s_request.Lines.Append(new KeyValuePair<string, string>("x-a", "4"))));

    /// <summary>Recorded: Envoy 1.37 (Istio 1.29) joins, 1.39 (Istio 1.31) compares one by one.</summary>
    [TestCase(IstioProfile.V1_22, RepeatedHeaderRule.Joined)]
    [TestCase(IstioProfile.V1_29, RepeatedHeaderRule.Joined)]
    [TestCase(IstioProfile.V1_31, RepeatedHeaderRule.EachLine)]
    public void Repeated_headers_are_compared_one_by_one_from_1_31(IstioProfile profile, RepeatedHeaderRule rule)
    {
        Assert.That(RepeatedHeaderRules.OfRoutes(profile), Is.EqualTo(rule));
        Assert.That(RepeatedHeaderRules.OfRbac(profile), Is.EqualTo(rule));
        Assert.That(InboundRelease.Of(profile),
            Is.EqualTo(new InboundRelease(rule, rule == RepeatedHeaderRule.EachLine)));
    }
}
