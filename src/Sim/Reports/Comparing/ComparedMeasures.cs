using System.Globalization;
using Sim.Core;
using Sim.Reports.Figures;
using Sim.Runs;

namespace Sim.Reports.Comparing;

/// <summary>The figures by which runs are compared.</summary>
/// <remarks>All of them cover the whole run, warm-up included, as the summary of a run does.</remarks>
public static class ComparedMeasures
{
    /// <summary>The table, in a stable order; figures that no run has are left out.</summary>
    /// <param name="runs">Runs.</param>
    public static IReadOnlyList<ComparedMeasure> Of(IReadOnlyList<RunResult> runs)
    {
        RunFigures[] figures = [.. runs.Select(RunFigures.Of)];
        List<ComparedMeasure> all =
        [
            new("availability", "share", [.. figures.Select(static f => f.Total == 0 ? None
                : new ComparedCell((decimal)f.Good / f.Total, Words.Percent(f.Good, f.Total)))]),
            Count("requests", figures.Select(static f => f.Total)),
            Count("errors", figures.Select(static f => f.Failed)),
        ];
        string[] traffics = [.. runs.SelectMany(static r => r.Requests).Select(static r => r.Traffic)
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        bool isSample = runs.Any(static r => r.Requests.Count < r.RequestsTotal);
        foreach (string traffic in traffics)
        {
            List<long>[] durations = [.. runs.Select(r => KeptLatency.Of(r, traffic))];
            foreach (double q in (double[])[0.5, 0.99])
            {
                string percent = (100 * q).ToString(CultureInfo.InvariantCulture);
                all.Add(new ComparedMeasure(
                    $"p{percent} {traffic}{(isSample ? " (of the requests kept)" : "")}", "ms",
                    [.. durations.Select(d => KeptLatency.At(d, q) is long ns
                        ? new ComparedCell(RunJsonNames.Milliseconds(ns), Words.Milliseconds(ns)) : None)]));
            }
        }

        all.Add(Count("ejections", runs.Select(static r => (long)r.Ejections.Count)));
        all.AddRange(Recoveries(runs));
        all.Add(Count("answers from another region", runs.Select(static r => r.Series.Where(static p =>
            p.Key.ServedRegion != "none" && p.Key.ServedRegion != p.Key.ClientRegion).Sum(static p => p.Count))));
        if (runs.Any(static r => r.Ledger.Count > 0))
        {
            all.Add(Count("answers with data across a border", runs.Select(static r => Crossing(r, l => l.Requests))));
            all.Add(Count("bytes across a border", runs.Select(static r => Crossing(r, l => l.Bytes))));
        }

        return all;
    }

    /// <summary>How long callers felt a fault: from its begin to the end of the last bin with a failure before the next
    /// fault begins or the run ends.</summary>
    /// <param name="result">Run.</param>
    /// <param name="fromNs">Begin of the fault.</param>
    /// <returns>Nanoseconds, 0 when nothing failed; null when requests fail up to the end of that time.</returns>
    public static long? Recovery(RunResult result, long fromNs)
    {
        long until = result.Faults.Select(static f => f.FromNs).Where(f => f > fromNs)
            .DefaultIfEmpty(RunFigure.End(result)).Min();
        long[] failed = [.. result.Series.Where(p => !p.Good && p.Count > 0 && p.BinStartNs + result.BinNs > fromNs
            && p.BinStartNs < until).Select(static p => p.BinStartNs)];
        long end = failed.Length == 0 ? fromNs : failed.Max() + result.BinNs;
        return end >= until ? null : end - fromNs;
    }

    private static ComparedCell None => new(null, "no data");

    private static long Crossing(RunResult run, Func<LedgerEntry, long> of) =>
        run.Ledger.Where(static l => l.FromGeo != l.ToGeo).Sum(of);

    private static ComparedMeasure Count(string name, IEnumerable<long> counts) =>
        new(name, "", [.. counts.Select(static c => new ComparedCell(c, Words.Count(c)))]);

    private static IEnumerable<ComparedMeasure> Recoveries(IReadOnlyList<RunResult> runs)
    {
        // The second outage of one run is held against the second of the others, whenever it begins.
        List<(string Name, int Turn, long FromNs)>[] faults = [.. runs.Select(static r => r.Faults
            .OrderBy(static f => f.FromNs).GroupBy(static f => f.Name)
            .SelectMany(static g => g.Select((f, i) => (f.Name, i, f.FromNs))).ToList())];
        foreach (var fault in faults.SelectMany(static f => f).GroupBy(static f => (f.Name, f.Turn))
            .OrderBy(static g => g.Min(static f => f.FromNs)).ThenBy(static g => g.Key.Name, StringComparer.Ordinal))
        {
            string turn = fault.Key.Turn == 0 ? "" : $" no. {Words.Count(fault.Key.Turn + 1)}";
            yield return new ComparedMeasure($"recovery from {fault.Key.Name}{turn}", "s",
            [
                .. runs.Select((r, i) =>
                {
                    int at = faults[i].FindIndex(f => (f.Name, f.Turn) == fault.Key);
                    return at < 0 ? None
                        : Recovery(r, faults[i][at].FromNs) is long ns
                            ? new ComparedCell(RunJsonNames.Seconds(ns), Words.Time(ns))
                            : new ComparedCell(null, "not in time");
                }),
            ]);
        }
    }
}
