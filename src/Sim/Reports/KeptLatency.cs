using Sim.Runs;

namespace Sim.Reports;

/// <summary>Latencies of the requests that a run kept and that had an answer.</summary>
internal static class KeptLatency
{
    /// <summary>Durations of a traffic source, sorted, nanoseconds.</summary>
    public static List<long> Of(RunResult result, string traffic)
    {
        List<long> all = [.. result.Requests.Where(x => x.Traffic == traffic && x.Code != 0)
            .Select(static x => x.EndNs - x.StartNs)];
        all.Sort();
        return all;
    }

    /// <summary>A quantile by nearest rank; null when there is no duration.</summary>
    /// <param name="sorted">Durations.</param>
    /// <param name="quantile">0..1.</param>
    public static long? At(List<long> sorted, double quantile) => sorted.Count == 0 ? null
        : sorted[Math.Clamp((int)Math.Ceiling((decimal)quantile * sorted.Count) - 1, 0, sorted.Count - 1)];
}
