using Sim.Core;

namespace Sim.Mesh.Analysis;

/// <summary>One message of Istio's configuration analysis.</summary>
/// <param name="Diagnostic">Code, severity, Istio's text, place and object.</param>
/// <param name="Cluster">Cluster of the object.</param>
/// <param name="Analyzers">All analyzers that gave this very message, in the order they ran.</param>
public sealed record AnalysisMessage(Diagnostic Diagnostic, string Cluster, IReadOnlyList<string> Analyzers);
