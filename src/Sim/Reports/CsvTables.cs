using System.Globalization;
using CsvHelper;
using Sim.Runs;
using Sim.Runs.Capacity;
using static Sim.Reports.RunJsonNames;

namespace Sim.Reports;

/// <summary>The tables of a run: tidy, snake_case columns with unit suffixes, UTF-8, LF, one header line.</summary>
/// <remarks>Rows keep the order of the result, which is stable; numbers are written in the invariant culture.</remarks>
public static class CsvTables
{
    /// <summary>Columns of <c>requests.csv</c>.</summary>
    internal static readonly string[] RequestColumns =
    [
        "id", "traffic", "start_s", "end_s", "duration_ms", "client", "client_region", "service", "code", "flags",
        "details", "disposition", "attempts", "host", "host_pod", "served_region", "served_cluster", "curl_exit",
    ];

    private static readonly CsvWriterOptions Options = new()
    {
        NewLine = "\n",
        FormatProvider = CultureInfo.InvariantCulture,
    };

    /// <summary><c>timeseries.csv</c>: requests per bin, series, code, flags and disposition.</summary>
    public static void WriteTimeSeries(RunResult result, TextWriter writer) => Write(
        writer,
        ["at_s", "bin_s", "traffic", "service", "client_region", "client_cluster", "served_region", "served_cluster",
            "code", "flags", "disposition", "good", "requests"],
        result.Series,
        p =>
        [
            SecondsText(p.BinStartNs), SecondsText(result.BinNs), p.Key.Traffic, p.Key.Service, p.Key.ClientRegion,
            p.Key.ClientCluster, p.Key.ServedRegion, p.Key.ServedCluster, Text(p.Code), p.Flags, p.Disposition,
            Text(p.Good), Text(p.Count),
        ]);

    /// <summary><c>requests.csv</c>: one row per request that was kept.</summary>
    public static void WriteRequests(RunResult result, TextWriter writer) => Write(
        writer,
        RequestColumns,
        result.Requests,
        static r =>
        [
            Text(r.Id), r.Traffic, SecondsText(r.StartNs), SecondsText(r.EndNs), MillisecondsText(r.EndNs - r.StartNs),
            r.Client, r.ClientRegion, r.Service, Text(r.Code), r.Flags, r.Details, r.Disposition, Text(r.Attempts),
            r.Host, r.HostPod, r.ServedRegion, r.ServedCluster, Text(r.CurlExit),
        ]);

    /// <summary><c>events.csv</c>: what happened, with the line that caused it.</summary>
    public static void WriteEvents(RunResult result, TextWriter writer) => Write(
        writer,
        ["at_s", "kind", "subject", "text", "file", "line"],
        result.Events,
        static e => [SecondsText(e.AtNs), e.Kind, e.Subject, e.Text, e.Span.File ?? "", Text(e.Span.Line)]);

    /// <summary><c>uptime.csv</c>: availability per service, client region and bin.</summary>
    public static void WriteUptime(RunResult result, TextWriter writer) => Write(
        writer,
        ["service", "client_region", "at_s", "bin_s", "requests", "good", "availability_ratio"],
        result.Uptime,
        static u =>
        [
            u.Service, u.ClientRegion, SecondsText(u.BinStartNs), SecondsText(u.BinNs), Text(u.Total), Text(u.Good),
            Ratio(u.Good, u.Total),
        ]);

    /// <summary><c>latency.csv</c>: latency percentiles per traffic source, client region and bin.</summary>
    public static void WriteLatency(RunResult result, TextWriter writer) => Write(
        writer,
        ["at_s", "bin_s", "traffic", "client_region", "requests", "p50_ms", "p90_ms", "p99_ms", "max_ms"],
        result.Latency,
        l =>
        [
            SecondsText(l.BinStartNs), SecondsText(result.BinNs), l.Traffic, l.ClientRegion, Text(l.Count),
            MillisecondsText(l.P50Ns), MillisecondsText(l.P90Ns), MillisecondsText(l.P99Ns),
            MillisecondsText(l.MaxNs),
        ]);

    /// <summary><c>ledger.csv</c>: bytes per data class, from, to, path and rule that let them pass.</summary>
    public static void WriteLedger(RunResult result, TextWriter writer) => Write(
        writer,
        ["data_class", "from", "to", "from_geo", "to_geo", "path", "allowed_by", "requests", "response_bytes",
            "holder", "reader", "first_s", "first_request"],
        result.Ledger,
        static l =>
        [
            l.DataClass, l.From, l.To, l.FromGeo, l.ToGeo, l.Path, l.AllowedBy, Text(l.Requests), Text(l.Bytes),
            l.Holder, l.Reader, SecondsText(l.FirstNs), l.FirstRequest < 0 ? "" : Text(l.FirstRequest),
        ]);

    /// <summary><c>graph.csv</c>: calls from one workload to another in each phase of the run.</summary>
    public static void WriteGraph(RunResult result, TextWriter writer) => Write(
        writer,
        ["phase", "from_s", "to_s", "caller", "caller_cluster", "caller_region", "caller_geo", "service", "server",
            "server_cluster", "server_region", "server_geo", "via", "calls", "failed"],
        result.Calls.Phases.SelectMany((p, i) => result.Calls.Edges.Where(e => e.Counts[i].Calls > 0)
            .Select(e => (Phase: p, Edge: e, Count: e.Counts[i]))).ToList(),
        static r =>
        [
            r.Phase.Name, SecondsText(r.Phase.FromNs), SecondsText(r.Phase.ToNs), r.Edge.From.Workload,
            r.Edge.From.Cluster, r.Edge.From.Region, r.Edge.From.Geo, r.Edge.Service, r.Edge.To.Workload,
            r.Edge.To.Cluster, r.Edge.To.Region, r.Edge.To.Geo, r.Edge.Via, Text(r.Count.Calls), Text(r.Count.Failed),
        ]);

    /// <summary><c>capacity.csv</c>: capacity and demand by lost region, workload and region; an empty capacity has no
    /// limit.</summary>
    public static void WriteCapacity(CapacityTable table, TextWriter writer) => Write(
        writer,
        ["lost_region", "workload", "region", "pods", "offered_per_s", "capacity_per_s", "utilization_ratio",
            "busiest_pod", "busiest_utilization_ratio"],
        table.Rows,
        static r =>
        [
            r.Loss, r.Workload, r.Region, Text(r.Pods), Sweeps.SweepTables.Figure(r.OfferedPerSecond),
            double.IsInfinity(r.CapacityPerSecond) ? "" : Sweeps.SweepTables.Figure(r.CapacityPerSecond),
            Sweeps.SweepTables.Figure(r.Utilization), r.Busiest, Sweeps.SweepTables.Figure(r.BusiestUtilization),
        ]);

    /// <summary><c>runs.csv</c>: one row per replication.</summary>
    public static void WriteRuns(IReadOnlyList<RunResult> replications, TextWriter writer) => Write(
        writer,
        ["replication", "seed", "variant", "verdict", "requests", "good", "availability_ratio", "judgements_failed",
            "ejections", "events_fingerprint", "results_fingerprint"],
        replications,
        static r =>
        {
            RunFigures figures = RunFigures.Of(r);
            return
            [
                Text(r.Stamp.Replication), r.Stamp.Seed.ToString(CultureInfo.InvariantCulture), r.Stamp.Variant,
                Of(r.Verdict), Text(figures.Total), Text(figures.Good), Ratio(figures.Good, figures.Total),
                Text(r.Judgements.Count(static j => !j.Held)), Text(r.Ejections.Count), r.EventsFingerprint,
                r.ResultsFingerprint,
            ];
        });

    /// <summary>An integer in the invariant culture.</summary>
    internal static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(bool value) => value ? "true" : "false";

    private static string Ratio(long good, long total) =>
        total == 0 ? "" : ((decimal)good / total).ToString("0.########", CultureInfo.InvariantCulture);

    private static void Write<T>(
        TextWriter writer, string[] header, IReadOnlyList<T> rows, Func<T, string[]> fields)
    {
        using CsvWriter csv = CsvWriter.Create(writer, Options, leaveOpen: true);
        WriteRow(csv, header);
        foreach (T row in rows)
        {
            WriteRow(csv, fields(row));
        }
    }

    private static void WriteRow(CsvWriter csv, string[] fields)
    {
        foreach (string field in fields)
        {
            csv.WriteField(field);
        }

        csv.EndRecord();
    }
}
