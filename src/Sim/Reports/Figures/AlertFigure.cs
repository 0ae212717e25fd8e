using Sim.Reports.Svg;
using Sim.Runs;
using Sim.Runs.Observing;

namespace Sim.Reports.Figures;

/// <summary>When alerts were pending and when they fired, one lane per server and rule.</summary>
public static class AlertFigure
{
    private const int RowsMost = 500;

    /// <summary>The figure; null when no alerting rule was evaluated.</summary>
    public static RunFigure? Of(RunResult result)
    {
        Observation o = result.Observation;
        if (o.Rules.Count == 0)
        {
            return null;
        }

        int firing = o.Rules.Count(static r => r.FiringEvaluations > 0);
        Chart chart = new()
        {
            Id = "alert-lanes",
            Title = "Alerts",
            Description = $"{Words.Count(firing)} of {Words.Count(o.Rules.Count, "alerting rule")} fired",
            ToNs = RunFigure.End(result),
            Bands = RunFigure.Bands(result),
            Lanes = [.. o.Rules.Select(r => Lane(result, r))],
        };
        IReadOnlyList<string>[] rows = [.. o.Alerts.Take(RowsMost).Select(a => (IReadOnlyList<string>)
            [Words.Time(a.FromNs), a.UntilNs is { } u ? Words.Time(u) : "end of run", a.Cluster, a.Alert, a.State,
                string.Join(", ", a.Labels.Select(static l => $"{l.Key}={l.Value}")), a.Summary])];
        string note = o.Alerts.Count > RowsMost
            ? $"The first {Words.Count(RowsMost)} of {Words.Count(o.Alerts.Count)}; run.json has them all." : "";
        return new RunFigure(
            chart,
            [
                new LegendEntry("firing", ChartStyle.Firing),
                new LegendEntry("pending: its condition holds, not yet for long enough", ChartStyle.Pending),
            ],
            new DataTable(["from", "until", "Prometheus in", "alert", "state", "labels", "summary"], rows, note));
    }

    private static ChartLane Lane(RunResult result, AlertRuleRecord rule)
    {
        AlertInterval[] own = [.. result.Observation.Alerts
            .Where(a => a.Cluster == rule.Cluster && a.Alert == rule.Alert && a.FromNs < RunFigure.End(result))];
        string share = rule.FiringEvaluations == 0 ? "never"
            : $"{Words.Count(rule.FiringEvaluations)} of {Words.Count(rule.Evaluations)}";
        return new ChartLane(
            $"{rule.Alert} in {rule.Cluster}", rule.Alert, share,
            [.. Merged(own, AlertInterval.Pending, RunFigure.End(result), ChartStyle.Pending)
                .Concat(Merged(own, AlertInterval.Firing, RunFigure.End(result), ChartStyle.Firing))]);
    }

    /// <summary>Overlapping times of one state as one mark, told how many alerts it stands for.</summary>
    private static IEnumerable<ChartMark> Merged(AlertInterval[] all, string state, long end, ChartStyle style)
    {
        (long From, long To, int Count)? open = null;
        foreach (AlertInterval a in all.Where(a => a.State == state).OrderBy(static a => a.FromNs))
        {
            long to = Math.Min(a.UntilNs ?? end, end);
            if (open is { } o && a.FromNs <= o.To)
            {
                open = (o.From, Math.Max(o.To, to), o.Count + 1);
                continue;
            }

            if (open is { } done)
            {
                yield return Mark(done, state, style);
            }

            open = (a.FromNs, to, 1);
        }

        if (open is { } last)
        {
            yield return Mark(last, state, style);
        }
    }

    private static ChartMark Mark((long From, long To, int Count) m, string state, ChartStyle style) => new(
        m.From, Math.Max(m.From + 1, m.To), style, 0,
        $"{state}, {Words.Time(m.From)} to {Words.Time(m.To)}, {Words.Count(m.Count, "alert")}");
}
