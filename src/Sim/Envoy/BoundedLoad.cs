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
    private readonly Dictionary<Host, double> _weights = new(ReferenceEqualityComparer.Instance);

    /// <summary>Bounds the load of the hosts of one priority's table.</summary>
    /// <param name="hosts">Hosts with normalised weights.</param>
    /// <param name="balanceFactor">Percent of the mean load a host may carry, at least 100.</param>
    public BoundedLoad(HashedHosts hosts, uint balanceFactor)
    {
        _hosts = hosts.Hosts;
        _balanceFactor = balanceFactor;
        _order = new int[_hosts.Length];
        foreach (HashedHost host in _hosts)
        {
            _weights[host.Host] = host.Weight;
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
        uint total = TotalSlots(activeRequests, _balanceFactor);
        double least = (double)primary.RqActive / Slots(total, _weights[primary]);
        return least <= 1.0 ? primary : ChooseOther(primary, hash, total, least);
    }

    /// <summary>First host after the full one that is not full, in the hash's own order; else the least loaded.</summary>
    private Host ChooseOther(Host primary, ulong hash, uint total, double least)
    {
        Host best = primary;
        BeginOrder(hash);
        for (int i = 0; i < _hosts.Length; i++)
        {
            HashedHost other = _hosts[NextInOrder(i)];
            if (ReferenceEquals(other.Host, primary))
            {
                continue;
            }

            double factor = (double)other.Host.RqActive / Slots(total, other.Weight);
            if (factor <= 1.0)
            {
                return other.Host;
            }

            if (factor < least)
            {
                least = factor;
                best = other.Host;
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
}
