using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sim.Experiments;
using Sim.Runs;
using Sim.Runs.Scenario;

namespace Sim.Reports.Sweeps;

/// <summary>Writes <c>sweep.json</c>: plan, points and summaries. No clock, thread or machine reaches it.</summary>
public static class SweepJsonWriter
{
    /// <summary>Schema written into the document.</summary>
    public const string SchemaId = "meshsim/sweep/1";

    private static readonly JsonWriterOptions Indented = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes the document.</summary>
    public static void Write(SweepResult result, Stream stream)
    {
        using (Utf8JsonWriter json = new(stream, Indented))
        {
            json.WriteStartObject();
            json.WriteString("schema", SchemaId);
            json.WriteString("state", result.IsComplete ? "complete" : "interrupted");
            WritePlan(json, result);
            json.WriteStartArray("points");
            foreach (PointSummary point in SweepSummary.Of(result))
            {
                WritePoint(json, result.Plan, point);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
    }

    private static void WritePlan(Utf8JsonWriter json, SweepResult result)
    {
        SweepPlan plan = result.Plan;
        json.WriteStartObject("plan");
        json.WriteString("version", ScenarioRunner.Version);
        json.WriteString("scenario", plan.Scenario);
        json.WriteNumber("seed", plan.Seed);
        json.WriteString("hash", plan.Hash);
        json.WriteNumber("runs", result.Rows.Count);
        json.WriteNumber("replications_most", plan.ReplicationsMost);
        json.WriteNumber("confidence", (decimal)plan.Confidence);
        if (plan.Stop is { } stop)
        {
            json.WriteStartObject("stop");
            json.WriteString("measure", plan.Measures[stop.Measure].Name);
            json.WriteNumber("half_width", SweepTables.Rounded(stop.HalfWidth));
            json.WriteNumber("min", stop.Least);
            json.WriteNumber("batch", stop.Batch);
            json.WriteEndObject();
        }

        json.WriteStartArray("axes");
        foreach (SweepAxis axis in plan.Axes)
        {
            json.WriteStartObject();
            json.WriteString("name", axis.Name);
            Texts(json, "set", axis.Set.Select(static s => s.Value));
            Texts(json, "values", axis.Values.Select(static v => v.Value));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("measures");
        foreach (PlannedMeasure measure in plan.Measures)
        {
            json.WriteStartObject();
            json.WriteString("name", measure.Name);
            json.WriteString("expr", measure.Expression);
            json.WriteString("unit", measure.Unit);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WritePoint(Utf8JsonWriter json, SweepPlan plan, PointSummary point)
    {
        json.WriteStartObject();
        json.WriteNumber("point", point.Point.Index);
        json.WriteString(SweepPlan.VariantName, point.Point.Variant);
        json.WriteStartObject("values");
        for (int i = 0; i < plan.Axes.Count; i++)
        {
            json.WriteString(plan.Axes[i].Name, point.Point.Values[i]);
        }

        json.WriteEndObject();
        json.WriteString("istio", point.Point.Prepared.Document.Istio.Value);
        json.WriteString("input_hash", point.Point.Prepared.InputHash);
        json.WriteNumber("replications", point.Replications);
        json.WriteNumber("held", point.Held);
        json.WriteString("ended", point.Ended);
        if (point.Point.Baseline >= 0)
        {
            json.WriteNumber("baseline", point.Point.Baseline);
        }

        json.WriteStartObject("measures");
        foreach (MeasureSummary m in point.Measures)
        {
            json.WriteStartObject(m.Measure.Name);
            WriteInterval(json, m.Own);
            Figure(json, "least", m.Least);
            Figure(json, "median", m.Median);
            Figure(json, "most", m.Most);
            if (m.Difference is { } difference)
            {
                json.WriteStartObject("difference");
                WriteInterval(json, difference);
                Figure(json, "correlation", m.Correlation);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteInterval(Utf8JsonWriter json, MeanInterval interval)
    {
        json.WriteNumber("count", interval.Count);
        Figure(json, "mean", interval.Mean);
        Figure(json, "deviation", interval.Deviation);
        Figure(json, "low", interval.HalfWidth is null ? null : interval.Low);
        Figure(json, "high", interval.HalfWidth is null ? null : interval.High);
    }

    private static void Figure(Utf8JsonWriter json, string name, double? value)
    {
        if (value is not { } v || double.IsNaN(v))
        {
            json.WriteNull(name);
        }
        else
        {
            json.WritePropertyName(name);
            json.WriteRawValue(SweepTables.Rounded(v).ToString("0.############", CultureInfo.InvariantCulture));
        }
    }

    private static void Texts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
