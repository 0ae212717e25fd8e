using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sim.Runs.Observing;
using Sim.Telemetry;
using Sim.Telemetry.PromQl;

namespace Sim.Cli.Views;

/// <summary>Answers of PromQL, as text and in the form of Prometheus' HTTP API.</summary>
internal static class QueryView
{
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>One line for each series and point.</summary>
    public static void WriteTable(PromQlResult answer, ObservedCluster server, TextWriter writer)
    {
        switch (answer.Value)
        {
            case ScalarValue s:
                writer.WriteLine(PromQlText.Value(s.Value));
                break;
            case StringValue s:
                writer.WriteLine(s.Value);
                break;
            case VectorValue { Samples.Count: 0 } or MatrixValue { Series.Count: 0 }:
                writer.WriteLine("no series");
                break;
            case VectorValue v:
                foreach (Sample s in v.Samples)
                {
                    writer.WriteLine($"{Name(s.Labels)} {PromQlText.Value(s.Value)}");
                }

                break;
            case MatrixValue m:
                foreach (Series s in m.Series)
                {
                    writer.WriteLine(Name(s.Labels));
                    foreach (Point p in s.Points)
                    {
                        writer.WriteLine($"  {Seconds(p.TimestampMs - server.StartMs)}s {PromQlText.Value(p.Value)}");
                    }
                }

                break;
            default:
                break;
        }
    }

    /// <summary>The answer of <c>/api/v1/query</c> or <c>/api/v1/query_range</c>; times are simulated ones.</summary>
    public static void WriteJson(PromQlResult answer, ObservedCluster server, TextWriter writer)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, Options))
        {
            json.WriteStartObject();
            json.WriteString("status", "success");
            json.WriteString("promql", server.Version);
            json.WriteStartObject("data");
            WriteData(json, answer.Value!);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        writer.WriteLine(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }

    private static void WriteData(Utf8JsonWriter json, PromQlValue value)
    {
        json.WriteString("resultType", value switch
        {
            ScalarValue => "scalar",
            StringValue => "string",
            VectorValue => "vector",
            _ => "matrix",
        });
        switch (value)
        {
            case ScalarValue s:
                json.WriteString("result", PromQlText.Value(s.Value));
                break;
            case StringValue s:
                json.WriteString("result", s.Value);
                break;
            case VectorValue v:
                json.WriteStartArray("result");
                foreach (Sample s in v.Samples)
                {
                    json.WriteStartObject();
                    WriteMetric(json, s.Labels);
                    json.WriteString("value", PromQlText.Value(s.Value));
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                break;
            case MatrixValue m:
                json.WriteStartArray("result");
                foreach (Series s in m.Series)
                {
                    json.WriteStartObject();
                    WriteMetric(json, s.Labels);
                    json.WriteStartArray("values");
                    foreach (Point p in s.Points)
                    {
                        json.WriteStartArray();
                        json.WriteNumberValue(p.TimestampMs / 1000m);
                        json.WriteStringValue(PromQlText.Value(p.Value));
                        json.WriteEndArray();
                    }

                    json.WriteEndArray();
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                break;
            default:
                break;
        }
    }

    private static void WriteMetric(Utf8JsonWriter json, LabelSet labels)
    {
        json.WriteStartObject("metric");
        foreach (Label l in labels.Labels)
        {
            json.WriteString(l.Name, l.Value);
        }

        json.WriteEndObject();
    }

    private static string Name(LabelSet labels)
    {
        LabelSet rest = labels.WithoutName();
        return labels.Name.Length > 0 && rest.Labels.Count == 0 ? labels.Name : labels.Name + rest;
    }

    private static string Seconds(long ms) => (ms / 1000m).ToString("0.###", CultureInfo.InvariantCulture);
}
