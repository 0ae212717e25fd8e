using Sim.Xds;

namespace Sim.Envoy;

/// <summary>The hosts of one locality in one priority, partitioned by health.</summary>
internal sealed class LocalityHosts(Locality locality, Host[] hosts, Host[] healthy, Host[] degraded, int excluded)
{
    /// <summary>Where they stand.</summary>
    public Locality Locality { get; } = locality;

    /// <summary>All hosts.</summary>
    public Host[] Hosts { get; } = hosts;

    /// <summary>Healthy hosts.</summary>
    public Host[] Healthy { get; } = healthy;

    /// <summary>Degraded hosts.</summary>
    public Host[] Degraded { get; } = degraded;

    /// <summary>Number of excluded hosts.</summary>
    public int ExcludedCount { get; } = excluded;
}

/// <summary>The host lists of one priority as delivered to a balancer. Immutable.</summary>
/// <remarks>
/// Envoy: source/common/upstream/upstream_impl.cc#partitionHosts, #partitionHostsPerLocality. Building costs O(n).
/// </remarks>
internal sealed class HostSet
{
    private HostSet(PriorityMembers members, Host[] healthy, Host[] degraded, LocalityHosts[] localities)
    {
        Hosts = members.Hosts;
        Healthy = healthy;
        Degraded = degraded;
        Localities = localities;
        OverprovisioningFactor = members.OverprovisioningFactor;
        WeightedPriorityHealth = members.WeightedPriorityHealth;
    }

    /// <summary>No host.</summary>
    public static HostSet Empty { get; } = new(new PriorityMembers(), [], [], []);

    /// <summary>All hosts in list order.</summary>
    public Host[] Hosts { get; }

    /// <summary>Healthy hosts in list order.</summary>
    public Host[] Healthy { get; }

    /// <summary>Degraded hosts in list order.</summary>
    public Host[] Degraded { get; }

    /// <summary>Number of hosts left out of denominators.</summary>
    public int ExcludedCount { get; private init; }

    /// <summary>Availability in percent, healthy and degraded, as it was when the lists were made.</summary>
    public (uint Health, uint Degraded) Availability { get; private set; }

    /// <summary>Groups per locality, the caller's own first; empty when no policy needs them.</summary>
    public LocalityHosts[] Localities { get; }

    /// <summary>Weights aligned with <see cref="Localities"/>; null without locality weighting.</summary>
    public uint[]? LocalityWeights { get; private init; }

    /// <summary>True when the first group is the caller's own locality.</summary>
    public bool HasLocalLocality { get; private init; }

    /// <summary>Overprovisioning factor in percent.</summary>
    public uint OverprovisioningFactor { get; }

    /// <summary>Priority health by weight instead of by count.</summary>
    public bool WeightedPriorityHealth { get; }

    /// <summary>The lists of a priority by the flags its hosts have now.</summary>
    /// <param name="members">The priority.</param>
    /// <param name="layout">Grouping by locality; null when no policy needs it.</param>
    public static HostSet Partition(PriorityMembers members, LocalityLayout? layout)
    {
        Host[] healthy = Select(members.Hosts, CoarseHealth.Healthy);
        Host[] degraded = Select(members.Hosts, CoarseHealth.Degraded);
        LocalityHosts[] localities = layout is null ? [] : new LocalityHosts[layout.Groups.Length];
        for (int i = 0; i < localities.Length; i++)
        {
            Host[] group = layout!.Groups[i];
            localities[i] = new LocalityHosts(
                group[0].Locality, group, Select(group, CoarseHealth.Healthy), Select(group, CoarseHealth.Degraded),
                CountExcluded(group));
        }

        var set = new HostSet(members, healthy, degraded, localities)
        {
            ExcludedCount = CountExcluded(members.Hosts),
            LocalityWeights = layout?.Weights,
            HasLocalLocality = layout is not null && layout.HasLocalLocality,
        };
        set.Availability = PriorityLoad.Availability(set);
        return set;
    }

    /// <summary>The part of a set whose hosts satisfy a condition, with locality weights of its own.</summary>
    /// <param name="isMember">Tells whether a host belongs to the part.</param>
    /// <param name="keepLocalityWeights">Keep the locality weights.</param>
    /// <param name="scaleLocalityWeights">Multiply each by the share of its hosts that are in the part.</param>
    public HostSet Filter(Func<Host, bool> isMember, bool keepLocalityWeights, bool scaleLocalityWeights)
    {
        var members = new PriorityMembers
        {
            Hosts = Array.FindAll(Hosts, h => isMember(h)),
            OverprovisioningFactor = OverprovisioningFactor,
            WeightedPriorityHealth = WeightedPriorityHealth,
        };
        var groups = new List<LocalityHosts>();
        var weights = new List<uint>();
        for (int i = 0; i < Localities.Length; i++)
        {
            LocalityHosts all = Localities[i];
            Host[] hosts = Array.FindAll(all.Hosts, h => isMember(h));
            groups.Add(new LocalityHosts(
                all.Locality, hosts, Array.FindAll(all.Healthy, h => isMember(h)),
                Array.FindAll(all.Degraded, h => isMember(h)), CountExcluded(hosts)));
            uint weight = LocalityWeights is null ? 0 : LocalityWeights[i];
            weights.Add(scaleLocalityWeights ? ScaleWeight(weight, hosts.Length, all.Hosts.Length) : weight);
        }

        var set = new HostSet(
            members, Array.FindAll(Healthy, h => isMember(h)), Array.FindAll(Degraded, h => isMember(h)), [.. groups])
        {
            ExcludedCount = CountExcluded(members.Hosts),
            LocalityWeights = LocalityWeights is not null && keepLocalityWeights ? [.. weights] : null,
            HasLocalLocality = HasLocalLocality && groups[0].Hosts.Length > 0,
        };
        set.Availability = PriorityLoad.Availability(set);
        return set;
    }

    private static uint ScaleWeight(uint weight, int part, int all) =>
        all == 0 ? 0 : (uint)Math.Round((double)weight * part / all, MidpointRounding.AwayFromZero);

    private static Host[] Select(Host[] hosts, CoarseHealth health)
    {
        int count = 0;
        foreach (Host host in hosts)
        {
            count += HostHealth.Coarse(host.Flags) == health ? 1 : 0;
        }

        if (count == hosts.Length)
        {
            return hosts;
        }

        var selected = new Host[count];
        int next = 0;
        foreach (Host host in hosts)
        {
            if (HostHealth.Coarse(host.Flags) == health)
            {
                selected[next++] = host;
            }
        }

        return selected;
    }

    private static int CountExcluded(Host[] hosts)
    {
        int count = 0;
        foreach (Host host in hosts)
        {
            count += HostHealth.IsExcluded(host.Flags) ? 1 : 0;
        }

        return count;
    }
}
