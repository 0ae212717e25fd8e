using Sim.Core;

namespace Sim.Experiments;

/// <summary>One outage of one component.</summary>
/// <param name="Component">Index of the component.</param>
/// <param name="FromNs">Begin, since the start of the year.</param>
/// <param name="ToNs">End.</param>
public readonly record struct Outage(int Component, long FromNs, long ToNs)
{
    /// <summary>Stands for no component.</summary>
    public const int None = -1;
}

/// <summary>Samples the outages of a year.</summary>
/// <remarks>Each component is an alternating renewal process that begins with a whole time between failures: up for a
/// draw of <c>mtbf</c>, down for a draw of <c>mttr</c>. Components fail independently. In the long run one is down for
/// MTTR / (MTBF + MTTR) of the time (Ross, "Introduction to Probability Models", section 7.5).</remarks>
internal static class OutageSampler
{
    /// <summary>Outages by begin, those that reach the end of the year cut off.</summary>
    public static List<Outage> Sample(
        IReadOnlyList<FailingComponent> components, long horizonNs, ulong seed, int year)
    {
        var outages = new List<Outage>();
        for (int c = 0; c < components.Count; c++)
        {
            RngStream stream = RngStream.Create(seed, year, "incidents/" + components[c].Spec.Title, "times");
            long at = components[c].Between.SampleNs(stream);
            while (at < horizonNs)
            {
                long end = Math.Min(horizonNs, at + Math.Max(1, components[c].Repair.SampleNs(stream)));
                outages.Add(new Outage(c, at, end));
                at = end + Math.Max(1, components[c].Between.SampleNs(stream));
            }
        }

        return outages.OrderBy(static o => o.FromNs).ThenBy(static o => o.Component).ToList();
    }

    /// <summary>Outages that overlap or lie closer together than <paramref name="settleNs"/> belong together.</summary>
    public static List<IReadOnlyList<Outage>> Join(IReadOnlyList<Outage> outages, long settleNs)
    {
        var groups = new List<IReadOnlyList<Outage>>();
        var now = new List<Outage>();
        long end = 0;
        foreach (Outage o in outages)
        {
            if (now.Count > 0 && o.FromNs >= end + settleNs)
            {
                groups.Add(now);
                now = [];
            }

            end = now.Count == 0 ? o.ToNs : Math.Max(end, o.ToNs);
            now.Add(o);
        }

        if (now.Count > 0)
        {
            groups.Add(now);
        }

        return groups;
    }
}
