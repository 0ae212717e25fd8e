using Sim.Core;
using Sim.Xds;

namespace Sim.Envoy;

/// <summary>Source of 64-bit random numbers; a struct, so that tests can script draws at no cost to the pick.</summary>
internal interface IDrawSource
{
    /// <summary>The next number.</summary>
    ulong Next();
}

/// <summary>Draws from a stream.</summary>
internal readonly struct StreamDraws(RngStream rng) : IDrawSource
{
    /// <inheritdoc/>
    public ulong Next() => rng.NextUInt64();
}

/// <summary>Share of hosts a locality has here and upstream, in 1/10000.</summary>
/// <param name="Local">Share of the local cluster's healthy hosts.</param>
/// <param name="Upstream">Share of the upstream cluster's healthy hosts.</param>
internal readonly record struct LocalityPercentage(ulong Local, ulong Upstream);

/// <summary>Keeps requests in the caller's zone as far as that does not overload it.</summary>
/// <remarks>
/// Envoy: source/extensions/load_balancing_policies/common/load_balancer_impl.cc#earlyExitNonLocalityRouting,
/// #calculateLocalityPercentages, #regenerateLocalityRoutingStructures, #tryChooseLocalLocalityHosts. Priority 0 only.
/// </remarks>
internal sealed class ZoneAwareRouting
{
    private readonly ulong[] _residual;

    private ZoneAwareRouting(LocalityPercentage[] percentages, bool isDirect, bool hasLocalLocality)
    {
        Percentages = percentages;
        IsDirect = isDirect;
        _residual = new ulong[percentages.Length];
        if (isDirect)
        {
            return;
        }

        LocalPercentToRoute = hasLocalLocality && percentages[0].Local > 0
            ? percentages[0].Upstream * 10000 / percentages[0].Local : 0;
        ulong sum = 0;
        for (int i = 0; i < _residual.Length; i++)
        {
            bool isOwn = hasLocalLocality && i == 0;
            LocalityPercentage p = percentages[i];
            sum += !isOwn && p.Upstream > p.Local ? p.Upstream - p.Local : 0;
            _residual[i] = sum;
        }
    }

    /// <summary>Shares per locality of the upstream cluster.</summary>
    public LocalityPercentage[] Percentages { get; }

    /// <summary>Every request stays in the own zone.</summary>
    public bool IsDirect { get; }

    /// <summary>Requests of 10000 that stay in the own zone before residual capacity is used.</summary>
    public ulong LocalPercentToRoute { get; }

    /// <summary>Cumulative spare capacity of the other zones.</summary>
    public ReadOnlySpan<ulong> ResidualCapacity => _residual;

    /// <summary>Builds the state; null when requests are balanced without regard to zones.</summary>
    /// <param name="upstream">Priority 0 of the upstream cluster.</param>
    /// <param name="local">Priority 0 of the proxy's own cluster.</param>
    /// <param name="config">Options.</param>
    /// <param name="counters">Counters of the upstream cluster.</param>
    public static ZoneAwareRouting? Build(HostSet upstream, HostSet local, ZoneAwareConfig config, LbCounters counters)
    {
        if (upstream.Localities.Length < 2)
        {
            return null;
        }

        if (config.ForceLocalZoneMinSize is null && local.Localities.Length < 2)
        {
            return null;
        }

        if (!local.HasLocalLocality || local.Localities[0].Hosts.Length == 0)
        {
            counters.LbLocalClusterNotOk++;
            return null;
        }

        if ((ulong)upstream.Healthy.Length < config.MinClusterSize)
        {
            counters.LbZoneClusterTooSmall++;
            return null;
        }

        LocalityPercentage[] percentages = CalculatePercentages(upstream, local, config.BasisIsHostWeight);
        LocalityPercentage own = percentages[0];
        bool isForced = config.ForceLocalZoneMinSize is uint size
            && upstream.Localities[0].Healthy.Length >= size;
        bool isDirect = upstream.HasLocalLocality
            && ((own.Upstream > 0 && own.Upstream >= own.Local) || isForced);
        return new ZoneAwareRouting(percentages, isDirect, upstream.HasLocalLocality);
    }

    /// <summary>Index of the locality a pick goes to. Takes no, one or two draws.</summary>
    public int ChooseLocality<TDraws>(ref TDraws draws, LbCounters counters)
        where TDraws : struct, IDrawSource
    {
        if (IsDirect)
        {
            counters.LbZoneRoutingAllDirectly++;
            return 0;
        }

        if (draws.Next() % 10000 < LocalPercentToRoute)
        {
            counters.LbZoneRoutingSampled++;
            return 0;
        }

        counters.LbZoneRoutingCrossZone++;
        ulong total = _residual[^1];
        if (total == 0)
        {
            counters.LbZoneNoCapacityLeft++;
            return (int)(draws.Next() % (ulong)_residual.Length);
        }

        ulong threshold = draws.Next() % total;
        int i = 0;
        while (threshold >= _residual[i])
        {
            i++;
        }

        return i;
    }

    private static LocalityPercentage[] CalculatePercentages(HostSet upstream, HostSet local, bool byWeight)
    {
        ulong totalLocal = 0;
        var localSums = new Dictionary<Locality, ulong>();
        foreach (LocalityHosts group in local.Localities)
        {
            ulong sum = Measure(group.Healthy, byWeight);
            totalLocal += sum;
            localSums[group.Locality] = sum;
        }

        ulong totalUpstream = 0;
        foreach (LocalityHosts group in upstream.Localities)
        {
            totalUpstream += Measure(group.Healthy, byWeight);
        }

        var percentages = new LocalityPercentage[upstream.Localities.Length];
        for (int i = 0; i < percentages.Length; i++)
        {
            LocalityHosts group = upstream.Localities[i];
            if (group.Healthy.Length == 0)
            {
                continue;
            }

            ulong here = localSums.GetValueOrDefault(group.Locality);
            percentages[i] = new LocalityPercentage(
                totalLocal > 0 ? 10000 * here / totalLocal : 0,
                totalUpstream > 0 ? 10000 * Measure(group.Healthy, byWeight) / totalUpstream : 0);
        }

        return percentages;
    }

    private static ulong Measure(Host[] hosts, bool byWeight)
    {
        if (!byWeight)
        {
            return (ulong)hosts.Length;
        }

        ulong sum = 0;
        foreach (Host host in hosts)
        {
            sum += host.Weight;
        }

        return sum;
    }
}
