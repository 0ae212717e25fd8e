using Sim.Core;

namespace Sim.Envoy;

/// <summary>One list of hosts a pick can come from, with the rotation that belongs to it.</summary>
/// <remarks>
/// Envoy: source/extensions/load_balancing_policies/common/load_balancer_impl.h#HostsSource. The source lives as long
/// as the balancer: its round-robin index survives updates, its weighted schedule does not.
/// </remarks>
internal sealed class HostSource
{
    /// <summary>Remainders by the number of hosts.</summary>
    public Modulus Modulus = new(1);

    private Host[] _hosts = [];

    /// <summary>The hosts as last delivered.</summary>
    public Host[] Hosts
    {
        get => _hosts;
        set
        {
            _hosts = value;
            Modulus = new Modulus((uint)Math.Max(1, value.Length));
        }
    }

    /// <summary>Weighted schedule; null when hosts are picked without weights.</summary>
    public EdfScheduler? Schedule;

    /// <summary>Round-robin index, not yet reduced by the number of hosts.</summary>
    public ulong Index;

    /// <summary>True once <see cref="Index"/> has its random start.</summary>
    public bool IsSeeded;
}

/// <summary>All sources of one priority, and its locality choice.</summary>
internal sealed class PrioritySources
{
    private readonly Func<HostSource> _create;

    /// <summary>Sources without hosts.</summary>
    public PrioritySources(Func<HostSource> create)
    {
        _create = create;
        All = create();
        Healthy = create();
        Degraded = create();
    }

    /// <summary>Every host, for panic.</summary>
    public HostSource All { get; }

    /// <summary>Healthy hosts.</summary>
    public HostSource Healthy { get; }

    /// <summary>Degraded hosts.</summary>
    public HostSource Degraded { get; }

    /// <summary>Healthy hosts per locality.</summary>
    public List<HostSource> LocalityHealthy { get; } = [];

    /// <summary>Degraded hosts per locality.</summary>
    public List<HostSource> LocalityDegraded { get; } = [];

    /// <summary>Locality choice for healthy hosts; null = flat list.</summary>
    public LocalityScheduler? HealthyLocalities { get; set; }

    /// <summary>Locality choice for degraded hosts; null = flat list.</summary>
    public LocalityScheduler? DegradedLocalities { get; set; }

    /// <summary>Zone-aware routing; null = none.</summary>
    public ZoneAwareRouting? Zone { get; set; }

    /// <summary>Takes over new lists.</summary>
    public void Refresh(HostSet set)
    {
        All.Hosts = set.Hosts;
        Healthy.Hosts = set.Healthy;
        Degraded.Hosts = set.Degraded;
        while (LocalityHealthy.Count < set.Localities.Length)
        {
            LocalityHealthy.Add(_create());
            LocalityDegraded.Add(_create());
        }

        for (int i = 0; i < LocalityHealthy.Count; i++)
        {
            bool exists = i < set.Localities.Length;
            LocalityHealthy[i].Hosts = exists ? set.Localities[i].Healthy : [];
            LocalityDegraded[i].Hosts = exists ? set.Localities[i].Degraded : [];
        }
    }

    /// <summary>Every source, in the order Envoy rebuilds them.</summary>
    public IEnumerable<HostSource> Sources() =>
        [All, Healthy, Degraded, .. LocalityHealthy, .. LocalityDegraded];
}
