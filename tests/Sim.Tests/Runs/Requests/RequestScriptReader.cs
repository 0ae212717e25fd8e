using System.Globalization;
using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Runs;
using Sim.Tests.Envoy;
using Sim.Tests.Runs.Timeline;
using Sim.Xds;

namespace Sim.Tests.Runs.Requests;

/// <summary>Reads the routes and server plans of recorded requests.</summary>
internal static class RequestScriptReader
{
    private static readonly string[] s_tokens = ["d", "h", "rst", "fin", "tcprst", "garbage", "hang", "grpc", "goaway"];
    private static readonly string[] s_routeFields =
        ["cluster", "timeout", "retry_policy", "max_stream_duration"];
    private static readonly string[] s_retryFields =
    [
        "retry_on", "num_retries", "per_try_timeout", "per_try_idle_timeout", "retriable_headers",
        "retriable_request_headers", "retriable_status_codes", "retry_host_predicate",
        "host_selection_retry_max_attempts",
    ];
    private static readonly string[] s_clusterFields =
    [
        "hosts", "http2", "h2_max_streams", "connect_timeout_ms", "lb_policy", "circuit_breakers",
        "max_requests_per_connection", "idle_timeout",
    ];

    /// <summary>Whether the life of a request models everything the case configures.</summary>
    public static bool IsModelled(JsonElement c) =>
        c.Get("virtual_host") is JsonElement vh
            && vh.EnumerateObject().All(static p => p.Name == "include_request_attempt_count")
        && c.Get("hcm") is null && !c.Flag("unordered")
        && (c.Get("clusters")?.EnumerateObject().All(static p => p.Value.EnumerateObject().All(
            static f => s_clusterFields.Contains(f.Name)
                && !f.Value.ToString().Contains("per_host", StringComparison.Ordinal)))
            ?? true)
        && c.Items("routes").All(static r => r.Get("typed_per_filter_config") is null && r.Get("route") is JsonElement a
            && a.EnumerateObject().All(static f => s_routeFields.Contains(f.Name))
            && (a.Get("retry_policy")?.EnumerateObject().All(static f => s_retryFields.Contains(f.Name)) ?? true));

    /// <summary>Whether the life of a request models what the step does. It knows an answer as one piece: nothing
    /// happens between its headers and its end.</summary>
    public static bool IsModelled(JsonElement c, JsonElement step)
    {
        return step.Int("count", 1) == 1 && step.GetProperty("expected").Get("of_runs") is null
            && step.GetProperty("expected").Get("code") is not null
            && step.Int("body_bytes") == 0
            && !MatcherJson.Lines(step.Get("headers")).Any(
                static h => h.Key == "x-envoy-upstream-rq-timeout-alt-response")
            && step.Text("plan", "200").Split('|').All(static a => a == "-" || a.Split(',').All(static t =>
                int.TryParse(t, CultureInfo.InvariantCulture, out _) || s_tokens.Contains(t.Split('=')[0])));
    }

    /// <summary>What a server does with one attempt.</summary>
    public static ServerAnswer Answer(string attempt)
    {
        int status = 0;
        long delay = 0;
        ResetReason reset = ResetReason.None;
        var headers = new List<KeyValuePair<string, string>>();
        foreach (string token in attempt.Split(','))
        {
            string[] parts = token.Split('=', 2);
            switch (parts[0])
            {
                case "d":
                    delay = int.Parse(parts[1], CultureInfo.InvariantCulture) * SimDuration.Millisecond;
                    break;
                case "h":
                    string[] header = parts[1].Split(':', 2);
                    headers.Add(new(header[0], header[1]));
                    break;
                case "grpc":
                    headers.Add(new("grpc-status", parts[1]));
                    break;
                case "rst" when parts.Length > 1:
                    reset = parts[1] switch
                    {
                        "1" => ResetReason.ProtocolError,
                        "7" => ResetReason.RemoteRefusedStreamReset,
                        _ => ResetReason.RemoteReset,
                    };
                    break;
                case "rst" or "fin" or "tcprst":
                    reset = ResetReason.ConnectionTermination;
                    break;
                case "goaway":
                    reset = ResetReason.RemoteRefusedStreamReset;
                    break;
                case "garbage":
                    reset = ResetReason.ProtocolError;
                    break;
                case "hang":
                    break;
                default:
                    status = int.Parse(token, CultureInfo.InvariantCulture);
                    break;
            }
        }

        return new ServerAnswer(status, delay, reset, headers.Count == 0 ? null : new ResponseHeaders(status, headers));
    }

    public static Route Route(JsonElement e)
    {
        JsonElement action = e.GetProperty("route");
        JsonElement? retry = action.Get("retry_policy");
        RetryPolicy? policy = TimelineScript.Retries(action);
        return new Route
        {
            Match = MatcherJson.Match(e.GetProperty("match")),
            Clusters = [new WeightedCluster(action.Text("cluster"), 1)],
            TimeoutNs = action.DurationNs("timeout", 15 * SimDuration.Second),
            MaxStreamDurationNs = action.Get("max_stream_duration") is JsonElement d
                ? d.DurationNs("max_stream_duration", 0) : null,
            MaxGrpcTimeoutNs = action.Get("max_stream_duration")?.Get("grpc_timeout_header_max") is null ? null
                : action.GetProperty("max_stream_duration").DurationNs("grpc_timeout_header_max", 0),
            RetryPolicy = policy is null ? null : policy with
            {
                PerTryIdleTimeoutNs = retry!.Value.DurationNs("per_try_idle_timeout", 0),
                RetriableHeaders = [.. retry.Value.Items("retriable_headers").Select(MatcherJson.Header)],
                RetriableRequestHeaders =
                    [.. retry.Value.Items("retriable_request_headers").Select(MatcherJson.Header)],
            },
        };
    }
}
