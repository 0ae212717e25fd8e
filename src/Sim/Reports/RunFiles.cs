using System.Globalization;
using CsvHelper;
using Sim.Core;
using Sim.Reports.Figures;
using Sim.Reports.Html;
using Sim.Reports.Matrices;
using Sim.Runs;

namespace Sim.Reports;

/// <summary>What reading a <c>run.json</c> gave.</summary>
/// <param name="Result">The run; null when the file could not be read.</param>
/// <param name="Diagnostics">Why not.</param>
public sealed record RunFilesReading(RunResult? Result, IReadOnlyList<Diagnostic> Diagnostics);

/// <summary>The files of a run, one folder per run.</summary>
/// <remarks>
/// Every file is written aside and renamed (<see cref="AtomicFile"/>); <c>run.json</c> comes last, so a folder whose
/// <c>run.json</c> is new has all its other files new.
/// </remarks>
public static class RunFiles
{
    /// <summary>File name of the contract.</summary>
    public const string RunJson = "run.json";

    /// <summary>File name of the requests that were kept.</summary>
    public const string RequestsCsv = "requests.csv";

    /// <summary>Writes every file of a run.</summary>
    /// <param name="result">The run.</param>
    /// <param name="directory">Target folder, made when missing.</param>
    /// <param name="replications">All replications, for <c>runs.csv</c>; one or none writes no such file.</param>
    /// <returns>Names of the files written, in order.</returns>
    public static IReadOnlyList<string> Write(
        RunResult result, string directory, IReadOnlyList<RunResult>? replications = null)
    {
        Directory.CreateDirectory(directory);
        List<(string Name, Action<TextWriter> Write)> texts =
        [
            ("timeseries.csv", w => CsvTables.WriteTimeSeries(result, w)),
            (RequestsCsv, w => CsvTables.WriteRequests(result, w)),
            ("events.csv", w => CsvTables.WriteEvents(result, w)),
            ("uptime.csv", w => CsvTables.WriteUptime(result, w)),
            ("latency.csv", w => CsvTables.WriteLatency(result, w)),
            ("ledger.csv", w => CsvTables.WriteLedger(result, w)),
            ("graph.csv", w => CsvTables.WriteGraph(result, w)),
            ("uptime.svg", w => w.Write(UptimeFigure.Standalone(result))),
            ("report.html", w => ReportPage.Write(result, w)),
            ("junit.xml", w => JUnitReport.Write(result, w)),
            ("summary.md", w => MarkdownReport.Write(result, w)),
        ];
        if (result.Capacity is { } capacity)
        {
            texts.Add(("capacity.csv", w => CsvTables.WriteCapacity(capacity, w)));
        }

        if (result.Matrix is { } matrix)
        {
            texts.Add(("matrix.csv", w => MatrixTables.WriteCells(matrix, w)));
        }

        texts.AddRange(MetricFiles.Of(result));
        if (replications is { Count: > 1 })
        {
            texts.Add(("runs.csv", w => CsvTables.WriteRuns(replications, w)));
        }

        foreach ((string name, Action<TextWriter> write) in texts)
        {
            AtomicFile.WriteText(Path.Combine(directory, name), write);
        }

        AtomicFile.WriteBytes(Path.Combine(directory, RunJson), stream => RunJsonWriter.Write(result, stream));
        return [.. texts.Select(static t => t.Name), RunJson];
    }

    /// <summary>Writes <c>run.json</c> alone to a stream.</summary>
    public static void WriteRunJson(RunResult result, Stream stream) => RunJsonWriter.Write(result, stream);

    /// <summary>Reads a run back, with the requests of a <c>requests.csv</c> beside it when there is one.</summary>
    /// <param name="path">A <c>run.json</c>, or the folder that holds one.</param>
    public static RunFilesReading Read(string path)
    {
        string file = Directory.Exists(path) ? Path.Combine(path, RunJson) : path;
        try
        {
            RunResult result = RunJsonReader.Read(File.ReadAllBytes(file));
            string requests = Path.Combine(Path.GetDirectoryName(file) ?? "", RequestsCsv);
            return File.Exists(requests)
                ? new RunFilesReading(result with { Requests = ReadRequests(requests) }, [])
                : new RunFilesReading(result, []);
        }
        catch (RunJsonException e)
        {
            return Failed("MS0602", file, e.Line, e.Message, "write it again with: meshsim run DIR --out DIR");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return Failed("MS0601", file, 0, "the run cannot be read: " + e.Message, "name a run.json or its folder");
        }
        catch (Exception e)
            when (e is CsvFormatException or CsvValidationException or FormatException or OverflowException)
        {
            return Failed("MS0603", Path.Combine(Path.GetDirectoryName(file) ?? "", RequestsCsv), 0,
                "the table of requests is not one that meshsim wrote",
                "remove it, or write it again with: meshsim run DIR --out DIR");
        }
    }

    private static RunFilesReading Failed(string code, string file, int line, string message, string hint)
    {
        SourceSpan span = new(file.Replace('\\', '/'), line, line > 0 ? 1 : 0);
        return new RunFilesReading(null, [new Diagnostic(code, Severity.Error, message, span, hint)]);
    }

    private static List<RequestRecord> ReadRequests(string path)
    {
        using FileStream stream = File.OpenRead(path);
        using CsvReader csv = CsvReader.Create(stream, CsvReaderOptions.Default, leaveOpen: true);
        List<RequestRecord> rows = [];
        bool any = csv.Read();
        if (!csv.Headers.SequenceEqual(CsvTables.RequestColumns))
        {
            throw new FormatException("unknown columns");
        }

        for (; any; any = csv.Read())
        {
            rows.Add(new RequestRecord(
                Number(csv, 0), csv.GetString(1), Nanoseconds(csv, 2), Nanoseconds(csv, 3), csv.GetString(5),
                csv.GetString(6), csv.GetString(7), (int)Number(csv, 8), csv.GetString(9), csv.GetString(10),
                csv.GetString(11), (int)Number(csv, 12), csv.GetString(13), csv.GetString(14), csv.GetString(15),
                csv.GetString(16), (int)Number(csv, 17)));
        }

        return rows;
    }

    private static long Number(CsvReader csv, int column) =>
        long.Parse(csv.GetString(column), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private static long Nanoseconds(CsvReader csv, int column) =>
        (long)(1_000_000_000m * decimal.Parse(
            csv.GetString(column), NumberStyles.Number, CultureInfo.InvariantCulture));
}
