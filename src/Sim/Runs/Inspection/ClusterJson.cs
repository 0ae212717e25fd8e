using System.Text.Json.Nodes;
using Sim.Core;
using Sim.Xds;
using static Sim.Runs.Inspection.EnvoyJson;

namespace Sim.Runs.Inspection;

/// <summary>Clusters in JSON with Envoy's names.</summary>
/// <remarks>Envoy: api/envoy/config/cluster/v3/cluster.proto. Where Istio packs a few settings into transport sockets,
/// typed extensions and metadata, they stand plainly: <c>auto_mtls</c>, <c>tls</c>, <c>http_protocol_options</c>,
/// <c>destination_rule</c>, <c>istio_subset</c>, <c>external</c>, the names of the recordings in
/// <c>tests/Oracle/xds</c>.</remarks>
public static class ClusterJson
{
    /// <summary>A cluster.</summary>
    public static JsonObject Of(ClusterConfig c)
    {
        JsonObject o = new JsonObject { ["name"] = c.Name, ["type"] = ClusterTable.TypeName(c.Type) }
            .With("connect_timeout", (JsonNode)Duration(c.ConnectTimeoutNs))
            .With("lb_policy", PolicyName(c.LbPolicy))
            .With("dns_refresh_rate", c.Type is DiscoveryType.StrictDns or DiscoveryType.LogicalDns
                ? Duration(c.DnsRefreshRateNs) : "")
            .With("respect_dns_ttl", c.Type is DiscoveryType.StrictDns or DiscoveryType.LogicalDns);
        o.WithAny("round_robin_lb_config", c.LbPolicy == LbPolicy.RoundRobin ? SlowStart(c) : [])
            .WithAny("least_request_lb_config", c.LbPolicy == LbPolicy.LeastRequest ? SlowStart(c) : [])
            .WithAny("ring_hash_lb_config", c.LbPolicy == LbPolicy.RingHash
                ? new JsonObject { ["minimum_ring_size"] = Wide(c.RingHash.MinimumRingSize) } : [])
            .WithAny("maglev_lb_config", c.LbPolicy == LbPolicy.Maglev
                ? new JsonObject { ["table_size"] = Wide(c.Maglev.TableSize) } : [])
            .WithAny("circuit_breakers", Breakers(c.CircuitBreakers))
            .With("outlier_detection", c.OutlierDetection is { } d ? Outlier(d) : null)
            .With("common_lb_config", (JsonNode)Common(c.CommonLb))
            .WithAny("http_protocol_options", Http(c));
        if (c.TcpKeepalive is { } keep)
        {
            o.With("upstream_connection_options", (JsonNode)new JsonObject
            {
                ["tcp_keepalive"] = new JsonObject()
                    .With("keepalive_probes", keep.Probes, 0)
                    .With("keepalive_time", (uint)(keep.TimeNs / SimDuration.Second), 0)
                    .With("keepalive_interval", (uint)(keep.IntervalNs / SimDuration.Second), 0),
            });
        }

        if (c.UpstreamPortOverride > 0)
        {
            o["original_dst_lb_config"] = new JsonObject { ["upstream_port_override"] = c.UpstreamPortOverride };
        }

        Tls(o, c.Tls);
        return o.With("proxy_protocol_version", (uint)c.ProxyProtocolVersion, 0)
            .With("external", c.IsExternal).With("istio_subset", c.Subset)
            .With("destination_rule", c.DestinationRule)
            .With("load_assignment", c.InlineEndpoints is { Endpoints.Count: > 0 } inline ? Assignment(inline) : null);
    }

    /// <summary>Endpoints of a cluster.</summary>
    /// <remarks>Envoy: api/envoy/config/endpoint/v3/endpoint.proto.</remarks>
    public static JsonObject Assignment(ClusterLoadAssignment a) => new()
    {
        ["cluster_name"] = a.ClusterName,
        ["endpoints"] = new JsonArray([.. a.Endpoints.Select(static g => (JsonNode)new JsonObject()
            .WithAny("locality", Locality(g.Locality))
            .With("priority", (uint)g.Priority, 0)
            .With("load_balancing_weight", g.Weight is { } w ? (JsonNode)w : null)
            .With("lb_endpoints", new JsonArray([.. g.Endpoints.Select(static e => (JsonNode)Endpoint(e))])))]),
    };

    private static JsonObject Endpoint(LbEndpoint e) => new JsonObject
    {
        ["endpoint"] = new JsonObject { ["address"] = Address(e.Address, e.Port) }.With("hostname", e.Hostname),
    }
        .With("health_status", e.HealthStatus == EdsHealthStatus.Unknown ? ""
            : e.HealthStatus.ToString().ToUpperInvariant())
        .With("load_balancing_weight", (JsonNode)e.Weight)
        .With("tls_mode", e.TlsMode).With("workload", e.Workload);

    private static string PolicyName(LbPolicy policy) => policy switch
    {
        LbPolicy.LeastRequest => "LEAST_REQUEST",
        LbPolicy.Random => "RANDOM",
        LbPolicy.RingHash => "RING_HASH",
        LbPolicy.Maglev => "MAGLEV",
        LbPolicy.ClusterProvided => "CLUSTER_PROVIDED",
        _ => "",
    };

    private static JsonNode Wide(ulong number) =>
        number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static JsonObject SlowStart(ClusterConfig c) => c.SlowStart is not { } s ? [] : new JsonObject
    {
        ["slow_start_config"] = new JsonObject
        {
            ["slow_start_window"] = Duration(s.WindowMs * SimDuration.Millisecond),
            ["aggression"] = new JsonObject { ["default_value"] = s.Aggression },
            ["min_weight_percent"] = new JsonObject { ["value"] = s.MinWeightPercent },
        },
    };

    private static JsonObject Breakers(CircuitBreakerThresholds t)
    {
        if (t == CircuitBreakerThresholds.Unlimited)
        {
            return [];
        }

        JsonObject o = new JsonObject
        {
            ["max_connections"] = t.MaxConnections, ["max_pending_requests"] = t.MaxPendingRequests,
            ["max_requests"] = t.MaxRequests, ["max_retries"] = t.MaxRetries,
        }.With("retry_budget", t.RetryBudget is not { } b ? null : new JsonObject
        {
            ["budget_percent"] = new JsonObject { ["value"] = b.Percent },
            ["min_retry_concurrency"] = b.MinRetryConcurrency,
        });
        return new JsonObject { ["thresholds"] = new JsonArray(o) };
    }

    private static JsonObject Common(CommonLbConfig c)
    {
        JsonObject o = [];
        if (c.HealthyPanicThreshold is not 50)
        {
            o["healthy_panic_threshold"] = c.HealthyPanicThreshold == 0 ? new JsonObject()
                : new JsonObject { ["value"] = c.HealthyPanicThreshold };
        }

        if (c.LocalityWeighted)
        {
            o["locality_weighted_lb_config"] = new JsonObject();
        }
        else if (c.ZoneAware is { } z)
        {
            o["zone_aware_lb_config"] = new JsonObject
            {
                ["routing_enabled"] = new JsonObject { ["value"] = z.RoutingEnabledPercent },
                ["min_cluster_size"] = Wide(z.MinClusterSize),
            }.With("fail_traffic_on_panic", z.FailTrafficOnPanic);
        }

        if (c.OverrideHostStatuses is { } statuses)
        {
            o["override_host_status"] = new JsonObject
            {
                ["statuses"] = Texts(statuses.Select(static s => s.ToString().ToUpperInvariant())),
            };
        }

        return o;
    }

    private static JsonObject Outlier(OutlierDetectionConfig o)
    {
        var d = new OutlierDetectionConfig();
        return new JsonObject()
            .With("consecutive_5xx", o.Consecutive5xx, d.Consecutive5xx)
            .WithTime("interval", o.IntervalNs, d.IntervalNs)
            .WithTime("base_ejection_time", o.BaseEjectionTimeNs, d.BaseEjectionTimeNs)
            .With("max_ejection_percent", o.MaxEjectionPercent, d.MaxEjectionPercent)
            .With("enforcing_consecutive_5xx", o.EnforcingConsecutive5xx, d.EnforcingConsecutive5xx)
            .With("consecutive_gateway_failure", o.ConsecutiveGatewayFailure, d.ConsecutiveGatewayFailure)
            .With("enforcing_consecutive_gateway_failure", o.EnforcingConsecutiveGatewayFailure,
                d.EnforcingConsecutiveGatewayFailure)
            .With("split_external_local_origin_errors", o.SplitExternalLocalOriginErrors)
            .With("consecutive_local_origin_failure", o.ConsecutiveLocalOriginFailure,
                d.ConsecutiveLocalOriginFailure)
            .With("enforcing_consecutive_local_origin_failure", o.EnforcingConsecutiveLocalOriginFailure,
                d.EnforcingConsecutiveLocalOriginFailure)
            .With("enforcing_success_rate", o.EnforcingSuccessRate, d.EnforcingSuccessRate)
            .With("enforcing_local_origin_success_rate", o.EnforcingLocalOriginSuccessRate,
                d.EnforcingLocalOriginSuccessRate)
            .With("http_error_codes", new JsonArray([.. (o.HttpErrorCodes ?? []).Select(static x => (JsonNode)x)]));
    }

    private static JsonObject Http(ClusterConfig c)
    {
        JsonObject common = new JsonObject()
            .WithTime("idle_timeout", c.IdleTimeoutNs, SimDuration.Hour)
            .WithTime("max_connection_duration", c.MaxConnectionDurationNs, 0)
            .With("max_requests_per_connection", c.MaxRequestsPerConnection, 0);
        JsonObject o = [];
        if (c.MaxConcurrentStreams > 0)
        {
            o["explicit_http_config"] = new JsonObject
            {
                ["http2_protocol_options"] = new JsonObject { ["max_concurrent_streams"] = c.MaxConcurrentStreams },
            };
        }

        JsonObject upstream = new JsonObject().With("auto_sni", c.Tls.AutoSni)
            .With("auto_san_validation", c.Tls.AutoSanValidation);
        return o.WithAny("upstream_http_protocol_options", upstream).With("protocol", c.Protocol switch
            {
                UpstreamProtocol.Http2 => "http2",
                UpstreamProtocol.UseDownstream => "downstream",
                _ => "",
            }).WithAny("common_http_protocol_options", common);
    }

    private static void Tls(JsonObject o, UpstreamTls tls)
    {
        JsonObject settings = new JsonObject()
            .With("mode", tls.Mode switch
            {
                UpstreamTlsMode.IstioMutual => "istio_mutual",
                UpstreamTlsMode.Simple => "simple",
                UpstreamTlsMode.Mutual => "mutual",
                _ => "",
            })
            .With("sni", tls.Sni)
            .With("subject_alt_names", new JsonArray([.. tls.SubjectAltNames.Select(
                static n => (JsonNode)new JsonObject { ["exact"] = n })]))
            .With("ca", tls.CaCertificates).With("certificate", tls.ClientCertificate);
        if (tls.Mode != UpstreamTlsMode.Plaintext)
        {
            o.With(tls.Mode == UpstreamTlsMode.AutoMtls ? "auto_mtls" : "tls", (JsonNode)settings);
        }
    }
}
