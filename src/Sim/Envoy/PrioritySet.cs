using Sim.Xds;

namespace Sim.Envoy;

/// <summary>The members of a cluster as the proxy's main thread knows them: what outlier detection works on.</summary>
/// <remarks>
/// Envoy: source/common/upstream/upstream_impl.h#PrioritySetImpl and source/extensions/clusters/eds/eds.cc. Priorities
/// are created up to the highest seen and never removed. Balancers get copies (<see cref="HostSet"/>).
/// </remarks>
internal sealed class PrioritySet(ClusterConfig config)
{
    private readonly List<PriorityMembers> _priorities = [new PriorityMembers()];
    private Host[]? _hosts;

    /// <summary>Priorities in order.</summary>
    public IReadOnlyList<PriorityMembers> Priorities => _priorities;

    /// <summary>All hosts, priority by priority in list order.</summary>
    public Host[] Hosts => _hosts ??= [.. _priorities.SelectMany(static p => p.Hosts)];

    /// <summary>The host with this address; null when there is none.</summary>
    public Host? Find(string address) =>
        Array.Find(Hosts, h => string.Equals(h.Address, address, StringComparison.Ordinal));

    /// <summary>Takes an assignment over.</summary>
    /// <returns>Priorities to rebuild, ascending, and in how many of them hosts were added or removed.</returns>
    /// <remarks>Envoy: eds.cc#BatchUpdateHelper::batchUpdate, #updateHostsPerLocality.</remarks>
    public (IReadOnlyList<int> Rebuilt, int MembershipChanges) Apply(ClusterLoadAssignment assignment)
    {
        var byAddress = new Dictionary<string, Host>(StringComparer.Ordinal);
        foreach (Host host in Hosts)
        {
            byAddress.TryAdd(host.Address, host);
        }

        List<PriorityInput> inputs = Read(assignment, out HashSet<string> addresses);
        while (_priorities.Count < inputs.Count)
        {
            _priorities.Add(new PriorityMembers());
        }

        var rebuilt = new List<int>();
        int membershipChanges = 0;
        for (int i = 0; i < _priorities.Count; i++)
        {
            PriorityInput input = i < inputs.Count ? inputs[i] : new PriorityInput([], []);
            PriorityMembers members = _priorities[i];
            var update = new HostListUpdate(config, byAddress, addresses);
            bool changed = update.Run(i, members.Hosts, input.Endpoints);
            if (changed || members.OverprovisioningFactor != assignment.OverprovisioningFactor
                || members.WeightedPriorityHealth != assignment.WeightedPriorityHealth
                || !members.LocalityWeights.SequenceEqual(input.LocalityWeights))
            {
                members.Hosts = update.Result;
                members.OverprovisioningFactor = assignment.OverprovisioningFactor;
                members.WeightedPriorityHealth = assignment.WeightedPriorityHealth;
                members.LocalityWeights = input.LocalityWeights;
                membershipChanges += update.MembershipChanged ? 1 : 0;
                rebuilt.Add(i);
            }
        }

        _hosts = null;
        return (rebuilt, membershipChanges);
    }

    /// <summary>Removes one host, as a failed health check does to a host that is gone from the assignment.</summary>
    public void Remove(Host host)
    {
        PriorityMembers members = _priorities[host.Priority];
        members.Hosts = Array.FindAll(members.Hosts, h => !ReferenceEquals(h, host));
        _hosts = null;
    }

    /// <summary>Sorts endpoints by priority. In EDS and DNS the first of several equal addresses counts.</summary>
    private List<PriorityInput> Read(ClusterLoadAssignment assignment, out HashSet<string> addresses)
    {
        var inputs = new List<PriorityInput>();
        addresses = new HashSet<string>(StringComparer.Ordinal);
        foreach (LocalityLbEndpoints group in assignment.Endpoints)
        {
            while (inputs.Count <= group.Priority)
            {
                inputs.Add(new PriorityInput([], []));
            }

            PriorityInput input = inputs[group.Priority];
            if (group.Weight is uint weight)
            {
                input.LocalityWeights.RemoveAll(w => w.Locality.Equals(group.Locality));
                input.LocalityWeights.Add((group.Locality, weight));
            }

            foreach (LbEndpoint endpoint in group.Endpoints)
            {
                var host = new Host(endpoint, group.Locality, group.Priority);
                if (addresses.Add(host.Address) || config.Type == DiscoveryType.Static)
                {
                    input.Endpoints.Add(host);
                }
            }
        }

        foreach (PriorityInput input in inputs)
        {
            input.LocalityWeights.Sort(static (a, b) => a.Locality.CompareTo(b.Locality));
        }

        return inputs;
    }

    private sealed record PriorityInput(List<Host> Endpoints, List<(Locality Locality, uint Weight)> LocalityWeights);
}
