namespace Sim.Envoy;

/// <summary>An answer that the proxy itself makes.</summary>
/// <remarks>
/// Envoy: source/common/router/router.cc, source/common/http/utility.cc#Utility::sendLocalReply. The texts are made
/// once: choosing an answer allocates nothing, except for a fault, policy or transport text of its own.
/// </remarks>
/// <param name="Code">Status for HTTP callers; gRPC callers get 200.</param>
/// <param name="Flag">Response flag; <see cref="ResponseFlag.None"/> for policy denials and direct responses.</param>
/// <param name="Body">Body for HTTP callers, <c>grpc-message</c> for gRPC callers.</param>
/// <param name="Details">Response code details.</param>
/// <param name="GrpcStatus">Status for gRPC callers.</param>
/// <param name="IsOverloaded">Header <c>x-envoy-overloaded: true</c> is sent.</param>
public sealed record LocalReply(
    int Code, ResponseFlag Flag, string Body, string Details, int GrpcStatus, bool IsOverloaded = false)
{
    private const string ResetPrefix = "upstream connect error or disconnect/reset before headers. ";

    private static readonly int[] HttpCodeOfGrpc =
        [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401];

    private static readonly string[] CutAnswers =
    [
        .. Enum.GetValues<ResetReason>()
            .Select(static r => "upstream_reset_after_response_started{" + Underscored(r.Text()) + "}"),
    ];

    private static readonly LocalReply[] FirstResets = Resets("reset reason: ");
    private static readonly LocalReply[] RetriedResets = Resets("retried and the latest reset reason: ");

    /// <summary>404 NR: no virtual host, or none of its routes.</summary>
    public static LocalReply NoRoute { get; } = Make(404, ResponseFlag.NoRouteFound, "", "route_not_found");

    /// <summary>503 NC: the cluster of the route does not exist.</summary>
    public static LocalReply NoCluster { get; } = Make(503, ResponseFlag.NoClusterFound, "", "cluster_not_found");

    /// <summary>503 UH: no host can be chosen.</summary>
    public static LocalReply NoHealthyUpstream { get; } =
        Make(503, ResponseFlag.NoHealthyUpstream, "no healthy upstream", "no_healthy_upstream");

    /// <summary>503 UO: cluster in maintenance mode.</summary>
    public static LocalReply MaintenanceMode { get; } =
        Make(503, ResponseFlag.UpstreamOverflow, "maintenance mode", "maintenance_mode") with { IsOverloaded = true };

    /// <summary>503 DO: dropped by a share of drop_overload.</summary>
    public static LocalReply DropOverload { get; } =
        Make(503, ResponseFlag.DropOverload, "drop overload", "drop_overload");

    /// <summary>503 UDO: dropped by a drop_overload of 100 %.</summary>
    public static LocalReply UnconditionalDropOverload { get; } = Make(
        503, ResponseFlag.UnconditionalDropOverload, "unconditional drop overload", "unconditional_drop_overload");

    /// <summary>504 UT: the route's timeout.</summary>
    public static LocalReply RouteTimeout { get; } =
        Make(504, ResponseFlag.UpstreamRequestTimeout, "upstream request timeout", "response_timeout");

    /// <summary>504 UT: the last per-try timeout.</summary>
    public static LocalReply PerTryTimeout { get; } =
        Make(504, ResponseFlag.UpstreamRequestTimeout, "upstream request timeout", "upstream_per_try_timeout");

    /// <summary>504 UT: the last per-try idle timeout.</summary>
    public static LocalReply PerTryIdleTimeout { get; } =
        Make(504, ResponseFlag.UpstreamRequestTimeout, "upstream request timeout", "upstream_per_try_idle_timeout");

    /// <summary>504 UMSDR: maximum stream duration of the cluster.</summary>
    public static LocalReply UpstreamMaxStreamDuration { get; } = Make(
        504, ResponseFlag.UpstreamMaxStreamDurationReached, "upstream max stream duration reached",
        "upstream_max_stream_duration_reached");

    /// <summary>504 without flag: maximum stream duration of the route.</summary>
    public static LocalReply RouteMaxStreamDuration { get; } =
        Make(504, ResponseFlag.None, "downstream duration timeout", "max_duration_timeout") with { GrpcStatus = 4 };

    /// <summary>504 SI: nothing moved on the stream after the request was complete.</summary>
    public static LocalReply StreamIdle { get; } =
        Make(504, ResponseFlag.StreamIdleTimeout, "stream timeout", "stream_idle_timeout");

    /// <summary>408 SI: nothing moved on the stream before the request was complete.</summary>
    public static LocalReply RequestIdle { get; } = StreamIdle with { Code = 408, GrpcStatus = GrpcStatusOf(408) };

    /// <summary>507: the body grew past the retry buffer while a retry was waiting.</summary>
    public static LocalReply RetryBufferExceeded { get; } = Make(
        507, ResponseFlag.None, "exceeded request buffer limit while retrying upstream",
        "request_payload_exceeded_retry_buffer_limit");

    /// <summary>400: a path that cannot be normalized, such as one with a fragment.</summary>
    public static LocalReply PathRefused { get; } = Make(400, ResponseFlag.None, "", "path_normalization_failed");

    /// <summary>503 OM: the overload manager sheds load.</summary>
    public static LocalReply Overloaded { get; } =
        Make(503, ResponseFlag.OverloadManagerTerminated, "envoy overloaded", "overload");

    /// <summary>400 IH: a strictly checked <c>x-envoy-*</c> header has a value that makes no sense.</summary>
    /// <param name="name">Header.</param>
    /// <param name="value">Value.</param>
    public static LocalReply InvalidEnvoyHeader(string name, string value) => Make(
        400, ResponseFlag.InvalidEnvoyRequestHeaders, "invalid header '" + name + "' with value '" + value + "'",
        "request_headers_failed_strict_check{" + name + "}");

    /// <summary>The answer to an upstream reset before response headers; 503, protocol errors 502.</summary>
    /// <param name="reason">Reason.</param>
    /// <param name="isRetry">The attempt was a retry.</param>
    public static LocalReply UpstreamReset(ResetReason reason, bool isRetry) =>
        (isRetry ? RetriedResets : FirstResets)[(int)reason];

    /// <summary>The answer to an upstream reset with the transport's own reason in the details.</summary>
    public static LocalReply UpstreamReset(ResetReason reason, bool isRetry, string transportFailure)
    {
        LocalReply reply = UpstreamReset(reason, isRetry);
        return transportFailure.Length == 0 ? reply
            : reply with { Details = reply.Details[..^1] + "|" + Underscored(transportFailure) + "}" };
    }

    /// <summary>Details of an answer that was cut off by a reset after its headers.</summary>
    public static string UpstreamResetAfterHeaders(ResetReason reason) => CutAnswers[(int)reason];

    /// <summary>404 or 500 instead of 503 where the route says so for a missing cluster.</summary>
    public static LocalReply NoClusterWith(int code) =>
        code == 503 ? NoCluster : NoCluster with { Code = code, GrpcStatus = GrpcStatusOf(code) };

    /// <summary>403 of an RBAC filter. Envoy sets no flag.</summary>
    /// <param name="details">Details of the decision.</param>
    public static LocalReply RbacDenied(string details) =>
        Make(403, ResponseFlag.None, "RBAC: access denied", details);

    /// <summary>401, or 403 for the audience: a token that is not good.</summary>
    /// <param name="text">What is wrong with it.</param>
    /// <param name="isAudience">It is good but meant for others.</param>
    public static LocalReply TokenRefused(string text, bool isAudience) => Make(
        isAudience ? 403 : 401, ResponseFlag.None, text, "jwt_authn_access_denied{" + Underscored(text) + "}");

    /// <summary>UAEX: an external authorizer refuses.</summary>
    /// <param name="code">Its status.</param>
    /// <param name="body">Its body.</param>
    public static LocalReply ExternallyDenied(int code, string body) =>
        Make(code, ResponseFlag.UnauthorizedExternalService, body, "ext_authz_denied");

    /// <summary>UAEX: an external authorizer cannot answer.</summary>
    /// <param name="code">Status stated for that.</param>
    public static LocalReply ExternalAuthorizerFailed(int code) =>
        Make(code, ResponseFlag.UnauthorizedExternalService, "", "ext_authz_error");

    /// <summary>400 DPE: what came is no request.</summary>
    /// <param name="details">What the codec says.</param>
    public static LocalReply ProtocolRefused(string details) =>
        Make(400, ResponseFlag.DownstreamProtocolError, "Bad Request", details);

    /// <summary>400: no Host header.</summary>
    public static LocalReply MissingHost { get; } = Make(400, ResponseFlag.None, "", "missing_host_header");

    /// <summary>The fault filter's abort.</summary>
    public static LocalReply FaultAbort(int code, int? grpcStatus = null)
    {
        LocalReply reply = Make(code, ResponseFlag.FaultInjected, "fault filter abort", "fault_filter_abort");
        return grpcStatus is int status ? reply with { Code = 200, GrpcStatus = status } : reply;
    }

    /// <summary>The local rate limit's refusal.</summary>
    public static LocalReply RateLimited(int code, bool isResourceExhausted)
    {
        LocalReply reply = Make(code, ResponseFlag.RateLimited, "local_rate_limited", "local_rate_limited");
        return isResourceExhausted ? reply with { GrpcStatus = 8 } : reply;
    }

    /// <summary>A direct response of the route.</summary>
    public static LocalReply Direct(int code, string body) => Make(code, ResponseFlag.None, body, "direct_response");

    /// <summary>The HTTP code that outlier detection and statistics see for a gRPC status in response
    /// headers.</summary>
    /// <remarks>Envoy: source/common/grpc/status.cc#Utility::grpcToHttpStatus. Unknown statuses are 500.</remarks>
    public static int GrpcToHttpCode(int grpcStatus) =>
        (uint)grpcStatus < (uint)HttpCodeOfGrpc.Length ? HttpCodeOfGrpc[grpcStatus] : 500;

    /// <summary>The gRPC status of a local reply with an HTTP code.</summary>
    /// <remarks>Envoy: source/common/grpc/status.cc#Utility::httpToGrpcStatus.</remarks>
    public static int GrpcStatusOf(int httpCode) => httpCode switch
    {
        400 => 13,
        401 => 16,
        403 => 7,
        404 => 12,
        429 or 502 or 503 or 504 => 14,
        _ => 2,
    };

    /// <summary>Status that the caller sees: gRPC callers get 200 with <see cref="GrpcStatus"/>.</summary>
    public int CodeFor(bool isGrpcRequest) => isGrpcRequest ? 200 : Code;

    /// <summary>Body that the caller sees: gRPC callers get it as <c>grpc-message</c>.</summary>
    public string BodyFor(bool isGrpcRequest) => isGrpcRequest ? "" : Body;

    /// <summary>A text with its blanks replaced, as response code details carry it.</summary>
    internal static string Underscored(string text) => text.Replace(' ', '_');

    private static LocalReply Make(int code, ResponseFlag flag, string body, string details) =>
        new(code, flag, body, details, GrpcStatusOf(code));

    private static LocalReply[] Resets(string middle)
    {
        ResetReason[] reasons = Enum.GetValues<ResetReason>();
        var replies = new LocalReply[reasons.Length];
        foreach (ResetReason reason in reasons)
        {
            if (reason != ResetReason.None)
            {
                int code = reason == ResetReason.ProtocolError ? 502 : 503;
                replies[(int)reason] = Make(
                    code, reason.Flag(), ResetPrefix + middle + reason.Text(),
                    "upstream_reset_before_response_started{" + Underscored(reason.Text()) + "}")
                    with { IsOverloaded = reason == ResetReason.Overflow };
            }
        }

        return replies;
    }
}
