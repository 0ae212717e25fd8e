using System.Globalization;
using System.Text.Json;
using Sim.Core;
using Sim.Xds;

namespace Sim.Tests.Istiod;

/// <summary>Reads recorded answers into the simulator's own types, Envoy's defaults filled in.</summary>
internal static class XdsAnswerReader
{
    public static ClusterLoadAssignment Endpoints(string cluster, JsonElement groups) => new()
    {
        ClusterName = cluster,
        Endpoints = [.. groups.EnumerateArray().Select(static g => new LocalityLbEndpoints(
            Locality.Parse(Text(g, "locality")), Int(g, "priority", 0),
            g.TryGetProperty("load_balancing_weight", out JsonElement w) ? w.GetUInt32() : null,
            [.. g.GetProperty("endpoints").EnumerateArray().Select(static e => new LbEndpoint
            {
                Address = Text(e, "address"),
                Port = Int(e, "port", 0),
                Weight = (uint)Int(e, "weight", 1),
                HealthStatus = Text(e, "health_status") switch
                {
                    "UNHEALTHY" => EdsHealthStatus.Unhealthy,
                    "DRAINING" => EdsHealthStatus.Draining,
                    _ => EdsHealthStatus.Healthy,
                },
                TlsMode = Text(e, "tls_mode"),
                Workload = Text(e, "workload"),
            })]))],
    };

    public static ClusterConfig Cluster(JsonElement c)
    {
        JsonElement common = Child(c, "common_lb_config");
        JsonElement http = Child(c, "http_protocol_options");
        JsonElement commonHttp = Child(http, "common_http_protocol_options");
        return new ClusterConfig
        {
            Name = Text(c, "name"),
            Type = Text(c, "type") switch
            {
                "EDS" => DiscoveryType.Eds,
                "STRICT_DNS" => DiscoveryType.StrictDns,
                "LOGICAL_DNS" => DiscoveryType.LogicalDns,
                "ORIGINAL_DST" => DiscoveryType.OriginalDst,
                _ => DiscoveryType.Static,
            },
            LbPolicy = Text(c, "lb_policy") switch
            {
                "LEAST_REQUEST" => LbPolicy.LeastRequest,
                "RANDOM" => LbPolicy.Random,
                "RING_HASH" => LbPolicy.RingHash,
                "MAGLEV" => LbPolicy.Maglev,
                "CLUSTER_PROVIDED" => LbPolicy.ClusterProvided,
                _ => LbPolicy.RoundRobin,
            },
            RingHash = new RingHashConfig(ULong(Child(c, "ring_hash_lb_config"), "minimum_ring_size", 1024)),
            Maglev = new MaglevConfig(ULong(Child(c, "maglev_lb_config"), "table_size", 65537)),
            SlowStart = SlowStart(c),
            ConnectTimeoutNs = Duration(c, "connect_timeout", 0),
            OutlierDetection = c.TryGetProperty("outlier_detection", out JsonElement o) ? Outlier(o) : null,
            CircuitBreakers = Breakers(c),
            CommonLb = new CommonLbConfig
            {
                HealthyPanicThreshold = common.ValueKind == JsonValueKind.Object
                    && common.TryGetProperty("healthy_panic_threshold", out JsonElement t) ? Double(t, "value", 0) : 50,
                LocalityWeighted = common.ValueKind == JsonValueKind.Object
                    && common.TryGetProperty("locality_weighted_lb_config", out _),
                OverrideHostStatuses = Child(common, "override_host_status").ValueKind != JsonValueKind.Object ? null
                    : [.. Items(Child(common, "override_host_status"), "statuses").Select(static s =>
                        Enum.Parse<EdsHealthStatus>(s.GetString()!, ignoreCase: true))],
            },
            Tls = Tls(c) with
            {
                AutoSni = Text(Child(http, "upstream_http_protocol_options"), "auto_sni") == "true",
                AutoSanValidation =
                    Text(Child(http, "upstream_http_protocol_options"), "auto_san_validation") == "true",
            },
            UpstreamPortOverride = Int(Child(c, "original_dst_lb_config"), "upstream_port_override", 0),
            Protocol = Text(http, "protocol") switch
            {
                "http2" => UpstreamProtocol.Http2,
                "downstream" => UpstreamProtocol.UseDownstream,
                _ => Child(Child(http, "explicit_http_config"), "http2_protocol_options").ValueKind
                    == JsonValueKind.Object ? UpstreamProtocol.Http2 : UpstreamProtocol.Http1,
            },
            MaxConcurrentStreams = (uint)Int(
                Child(Child(http, "explicit_http_config"), "http2_protocol_options"), "max_concurrent_streams", 0),
            MaxRequestsPerConnection = (uint)Int(commonHttp, "max_requests_per_connection", 0),
            IdleTimeoutNs = Duration(commonHttp, "idle_timeout", SimDuration.Hour),
            MaxConnectionDurationNs = Duration(commonHttp, "max_connection_duration", 0),
            TcpKeepalive = Keepalive(c),
            DestinationRule = Text(c, "destination_rule"),
            Subset = Text(c, "istio_subset"),
            IsExternal = Text(c, "external") == "true",
        };
    }

    public static string Text(JsonElement e, string key)
    {
        if (e.ValueKind != JsonValueKind.Object || !e.TryGetProperty(key, out JsonElement v))
        {
            return "";
        }

        return v.ValueKind switch
        {
            JsonValueKind.String => v.GetString()!,
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => v.GetRawText(),
        };
    }

    public static JsonElement Child(JsonElement e, string key) =>
        e.ValueKind == JsonValueKind.Object && e.TryGetProperty(key, out JsonElement v) ? v : default;

    public static IEnumerable<JsonElement> Items(JsonElement e, string key)
    {
        JsonElement v = Child(e, key);
        return v.ValueKind == JsonValueKind.Array ? v.EnumerateArray() : [];
    }

    public static int Int(JsonElement e, string key, int fallback) =>
        Text(e, key) is { Length: > 0 } t ? int.Parse(t, CultureInfo.InvariantCulture) : fallback;

    public static long Duration(JsonElement e, string key, long fallback) =>
        Text(e, key) is { Length: > 0 } t && SimDuration.TryParse(t, out long ns) ? ns : fallback;

    private static ulong ULong(JsonElement e, string key, ulong fallback) =>
        Text(e, key) is { Length: > 0 } t ? ulong.Parse(t, CultureInfo.InvariantCulture) : fallback;

    private static uint UInt(JsonElement e, string key, uint fallback) => (uint)ULong(e, key, fallback);

    private static double Double(JsonElement e, string key, double fallback) =>
        Text(e, key) is { Length: > 0 } t ? double.Parse(t, CultureInfo.InvariantCulture) : fallback;

    private static SlowStartConfig? SlowStart(JsonElement c)
    {
        JsonElement s = Child(Child(c, "least_request_lb_config"), "slow_start_config");
        s = s.ValueKind == JsonValueKind.Object ? s
            : Child(Child(c, "round_robin_lb_config"), "slow_start_config");
        return s.ValueKind != JsonValueKind.Object ? null : new SlowStartConfig(
            Duration(s, "slow_start_window", 0) / SimDuration.Millisecond,
            Double(Child(s, "aggression"), "default_value", 1),
            s.TryGetProperty("min_weight_percent", out JsonElement min) ? Double(min, "value", 0) : 10);
    }

    private static OutlierDetectionConfig Outlier(JsonElement o)
    {
        var d = new OutlierDetectionConfig();
        return d with
        {
            Consecutive5xx = UInt(o, "consecutive_5xx", d.Consecutive5xx),
            EnforcingConsecutive5xx = UInt(o, "enforcing_consecutive_5xx", d.EnforcingConsecutive5xx),
            ConsecutiveGatewayFailure = UInt(o, "consecutive_gateway_failure", d.ConsecutiveGatewayFailure),
            EnforcingConsecutiveGatewayFailure =
                UInt(o, "enforcing_consecutive_gateway_failure", d.EnforcingConsecutiveGatewayFailure),
            ConsecutiveLocalOriginFailure =
                UInt(o, "consecutive_local_origin_failure", d.ConsecutiveLocalOriginFailure),
            EnforcingConsecutiveLocalOriginFailure =
                UInt(o, "enforcing_consecutive_local_origin_failure", d.EnforcingConsecutiveLocalOriginFailure),
            SplitExternalLocalOriginErrors = Text(o, "split_external_local_origin_errors") == "true",
            EnforcingSuccessRate = UInt(o, "enforcing_success_rate", d.EnforcingSuccessRate),
            EnforcingLocalOriginSuccessRate =
                UInt(o, "enforcing_local_origin_success_rate", d.EnforcingLocalOriginSuccessRate),
            IntervalNs = Duration(o, "interval", d.IntervalNs),
            BaseEjectionTimeNs = Duration(o, "base_ejection_time", d.BaseEjectionTimeNs),
            MaxEjectionPercent = UInt(o, "max_ejection_percent", d.MaxEjectionPercent),
        };
    }

    private static CircuitBreakerThresholds Breakers(JsonElement c)
    {
        JsonElement t = Items(Child(c, "circuit_breakers"), "thresholds").FirstOrDefault();
        JsonElement budget = Child(t, "retry_budget");
        return t.ValueKind != JsonValueKind.Object ? CircuitBreakerThresholds.Unlimited : new CircuitBreakerThresholds
        {
            MaxConnections = UInt(t, "max_connections", 1024),
            MaxPendingRequests = UInt(t, "max_pending_requests", 1024),
            MaxRequests = UInt(t, "max_requests", 1024),
            MaxRetries = UInt(t, "max_retries", 3),
            RetryBudget = budget.ValueKind != JsonValueKind.Object ? null : new RetryBudget(
                budget.TryGetProperty("budget_percent", out JsonElement p) ? Double(p, "value", 0) : 20,
                UInt(budget, "min_retry_concurrency", 3)),
        };
    }

    private static UpstreamTls Tls(JsonElement c)
    {
        if (c.TryGetProperty("auto_mtls", out JsonElement auto))
        {
            return new UpstreamTls(UpstreamTlsMode.AutoMtls, Text(auto, "sni"), Names(auto));
        }

        // A user's TLS that is written as two equal socket matches is the same for every endpoint.
        JsonElement tls = Child(c, "tls");
        tls = tls.ValueKind == JsonValueKind.Object ? tls
            : Child(Items(c, "transport_socket_matches").FirstOrDefault(), "tls");
        return Text(tls, "mode") switch
        {
            "istio_mutual" => new UpstreamTls(UpstreamTlsMode.IstioMutual, Text(tls, "sni"), Names(tls)),
            "simple" => new UpstreamTls(
                UpstreamTlsMode.Simple, Text(tls, "sni"), Names(tls), Text(tls, "ca")),
            "mutual" => new UpstreamTls(
                UpstreamTlsMode.Mutual, Text(tls, "sni"), Names(tls), Text(tls, "ca"), Text(tls, "certificate")),
            _ => UpstreamTls.Plaintext,
        };
    }

    private static List<string> Names(JsonElement tls) =>
        [.. Items(tls, "subject_alt_names").Select(static n => Text(n, "exact"))];

    private static (uint, long, long)? Keepalive(JsonElement c)
    {
        JsonElement k = Child(Child(c, "upstream_connection_options"), "tcp_keepalive");
        return k.ValueKind != JsonValueKind.Object ? null : (
            UInt(k, "keepalive_probes", 0), Int(k, "keepalive_time", 0) * SimDuration.Second,
            Int(k, "keepalive_interval", 0) * SimDuration.Second);
    }
}
