namespace Sim.Envoy;

/// <summary>Why a proxy answered as it did. Envoy: envoy/stream_info/stream_info.h#CoreResponseFlag.</summary>
public enum ResponseFlag : byte
{
    /// <summary>No flag.</summary>
    None,

    /// <summary>LH: the health-check filter says unhealthy.</summary>
    FailedLocalHealthCheck,

    /// <summary>UH: no host can be chosen.</summary>
    NoHealthyUpstream,

    /// <summary>UT: route timeout or last per-try timeout.</summary>
    UpstreamRequestTimeout,

    /// <summary>LR: stream reset on this side.</summary>
    LocalReset,

    /// <summary>UR: stream reset by the peer.</summary>
    UpstreamRemoteReset,

    /// <summary>UF: no connection.</summary>
    UpstreamConnectionFailure,

    /// <summary>UC: connection lost while the request was on it.</summary>
    UpstreamConnectionTermination,

    /// <summary>UO: circuit breaker.</summary>
    UpstreamOverflow,

    /// <summary>NR: no route or filter chain.</summary>
    NoRouteFound,

    /// <summary>DI: delay injected.</summary>
    DelayInjected,

    /// <summary>FI: abort injected.</summary>
    FaultInjected,

    /// <summary>RL: rate limited.</summary>
    RateLimited,

    /// <summary>UAEX: external authorization denied.</summary>
    UnauthorizedExternalService,

    /// <summary>RLSE: rate limit service failed.</summary>
    RateLimitServiceError,

    /// <summary>DC: the client went away.</summary>
    DownstreamConnectionTermination,

    /// <summary>URX: retries (HTTP) or connect attempts (TCP) used up.</summary>
    UpstreamRetryLimitExceeded,

    /// <summary>SI: stream idle.</summary>
    StreamIdleTimeout,

    /// <summary>IH: strictly checked header refused.</summary>
    InvalidEnvoyRequestHeaders,

    /// <summary>DPE: the client broke the protocol.</summary>
    DownstreamProtocolError,

    /// <summary>UMSDR: upstream maximum stream duration.</summary>
    UpstreamMaxStreamDurationReached,

    /// <summary>RFCF: answer from the cache filter.</summary>
    ResponseFromCacheFilter,

    /// <summary>NFCF: filter configuration missing.</summary>
    NoFilterConfigFound,

    /// <summary>DT: maximum connection duration.</summary>
    DurationTimeout,

    /// <summary>UPE: the upstream broke the protocol.</summary>
    UpstreamProtocolError,

    /// <summary>NC: cluster missing.</summary>
    NoClusterFound,

    /// <summary>OM: overload manager.</summary>
    OverloadManagerTerminated,

    /// <summary>DF: name not resolved.</summary>
    DnsResolutionFailed,

    /// <summary>DO: dropped by drop_overload.</summary>
    DropOverload,

    /// <summary>DR: the client reset the stream.</summary>
    DownstreamRemoteReset,

    /// <summary>UDO: dropped by a drop_overload of 100 %.</summary>
    UnconditionalDropOverload,
}

/// <summary>The flags of one request in the order in which they were set, as Envoy writes them.</summary>
/// <remarks>
/// Envoy: source/common/stream_info/stream_info_impl.h#setResponseFlag appends, and the access log writes in that
/// order:
/// HTTP shows <c>URX,UF</c> (retry decision, then local reply), TCP <c>UF,URX</c>. A value of eight flags at most, one
/// byte each, in one register; nothing is allocated until it is printed.
/// </remarks>
/// <param name="Bits">Flags from the lowest byte upwards.</param>
public readonly record struct ResponseFlags(ulong Bits)
{
    private static readonly string[] ShortNames =
    [
        "-", "LH", "UH", "UT", "LR", "UR", "UF", "UC", "UO", "NR", "DI", "FI", "RL", "UAEX", "RLSE", "DC", "URX", "SI",
        "IH", "DPE", "UMSDR", "RFCF", "NFCF", "DT", "UPE", "NC", "OM", "DF", "DO", "DR", "UDO",
    ];

    private static readonly string[] LongNames =
    [
        "", "FailedLocalHealthCheck", "NoHealthyUpstream", "UpstreamRequestTimeout", "LocalReset",
        "UpstreamRemoteReset", "UpstreamConnectionFailure", "UpstreamConnectionTermination", "UpstreamOverflow",
        "NoRouteFound", "DelayInjected", "FaultInjected", "RateLimited", "UnauthorizedExternalService",
        "RateLimitServiceError", "DownstreamConnectionTermination", "UpstreamRetryLimitExceeded", "StreamIdleTimeout",
        "InvalidEnvoyRequestHeaders", "DownstreamProtocolError", "UpstreamMaxStreamDurationReached",
        "ResponseFromCacheFilter", "NoFilterConfigFound", "DurationTimeout", "UpstreamProtocolError", "NoClusterFound",
        "OverloadManagerTerminated", "DnsResolutionFailed", "DropOverload", "DownstreamRemoteReset",
        "UnconditionalDropOverload",
    ];

    /// <summary>No flags.</summary>
    public static ResponseFlags None => default;

    /// <summary>A single flag.</summary>
    public static ResponseFlags Of(ResponseFlag flag) => new((ulong)flag);

    /// <summary>Two flags in order.</summary>
    public static ResponseFlags Of(ResponseFlag first, ResponseFlag second) => Of(first).With(second);

    /// <summary>Envoy's short name of a flag.</summary>
    public static string ShortName(ResponseFlag flag) => ShortNames[(int)flag];

    /// <summary>Envoy's long name of a flag.</summary>
    public static string LongName(ResponseFlag flag) => LongNames[(int)flag];

    /// <summary>These flags and one more at the end, unless it is there already.</summary>
    public ResponseFlags With(ResponseFlag flag)
    {
        if (flag == ResponseFlag.None)
        {
            return this;
        }

        int shift = 0;
        while (shift < 64)
        {
            ulong at = (Bits >> shift) & 0xFF;
            if (at == (ulong)flag)
            {
                return this;
            }

            if (at == 0)
            {
                return new ResponseFlags(Bits | ((ulong)flag << shift));
            }

            shift += 8;
        }

        throw new InvalidOperationException("a request has more than eight response flags");
    }

    /// <summary>These flags followed by others.</summary>
    public ResponseFlags With(ResponseFlags others)
    {
        ResponseFlags all = this;
        for (ulong rest = others.Bits; rest != 0; rest >>= 8)
        {
            all = all.With((ResponseFlag)(rest & 0xFF));
        }

        return all;
    }

    /// <summary>Whether a flag is set.</summary>
    public bool Has(ResponseFlag flag)
    {
        for (ulong rest = Bits; rest != 0; rest >>= 8)
        {
            if ((rest & 0xFF) == (ulong)flag)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Short names joined by commas; <c>-</c> when there is none.</summary>
    public override string ToString()
    {
        if (Bits <= 0xFF)
        {
            return ShortNames[Bits];
        }

        string text = ShortNames[Bits & 0xFF];
        for (ulong rest = Bits >> 8; rest != 0; rest >>= 8)
        {
            text = text + "," + ShortNames[rest & 0xFF];
        }

        return text;
    }
}
