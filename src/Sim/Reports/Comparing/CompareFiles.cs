namespace Sim.Reports.Comparing;

/// <summary>The files of compared runs.</summary>
public static class CompareFiles
{
    /// <summary>File name of the page.</summary>
    public const string Page = "compare.html";

    /// <summary>File name of the table.</summary>
    public const string Table = "compare.csv";

    /// <summary>Writes page and table.</summary>
    /// <param name="runs">Two runs or more; the first is what the others are held against.</param>
    /// <param name="directory">Target folder, made when missing.</param>
    /// <returns>Names of the files written, in order.</returns>
    public static IReadOnlyList<string> Write(IReadOnlyList<ComparedRun> runs, string directory)
    {
        Directory.CreateDirectory(directory);
        AtomicFile.WriteText(Path.Combine(directory, Table), w => CompareTables.WriteMeasures(runs, w));
        AtomicFile.WriteText(Path.Combine(directory, Page), w => ComparePage.Write(runs, w));
        return [Table, Page];
    }
}
