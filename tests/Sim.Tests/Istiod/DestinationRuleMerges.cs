using System.Text.Json;
using System.Text.Json.Nodes;
using Sim.Core;
using Sim.Istiod;
using Sim.Mesh;
using static Sim.Tests.Istiod.IstioVector;

namespace Sim.Tests.Istiod;

/// <summary>DestinationRules of one host merged, as callers find them.</summary>
internal static class DestinationRuleMerges
{
    public static JsonObject Of(JsonElement i, JsonElement expected, IstioProfile profile)
    {
        DestinationRuleIndex index = Index(i, "rules", profile, Child(i, "meshDefaultExportTo"));
        string host = Text(Items(i, "rules").First(), "host");
        string ns = Text(Items(i, "rules").First(), "namespace");
        if (expected.TryGetProperty("effective", out JsonElement _))
        {
            return new JsonObject
            {
                ["effective"] = Rules(index.For(Text(i, "clientNamespace"), host, Text(i, "serviceNamespace"))),
            };
        }

        return new JsonObject
        {
            ["sameNamespaceClients"] = Rules(index.For(ns, host, ns)),
            ["exported"] = Rules(index.AllExported(ns, host)),
        };
    }

    /// <summary>An index of rules as the vectors list them.</summary>
    public static DestinationRuleIndex Index(
        JsonElement from, string key, IstioProfile profile, JsonElement defaultExportTo, string root = "istio-system")
    {
        var mesh = new VectorMesh
        {
            Profile = profile, MeshConfig = new JsonObject { ["rootNamespace"] = root },
        };
        if (defaultExportTo.ValueKind == JsonValueKind.Array)
        {
            mesh.MeshConfig["defaultDestinationRuleExportTo"] = Node(defaultExportTo);
        }

        mesh.Cluster("c1");
        foreach (JsonElement r in Items(from, key))
        {
            var spec = new JsonObject
            {
                ["host"] = Text(r, "host"),
                ["subsets"] = new JsonArray([.. Texts(r, "subsets").Select(static s =>
                    (JsonNode)new JsonObject { ["name"] = s })]),
            };
            if (Node(Child(r, "exportTo")) is { } exportTo)
            {
                spec["exportTo"] = exportTo;
            }

            if (Node(Child(r, "workloadSelector")) is { } labels)
            {
                spec["workloadSelector"] = new JsonObject { ["matchLabels"] = labels };
            }

            mesh.Add("c1", "DestinationRule", Text(r, "namespace"), Text(r, "name"), spec, Created(r));
        }

        return mesh.Push().DestinationRules;
    }

    private static string Created(JsonElement r) => Text(r, "creationSecond") is { Length: > 0 } s
        ? DateTimeOffset.UnixEpoch.AddSeconds(1_000_000 + int.Parse(s)).ToString("yyyy-MM-ddTHH:mm:ssZ") : "";

    private static JsonArray Rules(IEnumerable<ConsolidatedDestinationRule> rules) =>
        new([.. rules.Select(static r => (JsonNode)new JsonObject
        {
            ["name"] = r.Rule.Meta.Name,
            ["from"] = new JsonArray([.. r.From.Select(static m => (JsonNode)m.Name)]),
            ["subsets"] = new JsonArray([.. r.Rule.Subsets.Select(static s => (JsonNode)s.Name)]),
            ["exportTo"] = new JsonArray([.. r.ExportTo.Select(static e => (JsonNode)e)]),
        })]);
}
