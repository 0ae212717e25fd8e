using System.Globalization;
using System.Text.Json;

namespace Sim.Reports.Sweeps;

/// <summary>A measure at a point, as <c>sweep.json</c> has it: every figure as it stands there, empty = none.</summary>
/// <param name="Count">Replications that gave a value.</param>
/// <param name="Figures">mean, deviation, low, high, least, median, most.</param>
/// <param name="Difference">Of the difference to the baseline: count, mean, low, high, correlation; empty when it has
/// none.</param>
internal sealed record DocumentMeasure(
    string Count, IReadOnlyDictionary<string, string> Figures, IReadOnlyDictionary<string, string> Difference)
{
    /// <summary>A figure as a number; null = none.</summary>
    public double? this[string name] => NumberOf(Figures, name);

    /// <summary>A figure of the difference; null = none.</summary>
    public double? OfDifference(string name) => NumberOf(Difference, name);

    private static double? NumberOf(IReadOnlyDictionary<string, string> figures, string name) =>
        figures.TryGetValue(name, out string? text) && text.Length > 0
            ? double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture) : null;
}

/// <summary>A point of a sweep.</summary>
/// <param name="Index">Index.</param>
/// <param name="Variant">Variant; empty = none.</param>
/// <param name="Values">Value of each axis.</param>
/// <param name="Replications">Replications made.</param>
/// <param name="Held">Those in which every check held.</param>
/// <param name="Ended">Why replications ended.</param>
/// <param name="Baseline">Index of the point it is compared with; empty = none.</param>
/// <param name="Measures">Measures in the order of the plan.</param>
internal sealed record DocumentPoint(
    int Index, string Variant, IReadOnlyList<string> Values, int Replications, int Held, string Ended, string Baseline,
    IReadOnlyList<DocumentMeasure> Measures)
{
    /// <summary>Variant and values in a line.</summary>
    public string Label =>
        string.Join(", ", Values.Prepend(Variant).Where(static v => v.Length > 0)) is { Length: > 0 } l
        ? l : "as it stands";
}

/// <summary>A sweep read back from its <c>sweep.json</c>: enough to write its tables and its page again.</summary>
/// <param name="Scenario">Name of the scenario.</param>
/// <param name="Version">Version of meshsim that made it.</param>
/// <param name="Hash">Hash of the plan.</param>
/// <param name="State">complete or interrupted.</param>
/// <param name="Runs">Number of runs.</param>
/// <param name="Confidence">Confidence of the intervals, 0..1.</param>
/// <param name="Axes">Axes with their values.</param>
/// <param name="Measures">Measures: name and unit.</param>
/// <param name="Points">Points in order.</param>
internal sealed record SweepDocument(
    string Scenario, string Version, string Hash, string State, int Runs, double Confidence,
    IReadOnlyList<(string Name, IReadOnlyList<string> Values)> Axes, IReadOnlyList<(string Name, string Unit)> Measures,
    IReadOnlyList<DocumentPoint> Points)
{
    private static readonly string[] Names = ["mean", "deviation", "low", "high", "least", "median", "most"];

    private static readonly string[] DifferenceNames = ["count", "mean", "low", "high", "correlation"];

    /// <summary>Reads a <c>sweep.json</c>.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static SweepDocument Read(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            string schema = root.GetProperty("schema").GetString() ?? "";
            return schema == SweepJsonWriter.SchemaId ? Read(root)
                : throw new FormatException($"its schema is \"{schema}\" and not {SweepJsonWriter.SchemaId}");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException("it is no whole sweep.json: " + e.Message, e);
        }
    }

    private static SweepDocument Read(JsonElement root)
    {
        JsonElement plan = root.GetProperty("plan");
        List<(string Name, IReadOnlyList<string> Values)> axes =
        [
            .. plan.GetProperty("axes").EnumerateArray().Select(static a => (Text(a, "name"),
                (IReadOnlyList<string>)[.. a.GetProperty("values").EnumerateArray().Select(static v =>
                    v.GetString()!)])),
        ];
        List<(string Name, string Unit)> measures =
            [.. plan.GetProperty("measures").EnumerateArray().Select(static m => (Text(m, "name"), Text(m, "unit")))];
        return new SweepDocument(Text(plan, "scenario"), Text(plan, "version"), Text(plan, "hash"), Text(root, "state"),
            plan.GetProperty("runs").GetInt32(), plan.GetProperty("confidence").GetDouble(), axes, measures,
            [.. root.GetProperty("points").EnumerateArray().Select(p => Point(p, axes, measures))]);
    }

    private static DocumentPoint Point(
        JsonElement p, IReadOnlyList<(string Name, IReadOnlyList<string> Values)> axes,
        IReadOnlyList<(string Name, string Unit)> measures) => new(
        p.GetProperty("point").GetInt32(), Text(p, SweepVariant),
            [.. axes.Select(a => Text(p.GetProperty("values"), a.Name))],
        p.GetProperty("replications").GetInt32(), p.GetProperty("held").GetInt32(), Text(p, "ended"),
        p.TryGetProperty("baseline", out JsonElement b) ? b.GetRawText() : "",
        [.. measures.Select(m => Measure(p.GetProperty("measures").GetProperty(m.Name)))]);

    private const string SweepVariant = Experiments.SweepPlan.VariantName;

    private static DocumentMeasure Measure(JsonElement m) => new(
        m.GetProperty("count").GetRawText(), Figures(m, Names),
        m.TryGetProperty("difference", out JsonElement d) ? Figures(d, DifferenceNames)
            : new Dictionary<string, string>());

    private static Dictionary<string, string> Figures(JsonElement element, string[] names) =>
        names.ToDictionary(static n => n, n => element.GetProperty(n) is { ValueKind: JsonValueKind.Number } v
            ? v.GetRawText() : "");

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? "";
}
