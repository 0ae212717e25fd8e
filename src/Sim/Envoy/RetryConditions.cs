namespace Sim.Envoy;

/// <summary>The conditions of a <c>retry_on</c> list. Envoy: envoy/router/router.h#RetryPolicy::RETRY_ON_*.</summary>
[Flags]
public enum RetryConditions
{
    /// <summary>None: nothing is retried.</summary>
    None = 0,

    /// <summary><c>5xx</c>: answers 500 to 599 and any reset but overflow.</summary>
    FiveXx = 0x1,

    /// <summary><c>gateway-error</c>: 502, 503, 504 and any reset but overflow.</summary>
    GatewayError = 0x2,

    /// <summary><c>connect-failure</c>: no connection.</summary>
    ConnectFailure = 0x4,

    /// <summary><c>retriable-4xx</c>: 409.</summary>
    Retriable4xx = 0x8,

    /// <summary><c>refused-stream</c>: REFUSED_STREAM of the peer.</summary>
    RefusedStream = 0x10,

    /// <summary><c>cancelled</c>: gRPC status 1 in headers.</summary>
    GrpcCancelled = 0x20,

    /// <summary><c>deadline-exceeded</c>: gRPC status 4 in headers.</summary>
    GrpcDeadlineExceeded = 0x40,

    /// <summary><c>resource-exhausted</c>: gRPC status 8 in headers.</summary>
    GrpcResourceExhausted = 0x80,

    /// <summary><c>unavailable</c>: gRPC status 14 in headers.</summary>
    GrpcUnavailable = 0x100,

    /// <summary><c>internal</c>: gRPC status 13 in headers.</summary>
    GrpcInternal = 0x200,

    /// <summary><c>retriable-status-codes</c>: listed codes.</summary>
    RetriableStatusCodes = 0x400,

    /// <summary><c>reset</c>: any reset but overflow.</summary>
    Reset = 0x800,

    /// <summary><c>retriable-headers</c>: listed response headers.</summary>
    RetriableHeaders = 0x1000,

    /// <summary><c>envoy-ratelimited</c>: answers with <c>x-envoy-ratelimited</c>.</summary>
    EnvoyRateLimited = 0x2000,

    /// <summary><c>http3-post-connect-failure</c>: HTTP/3 only, never met here.</summary>
    Http3PostConnectFailure = 0x4000,

    /// <summary><c>reset-before-request</c>: reset before any byte of the request was sent.</summary>
    ResetBeforeRequest = 0x8000,
}

/// <summary>Reads lists of retry conditions.</summary>
/// <remarks>Envoy: source/common/router/retry_state_impl.cc#parseRetryOn, #parseRetryGrpcOn.</remarks>
public static class RetryConditionList
{
    private static readonly (string Name, RetryConditions Condition)[] Http =
    [
        ("5xx", RetryConditions.FiveXx), ("gateway-error", RetryConditions.GatewayError),
        ("connect-failure", RetryConditions.ConnectFailure), ("envoy-ratelimited", RetryConditions.EnvoyRateLimited),
        ("retriable-4xx", RetryConditions.Retriable4xx), ("refused-stream", RetryConditions.RefusedStream),
        ("retriable-status-codes", RetryConditions.RetriableStatusCodes),
        ("retriable-headers", RetryConditions.RetriableHeaders), ("reset", RetryConditions.Reset),
        ("reset-before-request", RetryConditions.ResetBeforeRequest),
        ("http3-post-connect-failure", RetryConditions.Http3PostConnectFailure),
    ];

    private static readonly (string Name, RetryConditions Condition)[] Grpc =
    [
        ("cancelled", RetryConditions.GrpcCancelled), ("deadline-exceeded", RetryConditions.GrpcDeadlineExceeded),
        ("resource-exhausted", RetryConditions.GrpcResourceExhausted),
        ("unavailable", RetryConditions.GrpcUnavailable), ("internal", RetryConditions.GrpcInternal),
    ];

    /// <summary>Conditions of a <c>retry_on</c> list; unknown words are skipped.</summary>
    /// <returns>The conditions, and whether every word was known.</returns>
    public static (RetryConditions Conditions, bool AllKnown) ParseHttp(string text) => Parse(text, Http);

    /// <summary>Conditions of a <c>retry_grpc_on</c> list; unknown words are skipped.</summary>
    /// <returns>The conditions, and whether every word was known.</returns>
    public static (RetryConditions Conditions, bool AllKnown) ParseGrpc(string text) => Parse(text, Grpc);

    /// <summary>Conditions of a route's <c>retry_on</c>, where gRPC names may stand too.</summary>
    public static RetryConditions ParseRoute(string text) => ParseHttp(text).Conditions | ParseGrpc(text).Conditions;

    private static (RetryConditions Conditions, bool AllKnown) Parse(
        string text, (string Name, RetryConditions Condition)[] known)
    {
        RetryConditions conditions = RetryConditions.None;
        bool allKnown = true;
        foreach (string word in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int at = Array.FindIndex(known, k => k.Name == word);
            allKnown &= at >= 0;
            conditions |= at < 0 ? RetryConditions.None : known[at].Condition;
        }

        return (conditions, allKnown);
    }
}
