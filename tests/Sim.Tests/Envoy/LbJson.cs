using System.Globalization;
using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Reads numbers and lists of the balancing vectors and recordings.</summary>
internal static class LbJson
{
    /// <summary>A 64-bit number, written as a number or a decimal string.</summary>
    public static ulong U64(this JsonElement e) => e.ValueKind == JsonValueKind.String
        ? ulong.Parse(e.GetString()!, CultureInfo.InvariantCulture) : e.GetUInt64();

    /// <summary>A member, or null when absent or null.</summary>
    public static JsonElement? Get(this JsonElement e, string name) =>
        e.ValueKind == JsonValueKind.Object && e.TryGetProperty(name, out JsonElement v)
            && v.ValueKind != JsonValueKind.Null ? v : null;

    /// <summary>An integer member or a default.</summary>
    public static int Int(this JsonElement e, string name, int missing = 0) => e.Get(name)?.GetInt32() ?? missing;

    /// <summary>A text member or a default.</summary>
    public static string Text(this JsonElement e, string name, string missing = "") =>
        e.Get(name)?.GetString() ?? missing;

    /// <summary>A truth member; false when absent.</summary>
    public static bool Flag(this JsonElement e, string name) => e.Get(name)?.GetBoolean() ?? false;

    /// <summary>A number member, plain or wrapped in <c>value</c> or <c>default_value</c>.</summary>
    public static double Number(this JsonElement e, string name, double missing)
    {
        JsonElement? v = e.Get(name);
        return v is null ? missing
            : v.Value.ValueKind == JsonValueKind.Object
                ? (v.Value.Get("value") ?? v.Value.Get("default_value"))?.GetDouble() ?? missing
                : v.Value.GetDouble();
    }

    /// <summary>Elements of an array member; none when absent.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement e, string name) =>
        e.Get(name)?.EnumerateArray() ?? Enumerable.Empty<JsonElement>();

    /// <summary>Integers of an array member.</summary>
    public static int[] Ints(this JsonElement e, string name) => [.. e.Items(name).Select(static x => x.GetInt32())];

    /// <summary>Texts of an array member.</summary>
    public static string[] Texts(this JsonElement e, string name) =>
        [.. e.Items(name).Select(static x => x.GetString()!)];

    /// <summary>Doubles of an array member.</summary>
    public static double[] Doubles(this JsonElement e, string name) =>
        [.. e.Items(name).Select(static x => x.GetDouble())];

    /// <summary>A protobuf duration text in nanoseconds.</summary>
    public static long DurationNs(this JsonElement e, string name, long missing) =>
        e.Get(name) is JsonElement v
            ? SimDuration.TryParse(v.GetString(), out long ns) ? ns : throw new FormatException(v.GetString())
            : missing;
}

/// <summary>Hosts for tests.</summary>
internal static class TestHosts
{
    /// <summary>Flags that make a host healthy, degraded, unhealthy or excluded (and unhealthy).</summary>
    public static HealthFlags FlagsOf(string state) => state switch
    {
        "healthy" => HealthFlags.None,
        "degraded" => HealthFlags.DegradedActiveHc,
        "unhealthy" => HealthFlags.FailedActiveHc,
        "excluded" => HealthFlags.FailedActiveHc | HealthFlags.PendingActiveHc,
        _ => throw new ArgumentException(state),
    };

    /// <summary>One host.</summary>
    public static Host Make(int index, string locality = "", uint weight = 1, string state = "healthy") =>
        new(
            new LbEndpoint { Address = "10.0.0." + index.ToString(CultureInfo.InvariantCulture), Port = 80,
                Weight = weight },
            Locality.Parse(locality), 0)
        {
            Flags = FlagsOf(state),
        };

    /// <summary>Hosts by counts: healthy first, then degraded, excluded and unhealthy ones.</summary>
    public static IEnumerable<Host> ByCounts(
        int hosts, int healthy, int degraded, int excluded, string locality = "", int firstIndex = 0)
    {
        for (int i = 0; i < hosts; i++)
        {
            string state = i < healthy ? "healthy" : i < healthy + degraded ? "degraded"
                : i < healthy + degraded + excluded ? "excluded" : "unhealthy";
            yield return Make(firstIndex + i, locality, 1, state);
        }
    }
}
