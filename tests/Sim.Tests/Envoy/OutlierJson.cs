using System.Globalization;
using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>Reads outlier detection settings: vectors (milliseconds) and proto JSON (duration texts).</summary>
internal static class OutlierJson
{
    /// <summary>Settings; absent fields have Envoy's defaults.</summary>
    public static OutlierDetectionConfig Config(JsonElement e)
    {
        var d = new OutlierDetectionConfig();
        var known = new HashSet<string>();
        uint U(string name, uint missing)
        {
            known.Add(name);
            return (uint)e.Number(name, missing);
        }

        bool B(string name, bool missing)
        {
            known.Add(name);
            return e.Get(name) is JsonElement v
                ? v.ValueKind == JsonValueKind.Object ? v.GetProperty("value").GetBoolean() : v.GetBoolean() : missing;
        }

        long? T(string name)
        {
            known.Add(name);
            known.Add(name + "_ms");
            return e.Get(name + "_ms") is JsonElement ms ? ms.GetInt64() * SimDuration.Millisecond
                : e.Get(name) is null ? null : e.DurationNs(name, 0);
        }

        OutlierDetectionConfig config = d with
        {
            Consecutive5xx = U("consecutive_5xx", d.Consecutive5xx),
            IntervalNs = T("interval") ?? d.IntervalNs,
            BaseEjectionTimeNs = T("base_ejection_time") ?? d.BaseEjectionTimeNs,
            MaxEjectionTimeNs = T("max_ejection_time"),
            MaxEjectionTimeJitterNs = T("max_ejection_time_jitter") ?? 0,
            MaxEjectionPercent = U("max_ejection_percent", d.MaxEjectionPercent),
            AlwaysEjectOneHost = B("always_eject_one_host", false),
            EnforcingConsecutive5xx = U("enforcing_consecutive_5xx", 100),
            ConsecutiveGatewayFailure = U("consecutive_gateway_failure", 5),
            EnforcingConsecutiveGatewayFailure = U("enforcing_consecutive_gateway_failure", 0),
            SplitExternalLocalOriginErrors = B("split_external_local_origin_errors", false),
            ConsecutiveLocalOriginFailure = U("consecutive_local_origin_failure", 5),
            EnforcingConsecutiveLocalOriginFailure = U("enforcing_consecutive_local_origin_failure", 100),
            EnforcingSuccessRate = U("enforcing_success_rate", 100),
            EnforcingLocalOriginSuccessRate = U("enforcing_local_origin_success_rate", 100),
            SuccessRateMinimumHosts = U("success_rate_minimum_hosts", 5),
            SuccessRateRequestVolume = U("success_rate_request_volume", 100),
            SuccessRateStdevFactor = U("success_rate_stdev_factor", 1900),
            FailurePercentageThreshold = U("failure_percentage_threshold", 85),
            EnforcingFailurePercentage = U("enforcing_failure_percentage", 0),
            EnforcingFailurePercentageLocalOrigin = U("enforcing_failure_percentage_local_origin", 0),
            FailurePercentageMinimumHosts = U("failure_percentage_minimum_hosts", 5),
            FailurePercentageRequestVolume = U("failure_percentage_request_volume", 50),
            SuccessfulActiveHealthCheckUnejectHost = B("successful_active_health_check_uneject_host", true),
            DetectDegradedHosts = B("detect_degraded_hosts", false),
        };
        foreach (JsonProperty p in e.EnumerateObject())
        {
            Assert.That(known, Does.Contain(p.Name), "a field that the reader does not know");
        }

        return config;
    }

    /// <summary>The value of a field by its proto name; durations in milliseconds.</summary>
    public static long Value(OutlierDetectionConfig c, string name) => name switch
    {
        "interval_ms" => c.IntervalNs / SimDuration.Millisecond,
        "base_ejection_time_ms" => c.BaseEjectionTimeNs / SimDuration.Millisecond,
        "max_ejection_time_ms" => OutlierMath.MaxEjectionTimeNs(c) / SimDuration.Millisecond,
        "max_ejection_time_jitter_ms" => c.MaxEjectionTimeJitterNs / SimDuration.Millisecond,
        "enforcing_failure_percentage_local_origin" => c.EnforcingFailurePercentageLocalOrigin,
        _ => Convert.ToInt64(
            typeof(OutlierDetectionConfig).GetProperty(PascalCase(name))!.GetValue(c), CultureInfo.InvariantCulture),
    };

    /// <summary>A result by its name in vectors.</summary>
    public static OutlierResult Result(string name) => Enum.Parse<OutlierResult>(PascalCase(name));

    /// <summary><c>a_b_c</c> as <c>ABC</c> in Pascal case.</summary>
    public static string PascalCase(string name) => string.Concat(
        name.Split('_').Select(static w => char.ToUpperInvariant(w[0]) + w[1..]));
}
