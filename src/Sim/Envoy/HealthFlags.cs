namespace Sim.Envoy;

/// <summary>Why a host is not (fully) usable. Envoy: envoy/upstream/upstream.h#HEALTH_FLAG_ENUM_VALUES.</summary>
[Flags]
public enum HealthFlags
{
    /// <summary>Healthy.</summary>
    None = 0,

    /// <summary>Active health check failed.</summary>
    FailedActiveHc = 0x1,

    /// <summary>Ejected by outlier detection.</summary>
    FailedOutlierCheck = 0x2,

    /// <summary>EDS says UNHEALTHY or TIMEOUT.</summary>
    FailedEdsHealth = 0x4,

    /// <summary>Active health check says degraded.</summary>
    DegradedActiveHc = 0x8,

    /// <summary>EDS says DEGRADED.</summary>
    DegradedEdsHealth = 0x10,

    /// <summary>Gone from EDS, kept because active health checking still passes.</summary>
    PendingDynamicRemoval = 0x20,

    /// <summary>New, never checked.</summary>
    PendingActiveHc = 0x40,

    /// <summary>Excluded by an immediate health-check-fail answer.</summary>
    ExcludedViaImmediateHcFail = 0x80,

    /// <summary>Active health check timed out (informational).</summary>
    ActiveHcTimeout = 0x100,

    /// <summary>EDS says DRAINING.</summary>
    EdsStatusDraining = 0x200,

    /// <summary>Degraded by outlier detection.</summary>
    DegradedOutlierDetection = 0x400,
}
