using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sim.Runs.Scenario;

/// <summary>The JSON Schema of the scenario file, made from the key table.</summary>
public static class ScenarioSchema
{
    private const string Duration = "^([+]?([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h|d))+|0)$";
    private const string Rate = "^[0-9]+(\\.[0-9]+)? ?/ ?(s|m|h|d)$";
    private const string Size = "^[0-9]+(\\.[0-9]+)? ?(B|KiB|MiB|GiB|KB|MB|GB)?$";
    private const string Share = "^[0-9]+(\\.[0-9]+)? ?%?$";

    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The schema, draft 2020-12, as published in docs/schema/scenario.schema.json.</summary>
    public static string Text()
    {
        var definitions = new JsonObject();
        foreach (ScenarioObjectType type in ScenarioKeys.Objects)
        {
            definitions[type.Name] = ObjectOf(type);
        }

        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["$id"] = "meshsim/scenario/v1alpha1",
            ["title"] = "meshsim scenario",
            ["$ref"] = "#/$defs/" + ScenarioKeys.Root,
            ["$defs"] = definitions,
        };
        return schema.ToJsonString(Options) + "\n";
    }

    private static JsonObject ObjectOf(ScenarioObjectType type)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (ScenarioKey key in type.Keys)
        {
            JsonObject value = ValueOf(key);
            value["description"] = key.Summary + (key.Default.Length > 0 ? $" Default: {key.Default}." : "");
            properties[key.Name] = value;
            if (key.Required)
            {
                required.Add((JsonNode)key.Name);
            }
        }

        var o = new JsonObject
        {
            ["type"] = "object",
            ["description"] = type.Summary,
            ["properties"] = properties,
            ["additionalProperties"] = false,
        };
        if (required.Count > 0)
        {
            o["required"] = required;
        }

        return o;
    }

    private static JsonObject ValueOf(ScenarioKey key) => key.Type switch
    {
        KeyType.Text => Scalar("string", "number", "boolean"),
        KeyType.Duration => Patterned(Duration),
        KeyType.Rate => Patterned(Rate),
        KeyType.Size => Patterned(Size),
        KeyType.Share => Patterned(Share),
        KeyType.NumberOrShare => Patterned(Share),
        KeyType.Integer => Scalar("integer"),
        KeyType.Number => Scalar("number"),
        KeyType.Boolean => Scalar("boolean"),
        KeyType.Timestamp => Scalar("string"),
        KeyType.Choice => Enumeration(key.Choices ?? []),
        KeyType.TextList => ListOf(Scalar("string", "number", "boolean")),
        KeyType.DurationList => ListOf(Patterned(Duration)),
        KeyType.TextMap => MapOf(Scalar("string", "number", "boolean")),
        KeyType.ListMap => MapOf(ListOf(Scalar("string"))),
        KeyType.Object => Reference(key.Of),
        KeyType.ObjectList => ListOf(Reference(key.Of)),
        KeyType.ObjectMap => MapOf(Reference(key.Of)),
        KeyType.TextOrObject => AnyOf(Patterned(Duration), Reference(key.Of)),
        KeyType.TextOrObjectList => ListOf(AnyOf(Scalar("string"), Reference(key.Of))),
        KeyType.CallList => ListOf(AnyOf(Reference(key.Of), ListOf(Reference(key.Of)))),
        _ => Scalar("object"),
    };

    private static JsonObject Scalar(params string[] types) => new()
    {
        ["type"] = types.Length == 1 ? types[0] : new JsonArray(types.Select(static t => (JsonNode)t).ToArray()),
    };

    private static JsonObject Patterned(string pattern) =>
        new() { ["type"] = new JsonArray("string", "number"), ["pattern"] = pattern };

    private static JsonObject Enumeration(IReadOnlyList<string> words) =>
        new() { ["enum"] = new JsonArray(words.Select(static w => (JsonNode)w).ToArray()) };

    private static JsonObject Reference(string name) => new() { ["$ref"] = "#/$defs/" + name };

    private static JsonObject ListOf(JsonObject items) => new() { ["type"] = "array", ["items"] = items };

    private static JsonObject MapOf(JsonObject values) =>
        new() { ["type"] = "object", ["additionalProperties"] = values };

    private static JsonObject AnyOf(params JsonObject[] any) => new() { ["anyOf"] = new JsonArray([.. any]) };
}
