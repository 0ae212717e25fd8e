using System.Globalization;
using Sim.Core;

namespace Sim.Envoy;

/// <summary>The timeouts of one request, in nanoseconds; 0 = none.</summary>
/// <remarks>Envoy: source/common/router/router.cc#FilterUtility::finalTimeout. Compute once per template.</remarks>
/// <param name="GlobalNs">Route timeout: from the complete request to the complete response, retries included.</param>
/// <param name="PerTryNs">Per-try timeout: from the attached stream to response headers.</param>
public readonly record struct RequestTimeouts(long GlobalNs, long PerTryNs)
{
    /// <summary>Value of <c>x-envoy-expected-rq-timeout-ms</c> on the first attempt; null = not sent.</summary>
    /// <param name="isHedging">The route hedges on per-try timeouts.</param>
    public long? ExpectedMs(bool isHedging = false)
    {
        long ns = PerTryNs > 0 && !isHedging ? PerTryNs : GlobalNs;
        return ns > 0 ? ns / SimDuration.Millisecond : null;
    }

    /// <summary>The timeouts in force.</summary>
    /// <param name="routeTimeoutNs">Timeout of the route; 0 = none.</param>
    /// <param name="perTryTimeoutNs">Per-try timeout of its retry policy; 0 = none.</param>
    /// <param name="maxGrpcTimeoutNs">Cap of <c>grpc-timeout</c>, 0 = uncapped; null = the header does not
    /// count.</param>
    /// <param name="request">Request.</param>
    /// <param name="isTrusted">The caller's <c>x-envoy-*</c> headers count.</param>
    public static RequestTimeouts Of(
        long routeTimeoutNs, long perTryTimeoutNs, long? maxGrpcTimeoutNs, RequestHeaders request, bool isTrusted)
    {
        long globalNs = routeTimeoutNs;
        if (request.IsGrpc && maxGrpcTimeoutNs is long cap)
        {
            long told = GrpcTimeoutNs(request.Headers.FirstLine("grpc-timeout"));
            globalNs = cap > 0 && (told == 0 || told > cap) ? cap : told;
        }

        long perTryNs = perTryTimeoutNs;
        if (isTrusted)
        {
            globalNs = MillisecondsNs(request, "x-envoy-upstream-rq-timeout-ms") ?? globalNs;
            perTryNs = MillisecondsNs(request, "x-envoy-upstream-rq-per-try-timeout-ms") ?? perTryNs;
        }

        return new RequestTimeouts(globalNs, globalNs != 0 && perTryNs >= globalNs ? 0 : perTryNs);
    }

    /// <summary>Nanoseconds of a <c>grpc-timeout</c> header: up to eight digits and a unit; 0 when it is
    /// none.</summary>
    /// <remarks>Envoy: source/common/grpc/common.cc#Common::getGrpcTimeout, which rounds up to milliseconds.</remarks>
    public static long GrpcTimeoutNs(string? text)
    {
        if (text is null || text.Length is < 2 or > 9
            || !long.TryParse(
                text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out long n))
        {
            return 0;
        }

        long ns = text[^1] switch
        {
            'H' => n * SimDuration.Hour,
            'M' => n * SimDuration.Minute,
            'S' => n * SimDuration.Second,
            'm' => n * SimDuration.Millisecond,
            'u' => n * SimDuration.Microsecond,
            'n' => n,
            _ => 0,
        };
        return (ns + SimDuration.Millisecond - 1) / SimDuration.Millisecond * SimDuration.Millisecond;
    }

    private static long? MillisecondsNs(RequestHeaders request, string name) =>
        uint.TryParse(request.Headers.FirstLine(name), NumberStyles.None, CultureInfo.InvariantCulture, out uint ms)
            ? ms * SimDuration.Millisecond : null;
}
