using System.Runtime.CompilerServices;

namespace Sim.Envoy;

/// <summary>Whether a pick goes to healthy or to degraded hosts.</summary>
public enum HostAvailability
{
    /// <summary>Healthy hosts.</summary>
    Healthy,

    /// <summary>Degraded hosts.</summary>
    Degraded,
}

/// <summary>How requests are shared over priorities, and which priorities are in panic.</summary>
/// <remarks>
/// Envoy: source/extensions/load_balancing_policies/common/load_balancer_impl.cc#recalculatePerPriorityState,
/// #recalculatePerPriorityPanic, #distributeLoad, #recalculateLoadInTotalPanic, #choosePriority. Integer arithmetic;
/// loads are percentages that sum to 100. A pick reads one of 100 buckets.
/// </remarks>
internal sealed class PriorityLoad
{
    private readonly uint _panicThreshold;
    private readonly ushort[] _buckets = new ushort[100];
    private uint[] _health = [];
    private uint[] _degraded = [];
    private uint[] _healthyLoad = [];
    private uint[] _degradedLoad = [];
    private bool[] _panic = [];

    /// <summary>Loads of no priority.</summary>
    /// <param name="panicThresholdPercent">0..100, rounded to an integer; 0 = no panic.</param>
    public PriorityLoad(double panicThresholdPercent) =>
        _panicThreshold = (uint)Math.Min(100, Math.Round(panicThresholdPercent, MidpointRounding.AwayFromZero));

    /// <summary>Healthy availability per priority, 0..100.</summary>
    public ReadOnlySpan<uint> Health => _health;

    /// <summary>Degraded availability per priority, 0..100.</summary>
    public ReadOnlySpan<uint> DegradedAvailability => _degraded;

    /// <summary>Percent of the requests per priority that go to healthy hosts.</summary>
    public ReadOnlySpan<uint> HealthyLoad => _healthyLoad;

    /// <summary>Percent of the requests per priority that go to degraded hosts.</summary>
    public ReadOnlySpan<uint> DegradedLoad => _degradedLoad;

    /// <summary>Sum of all availabilities, at most 100.</summary>
    public uint NormalizedTotal { get; private set; }

    /// <summary>True when every priority is in panic, so that loads follow host counts.</summary>
    public bool IsTotalPanic { get; private set; }

    /// <summary>True when picks of the priority use all its hosts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsInPanic(int priority) => _panic[priority];

    /// <summary>Objects that every choice reads.</summary>
    internal IEnumerable<object> Parts => [this, _buckets, _panic];

    /// <summary>Availability of a host set in percent, healthy and degraded.</summary>
    public static (uint Health, uint Degraded) Availability(HostSet set)
    {
        int hosts = set.Hosts.Length - set.ExcludedCount;
        if (hosts <= 0)
        {
            return (0, 0);
        }

        ulong healthy = (ulong)set.Healthy.Length;
        ulong degraded = (ulong)set.Degraded.Length;
        ulong denominator = (ulong)hosts;
        if (set.WeightedPriorityHealth)
        {
            healthy = WeightSum(set.Healthy, countExcluded: true);
            degraded = WeightSum(set.Degraded, countExcluded: true);
            denominator = WeightSum(set.Hosts, countExcluded: false);
        }

        return (Percent(healthy, denominator, set.OverprovisioningFactor),
            Percent(degraded, denominator, set.OverprovisioningFactor));
    }

    /// <summary>True when too few hosts of a set are healthy or degraded, by host count.</summary>
    public bool IsBelowThreshold(HostSet set)
    {
        int hosts = set.Hosts.Length - set.ExcludedCount;
        double healthy = hosts == 0 ? 0.0 : 100.0 * set.Healthy.Length / hosts;
        double degraded = hosts == 0 ? 0.0 : 100.0 * set.Degraded.Length / hosts;
        return healthy + degraded < _panicThreshold;
    }

    /// <summary>Takes all hosts into account at once, as a new balancer does.</summary>
    public void RecalculateAll(ReadOnlySpan<HostSet> sets)
    {
        Resize(sets.Length);
        for (int i = 0; i < sets.Length; i++)
        {
            (_health[i], _degraded[i]) = sets[i].Availability;
        }

        Recalculate(sets);
    }

    /// <summary>Takes the new hosts of one priority into account.</summary>
    /// <param name="sets">All priorities.</param>
    /// <param name="priority">The one that changed.</param>
    public void Recalculate(ReadOnlySpan<HostSet> sets, int priority)
    {
        Resize(sets.Length);
        (_health[priority], _degraded[priority]) = sets[priority].Availability;
        Recalculate(sets);
    }

    /// <summary>Priority and availability that a hash selects.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Choose(ulong hash, out HostAvailability availability)
    {
        uint entry = _buckets[hash % 100];
        availability = (HostAvailability)(entry & 1);
        return (int)(entry >> 1);
    }

    /// <summary>The priority whose healthy hosts every hash selects; -1 = hashes differ, or hosts are degraded.
    /// </summary>
    public int Only()
    {
        uint entry = _buckets[0];
        return (entry & 1) == 0 && !_buckets.AsSpan().ContainsAnyExcept((ushort)entry) ? (int)(entry >> 1) : -1;
    }

    /// <summary>Priority and availability that a hash selects among given loads.</summary>
    public static int Choose(
        ulong hash, ReadOnlySpan<uint> healthyLoad, ReadOnlySpan<uint> degradedLoad, out HostAvailability availability)
    {
        ulong value = (hash % 100) + 1;
        ulong sum = 0;
        availability = HostAvailability.Healthy;
        for (int i = 0; i < healthyLoad.Length; i++)
        {
            sum += healthyLoad[i];
            if (value <= sum)
            {
                return i;
            }
        }

        for (int i = 0; i < degradedLoad.Length; i++)
        {
            sum += degradedLoad[i];
            if (value <= sum)
            {
                availability = HostAvailability.Degraded;
                return i;
            }
        }

        // Truncation can leave every load at 0 without panic (factor 50, 1 healthy host of 60): priority 0 is used.
        return 0;
    }

    /// <summary>Sum of availabilities, at most 100.</summary>
    public static uint Total(ReadOnlySpan<uint> health, ReadOnlySpan<uint> degraded)
    {
        uint sum = 0;
        for (int i = 0; i < health.Length; i++)
        {
            sum += health[i] + degraded[i];
        }

        return Math.Min(100, sum);
    }

    private void Recalculate(ReadOnlySpan<HostSet> sets)
    {
        NormalizedTotal = Total(_health, _degraded);
        if (NormalizedTotal > 0)
        {
            Distribute();
        }

        RecalculatePanic(sets);
        FillBuckets();
    }

    private static uint Percent(ulong part, ulong denominator, uint factor) =>
        denominator == 0 ? 0 : (uint)Math.Min(100, factor * part / denominator);

    private static ulong WeightSum(Host[] hosts, bool countExcluded)
    {
        ulong sum = 0;
        foreach (Host host in hosts)
        {
            sum += countExcluded || !HostHealth.IsExcluded(host.Flags) ? host.Weight : 0;
        }

        return sum;
    }

    private void Distribute()
    {
        uint rest = 100;
        int firstHealthy = -1;
        int firstDegraded = -1;
        for (int i = 0; i < _health.Length; i++)
        {
            firstHealthy = firstHealthy < 0 && _health[i] > 0 ? i : firstHealthy;
            _healthyLoad[i] = Math.Min(rest, _health[i] * 100 / NormalizedTotal);
            rest -= _healthyLoad[i];
        }

        for (int i = 0; i < _degraded.Length; i++)
        {
            firstDegraded = firstDegraded < 0 && _degraded[i] > 0 ? i : firstDegraded;
            _degradedLoad[i] = Math.Min(rest, _degraded[i] * 100 / NormalizedTotal);
            rest -= _degradedLoad[i];
        }

        // Rounding leaves a remainder, which goes to the first available priority.
        if (firstHealthy >= 0)
        {
            _healthyLoad[firstHealthy] += rest;
        }
        else
        {
            _degradedLoad[firstDegraded] += rest;
        }
    }

    private void RecalculatePanic(ReadOnlySpan<HostSet> sets)
    {
        if (_panicThreshold == 0 && NormalizedTotal == 0)
        {
            _healthyLoad[0] = 100;
            return;
        }

        IsTotalPanic = true;
        for (int i = 0; i < sets.Length; i++)
        {
            _panic[i] = NormalizedTotal != 100 && IsBelowThreshold(sets[i]);
            IsTotalPanic &= _panic[i];
        }

        if (IsTotalPanic)
        {
            DistributeByHostCount(sets);
        }
    }

    private void DistributeByHostCount(ReadOnlySpan<HostSet> sets)
    {
        ulong total = 0;
        foreach (HostSet set in sets)
        {
            total += (ulong)set.Hosts.Length;
        }

        if (total == 0)
        {
            _healthyLoad[0] = 100;
            return;
        }

        uint rest = 100;
        int first = -1;
        for (int i = 0; i < sets.Length; i++)
        {
            int hosts = sets[i].Hosts.Length;
            first = first < 0 && hosts > 0 ? i : first;
            _healthyLoad[i] = (uint)(100UL * (ulong)hosts / total);
            _degradedLoad[i] = 0;
            rest -= _healthyLoad[i];
        }

        _healthyLoad[first] += rest;
    }

    private void FillBuckets()
    {
        for (uint i = 0; i < _buckets.Length; i++)
        {
            int priority = Choose(i, _healthyLoad, _degradedLoad, out HostAvailability availability);
            _buckets[i] = (ushort)((priority << 1) | (int)availability);
        }
    }

    private void Resize(int count)
    {
        if (_health.Length < count)
        {
            Array.Resize(ref _health, count);
            Array.Resize(ref _degraded, count);
            Array.Resize(ref _healthyLoad, count);
            Array.Resize(ref _degradedLoad, count);
            Array.Resize(ref _panic, count);
        }
    }
}
