namespace Sim.Reports.Comparing;

/// <summary>A figure of every compared run.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Unit">share, ms, s, bytes, or empty for a count.</param>
/// <param name="Cells">One for each run.</param>
public sealed record ComparedMeasure(string Name, string Unit, IReadOnlyList<ComparedCell> Cells)
{
    /// <summary>A run's figure less that of the first run; null when one of them has none.</summary>
    /// <param name="run">Index of the run.</param>
    public decimal? Difference(int run) => Cells[run].Value - Cells[0].Value;
}

/// <summary>A figure of one run.</summary>
/// <param name="Value">Exact value; null = there is none.</param>
/// <param name="Text">As people read it.</param>
public readonly record struct ComparedCell(decimal? Value, string Text);
