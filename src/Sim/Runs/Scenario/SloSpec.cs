using Sim.Core;
using Sim.Runs.Judging;

namespace Sim.Runs.Scenario;

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
    Sourced<string> Service, Sourced<string> Traffic, SourceSpan Span)
{
    /// <summary>Rules of burn rates; null = those of a period of 30 days.</summary>
    public IReadOnlyList<BurnRule>? Burn { get; init; }
}
