using System.Runtime.CompilerServices;

namespace Sim.Envoy;

/// <summary>Chooses a locality inside a priority by weight and availability.</summary>
/// <remarks>Envoy: source/extensions/load_balancing_policies/common/locality_wrr.cc#rebuildLocalityScheduler.</remarks>
internal sealed class LocalityScheduler
{
    private readonly EdfScheduler _scheduler;
    private readonly int[] _localities;
    private FixedWeights _weights;

    private LocalityScheduler(EdfScheduler scheduler, int[] localities, FixedWeights weights)
    {
        _scheduler = scheduler;
        _localities = localities;
        _weights = weights;
    }

    /// <summary>Weight of a locality, scaled down by missing hosts beyond the overprovisioning factor.</summary>
    /// <param name="weight">Configured weight.</param>
    /// <param name="eligible">Hosts of the wanted availability.</param>
    /// <param name="hosts">Hosts of the locality less excluded ones.</param>
    /// <param name="overprovisioningFactor">In percent.</param>
    /// <remarks>Envoy: locality_wrr.cc#effectiveLocalityWeight. Always by host count.</remarks>
    public static double EffectiveWeight(uint weight, int eligible, int hosts, uint overprovisioningFactor)
    {
        if (hosts == 0)
        {
            return 0;
        }

        double availability = 1.0 * eligible / hosts;
        return weight * Math.Min(1.0, overprovisioningFactor / 100.0 * availability);
    }

    /// <summary>Builds the scheduler of one availability; null when the flat list is to be used.</summary>
    /// <param name="set">Hosts of the priority.</param>
    /// <param name="isDegraded">For degraded instead of healthy hosts.</param>
    /// <param name="seed">Where the rotation starts.</param>
    public static LocalityScheduler? Build(HostSet set, bool isDegraded, ulong seed)
    {
        if (set.LocalityWeights is null || (isDegraded ? set.Degraded : set.Healthy).Length == 0)
        {
            return null;
        }

        var weights = new double[set.Localities.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            LocalityHosts locality = set.Localities[i];
            int eligible = (isDegraded ? locality.Degraded : locality.Healthy).Length;
            weights[i] = EffectiveWeight(
                set.LocalityWeights[i], eligible, locality.Hosts.Length - locality.ExcludedCount,
                set.OverprovisioningFactor);
        }

        return Build(weights, seed);
    }

    /// <summary>Builds a scheduler over effective weights; null when all are 0.</summary>
    public static LocalityScheduler? Build(double[] effectiveWeights, ulong seed)
    {
        int[] localities = Enumerable.Range(0, effectiveWeights.Length).Where(i => effectiveWeights[i] > 0).ToArray();
        if (localities.Length == 0)
        {
            return null;
        }

        var weights = new FixedWeights(Array.ConvertAll(localities, i => effectiveWeights[i]));
        var scheduler = EdfScheduler.CreateWithPicks(localities.Length, ref weights, seed);
        return new LocalityScheduler(scheduler, localities, weights);
    }

    /// <summary>Index of the next locality.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Pick() => _localities[_scheduler.PickAndAdd(ref _weights)];
}
