using Sim.Core;

namespace Sim.Runs.Scenario;

/// <summary>Data that must never move; parts left out are any.</summary>
/// <param name="DataClass">Class; empty = any declared one.</param>
/// <param name="Leaves">Geography (or region) that it lies in and must not leave; empty = not asked.</param>
/// <param name="From">Cluster it lies in; empty = any.</param>
/// <param name="To">Cluster that must not get it; empty = any.</param>
/// <param name="Path">direct or gateway; empty = both.</param>
/// <param name="Span">Where it is declared.</param>
public sealed record FlowSpec(
    Sourced<string> DataClass, Sourced<string> Leaves, Sourced<string> From, Sourced<string> To,
    Sourced<string> Path, SourceSpan Span)
{
    /// <summary>Whether a row of the ledger is such a flow.</summary>
    /// <param name="row">Row.</param>
    public bool Covers(LedgerEntry row) =>
        Is(DataClass, row.DataClass) && Is(From, row.From) && Is(To, row.To) && Is(Path, row.Path)
        && (Leaves.Value.Length == 0 || (row.FromGeo == Leaves.Value && row.ToGeo != Leaves.Value));

    /// <summary>The flow in words.</summary>
    public string Text
    {
        get
        {
            string what = DataClass.Value.Length > 0 ? DataClass.Value : "data";
            string leaves = Leaves.Value.Length > 0 ? " leaves " + Leaves.Value : "";
            string from = From.Value.Length > 0 ? " from " + From.Value : "";
            string to = To.Value.Length > 0 ? " to " + To.Value : "";
            string path = Path.Value.Length > 0 ? " (" + Path.Value + ")" : "";
            return what + (leaves + from + to is { Length: > 0 } way ? way : " moves") + path;
        }
    }

    private static bool Is(Sourced<string> wanted, string value) => wanted.Value.Length == 0 || wanted.Value == value;
}
