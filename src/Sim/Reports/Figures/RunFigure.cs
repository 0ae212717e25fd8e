using Sim.Reports.Html;
using Sim.Reports.Svg;
using Sim.Runs;

namespace Sim.Reports.Figures;

/// <summary>A figure of the report: a chart, its legend and the numbers behind it.</summary>
/// <param name="Chart">Chart.</param>
/// <param name="Legend">Names with their colours; empty when the chart says it all.</param>
/// <param name="Table">The numbers.</param>
public sealed record RunFigure(Chart Chart, IReadOnlyList<LegendEntry> Legend, DataTable Table)
{
    /// <summary>The numbers as CSV; null = those that the chart draws.</summary>
    public CsvData? Data { get; init; }

    /// <summary>The fault bands of a run, cut to its length.</summary>
    internal static IReadOnlyList<ChartBand> Bands(RunResult result) =>
    [
        .. result.Faults.Where(f => f.FromNs < End(result))
            .Select(f => new ChartBand(f.Name, f.FromNs, Math.Min(f.ToNs, End(result)))),
    ];

    /// <summary>End of every time axis of a run.</summary>
    internal static long End(RunResult result) => Math.Max(1, result.DurationNs);

    /// <summary>The style of a category by its place in a list.</summary>
    internal static ChartStyle Category(int index) =>
        (ChartStyle)Math.Min((int)ChartStyle.Category1 + index, (int)ChartStyle.Category6);

    /// <summary>A text as an identifier: letters, digits and dashes.</summary>
    internal static string Identifier(string text) =>
        string.Concat(text.Select(static c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-'));
}

/// <summary>An entry of a legend.</summary>
/// <param name="Name">Name.</param>
/// <param name="Style">Style in the chart.</param>
/// <param name="IsLine">Whether it is a line; otherwise a patch.</param>
public sealed record LegendEntry(string Name, ChartStyle Style, bool IsLine = false);

/// <summary>Numbers as a table.</summary>
/// <param name="Columns">Headings.</param>
/// <param name="Rows">Cells as text, as many as there are columns.</param>
/// <param name="Note">What is left out, or how the numbers were made; empty = nothing to say.</param>
public sealed record DataTable(
    IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows, string Note = "");
