using System.Globalization;
using System.Text.Json;
using Sim.Core;
using Sim.Reports.Matrices;
using Sim.Runs;
using Sim.Runs.Capacity;
using Sim.Runs.Roi;

namespace Sim.Reports;

/// <summary>Reads <c>run.json</c> back: the inverse of <see cref="RunJsonWriter"/>.</summary>
/// <remarks>Throws <see cref="RunJsonException"/> on a document that does not keep the contract.</remarks>
internal static class RunJsonReader
{
    /// <summary>Reads a document.</summary>
    public static RunResult Read(ReadOnlyMemory<byte> bytes)
    {
        using JsonDocument document = Parse(bytes);
        JsonNode root = new(document.RootElement, "$");
        string schema = root["schema"].Text();
        if (schema != RunResult.SchemaId)
        {
            throw new RunJsonException($"schema is \"{schema}\"; this version reads \"{RunResult.SchemaId}\"");
        }

        JsonNode requests = root["requests"];
        JsonNode series = root["series"];
        return new RunResult
        {
            Verdict = ReadVerdict(root["verdict"]),
            Description = root["description"].Text(),
            Stamp = ReadStamp(root["stamp"]),
            EventsFingerprint = root["fingerprints"]["events"].Text(),
            ResultsFingerprint = root["fingerprints"]["results"].Text(),
            Start = root["start"].Text(),
            DurationNs = root["duration_s"].Seconds(),
            WarmupNs = root["warmup_s"].Seconds(),
            EventCount = root["event_count"].Integer(),
            RequestsTotal = requests["total"].Integer(),
            ByDisposition = requests["by_disposition"].Members(
                static (name, n) => KeyValuePair.Create(name, n.Integer())),
            ByCode = requests["by_code"].Members(static (name, n) => KeyValuePair.Create(Code(name, n), n.Integer())),
            Judgements = ReadJudgements(root),
            Findings = root["findings"].Rows(ReadDiagnostic),
            NotModelled = root["not_modelled"].Rows(ReadDiagnostic),
            Ejections = root["ejections"].Rows(ReadEjection),
            Faults = root["faults"].Rows(static f => new FaultBand(
                f["name"].Text(), f["kind"].Text(), f["from_s"].Seconds(), f["to_s"].Seconds())),
            Events = root["events"].Rows(static e => new RunEvent(
                e["at_s"].Seconds(), e["kind"].Text(), e["subject"].Text(), e["text"].Text(), ReadSpan(e))),
            Uptime = root["uptime"].Rows(static u => new UptimePoint(
                u["service"].Text(), u["client_region"].Text(), u["at_s"].Seconds(), u["bin_s"].Seconds(),
                u["total"].Integer(), u["good"].Integer())),
            BinNs = series["bin_s"].Seconds(),
            Series = ReadSeries(series),
            Latency = root["latency"].Rows(ReadLatency),
            Ledger = root["ledger"].Rows(ReadLedger),
            Calls = GraphJson.Read(root),
            Roi = root.Optional("roi") is { } roi ? new RoiTable(roi.Rows(static r => new RoiRow(
                r["item"].Text(), r["is_cost"].Boolean(), (decimal)r["before_per_month"].Number(),
                (decimal)r["reduction_ratio"].Number(), (decimal)r["value_per_year"].Number()))) : null,
            Capacity = root.Optional("capacity") is { } capacity ? ReadCapacity(capacity) : null,
            Matrix = root.Optional("matrix") is { } matrix ? MatrixJson.Read(matrix) : null,
            Budgets = BudgetJson.Read(root),
            Observation = ObservationJson.Read(root),
        };
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return JsonDocument.Parse(bytes);
        }
        catch (JsonException e)
        {
            throw new RunJsonException("it is not JSON: " + e.Message, (int)(e.LineNumber ?? -1) + 1);
        }
    }

    private static Verdict ReadVerdict(JsonNode node) => node.Text() switch
    {
        "held" => Verdict.Held,
        "failed" => Verdict.Failed,
        "interrupted" => Verdict.Interrupted,
        _ => throw node.Wrong("held, failed or interrupted"),
    };

    private static RunStamp ReadStamp(JsonNode stamp)
    {
        IReadOnlyList<string> set = stamp["set"].Rows(static s => s.Text());
        return new RunStamp(
            stamp["version"].Text(), stamp["istio"].Text(), stamp["profile_basis"].Text(), stamp["admission"].Text(),
            stamp["extensions"].Rows(static s => s.Text()), stamp["scenario"].Text(), stamp["variant"].Text(),
            stamp["seed"].Unsigned(), (int)stamp["replication"].Integer(), (int)stamp["replications"].Integer(),
            stamp["input_hash"].Text(), stamp["directory"].Text(), set.Count == 0 ? null : set);
    }

    private static int Code(string name, JsonNode node) =>
        int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int code)
            ? code : throw node.Wrong("a status code as key");

    private static Judgement[] ReadJudgements(JsonNode root)
    {
        List<(long Order, Judgement Judgement)> all = [];
        foreach ((string section, _) in RunJsonNames.JudgementSections)
        {
            all.AddRange(root[section].Rows(static j => (j["order"].Integer(), new Judgement(
                j["kind"].Text(), j["text"].Text(), j["held"].Boolean(), j["measured"].Text(), j["limit"].Text(),
                ReadSpan(j), j["detail"].Text(), j.Optional("budget_used_ratio")?.Number()))));
        }

        return [.. all.OrderBy(static j => j.Order).Select(static j => j.Judgement)];
    }

    private static Diagnostic ReadDiagnostic(JsonNode d) => new(
        d["code"].Text(),
        d["severity"].Text() switch
        {
            "info" => Severity.Info,
            "warning" => Severity.Warning,
            "error" => Severity.Error,
            _ => throw d["severity"].Wrong("info, warning or error"),
        },
        d["message"].Text(), ReadSpan(d), d["hint"].Text(), d["resource"].Text());

    private static EjectionRecord ReadEjection(JsonNode e) => new(
        e["at_s"].Seconds(), e["client"].Text(), e["cluster"].Text(), e["host"].Text(), e["host_pod"].Text(),
        e["type"].Text(), e["until_s"].IsNull ? null : e["until_s"].Seconds(), (int)e["times_ejected"].Integer());

    private static SeriesPoint[] ReadSeries(JsonNode series)
    {
        SeriesKey[] keys = series["keys"].Rows(static k => new SeriesKey(
            k["traffic"].Text(), k["service"].Text(), k["client_region"].Text(), k["client_cluster"].Text(),
            k["served_region"].Text(), k["served_cluster"].Text()));
        return series["points"].Rows(p =>
        {
            long key = p["key"].Integer();
            if (key < 0 || key >= keys.Length)
            {
                throw p["key"].Wrong("an index into keys");
            }

            return new SeriesPoint(
                keys[key], p["at_s"].Seconds(), (int)p["code"].Integer(), p["flags"].Text(), p["disposition"].Text(),
                p["good"].Boolean(), p["count"].Integer());
        });
    }

    private static LatencyPoint ReadLatency(JsonNode l) => new(
        l["traffic"].Text(), l["client_region"].Text(), l["at_s"].Seconds(), l["count"].Integer(),
        l["p50_ms"].Milliseconds(), l["p90_ms"].Milliseconds(), l["p99_ms"].Milliseconds(),
        l["max_ms"].Milliseconds());

    private static LedgerEntry ReadLedger(JsonNode l) => new(
        l["data_class"].Text(), l["from"].Text(), l["to"].Text(), l["from_geo"].Text(), l["to_geo"].Text(),
        l["path"].Text(), l["allowed_by"].Text(), l["requests"].Integer(), l["bytes"].Integer())
    {
        Holder = l["holder"].Text(),
        Reader = l["reader"].Text(),
        FirstNs = l["first_s"].Seconds(),
        FirstRequest = l["first_request"].Integer(),
    };

    private static CapacityTable ReadCapacity(JsonNode c) => new(
        c["limit_ratio"].Number(),
        c["losses"].Rows(static l => new LossVerdict(l["loss"].Text(), l["utilization_ratio"].Number(),
            l["busiest"].Text(), l["unserved_per_s"].Number(), l["breaks"].Boolean())),
        c["rows"].Rows(static r => new CapacityRow(r["loss"].Text(), r["workload"].Text(), r["region"].Text(),
            (int)r["pods"].Integer(), r["offered_per_s"].Number(),
            r["capacity_per_s"].IsNull ? double.PositiveInfinity : r["capacity_per_s"].Number(),
            r["busiest"].Text(), r["busiest_utilization_ratio"].Number())));

    private static SourceSpan ReadSpan(JsonNode node) =>
        new(node["file"].Text(), (int)node["line"].Integer(), (int)node["column"].Integer());
}
