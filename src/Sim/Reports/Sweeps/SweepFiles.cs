using Sim.Experiments;

namespace Sim.Reports.Sweeps;

/// <summary>The files of a sweep.</summary>
public static class SweepFiles
{
    /// <summary>File name of the table of runs, which is also the journal while the sweep runs.</summary>
    public const string RunsCsv = "runs.csv";

    /// <summary>File name of the table of points and measures.</summary>
    public const string SummaryCsv = "summary.csv";

    /// <summary>File name of the page.</summary>
    public const string SweepHtml = "sweep.html";

    /// <summary>File name of the whole in one document.</summary>
    public const string SweepJson = "sweep.json";

    /// <summary>Writes the files of a sweep; <c>sweep.json</c> comes last.</summary>
    /// <param name="result">The sweep.</param>
    /// <param name="directory">Target folder, made when missing.</param>
    /// <param name="isShard">A part of a sweep: only its runs are written.</param>
    /// <returns>Names of the files written, in order.</returns>
    public static IReadOnlyList<string> Write(SweepResult result, string directory, bool isShard)
    {
        Directory.CreateDirectory(directory);
        AtomicFile.WriteText(Path.Combine(directory, RunsCsv), w => SweepTables.WriteRuns(result, w));
        if (isShard)
        {
            return [RunsCsv];
        }

        AtomicFile.WriteText(Path.Combine(directory, SummaryCsv), w => SweepTables.WriteSummary(result, w));
        using MemoryStream document = new();
        SweepJsonWriter.Write(result, document);
        byte[] json = document.ToArray();
        SweepDocument read = SweepDocument.Read(json);
        AtomicFile.WriteText(Path.Combine(directory, SweepHtml), w => SweepPage.Write(read, w));
        AtomicFile.WriteBytes(Path.Combine(directory, SweepJson), s => s.Write(json));
        return [RunsCsv, SummaryCsv, SweepHtml, SweepJson];
    }
}
