using Sim.Core;

namespace Sim.Runs.Judging;

/// <summary>A rule of multi-window burn rates: it holds while both windows burn faster than a rate.</summary>
/// <param name="Rate">Times the speed that uses the budget up exactly at the end of its period.</param>
/// <param name="LongNs">Long window.</param>
/// <param name="ShortNs">Short window: it ends the alarm soon after the errors end.</param>
public sealed record BurnRule(double Rate, long LongNs, long ShortNs)
{
    /// <summary>The rules of a period of 30 days: 2 % of the budget in an hour, 5 % in six hours, 10 % in three
    /// days.</summary>
    /// <remarks>Beyer et al., The Site Reliability Workbook, chapter 5, table 5-8.</remarks>
    public static IReadOnlyList<BurnRule> Workbook { get; } =
    [
        new(14.4, SimDuration.Hour, 5 * SimDuration.Minute), new(6, 6 * SimDuration.Hour, 30 * SimDuration.Minute),
        new(1, 72 * SimDuration.Hour, 6 * SimDuration.Hour),
    ];
}

/// <summary>How a rule of burn rates went.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Highest">Highest rate of the long window.</param>
/// <param name="Alarms">Times in which both windows burned faster than the rule's rate: begin and end.</param>
public sealed record BurnRecord(BurnRule Rule, double Highest, IReadOnlyList<(long FromNs, long ToNs)> Alarms);

/// <summary>What became of the error budget of an objective.</summary>
/// <param name="Name">Objective.</param>
/// <param name="Target">Share of good requests, 0..1.</param>
/// <param name="FromNs">Begin of the window that is judged.</param>
/// <param name="StepNs">Time between two points.</param>
/// <param name="Total">Requests in the window.</param>
/// <param name="Bad">Bad ones.</param>
/// <param name="Remaining">Budget that is left at the end of each step, 1 at first; below 0 = overdrawn. The whole
/// budget is what the requests of the window allow. Empty when nothing is allowed.</param>
/// <param name="Burns">Burn rates.</param>
public sealed record ErrorBudget(
    string Name, double Target, long FromNs, long StepNs, double Total, double Bad, IReadOnlyList<double> Remaining,
    IReadOnlyList<BurnRecord> Burns)
{
    /// <summary>Part of the budget that was used; null when there is none.</summary>
    public double? Used => Remaining.Count == 0 ? null : 1 - Remaining[^1];

    /// <summary>The course of a budget from counts.</summary>
    /// <param name="name">Objective.</param>
    /// <param name="target">Share of good requests.</param>
    /// <param name="fromNs">Begin of the window.</param>
    /// <param name="stepNs">Length of a step.</param>
    /// <param name="total">Requests of each step.</param>
    /// <param name="bad">Bad ones of each step.</param>
    /// <param name="rules">Rules of burn rates.</param>
    /// <remarks>Windows that began before the run have what there is, as <c>rate()</c> has.</remarks>
    public static ErrorBudget Of(string name, double target, long fromNs, long stepNs, IReadOnlyList<double> total,
        IReadOnlyList<double> bad, IReadOnlyList<BurnRule> rules)
    {
        double allowed = (1 - target) * total.Sum();
        double used = 0;
        var remaining = new List<double>();
        foreach (double b in bad)
        {
            used += b;
            if (allowed > 1e-9)
            {
                remaining.Add(1 - (used / allowed));
            }
        }

        return new ErrorBudget(name, target, fromNs, stepNs, total.Sum(), used, remaining,
            target >= 1 ? [] : [.. rules.Select(r => Burn(r, 1 - target, fromNs, stepNs, total, bad))]);
    }

    private static BurnRecord Burn(BurnRule rule, double allowedShare, long fromNs, long stepNs,
        IReadOnlyList<double> total, IReadOnlyList<double> bad)
    {
        var alarms = new List<(long FromNs, long ToNs)>();
        double highest = 0;
        long begun = -1;
        var longer = new Window(rule.LongNs / stepNs, total, bad);
        var shorter = new Window(rule.ShortNs / stepNs, total, bad);
        for (int i = 0; i < total.Count; i++)
        {
            double slow = longer.Next() / allowedShare;
            double fast = shorter.Next() / allowedShare;
            highest = Math.Max(highest, slow);
            bool isAlarm = slow > rule.Rate && fast > rule.Rate;
            long at = fromNs + ((i + 1) * stepNs);
            if (isAlarm && begun < 0)
            {
                begun = at;
            }
            else if (!isAlarm && begun >= 0)
            {
                alarms.Add((begun, at));
                begun = -1;
            }
        }

        if (begun >= 0)
        {
            alarms.Add((begun, fromNs + (total.Count * stepNs)));
        }

        return new BurnRecord(rule, highest, alarms);
    }

    /// <summary>Share of bad requests in the last steps.</summary>
    private sealed class Window(long steps, IReadOnlyList<double> total, IReadOnlyList<double> bad)
    {
        private int _at;
        private double _total;
        private double _bad;

        public double Next()
        {
            _total += total[_at];
            _bad += bad[_at];
            if (_at >= Math.Max(1, steps))
            {
                _total -= total[_at - (int)Math.Max(1, steps)];
                _bad -= bad[_at - (int)Math.Max(1, steps)];
            }

            _at++;
            return _total > 0 ? Math.Max(0, _bad) / _total : 0;
        }
    }
}
