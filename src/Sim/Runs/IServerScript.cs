using Sim.Envoy;

namespace Sim.Runs;

/// <summary>What a scripted server does with one request.</summary>
/// <param name="Status">Status; 0 = it never answers.</param>
/// <param name="DelayNs">Time until it does so, nanoseconds.</param>
/// <param name="Reset">Reset instead of an answer; <see cref="ResetReason.None"/> = it answers.</param>
/// <param name="Headers">The answer with its headers; null = the status alone.</param>
internal readonly record struct ServerAnswer(
    int Status, long DelayNs, ResetReason Reset = ResetReason.None, ResponseHeaders? Headers = null);

/// <summary>Says what a server does with each request, instead of an application's plan.</summary>
internal interface IServerScript
{
    /// <summary>What becomes of a try of a request.</summary>
    ServerAnswer Answer(RequestTemplate request, int attempt);
}
