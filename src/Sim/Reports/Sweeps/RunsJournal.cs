using System.Text;
using Sim.Core;
using Sim.Experiments;

namespace Sim.Reports.Sweeps;

/// <summary>The write-ahead <c>runs.csv</c> of a sweep: a finished run is on the disk before the next one is dealt out.
/// </summary>
/// <remarks>While a sweep runs, rows stand in the order in which runs finished; at its end the file is written again in
/// the order of the runs. A line that was cut off by a crash is dropped and its run is made again. The file is locked
/// while it is open, so that two sweeps do not write into one folder.</remarks>
public sealed class RunsJournal : IRunJournal, IDisposable
{
    private readonly SweepPlan _plan;
    private readonly FileStream _file;
    private readonly List<SweepRow> _rows;

    private RunsJournal(SweepPlan plan, FileStream file, List<SweepRow> rows)
    {
        _plan = plan;
        _file = file;
        _rows = rows;
    }

    /// <inheritdoc/>
    public IReadOnlyList<SweepRow> Rows => _rows;

    /// <summary>Opens the journal of a folder, a new one where there is none.</summary>
    /// <param name="path">The <c>runs.csv</c>; its folder must exist.</param>
    /// <param name="plan">Plan whose rows it holds.</param>
    /// <param name="diagnostics">Receives MS0604 when the file is of another sweep or broken.</param>
    /// <returns>Null when it cannot be used.</returns>
    /// <exception cref="IOException">It cannot be opened, or another process has it open.</exception>
    public static RunsJournal? Open(string path, SweepPlan plan, DiagnosticBag diagnostics)
    {
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        try
        {
            byte[] bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            int whole = Array.LastIndexOf(bytes, (byte)'\n') + 1;
            List<SweepRow> rows = whole == 0 ? []
                : Once(plan, SweepTables.ReadRuns(plan, new MemoryStream(bytes, 0, whole)));
            file.SetLength(whole);
            file.Position = whole;
            var journal = new RunsJournal(plan, file, rows);
            if (whole == 0)
            {
                journal.Write(SweepTables.RunColumns(plan));
            }

            return journal;
        }
        catch (FormatException e)
        {
            file.Dispose();
            diagnostics.Error("MS0604", "the runs.csv is not one of this sweep: " + e.Message,
                new SourceSpan(path.Replace('\\', '/'), 0, 0), "choose another folder, or remove the file");
            return null;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Rows of a finished file, as a shard leaves it.</summary>
    /// <param name="path">A <c>runs.csv</c>, or the folder that holds one.</param>
    /// <param name="plan">Plan whose rows it holds.</param>
    /// <param name="diagnostics">Receives MS0604 when the file is of another sweep or broken.</param>
    /// <returns>Null when it cannot be used.</returns>
    public static IReadOnlyList<SweepRow>? Read(string path, SweepPlan plan, DiagnosticBag diagnostics)
    {
        string file = Directory.Exists(path) ? Path.Combine(path, SweepFiles.RunsCsv) : path;
        try
        {
            using FileStream stream = File.OpenRead(file);
            return Once(plan, SweepTables.ReadRuns(plan, stream));
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            diagnostics.Error("MS0604", "the runs.csv is not one of this sweep: " + e.Message,
                new SourceSpan(file.Replace('\\', '/'), 0, 0),
                "name the folders that the shards of this scenario wrote, with the same options");
            return null;
        }
    }

    /// <summary>Each run once.</summary>
    /// <exception cref="FormatException">A run is there twice with different results.</exception>
    public static List<SweepRow> Once(SweepPlan plan, IEnumerable<SweepRow> rows)
    {
        var byRun = new SortedDictionary<long, SweepRow>();
        foreach (SweepRow row in rows)
        {
            long run = plan.RunOf(row.Point, row.Replication);
            if (byRun.TryGetValue(run, out SweepRow? other) && !row.IsSameAs(other))
            {
                throw new FormatException("run " + CsvTables.Text(run) + " is there twice with different results");
            }

            byRun[run] = row;
        }

        return [.. byRun.Values];
    }

    /// <inheritdoc/>
    public void Append(SweepRow row)
    {
        Write(SweepTables.RunFields(_plan, row));
        _rows.Add(row);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private void Write(IReadOnlyList<string> fields)
    {
        _file.Write(Encoding.UTF8.GetBytes(SweepTables.Line(fields)));
        _file.Flush(flushToDisk: true);
    }
}
