using Sim.Xds;

namespace Sim.Envoy;

/// <summary>One upstream host as one client proxy knows it. State of a pair (client proxy, host).</summary>
/// <remarks>
/// Envoy: source/common/upstream/upstream_impl.h#HostImpl. Ids and counters are plain fields: the hot path reads and
/// writes them without calls. A host object lives as long as EDS keeps its address and locality.
/// </remarks>
public sealed class Host
{
    /// <summary>The endpoint as last told by EDS (weight, health and metadata change in place).</summary>
    public LbEndpoint Endpoint { get; set; }

    /// <summary>Where the host stands. A change of locality makes a new host.</summary>
    public Locality Locality { get; }

    /// <summary><c>ip:port</c>, the host's identity.</summary>
    public string Address { get; }

    /// <summary>Requests attached to connections of this host by this proxy (<c>rq_active</c>).</summary>
    public int RqActive;

    /// <summary>Why the host is not usable; the detector's view, which the balancer learns by an update.</summary>
    public HealthFlags Flags;

    /// <summary>What the caller keeps of this host (what stands behind the address, connections); null = nothing.
    /// </summary>
    public object? Companion;

    /// <summary>Connections of this proxy to this host, those being made included (<c>cx_active</c>).</summary>
    public int CxActive;

    /// <summary>Priority the host belongs to.</summary>
    public int Priority;

    /// <summary>Load-balancing weight, at least 1.</summary>
    public uint Weight = 1;

    /// <summary>Value of <see cref="HealthySinceNs"/> for a host that no balancer has seen healthy.</summary>
    public const long NeverHealthy = long.MinValue;

    /// <summary>Time the host last became healthy, for slow start, in nanoseconds.</summary>
    public long HealthySinceNs = NeverHealthy;

    /// <summary>State of outlier detection; created by the detector.</summary>
    public OutlierHostState? Outlier;

    /// <summary>Connections of this proxy to this host, of the kind first asked for; null = none were asked for.
    /// </summary>
    public ConnectionPool? Pool;

    /// <summary>A host of an endpoint.</summary>
    public Host(LbEndpoint endpoint, Locality locality, int priority)
    {
        Endpoint = endpoint;
        Locality = locality;
        Priority = priority;
        Weight = Math.Max(1, endpoint.Weight);
        Address = endpoint.Address + ":" + endpoint.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Asks for the memory that picks and requests read.</summary>
    internal void Prefetch()
    {
        Core.Prefetch.Place(in Companion);
        Core.Prefetch.Place(in RqActive);
    }
}
