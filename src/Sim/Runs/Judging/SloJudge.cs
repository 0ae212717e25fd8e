using System.Globalization;
using Sim.Core;
using Sim.Runs.Scenario;

namespace Sim.Runs.Judging;

/// <summary>Judges service level objectives on one run.</summary>
/// <remarks>A request without an answer (code 0) is never good. Conditions on code and flags alone are counted from
/// the series, exactly; conditions on time or attempts need single requests and say so when those are a sample.
/// </remarks>
internal static class SloJudge
{
    public static Finding Judge(SloSpec slo, RunReading reading)
    {
        GoodExpression good = AssertionParser.ParseGood(slo.Good);
        JudgedRun run = reading.Run;
        long from = Math.Max(run.WarmupNs, slo.WindowNs > 0 ? run.DurationNs - slo.WindowNs : 0);
        int firstBin = reading.BinAtOrAfter(from);
        bool needsRequests = good.All.Any(static c => c.Field is "duration" or "attempts");
        (long total, long bad) = needsRequests ? CountRequests(slo, good, reading, firstBin)
            : CountSeries(slo, good, reading, firstBin);
        string limit = ">= " + Measurement.Percent(slo.Target);
        if (total == 0)
        {
            return new Finding(false, "no requests", limit, double.NegativeInfinity);
        }

        double share = (double)(total - bad) / total;
        ErrorBudget budget = BudgetOf(slo, reading);
        return new Finding(share >= slo.Target, Measurement.Percent(share), limit, share - slo.Target,
            Budget(slo, total, bad, needsRequests && !run.IsEveryRequest) + Alarms(budget))
        {
            BudgetUsed = budget.Used,
        };
    }

    /// <summary>The course of an objective's budget, bin by bin.</summary>
    public static ErrorBudget BudgetOf(SloSpec slo, RunReading reading)
    {
        GoodExpression good = AssertionParser.ParseGood(slo.Good);
        JudgedRun run = reading.Run;
        long from = Math.Max(run.WarmupNs, slo.WindowNs > 0 ? run.DurationNs - slo.WindowNs : 0);
        int first = reading.BinAtOrAfter(from);
        var total = new double[Math.Max(0, reading.BinCount - first)];
        var bad = new double[total.Length];
        bool needsRequests = good.All.Any(static c => c.Field is "duration" or "attempts");
        foreach (SeriesPoint p in needsRequests ? [] : run.Series)
        {
            int bin = (int)(p.BinStartNs / run.BinNs) - first;
            if (bin >= 0 && bin < total.Length && IsMeant(slo, reading, p.Key.Traffic, p.Key.Service))
            {
                total[bin] += p.Count;
                bad[bin] += IsGood(good, p.Code, p.Flags, 0, 0) ? 0 : p.Count;
            }
        }

        foreach (RequestRecord r in needsRequests ? run.Requests : [])
        {
            int bin = (int)(r.StartNs / run.BinNs) - first;
            if (bin >= 0 && bin < total.Length && IsMeant(slo, reading, r.Traffic, r.Service))
            {
                total[bin]++;
                bad[bin] += IsGood(good, r.Code, r.Flags, r.EndNs - r.StartNs, r.Attempts) ? 0 : 1;
            }
        }

        return ErrorBudget.Of(
            slo.Name, slo.Target, first * run.BinNs, run.BinNs, total, bad, slo.Burn ?? BurnRule.Workbook);
    }

    /// <summary>What became of a budget, in a line.</summary>
    public static string Text(ErrorBudget budget)
    {
        string used = budget.Used is { } share ? Measurement.Percent(share) : "none of an empty budget";
        return string.Create(CultureInfo.InvariantCulture,
            $"error budget used {used}: {budget.Bad:0} bad of {budget.Total:0} requests") + Alarms(budget);
    }

    private static string Alarms(ErrorBudget budget) => string.Concat(budget.Burns
        .Where(static b => b.Alarms.Count > 0).Select(static b => string.Create(CultureInfo.InvariantCulture,
            $"; burns over {b.Rule.Rate} x from ") + SimDuration.Format(b.Alarms[0].FromNs)));

    private static string Budget(SloSpec slo, long total, long bad, bool isSample)
    {
        double allowed = (1 - slo.Target) * total;
        string used = allowed > 1e-9 ? Measurement.Percent(bad / allowed)
            : bad == 0 ? "none of an empty budget" : "more than an empty budget";
        return string.Create(CultureInfo.InvariantCulture,
            $"error budget used {used}: {bad} bad of {total} requests{(isSample ? " (a sample)" : "")}");
    }

    private static (long Total, long Bad) CountSeries(
        SloSpec slo, GoodExpression good, RunReading reading, int firstBin)
    {
        long total = 0;
        long bad = 0;
        foreach (SeriesPoint p in reading.Run.Series)
        {
            if (p.BinStartNs / reading.Run.BinNs >= firstBin && IsMeant(slo, reading, p.Key.Traffic, p.Key.Service))
            {
                total += p.Count;
                bad += IsGood(good, p.Code, p.Flags, 0, 0) ? 0 : p.Count;
            }
        }

        return (total, bad);
    }

    private static (long Total, long Bad) CountRequests(
        SloSpec slo, GoodExpression good, RunReading reading, int firstBin)
    {
        long total = 0;
        long bad = 0;
        foreach (RequestRecord r in reading.Run.Requests)
        {
            if (r.StartNs / reading.Run.BinNs >= firstBin && IsMeant(slo, reading, r.Traffic, r.Service))
            {
                total++;
                bad += IsGood(good, r.Code, r.Flags, r.EndNs - r.StartNs, r.Attempts) ? 0 : 1;
            }
        }

        return (total, bad);
    }

    private static bool IsMeant(SloSpec slo, RunReading reading, string traffic, string service)
    {
        string wanted = slo.Service.Value;
        return (slo.Traffic.Value.Length == 0 ? reading.IsEntry(traffic, false) : traffic == slo.Traffic.Value)
            && (wanted.Length == 0 || service == wanted || service.Split('.')[0] == wanted);
    }

    private static bool IsGood(GoodExpression good, int code, string flags, long durationNs, int attempts)
    {
        if (code == 0)
        {
            return false;
        }

        foreach (GoodCondition c in good.All)
        {
            bool holds = c.Field switch
            {
                "response_code" => new Measurement(code, AssertionUnit.Number).Is(c.Operator, c.Value),
                "duration" => new Measurement(durationNs, AssertionUnit.Time).Is(c.Operator, c.Value),
                "attempts" => new Measurement(attempts, AssertionUnit.Number).Is(c.Operator, c.Value),
                _ => flags == c.Text == (c.Operator == ComparisonOperator.Equal),
            };
            if (!holds)
            {
                return false;
            }
        }

        return true;
    }
}
