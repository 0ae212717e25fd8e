using System.Collections.Concurrent;
using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Tests.Oracle;
using Sim.Xds;

namespace Sim.Tests.Authz;

/// <summary>Recorded verdicts about policies and requests: families <c>authz</c> and <c>lab-e2e</c>.</summary>
internal sealed class AuthzOracleTests
{
    private static readonly InboundRelease s_newest = new(RepeatedHeaderRule.EachLine, true);
    private static readonly InboundRelease s_older = new(RepeatedHeaderRule.Joined, false);

    private static readonly ConcurrentDictionary<string, JsonElement> s_tokens = new();
    private static readonly ConcurrentDictionary<(string Folder, string Workload), string> s_addresses = new();

    public static IEnumerable<TestCaseData> Cases() => Read("authz", "written-*.jsonl")
        .Concat(Read("authz", "random-*.jsonl")).Concat(Read("lab-e2e", "policies-*.jsonl"));

    [TestCaseSource(nameof(Cases))]
    public void Verdicts_equal_the_recorded_ones(string family, string folder, JsonElement c)
    {
        var world = SecurityWorld.Of(Path.Combine(folder, "world"), c);
        string workload = c.GetProperty("workload").GetString()!;
        var differences = new List<string>();
        bool isRefused = c.TryGetProperty("envoyRejects", out JsonElement r) && r.GetBoolean();
        if (world.Snapshot(workload).Inbound.Any(IsRefused) != isRefused)
        {
            differences.Add(isRefused ? "Envoy refuses the listener" : "Envoy takes the listener");
        }

        Func<string, string> tokens = Tokens(folder);
        string ip = PodIp(folder, workload);
        foreach (JsonElement request in isRefused ? [] : c.GetProperty("requests").EnumerateArray().ToArray())
        {
            InboundListener listener = world.Inbound(workload, request.GetProperty("port").GetInt32());
            JsonElement expect = request.GetProperty("expect");
            JsonElement older = request.TryGetProperty("expectEnvoy1.37.0", out JsonElement o) ? o : expect;
            Compare(AuthzAnswer.Of(listener, request, ip, tokens, s_newest), expect, request, "1.40", differences);
            Compare(AuthzAnswer.Of(listener, request, ip, tokens, s_older), older, request, "1.37", differences);
        }

        string id = c.GetProperty("id").GetString()!;
        OracleList.Judge(OracleList.Read(family, "not-yet.txt"), family + "/" + id, string.Join('\n', differences));
    }

    private static IEnumerable<TestCaseData> Read(string family, string pattern)
    {
        foreach (string file in OracleFiles.Files(family, pattern))
        {
            foreach (string line in File.ReadLines(file))
            {
                JsonElement c = JsonDocument.Parse(line).RootElement;
                yield return OracleFiles.Case(
                    family, c.GetProperty("id").GetString()!, family, Path.GetDirectoryName(file), c);
            }
        }
    }

    private static bool IsRefused(InboundListener listener)
    {
        var bag = new DiagnosticBag();
        InboundPolicy.Compile(listener, s_newest, bag);
        return bag.HasErrors;
    }

    private static void Compare(
        AuthzAnswer actual, JsonElement expect, JsonElement request, string release, List<string> differences)
    {
        var wrong = new List<string>();
        void Same(string what, string expected, string found)
        {
            if (expected != found)
            {
                wrong.Add($"{what} {found} instead of {expected}");
            }
        }

        Same("decision", Text(expect, "decision"), actual.Decision);
        Same("status", Text(expect, "status", "0"), actual.Status.ToString());
        Same("connection", Text(expect, "connection"), actual.Connection);
        Same("flags", Text(expect, "flags", "-"), actual.Flags);
        string details = Text(expect, "details");
        Same("details", details == "via_upstream" ? "" : details, actual.Details);
        Same("matched", Matched(expect), Matched(actual.Filters));
        Same("grpcStatus", Text(expect, "grpcStatus", "-1"), actual.GrpcStatus.ToString());
        if (actual.Body is not null)
        {
            bool isPolicy = details.StartsWith("rbac_", StringComparison.Ordinal) && actual.GrpcStatus < 0;
            bool isOfTheProxy = details.Length > 0 && Text(expect, "status") == "400";
            string usual = isPolicy ? "RBAC: access denied" : isOfTheProxy ? actual.Body : "";
            bool isTokenBody = details.StartsWith("jwt_", StringComparison.Ordinal)
                && !expect.TryGetProperty("body", out _);
            Same("body", Text(expect, "body", isTokenBody ? actual.Body : usual), actual.Body);
        }

        if (actual.Path is not null)
        {
            string sent = request.GetProperty("http").GetProperty("path").GetString()!;
            Same("path", Text(expect, "upstreamPath", sent), actual.Path);
        }

        if (wrong.Count > 0)
        {
            string text = request.GetRawText();
            differences.Add($"Envoy {release}: {string.Join("; ", wrong)}: {text[..Math.Min(600, text.Length)]}");
        }
    }

    private static string Matched(JsonElement expect) => !expect.TryGetProperty("matched", out JsonElement m) ? ""
        : string.Join(' ', m.EnumerateObject().OrderBy(static p => p.Name, StringComparer.Ordinal)
            .Select(static p => p.Name + "=" + p.Value.GetString()));

    private static string Matched(InboundDecision? d)
    {
        var result = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (RbacDecision? stage in (RbacDecision?[])[d?.Custom, d?.Policies])
        {
            if (stage is null)
            {
                continue;
            }

            // Where a filter has dry-run rules of its own, there was no room for the copy that shows what matched.
            bool isHidden = (stage.IsAllowed ? stage.DryRunAllow : stage.DryRunDeny).IsAsked;
            Add(stage.IsAllowed ? "allow" : "deny", isHidden ? "" : stage.Policy);
            Add("custom", stage.ProviderPolicy);
            AddDryRun("dryRunDeny", stage.DryRunDeny);
            AddDryRun("dryRunAllow", stage.DryRunAllow);
        }

        return string.Join(' ', result.Select(static p => p.Key + "=" + p.Value));

        void Add(string key, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                result[key] = value;
            }
        }

        void AddDryRun(string key, DryRunOutcome outcome)
        {
            if (outcome.IsAsked)
            {
                Add(key, outcome.Policy);
                Add(key + "Result", outcome.WouldDeny ? "denied" : "allowed");
            }
        }
    }

    private static Func<string, string> Tokens(string folder)
    {
        string file = Path.Combine(folder, "tokens.json");
        if (!File.Exists(file))
        {
            return static name => throw new InvalidDataException("no token " + name);
        }

        JsonElement tokens = s_tokens.GetOrAdd(
            file, static f => JsonDocument.Parse(File.ReadAllText(f)).RootElement);
        return name => tokens.GetProperty(name).GetProperty("jws").GetString()!;
    }

    private static string PodIp(string folder, string workload) =>
        s_addresses.GetOrAdd((folder, workload), static key => FindPodIp(key.Folder, key.Workload));

    private static string FindPodIp(string folder, string workload)
    {
        string[] parts = workload.Split('/');
        foreach (string file in Directory.GetFiles(
                     Path.Combine(folder, "world", "clusters"), "*.yaml", SearchOption.AllDirectories))
        {
            foreach (string document in File.ReadAllText(file).Split("\n---"))
            {
                if (document.Contains("kind: Pod\n") && document.Contains("\n  name: " + parts[1] + "\n")
                    && document.Contains("\n  namespace: " + parts[0] + "\n"))
                {
                    return document.Split("podIP: ")[1].Split('\n')[0].Trim('\'', ' ');
                }
            }
        }

        throw new InvalidDataException("no pod " + workload);
    }

    private static string Text(JsonElement e, string name, string fallback = "") =>
        !e.TryGetProperty(name, out JsonElement v) ? fallback
        : v.ValueKind == JsonValueKind.String ? v.GetString()! : v.GetRawText();
}
