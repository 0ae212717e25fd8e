using System.Text.Json;
using Sim.Envoy;
using Sim.Tests.Oracle;

namespace Sim.Tests.Envoy;

/// <summary>
/// Recordings of family envoy-request that a decision without network and clock can answer: routes, redirects, faults,
/// local rate limits, RBAC. The other files need the life of a request.
/// </summary>
internal sealed class RequestOracleTests
{
    private const string Family = "envoy-request";

    private static readonly string[] s_groups = ["match", "route", "fault", "limits"];

    // host_rewrite_header and host_rewrite_path_regex: no Istio resource can ask for them, and Route has no field.
    private static readonly string[] s_notModelled = ["rq-route-host-rewrite"];

    /// <summary>The cases that run.</summary>
    internal static IEnumerable<string> Ids => Cases().Select(static c => ((JsonElement)c.Arguments[0]!).Text("id"));

    private static IEnumerable<TestCaseData> Cases()
    {
        bool any = false;
        foreach (string file in OracleFiles.Files(Family, "*.json"))
        {
            JsonElement head = JsonDocument.Parse(File.ReadAllText(file)).RootElement;
            if (head.GetProperty("family").GetString() != Family)
            {
                throw new InvalidDataException(file + " is of another family");
            }

            if (!s_groups.Contains(head.GetProperty("group").GetString()))
            {
                continue;
            }

            foreach (JsonElement c in head.GetProperty("cases").EnumerateArray())
            {
                string id = c.GetProperty("id").GetString()!;
                if (!s_notModelled.Contains(id))
                {
                    any = true;
                    yield return OracleFiles.Case(Family, "decision/" + id, c);
                }
            }
        }

        if (!any)
        {
            throw new InvalidDataException("no recordings of family " + Family);
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void Envoy_request_decision(object recording)
    {
        var c = (JsonElement)recording;
        RepeatedHeaderRule[] rules = [RepeatedHeaderRule.EachLine, RepeatedHeaderRule.Joined];
        foreach (RepeatedHeaderRule rule in rules)
        {
            var model = new RequestDecisionModel(c, rule);
            foreach (JsonElement request in c.Items("requests"))
            {
                JsonElement expected = request.GetProperty("expected");
                JsonElement? older = expected.Get("expected_envoy_1_37");
                model.Check(request, expected, rule == RepeatedHeaderRule.Joined ? older : null);
            }
        }
    }
}
