using System.Globalization;
using System.Text.Json;
using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Tests.Envoy;

/// <summary>What happens to one request of a recording: the router's reports to outlier detection and its
/// retries.</summary>
internal sealed class OutlierScriptUpstream
{
    private static readonly string[] s_resets = ["rst", "fin", "garbage", "goaway"];

    private readonly OutlierDetector _detector;
    private readonly Dictionary<string, string> _kinds;
    private readonly CompiledRetryPolicy _retryPolicy = CompiledRetryPolicy.None;
    private readonly CircuitBreakers _breakers;
    private readonly RngStream _rng = RngStream.Create(7, 0, "upstream", "backoff");
    private readonly long _routeTimeoutNs;
    private readonly long _perTryNs;
    private readonly long _connectTimeoutNs;

    public OutlierScriptUpstream(JsonElement recording, OutlierDetector detector)
    {
        _detector = detector;
        _kinds = recording.Items("hosts").ToDictionary(static h => h.Text("id"), static h => h.Text("kind"));
        _connectTimeoutNs = recording.Int("connect_timeout_ms", 5000) * SimDuration.Millisecond;
        _routeTimeoutNs = (recording.Get("route")?.Int("timeout_ms", 15_000) ?? 15_000) * SimDuration.Millisecond;
        if (recording.Get("route")?.Get("retry_policy") is JsonElement policy)
        {
            _perTryNs = policy.DurationNs("per_try_timeout", 0);
            _retryPolicy = CompiledRetryPolicy.Compile(new RetryPolicy
            {
                RetryOn = policy.Text("retry_on"),
                NumRetries = (uint)policy.Int("num_retries", 1),
            });
        }

        CircuitBreakerThresholds limits = CircuitBreakerThresholds.EnvoyDefault;
        foreach (JsonElement t in recording.Get("circuit_breakers")?.Items("thresholds") ?? [])
        {
            limits = limits with { MaxRequests = (uint)t.Number("max_requests", limits.MaxRequests) };
        }

        _breakers = new CircuitBreakers(limits, CircuitBreakerThresholds.EnvoyDefault);
    }

    /// <summary>Sends a request to a host.</summary>
    /// <returns>Status (0 = the client gave up) and duration.</returns>
    public (int Code, long TookNs) Request(Host host, string answer, JsonElement step, long nowNs)
    {
        bool isGrpc = step.Get("headers")?.Text("content-type")
            .StartsWith("application/grpc", StringComparison.Ordinal) ?? false;
        string[] attempts = answer.Split('|');
        RetryState retries = RetryState.Start(_retryPolicy, isHighPriority: false);
        long startNs = nowNs;
        for (int i = 0; ; i++)
        {
            (int code, RetryDecision decision) = Attempt(
                host, attempts[Math.Min(i, attempts.Length - 1)], (isGrpc, step.Int("abort_after_ms")), ref retries,
                    ref nowNs);
            if (decision != RetryDecision.Yes)
            {
                retries.Release(_breakers);
                return (code, nowNs - startNs);
            }

            nowNs += retries.NextBackoffNs(_rng, _breakers.Counters);
        }
    }

    private (int Code, RetryDecision Decision) Attempt(
        Host host, string answer, (bool IsGrpc, int AbortAfterMs) client, ref RetryState retries, ref long nowNs)
    {
        string kind = _kinds[host.Endpoint.Hostname];
        if (kind.Length > 0)
        {
            ResetReason reason = kind == "refused" ? ResetReason.RemoteConnectionFailure
                : ResetReason.ConnectionTimeout;
            nowNs += kind == "refused" ? SimDuration.Millisecond : _connectTimeoutNs;
            return Reset(host, reason, ref retries, nowNs);
        }

        if (!_breakers.CanCreate(BreakerResource.Requests, false))
        {
            nowNs += SimDuration.Millisecond;
            return (503, retries.OnReset(ResetReason.Overflow, false, _breakers));
        }

        _detector.PutResult(host, OutlierResult.LocalOriginConnectSuccess, 0, nowNs);
        string[] parts = answer.Split(',');
        string first = parts[0].Split('=')[0];
        if (first == "hang")
        {
            return Hang(host, client.AbortAfterMs, ref retries, ref nowNs);
        }

        nowNs += SimDuration.Millisecond;
        if (s_resets.Contains(first))
        {
            return Reset(host, first == "rst" && parts[0] != "rst" ? ResetReason.RemoteReset
                : ResetReason.ConnectionTermination, ref retries, nowNs);
        }

        return Headers(host, parts, client.IsGrpc, ref retries, ref nowNs);
    }

    private (int Code, RetryDecision Decision) Reset(Host host, ResetReason reason, ref RetryState retries, long nowNs)
    {
        _detector.PutResult(host, reason.OutlierReport()!.Value, 0, nowNs);
        return (LocalReply.UpstreamReset(reason, false).Code, retries.OnReset(reason, true, _breakers));
    }

    private (int Code, RetryDecision Decision) Hang(Host host, int abortAfterMs, ref RetryState retries, ref long nowNs)
    {
        if (abortAfterMs > 0)
        {
            nowNs += abortAfterMs * SimDuration.Millisecond;
            return (0, RetryDecision.No);
        }

        bool isPerTry = _perTryNs > 0 && _perTryNs < _routeTimeoutNs;
        nowNs += isPerTry ? _perTryNs : _routeTimeoutNs;
        _detector.PutResult(host, OutlierResult.LocalOriginTimeout, 504, nowNs);
        return (504, isPerTry ? retries.OnReset(ResetReason.LocalReset, true, _breakers) : RetryDecision.No);
    }

    private (int Code, RetryDecision Decision) Headers(
        Host host, string[] parts, bool isGrpc, ref RetryState retries, ref long nowNs)
    {
        var headers = new Dictionary<string, string>();
        int code = 200;
        foreach (string part in parts)
        {
            string[] pair = part.Split('=', 2);
            switch (pair[0])
            {
                case "s":
                    code = int.Parse(pair[1], CultureInfo.InvariantCulture);
                    break;
                case "grpc":
                    headers["grpc-status"] = pair[1];
                    break;
                case "h":
                    headers[pair[1].Split(':')[0]] = pair[1].Split(':')[1];
                    break;
                case "slow":
                case "hrst":
                case "hfin":
                case "grpct":
                case "pre":
                case "d":
                    break;
                default:
                    code = int.Parse(pair[0], CultureInfo.InvariantCulture);
                    break;
            }
        }

        var response = new ResponseHeaders(code, headers);
        _detector.PutHttpResponse(host, response.OutlierCode(isGrpc), nowNs);
        if (response.IsDegraded)
        {
            _detector.PutDegraded(host, nowNs);
        }

        RetryDecision decision = Array.Exists(parts, static p => p.StartsWith("pre=", StringComparison.Ordinal))
            ? RetryDecision.No : retries.OnHeaders(response, _breakers);
        if (decision == RetryDecision.Yes)
        {
            return (code, decision);
        }

        if (parts[0].StartsWith("hrst", StringComparison.Ordinal)
            || parts[0].StartsWith("hfin", StringComparison.Ordinal))
        {
            nowNs += 30 * SimDuration.Millisecond;
            _detector.PutResult(host, OutlierResult.LocalOriginConnectFailed, 0, nowNs);
        }
        else if (parts[0].StartsWith("slow", StringComparison.Ordinal))
        {
            string[] pace = parts[0].Split('=')[1].Split('x');
            long bodyNs = int.Parse(pace[0], CultureInfo.InvariantCulture)
                * int.Parse(pace[1], CultureInfo.InvariantCulture) * SimDuration.Millisecond;
            nowNs += Math.Min(bodyNs, _routeTimeoutNs);
        }

        return (code, decision);
    }
}
