using System.Globalization;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>Ketama ring.</summary>
/// <remarks>
/// Envoy: source/extensions/load_balancing_policies/ring_hash/ring_hash_lb.cc#Ring. Build O(R log R), pick O(log R).
/// Entries with equal hashes, whose order Envoy leaves open, keep the order of the hosts.
/// </remarks>
internal sealed class RingHashTable : HashTable
{
    private readonly ulong[] _hashes = [];
    private readonly Host[] _hosts = [];

    /// <summary>Builds the ring.</summary>
    public RingHashTable(HashedHosts hosts, RingHashConfig config)
    {
        if (hosts.Hosts.Length == 0)
        {
            return;
        }

        double scale = Math.Min(
            Math.Ceiling(hosts.MinWeight * config.MinimumRingSize) / hosts.MinWeight, config.MaximumRingSize);
        var hashes = new List<ulong>((int)Math.Ceiling(scale));
        var entries = new List<(Host Host, int Order)>(hashes.Capacity);
        var counts = new int[hosts.Hosts.Length];
        double current = 0.0;
        double target = 0.0;
        for (int h = 0; h < hosts.Hosts.Length; h++)
        {
            HashedHost host = hosts.Hosts[h];
            target += scale * host.Weight;
            for (; current < target; current++)
            {
                string key = host.HashKey + "_" + counts[h].ToString(CultureInfo.InvariantCulture);
                hashes.Add(config.UseMurmurHash2 ? MurmurHash2.Of(key) : XxHash64.Of(key));
                entries.Add((host.Host, entries.Count));
                counts[h]++;
            }
        }

        SetExtremes(counts);
        _hashes = [.. hashes];
        (Host Host, int Order)[] sorted = [.. entries];
        Array.Sort(_hashes, sorted);
        OrderTies(sorted);
        _hosts = Array.ConvertAll(sorted, static e => e.Host);
    }

    /// <inheritdoc/>
    public override int Size => _hashes.Length;

    /// <summary>Positions in ascending order.</summary>
    public ReadOnlySpan<ulong> Hashes => _hashes;

    /// <summary>Hosts in order of position.</summary>
    public ReadOnlySpan<Host> Hosts => _hosts;

    /// <inheritdoc/>
    public override Host? Choose(ulong hash, uint attempt)
    {
        if (_hashes.Length == 0)
        {
            return null;
        }

        int low = 0;
        int high = _hashes.Length;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (_hashes[middle] < hash)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return _hosts[(int)(((uint)low + (ulong)attempt) % (ulong)_hashes.Length)];
    }

    private void OrderTies((Host Host, int Order)[] sorted)
    {
        for (int start = 0; start < sorted.Length;)
        {
            int end = start + 1;
            while (end < sorted.Length && _hashes[end] == _hashes[start])
            {
                end++;
            }

            if (end - start > 1)
            {
                Array.Sort(sorted, start, end - start, Comparer<(Host Host, int Order)>.Create(
                    static (a, b) => a.Order.CompareTo(b.Order)));
            }

            start = end;
        }
    }
}
