using System.Text.Json;
using Sim.Envoy;
using Sim.Tests.Vectors;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Vectors of RBAC expressions and filters.</summary>
internal sealed class RbacVectorTests
{
    private static IEnumerable<TestCaseData> Cases() => VectorFiles.Cases("envoy-rbac");

    [TestCaseSource(nameof(Cases))]
    public void Rbac(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        JsonElement input = c.GetProperty("input");
        JsonElement expected = c.GetProperty("expected");
        RbacRequest request = RbacJson.Request(input);
        switch (c.Text("op"))
        {
            case "matcher":
                var policy = new RbacPolicy("p", [RbacNode.Any], [RbacJson.Node(input.GetProperty("matcher"))]);
                RbacEngine one = RbacEngine.Compile([new RbacRules(RbacAction.Allow, [policy])]);
                Assert.That(one.Evaluate(request).IsAllowed, Is.EqualTo(expected.GetBoolean()));
                break;
            case "engine":
                CheckEngine(input, expected, request);
                break;
            default:
                Assert.Fail("unknown op " + c.Text("op"));
                break;
        }
    }

    private static void CheckEngine(JsonElement input, JsonElement expected, RbacRequest request)
    {
        List<RbacRules> rules = [];
        if (input.Get("shadow_rules") is JsonElement shadowRules)
        {
            rules.Add(RbacJson.Rules(shadowRules, isShadow: true));
        }

        if (input.Get("rules") is JsonElement enforced)
        {
            rules.Add(RbacJson.Rules(enforced));
        }

        RbacDecision decision = RbacEngine.Compile(rules).Evaluate(request);
        Assert.That(decision.IsAllowed, Is.EqualTo(expected.Flag("allowed")));
        Assert.That(decision.Policy, Is.EqualTo(expected.Text("matched_policy")));
        if (!decision.IsAllowed)
        {
            LocalReply reply = decision.Reply!;
            Assert.That(reply.Code, Is.EqualTo(expected.Int("status", reply.Code)));
            Assert.That(reply.Body, Is.EqualTo(expected.Text("body", reply.Body)));
            Assert.That(reply.Details, Is.EqualTo(expected.Text("response_code_details", reply.Details)));
            Assert.That(reply.Flag, Is.EqualTo(ResponseFlag.None));
        }

        if (expected.Get("shadow") is JsonElement shadow)
        {
            Assert.That(!decision.ShadowDenied, Is.EqualTo(shadow.Flag("allowed")));
            Assert.That(decision.ShadowPolicy, Is.EqualTo(shadow.Text("matched_policy")));
        }
    }
}
