using Sim.Core;

namespace Sim.Runs.Inspection;

/// <summary>One side of a comparison.</summary>
/// <param name="Scenario">Scenario, variant and overrides.</param>
/// <param name="AtNs">When, ns since the start; null = at the end of the warm-up.</param>
/// <param name="Label">What the side is called.</param>
public sealed record DiffSide(ScenarioRequest Scenario, long? AtNs, string Label);

/// <summary>One thing that differs between what proxies hold on two sides.</summary>
/// <param name="Kind">proxy, cluster, endpoints, route, listener or policy.</param>
/// <param name="Subject">Which one.</param>
/// <param name="Setting">Which setting, Envoy's names joined by dots; empty = all of it.</param>
/// <param name="Left">Value on the left side; empty = there is none.</param>
/// <param name="Right">Value on the right side; empty = there is none.</param>
/// <param name="LeftSpan">The line behind the left value; unknown = a default.</param>
/// <param name="RightSpan">The line behind the right value; unknown = a default.</param>
/// <param name="Proxies">Proxies it concerns, <c>cluster/namespace/workload</c> with the zone where a workload has
/// several.</param>
public sealed record ConfigDifference(
    string Kind, string Subject, string Setting, string Left, string Right, SourceSpan LeftSpan, SourceSpan RightSpan,
    IReadOnlyList<string> Proxies);

/// <summary>What a comparison gave.</summary>
/// <param name="Differences">Differences by kind, subject and setting; null when a side could not be read.</param>
/// <param name="Proxies">Proxies that were compared.</param>
/// <param name="Diagnostics">Findings of both sides that keep a side from being read.</param>
public sealed record ConfigDiffReport(
    IReadOnlyList<ConfigDifference>? Differences, int Proxies, IReadOnlyList<Diagnostic> Diagnostics);
