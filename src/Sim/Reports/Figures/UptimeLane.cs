using Sim.Reports.Svg;
using Sim.Runs;

namespace Sim.Reports.Figures;

/// <summary>One bar of an uptime lane.</summary>
/// <param name="FromNs">Begin.</param>
/// <param name="ToNs">End.</param>
/// <param name="Total">Requests started in it.</param>
/// <param name="Good">Those that count as available.</param>
public readonly record struct UptimeBar(long FromNs, long ToNs, long Total, long Good);

/// <summary>Availability of one service for the callers of one region, in bars of equal length.</summary>
/// <param name="Service">Service <c>name.namespace</c>.</param>
/// <param name="ClientRegion">Region of the callers.</param>
/// <param name="Bars">Bars, in order of time.</param>
public sealed record UptimeLane(string Service, string ClientRegion, IReadOnlyList<UptimeBar> Bars)
{
    /// <summary>Requests in all bars.</summary>
    public long Total => Bars.Sum(static b => b.Total);

    /// <summary>Requests that count as available.</summary>
    public long Good => Bars.Sum(static b => b.Good);

    /// <summary>The lanes of a run, sorted by service and region.</summary>
    /// <param name="result">Run.</param>
    /// <param name="barsMost">Number of bars at most.</param>
    public static IReadOnlyList<UptimeLane> Of(RunResult result, int barsMost)
    {
        List<UptimeLane> lanes = [];
        foreach (IGrouping<(string Service, string Region), UptimePoint> group in result.Uptime
            .GroupBy(static u => (u.Service, u.ClientRegion))
            .OrderBy(static g => g.Key.Service, StringComparer.Ordinal)
            .ThenBy(static g => g.Key.ClientRegion, StringComparer.Ordinal))
        {
            long finest = group.Min(static u => u.BinNs);
            ChartBins bins = ChartBins.Over(RunFigure.End(result), finest, barsMost);
            long[] total = new long[bins.Count];
            long[] good = new long[bins.Count];
            foreach (UptimePoint point in group)
            {
                int bin = bins.IndexOf(point.BinStartNs);
                total[bin] += point.Total;
                good[bin] += point.Good;
            }

            UptimeBar[] bars = new UptimeBar[bins.Count];
            for (int i = 0; i < bars.Length; i++)
            {
                long end = Math.Min(bins.StartOf(i + 1), RunFigure.End(result));
                bars[i] = new UptimeBar(bins.StartOf(i), end, total[i], good[i]);
            }

            lanes.Add(new UptimeLane(group.Key.Service, group.Key.Region, bars));
        }

        return lanes;
    }
}
