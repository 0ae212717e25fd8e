using System.Text.Json;
using System.Text.Json.Nodes;
using Sim.Tests.Oracle;

namespace Sim.Tests.Istiod;

/// <summary>What istiod 1.22.3 answers where it differs from 1.29.0: recorded differences over the newer answers.
/// </summary>
internal sealed class XdsOlderAnswers
{
    private readonly Dictionary<(string Case, string Proxy), JsonObject> _differences = [];

    public static XdsOlderAnswers Read()
    {
        var result = new XdsOlderAnswers();
        foreach (string file in OracleFiles.Files("xds-1.22", "*.jsonl"))
        {
            foreach (string line in File.ReadLines(file).Where(static l => l.Length > 0))
            {
                JsonNode root = JsonNode.Parse(line)!;
                result._differences[((string)root["case"]!, (string)root["proxy"]!)] = root["differs"]!.AsObject();
            }
        }

        return result;
    }

    /// <summary>Whether a case was recorded for the older version.</summary>
    public bool Has(string id) => _differences.Keys.Any(k => k.Case == id);

    /// <summary>The older version's answer.</summary>
    public JsonElement Apply(string id, string proxy, JsonElement newer)
    {
        JsonObject answer = JsonNode.Parse(newer.GetRawText())!.AsObject();
        foreach (JsonNode host in Arrays(answer, "routes").SelectMany(static r => r["virtual_hosts"]!.AsArray())!)
        {
            host["domains"] = new JsonArray([.. host["domains"]!.AsArray()
                .Select(static d => (string)d!).Where(static d => !d.EndsWith('.')).Select(static d => (JsonNode)d)]);
        }

        DropInboundRetries(answer);
        JsonObject differs = _differences[(id, proxy)];
        ReplaceFields(answer, "clusters", differs["clusters"] as JsonObject);
        ReplaceFields(answer, "listeners", differs["listeners"] as JsonObject);
        foreach ((string name, JsonNode? endpoints) in differs["endpoints"] as JsonObject ?? [])
        {
            answer["endpoints"]!.AsObject().Remove(name);
            if (endpoints is not null)
            {
                answer["endpoints"]![name] = endpoints.DeepClone();
            }
        }

        foreach ((string name, JsonNode? hosts) in differs["routes"] as JsonObject ?? [])
        {
            ReplaceHosts(answer, name, hosts as JsonObject);
        }

        return JsonSerializer.SerializeToElement(answer);
    }

    private static IEnumerable<JsonNode> Arrays(JsonObject answer, string key) =>
        (answer[key] as JsonArray ?? []).Select(static n => n!);

    private static void DropInboundRetries(JsonObject answer)
    {
        foreach (JsonNode listener in Arrays(answer, "listeners"))
        {
            foreach ((string _, JsonNode? config) in listener["route_configs"] as JsonObject ?? [])
            {
                foreach (JsonNode? route in config!["virtual_hosts"]!.AsArray()
                             .SelectMany(static h => h!["routes"]!.AsArray()))
                {
                    (route!["route"] as JsonObject)?.Remove("retry_policy");
                }
            }
        }
    }

    private static void ReplaceFields(JsonObject answer, string key, JsonObject? differs)
    {
        JsonArray list = answer[key]!.AsArray();
        foreach ((string name, JsonNode? fields) in differs ?? [])
        {
            JsonNode? entry = list.FirstOrDefault(e => (string)e!["name"]! == name);
            if (fields is null)
            {
                list.Remove(entry);
                continue;
            }

            if (entry is null)
            {
                list.Add(fields.DeepClone());
                continue;
            }

            foreach ((string field, JsonNode? value) in fields.AsObject())
            {
                entry.AsObject().Remove(field);
                if (value is not null)
                {
                    entry[field] = value.DeepClone();
                }
            }
        }
    }

    private static void ReplaceHosts(JsonObject answer, string name, JsonObject? hosts)
    {
        JsonArray list = answer["routes"]!.AsArray();
        JsonNode? config = list.FirstOrDefault(r => (string)r!["name"]! == name);
        if (hosts is null)
        {
            list.Remove(config);
            return;
        }

        if (config is null)
        {
            list.Add(config = new JsonObject { ["name"] = name, ["virtual_hosts"] = new JsonArray() });
        }

        JsonArray old = config["virtual_hosts"]!.AsArray();
        foreach ((string host, JsonNode? value) in hosts)
        {
            old.Remove(old.FirstOrDefault(h => (string)h!["name"]! == host));
            if (value is not null)
            {
                old.Add(value.DeepClone());
            }
        }
    }
}
