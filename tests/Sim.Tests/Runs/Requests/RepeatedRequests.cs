using System.Globalization;
using System.Text;
using System.Text.Json;
using Sim.Core;
using Sim.Runs;
using Sim.Tests.Envoy;

namespace Sim.Tests.Runs.Requests;

/// <summary>A recorded request that was sent many times: shares of outcomes and hosts, connections, back-offs.
/// </summary>
/// <remarks>Shares and times are compared as two samples at a false-alarm probability of 1e-6 each.</remarks>
internal static class RepeatedRequests
{
    private const int Many = 1_000;
    private const double Sigmas = 4.9;
    private const double KolmogorovSmirnov = 2.7;

    /// <summary>How often the simulator sends it: as often as was recorded where everything is certain.</summary>
    public static int Times(JsonElement step)
    {
        JsonElement expected = step.GetProperty("expected");
        bool isCertain = expected.Get("host_sequences") is null && expected.Get("gap_ms") is null
            && !(expected.Get("counts")?.GetArrayLength() > 1);
        return step.Int("count", 1) == 1 || isCertain ? step.Int("count", 1) : Many;
    }

    /// <summary>Compares what became of all of them.</summary>
    public static void Compare(
        RequestScriptWorld world, JsonElement c, JsonElement step, ReadOnlySpan<EntryOutcome> actual,
        StringBuilder text)
    {
        JsonElement expected = step.GetProperty("expected");
        int recorded = expected.Int("requests", step.Int("count"));
        var outcomes = new Dictionary<string, int>(StringComparer.Ordinal);
        var finals = new Dictionary<string, int>(StringComparer.Ordinal);
        var connections = new HashSet<long>();
        HashSet<long> ids = [];
        foreach (ref readonly EntryOutcome o in actual)
        {
            Count(outcomes, $"{o.Attempts} {o.Code} {o.Flags} {o.Details}");
            Count(finals, world.HostOf(in o) ?? "-");
            connections.Add(o.Connection);
            ids.Add(o.Id);
        }

        Shares("outcome", expected.Items("counts").ToDictionary(
            static e => $"{e.Int("attempts")} {e.Int("code")} {e.Text("flags")} {e.Text("details")}",
            static e => e.Int("count")), recorded, outcomes, actual.Length, text);
        if (expected.Get("final_host") is JsonElement hosts)
        {
            Shares("final host", Counts(hosts), recorded, finals, actual.Length, text);
        }

        if (expected.Get("connections_used") is JsonElement used && used.GetInt32() != connections.Count)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"connections: recorded {used}, simulated {connections.Count}\n");
        }

        CompareTries(
            c, expected, (recorded, actual.Length), [.. world.Tries.Where(t => ids.Contains(t.Request))], text);
    }

    /// <summary>Under ROUND_ROBIN the place of the first host decides all the others: there only the priorities of the
    /// hosts are compared.</summary>
    private static string Comparable(JsonElement c, string sequence)
    {
        JsonElement main = c.GetProperty("clusters").GetProperty("main");
        return main.Text("lb_policy") == "RANDOM" ? sequence : string.Join('>', sequence.Split('>').Select(h =>
            main.Items("hosts").First(e => e.Text("id") == h).Int("priority")));
    }

    private static void CompareTries(
        JsonElement c, JsonElement expected, (int Recorded, int Sent) count,
        List<(int Request, int Attempt, string Host, long AtNs)> tries, StringBuilder text)
    {
        (int recorded, int sent) = count;
        var sequences = new Dictionary<string, int>(StringComparer.Ordinal);
        var gaps = new SortedDictionary<int, List<double>>();
        int repeated = 0;
        foreach (var request in tries.GroupBy(static t => t.Request))
        {
            (int Request, int Attempt, string Host, long AtNs)[] own = [.. request];
            Count(sequences, Comparable(c, string.Join('>', own.Select(static t => t.Host))));
            repeated += own.Length - own.Select(static t => t.Host).Distinct(StringComparer.Ordinal).Count();
            for (int k = 1; k < own.Length; k++)
            {
                (gaps.TryGetValue(k, out List<double>? list) ? list : gaps[k] = [])
                    .Add((double)(own[k].AtNs - own[k - 1].AtNs) / SimDuration.Millisecond);
            }
        }

        if (expected.Get("host_sequences") is JsonElement hosts)
        {
            var known = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach ((string sequence, int times) in Counts(hosts))
            {
                string key = Comparable(c, sequence);
                known[key] = known.GetValueOrDefault(key) + times;
            }

            Shares("hosts", known, recorded, sequences, sent, text);
        }

        if (expected.Get("repeated_host_tries") is JsonElement again)
        {
            double a = (double)again.GetInt32() / recorded;
            double b = (double)repeated / sent;
            if (Math.Abs(a - b) > Sigmas * Math.Sqrt(Math.Max(a, b) * ((1.0 / recorded) + (1.0 / sent))))
            {
                text.Append(CultureInfo.InvariantCulture, $"tries at a host again: recorded {a}, simulated {b}\n");
            }
        }

        foreach (JsonProperty gap in expected.Get("gap_ms")?.EnumerateObject() ?? default)
        {
            double[] seen = [.. gap.Value.EnumerateArray().Select(static g => WholeMs(g.GetDouble() - 0.5))];
            double[] own = [.. gaps.GetValueOrDefault(int.Parse(gap.Name, CultureInfo.InvariantCulture), [])
                .Select(static g => WholeMs(g - 0.5))];
            double distance = Distance(seen, own);
            if (distance > KolmogorovSmirnov * Math.Sqrt((1.0 / seen.Length) + (1.0 / Math.Max(1, own.Length))))
            {
                text.Append(CultureInfo.InvariantCulture,
                    $"back-off {gap.Name}: distance {distance:F3}, means {seen.Average()}, {own.Average()}\n");
            }
        }
    }

    /// <summary>Back-offs are whole milliseconds, ways and connects take parts of one.</summary>
    private static double WholeMs(double ms) => Math.Max(0, Math.Round(ms));

    private static double Distance(double[] a, double[] b) => a.Concat(b).Distinct().Max(x =>
        Math.Abs(((double)a.Count(v => v <= x) / a.Length) - ((double)b.Count(v => v <= x) / Math.Max(1, b.Length))));

    private static void Shares(
        string what, Dictionary<string, int> recorded, int recordedAll, Dictionary<string, int> simulated, int all,
        StringBuilder text)
    {
        foreach (string key in recorded.Keys.Union(simulated.Keys, StringComparer.Ordinal))
        {
            int x = recorded.GetValueOrDefault(key);
            int y = simulated.GetValueOrDefault(key);
            double p = (double)(x + y) / (recordedAll + all);
            bool isCertain = recorded.Count == 1 && recorded.ContainsKey(key);
            double slack = isCertain ? 0 : Sigmas * Math.Sqrt(p * (1 - p) * ((1.0 / recordedAll) + (1.0 / all)));
            if (Math.Abs(((double)x / recordedAll) - ((double)y / all)) > slack)
            {
                text.Append(CultureInfo.InvariantCulture,
                    $"{what} {key}: recorded {x} of {recordedAll}, simulated {y} of {all}\n");
            }
        }
    }

    private static Dictionary<string, int> Counts(JsonElement e) =>
        e.EnumerateObject().ToDictionary(static p => p.Name, static p => p.Value.GetInt32());

    private static void Count(Dictionary<string, int> counts, string key) =>
        counts[key] = counts.GetValueOrDefault(key) + 1;
}
