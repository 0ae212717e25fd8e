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
    private static readonly string[] s_tokens = 
    [
        "d", "h", "rst", "fin", "tcprst", "garbage", "hang", "grpc", "goaway", "s", "hrst", "hfin", "slow", "grpct",
        "close",
    ];
    private static readonly string[] s_routeFields =
        ["cluster", "timeout", "retry_policy", "max_stream_duration", "idle_timeout", "priority"];
    private static readonly string[] s_retryFields =
    [
        "retry_on", "num_retries", "per_try_timeout", "per_try_idle_timeout", "retriable_headers",
        "retriable_request_headers", "retriable_status_codes", "retry_host_predicate",
        "host_selection_retry_max_attempts", "retry_back_off", "rate_limited_retry_back_off", "retry_priority",
    ];
    private static readonly string[] s_virtualHostFields =
    [
        "include_request_attempt_count", "include_attempt_count_in_response", "retry_policy",
        "request_body_buffer_limit",
    ];
    private static readonly string[] s_clusterFields =
    [
        "hosts", "http2", "h2_max_streams", "connect_timeout_ms", "lb_policy", "circuit_breakers",
        "max_requests_per_connection", "idle_timeout", "max_stream_duration", "drop_overloads",
    ];

    /// <summary>Whether the life of a request models everything the case configures.</summary>
    public static bool IsModelled(JsonElement c) =>
        c.Get("virtual_host") is JsonElement vh
            && vh.EnumerateObject().All(static p => s_virtualHostFields.Contains(p.Name))
        && c.Get("hcm") is null
        && (c.Get("clusters")?.EnumerateObject().All(static p => p.Value.EnumerateObject().All(
            static f => s_clusterFields.Contains(f.Name)))
            ?? true)
        && c.Items("routes").All(static r => r.Get("typed_per_filter_config") is null && r.Get("route") is JsonElement a
            && a.EnumerateObject().All(static f => s_routeFields.Contains(f.Name))
            && (a.Get("retry_policy")?.EnumerateObject().All(static f => s_retryFields.Contains(f.Name)) ?? true));

    /// <summary>Whether the life of a request models what the step does.</summary>
    public static bool IsModelled(JsonElement c, JsonElement step) =>
        (step.Int("count", 1) > 1 || step.GetProperty("expected").Get("duration_ms") is not null)
        && step.Text("plan", "200").Split('|').All(static a => a == "-" || a.Split(',').All(static t =>
            int.TryParse(t, CultureInfo.InvariantCulture, out _) || s_tokens.Contains(t.Split('=')[0])));

    /// <summary>What a server does with one attempt.</summary>
    public static ServerAnswer Answer(string attempt)
    {
        int status = 0;
        long delay = 0;
        ResetReason reset = ResetReason.None;
        AnswerBody? body = null;
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
                case "s":
                    status = int.Parse(parts[1], CultureInfo.InvariantCulture);
                    break;
                case "hrst" or "hfin" or "close":
                    body = Body(parts);
                    break;
                case "slow":
                    status = 200;
                    body = Body(parts);
                    break;
                case "grpct":
                    break; // In trailers: the headers tell nothing.
                case "goaway":
                    body = new AnswerBody(0, ClosesConnection: true);
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

        return new ServerAnswer(status, delay, reset, headers.Count == 0 ? null : new ResponseHeaders(status, headers))
        {
            Body = body,
        };
    }

    /// <summary>What follows the headers.</summary>
    private static AnswerBody Body(string[] token)
    {
        if (token[0] == "slow")
        {
            int[] pieces = [.. token[1].Split('x').Select(static n => int.Parse(n, CultureInfo.InvariantCulture))];
            return new AnswerBody(pieces[0], pieces[1] * SimDuration.Millisecond);
        }

        // Ten of a hundred bytes, 30 ms later the end: an answer that HTTP/1 cannot take for complete.
        return token[0] == "close" ? new AnswerBody(0, ClosesConnection: true)
            : new AnswerBody(1, 30 * SimDuration.Millisecond,
                token.Length > 1 ? ResetReason.RemoteReset : ResetReason.ProtocolError);
    }

    /// <summary>A route; what it does not say of retries and buffers, its virtual host says.</summary>
    public static Route Route(JsonElement e, JsonElement virtualHost)
    {
        JsonElement action = e.GetProperty("route");
        JsonElement source = action.Get("retry_policy") is null ? virtualHost : action;
        JsonElement? retry = source.Get("retry_policy");
        RetryPolicy? policy = TimelineScript.Retries(source);
        return new Route
        {
            Match = MatcherJson.Match(e.GetProperty("match")),
            Clusters = [new WeightedCluster(action.Text("cluster"), 1)],
            TimeoutNs = action.DurationNs("timeout", 15 * SimDuration.Second),
            MaxStreamDurationNs = action.Get("max_stream_duration") is JsonElement d
                ? d.DurationNs("max_stream_duration", 0) : null,
            MaxGrpcTimeoutNs = action.Get("max_stream_duration")?.Get("grpc_timeout_header_max") is null ? null
                : action.GetProperty("max_stream_duration").DurationNs("grpc_timeout_header_max", 0),
            IdleTimeoutNs = action.DurationNs("idle_timeout", 0),
            HighPriority = action.Text("priority") == "HIGH",
            RequestBufferBytes = virtualHost.Int("request_body_buffer_limit", 1 << 20),
            RetryPolicy = policy is null ? null : policy with
            {
                PreviousPrioritiesFrequency =
                    retry!.Value.Get("retry_priority")?.Get("typed_config")?.Int("update_frequency") ?? 0,
                RateLimitedBackoff = Told(retry.Value),
                PerTryIdleTimeoutNs = retry.Value.DurationNs("per_try_idle_timeout", 0),
                RetriableHeaders = [.. retry.Value.Items("retriable_headers").Select(MatcherJson.Header)],
                RetriableRequestHeaders =
                    [.. retry.Value.Items("retriable_request_headers").Select(MatcherJson.Header)],
            },
        };
    }

    private static RateLimitedBackoff? Told(JsonElement retry) =>
        retry.Get("rate_limited_retry_back_off") is not JsonElement told ? null : new RateLimitedBackoff(
            [.. told.Items("reset_headers").Select(static h => (h.Text("name"), h.Text("format") == "UNIX_TIMESTAMP"))],
            told.DurationNs("max_interval", 300 * SimDuration.Second));
}
