using System.Globalization;
using CsvHelper;
using Sim.Experiments;
using Sim.Runs;

namespace Sim.Reports.Sweeps;

/// <summary>The tables of a sweep: tidy, snake_case columns with unit suffixes, UTF-8, LF, one header line.</summary>
/// <remarks>Measured values are written with all their digits, so that tables made from read rows equal those made from
/// the runs themselves; derived figures have nine significant digits.</remarks>
public static class SweepTables
{
    private static readonly CsvWriterOptions Options = new()
    {
        NewLine = "\n",
        FormatProvider = CultureInfo.InvariantCulture,
    };

    /// <summary>Columns of <c>runs.csv</c>.</summary>
    public static IReadOnlyList<string> RunColumns(SweepPlan plan) =>
    [
        "run", "plan", "point", SweepPlan.VariantName, .. plan.Axes.Select(static a => a.Name.Value), "replication",
        "seed", "verdict", "requests", "good", "failed_checks", .. plan.Measures.Select(static m => m.Column),
        "events_fingerprint", "results_fingerprint",
    ];

    /// <summary>Fields of a row of <c>runs.csv</c>.</summary>
    public static IReadOnlyList<string> RunFields(SweepPlan plan, SweepRow row)
    {
        SweepPoint point = plan.Points[row.Point];
        return
        [
            Text(plan.RunOf(row.Point, row.Replication)), plan.Hash, Text(row.Point), point.Variant, .. point.Values,
            Text(row.Replication), plan.Seed.ToString(CultureInfo.InvariantCulture), RunJsonNames.Of(row.Verdict),
            Text(row.Requests), Text(row.Good), Text(row.FailedChecks), .. row.Values.Select(Exact),
            row.EventsFingerprint, row.ResultsFingerprint,
        ];
    }

    /// <summary>The row that fields describe.</summary>
    /// <exception cref="FormatException">They describe none of this plan.</exception>
    public static SweepRow RowOf(SweepPlan plan, IReadOnlyList<string> fields)
    {
        int axes = plan.Axes.Count;
        int at = 4 + axes;
        if (fields.Count != RunColumns(plan).Count)
        {
            throw new FormatException("a row has too few or too many fields");
        }

        if (fields[1] != plan.Hash)
        {
            throw new FormatException("a row belongs to another sweep: scenario, overrides, seed, replications, "
                + "measures or version differ");
        }

        int values = at + 6;
        var row = new SweepRow(
            (int)Number(fields[2]), (int)Number(fields[at]),
            fields[at + 2] switch
            {
                "held" => Verdict.Held,
                "failed" => Verdict.Failed,
                string other => throw new FormatException($"\"{other}\" is no verdict"),
            },
            Number(fields[at + 3]), Number(fields[at + 4]), (int)Number(fields[at + 5]),
            plan.Measures.Select((_, i) => Value(fields[values + i])).ToList(),
            fields[values + plan.Measures.Count], fields[values + plan.Measures.Count + 1]);
        bool isOfPlan = row.Point < plan.Points.Count && row.Replication < plan.ReplicationsMost
            && RunFields(plan, row).SequenceEqual(fields);
        return isOfPlan ? row : throw new FormatException($"run {fields[0]} is not as this sweep has it");
    }

    /// <summary>Rows of a <c>runs.csv</c>.</summary>
    /// <exception cref="FormatException">It is not one of this plan.</exception>
    public static IReadOnlyList<SweepRow> ReadRuns(SweepPlan plan, Stream stream)
    {
        try
        {
            using CsvReader csv = CsvReader.Create(stream, CsvReaderOptions.Default, leaveOpen: true);
            IReadOnlyList<string> columns = RunColumns(plan);
            var rows = new List<SweepRow>();
            bool any = csv.Read();
            if (!csv.Headers.SequenceEqual(columns))
            {
                throw new FormatException("its columns are those of another sweep");
            }

            for (; any; any = csv.Read())
            {
                rows.Add(RowOf(plan, Enumerable.Range(0, columns.Count).Select(csv.GetString).ToList()));
            }

            return rows;
        }
        catch (Exception e) when (e is CsvFormatException or CsvValidationException or OverflowException)
        {
            throw new FormatException(e.Message, e);
        }
    }

    /// <summary>One line of <c>runs.csv</c>, line end included.</summary>
    public static string Line(IReadOnlyList<string> fields)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        using (CsvWriter csv = CsvWriter.Create(text, Options, leaveOpen: true))
        {
            WriteRow(csv, fields);
        }

        return text.ToString();
    }

    /// <summary><c>runs.csv</c>: one row per run, by point and replication.</summary>
    public static void WriteRuns(SweepResult result, TextWriter writer)
    {
        using CsvWriter csv = CsvWriter.Create(writer, Options, leaveOpen: true);
        WriteRow(csv, RunColumns(result.Plan));
        foreach (SweepRow row in result.Rows)
        {
            WriteRow(csv, RunFields(result.Plan, row));
        }
    }

    /// <summary><c>summary.csv</c>: one row per point and measure.</summary>
    public static void WriteSummary(SweepResult result, TextWriter writer)
    {
        SweepPlan plan = result.Plan;
        using CsvWriter csv = CsvWriter.Create(writer, Options, leaveOpen: true);
        WriteRow(csv, SummaryColumns([.. plan.Axes.Select(static a => a.Name.Value)]));
        foreach (PointSummary s in SweepSummary.Of(result))
        {
            foreach (MeasureSummary m in s.Measures)
            {
                WriteRow(csv, SummaryFields(s, m));
            }
        }
    }

    /// <summary>Columns of <c>summary.csv</c>.</summary>
    internal static IReadOnlyList<string> SummaryColumns(IReadOnlyList<string> axes) =>
    [
        "point", SweepPlan.VariantName, .. axes, "replications", "held", "ended", "measure", "unit", "count", "mean",
        "deviation", "low", "high", "least", "median", "most", "baseline", "pairs", "difference", "difference_low",
        "difference_high", "correlation",
    ];

    /// <summary>A figure with nine significant digits; empty when there is none.</summary>
    internal static string Figure(double? value) => value is not { } v || double.IsNaN(v) ? ""
        : Rounded(v).ToString("0.############", CultureInfo.InvariantCulture);

    /// <summary>Nine significant digits as a decimal number; 0 below the smallest decimal.</summary>
    internal static decimal Rounded(double value) => decimal.Parse(
        value.ToString("E8", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture);

    private static IReadOnlyList<string> SummaryFields(PointSummary s, MeasureSummary m)
    {
        bool has = m.Own.HalfWidth is not null;
        bool hasDifference = m.Difference?.HalfWidth is not null;
        return
        [
            Text(s.Point.Index), s.Point.Variant, .. s.Point.Values, Text(s.Replications), Text(s.Held), s.Ended,
            m.Measure.Name, m.Measure.Unit, Text(m.Own.Count), Figure(m.Own.Mean), Figure(m.Own.Deviation),
            has ? Figure(m.Own.Low) : "", has ? Figure(m.Own.High) : "", Figure(m.Least), Figure(m.Median),
            Figure(m.Most), s.Point.Baseline < 0 ? "" : Text(s.Point.Baseline),
            m.Difference is { } d ? Text(d.Count) : "", Figure(m.Difference?.Mean),
            hasDifference ? Figure(m.Difference!.Value.Low) : "", hasDifference ? Figure(m.Difference!.Value.High) : "",
            Figure(m.Correlation),
        ];
    }

    private static string Text(long value) => CsvTables.Text(value);

    private static string Exact(double value) =>
        double.IsNaN(value) ? "" : value.ToString("R", CultureInfo.InvariantCulture);

    private static double Value(string text) => text.Length == 0 ? double.NaN
        : double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    private static long Number(string text) => long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static void WriteRow(CsvWriter csv, IReadOnlyList<string> fields)
    {
        foreach (string field in fields)
        {
            csv.WriteField(field);
        }

        csv.EndRecord();
    }
}
