using Sim.Reports.Figures;
using Sim.Runs;

namespace Sim.Reports;

/// <summary>The first line of every report.</summary>
public static class VerdictLine
{
    /// <summary><c>HELD</c>, <c>FAILED</c> or <c>INTERRUPTED</c>.</summary>
    public static string Word(Verdict verdict) => RunJsonNames.Of(verdict).ToUpperInvariant();

    /// <summary>What the verdict rests on, such as <c>2 of 9 checks failed</c>.</summary>
    public static string Reason(RunResult result)
    {
        int all = result.Judgements.Count;
        int failed = result.Judgements.Count(static j => !j.Held);
        string checks = all == 0 ? "nothing was asserted"
            : failed == 0 ? $"{Words.Count(all)} of {Words.Count(all, "check")} held"
            : $"{Words.Count(failed)} of {Words.Count(all, "check")} failed";
        return result.Verdict == Verdict.Interrupted
            ? $"interrupted after {Words.Time(result.DurationNs)} of simulated time; {checks} so far" : checks;
    }

    /// <summary>What happened to the requests, in one sentence.</summary>
    public static string Requests(RunResult result)
    {
        RunFigures figures = RunFigures.Of(result);
        if (figures.Total == 0)
        {
            return "no request was sent";
        }

        string share = Words.Percent(figures.Good, figures.Total) + " of " + Words.Count(figures.Total, "request")
            + " answered";
        return figures.Failed == 0 ? share
            : $"{share}, {Words.Count(figures.Failed)} failed between {Words.Time(figures.FirstFailureNs!.Value)} " +
              $"and {Words.Time(figures.LastFailureNs!.Value + result.BinNs)}";
    }
}
