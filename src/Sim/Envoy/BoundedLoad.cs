namespace Sim.Envoy;

/// <summary>Consistent hashing with bounded loads: a full host passes requests on, always in the same order.</summary>
/// <remarks>
/// Envoy: source/extensions/load_balancing_policies/common/thread_aware_lb_impl.cc#BoundedLoadHashingLoadBalancer.
/// Mirrokni, Thorup and Zadimoghaddam, arXiv:1608.01350. Allocates nothing; a pick costs O(1), or O(n) when the hash's
/// own host is full.
/// </remarks>
internal sealed class BoundedLoad
{
    private readonly HashedHost[] _hosts;
    private readonly uint _balanceFactor;
    private readonly Mt19937 _random = new();
    private readonly int[] _order;
    private readonly Dictionary<Host, int> _indexes = new(ReferenceEqualityComparer.Instance);

    /// <summary>Bounds the load of the hosts of one priority's table.</summary>
    /// <param name="hosts">Hosts with normalised weights.</param>
    /// <param name="balanceFactor">Percent of the mean load a host may carry, at least 100.</param>
    public BoundedLoad(HashedHosts hosts, uint balanceFactor)
    {
        _hosts = hosts.Hosts;
        _balanceFactor = balanceFactor;
        _order = new int[_hosts.Length];
        for (int i = 0; i < _hosts.Length; i++)
        {
            _indexes[_hosts[i].Host] = i;
        }
    }

    /// <summary>Requests of the cluster that may be active, the next one included.</summary>
    public static uint TotalSlots(uint activeRequests, uint balanceFactor) =>
        unchecked(((activeRequests + 1) * balanceFactor) + 99) / 100;

    /// <summary>Requests a host may have active, at least 1.</summary>
    public static uint Slots(uint totalSlots, double weight) => (uint)Math.Max(1.0, Math.Ceiling(totalSlots * weight));

    /// <summary>The host to use where the table names this one.</summary>
    /// <param name="primary">The host of the table.</param>
    /// <param name="hash">The request's hash.</param>
    /// <param name="activeRequests">Active requests of the whole cluster in this proxy.</param>
    public Host Choose(Host primary, ulong hash, uint activeRequests)
    {
        var load = new HostLoad(_hosts, TotalSlots(activeRequests, _balanceFactor));
        int index = _indexes[primary];
        return load.FactorOf(index) <= 1.0 ? primary : _hosts[ChooseOther(index, hash, ref load)].Host;
    }

    /// <summary>
    /// First host after the full one that is not full, in the hash's own order; else the least loaded.
    /// </summary>
    internal int ChooseOther<TLoad>(int primary, ulong hash, ref TLoad load)
        where TLoad : struct, IOverload
    {
        int best = primary;
        double least = load.FactorOf(primary);
        BeginOrder(hash);
        for (int i = 0; i < _hosts.Length; i++)
        {
            int other = NextInOrder(i);
            if (other == primary)
            {
                continue;
            }

            double factor = load.FactorOf(other);
            if (factor <= 1.0)
            {
                return other;
            }

            if (factor < least)
            {
                least = factor;
                best = other;
            }
        }

        return best;
    }

    /// <summary>Starts the shuffle that belongs to a hash.</summary>
    internal void BeginOrder(ulong hash)
    {
        _random.Seed((uint)hash);
        for (int i = 0; i < _order.Length; i++)
        {
            _order[i] = i;
        }
    }

    /// <summary>Index of the i-th host of the shuffle; i counts up from 0.</summary>
    internal int NextInOrder(int i)
    {
        uint rest = (uint)(_order.Length - i);
        uint divisor = (uint)((1UL << 32) / rest);
        uint j = rest == 1 ? DrawOnly() : rest;
        while (j >= rest)
        {
            j = _random.Next() / divisor;
        }

        (_order[i], _order[i + (int)j]) = (_order[i + (int)j], _order[i]);
        return _order[i];
    }

    /// <summary>A range of one value takes a draw as any other; its divisor of 2^32 does not fit 32 bits.</summary>
    private uint DrawOnly()
    {
        _random.Next();
        return 0;
    }

    private readonly struct HostLoad(HashedHost[] hosts, uint totalSlots) : IOverload
    {
        public double FactorOf(int index) =>
            (double)hosts[index].Host.RqActive / Slots(totalSlots, hosts[index].Weight);
    }
}

/// <summary>How full a host is.</summary>
internal interface IOverload
{
    /// <summary>Active requests over slots; above 1 = full.</summary>
    double FactorOf(int index);
}
