namespace Sim.Runs.Inspection;

/// <summary>Rows under column heads, as istioctl's table writer lays them out.</summary>
/// <param name="Heads">Heads.</param>
/// <param name="Rows">Rows, one text per head.</param>
/// <param name="Padding">Blanks between the widest text of a column and the next column.</param>
public sealed record ConfigTable(IReadOnlyList<string> Heads, IReadOnlyList<IReadOnlyList<string>> Rows, int Padding)
{
    /// <summary>Lines of equal columns; blanks at the end of a line are left out.</summary>
    /// <remarks>Simplified: istioctl keeps blanks before an empty last cell.</remarks>
    public IEnumerable<string> Lines()
    {
        int[] width = [.. Heads.Select((h, i) => Rows.Select(r => r[i].Length).Append(h.Length).Max() + Padding)];
        foreach (IReadOnlyList<string> row in Rows.Prepend(Heads))
        {
            yield return string.Concat(row.Select((cell, i) => cell.PadRight(width[i]))).TrimEnd();
        }
    }
}
