namespace Sim.Runs.Roi;

/// <summary>One line of the user's own figures.</summary>
/// <param name="Item">What it is.</param>
/// <param name="IsCost">A monthly cost that falls; otherwise a value that is asserted.</param>
/// <param name="BeforePerMonth">Cost a month before.</param>
/// <param name="Reduction">Part of it that is saved, 0..1.</param>
/// <param name="ValuePerYear">Asserted value a year.</param>
public sealed record RoiRow(string Item, bool IsCost, decimal BeforePerMonth, decimal Reduction, decimal ValuePerYear)
{
    /// <summary>Cost a month after.</summary>
    public decimal AfterPerMonth => BeforePerMonth * (1 - Reduction);
}

/// <summary>Savings computed from stated figures. Nothing of it is simulated.</summary>
/// <param name="Rows">Lines in the order of the file.</param>
public sealed record RoiTable(IReadOnlyList<RoiRow> Rows)
{
    /// <summary>Cost a month before.</summary>
    public decimal Before => Rows.Sum(static r => r.BeforePerMonth);

    /// <summary>Cost a month after.</summary>
    public decimal After => Rows.Sum(static r => r.AfterPerMonth);

    /// <summary>Gross saving a year: no investment is subtracted.</summary>
    public decimal SavingPerYear => 12 * (Before - After);

    /// <summary>Value a year that the file asserts.</summary>
    public decimal AssertedPerYear => Rows.Sum(static r => r.ValuePerYear);

    /// <summary>Saving and asserted value a year.</summary>
    public decimal TotalPerYear => SavingPerYear + AssertedPerYear;
}
