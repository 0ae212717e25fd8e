using System.Globalization;
using Sim.Core;
using Sim.Runs.Scenario;

namespace Sim.Runs.Judging;

/// <summary>Judges that data never moved where it must not: over the whole run, warm-up included.</summary>
internal static class FlowJudge
{
    /// <summary>The finding of one run.</summary>
    public static Finding Judge(FlowSpec flow, JudgedRun run)
    {
        LedgerEntry[] wrong = [.. run.Ledger.Where(flow.Covers)];
        long answers = wrong.Sum(static l => l.Requests);
        if (answers == 0)
        {
            bool isVacuous = !run.Ledger.Any(l => flow.DataClass.Value.Length == 0
                || l.DataClass == flow.DataClass.Value);
            return new Finding(true, "0 answers", "never", 1, isVacuous ? "no data of the class moved at all" : "");
        }

        LedgerEntry first = wrong.MinBy(static l => l.FirstNs)!;
        string request = first.FirstRequest < 0 ? ""
            : string.Create(CultureInfo.InvariantCulture, $"; meshsim why --request {first.FirstRequest}");
        return new Finding(false, string.Create(CultureInfo.InvariantCulture,
                $"{answers} answers, {wrong.Sum(static l => l.Bytes)} bytes"), "never", -answers,
            $"first at {SimDuration.Format(first.FirstNs)}: {first.From}/{first.Holder} to {first.To}/{first.Reader}, "
                + $"{first.Path}, allowed by {first.AllowedBy}{request}");
    }
}
