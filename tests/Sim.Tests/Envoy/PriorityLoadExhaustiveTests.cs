using System.Numerics;
using Sim.Envoy;

namespace Sim.Tests.Envoy;

/// <summary>Every mesh of up to three priorities with up to three hosts each, against a naive reference.</summary>
internal sealed class PriorityLoadExhaustiveTests
{
    /// <summary>Counts of one priority.</summary>
    private readonly record struct Mix(int Healthy, int Degraded, int Excluded, int Unhealthy)
    {
        public int Hosts => Healthy + Degraded + Excluded + Unhealthy;
    }

    private static readonly Mix[] s_mixes = [..
        from h in Enumerable.Range(0, 4)
        from d in Enumerable.Range(0, 4 - h)
        from e in Enumerable.Range(0, 4 - h - d)
        from u in Enumerable.Range(0, 4 - h - d - e)
        select new Mix(h, d, e, u)];

    [TestCase(50, 140u)]
    [TestCase(0, 140u)]
    [TestCase(100, 100u)]
    [TestCase(34, 200u)]
    public void Recalculate_AllMeshesOfThreePriorities_EqualTheNaiveReference(int threshold, uint factor)
    {
        HostSet[] all = [.. s_mixes.Select(m => HostSet.Partition(
            new PriorityMembers
            {
                Hosts = [.. TestHosts.ByCounts(m.Hosts, m.Healthy, m.Degraded, m.Excluded)],
                OverprovisioningFactor = factor,
            },
            null))];
        Assert.That(s_mixes, Has.Length.EqualTo(35));
        var sets = new HostSet[3];
        var mixes = new Mix[3];
        for (int i = 0; i < 35 * 35 * 35; i++)
        {
            for (int p = 0, rest = i; p < 3; p++, rest /= 35)
            {
                sets[p] = all[rest % 35];
                mixes[p] = s_mixes[rest % 35];
            }

            var load = new PriorityLoad(threshold);
            load.RecalculateAll(sets);
            (int[] healthy, int[] degraded, bool[] panic) = Naive(mixes, threshold, (int)factor);
            bool isEqual = load.HealthyLoad.ToArray().Select(static x => (int)x).SequenceEqual(healthy)
                && load.DegradedLoad.ToArray().Select(static x => (int)x).SequenceEqual(degraded)
                && Enumerable.Range(0, 3).Select(load.IsInPanic).SequenceEqual(panic);
            if (!isEqual)
            {
                Assert.Fail(string.Join(" | ", mixes) + ": expected " + string.Join(',', healthy) + " / "
                    + string.Join(',', degraded) + " panic " + string.Join(',', panic) + ", got "
                    + string.Join(',', load.HealthyLoad.ToArray()) + " / "
                        + string.Join(',', load.DegradedLoad.ToArray()));
            }
        }
    }

    /// <summary>
    /// The rule of the reference page, sections 2.1 to 2.5, in exact fractions and without any reuse.
    /// </summary>
    private static (int[] Healthy, int[] Degraded, bool[] Panic) Naive(Mix[] mesh, int threshold, int factor)
    {
        int Availability(int part, int of) => of == 0 ? 0
            : (int)BigInteger.Min(100, new BigInteger(factor) * part / of);
        int[] health = [.. mesh.Select(m => Availability(m.Healthy, m.Hosts - m.Excluded))];
        int[] degraded = [.. mesh.Select(m => Availability(m.Degraded, m.Hosts - m.Excluded))];
        int total = Math.Min(100, health.Sum() + degraded.Sum());
        var healthyLoad = new int[mesh.Length];
        var degradedLoad = new int[mesh.Length];
        var panic = new bool[mesh.Length];
        if (total > 0)
        {
            // One list of slots, healthy ones first, filled from the front; what is left goes to the first filled slot.
            (int[] Load, int Index, int Available)[] slots = [..
                health.Select((a, i) => (healthyLoad, i, a)), .. degraded.Select((a, i) => (degradedLoad, i, a))];
            int rest = 100;
            foreach ((int[] load, int index, int available) in slots)
            {
                load[index] = Math.Min(rest, available * 100 / total);
                rest -= load[index];
            }

            (int[] Load, int Index, int Available) first = slots.First(static s => s.Available > 0);
            first.Load[first.Index] += rest;
        }

        if (threshold == 0 && total == 0)
        {
            healthyLoad[0] = 100;
            return (healthyLoad, degradedLoad, panic);
        }

        if (total != 100)
        {
            // healthy/n + degraded/n < threshold/100, cross-multiplied.
            panic = [.. mesh.Select(m => m.Hosts == m.Excluded ? threshold > 0
                : 100 * (m.Healthy + m.Degraded) < threshold * (m.Hosts - m.Excluded))];
        }

        if (panic.All(static p => p))
        {
            int hosts = mesh.Sum(static m => m.Hosts);
            Array.Clear(healthyLoad);
            if (hosts == 0)
            {
                healthyLoad[0] = 100;
                return (healthyLoad, degradedLoad, panic);
            }

            Array.Clear(degradedLoad);
            for (int i = 0; i < mesh.Length; i++)
            {
                healthyLoad[i] = 100 * mesh[i].Hosts / hosts;
            }

            healthyLoad[Array.FindIndex(mesh, static m => m.Hosts > 0)] += 100 - healthyLoad.Sum();
        }

        return (healthyLoad, degradedLoad, panic);
    }
}
