using Sim.Reports.Svg;
using Sim.Runs;

namespace Sim.Reports.Figures;

/// <summary>Stays of hosts outside the balancing of a client proxy, one lane per client and host.</summary>
public static class EjectionFigure
{
    private const int LanesMost = 30;

    /// <summary>The figure; null when nothing was ejected.</summary>
    public static RunFigure? Of(RunResult result)
    {
        if (result.Ejections.Count == 0)
        {
            return null;
        }

        var groups = result.Ejections.GroupBy(static e => (e.Client, e.UpstreamCluster, e.Host))
            .OrderBy(static g => g.Key.Client, StringComparer.Ordinal)
            .ThenBy(static g => g.Key.Host, StringComparer.Ordinal)
            .ThenBy(static g => g.Key.UpstreamCluster, StringComparer.Ordinal).ToArray();
        Chart chart = new()
        {
            Id = "ejections",
            Title = "Hosts ejected by outlier detection",
            Description = $"{Words.Count(result.Ejections.Count, "ejection")} by " +
                $"{Words.Count(result.Ejections.Select(static e => e.Client).Distinct().Count(), "client proxy")}"
                    .Replace("proxys", "proxies", StringComparison.Ordinal),
            ToNs = RunFigure.End(result),
            Bands = RunFigure.Bands(result),
            Lanes = [.. groups.Take(LanesMost).Select(g => Lane(result, [.. g]))],
        };
        string note = groups.Length > LanesMost
            ? $"The chart shows {LanesMost.ToString(System.Globalization.CultureInfo.InvariantCulture)} of " +
              $"{Words.Count(groups.Length)} pairs of client and host; this table has all ejections." : "";
        IReadOnlyList<string>[] rows = [.. result.Ejections.Select(e => (IReadOnlyList<string>)
            [Words.Time(e.AtNs), e.UntilNs is long u ? Words.Time(u) : "end of run", e.Client, HostName(e), e.Type,
                Words.Count(e.TimesEjected), e.UpstreamCluster])];
        return new RunFigure(
            chart, [],
            new DataTable(["from", "until", "client proxy", "host", "detector", "times", "Envoy cluster"], rows, note));
    }

    private static ChartLane Lane(RunResult result, EjectionRecord[] ejections)
    {
        EjectionRecord first = ejections[0];
        long outside = ejections.Sum(e => Math.Min(e.UntilNs ?? RunFigure.End(result), RunFigure.End(result)) - e.AtNs);
        return new ChartLane(
            $"{(first.HostPod.Length > 0 ? Words.Place(first.HostPod) : first.Host)} ← {Words.Place(first.Client)}",
            $"{first.Host} ← {Words.Pod(first.Client)}",
            Words.Time(outside),
            [.. ejections.Select(e => new ChartMark(
                e.AtNs, Math.Max(e.AtNs + 1, Math.Min(e.UntilNs ?? RunFigure.End(result), RunFigure.End(result))),
                ChartStyle.Category4, 0,
                $"{e.Type}, {Words.Time(e.AtNs)} to {(e.UntilNs is long u ? Words.Time(u) : "the end of the run")}, " +
                $"ejection no. {Words.Count(e.TimesEjected)} of {HostName(e)}"))]);
    }

    private static string HostName(EjectionRecord e) => e.HostPod.Length > 0 ? $"{e.HostPod} ({e.Host})" : e.Host;
}
