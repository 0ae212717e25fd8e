using System.Collections.Immutable;

namespace Sim.Mesh;

/// <summary>How to reach a host.</summary>
public sealed record DestinationRule
{
    /// <summary>Name, age, place.</summary>
    public required ConfigMeta Meta { get; init; }

    /// <summary>Host, completed; may be a wildcard.</summary>
    public required string Host { get; init; }

    /// <summary>Policy of all subsets and ports.</summary>
    public TrafficPolicy? TrafficPolicy { get; init; }

    /// <summary>Subsets in order.</summary>
    public IReadOnlyList<Subset> Subsets { get; init; } = [];

    /// <summary>Namespaces that see it, as written; empty = the mesh default.</summary>
    public IReadOnlyList<string> ExportTo { get; init; } = [];

    /// <summary>Clients it applies to; null = all.</summary>
    public ImmutableSortedDictionary<string, string>? WorkloadSelector { get; init; }
}

/// <summary>Endpoints with certain labels.</summary>
/// <param name="Name">Name.</param>
/// <param name="Labels">Labels; empty selects all.</param>
/// <param name="TrafficPolicy">Override of the rule's own policy.</param>
/// <param name="Origin">Where it stands.</param>
public sealed record Subset(
    string Name, ImmutableSortedDictionary<string, string> Labels, TrafficPolicy? TrafficPolicy,
    Core.SourceSpan Origin = default);
