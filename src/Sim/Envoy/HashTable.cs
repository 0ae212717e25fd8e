using Sim.Xds;

namespace Sim.Envoy;

/// <summary>One host of a consistent-hashing table.</summary>
/// <param name="Host">The host.</param>
/// <param name="HashKey">What is hashed for it.</param>
/// <param name="Weight">Its share of all requests, before hosts of unused localities are left out.</param>
internal readonly record struct HashedHost(Host Host, string HashKey, double Weight);

/// <summary>Hosts of one priority with normalised weights.</summary>
/// <param name="Hosts">In list order, or grouped by locality with locality weighting.</param>
/// <param name="MinWeight">Smallest weight, at most 1.</param>
/// <param name="MaxWeight">Largest weight, at least 0.</param>
/// <remarks>Envoy: source/extensions/load_balancing_policies/common/thread_aware_lb_impl.cc#normalizeWeights.</remarks>
internal sealed record HashedHosts(HashedHost[] Hosts, double MinWeight, double MaxWeight)
{
    /// <summary>The hosts a priority's table is built from: all of them in panic, otherwise the healthy ones.</summary>
    public static HashedHosts Of(HostSet set, bool isInPanic, bool useHostname)
    {
        var hosts = new List<HashedHost>();
        if (set.LocalityWeights is null || set.LocalityWeights.Length == 0)
        {
            Add(hosts, isInPanic ? set.Hosts : set.Healthy, 1.0, useHostname);
        }
        else
        {
            ulong sum = 0;
            foreach (uint weight in set.LocalityWeights)
            {
                sum += weight;
            }

            for (int i = 0; i < set.LocalityWeights.Length && sum > 0; i++)
            {
                if (set.LocalityWeights[i] != 0)
                {
                    LocalityHosts locality = set.Localities[i];
                    double share = (double)set.LocalityWeights[i] / sum;
                    Add(hosts, isInPanic ? locality.Hosts : locality.Healthy, share, useHostname);
                }
            }
        }

        double min = 1.0;
        double max = 0.0;
        foreach (HashedHost host in hosts)
        {
            min = Math.Min(min, host.Weight);
            max = Math.Max(max, host.Weight);
        }

        return new HashedHosts([.. hosts], min, max);
    }

    private static void Add(List<HashedHost> to, Host[] hosts, double share, bool useHostname)
    {
        ulong sum = 0;
        foreach (Host host in hosts)
        {
            sum += host.Weight;
        }

        foreach (Host host in hosts)
        {
            to.Add(new HashedHost(host, KeyOf(host, useHostname), host.Weight * share / sum));
        }
    }

    /// <remarks>Envoy: thread_aware_lb_impl.h#hashKey.</remarks>
    private static string KeyOf(Host host, bool useHostname)
    {
        LbEndpoint endpoint = host.Endpoint;
        if (endpoint.LbMetadata is not null && endpoint.LbMetadata.TryGetValue("hash_key", out string? key)
            && key.Length > 0)
        {
            return key;
        }

        return !useHostname ? host.Address : endpoint.Hostname.Length > 0 ? endpoint.Hostname : endpoint.Address;
    }
}

/// <summary>Consistent-hashing table of one priority.</summary>
internal abstract class HashTable
{
    /// <summary>The host for a hash; attempt 0 is the hash's own host. Null when the table is empty.</summary>
    public abstract Host? Choose(ulong hash, uint attempt);

    /// <summary>Number of entries.</summary>
    public abstract int Size { get; }

    /// <summary>Fewest entries of a host that is in the table.</summary>
    public int MinPerHost { get; protected set; }

    /// <summary>Most entries of a host.</summary>
    public int MaxPerHost { get; protected set; }

    /// <summary>Takes the extremes of counts per host.</summary>
    protected void SetExtremes(ReadOnlySpan<int> counts)
    {
        MinPerHost = counts.Length == 0 ? 0 : int.MaxValue;
        foreach (int count in counts)
        {
            MinPerHost = Math.Min(MinPerHost, count);
            MaxPerHost = Math.Max(MaxPerHost, count);
        }
    }
}
