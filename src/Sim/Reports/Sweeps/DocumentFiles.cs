using System.Text.Json;
using Sim.Core;

namespace Sim.Reports.Sweeps;

/// <summary>What writing a sweep or a year again gave.</summary>
/// <param name="Files">Names of the files written, in order; empty when the document could not be read.</param>
/// <param name="Diagnostics">Why not.</param>
public sealed record DocumentWriting(IReadOnlyList<string> Files, IReadOnlyList<Diagnostic> Diagnostics);

/// <summary>Writes the files of a sweep or a year again from their documents, without simulating.</summary>
/// <remarks>Tables that the document holds are made from it; those it does not hold (every run, every year) are taken
/// over from beside it when they are there.</remarks>
public static class DocumentFiles
{
    /// <summary>File name of the document of a year.</summary>
    public const string YearJson = "year.json";

    /// <summary>The document that a path names: a <c>sweep.json</c> or <c>year.json</c>, or the one in a
    /// folder.</summary>
    /// <param name="path">File or folder.</param>
    /// <returns>Null when it names none of the two.</returns>
    public static string? Find(string path)
    {
        foreach (string name in (string[])[SweepFiles.SweepJson, YearJson])
        {
            if (Path.GetFileName(path) == name)
            {
                return path;
            }

            if (Directory.Exists(path) && File.Exists(Path.Combine(path, name)))
            {
                return Path.Combine(path, name);
            }
        }

        return null;
    }

    /// <summary>Writes the files again.</summary>
    /// <param name="file">A document, as <see cref="Find"/> gives it.</param>
    /// <param name="directory">Target folder, made when missing.</param>
    public static DocumentWriting Write(string file, string directory)
    {
        try
        {
            byte[] json = File.ReadAllBytes(file);
            bool isSweep = Path.GetFileName(file) == SweepFiles.SweepJson;
            IReadOnlyList<(string Name, Action<TextWriter> Write)> texts = isSweep ? OfSweep(json) : OfYear(json);
            Directory.CreateDirectory(directory);
            var written = new List<string>();
            foreach (string beside in (string[])(isSweep ? [SweepFiles.RunsCsv] : ["years.csv"]))
            {
                string source = Path.Combine(Path.GetDirectoryName(file) ?? "", beside);
                if (File.Exists(source))
                {
                    byte[] bytes = File.ReadAllBytes(source);
                    AtomicFile.WriteBytes(Path.Combine(directory, beside), s => s.Write(bytes));
                    written.Add(beside);
                }
            }

            foreach ((string name, Action<TextWriter> write) in texts)
            {
                AtomicFile.WriteText(Path.Combine(directory, name), write);
                written.Add(name);
            }

            string document = Path.GetFileName(file);
            AtomicFile.WriteBytes(Path.Combine(directory, document), s => s.Write(json));
            return new DocumentWriting([.. written, document], []);
        }
        catch (FormatException e)
        {
            string shown = file.Replace('\\', '/');
            return new DocumentWriting([], [new Diagnostic("MS0605", Severity.Error,
                $"{shown} cannot be read: {e.Message}", new SourceSpan(shown, 0, 0),
                "write it again with meshsim sweep or meshsim year")]);
        }
    }

    private static IReadOnlyList<(string Name, Action<TextWriter> Write)> OfSweep(byte[] json)
    {
        SweepDocument sweep = SweepDocument.Read(json);
        return
        [
            (SweepFiles.SummaryCsv, w => DocumentTables.WriteSummary(sweep, w)),
            (SweepFiles.SweepHtml, w => SweepPage.Write(sweep, w)),
        ];
    }

    private static IReadOnlyList<(string Name, Action<TextWriter> Write)> OfYear(byte[] json)
    {
        try
        {
            JsonElement year = JsonDocument.Parse(json).RootElement;
            string schema = year.GetProperty("schema").GetString() ?? "";
            if (schema != YearFiles.SchemaId)
            {
                throw new FormatException($"its schema is \"{schema}\" and not {YearFiles.SchemaId}");
            }

            // Made now, so that a document that is not whole is told before anything is written.
            string components = Made(w => DocumentTables.WriteComponents(year, w));
            string page = Made(w => YearPage.Write(year, w));
            return [("components.csv", w => w.Write(components)), ("year.html", w => w.Write(page))];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException("it is no whole year.json: " + e.Message, e);
        }
    }

    private static string Made(Action<TextWriter> write)
    {
        using var text = new StringWriter(System.Globalization.CultureInfo.InvariantCulture) { NewLine = "\n" };
        write(text);
        return text.ToString();
    }
}
