using System.Globalization;
using Sim.Core;
using Sim.Runs;

namespace Sim.Reports;

/// <summary>One figure of two runs.</summary>
/// <param name="What">What it is.</param>
/// <param name="Left">Of the first run.</param>
/// <param name="Right">Of the second run.</param>
/// <param name="Difference">Second less first, with unit; empty = not a number.</param>
/// <param name="Span">Where it stands; unknown = nowhere.</param>
public sealed record RunDifference(
    string What, string Left, string Right, string Difference = "", SourceSpan Span = default)
{
    /// <summary>Whether the runs agree.</summary>
    public bool IsSame => Left == Right;
}

/// <summary>Compares two results: availability, percentiles, codes, checks, findings.</summary>
/// <remarks>Availability counts every request of a run, as its summary does. Quantiles are those of the kept requests
/// that had an answer, by nearest rank; when a run kept a sample only, its name says so.</remarks>
public static class RunDifferences
{
    private static readonly double[] Quantiles = [0.5, 0.9, 0.99];

    /// <summary>All figures, those that agree included, in a stable order.</summary>
    public static IReadOnlyList<RunDifference> Of(RunResult left, RunResult right)
    {
        var rows = new List<RunDifference>
        {
            new("scenario", Name(left), Name(right)),
            new("profile", left.Stamp.Istio, right.Stamp.Istio),
            new("input", left.Stamp.InputHash, right.Stamp.InputHash),
            new("seed", Text(left.Stamp.Seed), Text(right.Stamp.Seed)),
            new("verdict", VerdictLine.Word(left.Verdict), VerdictLine.Word(right.Verdict)),
            Count("requests", left.RequestsTotal, right.RequestsTotal),
            Availability(left, right),
        };
        rows.AddRange(Latencies(left, right));
        rows.AddRange(Counts("code ", Codes(left), Codes(right)));
        rows.AddRange(Counts("ended ", left.ByDisposition, right.ByDisposition));
        rows.Add(Count("ejections", left.Ejections.Count, right.Ejections.Count));
        rows.AddRange(Judgements(left, right));
        rows.AddRange(Findings("finding ", left.Findings, right.Findings));
        rows.AddRange(Findings("not modelled ", left.NotModelled, right.NotModelled));
        return rows;
    }

    private static string Name(RunResult r) =>
        r.Stamp.Variant.Length == 0 ? r.Stamp.Scenario : r.Stamp.Scenario + " / " + r.Stamp.Variant;

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);

    private static RunDifference Count(string what, long left, long right) =>
        new(what, Text(left), Text(right), (right - left).ToString("+0;-0;0", CultureInfo.InvariantCulture));

    private static RunDifference Availability(RunResult left, RunResult right)
    {
        RunFigures a = RunFigures.Of(left);
        RunFigures b = RunFigures.Of(right);
        if (a.Total == 0 || b.Total == 0)
        {
            return new RunDifference("availability", Share(a), Share(b));
        }

        double points = 100.0 * ((double)b.Good / b.Total - (double)a.Good / a.Total);
        return new RunDifference("availability", Share(a), Share(b),
            points.ToString("+0.####;-0.####;0", CultureInfo.InvariantCulture) + " points");
    }

    private static string Share(RunFigures f) => f.Total == 0 ? "no requests"
        : (100.0 * f.Good / f.Total).ToString("0.####", CultureInfo.InvariantCulture) + " %";

    private static IEnumerable<RunDifference> Latencies(RunResult left, RunResult right)
    {
        string sample = left.Requests.Count < left.RequestsTotal || right.Requests.Count < right.RequestsTotal
            ? " (of the requests kept)" : "";
        foreach (string traffic in left.Requests.Concat(right.Requests).Select(static r => r.Traffic)
                     .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            List<long> a = KeptLatency.Of(left, traffic);
            List<long> b = KeptLatency.Of(right, traffic);
            foreach (double q in Quantiles)
            {
                string name = "p" + Text(q * 100) + " " + traffic + sample;
                long? x = KeptLatency.At(a, q);
                long? y = KeptLatency.At(b, q);
                yield return new RunDifference(name, Milliseconds(x), Milliseconds(y), x is null || y is null ? ""
                    : (y.Value - x.Value > 0 ? "+" : "") + Milliseconds(y - x));
            }
        }
    }

    private static string Milliseconds(long? ns) => ns is not { } value ? ""
        : ((decimal)value / SimDuration.Millisecond).ToString("0.###", CultureInfo.InvariantCulture) + " ms";

    private static IEnumerable<KeyValuePair<string, long>> Codes(RunResult r) => r.ByCode.Select(
        static c => KeyValuePair.Create(c.Key == 0 ? "none" : Text(c.Key), c.Value));

    private static IEnumerable<RunDifference> Counts(
        string what, IEnumerable<KeyValuePair<string, long>> left, IEnumerable<KeyValuePair<string, long>> right)
    {
        var a = left.ToDictionary(static p => p.Key, static p => p.Value, StringComparer.Ordinal);
        var b = right.ToDictionary(static p => p.Key, static p => p.Value, StringComparer.Ordinal);
        return a.Keys.Union(b.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(k => Count(what + k, a.GetValueOrDefault(k), b.GetValueOrDefault(k)));
    }

    private static IEnumerable<RunDifference> Judgements(RunResult left, RunResult right)
    {
        List<Judgement> others = [.. right.Judgements];
        foreach (Judgement j in left.Judgements)
        {
            Judgement? other = others.Find(o => o.Kind == j.Kind && o.Text == j.Text);
            others.Remove(other!);
            yield return new RunDifference(j.Kind + " " + j.Text, Text(j), Text(other), "", j.Span);
        }

        foreach (Judgement j in others)
        {
            yield return new RunDifference(j.Kind + " " + j.Text, "", Text(j), "", j.Span);
        }
    }

    private static string Text(Judgement? j) => j is null ? ""
        : (j.Held ? "held" : "failed") + (j.Measured.Length > 0 ? ", " + j.Measured : "");

    private static IEnumerable<RunDifference> Findings(
        string what, IReadOnlyList<Diagnostic> left, IReadOnlyList<Diagnostic> right)
    {
        foreach (IGrouping<(string, string, SourceSpan), (Diagnostic Finding, int Left)> g in left
                     .Select(static d => (Finding: d, Left: 1)).Concat(right.Select(static d => (Finding: d, Left: 0)))
                     .GroupBy(static d => (d.Finding.Code, d.Finding.Message, d.Finding.Span)))
        {
            Diagnostic d = g.First().Finding;
            int a = g.Count(static x => x.Left == 1);
            int b = g.Count() - a;
            yield return new RunDifference(what + d.Code + " " + d.Message, Times(a), Times(b), "", d.Span);
        }
    }

    private static string Times(int n) => n switch { 0 => "", 1 => "there", _ => Text(n) + " times" };
}
