namespace Sim.Envoy;

/// <summary>State of the retry priority plugin <c>previous_priorities</c> for one request.</summary>
/// <remarks>
/// Envoy: source/extensions/retry/priority/previous_priorities/previous_priorities.cc. Reusable: call
/// <see cref="Reset"/> before the next request.
/// </remarks>
public sealed class RetryPriorityState
{
    private readonly List<Host> _attempted = new(4);
    private int _updateFrequency;
    private bool[] _excluded = [];
    private uint[] _health = [];
    private uint[] _degraded = [];
    private uint[] _healthyLoad = [];
    private uint[] _degradedLoad = [];

    /// <summary>A state for retry policies with this update frequency.</summary>
    /// <param name="updateFrequency">Attempts after which the priorities tried so far are left out, at least 1.</param>
    public RetryPriorityState(int updateFrequency) => Reset(updateFrequency);

    /// <summary>Forgets everything.</summary>
    /// <param name="updateFrequency">As in the constructor.</param>
    public void Reset(int updateFrequency)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(updateFrequency, 1);
        _updateFrequency = updateFrequency;
        _attempted.Clear();
        Array.Clear(_excluded);
    }

    /// <summary>Notes an attempt.</summary>
    public void AddAttempted(Host host) => _attempted.Add(host);

    /// <summary>The loads to choose a priority from on this pick of a retry.</summary>
    /// <param name="sets">All priorities.</param>
    /// <param name="healthyLoad">In: the balancer's loads to healthy hosts. Out: the loads to use.</param>
    /// <param name="degradedLoad">The same for degraded hosts.</param>
    internal void Determine(
        ReadOnlySpan<HostSet> sets, ref ReadOnlySpan<uint> healthyLoad, ref ReadOnlySpan<uint> degradedLoad)
    {
        if (_attempted.Count < _updateFrequency)
        {
            return;
        }

        Resize(sets.Length);
        if (_attempted.Count % _updateFrequency == 0)
        {
            foreach (Host host in _attempted)
            {
                _excluded[host.Priority] = true;
            }

            if (!Adjust(sets))
            {
                return;
            }
        }

        healthyLoad = _healthyLoad.AsSpan(0, sets.Length);
        degradedLoad = _degradedLoad.AsSpan(0, sets.Length);
    }

    private bool Adjust(ReadOnlySpan<HostSet> sets)
    {
        uint total = Availability(sets);
        if (total == 0)
        {
            // Every priority was tried: begin again with all of them.
            Array.Clear(_excluded);
            _attempted.Clear();
            total = Availability(sets);
        }

        if (total == 0)
        {
            return false;
        }

        Array.Clear(_healthyLoad);
        Array.Clear(_degradedLoad);
        uint rest = 100;
        while (rest > 0)
        {
            Assign(_health, _healthyLoad, total, ref rest);
            Assign(_degraded, _degradedLoad, total, ref rest);
        }

        return true;
    }

    private static void Assign(uint[] availability, uint[] load, uint total, ref uint rest)
    {
        for (int i = 0; i < availability.Length; i++)
        {
            uint part = Math.Min(rest, availability[i] * 100 / total);
            load[i] += part;
            rest -= part;
        }
    }

    private uint Availability(ReadOnlySpan<HostSet> sets)
    {
        for (int i = 0; i < sets.Length; i++)
        {
            (_health[i], _degraded[i]) = _excluded[i] ? (0, 0) : sets[i].Availability;
        }

        return PriorityLoad.Total(_health, _degraded);
    }

    private void Resize(int count)
    {
        // A host that moved may bear a priority the balancer has not been told of yet; it is excluded all the same.
        foreach (Host host in _attempted)
        {
            count = Math.Max(count, host.Priority + 1);
        }

        if (_excluded.Length < count)
        {
            Array.Resize(ref _excluded, count);
            Array.Resize(ref _health, count);
            Array.Resize(ref _degraded, count);
            Array.Resize(ref _healthyLoad, count);
            Array.Resize(ref _degradedLoad, count);
        }
    }
}
