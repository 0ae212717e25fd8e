using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sim.Core;
using Sim.Experiments;
using Sim.Runs;

namespace Sim.Reports.Sweeps;

/// <summary>The files of a year put together from incidents.</summary>
public static class YearFiles
{
    /// <summary>Schema written into <c>year.json</c>.</summary>
    public const string SchemaId = "meshsim/year/1";

    private static readonly JsonWriterOptions Indented = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Columns of <c>components.csv</c>.</summary>
    internal static IReadOnlyList<string> ComponentColumns { get; } =
    [
        "component", "instance", "failures_a_year", "down_minutes_a_year", "failed_share_ratio",
        "failed_share_low_ratio", "failed_share_high_ratio", "transient_s", "lost_minutes_a_year", "lost_minutes_low",
        "lost_minutes_high",
    ];

    /// <summary>Writes <c>years.csv</c>, <c>components.csv</c>, <c>year.html</c> and <c>year.json</c>.</summary>
    /// <param name="result">The result.</param>
    /// <param name="directory">Target folder, made when missing.</param>
    /// <returns>Names of the files written, in order.</returns>
    public static IReadOnlyList<string> Write(IncidentResult result, string directory)
    {
        Directory.CreateDirectory(directory);
        AtomicFile.WriteText(Path.Combine(directory, "years.csv"), w => WriteYears(result, w));
        AtomicFile.WriteText(Path.Combine(directory, "components.csv"), w => WriteComponents(result, w));
        using MemoryStream document = new();
        WriteJson(result, document);
        byte[] json = document.ToArray();
        using var read = JsonDocument.Parse(json);
        AtomicFile.WriteText(Path.Combine(directory, "year.html"), w => YearPage.Write(read.RootElement, w));
        AtomicFile.WriteBytes(Path.Combine(directory, "year.json"), s => s.Write(json));
        return ["years.csv", "components.csv", "year.html", "year.json"];
    }

    /// <summary>The answer in one sentence with its interval.</summary>
    public static string Sentence(IncidentResult result)
    {
        YearGroup all = result.Groups[0];
        string name = result.Variant.Length == 0 ? result.Scenario : result.Scenario + " / " + result.Variant;
        string target = Percent(result.Spec.Target);
        string verdict = result.IsReached switch
        {
            true => $"{target} is reached",
            false => $"{target} is not reached",
            null => $"whether {target} is reached stays open",
        };
        ComponentCost worst = result.Components.OrderByDescending(static c => c.LostMinutes.Mean).First();
        return $"{name}: {Percent(all.Availability.Mean)} a year ({Percent(all.Availability.Low)} to "
            + $"{Percent(all.Availability.High)}), {Minutes(result, all.Availability.Mean)} minutes lost; "
            + $"{verdict}; {worst.Component.Title} costs most, {Number(worst.LostMinutes.Mean)} minutes a year "
            + $"({Percent(Math.Max(0, worst.FailedShare.Mean))} of all requests fail while it is down).";
    }

    /// <summary>Writes <c>year.json</c>.</summary>
    public static void WriteJson(IncidentResult result, Stream stream)
    {
        using (Utf8JsonWriter json = new(stream, Indented))
        {
            json.WriteStartObject();
            json.WriteString("schema", SchemaId);
            json.WriteString("answer", Sentence(result));
            json.WriteString("version", ScenarioRunner.Version);
            json.WriteString("istio", result.Istio);
            json.WriteString("scenario", result.Scenario);
            json.WriteString("variant", result.Variant);
            json.WriteNumber("seed", result.Seed);
            json.WriteString("input_hash", result.InputHash);
            json.WriteNumber("years", result.Years.Count);
            json.WriteNumber("horizon_s", RunJsonNames.Seconds(result.Spec.HorizonNs));
            json.WriteNumber("windows", result.Windows);
            json.WriteNumber("requests", result.Requests);
            json.WriteNumber("target", SweepTables.Rounded(result.Spec.Target));
            if (result.IsReached is { } reached)
            {
                json.WriteBoolean("reached", reached);
            }
            else
            {
                json.WriteNull("reached");
            }

            json.WriteNumber("closed_form_availability", SweepTables.Rounded(1 - result.ClosedForm));
            json.WriteNumber("failed_without_outages", SweepTables.Rounded(result.FailedAlways));
            json.WriteNumber("together_minutes", SweepTables.Rounded(result.TogetherMinutes));
            WriteGroups(json, result);
            WriteCosts(json, result);
            WriteMedianYear(json, result);
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
    }

    private static void WriteGroups(Utf8JsonWriter json, IncidentResult result)
    {
        json.WriteStartArray("callers");
        foreach (YearGroup g in result.Groups)
        {
            json.WriteStartObject();
            json.WriteString("region", g.Name);
            WriteInterval(json, "availability", g.Availability);
            json.WriteNumber("worst_in_20_years", SweepTables.Rounded(g.Worst));
            json.WriteNumber("median_year", SweepTables.Rounded(g.Median));
            json.WriteNumber("years_that_reach_the_target", SweepTables.Rounded(g.Reached));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteCosts(Utf8JsonWriter json, IncidentResult result)
    {
        json.WriteStartArray("components");
        foreach (ComponentCost c in result.Components)
        {
            json.WriteStartObject();
            json.WriteString("component", c.Component.Name);
            json.WriteString("instance", c.Component.Instance);
            json.WriteNumber("failures_a_year", SweepTables.Rounded(c.Failures));
            json.WriteNumber("down_minutes_a_year", SweepTables.Rounded(c.DownMinutes));
            WriteInterval(json, "failed_share_while_down", c.FailedShare);
            WriteInterval(json, "transient_s", c.TransientSeconds);
            WriteInterval(json, "lost_minutes_a_year", c.LostMinutes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>The year in the middle of all sampled ones by what everybody sees, with its incidents.</summary>
    private static void WriteMedianYear(Utf8JsonWriter json, IncidentResult result)
    {
        (int index, SampledYear year) = result.Years.Index().OrderBy(static y => y.Item.Availability[0])
            .ThenBy(static y => y.Index).ElementAt(result.Years.Count / 2);
        json.WriteStartObject("median_year");
        json.WriteNumber("year", index);
        json.WriteStartArray("availability");
        foreach (double a in year.Availability)
        {
            json.WriteNumberValue(SweepTables.Rounded(a));
        }

        json.WriteEndArray();
        json.WriteStartArray("incidents");
        foreach (YearIncident i in year.Incidents)
        {
            json.WriteStartObject();
            json.WriteNumber("from_s", RunJsonNames.Seconds(i.FromNs));
            json.WriteNumber("to_s", RunJsonNames.Seconds(i.ToNs));
            json.WriteStartArray("components");
            foreach (string name in i.Components)
            {
                json.WriteStringValue(name);
            }

            json.WriteEndArray();
            json.WriteStartArray("lost_minutes");
            foreach (double minutes in i.LostMinutes)
            {
                json.WriteNumberValue(SweepTables.Rounded(minutes));
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteInterval(Utf8JsonWriter json, string name, MeanInterval interval)
    {
        json.WriteStartObject(name);
        json.WriteNumber("mean", SweepTables.Rounded(interval.Mean));
        if (interval.HalfWidth is not null)
        {
            json.WriteNumber("low", SweepTables.Rounded(interval.Low));
            json.WriteNumber("high", SweepTables.Rounded(interval.High));
        }

        json.WriteEndObject();
    }

    private static void WriteYears(IncidentResult result, TextWriter writer)
    {
        writer.Write(SweepTables.Line(
            ["year", "outages", .. result.Groups.Select(static g => "availability_" + g.Name + "_ratio")]));
        for (int y = 0; y < result.Years.Count; y++)
        {
            SampledYear year = result.Years[y];
            writer.Write(SweepTables.Line(
                [CsvTables.Text(y), CsvTables.Text(year.Outages),
                    .. year.Availability.Select(static a => SweepTables.Figure(a))]));
        }
    }

    private static void WriteComponents(IncidentResult result, TextWriter writer)
    {
        writer.Write(SweepTables.Line(ComponentColumns));
        foreach (ComponentCost c in result.Components)
        {
            double?[] figures =
            [
                c.Failures, c.DownMinutes, c.FailedShare.Mean, c.FailedShare.Low, c.FailedShare.High,
                c.TransientSeconds.Mean, c.LostMinutes.Mean, c.LostMinutes.Low, c.LostMinutes.High,
            ];
            writer.Write(SweepTables.Line(
                [c.Component.Name, c.Component.Instance, .. figures.Select(SweepTables.Figure)]));
        }
    }

    /// <summary>A share in percent, at most 100 %, with as many decimals as its distance from 100 % needs; cut off.
    /// </summary>
    public static string Percent(double share)
    {
        share = Math.Clamp(share, 0, 1);
        double missing = 1 - share;
        int decimals = missing >= 0.01 ? 2 : missing >= 0.001 ? 3 : 5;
        decimal scale = decimals == 2 ? 100 : decimals == 3 ? 1000 : 100_000;
        decimal cut = decimal.Floor((decimal)share * 100 * scale) / scale;
        return cut.ToString("0.#####", CultureInfo.InvariantCulture) + " %";
    }

    /// <summary>A number with about three digits.</summary>
    public static string Number(double value)
    {
        double size = Math.Abs(value);
        string text = value.ToString(
            size >= 100 ? "#,0" : size >= 10 ? "0.#" : "0.##", CultureInfo.InvariantCulture);
        return text == "-0" ? "0" : text;
    }

    private static string Minutes(IncidentResult result, double availability) =>
        Number((1 - availability) * result.Spec.HorizonNs.Value / SimDuration.Minute);
}
