using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sim.Core;

namespace Sim.Tests.Istiod;

/// <summary>Which profiles a vector speaks of, and the comparison of its partial expectations.</summary>
internal static class IstioVector
{
    private const double Compared = 1.29;

    /// <summary>Profiles of a case with the answer expected of each.</summary>
    public static IEnumerable<(IstioProfile Profile, JsonElement Expected)> Profiles(JsonElement c)
    {
        JsonElement expected = c.GetProperty("expected");
        if (!IsNewer(c))
        {
            yield return (IstioProfile.V1_29, expected);
        }

        yield return (IstioProfile.V1_31, expected);
        if (c.TryGetProperty("expected_1_22", out JsonElement old))
        {
            yield return (IstioProfile.V1_22, old);
        }
    }

    /// <summary>Text of a field; empty when it is absent or null.</summary>
    public static string Text(JsonElement e, string key) =>
        XdsAnswerReader.Text(e, key) is var t && t == "null" ? "" : t;

    public static JsonElement Child(JsonElement e, string key) => XdsAnswerReader.Child(e, key);

    public static IEnumerable<JsonElement> Items(JsonElement e, string key) => XdsAnswerReader.Items(e, key);

    public static string[] Texts(JsonElement e, string key) => [.. Items(e, key).Select(static i => i.GetString()!)];

    public static bool IsNull(JsonElement e) => e.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    public static JsonNode? Node(JsonElement e) => IsNull(e) ? null : JsonNode.Parse(e.GetRawText());

    /// <summary>Durations as the vectors write them.</summary>
    public static string Seconds(long ns) => (ns / 1e9).ToString(CultureInfo.InvariantCulture) + "s";

    /// <summary>What an expectation states and an answer does not fulfil. Null expects absence.</summary>
    public static IEnumerable<string> Differences(JsonElement expected, JsonNode? actual, string path = "")
    {
        switch (expected.ValueKind)
        {
            case JsonValueKind.Null:
                return actual is null ? [] : [$"{path}: expected nothing, got {actual.ToJsonString()}"];
            case JsonValueKind.Object when actual is JsonObject o:
                return expected.EnumerateObject().SelectMany(p => Differences(p.Value, o[p.Name], path + "." + p.Name));
            case JsonValueKind.Array when actual is JsonArray a:
                return a.Count != expected.GetArrayLength()
                    ? [$"{path}: expected {expected.GetRawText()}, got {a.ToJsonString()}"]
                    : expected.EnumerateArray().SelectMany((e, i) => Differences(e, a[i], $"{path}[{i}]"));
            default:
                bool isName = path.Contains(".headers[", StringComparison.Ordinal) && path.EndsWith(".name");
                return Same(expected, isName ? ((string?)actual)?.ToUpperInvariant() : actual, isName) ? []
                    : [$"{path}: expected {expected.GetRawText()}, got {actual?.ToJsonString() ?? "nothing"}"];
        }
    }

    /// <summary>Fails with all differences.</summary>
    public static void Judge(IEnumerable<string> differences, IstioProfile profile)
    {
        List<string> list = [.. differences];
        Assert.That(list, Is.Empty, profile + ": " + string.Join("\n", list));
    }

    /// <summary>Names of headers are the same in any case; an empty text is the same as none.</summary>
    private static bool Same(JsonElement expected, JsonNode? actual, bool isName) => actual is null
        ? expected.ValueKind == JsonValueKind.String && expected.GetString()!.Length == 0
        : actual is JsonValue v && (expected.ValueKind == JsonValueKind.Number
            ? double.TryParse(v.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double d)
                && d == expected.GetDouble()
            : expected.GetRawText() == v.ToJsonString()
                || (expected.ValueKind == JsonValueKind.String && v.TryGetValue(out string? s)
                    && s == (isName ? expected.GetString()!.ToUpperInvariant() : expected.GetString())));

    private static bool IsNewer(JsonElement c)
    {
        string since = Text(c, "since") + Text(c, "changedIn");
        bool isAfter = since.StartsWith("newer than ", StringComparison.Ordinal);
        string number = new([.. since.SkipWhile(static ch => !char.IsDigit(ch)).TakeWhile(
            static ch => char.IsDigit(ch) || ch == '.')]);
        return double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double version)
            && (isAfter ? version >= Compared : version > Compared);
    }
}
