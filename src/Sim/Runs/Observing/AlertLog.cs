using Sim.Core;
using Sim.Telemetry;
using Sim.Telemetry.Rules;

namespace Sim.Runs.Observing;

/// <summary>Writes down when alerts of one server were pending and when they fired.</summary>
internal sealed class AlertLog(string cluster, long startMs, RunRecorder recorder)
{
    private readonly List<AlertInterval> _intervals = [];
    private readonly Dictionary<Alert, (AlertState State, int Index)> _open = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Rule, RuleCount> _counts = new(ReferenceEqualityComparer.Instance);
    private readonly List<AlertingRule> _order = [];

    /// <summary>The times of alerts in order of begin.</summary>
    public IReadOnlyList<AlertInterval> Intervals => _intervals;

    /// <summary>How often each rule was evaluated.</summary>
    public IEnumerable<AlertRuleRecord> Rules => _order.Select(r => new AlertRuleRecord(
        cluster, r.Name, _counts[r].Evaluations, _counts[r].Firing, _counts[r].FirstNs, _counts[r].IntervalNs, r.Span));

    /// <summary>A group was evaluated.</summary>
    public void Evaluated(RuleEngine engine, RuleGroup group, long intervalMs, long timeMs)
    {
        long nowNs = (timeMs - startMs) * SimDuration.Millisecond;
        var present = new HashSet<Alert>(ReferenceEqualityComparer.Instance);
        var firing = new HashSet<Rule>(ReferenceEqualityComparer.Instance);
        foreach (Alert alert in engine.Alerts.Where(a => IsOf(group, a)))
        {
            present.Add(alert);
            if (alert.State == AlertState.Firing)
            {
                firing.Add(alert.Rule);
            }

            Follow(alert, nowNs);
        }

        foreach (Alert gone in _open.Keys.Where(a => !present.Contains(a) && IsOf(group, a)).ToList())
        {
            Close(gone, nowNs);
        }

        foreach (AlertingRule rule in group.Rules.OfType<AlertingRule>())
        {
            Count(rule, firing.Contains(rule), intervalMs * SimDuration.Millisecond, nowNs);
        }
    }

    private static bool IsOf(RuleGroup group, Alert alert) =>
        group.Rules.Contains(alert.Rule, ReferenceEqualityComparer.Instance);

    private void Count(AlertingRule rule, bool isFiring, long intervalNs, long nowNs)
    {
        if (!_counts.TryGetValue(rule, out RuleCount? count))
        {
            count = new RuleCount { IntervalNs = intervalNs };
            _counts.Add(rule, count);
            _order.Add(rule);
        }

        count.Evaluations++;
        if (isFiring)
        {
            count.Firing++;
            count.FirstNs ??= nowNs;
        }
    }

    private void Follow(Alert alert, long nowNs)
    {
        if (_open.TryGetValue(alert, out (AlertState State, int Index) known))
        {
            if (known.State == alert.State)
            {
                return;
            }

            _intervals[known.Index] = _intervals[known.Index] with { UntilNs = nowNs };
        }

        bool isFiring = alert.State == AlertState.Firing;
        _open[alert] = (alert.State, _intervals.Count);
        _intervals.Add(new AlertInterval(
            cluster, alert.Rule.Name, isFiring ? AlertInterval.Firing : AlertInterval.Pending,
            [.. alert.Labels.Labels.Where(static l => l.Name != "alertname")
                .Select(static l => KeyValuePair.Create(l.Name, l.Value))],
            nowNs, null, alert.Value, SummaryOf(alert)));
        if (isFiring)
        {
            recorder.Note(nowNs, "alert", alert.Rule.Name, $"fires in {cluster}{Quoted(SummaryOf(alert))}",
                alert.Rule.Span);
        }
    }

    private void Close(Alert alert, long nowNs)
    {
        (AlertState state, int index) = _open[alert];
        _open.Remove(alert);
        _intervals[index] = _intervals[index] with { UntilNs = nowNs };
        if (state == AlertState.Firing)
        {
            recorder.Note(nowNs, "alert", alert.Rule.Name, $"is resolved in {cluster}", alert.Rule.Span);
        }
    }

    private static string Quoted(string summary) => summary.Length == 0 ? "" : ": " + summary;

    private static string SummaryOf(Alert alert)
    {
        string summary = "";
        foreach (Label l in alert.Annotations)
        {
            summary = l.Name == "summary" || (l.Name == "description" && summary.Length == 0) ? l.Value : summary;
        }

        return summary;
    }

    private sealed class RuleCount
    {
        public long IntervalNs { get; init; }

        public int Evaluations { get; set; }

        public int Firing { get; set; }

        public long? FirstNs { get; set; }
    }
}
