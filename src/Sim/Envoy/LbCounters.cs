namespace Sim.Envoy;

/// <summary>Counters of one cluster's balancing in one proxy, under Envoy's names.</summary>
/// <remarks>
/// Envoy: envoy/upstream/upstream.h#ALL_CLUSTER_STATS and the load balancer's stats. Since the start.
/// </remarks>
public sealed class LbCounters
{
    /// <summary>Picks that hit a priority in panic (<c>lb_healthy_panic</c>).</summary>
    public long LbHealthyPanic;

    /// <summary>Zone-aware picks kept in the own zone without a draw.</summary>
    public long LbZoneRoutingAllDirectly;

    /// <summary>Zone-aware picks kept in the own zone by a draw.</summary>
    public long LbZoneRoutingSampled;

    /// <summary>Zone-aware picks sent to another zone.</summary>
    public long LbZoneRoutingCrossZone;

    /// <summary>Zone-aware picks without any residual capacity.</summary>
    public long LbZoneNoCapacityLeft;

    /// <summary>Rebuilds that found too few healthy hosts for zone-aware routing.</summary>
    public long LbZoneClusterTooSmall;

    /// <summary>Rebuilds without a local host of the own zone, and picks with the local cluster in panic.</summary>
    public long LbLocalClusterNotOk;

    /// <summary>Picks that a subset answered.</summary>
    public long LbSubsetsSelected;

    /// <summary>Picks that the global fallback of the subset balancer answered.</summary>
    public long LbSubsetsFallback;

    /// <summary>Picks that any host answered because the fallback subset had none.</summary>
    public long LbSubsetsFallbackPanic;

    /// <summary>Hosts left out of a single-host subset because another host bears the same value.</summary>
    public long LbSubsetsSingleHostPerSubsetDuplicate;

    /// <summary>Endpoint updates received.</summary>
    public long UpdateSuccess;

    /// <summary>Endpoint updates that changed nothing.</summary>
    public long UpdateNoRebuild;

    /// <summary>Endpoint responses without this cluster.</summary>
    public long UpdateEmpty;

    /// <summary>Priority updates in which hosts were added or removed.</summary>
    public long MembershipChange;

    /// <summary>Priority updates delivered to the balancer at once.</summary>
    public long ClusterUpdated;

    /// <summary>Priority updates delivered after the merge window.</summary>
    public long ClusterUpdatedViaMerge;

    /// <summary>Held updates that another update carried along.</summary>
    public long UpdateMergeCancelled;

    /// <summary>Health changes that came later than one window after the last delivery.</summary>
    public long UpdateOutOfMergeWindow;
}
