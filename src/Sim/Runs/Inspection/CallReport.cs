using Sim.Core;

namespace Sim.Runs.Inspection;

/// <summary>One question: does a call go the same way from everywhere?</summary>
/// <param name="Scenario">Scenario, variant and overrides.</param>
/// <param name="Call">Arguments of curl.</param>
/// <param name="From">Calling workload, <c>name</c> or <c>name.namespace</c>; empty = the first workload of each
/// cluster that sends traffic, else its first with a sidecar.</param>
/// <param name="AtNs">When, ns since the start; null = at the end of the warm-up.</param>
public sealed record CallRequest(ScenarioRequest Scenario, string Call, string From = "", long? AtNs = null);

/// <summary>A value as one caller has it.</summary>
/// <param name="Value">Value; empty = none.</param>
/// <param name="Span">The line behind it; unknown = a default.</param>
public readonly record struct CallValue(string Value, SourceSpan Span);

/// <summary>One setting of the effective route.</summary>
/// <param name="Setting">Which.</param>
/// <param name="Values">As each caller has it, in the order of the callers.</param>
public sealed record CallRow(string Setting, IReadOnlyList<CallValue> Values)
{
    /// <summary>Whether the callers have different values.</summary>
    public bool Differs => Values.Any(v => v.Value != Values[0].Value);
}

/// <summary>The effective route of one call from every client cluster.</summary>
/// <param name="Callers">Calling pods, <c>cluster/namespace/pod</c>; empty when there is nothing to compare.</param>
/// <param name="Rows">Every setting.</param>
/// <param name="Diagnostics">Findings.</param>
public sealed record CallReport(
    IReadOnlyList<string> Callers, IReadOnlyList<CallRow> Rows, IReadOnlyList<Diagnostic> Diagnostics);
