using System.Globalization;
using System.Text.Json;
using Sim.Core;
using Sim.Tests.Envoy;
using Sim.Xds;

namespace Sim.Tests.Runs.Timeline;

/// <summary>Reads the Envoy settings of recorded timelines.</summary>
internal static class TimelineScript
{
    public static long Ms(JsonElement e, string name, long otherwise = 0) =>
        e.TryGetProperty(name, out JsonElement v) && v.ValueKind == JsonValueKind.Number
            ? (long)(v.GetDouble() * SimDuration.Millisecond) : otherwise * SimDuration.Millisecond;

    public static OutlierDetectionConfig? Outlier(JsonElement script)
    {
        if (!script.TryGetProperty("outlier_detection", out JsonElement o) || o.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var d = new OutlierDetectionConfig();
        return d with
        {
            IntervalNs = Duration(o, "interval", d.IntervalNs),
            BaseEjectionTimeNs = Duration(o, "base_ejection_time", d.BaseEjectionTimeNs),
            MaxEjectionTimeNs = o.TryGetProperty("max_ejection_time", out _)
                ? Duration(o, "max_ejection_time", 0) : null,
            Consecutive5xx = UInt(o, "consecutive_5xx", d.Consecutive5xx),
            EnforcingConsecutive5xx = UInt(o, "enforcing_consecutive_5xx", d.EnforcingConsecutive5xx),
            ConsecutiveGatewayFailure = UInt(o, "consecutive_gateway_failure", d.ConsecutiveGatewayFailure),
            EnforcingConsecutiveGatewayFailure =
                UInt(o, "enforcing_consecutive_gateway_failure", d.EnforcingConsecutiveGatewayFailure),
            MaxEjectionPercent = UInt(o, "max_ejection_percent", d.MaxEjectionPercent),
            EnforcingSuccessRate = UInt(o, "enforcing_success_rate", d.EnforcingSuccessRate),
            EnforcingLocalOriginSuccessRate =
                UInt(o, "enforcing_local_origin_success_rate", d.EnforcingLocalOriginSuccessRate),
            SplitExternalLocalOriginErrors =
                o.TryGetProperty("split_external_local_origin_errors", out JsonElement s) && s.GetBoolean(),
            ConsecutiveLocalOriginFailure =
                UInt(o, "consecutive_local_origin_failure", d.ConsecutiveLocalOriginFailure),
            EnforcingConsecutiveLocalOriginFailure =
                UInt(o, "enforcing_consecutive_local_origin_failure", d.EnforcingConsecutiveLocalOriginFailure),
        };
    }

    public static RetryPolicy? Retries(JsonElement script)
    {
        if (!script.TryGetProperty("retry_policy", out JsonElement p) || p.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        return new RetryPolicy
        {
            RetryOn = p.TryGetProperty("retry_on", out JsonElement on) ? on.GetString()! : "",
            NumRetries = UInt(p, "num_retries", 1),
            HostSelectionRetryMaxAttempts = UInt(p, "host_selection_retry_max_attempts", 1),
            AvoidPreviousHosts = p.TryGetProperty("retry_host_predicate", out JsonElement h) && h.GetArrayLength() > 0,
            RetriableStatusCodes = p.TryGetProperty("retriable_status_codes", out JsonElement codes)
                ? [.. codes.EnumerateArray().Select(static c => c.GetInt32())] : [],
            PerTryTimeoutNs = Duration(p, "per_try_timeout", 0),
            BackoffBaseNs = p.TryGetProperty("retry_back_off", out JsonElement b)
                ? Duration(b, "base_interval", 25 * SimDuration.Millisecond) : 25 * SimDuration.Millisecond,
            BackoffMaxNs = p.TryGetProperty("retry_back_off", out JsonElement b2) ? Duration(b2, "max_interval", 0) : 0,
        };
    }

    public static CircuitBreakerThresholds Breakers(JsonElement script)
    {
        if (!script.TryGetProperty("circuit_breakers", out JsonElement c) || c.ValueKind != JsonValueKind.Object)
        {
            return CircuitBreakerThresholds.Unlimited;
        }

        JsonElement t = c.TryGetProperty("thresholds", out JsonElement list) ? list[0] : c;
        bool isStatic = c.TryGetProperty("thresholds", out _);
        uint other(uint envoy) => isStatic ? envoy : uint.MaxValue;
        return new CircuitBreakerThresholds
        {
            MaxConnections = UInt(t, "max_connections", other(1024)),
            MaxPendingRequests = UInt(t, "max_pending_requests", other(1024)),
            MaxRequests = UInt(t, "max_requests", other(1024)),
            MaxRetries = UInt(t, "max_retries", other(3)),
            RetryBudget = t.TryGetProperty("retry_budget", out JsonElement b)
                ? new RetryBudget(
                    b.TryGetProperty("budget_percent", out JsonElement p)
                        ? p.ValueKind == JsonValueKind.Object ? p.GetProperty("value").GetDouble() : p.GetDouble() : 20,
                    UInt(b, "min_retry_concurrency", 3))
                : null,
        };
    }

    /// <summary>Static limits of a routing priority; Envoy's where nothing is said.</summary>
    public static CircuitBreakerThresholds Breakers(JsonElement cluster, string priority)
    {
        CircuitBreakerThresholds d = CircuitBreakerThresholds.EnvoyDefault;
        JsonElement? breakers = cluster.Get("circuit_breakers");
        JsonElement? own = breakers?.Items("thresholds").Cast<JsonElement?>()
            .FirstOrDefault(t => t!.Value.Text("priority", "DEFAULT") == priority);
        JsonElement? perHost = breakers?.Items("per_host_thresholds").Cast<JsonElement?>()
            .FirstOrDefault(t => t!.Value.Text("priority", "DEFAULT") == priority);
        d = own is null ? d : Breakers(JsonSerializer.SerializeToElement(
            new Dictionary<string, object> { ["circuit_breakers"] = new { thresholds = new[] { own.Value } } }));
        return perHost is null ? d
            : d with { MaxConnectionsPerHost = UInt(perHost.Value, "max_connections", uint.MaxValue) };
    }

    /// <summary>Fault injection of a route; null = none.</summary>
    public static FaultConfig? Fault(JsonElement route) =>
        route.Get("fault") is JsonElement fault ? RequestRouteFilters.FaultOf(fault) : null;

    /// <summary>The server's authorization: a header value that listed pods deny.</summary>
    public static IReadOnlyList<RbacRules> Rbac(JsonElement service, string pod)
    {
        if (service.Get("rbac") is not JsonElement rbac || !rbac.Texts("pods").Contains(pod))
        {
            return [];
        }

        var header = new RbacNode
        {
            Kind = RbacNodeKind.Header,
            Header = new HeaderMatcher(rbac.Text("header"),
                new StringMatcher(StringMatchKind.Exact, rbac.Text("value"))),
        };
        return [new RbacRules(
            Enum.Parse<RbacAction>(rbac.Text("action"), ignoreCase: true),
            [new RbacPolicy("deny", [header], [RbacNode.Any])])];
    }

    public static LbPolicy Policy(JsonElement script) => script.GetProperty("lb_policy").GetString() switch
    {
        "LEAST_REQUEST" => LbPolicy.LeastRequest,
        "RANDOM" => LbPolicy.Random,
        _ => LbPolicy.RoundRobin,
    };

    private static uint UInt(JsonElement e, string name, uint otherwise) =>
        e.TryGetProperty(name, out JsonElement v) ? v.GetUInt32() : otherwise;

    private static long Duration(JsonElement e, string name, long otherwise) =>
        !e.TryGetProperty(name, out JsonElement v) ? otherwise
        : SimDuration.TryParse(v.GetString(), out long ns) ? ns
        : throw new FormatException(name + " " + v.ToString());
}
