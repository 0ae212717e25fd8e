using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sim.Tests.Istiod;

/// <summary>Writes a model value as text, without the places it was read from.</summary>
internal static class ModelText
{
    private static readonly JsonSerializerOptions Options = new() { IncludeFields = true };

    public static string Of(object? value)
    {
        JsonNode? node = JsonSerializer.SerializeToNode(value, Options);
        DropOrigins(node);
        return node?.ToJsonString() ?? "none";
    }

    private static void DropOrigins(JsonNode? node)
    {
        if (node is JsonObject o)
        {
            o.Remove("Origin");
            foreach (KeyValuePair<string, JsonNode?> p in o)
            {
                DropOrigins(p.Value);
            }
        }
        else if (node is JsonArray a)
        {
            foreach (JsonNode? item in a)
            {
                DropOrigins(item);
            }
        }
    }
}
