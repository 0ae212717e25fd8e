using System.Text.Encodings.Web;
using System.Text.Json;
using Sim.Core;
using Sim.Reports.Matrices;
using Sim.Runs;
using Sim.Runs.Capacity;
using static Sim.Reports.RunJsonNames;

namespace Sim.Reports;

/// <summary>Writes <c>run.json</c>, the contract described by docs/schema/run.schema.json.</summary>
/// <remarks>
/// Times are seconds (<c>_s</c>) or milliseconds (<c>_ms</c>) as exact decimal numbers, so nothing is lost between
/// the simulated nanoseconds and the file. Rows of long lists stand on one line each, to be read with line tools.
/// </remarks>
internal static class RunJsonWriter
{
    private static readonly JsonWriterOptions Indented = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonWriterOptions Compact = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes the document.</summary>
    public static void Write(RunResult result, Stream stream)
    {
        using (Utf8JsonWriter json = new(stream, Indented))
        {
            json.WriteStartObject();
            json.WriteString("schema", RunResult.SchemaId);
            json.WriteString("verdict", Of(result.Verdict));
            json.WriteString("description", result.Description);
            WriteStamp(json, result.Stamp);
            WriteFingerprints(json, result);
            WriteClock(json, result);
            WriteRequests(json, result);
            WriteJudgements(json, result.Judgements);
            Rows(json, "findings", result.Findings, WriteDiagnostic);
            Rows(json, "not_modelled", result.NotModelled, WriteDiagnostic);
            Rows(json, "ejections", result.Ejections, WriteEjection);
            Rows(json, "faults", result.Faults, WriteFault);
            Rows(json, "events", result.Events, WriteEvent);
            Rows(json, "uptime", result.Uptime, WriteUptime);
            WriteSeries(json, result);
            Rows(json, "latency", result.Latency, WriteLatency);
            Rows(json, "ledger", result.Ledger, WriteLedger);
            GraphJson.Write(json, result.Calls);
            if (result.Roi is { } roi)
            {
                Rows(json, "roi", roi.Rows, static (w, r) =>
                {
                    w.WriteString("item", r.Item);
                    w.WriteBoolean("is_cost", r.IsCost);
                    w.WriteNumber("before_per_month", r.BeforePerMonth);
                    w.WriteNumber("reduction_ratio", r.Reduction);
                    w.WriteNumber("value_per_year", r.ValuePerYear);
                });
            }

            if (result.Capacity is { } capacity)
            {
                WriteCapacity(json, capacity);
            }

            if (result.Matrix is { } matrix)
            {
                json.WriteStartObject("matrix");
                MatrixJson.Write(json, matrix);
                json.WriteEndObject();
            }

            BudgetJson.Write(json, result);
            ObservationJson.Write(json, result);
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
    }

    private static void WriteStamp(Utf8JsonWriter json, RunStamp stamp)
    {
        json.WriteStartObject("stamp");
        json.WriteString("version", stamp.Version);
        json.WriteString("istio", stamp.Istio);
        json.WriteString("profile_basis", stamp.ProfileBasis);
        json.WriteString("admission", stamp.Admission);
        Strings(json, "extensions", stamp.Extensions);
        json.WriteString("scenario", stamp.Scenario);
        json.WriteString("variant", stamp.Variant);
        json.WriteNumber("seed", stamp.Seed);
        json.WriteNumber("replication", stamp.Replication);
        json.WriteNumber("replications", stamp.Replications);
        json.WriteString("input_hash", stamp.InputHash);
        json.WriteString("directory", stamp.Directory);
        Strings(json, "set", stamp.Set ?? []);
        json.WriteEndObject();
    }

    private static void WriteFingerprints(Utf8JsonWriter json, RunResult result)
    {
        json.WriteStartObject("fingerprints");
        json.WriteString("events", result.EventsFingerprint);
        json.WriteString("results", result.ResultsFingerprint);
        json.WriteEndObject();
    }

    private static void WriteClock(Utf8JsonWriter json, RunResult result)
    {
        json.WriteString("start", result.Start);
        json.WriteNumber("duration_s", Seconds(result.DurationNs));
        json.WriteNumber("warmup_s", Seconds(result.WarmupNs));
        json.WriteNumber("event_count", result.EventCount);
    }

    private static void WriteRequests(Utf8JsonWriter json, RunResult result)
    {
        json.WriteStartObject("requests");
        json.WriteNumber("total", result.RequestsTotal);
        json.WriteStartObject("by_disposition");
        foreach ((string name, long count) in result.ByDisposition)
        {
            json.WriteNumber(name, count);
        }

        json.WriteEndObject();
        json.WriteStartObject("by_code");
        foreach ((int code, long count) in result.ByCode)
        {
            json.WriteNumber(CsvTables.Text(code), count);
        }

        json.WriteEndObject();
        json.WriteStartObject("served_by");
        foreach (IGrouping<string, ServedBy> client in ServedBy.Of(result).GroupBy(static s => s.Client))
        {
            json.WriteStartObject(client.Key);
            foreach (ServedBy row in client)
            {
                json.WriteNumber(row.Served, row.Count);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteJudgements(Utf8JsonWriter json, IReadOnlyList<Judgement> judgements)
    {
        foreach ((string section, _) in JudgementSections)
        {
            json.WriteStartArray(section);
            for (int i = 0; i < judgements.Count; i++)
            {
                Judgement judgement = judgements[i];
                if (SectionOf(judgement.Kind) == section)
                {
                    int order = i;
                    Row(json, judgement, (w, j) => WriteJudgement(w, j, order));
                }
            }

            json.WriteEndArray();
        }
    }

    private static void WriteJudgement(Utf8JsonWriter json, Judgement judgement, int order)
    {
        json.WriteString("kind", judgement.Kind);
        json.WriteString("text", judgement.Text);
        json.WriteBoolean("held", judgement.Held);
        json.WriteString("measured", judgement.Measured);
        json.WriteString("limit", judgement.Limit);
        json.WriteString("detail", judgement.Detail);
        if (judgement.BudgetUsed is double used)
        {
            json.WriteNumber("budget_used_ratio", used);
        }

        Span(json, judgement.Span);
        json.WriteNumber("order", order);
    }

    private static void WriteDiagnostic(Utf8JsonWriter json, Diagnostic diagnostic)
    {
        json.WriteString("code", diagnostic.Code);
        json.WriteString("severity", Of(diagnostic.Severity));
        json.WriteString("message", diagnostic.Message);
        Span(json, diagnostic.Span);
        json.WriteString("hint", diagnostic.Hint);
        json.WriteString("resource", diagnostic.Resource);
    }

    private static void WriteEjection(Utf8JsonWriter json, EjectionRecord ejection)
    {
        json.WriteNumber("at_s", Seconds(ejection.AtNs));
        json.WriteString("client", ejection.Client);
        json.WriteString("host", ejection.Host);
        json.WriteString("type", ejection.Type);
        if (ejection.UntilNs is long until)
        {
            json.WriteNumber("until_s", Seconds(until));
        }
        else
        {
            json.WriteNull("until_s");
        }

        json.WriteString("cluster", ejection.UpstreamCluster);
        json.WriteString("host_pod", ejection.HostPod);
        json.WriteNumber("times_ejected", ejection.TimesEjected);
    }

    private static void WriteFault(Utf8JsonWriter json, FaultBand fault)
    {
        json.WriteString("name", fault.Name);
        json.WriteString("kind", fault.Kind);
        json.WriteNumber("from_s", Seconds(fault.FromNs));
        json.WriteNumber("to_s", Seconds(fault.ToNs));
    }

    private static void WriteEvent(Utf8JsonWriter json, RunEvent e)
    {
        json.WriteNumber("at_s", Seconds(e.AtNs));
        json.WriteString("kind", e.Kind);
        json.WriteString("subject", e.Subject);
        json.WriteString("text", e.Text);
        Span(json, e.Span);
    }

    private static void WriteUptime(Utf8JsonWriter json, UptimePoint point)
    {
        json.WriteString("service", point.Service);
        json.WriteString("client_region", point.ClientRegion);
        json.WriteNumber("at_s", Seconds(point.BinStartNs));
        json.WriteNumber("bin_s", Seconds(point.BinNs));
        json.WriteNumber("total", point.Total);
        json.WriteNumber("good", point.Good);
    }

    private static void WriteSeries(Utf8JsonWriter json, RunResult result)
    {
        Dictionary<SeriesKey, int> index = [];
        List<SeriesKey> keys = [];
        foreach (SeriesPoint point in result.Series)
        {
            if (index.TryAdd(point.Key, keys.Count))
            {
                keys.Add(point.Key);
            }
        }

        json.WriteStartObject("series");
        json.WriteNumber("bin_s", Seconds(result.BinNs));
        Rows(json, "keys", keys, static (w, key) =>
        {
            w.WriteString("traffic", key.Traffic);
            w.WriteString("service", key.Service);
            w.WriteString("client_region", key.ClientRegion);
            w.WriteString("client_cluster", key.ClientCluster);
            w.WriteString("served_region", key.ServedRegion);
            w.WriteString("served_cluster", key.ServedCluster);
        });
        Rows(json, "points", result.Series, (w, point) =>
        {
            w.WriteNumber("key", index[point.Key]);
            w.WriteNumber("at_s", Seconds(point.BinStartNs));
            w.WriteNumber("code", point.Code);
            w.WriteString("flags", point.Flags);
            w.WriteString("disposition", point.Disposition);
            w.WriteBoolean("good", point.Good);
            w.WriteNumber("count", point.Count);
        });
        json.WriteEndObject();
    }

    private static void WriteLatency(Utf8JsonWriter json, LatencyPoint point)
    {
        json.WriteString("traffic", point.Traffic);
        json.WriteString("client_region", point.ClientRegion);
        json.WriteNumber("at_s", Seconds(point.BinStartNs));
        json.WriteNumber("count", point.Count);
        json.WriteNumber("p50_ms", Milliseconds(point.P50Ns));
        json.WriteNumber("p90_ms", Milliseconds(point.P90Ns));
        json.WriteNumber("p99_ms", Milliseconds(point.P99Ns));
        json.WriteNumber("max_ms", Milliseconds(point.MaxNs));
    }

    private static void WriteLedger(Utf8JsonWriter json, LedgerEntry entry)
    {
        json.WriteString("data_class", entry.DataClass);
        json.WriteString("from", entry.From);
        json.WriteString("to", entry.To);
        json.WriteString("from_geo", entry.FromGeo);
        json.WriteString("to_geo", entry.ToGeo);
        json.WriteString("path", entry.Path);
        json.WriteString("allowed_by", entry.AllowedBy);
        json.WriteNumber("requests", entry.Requests);
        json.WriteNumber("bytes", entry.Bytes);
        json.WriteString("holder", entry.Holder);
        json.WriteString("reader", entry.Reader);
        json.WriteNumber("first_s", Seconds(entry.FirstNs));
        json.WriteNumber("first_request", entry.FirstRequest);
    }

    private static void WriteCapacity(Utf8JsonWriter json, CapacityTable table)
    {
        json.WriteStartObject("capacity");
        json.WriteNumber("limit_ratio", table.Limit);
        Rows(json, "losses", table.Losses, static (w, l) =>
        {
            w.WriteString("loss", l.Loss);
            w.WriteNumber("utilization_ratio", l.Utilization);
            w.WriteString("busiest", l.Busiest);
            w.WriteNumber("unserved_per_s", l.UnservedPerSecond);
            w.WriteBoolean("breaks", l.Breaks);
        });
        Rows(json, "rows", table.Rows, static (w, r) =>
        {
            w.WriteString("loss", r.Loss);
            w.WriteString("workload", r.Workload);
            w.WriteString("region", r.Region);
            w.WriteNumber("pods", r.Pods);
            w.WriteNumber("offered_per_s", r.OfferedPerSecond);
            if (double.IsInfinity(r.CapacityPerSecond))
            {
                w.WriteNull("capacity_per_s");
            }
            else
            {
                w.WriteNumber("capacity_per_s", r.CapacityPerSecond);
            }

            w.WriteString("busiest", r.Busiest);
            w.WriteNumber("busiest_utilization_ratio", r.BusiestUtilization);
        });
        json.WriteEndObject();
    }

    private static void Span(Utf8JsonWriter json, SourceSpan span)
    {
        json.WriteString("file", span.File ?? "");
        json.WriteNumber("line", span.Line);
        json.WriteNumber("column", span.Column);
    }

    private static void Strings(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    /// <summary>A list whose rows stand on one line each.</summary>
    internal static void Rows<T>(
        Utf8JsonWriter json, string name, IReadOnlyList<T> rows, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartArray(name);
        foreach (T row in rows)
        {
            Row(json, row, write);
        }

        json.WriteEndArray();
    }

    private static void Row<T>(Utf8JsonWriter json, T row, Action<Utf8JsonWriter, T> write)
    {
        System.Buffers.ArrayBufferWriter<byte> buffer = new(256);
        using (Utf8JsonWriter line = new(buffer, Compact))
        {
            line.WriteStartObject();
            write(line, row);
            line.WriteEndObject();
        }

        json.WriteRawValue(buffer.WrittenSpan, skipInputValidation: true);
    }
}
