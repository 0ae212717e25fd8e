using Sim.Runs;

namespace Sim.Experiments;

/// <summary>What is kept of one run.</summary>
/// <param name="Point">Point.</param>
/// <param name="Replication">Replication, from 0.</param>
/// <param name="Verdict">Whether all checks held.</param>
/// <param name="Requests">Entry requests.</param>
/// <param name="Good">Those that count as available.</param>
/// <param name="FailedChecks">Checks that did not hold.</param>
/// <param name="Values">A value for each measure, in the unit of the tables; NaN = nothing was measured.</param>
/// <param name="EventsFingerprint">Fingerprint of the events.</param>
/// <param name="ResultsFingerprint">Fingerprint of the results.</param>
public sealed record SweepRow(
    int Point, int Replication, Verdict Verdict, long Requests, long Good, int FailedChecks,
    IReadOnlyList<double> Values, string EventsFingerprint, string ResultsFingerprint)
{
    /// <summary>The row of a result.</summary>
    public static SweepRow Of(SweepPlan plan, SweepPoint point, RunResult result)
    {
        long total = 0;
        long good = 0;
        foreach (SeriesPoint p in result.Series)
        {
            total += p.Count;
            good += p.Good ? p.Count : 0;
        }

        IReadOnlyList<double> measured =
            point.Prepared.Measure(result, plan.Measures.Select(static m => m.Selector).ToList());
        return new SweepRow(
            point.Index, result.Stamp.Replication, result.Verdict, total, good,
            result.Judgements.Count(static j => !j.Held),
            measured.Select((v, i) => plan.Measures[i].InUnit(v)).ToList(), result.EventsFingerprint,
            result.ResultsFingerprint);
    }

    /// <summary>Whether two rows say the same.</summary>
    public bool IsSameAs(SweepRow other) => this with { Values = other.Values } == other
        && Values.SequenceEqual(other.Values);
}

/// <summary>Where finished runs are kept, so that a sweep that was killed goes on where it was.</summary>
public interface IRunJournal
{
    /// <summary>Rows that are there already, each run once.</summary>
    IReadOnlyList<SweepRow> Rows { get; }

    /// <summary>Keeps a row. When it returns, the row outlives the process.</summary>
    void Append(SweepRow row);
}

/// <summary>A journal that forgets when the process ends.</summary>
public sealed class MemoryJournal : IRunJournal
{
    private readonly List<SweepRow> _rows = [];

    /// <inheritdoc/>
    public IReadOnlyList<SweepRow> Rows => _rows.ToList();

    /// <inheritdoc/>
    public void Append(SweepRow row) => _rows.Add(row);
}
