using System.Globalization;
using Sim.Core;
using Sim.Runs.Roi;

namespace Sim.Runs.Scenario;

/// <summary>Reads the file of <c>spec.roi</c>: a CSV table without quotes.</summary>
internal static class RoiReader
{
    private static readonly string[] Columns =
        ["item", "hours_per_month", "rate_per_hour", "cost_per_month", "reduction_percent", "value_per_year"];

    public static RoiTable? Read(Sourced<string> file, string directory, DiagnosticBag diagnostics)
    {
        if (file.Value.Length == 0)
        {
            return null;
        }

        string path = Path.Combine(directory, file.Value);
        if (!File.Exists(path))
        {
            diagnostics.Error(ScenarioCodes.MissingFile, $"there is no file {file}", file.Span,
                $"paths are relative to {directory}");
            return null;
        }

        var rows = new List<RoiRow>();
        string[] lines = File.ReadAllLines(path);
        for (int i = 0; i < lines.Length; i++)
        {
            string[] cells = [.. lines[i].Split(',').Select(static c => c.Trim())];
            if (i == 0 ? cells.SequenceEqual(Columns) : lines[i].Length == 0 || TryRow(cells, rows))
            {
                continue;
            }

            diagnostics.Error(ScenarioCodes.BadValue,
                i == 0 ? "the first line must be " + string.Join(',', Columns) : "a row needs hours_per_month and "
                    + "rate_per_hour, or cost_per_month, each with reduction_percent, or else value_per_year",
                new SourceSpan(path.Replace('\\', '/'), i + 1, 1));
        }

        return new RoiTable(rows);
    }

    private static bool TryRow(string[] cells, List<RoiRow> rows)
    {
        var numbers = new decimal?[Columns.Length];
        for (int i = 1; i < Columns.Length && cells.Length == Columns.Length; i++)
        {
            if (cells[i].Length > 0)
            {
                if (!decimal.TryParse(cells[i], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
                    out decimal n) || n > 1_000_000_000_000m)
                {
                    return false;
                }

                numbers[i] = n;
            }
        }

        switch (numbers[1], numbers[2], numbers[3], numbers[4], numbers[5])
        {
            case ({ } hours, { } rate, null, { } percent, null) when percent <= 100:
                rows.Add(new RoiRow(cells[0], true, hours * rate, percent / 100, 0));
                return true;
            case (null, null, { } cost, { } percent, null) when percent <= 100:
                rows.Add(new RoiRow(cells[0], true, cost, percent / 100, 0));
                return true;
            case (null, null, null, null, { } value):
                rows.Add(new RoiRow(cells[0], false, 0, 0, value));
                return true;
            default:
                return false;
        }
    }
}
