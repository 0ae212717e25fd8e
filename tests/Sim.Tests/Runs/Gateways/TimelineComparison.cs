using System.Globalization;
using System.Text.Json;
using Sim.Core;
using Sim.Runs;

namespace Sim.Tests.Runs.Gateways;

/// <summary>Compares a simulated timeline with a recorded one.</summary>
internal static class TimelineComparison
{
    private const double Seconds = 0.4;

    public static List<string> Compare(GatewayCase c, JsonElement run, GatewayWorld world)
    {
        var found = new List<string>();
        bool isPerRequest = world.Client.Proxy!.Clusters.Any(static x => x.Config.MaxRequestsPerConnection == 1);
        double duration = double.Parse(GatewayCase.Text(c["durationSeconds"]), CultureInfo.InvariantCulture);
        foreach (bool ofGateways in (bool[])[false, true])
        {
            CompareEjections(ofGateways ? "gateway" : "client", Recorded(run, ofGateways, duration),
                Events(world, ofGateways, duration), isPerRequest, found);
        }

        double rate = double.Parse(c.Get("load", "ratePerSecond"), CultureInfo.InvariantCulture);
        CompareCounts(run, world, rate, isPerRequest ? 28 : 8, found);
        return found;
    }

    private static List<(double At, string Action, string Host)> Events(
        GatewayWorld world, bool ofGateways, double duration) =>
        [.. world.Ejections.Where(e => e.Proxy.IsGateway == ofGateways && e.AtNs < duration * SimDuration.Second)
            .Select(static e => (e.AtNs / 1e9, e.Action, e.Host))];

    private static List<(double At, string Action, string Host)> Recorded(
        JsonElement run, bool ofGateways, double duration) =>
        [.. run.GetProperty(ofGateways ? "gatewayEjections" : "ejections").EnumerateArray()
            .Where(static e => e.GetProperty("action").GetString() == "UNEJECT"
                || e.GetProperty("enforced").GetBoolean())
            .Select(static e => (e.GetProperty("t").GetDouble(), e.GetProperty("action").GetString()!,
                e.GetProperty("host").GetString()!)).Where(e => e.Item1 < duration)];

    private static void CompareEjections(
        string who, List<(double At, string Action, string Host)> theirs,
        List<(double At, string Action, string Host)> mine, bool isPerRequest, List<string> found)
    {
        foreach (string host in theirs.Concat(mine).Select(static e => e.Host).Distinct().Order(StringComparer.Ordinal))
        {
            var a = theirs.Where(e => e.Host == host).ToList();
            var b = mine.Where(e => e.Host == host).ToList();
            string text = $"{who} {host}: recorded {Text(a)}, simulated {Text(b)}";
            if (!a.Select(static e => e.Action).SequenceEqual(b.Select(static e => e.Action)))
            {
                found.Add(text);
                continue;
            }

            // With a connection per request an ejection waits for a run of failures, which is a draw.
            bool isOff = a.Zip(b).Any(pair => Math.Abs(pair.First.At - pair.Second.At)
                > (isPerRequest && pair.First.Action == "EJECT" ? 3 : Seconds));
            if (isOff)
            {
                found.Add(text);
            }
        }
    }

    private static string Text(List<(double At, string Action, string Host)> events) => string.Join(", ",
        events.Select(static e => string.Create(CultureInfo.InvariantCulture, $"{e.Action} {e.At:F2}")));

    /// <summary>Errors around each change within 8, and within a second's more where every request draws a pod of its
    /// own and the merge window holds an ejection back. Seconds without change in which the recorded client kept its
    /// pace: every key within 3, or, where a draw decides between keys, their sums within 4.9 standard deviations.
    /// </summary>
    private static void CompareCounts(
        JsonElement run, GatewayWorld world, double rate, int room, List<string> found)
    {
        Dictionary<int, Dictionary<string, int>> recorded = run.GetProperty("perSecond").EnumerateArray().ToDictionary(
            static s => s.GetProperty("t").GetInt32(), static s => s.GetProperty("counts").EnumerateObject()
                .GroupBy(static k => KeyOf(k.Name.Split('|'))).ToDictionary(
                    static g => g.Key, static g => g.Sum(static k => k.Value.GetInt32()), StringComparer.Ordinal));
        Dictionary<int, Dictionary<string, int>> simulated = world.Ended.GroupBy(
            static o => (int)(o.StartNs / SimDuration.Second)).ToDictionary(static g => g.Key, g => g.GroupBy(
                o => Key(world, o)).ToDictionary(static k => k.Key, static k => k.Count(), StringComparer.Ordinal));
        int[] changes = [.. Changes(run).Select(static t => (int)t).Distinct().Order()];
        bool Near(int second) => changes.Any(x => second >= x - 1 && second <= x + 2);
        int last = recorded.Keys.Max();
        for (int from = 0; from < last;)
        {
            int to = from + 1;
            while (to < last && Near(to) == Near(from))
            {
                to++;
            }

            if (Near(from))
            {
                int a = Errors(recorded, from, to);
                int b = Errors(simulated, from, to);
                if (Math.Abs(a - b) > room)
                {
                    found.Add($"errors from {from} s to {to} s: recorded {a}, simulated {b}");
                }
            }
            else
            {
                int[] steady = [.. Enumerable.Range(from, to - from).Where(
                    t => recorded.ContainsKey(t) && Math.Abs(recorded[t].Values.Sum() - rate) <= 3)];
                CompareSteady(recorded, simulated, steady, found);
            }

            from = to;
        }
    }

    private static void CompareSteady(
        Dictionary<int, Dictionary<string, int>> recorded, Dictionary<int, Dictionary<string, int>> simulated,
        int[] seconds, List<string> found)
    {
        int Sum(Dictionary<int, Dictionary<string, int>> counts, string? key) => seconds.Sum(t =>
            counts.GetValueOrDefault(t)?.Where(k => key is null || k.Key == key).Sum(static k => k.Value) ?? 0);
        double all = Sum(recorded, null);
        IEnumerable<string> keys = seconds.SelectMany(
            t => recorded[t].Keys.Union((simulated.GetValueOrDefault(t) ?? []).Keys));
        foreach (string key in keys.Distinct().Order(StringComparer.Ordinal))
        {
            double share = Sum(recorded, key) / all;
            if (share is > 0.1 and < 0.9)
            {
                double room = 4.9 * Math.Sqrt(2 * all * share * (1 - share));
                if (Math.Abs(Sum(recorded, key) - Sum(simulated, key)) > room)
                {
                    found.Add($"{key} in {seconds[0]} s to {seconds[^1]} s: recorded {Sum(recorded, key)}, "
                        + $"simulated {Sum(simulated, key)}");
                }

                continue;
            }

            foreach (int t in seconds)
            {
                int a = recorded[t].GetValueOrDefault(key);
                int b = simulated.GetValueOrDefault(t)?.GetValueOrDefault(key) ?? 0;
                if (Math.Abs(a - b) > 3)
                {
                    found.Add($"{t} s {key}: recorded {a}, simulated {b}");
                }
            }
        }
    }

    private static IEnumerable<double> Changes(JsonElement run) =>
        ((string[])["faults", "ejections", "gatewayEjections"]).SelectMany(n => run.GetProperty(n).EnumerateArray())
            .Select(static e => e.GetProperty("t").GetDouble());

    private static int Errors(Dictionary<int, Dictionary<string, int>> counts, int from, int to) => counts
        .Where(s => s.Key >= from && s.Key < to).SelectMany(static s => s.Value)
        .Where(static k => !k.Key.StartsWith("200", StringComparison.Ordinal)).Sum(static k => k.Value);

    private static string Key(GatewayWorld world, EntryOutcome o) => KeyOf(
    [
        o.Code.ToString(CultureInfo.InvariantCulture), o.Flags,
        o.HostAddress.Length == 0 ? "none" : world.ClusterOf(o.HostAddress), "",
        o.Attempts.ToString(CultureInfo.InvariantCulture),
    ]);

    /// <summary>Code, flags, cluster and attempts; which pod is a draw, and which of two gateways too.</summary>
    private static string KeyOf(string[] parts) => $"{parts[0]}|{parts[1]}|{parts[2].Split('@')[0]}|{parts[^1]}";
}
