namespace Sim.Reports.Svg;

/// <summary>Where the name of a band stands.</summary>
/// <param name="Anchor">Part of the time axis, 0..1.</param>
/// <param name="IsEnd">Whether the name ends there; otherwise it begins there.</param>
internal readonly record struct BandLabel(double Anchor, bool IsEnd);

/// <summary>Puts the names of bands into rows so that none covers another, on narrow and on wide screens.</summary>
internal sealed class BandLayout
{
    /// <summary>Width of a name at most, in pixels at 12 px; the rest is in its tooltip.</summary>
    public const double NameWidth = 205;

    /// <summary>Width of a plot on the narrowest screen, and where narrow labels give way to wide ones.</summary>
    private const double NarrowPlot = 208;
    private const double WidePlot = 480;

    /// <summary>Names are set in 11 px.</summary>
    private const double Scale = 11.0 / 12;

    private readonly int[] _rows;
    private readonly (BandLabel Narrow, BandLabel Wide)[] _labels;

    private BandLayout(int[] rows, (BandLabel Narrow, BandLabel Wide)[] labels, int count)
    {
        _rows = rows;
        _labels = labels;
        Rows = count;
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Row of a band, from 0.</summary>
    public int RowOf(int band) => _rows[band];

    /// <summary>Where the name of a band stands on narrow and on wide screens.</summary>
    public (BandLabel Narrow, BandLabel Wide) LabelOf(int band) => _labels[band];

    /// <summary>The layout of a chart's bands.</summary>
    public static BandLayout Of(Chart chart)
    {
        int[] rows = new int[chart.Bands.Count];
        (BandLabel, BandLabel)[] labels = new (BandLabel, BandLabel)[rows.Length];
        List<List<(double From, double To)>> taken = [];
        for (int i = 0; i < rows.Length; i++)
        {
            ChartBand band = chart.Bands[i];
            double from = SvgRenderer.At(chart, band.FromNs);
            double to = SvgRenderer.At(chart, band.ToNs);
            double width = SvgText.Width(SvgText.Cut(band.Name, NameWidth)) * Scale + 10;
            (BandLabel narrow, double left, double right) = Place(from, to, Math.Min(1, width / NarrowPlot));
            (BandLabel wide, double wideLeft, double wideRight) = Place(from, to, Math.Min(1, width / WidePlot));
            labels[i] = (narrow, wide);
            rows[i] = Row(taken, Math.Min(left, wideLeft), Math.Max(right, wideRight));
        }

        return new BandLayout(rows, labels, taken.Count);
    }

    /// <summary>A name begins where its band begins, or ends where it ends, or else at the right edge.</summary>
    private static (BandLabel Label, double Left, double Right) Place(double from, double to, double width)
    {
        if (from + width <= 1)
        {
            return (new BandLabel(from, false), from, Math.Max(to, from + width));
        }

        double end = Math.Max(to, width);
        return (new BandLabel(end, true), Math.Min(from, end - width), end);
    }

    private static int Row(List<List<(double From, double To)>> taken, double left, double right)
    {
        int row = 0;
        while (row < taken.Count && taken[row].Exists(t => left < t.To && t.From < right))
        {
            row++;
        }

        if (row == taken.Count)
        {
            taken.Add([]);
        }

        taken[row].Add((left, right));
        return row;
    }
}
