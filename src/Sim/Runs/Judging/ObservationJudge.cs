using System.Globalization;
using Sim.Core;
using Sim.Runs.Observing;
using Sim.Runs.Scenario;
using Sim.Telemetry;
using Sim.Telemetry.PromQl;

namespace Sim.Runs.Judging;

/// <summary>Judges what is expected of alerts and of queries to a Prometheus.</summary>
internal static class ObservationJudge
{
    /// <summary>An expectation of an alert as one line.</summary>
    public static string Text(AlertExpectation e)
    {
        string what = !e.IsFiring ? "never fires" : e.IsThroughout ? "fires throughout" : "fires";
        return $"{e.Alert} {what}{In(e.Cluster)}{(e.During.IsWritten ? " during " + e.During : "")}";
    }

    /// <summary>A query as one line.</summary>
    public static string Text(QuerySpec q)
    {
        string query = string.Join(' ', q.Query.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        string at = q.AtNs is { } t ? " at " + SimDuration.Format(t) : "";
        return $"{query}{In(q.Cluster)}{at}{(q.ExpectsNone ? " gives nothing" : "")}";
    }

    /// <summary>Whether an alert fired as expected.</summary>
    public static Finding Judge(AlertExpectation e, JudgedRun run, ScenarioDocument document)
    {
        (long from, long to) = e.During.IsWritten ? document.BandOf(e.During) ?? (0, run.DurationNs)
            : (0, run.DurationNs);
        string limit = !e.IsFiring ? "never" : e.IsThroughout ? "at every evaluation" : "at least once";
        var rules = run.Observation.Rules.Where(r => r.Alert == e.Alert && IsMeant(e, r.Cluster)).ToList();
        if (rules.Count == 0)
        {
            return new Finding(false, "no server has such a rule", limit, double.NegativeInfinity);
        }

        var firing = run.Observation.Alerts.Where(a => a.State == AlertInterval.Firing && a.Alert == e.Alert
            && IsMeant(e, a.Cluster) && a.FromNs < to && (a.UntilNs ?? long.MaxValue) > from).ToList();
        if (firing.Count == 0)
        {
            return new Finding(!e.IsFiring, "never fired", limit, e.IsFiring ? -1 : 0);
        }

        AlertInterval first = firing[0];
        string until = first.UntilNs is { } end ? SimDuration.Format(end) : "the end";
        string measured = string.Create(CultureInfo.InvariantCulture,
            $"fired from {SimDuration.Format(first.FromNs)} to {until}")
            + (firing.Count == 1 ? ""
                : string.Create(CultureInfo.InvariantCulture, $" and {firing.Count - 1} times more"));
        string detail = first.Cluster + " " + string.Join(", ", first.Labels
            .Where(static l => l.Key is "severity" or "reporter" or "response_code" or "source_workload"
                or "destination_service_name").Select(static l => l.Key + "=" + l.Value));
        if (e.IsFiring && e.IsThroughout)
        {
            return Throughout(rules, firing, from, to, measured, detail);
        }

        return new Finding(e.IsFiring, measured, limit, e.IsFiring ? 0 : -firing.Count, detail);
    }

    /// <summary>Whether a query gave what was expected.</summary>
    public static Finding Judge(QuerySpec q, JudgedRun run)
    {
        string limit = q.ExpectsNone ? "no series" : "some series";
        ObservedCluster? server = run.Observation.Clusters
            .FirstOrDefault(c => !q.Cluster.IsWritten || c.Cluster == q.Cluster.Value);
        if (server?.Store is not { } store)
        {
            return new Finding(false, "there is no such Prometheus", limit, double.NegativeInfinity);
        }

        long at = Math.Min(q.AtNs?.Value ?? run.DurationNs, run.DurationNs) / SimDuration.Millisecond;
        PromQlResult result = PromQlQuery.Instant(
            q.Query, server.Dialect, store, server.StartMs + at, server.Options);
        if (result.Error is { } error)
        {
            return new Finding(false, error.ToString(), limit, double.NegativeInfinity);
        }

        (int count, string measured) = result.Value switch
        {
            VectorValue v => (v.Samples.Count, Text(v)),
            MatrixValue m => (m.Series.Count, Series(m.Series.Count)),
            ScalarValue s => (1, GoText.Shortest(s.Value)),
            StringValue s => (1, s.Value),
            _ => (0, ""),
        };
        return new Finding((count == 0) == q.ExpectsNone, measured, limit, q.ExpectsNone ? -count : count - 0.5);
    }

    /// <summary>Firing at each evaluation from the first at which it fired to the last one of the time.</summary>
    private static Finding Throughout(List<AlertRuleRecord> rules, List<AlertInterval> firing, long from, long to,
        string measured, string detail)
    {
        long interval = rules[0].IntervalNs;
        long covered = firing[0].FromNs;
        bool isEarly = covered <= from + (2 * interval) + firing[0].FromNs % interval;
        foreach (AlertInterval a in firing)
        {
            if (a.FromNs <= covered)
            {
                covered = Math.Max(covered, a.UntilNs ?? long.MaxValue);
            }
        }

        bool holds = covered >= to - (to % interval) && (isEarly || from == 0);
        return new Finding(holds, measured, "at every evaluation", holds ? 0 : covered - to, detail);
    }

    private static bool IsMeant(AlertExpectation e, string cluster) =>
        !e.Cluster.IsWritten || e.Cluster.Value == cluster;

    private static string In(Sourced<string> cluster) => cluster.IsWritten ? " in " + cluster : "";

    private static string Series(int count) => count switch
    {
        0 => "no series",
        1 => "1 series",
        _ => count.ToString(CultureInfo.InvariantCulture) + " series",
    };

    private static string Text(VectorValue v) => v.Samples.Count switch
    {
        0 => "no series",
        1 => GoText.Shortest(v.Samples[0].Value),
        _ => Series(v.Samples.Count) + ", the first " + GoText.Shortest(v.Samples[0].Value),
    };
}
