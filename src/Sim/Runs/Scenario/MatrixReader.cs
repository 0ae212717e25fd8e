using System.Globalization;
using Sim.Core;
using Sim.Runs.Matrix;

namespace Sim.Runs.Scenario;

/// <summary>Reads <c>spec.matrix</c>.</summary>
internal sealed class MatrixReader(string directory, DiagnosticBag diagnostics)
{
    private static readonly string[] Columns = ["from", "to", "method", "path", "verdict"];

    /// <summary>Words that a row may expect.</summary>
    public static IReadOnlyList<string> Verdicts { get; } =
        [.. Names.Of<MatrixVerdict>(), MatrixExpectation.Refused];

    public MatrixSpec Read(ScenarioObject o)
    {
        var expect = new List<MatrixExpectation>();
        foreach (ScenarioObject row in o.Objects("expect"))
        {
            expect.Add(new MatrixExpectation(
                row.Text("from", "*"), row.Text("to", "*"), row.Text("method", "*"), row.Text("path", "*"),
                row.Word("is", ""), row.Span));
            row.Close();
        }

        Sourced<string> file = o.Text("expectFile");
        if (file.Value.Length > 0)
        {
            ReadFile(file, expect);
        }

        var spec = new MatrixSpec
        {
            IsPresent = o.IsPresent,
            Callers = o.TextList("callers"),
            Targets = o.TextList("targets"),
            Methods = o.TextList("methods"),
            Paths = o.TextList("paths"),
            Headers = o.TextList("headers"),
            AtNs = o.OptionalDuration("at"),
            Drift = o.Choice("drift", DriftHandling.Report),
            Expect = expect,
            ExpectFile = file,
            Span = o.Span,
        };
        o.Close();
        foreach (Sourced<string> path in spec.Paths.Where(static p => !p.Value.StartsWith('/')))
        {
            diagnostics.Error(ScenarioCodes.BadValue, $"{o.Path}.paths: \"{path}\" does not begin with /", path.Span);
        }

        foreach (Sourced<string> header in spec.Headers.Where(static h => h.Value.IndexOf(':') <= 0))
        {
            diagnostics.Error(ScenarioCodes.BadValue, $"{o.Path}.headers: \"{header}\" is no header", header.Span,
                "write \"name: value\"");
        }

        return spec;
    }

    /// <summary>A table with the columns from, to, method, path and verdict, without quotes.</summary>
    private void ReadFile(Sourced<string> name, List<MatrixExpectation> rows)
    {
        string path = Path.Combine(directory, name.Value);
        if (!File.Exists(path))
        {
            diagnostics.Error(ScenarioCodes.MissingFile, $"there is no file {name}", name.Span,
                $"paths are relative to {directory}");
            return;
        }

        string shown = path.Replace('\\', '/');
        string[] lines = File.ReadAllLines(path);
        for (int i = 0; i < lines.Length; i++)
        {
            string[] cells = [.. lines[i].Split(',').Select(static c => c.Trim())];
            var span = new SourceSpan(shown, i + 1, 1);
            if (i == 0)
            {
                if (!cells.SequenceEqual(Columns))
                {
                    diagnostics.Error(ScenarioCodes.BadValue, "the first line must be " + string.Join(',', Columns),
                        span);
                    return;
                }
            }
            else if (lines[i].Length > 0)
            {
                ReadRow(cells, span, rows);
            }
        }
    }

    private void ReadRow(string[] cells, SourceSpan span, List<MatrixExpectation> rows)
    {
        if (cells.Length != Columns.Length)
        {
            diagnostics.Error(ScenarioCodes.BadValue, string.Create(CultureInfo.InvariantCulture,
                $"a row of {cells.Length} columns instead of {Columns.Length}"), span);
        }
        else if (!Verdicts.Contains(cells[^1]))
        {
            diagnostics.Error(ScenarioCodes.BadValue, $"there is no verdict \"{cells[^1]}\"", span,
                Names.Hint(cells[^1], Verdicts.ToList()));
        }
        else
        {
            rows.Add(new MatrixExpectation(cells[0], cells[1], cells[2], cells[3], cells[4], span));
        }
    }
}
