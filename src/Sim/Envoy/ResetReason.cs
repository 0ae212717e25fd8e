namespace Sim.Envoy;

/// <summary>Why an upstream stream ended without (the rest of) its answer.</summary>
/// <remarks>Envoy: envoy/http/codec.h#StreamResetReason.</remarks>
public enum ResetReason : byte
{
    /// <summary>No reset.</summary>
    None,

    /// <summary>The connection could not be made, for a reason on this side.</summary>
    LocalConnectionFailure,

    /// <summary>The connection was refused, or the handshake failed.</summary>
    RemoteConnectionFailure,

    /// <summary>The connection was not made within the connect timeout.</summary>
    ConnectionTimeout,

    /// <summary>The connection ended while a request was on it.</summary>
    ConnectionTermination,

    /// <summary>This side reset the stream (per-try timeout, maximum stream duration, ...).</summary>
    LocalReset,

    /// <summary>This side refused the stream before it was processed.</summary>
    LocalRefusedStreamReset,

    /// <summary>The peer reset the stream.</summary>
    RemoteReset,

    /// <summary>The peer refused the stream before it was processed (HTTP/2 REFUSED_STREAM, GOAWAY).</summary>
    RemoteRefusedStreamReset,

    /// <summary>The peer answered a CONNECT request with an error.</summary>
    ConnectError,

    /// <summary>A limit of the circuit breaker.</summary>
    Overflow,

    /// <summary>The answer was not what the protocol allows.</summary>
    ProtocolError,

    /// <summary>The overload manager.</summary>
    OverloadManager,

    /// <summary>The peer answered and half-closed before it had read the request (HTTP/1).</summary>
    Http1PrematureUpstreamHalfClose,
}

/// <summary>Texts and classes of reset reasons.</summary>
public static class ResetReasons
{
    private static readonly string[] Texts =
    [
        "", "local connection failure", "remote connection failure", "connection timeout", "connection termination",
        "local reset", "local refused stream reset", "remote reset", "remote refused stream reset",
        "remote error with CONNECT request", "overflow", "protocol error", "overload manager reset",
        "HTTP/1 premature upstream half close",
    ];

    /// <summary>Envoy's words for the reason. Envoy:
    /// source/common/http/utility.cc#Utility::resetReasonToString.</summary>
    public static string Text(this ResetReason reason) => Texts[(int)reason];

    /// <summary>True when no connection came to be.</summary>
    public static bool IsConnectionFailure(this ResetReason reason) =>
        reason is ResetReason.LocalConnectionFailure or ResetReason.RemoteConnectionFailure
            or ResetReason.ConnectionTimeout;

    /// <summary>The flag of a request that ends by the reset.</summary>
    /// <remarks>Envoy: source/common/router/router.cc#Filter::streamResetReasonToResponseFlag.</remarks>
    public static ResponseFlag Flag(this ResetReason reason) => reason switch
    {
        ResetReason.LocalConnectionFailure or ResetReason.RemoteConnectionFailure or ResetReason.ConnectionTimeout
            => ResponseFlag.UpstreamConnectionFailure,
        ResetReason.ConnectionTermination => ResponseFlag.UpstreamConnectionTermination,
        ResetReason.LocalReset or ResetReason.LocalRefusedStreamReset or ResetReason.Http1PrematureUpstreamHalfClose
            => ResponseFlag.LocalReset,
        ResetReason.RemoteReset or ResetReason.RemoteRefusedStreamReset or ResetReason.ConnectError
            => ResponseFlag.UpstreamRemoteReset,
        ResetReason.Overflow => ResponseFlag.UpstreamOverflow,
        ResetReason.ProtocolError => ResponseFlag.UpstreamProtocolError,
        ResetReason.OverloadManager => ResponseFlag.OverloadManagerTerminated,
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };

    /// <summary>What outlier detection hears of the reset; null = nothing.</summary>
    /// <remarks>Envoy: source/common/router/router.cc#Filter::onUpstreamReset.</remarks>
    public static OutlierResult? OutlierReport(this ResetReason reason) =>
        reason == ResetReason.Overflow ? null : OutlierResult.LocalOriginConnectFailed;
}
