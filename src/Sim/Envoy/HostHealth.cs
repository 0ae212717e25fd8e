using Sim.Xds;

namespace Sim.Envoy;

/// <summary>Health of a host as balancing sees it.</summary>
public enum CoarseHealth
{
    /// <summary>Not picked outside panic.</summary>
    Unhealthy,

    /// <summary>Picked when healthy hosts do not cover the load.</summary>
    Degraded,

    /// <summary>Picked.</summary>
    Healthy,
}

/// <summary>What health flags mean for balancing.</summary>
/// <remarks>Envoy: source/common/upstream/upstream_impl.h#coarseHealth, upstream_impl.cc#setEdsHealthFlag.</remarks>
public static class HostHealth
{
    /// <summary>The flags that an EDS status can set; a new status clears all of them first.</summary>
    public const HealthFlags EdsFlags =
        HealthFlags.FailedEdsHealth | HealthFlags.DegradedEdsHealth | HealthFlags.EdsStatusDraining;

    private const HealthFlags UnhealthyFlags =
        HealthFlags.FailedActiveHc | HealthFlags.FailedOutlierCheck | HealthFlags.FailedEdsHealth
        | HealthFlags.EdsStatusDraining;

    private const HealthFlags DegradedFlags =
        HealthFlags.DegradedActiveHc | HealthFlags.DegradedEdsHealth | HealthFlags.DegradedOutlierDetection;

    private const HealthFlags ExcludedFlags =
        HealthFlags.PendingActiveHc | HealthFlags.ExcludedViaImmediateHcFail | HealthFlags.EdsStatusDraining;

    /// <summary>Unhealthy wins over degraded; a host pending removal is healthy.</summary>
    public static CoarseHealth Coarse(HealthFlags flags) =>
        (flags & UnhealthyFlags) != 0 ? CoarseHealth.Unhealthy
        : (flags & DegradedFlags) != 0 ? CoarseHealth.Degraded : CoarseHealth.Healthy;

    /// <summary>True when the host is left out of denominators. It may be healthy at the same time.</summary>
    /// <remarks>Envoy: source/common/upstream/upstream_impl.cc#excludeBasedOnHealthFlag.</remarks>
    public static bool IsExcluded(HealthFlags flags) => (flags & ExcludedFlags) != 0;

    /// <summary>Flags that an EDS health status sets.</summary>
    public static HealthFlags FromEds(EdsHealthStatus status) => status switch
    {
        EdsHealthStatus.Unhealthy or EdsHealthStatus.Timeout => HealthFlags.FailedEdsHealth,
        EdsHealthStatus.Draining => HealthFlags.EdsStatusDraining,
        EdsHealthStatus.Degraded => HealthFlags.DegradedEdsHealth,
        _ => HealthFlags.None,
    };

    /// <summary>The one status a host has from all its flags, as an override host is judged by.</summary>
    /// <remarks>Envoy: source/common/upstream/upstream_impl.h#healthStatus.</remarks>
    public static EdsHealthStatus StatusOf(Host host)
    {
        EdsHealthStatus stated = host.Endpoint.HealthStatus;
        if ((host.Flags & (HealthFlags.FailedActiveHc | HealthFlags.FailedOutlierCheck)) != 0)
        {
            return EdsHealthStatus.Unhealthy;
        }

        return stated is EdsHealthStatus.Unhealthy or EdsHealthStatus.Draining or EdsHealthStatus.Timeout ? stated
            : (host.Flags & DegradedFlags) != 0 ? EdsHealthStatus.Degraded
            : stated == EdsHealthStatus.Unknown ? EdsHealthStatus.Healthy : stated;
    }
}
