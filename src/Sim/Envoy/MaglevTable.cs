using Sim.Xds;

namespace Sim.Envoy;

/// <summary>Maglev table.</summary>
/// <remarks>
/// Envoy: source/extensions/load_balancing_policies/maglev/maglev_lb.cc#constructImplementationInternals. Eisenbud et
/// al., "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI 2016, section 3.4. Build O(M) expected.
/// </remarks>
internal sealed class MaglevTable : HashTable
{
    private readonly Host[] _table = [];

    /// <summary>Builds the table.</summary>
    public MaglevTable(HashedHosts hosts, MaglevConfig config)
    {
        if (hosts.Hosts.Length == 0)
        {
            return;
        }

        var sorted = (HashedHost[])hosts.Hosts.Clone();
        int[] order = [.. Enumerable.Range(0, sorted.Length)];
        Array.Sort(order, (a, b) =>
        {
            int byKey = CompareBytes(hosts.Hosts[a].HashKey, hosts.Hosts[b].HashKey);
            return byKey != 0 ? byKey : a.CompareTo(b);
        });
        for (int i = 0; i < order.Length; i++)
        {
            sorted[i] = hosts.Hosts[order[i]];
        }

        _table = new Host[config.TableSize];
        int[] counts = Fill(sorted, hosts.MaxWeight);

        // Envoy keeps no table for a lone host and counts it as one entry.
        SetExtremes(counts.Length == 1 ? [1] : counts);
    }

    /// <inheritdoc/>
    public override int Size => _table.Length;

    /// <summary>Host per slot.</summary>
    public ReadOnlySpan<Host> Slots => _table;

    /// <inheritdoc/>
    public override Host? Choose(ulong hash, uint attempt)
    {
        if (_table.Length == 0)
        {
            return null;
        }

        if (attempt > 0)
        {
            // Attempt k flips the bits of 2^64 - k: another slot, but the same one for every request of this hash.
            hash ^= unchecked(0UL - attempt);
        }

        return _table[hash % (ulong)_table.Length];
    }

    private int[] Fill(HashedHost[] hosts, double maxWeight)
    {
        ulong size = (ulong)_table.Length;
        var offsets = new ulong[hosts.Length];
        var skips = new ulong[hosts.Length];
        var next = new ulong[hosts.Length];
        var targets = new double[hosts.Length];
        var counts = new int[hosts.Length];
        for (int i = 0; i < hosts.Length; i++)
        {
            offsets[i] = XxHash64.Of(hosts[i].HashKey) % size;
            skips[i] = size < 2 ? 1 : (XxHash64.Of(hosts[i].HashKey, 1) % (size - 1)) + 1;
        }

        int filled = 0;
        for (uint iteration = 1; filled < _table.Length; iteration++)
        {
            for (int i = 0; i < hosts.Length && filled < _table.Length; i++)
            {
                if (iteration * hosts[i].Weight < targets[i])
                {
                    continue;
                }

                targets[i] += maxWeight;
                ulong slot;
                do
                {
                    slot = (offsets[i] + (skips[i] * next[i]++)) % size;
                }
                while (_table[slot] is not null);

                _table[slot] = hosts[i].Host;
                counts[i]++;
                filled++;
            }
        }

        return counts;
    }

    private static int CompareBytes(string a, string b) =>
        System.Text.Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(System.Text.Encoding.UTF8.GetBytes(b));
}
