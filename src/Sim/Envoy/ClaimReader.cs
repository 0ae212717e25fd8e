using System.Text.Json;

namespace Sim.Envoy;

/// <summary>Reads claims out of JSON.</summary>
/// <remarks>
/// Envoy: source/extensions/filters/http/jwt_authn/authenticator.cc. A number, a boolean or null becomes a value that
/// no text condition matches.
/// </remarks>
public static class ClaimReader
{
    /// <summary>A JSON value as metadata.</summary>
    /// <param name="value">The value.</param>
    public static MetadataValue Read(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                return new MetadataValue(value.GetString());
            case JsonValueKind.Array:
                return new MetadataValue(Items: [.. value.EnumerateArray().Select(Read)]);
            case JsonValueKind.Object:
                var fields = new Dictionary<string, MetadataValue>(StringComparer.Ordinal);
                foreach (JsonProperty p in value.EnumerateObject())
                {
                    fields[p.Name] = Read(p.Value);
                }

                return new MetadataValue(Fields: fields);
            default:
                return new MetadataValue();
        }
    }

    /// <summary>Claims with the texts of some taken as lists separated by blanks.</summary>
    /// <param name="payload">Claims.</param>
    /// <param name="spaceDelimited">Names of claims at the top.</param>
    public static MetadataValue Split(MetadataValue payload, IReadOnlyList<string> spaceDelimited)
    {
        if (payload.Fields is null || !spaceDelimited.Any(payload.Fields.ContainsKey))
        {
            return payload;
        }

        var fields = new Dictionary<string, MetadataValue>(payload.Fields, StringComparer.Ordinal);
        foreach (string name in spaceDelimited)
        {
            if (fields.TryGetValue(name, out MetadataValue? claim) && claim.Text is not null)
            {
                fields[name] = new MetadataValue(Items:
                    [.. claim.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(
                        static t => new MetadataValue(t))]);
            }
        }

        return new MetadataValue(Fields: fields);
    }

    /// <summary>What RBAC conditions see of a payload.</summary>
    /// <param name="payload">Claims; null = no good token.</param>
    public static RequestMetadata? Metadata(MetadataValue? payload)
    {
        if (payload is null)
        {
            return null;
        }

        var filter = new MetadataValue(Fields: new Dictionary<string, MetadataValue>(StringComparer.Ordinal)
        {
            ["payload"] = payload,
        });
        return new RequestMetadata(
            new Dictionary<string, MetadataValue>(StringComparer.Ordinal) { ["envoy.filters.http.jwt_authn"] = filter },
            new Dictionary<string, string>(StringComparer.Ordinal));
    }

    /// <summary>Parses JSON; false when it is none.</summary>
    internal static bool TryParse(ReadOnlyMemory<byte> bytes, out JsonElement value)
    {
        value = default;
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            value = document.RootElement.Clone();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
