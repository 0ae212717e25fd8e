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
