using Sim.Core;

namespace Sim.Runs.Scenario;

/// <summary>What a probe expects of an answer; parts not written expect nothing.</summary>
/// <param name="Code">Status code; null = any. 0 = no answer.</param>
/// <param name="Exit">curl's exit code; null = any.</param>
/// <param name="ServedCluster">Cluster of the pod that answered; empty = any.</param>
/// <param name="ServedRegion">Region of the pod that answered; empty = any.</param>
/// <param name="Span">Where it is declared.</param>
public sealed record ExpectSpec(
    Sourced<int>? Code, Sourced<int>? Exit, Sourced<string> ServedCluster, Sourced<string> ServedRegion,
    SourceSpan Span);

/// <summary>One curl, again and again, each time judged.</summary>
/// <param name="Name">Name.</param>
/// <param name="From">Pod that runs curl.</param>
/// <param name="Request">The command line.</param>
/// <param name="EveryNs">Interval from the end of the warm-up; 0 = only at <paramref name="AtNs"/>.</param>
/// <param name="AtNs">Instants.</param>
/// <param name="Expect">What is expected; null = nothing.</param>
/// <param name="During">What is expected instead while a named step holds, in file order; parts not written are
/// those of <paramref name="Expect"/>.</param>
/// <param name="Span">Where it is declared.</param>
public sealed record ProbeSpec(
    Sourced<string> Name, SourceSpec From, CurlRequest Request, Sourced<long> EveryNs,
    IReadOnlyList<Sourced<long>> AtNs, ExpectSpec? Expect,
    IReadOnlyList<KeyValuePair<Sourced<string>, ExpectSpec>> During, SourceSpan Span);

/// <summary>A service level objective.</summary>
/// <param name="Name">Name.</param>
/// <param name="Target">Share of good requests, 0..1.</param>
/// <param name="WindowNs">Length of the window, from the end backwards; 0 = everything but the warm-up.</param>
/// <param name="Good">What makes a request good.</param>
/// <param name="Service">Service; empty = every entry request.</param>
/// <param name="Traffic">Traffic source; empty = every source.</param>
/// <param name="Span">Where it is declared.</param>
public sealed record SloSpec(
    Sourced<string> Name, Sourced<double> Target, Sourced<long> WindowNs, Sourced<string> Good,
    Sourced<string> Service, Sourced<string> Traffic, SourceSpan Span);

/// <summary>Something that must hold always, or at least once.</summary>
/// <param name="Name">Name.</param>
/// <param name="IsAlways">True for <c>always</c>, false for <c>sometimes</c>.</param>
/// <param name="Expression">Assertion expression, judged in every bin after the warm-up.</param>
/// <param name="Span">Where it is declared.</param>
public sealed record InvariantSpec(
    Sourced<string> Name, bool IsAlways, Sourced<string> Expression, SourceSpan Span);

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
