using System.Collections.Immutable;
using Sim.Core;

namespace Sim.Mesh;

/// <summary>Modes of PeerAuthentication.</summary>
public enum MutualTlsMode
{
    /// <summary>Not stated: inherited.</summary>
    Unset,

    /// <summary>Plaintext.</summary>
    Disable,

    /// <summary>Both.</summary>
    Permissive,

    /// <summary>Mutual TLS only.</summary>
    Strict,
}

/// <summary>Which connections workloads take.</summary>
public sealed record PeerAuthentication
{
    /// <summary>Name, age, place.</summary>
    public required ConfigMeta Meta { get; init; }

    /// <summary>Labels of the workloads; empty = all of the namespace, or of the mesh in the root namespace.</summary>
    public ImmutableSortedDictionary<string, string> Selector { get; init; } = LabelSet.Empty;

    /// <summary>Mode.</summary>
    public MutualTlsMode Mode { get; init; }

    /// <summary>Place of the mode.</summary>
    public SourceSpan ModeOrigin { get; init; }

    /// <summary>Modes of single workload ports.</summary>
    public IReadOnlyList<(int Port, MutualTlsMode Mode, SourceSpan Origin)> PortLevel { get; init; } = [];
}
