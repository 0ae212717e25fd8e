using System.Globalization;
using Sim.Reports.Figures;
using Sim.Reports.Sweeps;

namespace Sim.Reports.Html;

/// <summary>The numbers of a figure as CSV: one header line, LF, numbers in the invariant culture.</summary>
/// <param name="Name">Name of the file without its ending: letters, digits and dashes.</param>
/// <param name="Text">The whole text.</param>
public sealed record CsvData(string Name, string Text)
{
    /// <summary>CSV that something writes.</summary>
    /// <param name="name">What it is called; made a file name.</param>
    /// <param name="write">Writes the text.</param>
    public static CsvData Of(string name, Action<TextWriter> write)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        write(text);
        return new CsvData(RunFigure.Identifier(name), text.ToString());
    }

    /// <summary>CSV of rows.</summary>
    /// <param name="name">What it is called; made a file name.</param>
    /// <param name="columns">Header.</param>
    /// <param name="rows">Fields, as many as there are columns.</param>
    public static CsvData Of(string name, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows) =>
        Of(name, text =>
        {
            text.Write(SweepTables.Line(columns));
            foreach (IReadOnlyList<string> row in rows)
            {
                text.Write(SweepTables.Line(row));
            }
        });

    /// <summary>CSV of a table whose cells are words, not formatted numbers.</summary>
    /// <param name="name">What it is called; made a file name.</param>
    /// <param name="table">Table.</param>
    public static CsvData Of(string name, DataTable table) =>
        Of(name, [.. table.Columns.Select(static c => c.Replace(' ', '_'))], table.Rows);
}
