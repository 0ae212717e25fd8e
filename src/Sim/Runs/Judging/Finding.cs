namespace Sim.Runs.Judging;

/// <summary>How one judged item came out in one run.</summary>
/// <param name="Held">Whether it held.</param>
/// <param name="Measured">What was measured.</param>
/// <param name="Limit">What was asked.</param>
/// <param name="Margin">Distance from failing: the smallest of all replications is the one shown.</param>
/// <param name="Detail">More for people.</param>
internal sealed record Finding(bool Held, string Measured, string Limit, double Margin, string Detail = "")
{
    /// <summary>Part of the error budget that was used; null when there is none.</summary>
    public double? BudgetUsed { get; init; }
}
