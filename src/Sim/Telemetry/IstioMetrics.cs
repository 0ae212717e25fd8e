using System.Globalization;

namespace Sim.Telemetry;

/// <summary>One change of a standard metric.</summary>
/// <param name="Name">Name of the metric; of a histogram without suffix.</param>
/// <param name="Type">Counter, which grows by the value, or histogram, which observes it.</param>
/// <param name="Labels">Its labels without the name.</param>
/// <param name="Value">The value.</param>
public readonly record struct MetricChange(string Name, MetricType Type, LabelSet Labels, double Value);

/// <summary>Istio's standard metrics of one request.</summary>
/// <remarks>
/// istio/proxy: source/extensions/filters/http/istio_stats/istio_stats.cc#populatePeerInfo. Peers tell each other who
/// they are before RBAC decides, so a denied request bears full labels. Of a server without proxy the client's proxy
/// knows what istiod wrote on the endpoint: workload, namespace, canonical service and cluster, not app and version.
/// Simplified: gateways and waypoints report as a sidecar does.
/// </remarks>
public static class IstioMetrics
{
    private const string Unknown = "unknown";

    /// <summary>Upper bounds of the buckets of durations in milliseconds, the last of them infinite.</summary>
    public static IReadOnlyList<double> DurationBuckets { get; } =
    [
        0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
        3_600_000, double.PositiveInfinity,
    ];

    /// <summary>What the proxies of both sides count for a request, the source's first.</summary>
    public static IReadOnlyList<MetricChange> Of(IstioRequest request)
    {
        var changes = new List<MetricChange>();
        if (request is { AtSource: { } atSource, Source.HasProxy: true })
        {
            Add(changes, request, atSource, SourceLabels(request));
        }

        if (request is { AtDestination: { } atDestination, Destination.HasProxy: true })
        {
            Add(changes, request, atDestination, DestinationLabels(request));
        }

        return changes;
    }

    private static void Add(
        List<MetricChange> changes, IstioRequest request, MetricOutcome outcome, List<Label> peers)
    {
        peers.Add(new Label("request_protocol", request.Protocol.ToString().ToLowerInvariant()));
        peers.Add(new Label("response_flags", outcome.Flags.Length > 0 ? outcome.Flags : "-"));
        if (request.Protocol == MetricProtocol.Tcp)
        {
            LabelSet tcp = LabelSet.Of(peers);
            changes.Add(new MetricChange("istio_tcp_connections_opened_total", MetricType.Counter, tcp, 1));
            changes.Add(new MetricChange("istio_tcp_connections_closed_total", MetricType.Counter, tcp, 1));
            changes.Add(new MetricChange("istio_tcp_received_bytes_total", MetricType.Counter, tcp,
                request.RequestBytes));
            changes.Add(new MetricChange("istio_tcp_sent_bytes_total", MetricType.Counter, tcp,
                request.ResponseBytes));
            return;
        }

        peers.Add(new Label("response_code", outcome.Code.ToString(CultureInfo.InvariantCulture)));
        peers.Add(new Label("grpc_response_status",
            request.GrpcStatus?.ToString(CultureInfo.InvariantCulture) ?? ""));
        LabelSet labels = LabelSet.Of(peers);
        changes.Add(new MetricChange("istio_requests_total", MetricType.Counter, labels, 1));
        changes.Add(new MetricChange("istio_request_duration_milliseconds", MetricType.Histogram, labels,
            outcome.DurationMs));
        changes.Add(new MetricChange("istio_request_bytes", MetricType.Histogram, labels, request.RequestBytes));
        changes.Add(new MetricChange("istio_response_bytes", MetricType.Histogram, labels, request.ResponseBytes));
    }

    private static List<Label> SourceLabels(IstioRequest request)
    {
        MetricWorkload source = request.Source!;
        MetricWorkload? peer = request.Destination;
        bool isTls = request.IsMutualTls && peer is not null;
        var labels = new List<Label>
        {
            new("reporter", "source"),
            new("connection_security_policy", Unknown),
            new("source_principal", isTls ? OrUnknown(source.Principal) : Unknown),
            new("destination_principal", isTls ? OrUnknown(peer!.Principal) : Unknown),
            new("destination_service_namespace", OrUnknown(peer?.Namespace ?? "")),
        };
        AddWorkload(labels, "source", source, true);
        AddWorkload(labels, "destination", peer, peer?.HasProxy ?? false);
        (string service, string name) = request.ServiceKind switch
        {
            MetricServiceKind.Kubernetes => (request.ServiceHost, ShortName(request.ServiceHost)),
            MetricServiceKind.ServiceEntry => (request.ServiceHost, request.ServiceHost),
            MetricServiceKind.Passthrough => (request.HostHeader, "PassthroughCluster"),
            MetricServiceKind.BlackHole => (request.HostHeader, "BlackHoleCluster"),
            _ => (request.HostHeader, request.HostHeader),
        };
        labels.Add(new Label("destination_service", OrUnknown(service)));
        labels.Add(new Label("destination_service_name", OrUnknown(name)));
        return labels;
    }

    private static List<Label> DestinationLabels(IstioRequest request)
    {
        MetricWorkload own = request.Destination!;
        MetricWorkload? peer = request.Source is { HasProxy: true } source ? source : null;
        bool isTls = request.IsMutualTls && peer is not null;
        string name = request.ServiceKind == MetricServiceKind.ServiceEntry
            ? request.ServiceHost : ShortName(request.ServiceHost);
        var labels = new List<Label>
        {
            new("reporter", "destination"),
            new("connection_security_policy", isTls ? "mutual_tls" : "none"),
            new("source_principal", isTls ? OrUnknown(peer!.Principal) : Unknown),
            new("destination_principal", isTls ? OrUnknown(own.Principal) : Unknown),
            new("destination_service", OrUnknown(request.ServiceHost)),
            new("destination_service_name", OrUnknown(name)),
            new("destination_service_namespace", OrUnknown(own.Namespace)),
        };
        AddWorkload(labels, "source", peer, true);
        AddWorkload(labels, "destination", own, true);
        return labels;
    }

    private static void AddWorkload(List<Label> labels, string side, MetricWorkload? w, bool hasMetadata)
    {
        string canonical = w is null ? Unknown : w.CanonicalService.Length > 0 ? w.CanonicalService : w.Name;
        string revision = w is null || w.CanonicalRevision.Length == 0 ? "latest" : w.CanonicalRevision;
        labels.Add(new Label(side + "_workload", OrUnknown(w?.Name ?? "")));
        labels.Add(new Label(side + "_workload_namespace", OrUnknown(w?.Namespace ?? "")));
        labels.Add(new Label(side + "_cluster", OrUnknown(w?.Cluster ?? "")));
        labels.Add(new Label(side + "_app", OrUnknown(hasMetadata ? w?.App ?? "" : "")));
        labels.Add(new Label(side + "_version", OrUnknown(hasMetadata ? w?.Version ?? "" : "")));
        labels.Add(new Label(side + "_canonical_service", canonical));
        labels.Add(new Label(side + "_canonical_revision", revision));
    }

    private static string OrUnknown(string value) => value.Length > 0 ? value : Unknown;

    private static string ShortName(string host)
    {
        int dot = host.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? host : host[..dot];
    }
}
