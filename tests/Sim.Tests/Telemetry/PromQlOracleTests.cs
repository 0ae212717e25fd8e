using System.Globalization;
using System.Text.Json;
using Sim.Telemetry;
using Sim.Telemetry.PromQl;
using Sim.Tests.Oracle;

namespace Sim.Tests.Telemetry;

/// <summary>Every recorded expression in every dialect.</summary>
[TestFixture]
internal sealed class PromQlOracleTests
{
    private static readonly Dictionary<string, (SeriesStore Store, long ZeroMs)> Loaded = [];

    private static IEnumerable<TestCaseData> Cases2_42() => Cases(PromQlDialect.V2_42);

    private static IEnumerable<TestCaseData> Cases2_51() => Cases(PromQlDialect.V2_51);

    private static IEnumerable<TestCaseData> Cases3_8() => Cases(PromQlDialect.V3_8);

    [TestCaseSource(nameof(Cases2_42))]
    public void Query_in_2_42_gives_recorded_answer(PromQlCase recorded) =>
        Judge(PromQlDialect.V2_42, recorded);

    [TestCaseSource(nameof(Cases2_51))]
    public void Query_in_2_51_gives_recorded_answer(PromQlCase recorded) =>
        Judge(PromQlDialect.V2_51, recorded);

    [TestCaseSource(nameof(Cases3_8))]
    public void Query_in_3_8_gives_recorded_answer(PromQlCase recorded) =>
        Judge(PromQlDialect.V3_8, recorded);

    [Test]
    public void Family_HasNoFileWithoutRunner() => Assert.That(PromQlFamily.UnknownFiles(), Is.Empty);

    private static IEnumerable<TestCaseData> Cases(PromQlDialect dialect)
    {
        string family = dialect == PromQlDialect.V2_42 ? PromQlFamily.Name : PromQlFamily.Name + "-" + dialect.Version;
        foreach (string folder in PromQlFamily.Folders)
        {
            var differs = PromQlFamily.Lines(folder, $"differs-{dialect.Version}.jsonl")
                .ToDictionary(static l => JsonDocument.Parse(l).RootElement.GetProperty("id").GetString()!);
            foreach (string line in PromQlFamily.CaseLines(folder))
            {
                string id = JsonDocument.Parse(line).RootElement.GetProperty("id").GetString()!;
                yield return OracleFiles.Case(family, id,
                    new PromQlCase(folder, family + "/" + id, line, differs.GetValueOrDefault(id) ?? ""));
            }
        }
    }

    private static void Judge(PromQlDialect dialect, PromQlCase recorded)
    {
        (string folder, string differing) = (recorded.Folder, recorded.Differing);
        JsonElement c = JsonDocument.Parse(recorded.Json).RootElement;
        string data = c.GetProperty("data").GetString()!;
        (SeriesStore Store, long ZeroMs) loaded;
        lock (Loaded)
        {
            if (!Loaded.TryGetValue(folder + "/" + data, out loaded))
            {
                Loaded.Add(folder + "/" + data, loaded = PromQlFamily.Data(folder, data));
            }
        }

        JsonElement evals = (differing.Length == 0 ? c : JsonDocument.Parse(differing).RootElement)
            .GetProperty("evals");
        bool textsCount = dialect == PromQlDialect.V2_42;
        bool isOrdered = c.TryGetProperty("ordered", out JsonElement ordered) && ordered.GetBoolean();
        List<string> differences = [];
        foreach (JsonElement e in evals.EnumerateArray())
        {
            bool isInstant = c.GetProperty("kind").GetString() == "instant";
            string expr = c.GetProperty("expr").GetString()!;
            PromQlResult result = isInstant
                ? PromQlQuery.Instant(expr, dialect, loaded.Store, PromQlFamily.Ms(e.GetProperty("t"), loaded.ZeroMs))
                : PromQlQuery.Range(expr, dialect, loaded.Store, new PromQlRange(
                    PromQlFamily.Ms(e.GetProperty("start"), loaded.ZeroMs),
                    PromQlFamily.Ms(e.GetProperty("end"), loaded.ZeroMs),
                    PromQlFamily.Ms(e.GetProperty("step"), 0)));
            differences.AddRange(Differences(e, result, loaded.ZeroMs, isInstant, textsCount)
                .Concat(isOrdered ? OrderDifferences(e, result) : [])
                .Select(d => $"{expr} at {(isInstant ? e.GetProperty("t") : e.GetProperty("start"))}: {d}"));
        }

        OracleList.Judge(PromQlFamily.NotYet, recorded.Id, string.Join("\n", differences));
    }

    private static IEnumerable<string> Differences(
        JsonElement e, PromQlResult result, long zeroMs, bool isInstant, bool textsCount)
    {
        if (e.TryGetProperty("error", out JsonElement text))
        {
            return result.Error is null ? [$"answered {result.Value}, recorded {text}"]
                : textsCount ? ErrorDifferences(e, result.Error, isInstant) : [];
        }

        if (result.Error is not null)
        {
            return [$"refused: {result.Error}"];
        }

        Dictionary<string, string> expected = Expected(e, zeroMs, isInstant);
        Dictionary<string, string> found = Found(result.Value!);
        return expected.Keys.Union(found.Keys).Order(StringComparer.Ordinal)
            .Where(k => !Same(expected.GetValueOrDefault(k), found.GetValueOrDefault(k)))
            .Select(k => $"{k} is {found.GetValueOrDefault(k) ?? "absent"}, recorded "
                + (expected.GetValueOrDefault(k) ?? "absent"));
    }

    private static IEnumerable<string> ErrorDifferences(JsonElement e, PromQlError error, bool isInstant)
    {
        int http = error.Kind == PromQlErrorKind.BadData ? 400 : 422;
        if (e.GetProperty("http").GetInt32() != http)
        {
            yield return $"status {http}, recorded {e.GetProperty("http")}: {error}";
        }

        int line = e.TryGetProperty("line", out JsonElement l) ? l.GetInt32() : 0;
        int column = e.TryGetProperty("col", out JsonElement c) ? c.GetInt32() : 0;
        if (error.Line != line || error.Column != column)
        {
            yield return $"{error} instead of {line}:{column} {e.GetProperty("error")}";
        }

        string text = (isInstant && error.Line > 0 ? "invalid parameter \"query\": " : "") + error;
        string recorded = e.GetProperty("error").GetString()!;
        int twins = recorded.IndexOf("operation: [", StringComparison.Ordinal);
        bool isSame = twins < 0 ? text == recorded
            : text.StartsWith(recorded[..twins], StringComparison.Ordinal)
                && text[(text.IndexOf("];", twins, StringComparison.Ordinal) + 1)..]
                    == recorded[(recorded.IndexOf("];", twins, StringComparison.Ordinal) + 1)..];
        if (!isSame)
        {
            yield return $"text {text}, recorded {recorded}";
        }
    }

    private static IEnumerable<string> OrderDifferences(JsonElement e, PromQlResult result)
    {
        if (result.Value is not VectorValue vector || !e.TryGetProperty("result", out JsonElement recorded))
        {
            return [];
        }

        double[] expected = [.. recorded.EnumerateArray().Select(r => PromQlFamily.Number(r[1].GetString()!))];
        double[] found = [.. vector.Samples.Select(static s => s.Value)];
        return expected.Length == found.Length && expected.Zip(found).All(p => PromQlFamily.AreEqual(p.First, p.Second))
            ? [] : [$"order {string.Join(' ', found)}, recorded {string.Join(' ', expected)}"];
    }

    private static bool Same(string? expected, string? found) => expected == found
        || (expected is not null && found is not null
            && double.TryParse(expected, CultureInfo.InvariantCulture, out double x)
            && double.TryParse(found, CultureInfo.InvariantCulture, out double y) && PromQlFamily.AreEqual(x, y));

    /// <summary>One entry for each value: labels, time and, should labels repeat, a count.</summary>
    private static void Add(Dictionary<string, string> values, string key, string value)
    {
        string unique = key;
        for (int i = 2; !values.TryAdd(unique, value); i++)
        {
            unique = string.Create(CultureInfo.InvariantCulture, $"{key} #{i}");
        }
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static Dictionary<string, string> Expected(JsonElement e, long zeroMs, bool isInstant)
    {
        var values = new Dictionary<string, string>();
        JsonElement result = e.GetProperty("result");
        string type = isInstant ? e.GetProperty("type").GetString()! : "matrix";
        switch (type)
        {
            case "scalar":
                values.Add("scalar", Number(PromQlFamily.Number(result.GetString()!)));
                break;
            case "string":
                values.Add("string", result.GetString()!);
                break;
            case "vector":
                foreach (JsonElement s in Sorted(result))
                {
                    Add(values, PromQlFamily.Labels(s[0]).ToString(), Number(PromQlFamily.Number(s[1].GetString()!)));
                }

                break;
            default:
                foreach (JsonElement s in result.EnumerateArray())
                {
                    foreach (JsonElement p in s[1].EnumerateArray())
                    {
                        Add(values, $"{PromQlFamily.Labels(s[0])} @{PromQlFamily.Ms(p[0], zeroMs)}",
                            Number(PromQlFamily.Number(p[1].GetString()!)));
                    }
                }

                break;
        }

        return values;
    }

    private static IEnumerable<JsonElement> Sorted(JsonElement result) =>
        result.EnumerateArray().OrderBy(static s => PromQlFamily.Number(s[1].GetString()!));

    private static Dictionary<string, string> Found(PromQlValue value)
    {
        var values = new Dictionary<string, string>();
        switch (value)
        {
            case ScalarValue s:
                values.Add("scalar", Number(s.Value));
                break;
            case StringValue s:
                values.Add("string", s.Value);
                break;
            case VectorValue v:
                foreach (Sample s in v.Samples.OrderBy(static s => s.Value))
                {
                    Add(values, s.Labels.ToString(), Number(s.Value));
                }

                break;
            case MatrixValue m:
                foreach (Series s in m.Series)
                {
                    foreach (Point p in s.Points)
                    {
                        Add(values, $"{s.Labels} @{p.TimestampMs}", Number(p.Value));
                    }
                }

                break;
            default:
                throw new InvalidOperationException(value.GetType().Name);
        }

        return values;
    }
}
