using System.Globalization;
using System.Text.Json;
using Sim.Telemetry;
using Sim.Tests.Oracle;

namespace Sim.Tests.Telemetry;

/// <summary>Files of the recorded family promql, here and in SIM_ORACLE.</summary>
internal static class PromQlFamily
{
    public const string Name = "promql";

    private static readonly string[] Topics =
    [
        "aggregation", "counters", "durations", "functions", "histogram", "lab", "operators", "over-time", "random",
        "ranges", "refused", "selectors", "slo", "subqueries",
    ];

    private static readonly HashSet<string> Known =
    [
        "check-rules", "differs-2.51", "differs-3.8", "federation", "live", "notation", "openmetrics", "rules",
    ];

    /// <summary>Folders that hold the family.</summary>
    public static IEnumerable<string> Folders => OracleFiles.Folders(Name).Where(Directory.Exists);

    /// <summary>Listed cases that are not met yet.</summary>
    public static HashSet<string> NotYet { get; } = OracleList.Read(Name, "not-yet.txt");

    /// <summary>Lines of one file of a folder; none when there is no such file.</summary>
    public static IEnumerable<string> Lines(string folder, string file) =>
        File.Exists(Path.Combine(folder, file))
            ? File.ReadLines(Path.Combine(folder, file)).Where(static l => l.Length > 0) : [];

    /// <summary>Lines of all case files of a folder.</summary>
    public static IEnumerable<string> CaseLines(string folder)
    {
        string cases = Path.Combine(folder, "cases");
        return !Directory.Exists(cases) ? [] : Directory.GetFiles(cases, "*.jsonl").Order(StringComparer.Ordinal)
            .SelectMany(File.ReadLines).Where(static l => l.Length > 0);
    }

    /// <summary>Files that no runner knows: a new kind must not go unseen.</summary>
    public static IEnumerable<string> UnknownFiles() => Folders.SelectMany(f =>
        Directory.GetFiles(f, "*.jsonl").Where(p => !Known.Contains(Path.GetFileNameWithoutExtension(p)))
            .Concat(Directory.Exists(Path.Combine(f, "cases"))
                ? Directory.GetFiles(Path.Combine(f, "cases"))
                    .Where(p => !Topics.Contains(Path.GetFileNameWithoutExtension(p))) : []));

    /// <summary>The data set of a folder, with its time 0 in milliseconds.</summary>
    public static (SeriesStore Store, long ZeroMs) Data(string folder, string id)
    {
        string file = Path.Combine(folder, "data", id + ".json");
        file = File.Exists(file) ? file : Path.Combine(Folders.First(), "data", id + ".json");
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(file));
        long zero = json.RootElement.GetProperty("t0_ms").GetInt64();
        var store = new SeriesStore();
        foreach (JsonElement s in json.RootElement.GetProperty("series").EnumerateArray())
        {
            LabelSet labels = Labels(s.GetProperty("labels"));
            foreach (JsonElement p in s.GetProperty("samples").EnumerateArray())
            {
                store.Append(labels, zero + p[0].GetInt64(), Number(p[1].GetString()!));
            }
        }

        return (store, zero);
    }

    /// <summary>A label set as it is written in JSON.</summary>
    public static LabelSet Labels(JsonElement labels) => LabelSet.Of(
        labels.EnumerateObject().Select(static p => new Label(p.Name, p.Value.GetString()!)));

    /// <summary>A value as it is written.</summary>
    public static double Number(string text) => text switch
    {
        "stale" => StaleMarker.Value,
        "NaN" => double.NaN,
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };

    /// <summary>True for values that count as equal: to 1e-9, NaN as NaN.</summary>
    public static bool AreEqual(double expected, double found) =>
        expected.Equals(found) || expected == found
        || (double.IsFinite(expected) && double.IsFinite(found)
            && Math.Abs(expected - found) <= 1e-9 * Math.Max(Math.Abs(expected), Math.Abs(found)));

    /// <summary>Seconds after a zero as milliseconds since the epoch.</summary>
    public static long Ms(JsonElement seconds, long zeroMs) => zeroMs + (long)Math.Round(seconds.GetDouble() * 1000);
}
