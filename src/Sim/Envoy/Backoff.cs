using Sim.Core;

namespace Sim.Envoy;

/// <summary>Waiting times before retries. Envoy: source/common/common/backoff_strategy.cc.</summary>
public static class Backoff
{
    /// <summary>Length of the window before retry number <paramref name="attempt"/>, in milliseconds.</summary>
    /// <param name="baseMs">First window, at least 1.</param>
    /// <param name="maxMs">Largest window.</param>
    /// <param name="attempt">0 for the first retry.</param>
    public static ulong WindowMs(ulong baseMs, ulong maxMs, int attempt)
    {
        ulong window = baseMs;
        for (int i = 0; i < attempt && window < maxMs; i++)
        {
            window = Math.Min(window * 2, maxMs);
        }

        return window;
    }

    /// <summary>Wait before a retry in nanoseconds: whole milliseconds, 0 to window - 1.</summary>
    /// <remarks>Envoy: #JitteredExponentialBackOffStrategy::nextBackOffMs.</remarks>
    public static long ExponentialNs(ulong baseMs, ulong maxMs, int attempt, ulong random) =>
        (long)(random % WindowMs(baseMs, maxMs, attempt)) * SimDuration.Millisecond;

    /// <summary>Wait told by the upstream, in nanoseconds: at least the told time, at most half as much
    /// again.</summary>
    /// <remarks>Envoy: #JitteredLowerBoundBackOffStrategy::nextBackOffMs.</remarks>
    public static long LowerBoundNs(ulong minMs, ulong random)
    {
        ulong half = minMs / 2;
        return (long)(minMs + (half == 0 ? 0 : random % half)) * SimDuration.Millisecond;
    }
}
