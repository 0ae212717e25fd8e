using System.Text.Json;
using System.Text.RegularExpressions;

namespace Sim.Tests.Reports;

/// <summary>Checks a document against the part of JSON Schema 2020-12 that our schemas use.</summary>
/// <remarks>A keyword it does not know is an error, so that no rule of a schema is silently skipped.</remarks>
internal static class JsonSchemaCheck
{
    private static readonly HashSet<string> Annotations = ["$schema", "$id", "$defs", "title", "description"];

    /// <summary>Every violation, with its path.</summary>
    public static List<string> Errors(JsonElement schema, JsonElement document)
    {
        List<string> errors = [];
        Check(schema, schema, document, "$", errors);
        return errors;
    }

    private static void Check(JsonElement root, JsonElement schema, JsonElement value, string path, List<string> errors)
    {
        foreach (JsonProperty rule in schema.EnumerateObject())
        {
            string? error = rule.Name switch
            {
                _ when Annotations.Contains(rule.Name) => null,
                "type" => HasType(rule.Value, value) ? null : "has type " + value.ValueKind,
                "const" => JsonElement.DeepEquals(rule.Value, value) ? null : "is not " + rule.Value,
                "enum" => rule.Value.EnumerateArray().Any(e => JsonElement.DeepEquals(e, value)) ? null
                    : "is none of " + rule.Value,
                "minimum" => value.ValueKind != JsonValueKind.Number || value.GetDouble() >= rule.Value.GetDouble()
                    ? null : "is below " + rule.Value,
                "pattern" => value.ValueKind != JsonValueKind.String
                    || Regex.IsMatch(value.GetString()!, rule.Value.GetString()!)
                    ? null : "does not match " + rule.Value,
                "required" => Missing(rule.Value, value),
                "$ref" => Follow(root, rule.Value.GetString()!, value, path, errors),
                "items" => Items(root, rule.Value, value, path, errors),
                "properties" => Properties(root, rule.Value, value, path, errors),
                "additionalProperties" => Additional(root, schema, rule.Value, value, path, errors),
                _ => throw new NotSupportedException("keyword " + rule.Name),
            };
            if (error is not null)
            {
                errors.Add(path + " " + error);
            }
        }
    }

    private static bool HasType(JsonElement type, JsonElement value) =>
        type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Any(t => HasType(t, value))
        : type.GetString() switch
        {
            "object" => value.ValueKind == JsonValueKind.Object,
            "array" => value.ValueKind == JsonValueKind.Array,
            "string" => value.ValueKind == JsonValueKind.String,
            "number" => value.ValueKind == JsonValueKind.Number,
            "integer" => value.ValueKind == JsonValueKind.Number && value.GetDecimal() % 1 == 0,
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "null" => value.ValueKind == JsonValueKind.Null,
            string other => throw new NotSupportedException("type " + other),
            null => throw new NotSupportedException("type null"),
        };

    private static string? Missing(JsonElement required, JsonElement value)
    {
        string[] missing = value.ValueKind != JsonValueKind.Object ? []
            : [.. required.EnumerateArray().Select(static r => r.GetString()!)
                .Where(r => !value.TryGetProperty(r, out _))];
        return missing.Length == 0 ? null : "lacks " + string.Join(", ", missing);
    }

    private static string? Follow(
        JsonElement root, string reference, JsonElement value, string path, List<string> errors)
    {
        JsonElement target = root;
        foreach (string step in reference[2..].Split('/'))
        {
            target = target.GetProperty(step);
        }

        Check(root, target, value, path, errors);
        return null;
    }

    private static string? Items(
        JsonElement root, JsonElement items, JsonElement value, string path, List<string> errors)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            int i = 0;
            foreach (JsonElement item in value.EnumerateArray())
            {
                Check(root, items, item, $"{path}[{i++}]", errors);
            }
        }

        return null;
    }

    private static string? Properties(
        JsonElement root, JsonElement properties, JsonElement value, string path, List<string> errors)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in properties.EnumerateObject())
            {
                if (value.TryGetProperty(property.Name, out JsonElement member))
                {
                    Check(root, property.Value, member, path + "." + property.Name, errors);
                }
            }
        }

        return null;
    }

    private static string? Additional(
        JsonElement root, JsonElement schema, JsonElement rule, JsonElement value, string path, List<string> errors)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        foreach (JsonProperty member in value.EnumerateObject())
        {
            bool isKnown = schema.TryGetProperty("properties", out JsonElement known)
                && known.TryGetProperty(member.Name, out _);
            if (isKnown)
            {
                continue;
            }

            if (rule.ValueKind == JsonValueKind.False)
            {
                errors.Add($"{path}.{member.Name} is not in the schema");
            }
            else if (rule.ValueKind == JsonValueKind.Object)
            {
                Check(root, rule, member.Value, path + "." + member.Name, errors);
            }
        }

        return null;
    }
}
