using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sim.Manifests;
using Sim.Runs.Inspection;
using Sim.Xds;

namespace Sim.Tests.Istiod;

/// <summary>The parts of a configuration that a golden shows, in Envoy's names, in a stable order.</summary>
internal static class GoldenOutput
{
    private static readonly JsonSerializerOptions Plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly string DefaultRetries = RouteJson.Of(new Route
    {
        Clusters = [new WeightedCluster("any", 1)],
        RetryPolicy = new RetryPolicy
        {
            NumRetries = 2, AvoidPreviousHosts = true, HostSelectionRetryMaxAttempts = 5,
            RetryOn = "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes",
        },
    })["route"]!["retry_policy"]!.ToJsonString();

    /// <summary>What the header asks to show: a section and a text that names must contain; <c>fields</c> leaves out
    /// everything else.</summary>
    public static string Of(ProxySnapshot snapshot, YamlMapping show)
    {
        string[] fields =
            [.. ((show["fields"] as YamlSequence)?.Items ?? []).Select(static f => ((YamlScalar)f).Value)];
        var result = new JsonObject();
        foreach (YamlEntry entry in show.Entries.Where(static e => e.Key != "fields"))
        {
            string text = ((YamlScalar)entry.Value).Value;
            var section = new JsonObject();
            foreach ((string name, JsonNode node) in Section(snapshot, entry.Key)
                         .Where(s => s.Name.Contains(text, StringComparison.Ordinal))
                         .OrderBy(static s => s.Name, StringComparer.Ordinal))
            {
                section[name] = Trimmed(node, entry.Key == "endpoints" ? [] : fields);
            }

            result[entry.Key] = section;
        }

        var output = new StringBuilder();
        Write(output, result, 0);
        return output.Append('\n').ToString();
    }

    private static IEnumerable<(string Name, JsonNode Node)> Section(ProxySnapshot s, string section) => section switch
    {
        "clusters" => s.Clusters.Values.Select(static c => (c.Name, (JsonNode)ClusterJson.Of(c))),
        "endpoints" => s.Endpoints.Values.Select(static e => (e.ClusterName, (JsonNode)new JsonArray(
            [.. e.Endpoints.Select(static g => (JsonNode)Group(g))]))),
        "names" => s.Clusters.Values.Select(static c => (c.Name, (JsonNode)c.Type.ToString())),
        "domains" => Hosts(s).Select(static h => (h.Name, (JsonNode)Texts(h.Host.Domains))),
        "routes" => Hosts(s).Select(static h => (h.Name, (JsonNode)new JsonArray(
            [.. h.Host.Routes.Select(static r => (JsonNode)WithoutDefaults(RouteJson.Of(r)))]))),
        "retries" => Hosts(s).Select(static h => (h.Name, (JsonNode)new JsonArray(
            [.. h.Host.Routes.Select(static r => RouteJson.Of(r)["route"]?["retry_policy"]?.DeepClone() ?? "none")]))),
        "listeners" => ListenerChains.Of(s).Select(l => (l.Name, Chains(l, s))),
        "inbound" => s.Inbound.Select(static i => ("port " + XdsText.Number(i.Port), (JsonNode)Inbound(i))),
        "rbac" => s.Inbound.Select(static i => ("port " + XdsText.Number(i.Port), (JsonNode)new JsonObject
        {
            ["http"] = Rbac(i.HttpRbac), ["tcp"] = Rbac(i.TcpRbac),
        })),
        _ => throw new InvalidDataException("no section " + section),
    };

    private static IEnumerable<(string Name, VirtualHost Host)> Hosts(ProxySnapshot s) =>
        s.Routes.Values.SelectMany(static r => r.VirtualHosts.Select(h => (r.Name + " " + h.Name, h)));

    /// <summary>Retries that Istio sets up without being asked are <c>default</c>, as in the recordings.</summary>
    private static JsonObject WithoutDefaults(JsonObject route)
    {
        if (route["route"]?["retry_policy"] is JsonObject retries && retries.ToJsonString() == DefaultRetries)
        {
            route["route"]!["retry_policy"] = "default";
        }

        return route;
    }

    private static JsonObject Group(LocalityLbEndpoints g) => new()
    {
        ["locality"] = g.Locality.ToString(), ["priority"] = g.Priority, ["weight"] = g.Weight,
        ["endpoints"] = new JsonArray([.. g.Endpoints.Select(static e => (JsonNode)(
            (e.Address + ":" + XdsText.Number(e.Port) + " " + e.HealthStatus.ToString().ToUpperInvariant() + " "
                + e.TlsMode).TrimEnd()))]),
    };

    private static JsonNode Chains(ListenerView l, ProxySnapshot s) =>
        ListenerJson.Of(l, s)["filter_chains"]!.DeepClone();

    private static JsonObject Inbound(InboundListener i) => new()
    {
        ["protocol"] = i.Protocol.ToString(), ["mtls"] = i.Mtls.ToString(), ["cluster"] = i.Cluster?.Name,
        ["type"] = i.Cluster?.Type.ToString(),
        ["address"] = i.Cluster?.InlineEndpoints?.Endpoints[0].Endpoints[0].Address,
        ["trust_domains"] = Texts(i.TrustDomains),
        ["retry_on"] = i.RetryPolicy?.RetryOn,
    };

    private static JsonArray Rbac(IReadOnlyList<RbacRules> filters) => [.. filters.Select(static f => (JsonNode)Regex
        .Replace(Regex.Replace(RbacText.Of([f]), @"HeaderMatcher \{ Name = (.*?), Match = (.*? \}), .*? \}", "$1 $2"),
            @"StringMatcher \{ Kind = (\w+), Value = (.*?), IgnoreCase = False \}", "$1 '$2'")
        .Replace("\u0001", ", ", StringComparison.Ordinal))];

    private static JsonArray Texts(IEnumerable<string> texts) =>
        [.. texts.Order(StringComparer.Ordinal).Select(static t => (JsonNode)t)];

    private static JsonNode Trimmed(JsonNode node, string[] fields)
    {
        if (fields.Length == 0)
        {
            return node.DeepClone();
        }

        if (node is JsonArray list)
        {
            return new JsonArray([.. list.Select(n => Trimmed(n!, fields))]);
        }

        var result = new JsonObject();
        foreach ((string key, JsonNode? value) in (JsonObject)node)
        {
            if (fields.Contains(key))
            {
                result[key] = value?.DeepClone();
            }
        }

        return result;
    }

    /// <summary>JSON in which whatever fits stands on one line.</summary>
    private static void Write(StringBuilder output, JsonNode? node, int depth)
    {
        string flat = node?.ToJsonString(Plain) ?? "null";
        if (node is not (JsonObject or JsonArray) || (depth > 1 && flat.Length + (2 * depth) < 110))
        {
            output.Append(flat);
            return;
        }

        bool isMap = node is JsonObject;
        output.Append(isMap ? '{' : '[');
        IEnumerable<(string Key, JsonNode? Value)> items = node is JsonObject map
            ? map.Select(static p => (p.Key, p.Value)) : ((JsonArray)node).Select(static v => ("", v));
        bool isFirst = true;
        foreach ((string key, JsonNode? value) in items)
        {
            output.Append(isFirst ? "\n" : ",\n").Append(' ', 2 * (depth + 1));
            isFirst = false;
            if (isMap)
            {
                output.Append(JsonValue.Create(key).ToJsonString(Plain)).Append(": ");
            }

            Write(output, value, depth + 1);
        }

        if (!isFirst)
        {
            output.Append('\n').Append(' ', 2 * depth);
        }

        output.Append(isMap ? '}' : ']');
    }
}
