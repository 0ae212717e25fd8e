using Sim.Envoy;

namespace Sim.Runs;

/// <summary>What a scripted server does with one request.</summary>
/// <param name="Status">Status; 0 = it never answers.</param>
/// <param name="DelayNs">Time until it does so, nanoseconds.</param>
/// <param name="Reset">Reset instead of an answer; <see cref="ResetReason.None"/> = it answers.</param>
/// <param name="Headers">The answer with its headers; null = the status alone.</param>
internal readonly record struct ServerAnswer(
    int Status, long DelayNs, ResetReason Reset = ResetReason.None, ResponseHeaders? Headers = null)
{
    /// <summary>What follows the headers later; null = the answer comes in one piece.</summary>
    public AnswerBody? Body { get; init; }
}

/// <summary>What follows the headers of an answer.</summary>
/// <param name="Pieces">Pieces of the body; 0 = it came with the headers.</param>
/// <param name="GapNs">Time before each of them, nanoseconds.</param>
/// <param name="Break">Reset in the last one's place; none = it ends the answer.</param>
/// <param name="ClosesConnection">The server takes no further request on the connection.</param>
internal sealed record AnswerBody(
    int Pieces, long GapNs = 0, ResetReason Break = ResetReason.None, bool ClosesConnection = false);

/// <summary>Says what a server does with each request, instead of an application's plan.</summary>
internal interface IServerScript
{
    /// <summary>What becomes of a try of a request.</summary>
    ServerAnswer Answer(RequestTemplate request, int attempt);
}
