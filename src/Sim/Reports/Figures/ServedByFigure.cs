using Sim.Reports.Svg;
using Sim.Runs;

namespace Sim.Reports.Figures;

/// <summary>Who answered the callers of a region over time: one stacked area per serving cluster.</summary>
public static class ServedByFigure
{
    private const int BinsMost = 240;
    private const int NotesMost = 120;
    private const string Failed = "failed";
    private const string Denied = "denied by policy";
    private const string Proxy = "answered by a proxy";

    /// <summary>One figure per region of callers, sorted by region.</summary>
    public static IReadOnlyList<RunFigure> Of(RunResult result) => Of(result, ClustersOf([result]));

    /// <summary>The clusters that answered, in one order for all regions and runs, so that a colour means the same
    /// cluster everywhere.</summary>
    internal static List<string> ClustersOf(IEnumerable<RunResult> results) =>
        [.. results.SelectMany(static r => r.Series).Where(static p => Layer(p) == p.Key.ServedCluster)
            .Select(static p => p.Key.ServedCluster).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>One figure per region of callers.</summary>
    /// <param name="result">Run.</param>
    /// <param name="clusters">Clusters in the order of their colours.</param>
    internal static IReadOnlyList<RunFigure> Of(RunResult result, List<string> clusters) =>
        [.. result.Series.GroupBy(static p => p.Key.ClientRegion)
            .OrderBy(static g => g.Key, StringComparer.Ordinal)
            .Select(g => Region(result, g.Key, [.. g], clusters))];

    private static string Layer(SeriesPoint point) =>
        point.Disposition.StartsWith("DENIED", StringComparison.Ordinal) ? Denied
        : !point.Good ? Failed
        : point.Key.ServedCluster == "none" ? Proxy
        : point.Key.ServedCluster;

    private static RunFigure Region(
        RunResult result, string region, IReadOnlyList<SeriesPoint> points, List<string> clusters)
    {
        ChartBins bins = ChartBins.Over(RunFigure.End(result), result.BinNs, BinsMost);
        SortedDictionary<string, long[]> layers = new(StringComparer.Ordinal);
        foreach (SeriesPoint point in points)
        {
            string layer = Layer(point);
            if (!layers.TryGetValue(layer, out long[]? counts))
            {
                layers[layer] = counts = new long[bins.Count];
            }

            counts[bins.IndexOf(point.BinStartNs)] += point.Count;
        }

        string[] names = [.. layers.Keys.OrderBy(n => Rank(n, clusters))];
        double most = Enumerable.Range(0, bins.Count).Max(i => names.Sum(n => Rate(layers[n][i], bins)));
        Chart chart = new()
        {
            Id = "served-" + RunFigure.Identifier(region),
            Title = $"Who answered callers in {region}",
            Description = Summary(layers, names),
            ToNs = RunFigure.End(result),
            Values = new ValueAxis("requests/s", 0, Ticks.RoundUp(most)),
            Areas = [.. names.Select(n => new ChartSeries(
                n, Style(n, clusters), bins, [.. layers[n].Select(c => Rate(c, bins))]))],
            Bands = RunFigure.Bands(result),
            Notes = Notes(result, layers, names, bins),
        };
        return new RunFigure(
            chart, [.. names.Select(n => new LegendEntry(n, Style(n, clusters)))], Table(layers, names, bins));
    }

    private static double Rate(long count, ChartBins bins) => count * 1e9 / bins.BinNs;

    private static int Rank(string layer, List<string> clusters) => layer switch
    {
        Failed => int.MaxValue,
        Denied => int.MaxValue - 1,
        Proxy => int.MaxValue - 2,
        _ => clusters.IndexOf(layer),
    };

    private static ChartStyle Style(string layer, List<string> clusters) => layer switch
    {
        Failed => ChartStyle.Bad,
        Denied => ChartStyle.Denied,
        Proxy => ChartStyle.Category6,
        _ => RunFigure.Category(clusters.IndexOf(layer)),
    };

    private static string Summary(SortedDictionary<string, long[]> layers, string[] names)
    {
        long total = layers.Values.Sum(static c => c.Sum());
        return string.Join(", ", names.Select(n => $"{n} {Words.Share(layers[n].Sum(), total)}"))
            + $" of {Words.Count(total, "request")}";
    }

    private static ChartNote[] Notes(
        RunResult result, SortedDictionary<string, long[]> layers, string[] names, ChartBins bins)
    {
        ChartBins columns = ChartBins.Over(RunFigure.End(result), bins.BinNs, NotesMost);
        ChartNote[] notes = new ChartNote[columns.Count];
        for (int i = 0; i < notes.Length; i++)
        {
            long from = columns.StartOf(i);
            long to = columns.StartOf(i + 1);
            IEnumerable<string> lines = names.Select(n =>
                $"{n}: {Words.Count(Enumerable.Range(0, bins.Count)
                    .Where(b => bins.StartOf(b) >= from && bins.StartOf(b) < to).Sum(b => layers[n][b]))}");
            notes[i] = new ChartNote(from, to, $"{Words.Time(from)} to {Words.Time(to)}\n{string.Join('\n', lines)}");
        }

        return notes;
    }

    private static DataTable Table(SortedDictionary<string, long[]> layers, string[] names, ChartBins bins)
    {
        IReadOnlyList<string>[] rows = [.. Enumerable.Range(0, bins.Count).Select(i => (IReadOnlyList<string>)
            [Words.Time(bins.StartOf(i)), .. names.Select(n => Words.Count(layers[n][i]))])];
        return new DataTable(["from", .. names], rows, $"Requests in bins of {Words.Time(bins.BinNs)}.");
    }
}
