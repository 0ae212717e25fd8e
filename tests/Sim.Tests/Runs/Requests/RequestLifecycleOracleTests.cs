using System.Globalization;
using System.Text;
using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Runs;
using Sim.Tests.Envoy;
using Sim.Tests.Oracle;
using Sim.Tests.Runs.Timeline;

namespace Sim.Tests.Runs.Requests;

/// <summary>Recordings of family envoy-request through the whole life of a request: code, flags, details, attempts,
/// host, duration and counters; of repeated requests shares, hosts and back-offs. What the life of a request does not
/// know is left out step by step.</summary>
internal sealed class RequestLifecycleOracleTests
{
    private const string Family = "envoy-request";
    private static readonly string[] s_groups = ["retry-matrix", "retry", "timeout", "flags", "breaker", "backoff"];

    /// <summary>Every recorded case of the repository's own files, of groups that run elsewhere too.</summary>
    internal static IReadOnlyList<string> All => [.. Directory.GetFiles(
            OracleFiles.Folders(Family).First(), "*.json").Order(StringComparer.Ordinal)
        .SelectMany(static f => JsonDocument.Parse(File.ReadAllText(f)).RootElement.Items("cases"))
        .Select(static c => c.Text("id"))];

    /// <summary>The cases that run, and whether with every step.</summary>
    internal static IReadOnlyList<(string Id, bool IsWhole)> Runs => [.. Cases()
        .Select(static c => (JsonElement)c.Arguments[0]!)
        .Select(static c => (c.Text("id"), c.Items("requests").All(r => RequestScriptReader.IsModelled(c, r))))];

    private static IEnumerable<TestCaseData> Cases()
    {
        foreach (string file in OracleFiles.Files(Family, "*.json"))
        {
            JsonElement head = JsonDocument.Parse(File.ReadAllText(file)).RootElement;
            if (!s_groups.Contains(head.GetProperty("group").GetString()))
            {
                continue;
            }

            foreach (JsonElement c in head.GetProperty("cases").EnumerateArray())
            {
                if (RequestScriptReader.IsModelled(c)
                    && c.Items("requests").Any(r => RequestScriptReader.IsModelled(c, r)))
                {
                    yield return OracleFiles.Case(Family, "lifecycle/" + c.GetProperty("id").GetString(), c);
                }
            }
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void Request_ends_as_recorded(object recording)
    {
        var c = (JsonElement)recording;
        var world = new RequestScriptWorld(c, 7);
        var text = new StringBuilder();
        long now = SimDuration.Millisecond;
        bool isTimed = c.Items("requests").Any(static r => r.Get("at_ms") is not null);
        JsonElement[] steps = [.. c.Items("requests").Where(r => RequestScriptReader.IsModelled(c, r))];
        bool isComplete = steps.Length == c.GetProperty("requests").GetArrayLength();
        int[] first = new int[steps.Length + 1];
        for (int i = 0; i < steps.Length; i++)
        {
            int times = RepeatedRequests.Times(steps[i]);
            isComplete &= times == steps[i].Int("count", 1);
            first[i + 1] = first[i] + times;
            int together = Math.Max(1, steps[i].Int("concurrent"));
            for (int k = 0; k < times; k++)
            {
                world.Start(steps[i], now + (steps[i].Int("at_ms") * SimDuration.Millisecond));
                bool isLast = k == times - 1 && (!isTimed || i == steps.Length - 1);
                if (isLast || (times > 1 && (k + 1) % together == 0))
                {
                    now = RunUntilEnded(world.World, first[i] + k + 1, now);
                }
            }
        }

        world.World.Lifecycle.CheckInvariants();
        EntryOutcome[] ended = [.. world.World.Ended.OrderBy(static o => o.Id)];
        Assert.That(ended, Has.Length.EqualTo(first[^1]));
        for (int i = 0; i < steps.Length; i++)
        {
            if (steps[i].Int("count", 1) > 1)
            {
                RepeatedRequests.Compare(world, c, steps[i], ended.AsSpan(first[i]..first[i + 1]), text);
            }
            else
            {
                CompareAny(world, c, steps[i], in ended[first[i]], text);
            }
        }

        if (isComplete)
        {
            CompareCounters(world, c, text);
        }

        OracleList.Judge(
            OracleList.Read(Family, "not-yet-lifecycle.txt"), c.GetProperty("id").GetString()!, text.ToString());
    }

    /// <summary>Runs until so many requests have ended and a little longer, as the recorder did.</summary>
    private static long RunUntilEnded(TimelineWorld world, int count, long now)
    {
        for (long end = now + (5 * SimDuration.Minute); world.Ended.Count < count && now < end;)
        {
            now += 20 * SimDuration.Millisecond;
            world.RunTo(now);
        }

        return now;
    }

    /// <summary>What was recorded of a step: where runs differed, or requests of one instant took each other's place,
    /// any of it is right.</summary>
    private static IEnumerable<JsonElement> Alternatives(JsonElement c, JsonElement step) =>
        !c.Flag("unordered") ? Of(step) : c.Items("requests").SelectMany(Of);

    private static IEnumerable<JsonElement> Of(JsonElement step)
    {
        JsonElement expected = step.GetProperty("expected");
        return expected.Get("of_runs") is JsonElement runs ? runs.EnumerateArray() : [expected];
    }

    private static void CompareAny(
        RequestScriptWorld world, JsonElement c, JsonElement step, in EntryOutcome actual, StringBuilder text)
    {
        var differences = new StringBuilder();
        foreach (JsonElement expected in Alternatives(c, step))
        {
            differences.Clear();
            Compare(world, c, (step, expected), in actual, differences);
            if (differences.Length == 0)
            {
                return;
            }
        }

        text.Append(differences);
    }

    private static void Compare(
        RequestScriptWorld world, JsonElement c, (JsonElement Step, JsonElement Expected) recorded,
        in EntryOutcome actual, StringBuilder text)
    {
        (JsonElement step, JsonElement expected) = recorded;
        string where = step.Text("path") + " " + step.Text("plan") + " " + step.Text("situation") + ": ";
        void Differ(string what, string recorded, string simulated)
        {
            if (recorded != simulated)
            {
                text.Append(where).Append(what).Append(" recorded ").Append(recorded).Append(", simulated ")
                    .Append(simulated).Append('\n');
            }
        }

        // Outcomes keep the code that a local reply stands for; a gRPC caller is sent 200 with a grpc-status.
        bool isGrpc = MatcherJson.Lines(step.Get("headers")).Any(
            static h => h is { Key: "content-type", Value: "application/grpc" });
        int code = isGrpc && actual.Code != 0 && actual.Details != "via_upstream" ? 200 : actual.Code;
        Differ("code", expected.GetProperty("code").ToString(), code.ToString(CultureInfo.InvariantCulture));
        Differ("flags", expected.Text("flags"), actual.Flags);
        Differ("details", expected.Text("details"), actual.Details);
        Differ("attempts", expected.GetProperty("attempts").ToString(),
            actual.Attempts.ToString(CultureInfo.InvariantCulture));
        bool hasOneHost = c.Get("clusters")?.EnumerateObject().All(
            static p => p.Value.Items("hosts").Count() == 1) ?? false;
        if (hasOneHost && expected.Get("hosts") is JsonElement hosts && hosts.GetArrayLength() > 0)
        {
            Differ("host", hosts[hosts.GetArrayLength() - 1].GetString() ?? "none", world.HostOf(in actual) ?? "none");
        }

        double[] range = [.. (step.GetProperty("expected").Get("duration_ms_range") is JsonElement between
            ? between.EnumerateArray().Select(static e => e.GetDouble())
            : Enumerable.Repeat(step.GetProperty("expected").GetProperty("duration_ms").GetDouble(), 2))];
        double simulatedMs = (double)(actual.EndNs - actual.StartNs) / SimDuration.Millisecond;
        double backoffMs = 0;
        for (int k = 1; k < actual.Attempts; k++)
        {
            backoffMs += Math.Min(25 * Math.Pow(2, k - 1), 250);
        }

        double slackMs = Math.Max(15, 0.03 * range[1]) + backoffMs;
        if (simulatedMs < range[0] - slackMs || simulatedMs > range[1] + slackMs)
        {
            Differ("duration", range[0].ToString("F1", CultureInfo.InvariantCulture),
                simulatedMs.ToString("F1", CultureInfo.InvariantCulture));
        }
    }

    private static void CompareCounters(RequestScriptWorld world, JsonElement c, StringBuilder text)
    {
        bool isOfRuns = c.Items("requests").Any(static r => r.GetProperty("expected").Get("of_runs") is not null);
        bool isBurst = c.Items("requests").Count(static r => r.Get("at_ms")?.GetInt32() == 0) > 1;
        foreach (JsonProperty cluster in c.Get("clusters")?.EnumerateObject() ?? default)
        {
            foreach ((string name, long value) in world.Counters(cluster.Name))
            {
                if (name is "upstream_cx_active" or "upstream_rq_active" or "upstream_rq_pending_active")
                {
                    continue;
                }

                // Counters that differed between runs were left out.
                if (isOfRuns && c.Get("stats")?.Get(cluster.Name + "." + name) is null)
                {
                    continue;
                }

                // Requests of one instant wait for a connection or not, as it happens: left out where runs differed.
                if (name == "upstream_rq_pending_total" && isBurst
                    && c.Get("stats")?.Get(cluster.Name + "." + name) is null)
                {
                    continue;
                }

                long recorded = c.Get("stats")?.Get(cluster.Name + "." + name)?.GetInt64() ?? 0;
                if (recorded != value)
                {
                    text.Append(CultureInfo.InvariantCulture,
                        $"{cluster.Name}.{name}: recorded {recorded}, simulated {value}\n");
                }
            }
        }
    }
}
