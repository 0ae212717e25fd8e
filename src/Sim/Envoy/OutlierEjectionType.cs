namespace Sim.Envoy;

/// <summary>Which detector found a host to be an outlier.</summary>
/// <remarks>Envoy: api/envoy/data/cluster/v3/outlier_detection_event.proto#OutlierEjectionType.</remarks>
public enum OutlierEjectionType
{
    /// <summary>A run of 5xx answers.</summary>
    Consecutive5xx,

    /// <summary>A run of 502, 503 or 504.</summary>
    ConsecutiveGatewayFailure,

    /// <summary>Success rate far below the cluster's mean.</summary>
    SuccessRate,

    /// <summary>A run of failures on this side of the connection (split mode).</summary>
    ConsecutiveLocalOriginFailure,

    /// <summary>Success rate of connecting far below the cluster's mean (split mode).</summary>
    SuccessRateLocalOrigin,

    /// <summary>Too large a share of failures.</summary>
    FailurePercentage,

    /// <summary>Too large a share of failures of connecting (split mode).</summary>
    FailurePercentageLocalOrigin,

    /// <summary>The host says that it is degraded.</summary>
    Degraded,
}

/// <summary>Envoy's texts of the detectors.</summary>
public static class OutlierEjectionTypes
{
    private static readonly string[] Names =
    [
        "CONSECUTIVE_5XX", "CONSECUTIVE_GATEWAY_FAILURE", "SUCCESS_RATE", "CONSECUTIVE_LOCAL_ORIGIN_FAILURE",
        "SUCCESS_RATE_LOCAL_ORIGIN", "FAILURE_PERCENTAGE", "FAILURE_PERCENTAGE_LOCAL_ORIGIN", "DEGRADED",
    ];

    /// <summary>The text of the event log, such as <c>CONSECUTIVE_5XX</c>.</summary>
    public static string Text(this OutlierEjectionType type) => Names[(int)type];
}
