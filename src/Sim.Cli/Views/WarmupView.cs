using System.Globalization;
using Sim.Core;
using Sim.Experiments;
using Sim.Runs;

namespace Sim.Cli.Views;

/// <summary>What <c>meshsim run --suggest-warmup</c> prints.</summary>
internal static class WarmupView
{
    /// <summary>Says of each traffic when the durations of its requests settle, and which warm-up that suggests.
    /// </summary>
    public static void Write(RunResult result, TextWriter output)
    {
        output.WriteLine();
        output.WriteLine("Warm-up (MSER-5 on the durations of requests)");
        long longest = 0;
        bool isSettled = true;
        foreach (IGrouping<string, RequestRecord> traffic in result.Requests
            .GroupBy(static r => r.Traffic, StringComparer.Ordinal).OrderBy(static g => g.Key, StringComparer.Ordinal))
        {
            RequestRecord[] requests = [.. traffic.OrderBy(static r => r.StartNs).ThenBy(static r => r.Id)];
            int left = WarmupDetection.Truncation([.. requests.Select(static r => (double)(r.EndNs - r.StartNs))]);
            if (left < 0)
            {
                isSettled = false;
                output.WriteLine(requests.Length < WarmupDetection.Batch * WarmupDetection.FewestBatches
                    ? $"  {traffic.Key}: too few requests to tell"
                    : $"  {traffic.Key}: does not settle in the first half of the run");
                continue;
            }

            long settles = left == 0 ? 0 : requests[left].StartNs;
            longest = Math.Max(longest, settles);
            output.WriteLine(left == 0 ? $"  {traffic.Key}: settled from the start" : string.Create(
                CultureInfo.InvariantCulture, $"  {traffic.Key}: settled after {SimDuration.Format(settles)}, ")
                + string.Create(CultureInfo.InvariantCulture, $"{left:N0} of {requests.Length:N0} requests before"));
        }

        long suggested = ((longest + SimDuration.Second - 1) / SimDuration.Second) * SimDuration.Second;
        output.WriteLine(suggested <= result.WarmupNs
            ? $"  warmup: {SimDuration.Format(result.WarmupNs)} is enough for what settles"
            : $"  suggested: --set spec.warmup={SimDuration.Format(suggested)}");
        if (!isSettled)
        {
            output.WriteLine("  what does not settle has an outage or a changing load in it, or is too short");
        }
    }
}
