using Sim.Runs;

namespace Sim.Reports;

/// <summary>Who answered whom: requests per client cluster and serving cluster.</summary>
/// <param name="Client">Cluster of the callers.</param>
/// <param name="Served">Cluster of the host that answered; <c>none</c> when no host did.</param>
/// <param name="Count">Requests.</param>
public sealed record ServedBy(string Client, string Served, long Count)
{
    /// <summary>The table of a run, sorted by client and serving cluster.</summary>
    public static IReadOnlyList<ServedBy> Of(RunResult result)
    {
        SortedDictionary<(string Client, string Served), long> counts = new(Comparer<(string Client, string Served)>
            .Create(static (a, b) =>
            {
                int byClient = string.CompareOrdinal(a.Client, b.Client);
                return byClient != 0 ? byClient : string.CompareOrdinal(a.Served, b.Served);
            }));
        foreach (SeriesPoint point in result.Series)
        {
            (string, string) key = (point.Key.ClientCluster, point.Key.ServedCluster);
            counts[key] = counts.GetValueOrDefault(key) + point.Count;
        }

        return [.. counts.Select(static c => new ServedBy(c.Key.Client, c.Key.Served, c.Value))];
    }
}
