using Sim.Core;

namespace Sim.Runs;

/// <summary>Users of closed traffic: each waits for its answer, thinks, and sends the next request.</summary>
/// <remarks>
/// The terminals of Scherr (1967): with exponential work and thinking times the machine-repair model M/M/c//N.
/// Simplified: a user whose request ended in the very instant it was sent waits a millisecond more, so that a name
/// that does not resolve is not asked for without end.
/// </remarks>
/// <param name="users">Users, at least 1.</param>
/// <param name="thinkNs">Mean time to think in nanoseconds, at least 0.</param>
/// <param name="isExponential">Times to think are exponential; otherwise all are the mean.</param>
/// <param name="startNs">Users think from here on before their first request.</param>
/// <param name="stopNs">No request begins from here on.</param>
/// <param name="stream">Draws of the times.</param>
internal sealed class ThinkingUsers(
    int users, long thinkNs, bool isExponential, long startNs, long stopNs, RngStream stream)
{
    private const long ShortestNs = SimDuration.Millisecond;

    /// <summary>Users.</summary>
    public int Count => users;

    /// <summary>When a user sends first: after a time to think; equal times are spread evenly.</summary>
    /// <param name="user">Number of the user, from 0.</param>
    /// <returns><see cref="long.MaxValue"/> = never.</returns>
    public long FirstNs(int user) => InTime(startNs
        + (isExponential ? Think() : (long)((user + 0.5) / users * thinkNs)));

    /// <summary>When the user of a request that ended now sends next.</summary>
    /// <param name="sentNs">When the request was sent.</param>
    /// <param name="nowNs">Now.</param>
    /// <returns><see cref="long.MaxValue"/> = never.</returns>
    public long NextNs(long sentNs, long nowNs) =>
        InTime(nowNs + Math.Max(Think(), sentNs == nowNs ? ShortestNs : 0));

    private long Think() => isExponential && thinkNs > 0 ? (long)(Ziggurat.Exponential(stream) * thinkNs) : thinkNs;

    private long InTime(long atNs) => atNs < stopNs ? atNs : long.MaxValue;
}
