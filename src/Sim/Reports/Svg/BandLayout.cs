namespace Sim.Reports.Svg;

/// <summary>Puts the names of bands into rows so that none covers another, on narrow screens too.</summary>
internal sealed class BandLayout
{
    /// <summary>Width of a name at most, in pixels at 12 px; the rest is in its tooltip.</summary>
    public const double NameWidth = 205;

    /// <summary>Width of a plot on the narrowest screen.</summary>
    private const double NarrowPlot = 208;

    /// <summary>Names are set in 11 px.</summary>
    private const double Scale = 11.0 / 12;

    private readonly int[] _rows;
    private readonly (bool FromRight, double Anchor)[] _labels;

    private BandLayout(int[] rows, (bool FromRight, double Anchor)[] labels, int count)
    {
        _rows = rows;
        _labels = labels;
        Rows = count;
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Row of a band, from 0.</summary>
    public int RowOf(int band) => _rows[band];

    /// <summary>Where the name of a band is anchored, as a part of the time axis, and whether at its end.</summary>
    public (bool FromRight, double Anchor) LabelOf(int band) => _labels[band];

    /// <summary>The layout of a chart's bands.</summary>
    public static BandLayout Of(Chart chart)
    {
        int[] rows = new int[chart.Bands.Count];
        (bool, double)[] labels = new (bool, double)[chart.Bands.Count];
        List<List<(double From, double To)>> taken = [];
        for (int i = 0; i < rows.Length; i++)
        {
            ChartBand band = chart.Bands[i];
            double from = SvgRenderer.At(chart, band.FromNs);
            double to = SvgRenderer.At(chart, band.ToNs);
            double width = Math.Min(1, (SvgText.Width(SvgText.Cut(band.Name, NameWidth)) * Scale + 10) / NarrowPlot);
            bool fromRight = from + width > 1;
            double anchor = !fromRight ? from : Math.Min(1, Math.Max(to, width));
            labels[i] = (fromRight, anchor);
            double left = Math.Min(from, fromRight ? anchor - width : from);
            double right = Math.Max(to, fromRight ? anchor : from + width);
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
            rows[i] = row;
        }

        return new BandLayout(rows, labels, taken.Count);
    }
}
