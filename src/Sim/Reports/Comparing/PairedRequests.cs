using Sim.Runs;

namespace Sim.Reports.Comparing;

/// <summary>The requests that two runs both sent, one against the other: the same caller, the same traffic, the same
/// moment.</summary>
/// <param name="Pairs">Requests that both kept.</param>
/// <param name="GoodInBoth">Answered in both.</param>
/// <param name="FailedInBoth">Failed in both.</param>
/// <param name="FailedInFirst">Failed in the first run only.</param>
/// <param name="FailedInSecond">Failed in the second run only.</param>
/// <param name="MeanDifferenceNs">Mean of second less first duration of those answered in both, nanoseconds; null
/// without such.</param>
/// <remarks>Runs of one seed send the same requests as long as traffic does not wait for answers; a request that only
/// one run sent has no pair. No interval is given: requests of one run hang together, and only replications
/// (<c>meshsim sweep</c>) tell what is chance.</remarks>
public sealed record PairedRequests(
    long Pairs, long GoodInBoth, long FailedInBoth, long FailedInFirst, long FailedInSecond, decimal? MeanDifferenceNs)
{
    /// <summary>Pairs the kept requests of two runs.</summary>
    /// <param name="first">First run.</param>
    /// <param name="second">Second run.</param>
    public static PairedRequests Of(RunResult first, RunResult second)
    {
        Dictionary<(string, string, long, int), RequestRecord> known = [];
        foreach ((RequestRecord request, int turn) in Turns(first))
        {
            known.Add((request.Traffic, request.Client, request.StartNs, turn), request);
        }

        long goodInBoth = 0;
        long failedInBoth = 0;
        long failedInFirst = 0;
        long failedInSecond = 0;
        decimal longer = 0;
        foreach ((RequestRecord b, int turn) in Turns(second))
        {
            if (!known.TryGetValue((b.Traffic, b.Client, b.StartNs, turn), out RequestRecord? a))
            {
                continue;
            }

            switch (Dispositions.IsGood(a.Code), Dispositions.IsGood(b.Code))
            {
                case (true, true):
                    goodInBoth++;
                    longer += b.EndNs - b.StartNs - (a.EndNs - a.StartNs);
                    break;
                case (false, false):
                    failedInBoth++;
                    break;
                case (false, true):
                    failedInFirst++;
                    break;
                default:
                    failedInSecond++;
                    break;
            }
        }

        return new PairedRequests(
            goodInBoth + failedInBoth + failedInFirst + failedInSecond, goodInBoth, failedInBoth, failedInFirst,
            failedInSecond, goodInBoth == 0 ? null : longer / goodInBoth);
    }

    /// <summary>Why two runs have no requests in pairs: the first reason that applies, as the rest of a sentence.
    /// </summary>
    /// <param name="first">First run.</param>
    /// <param name="second">Second run.</param>
    public static string WhyNone(RunResult first, RunResult second)
    {
        if (Missing(first) is { } lacks)
        {
            return "the first run " + lacks;
        }

        if (Missing(second) is { } none)
        {
            return none;
        }

        HashSet<(string, string)> callers = [.. first.Requests.Select(static r => (r.Traffic, r.Client))];
        return first.Stamp.Seed != second.Stamp.Seed ? "another seed, so requests come at other moments"
            : !second.Requests.Any(r => callers.Contains((r.Traffic, r.Client)))
            ? "no traffic of the same name from the same pods"
            : "requests come at other moments, as they do when traffic has another rate or waits for answers";
    }

    private static string? Missing(RunResult run) => run.Requests.Count > 0 ? null
        : run.RequestsTotal == 0 ? "sent no requests" : "kept no requests (requests.csv)";

    /// <summary>Requests with a number that tells those of one caller and moment apart.</summary>
    private static IEnumerable<(RequestRecord Request, int Turn)> Turns(RunResult run)
    {
        Dictionary<(string, string, long), int> turns = [];
        foreach (RequestRecord r in run.Requests)
        {
            (string, string, long) key = (r.Traffic, r.Client, r.StartNs);
            int turn = turns.GetValueOrDefault(key);
            turns[key] = turn + 1;
            yield return (r, turn);
        }
    }
}
