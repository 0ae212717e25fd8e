using System.Text.Json;
using Sim.Core;
using Sim.Envoy;

namespace Sim.Tests.Envoy;

/// <summary>The comparisons of the README of family envoy-outlier.</summary>
internal static class OutlierScriptCompare
{
    private const long ToleranceNs = 50 * SimDuration.Millisecond;

    /// <summary>Ejected hosts: exact, or one of the runs; a case with draws that decide about it is free.</summary>
    public static void Ejected(JsonElement expected, string[] ejected, string random, string where)
    {
        if (expected.Get("ejected") is not null)
        {
            Assert.That(ejected, Is.EqualTo(expected.Texts("ejected")), where + "ejected");
        }
        else if (expected.Get("ejected_of_runs") is not null && random.Length == 0)
        {
            Assert.That(
                expected.Items("ejected_of_runs")
                    .Select(static r => string.Join(',', r.EnumerateArray().Select(static x => x.GetString()))),
                Does.Contain(string.Join(',', ejected)), where + "ejected of runs");
        }
    }

    /// <summary>Counters and gauges: exact but for those named as not compared.</summary>
    public static void Stats(JsonElement expected, OutlierCounters counters, UpstreamCluster cluster, string where)
    {
        if (expected.Get("stats") is not JsonElement stats)
        {
            return;
        }

        string[] free = expected.Texts("stats_not_compared");
        var actual = counters.All().Append(new("membership_healthy", cluster.MembershipHealthy))
            .Append(new("membership_total", cluster.MembershipTotal)).ToDictionary();
        foreach (string name in actual.Keys.Union(stats.EnumerateObject().Select(static p => p.Name)))
        {
            if (!free.Contains(name))
            {
                Assert.That(actual.GetValueOrDefault(name, -1), Is.EqualTo(stats.Int(name)), where + name);
            }
        }
    }

    /// <summary>Status codes: exact; of steps that end at a code only that code; else within the runs' bound.</summary>
    public static void Codes(JsonElement step, JsonElement expected, Dictionary<string, int> codes, string where)
    {
        string? until = step.Get("until_code")?.ToString();
        if (expected.Get("codes") is JsonElement exact)
        {
            var wanted = Counts(exact);
            foreach (string code in wanted.Keys.Union(codes.Keys).Where(c => until is null || c == until))
            {
                Assert.That(
                    codes.GetValueOrDefault(code), Is.EqualTo(wanted.GetValueOrDefault(code)), where + "code " + code);
            }
        }
        else if (expected.Get("codes_of_runs") is JsonElement runs)
        {
            List<Dictionary<string, int>> all = [.. runs.EnumerateArray().Select(Counts)];
            if (until is null)
            {
                WithinRuns(all, codes, [], where + "codes");
            }
            else
            {
                Assert.That(
                    all.Select(r => r.GetValueOrDefault(until)), Does.Contain(codes.GetValueOrDefault(until)),
                    where + "code " + until);
            }
        }
    }

    /// <summary>Hosts used.</summary>
    public static void Served(JsonElement step, JsonElement expected, Dictionary<string, int> served, string where)
    {
        if (expected.Get("served_by_of_runs") is not JsonElement runs || step.Get("until_code") is not null)
        {
            return;
        }

        List<Dictionary<string, int>> all = [.. runs.EnumerateArray().Select(Counts)];
        switch (step.Text("compare"))
        {
            case "count_of_hosts":
                Assert.That(all.Select(static r => r.Count), Does.Contain(served.Count), where + "number of hosts");
                break;
            case "set_of_hosts":
                Assert.That(all.Select(Set), Does.Contain(Set(served)), where + "set of hosts");
                break;
            default:
                WithinRuns(all, served, expected.Texts("ejected"), where + "served by");
                break;
        }
    }

    /// <summary>Events: exact; inside a sweep as a set; times of immediate ejections within 50 ms.</summary>
    public static void Events(JsonElement recording, IReadOnlyList<OutlierScriptEvent> events)
    {
        string random = recording.Text("random");
        if (recording.Get("events") is JsonElement exact)
        {
            bool withoutUnenforced = recording.Items("not_compared").Any();
            Same(exact, events, withoutUnenforced);
        }
        else if (random == "jitter")
        {
            Jitter(recording, events);
        }
        else if (random.Length == 0)
        {
            // Runs that are not enforced are noise under back-to-back load.
            Exception? last = null;
            foreach (JsonElement run in recording.Items("events_of_runs"))
            {
                string difference = Difference(run, events, withoutUnenforced: true);
                if (difference.Length == 0)
                {
                    return;
                }

                last = new InvalidDataException(difference);
            }

            Assert.Fail("no run has these events: " + last?.Message);
        }
        else
        {
            Assert.That(random, Is.EqualTo("enforcing"));
            Enforcing(recording, events);
        }
    }

    private static void Same(JsonElement run, IReadOnlyList<OutlierScriptEvent> events, bool withoutUnenforced) =>
        Assert.That(Difference(run, events, withoutUnenforced), Is.Empty);

    private static string Difference(JsonElement run, IReadOnlyList<OutlierScriptEvent> events, bool withoutUnenforced)
    {
        var remaining = events.Where(e => !withoutUnenforced || e.Enforced || !IsConsecutive(e.Type)).ToList();
        foreach (JsonElement e in run.EnumerateArray())
        {
            bool enforced = e.Get("enforced")?.GetBoolean() ?? true;
            if (withoutUnenforced && !enforced && IsConsecutive(e.Text("type")))
            {
                continue;
            }

            int at = remaining.FindIndex(x => Matches(x, e, enforced));
            if (at < 0)
            {
                return "missing " + e + " in " + string.Join("; ", remaining);
            }

            remaining.RemoveAt(at);
        }

        return remaining.Count == 0 ? "" : "more than recorded: " + string.Join("; ", remaining);
    }

    private static bool Matches(OutlierScriptEvent x, JsonElement e, bool enforced)
    {
        bool isEject = e.Text("action") == "EJECT";
        int? sweep = e.Get("sweep")?.GetInt32();
        long atNs = e.GetProperty("t_ms").GetInt64() * SimDuration.Millisecond;
        return x.Host == e.Text("host") && x.Action == e.Text("action") && x.Sweep == sweep
            && (!isEject || (x.Type == e.Text("type") && x.Enforced == enforced
                && x.NumEjections == e.Int("num_ejections")))
            && (sweep is not null || !isEject || x.IsLate || Math.Abs(x.AtNs - atNs) <= ToleranceNs);
    }

    private static bool IsConsecutive(string type) => type.StartsWith("CONSECUTIVE", StringComparison.Ordinal);

    private static void Jitter(JsonElement recording, IReadOnlyList<OutlierScriptEvent> events)
    {
        JsonElement detection = recording.GetProperty("outlier_detection");
        long baseNs = detection.DurationNs("base_ejection_time", 30 * SimDuration.Second);
        long jitterNs = detection.DurationNs("max_ejection_time_jitter", 0);
        long intervalNs = detection.DurationNs("interval", 10 * SimDuration.Second);
        foreach (OutlierScriptEvent eject in events.Where(static e => e.Action == "EJECT"))
        {
            OutlierScriptEvent? back = events.FirstOrDefault(e => e.Host == eject.Host && e.Action == "UNEJECT");
            Assert.That(back, Is.Not.Null, eject.Host + " returns");
            long earliest = FirstSweep(eject.AtNs + baseNs, intervalNs);
            long latest = FirstSweep(eject.AtNs + baseNs + jitterNs, intervalNs);
            Assert.That(back!.AtNs, Is.InRange(earliest, latest), eject.Host);
        }

        Assert.That(
            events.Where(static e => e.Action == "UNEJECT").Select(static e => e.Sweep).Distinct().Count(),
            Is.GreaterThan(1), "a jitter of several sweeps spreads the returns");
    }

    private static long FirstSweep(long dueNs, long intervalNs) => (dueNs + intervalNs - 1) / intervalNs * intervalNs;

    private static void Enforcing(JsonElement recording, IReadOnlyList<OutlierScriptEvent> events)
    {
        // With few detections every count lies within a binomial bound of 1e-6: the detected hosts must be the same.
        JsonElement run = recording.Items("events_of_runs").First();
        var wanted = run.EnumerateArray()
            .Where(static e => !IsConsecutive(e.Text("type")) && e.Text("action") == "EJECT")
            .Select(static e => e.Text("host") + e.Text("type")).Order(StringComparer.Ordinal);
        var actual = events.Where(static e => !IsConsecutive(e.Type) && e.Action == "EJECT")
            .Select(static e => e.Host + e.Type).Order(StringComparer.Ordinal);
        Assert.That(actual, Is.EqualTo(wanted));
    }

    // A host that no run used may be used only where the runs themselves used different hosts, and never when ejected.
    private static void WithinRuns(
        List<Dictionary<string, int>> runs, Dictionary<string, int> actual, string[] ejected, string what)
    {
        int n = actual.Values.Sum();
        double total = runs.Sum(static r => r.Values.Sum());
        string[] keys = [.. runs.SelectMany(static r => r.Keys).Distinct()];
        bool isFree = runs.Select(Set).Distinct().Count() > 1;
        Assert.That(isFree ? actual.Keys.Intersect(ejected) : actual.Keys, Is.SubsetOf(keys), what);
        foreach (string key in keys.Union(actual.Keys))
        {
            double p = runs.Sum(r => r.GetValueOrDefault(key)) / total;
            double bound = (5 * Math.Sqrt(n * p * (1 - p) * 4 / 3)) + 2;
            Assert.That(actual.GetValueOrDefault(key), Is.EqualTo(n * p).Within(bound), what + " " + key);
        }
    }

    private static string Set(Dictionary<string, int> counts) =>
        string.Join(',', counts.Keys.Order(StringComparer.Ordinal));

    private static Dictionary<string, int> Counts(JsonElement e) =>
        e.EnumerateObject().ToDictionary(static p => p.Name, static p => p.Value.GetInt32());
}
