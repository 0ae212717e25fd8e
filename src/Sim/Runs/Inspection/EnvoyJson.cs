using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sim.Core;
using Sim.Xds;

namespace Sim.Runs.Inspection;

/// <summary>Values as protobuf writes them in JSON: durations <c>"10s"</c>, 64-bit numbers as text, defaults left
/// out.</summary>
internal static class EnvoyJson
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true, IndentSize = 4, NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Text of a node, four blanks a level, as istioctl writes it.</summary>
    public static string Text(JsonNode node) => node.ToJsonString(Indented);

    /// <summary>A duration in seconds.</summary>
    public static string Duration(long ns) =>
        ((decimal)ns / SimDuration.Second).ToString("0.#########", CultureInfo.InvariantCulture) + "s";

    /// <summary>An array of texts.</summary>
    public static JsonArray Texts(IEnumerable<string> texts) => [.. texts.Select(static t => (JsonNode)t)];

    /// <summary>Adds a member unless its value is null.</summary>
    public static JsonObject With(this JsonObject o, string name, JsonNode? value)
    {
        if (value is not null)
        {
            o.Add(name, value);
        }

        return o;
    }

    /// <summary>Adds a text unless it is empty.</summary>
    public static JsonObject With(this JsonObject o, string name, string value) =>
        value.Length == 0 ? o : o.With(name, (JsonNode)value);

    /// <summary>Adds a switch when it is on.</summary>
    public static JsonObject With(this JsonObject o, string name, bool value) =>
        value ? o.With(name, (JsonNode)true) : o;

    /// <summary>Adds a number unless it has its default.</summary>
    public static JsonObject With(this JsonObject o, string name, uint value, uint unless) =>
        value == unless ? o : o.With(name, (JsonNode)value);

    /// <summary>Adds a duration unless it has its default.</summary>
    public static JsonObject WithTime(this JsonObject o, string name, long ns, long unless) =>
        ns == unless ? o : o.With(name, (JsonNode)Duration(ns));

    /// <summary>Adds an array unless it is empty.</summary>
    public static JsonObject With(this JsonObject o, string name, JsonArray values) =>
        values.Count == 0 ? o : o.With(name, (JsonNode)values);

    /// <summary>Adds an object unless it is empty.</summary>
    public static JsonObject WithAny(this JsonObject o, string name, JsonObject value) =>
        value.Count == 0 ? o : o.With(name, (JsonNode)value);

    /// <summary>A share of requests.</summary>
    public static JsonObject Fraction(FractionalPercent f) => new JsonObject()
        .With("numerator", f.Numerator, 0)
        .With("denominator", f.Denominator switch { 1_000_000 => "MILLION", 10_000 => "TEN_THOUSAND", _ => "" });

    /// <summary>A locality.</summary>
    public static JsonObject Locality(Locality l) => new JsonObject()
        .With("region", l.Region).With("zone", l.Zone).With("sub_zone", l.SubZone);

    /// <summary>An address.</summary>
    public static JsonObject Address(string address, int port) => new()
    {
        ["socket_address"] = new JsonObject { ["address"] = address, ["port_value"] = port },
    };
}
