using Sim.Xds;

namespace Sim.Envoy;

/// <summary>The members of one priority as the proxy's main thread knows them.</summary>
internal sealed class PriorityMembers
{
    /// <summary>Hosts in list order: the order of the assignment, hosts kept for removal at the end.</summary>
    public Host[] Hosts { get; set; } = [];

    /// <summary>Weights by locality as last told, in the order told; entries without weight are absent.</summary>
    public IReadOnlyList<(Locality Locality, uint Weight)> LocalityWeights { get; set; } = [];

    /// <summary>Overprovisioning factor in percent.</summary>
    public uint OverprovisioningFactor { get; set; } = 140;

    /// <summary>Priority health by weight instead of by count.</summary>
    public bool WeightedPriorityHealth { get; set; }
}

/// <summary>Hosts of a priority grouped by locality: the caller's own first, the others in locality order.</summary>
/// <remarks>
/// Envoy: source/common/upstream/upstream_impl.cc#PriorityStateManager::updateClusterPrioritySet. Groups come from the
/// hosts, so a locality without hosts has none. Changes only with membership: O(n + L log L).
/// </remarks>
internal sealed class LocalityLayout
{
    private LocalityLayout(Host[][] groups, uint[]? weights, bool hasLocalLocality)
    {
        Groups = groups;
        Weights = weights;
        HasLocalLocality = hasLocalLocality;
    }

    /// <summary>Hosts per locality, in list order.</summary>
    public Host[][] Groups { get; }

    /// <summary>Weight per group, 0 where none is given; null without locality weighting.</summary>
    public uint[]? Weights { get; }

    /// <summary>True when the first group is the caller's own.</summary>
    public bool HasLocalLocality { get; }

    /// <summary>Groups the hosts of a priority.</summary>
    /// <param name="members">The priority.</param>
    /// <param name="own">Locality of the proxy.</param>
    /// <param name="isLocalityWeighted">Whether the cluster uses locality weights.</param>
    public static LocalityLayout Of(PriorityMembers members, Locality own, bool isLocalityWeighted)
    {
        var byLocality = new SortedDictionary<Locality, List<Host>>();
        foreach (Host host in members.Hosts)
        {
            if (!byLocality.TryGetValue(host.Locality, out List<Host>? group))
            {
                byLocality.Add(host.Locality, group = []);
            }

            group.Add(host);
        }

        var groups = new List<Host[]>(byLocality.Count);
        bool hasLocal = byLocality.TryGetValue(own, out List<Host>? local);
        if (hasLocal)
        {
            groups.Add([.. local!]);
        }

        foreach ((Locality locality, List<Host> hosts) in byLocality)
        {
            if (!locality.Equals(own))
            {
                groups.Add([.. hosts]);
            }
        }

        Host[][] array = [.. groups];
        return new LocalityLayout(array, isLocalityWeighted ? WeightsOf(array, members) : null, hasLocal);
    }

    private static uint[] WeightsOf(Host[][] groups, PriorityMembers members)
    {
        var weights = new uint[groups.Length];
        for (int i = 0; i < groups.Length; i++)
        {
            foreach ((Locality locality, uint weight) in members.LocalityWeights)
            {
                if (locality.Equals(groups[i][0].Locality))
                {
                    weights[i] = weight;
                }
            }
        }

        return weights;
    }
}
