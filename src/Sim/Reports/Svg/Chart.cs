namespace Sim.Reports.Svg;

/// <summary>Turns a chart into text. The one seam between the reports and a drawing library.</summary>
public interface IChartRenderer
{
    /// <summary>Draws a chart. The same chart always gives the same text.</summary>
    string Render(Chart chart);
}

/// <summary>A chart over simulated time: data only, no pixels.</summary>
/// <remarks>
/// A chart has either a value axis, with areas and lines, or lanes. Fault bands and the time axis belong to both.
/// </remarks>
public sealed record Chart
{
    /// <summary>Identifier, unique on its page: letters, digits and dashes.</summary>
    public required string Id { get; init; }

    /// <summary>Title.</summary>
    public required string Title { get; init; }

    /// <summary>What a reader who does not see the picture should know.</summary>
    public string Description { get; init; } = "";

    /// <summary>Begin of the time axis, nanoseconds.</summary>
    public long FromNs { get; init; }

    /// <summary>End of the time axis, nanoseconds; later than <see cref="FromNs"/>.</summary>
    public required long ToNs { get; init; }

    /// <summary>The value axis; null for a chart of lanes.</summary>
    public ValueAxis? Values { get; init; }

    /// <summary>Stacked areas, the lowest first.</summary>
    public IReadOnlyList<ChartSeries> Areas { get; init; } = [];

    /// <summary>Lines.</summary>
    public IReadOnlyList<ChartSeries> Lines { get; init; } = [];

    /// <summary>Lanes, from top to bottom.</summary>
    public IReadOnlyList<ChartLane> Lanes { get; init; } = [];

    /// <summary>Spans of time with a name, such as faults.</summary>
    public IReadOnlyList<ChartBand> Bands { get; init; } = [];

    /// <summary>Texts shown when a column of the plot is pointed at.</summary>
    public IReadOnlyList<ChartNote> Notes { get; init; } = [];
}

/// <summary>The value axis of a chart.</summary>
/// <param name="Unit">Unit, such as <c>ms</c> or <c>requests/s</c>.</param>
/// <param name="Min">Smallest value; above 0 on a logarithmic axis.</param>
/// <param name="Max">Largest value, above <paramref name="Min"/>.</param>
/// <param name="IsLogarithmic">Whether equal distances are equal ratios.</param>
public sealed record ValueAxis(string Unit, double Min, double Max, bool IsLogarithmic = false);

/// <summary>Bins of equal length on the time axis.</summary>
/// <param name="FromNs">Begin of the first bin.</param>
/// <param name="BinNs">Length of a bin, at least 1.</param>
/// <param name="Count">Number of bins.</param>
public readonly record struct ChartBins(long FromNs, long BinNs, int Count)
{
    /// <summary>Begin of a bin.</summary>
    public long StartOf(int bin) => FromNs + bin * BinNs;

    /// <summary>Bin of a time; the last one for a time at or after the end.</summary>
    public int IndexOf(long timeNs) => (int)Math.Clamp((timeNs - FromNs) / BinNs, 0, Count - 1);

    /// <summary>The finest bins that a chart shows well: a round multiple of the measured bins.</summary>
    /// <param name="durationNs">Length of the time axis.</param>
    /// <param name="binNs">Length of a measured bin.</param>
    /// <param name="most">Number of bins at most.</param>
    public static ChartBins Over(long durationNs, long binNs, int most)
    {
        long bin = Math.Max(1, binNs);
        long[] factors = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600];
        foreach (long factor in factors)
        {
            long count = Count(durationNs, bin * factor);
            if (count <= most)
            {
                return new ChartBins(0, bin * factor, (int)count);
            }
        }

        long rest = Count(durationNs, bin * most);
        return new ChartBins(0, bin * rest, (int)Count(durationNs, bin * rest));

        static long Count(long duration, long length) => Math.Max(1, (duration + length - 1) / length);
    }
}

/// <summary>One value per bin.</summary>
/// <param name="Name">Name in the legend.</param>
/// <param name="Style">Colour and pattern.</param>
/// <param name="Bins">Bins.</param>
/// <param name="Values">One value per bin; <see cref="double.NaN"/> where there is none.</param>
public sealed record ChartSeries(string Name, ChartStyle Style, ChartBins Bins, IReadOnlyList<double> Values);

/// <summary>A horizontal lane with marks.</summary>
/// <param name="Label">Name.</param>
/// <param name="ShortLabel">Name for narrow screens.</param>
/// <param name="Value">Figure at the right end; empty = none.</param>
/// <param name="Marks">Marks, in order of time.</param>
public sealed record ChartLane(string Label, string ShortLabel, string Value, IReadOnlyList<ChartMark> Marks);

/// <summary>A mark in a lane.</summary>
/// <param name="FromNs">Begin.</param>
/// <param name="ToNs">End; equal to the begin for a moment.</param>
/// <param name="Style">Colour and pattern.</param>
/// <param name="BadShare">Part of the mark that is drawn as failed, 0..1, from the top.</param>
/// <param name="Text">What it says when pointed at.</param>
public sealed record ChartMark(long FromNs, long ToNs, ChartStyle Style, double BadShare, string Text);

/// <summary>A named span of time behind the data.</summary>
/// <param name="Name">Name.</param>
/// <param name="FromNs">Begin.</param>
/// <param name="ToNs">End.</param>
public sealed record ChartBand(string Name, long FromNs, long ToNs);

/// <summary>What a column of the plot says when pointed at.</summary>
/// <param name="FromNs">Begin.</param>
/// <param name="ToNs">End.</param>
/// <param name="Text">Lines of text.</param>
public sealed record ChartNote(long FromNs, long ToNs, string Text);

/// <summary>Colour and pattern of something in a chart. No meaning rests on the colour alone.</summary>
public enum ChartStyle
{
    /// <summary>First category.</summary>
    Category1,

    /// <summary>Second category.</summary>
    Category2,

    /// <summary>Third category.</summary>
    Category3,

    /// <summary>Fourth category.</summary>
    Category4,

    /// <summary>Fifth category.</summary>
    Category5,

    /// <summary>Sixth and any further category.</summary>
    Category6,

    /// <summary>Working.</summary>
    Good,

    /// <summary>Failed: hatched.</summary>
    Bad,

    /// <summary>Refused by a policy: dotted.</summary>
    Denied,

    /// <summary>Nothing happened.</summary>
    Empty,

    /// <summary>An alert that fires: plain.</summary>
    Firing,

    /// <summary>An alert that waits: hatched.</summary>
    Pending,
}
