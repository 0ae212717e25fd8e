using Sim.Runs;
using Sim.Runs.Observing;
using Sim.Telemetry;

namespace Sim.Reports;

/// <summary>What each Prometheus has stored, as OpenMetrics text with simulated times.</summary>
/// <remarks>For <c>promtool tsdb create-blocks-from openmetrics</c>. Two servers may store the same labels, so each has
/// a file of its own.</remarks>
public static class MetricFiles
{
    /// <summary>What is said of the families that Istio's proxies expose.</summary>
    public static IReadOnlyList<MetricFamily> Families { get; } =
    [
        new("istio_requests", MetricType.Counter, "Requests that a proxy saw the end of."),
        new("istio_request_duration_milliseconds", MetricType.Histogram, "Time a request took at a proxy."),
        new("istio_request_bytes", MetricType.Histogram, "Bytes of requests."),
        new("istio_response_bytes", MetricType.Histogram, "Bytes of responses."),
        new("istio_tcp_connections_opened", MetricType.Counter, "Connections opened."),
        new("istio_tcp_connections_closed", MetricType.Counter, "Connections closed."),
        new("istio_tcp_received_bytes", MetricType.Counter, "Bytes received on connections."),
        new("istio_tcp_sent_bytes", MetricType.Counter, "Bytes sent on connections."),
    ];

    /// <summary>Name of a server's file: <c>metrics.prom</c> of an only one, else <c>metrics-CLUSTER.prom</c>.
    /// </summary>
    public static string NameOf(Observation observation, ObservedCluster server) =>
        observation.Clusters.Count == 1 ? "metrics.prom" : $"metrics-{server.Cluster}.prom";

    /// <summary>Names and contents of the files, of the servers whose store is at hand.</summary>
    public static IReadOnlyList<(string Name, Action<TextWriter> Write)> Of(RunResult result)
    {
        var files = new List<(string Name, Action<TextWriter> Write)>();
        foreach (ObservedCluster c in result.Observation.Clusters.Where(static c => c.Store is not null))
        {
            files.Add((NameOf(result.Observation, c), Writer(c)));
        }

        return files;
    }

    /// <summary>Writes what a server that has its store has stored.</summary>
    public static Action<TextWriter> Writer(ObservedCluster server) =>
        w => w.Write(OpenMetricsText.Write(server.Store!, Families));
}
