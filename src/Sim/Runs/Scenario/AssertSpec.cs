using Sim.Core;

namespace Sim.Runs.Scenario;

/// <summary>An assertion.</summary>
/// <param name="Text">As written, for people.</param>
/// <param name="Expression">The expression that is judged; of a recovery, its <c>to</c>.</param>
/// <param name="During">Only while this step holds; empty = the whole run after the warm-up.</param>
/// <param name="Recover">Step after whose begin the expression must become and stay true; empty = no recovery.
/// </param>
/// <param name="WithinNs">How long a recovery may take.</param>
/// <param name="Span">Where it is declared.</param>
public sealed record AssertSpec(
    string Text, Sourced<string> Expression, Sourced<string> During, Sourced<string> Recover,
    Sourced<long> WithinNs, SourceSpan Span);

/// <summary>Something that must hold always, or at least once.</summary>
/// <param name="Name">Name.</param>
/// <param name="IsAlways">True for <c>always</c>, false for <c>sometimes</c>.</param>
/// <param name="Expression">Assertion expression, judged in every bin after the warm-up.</param>
/// <param name="Span">Where it is declared.</param>
public sealed record InvariantSpec(
    Sourced<string> Name, bool IsAlways, Sourced<string> Expression, SourceSpan Span)
{
    /// <summary>Data that must never move, instead of an expression; null = an expression.</summary>
    public FlowSpec? Never { get; init; }
}
