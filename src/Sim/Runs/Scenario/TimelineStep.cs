using Sim.Core;
using Sim.Manifests;

namespace Sim.Runs.Scenario;

/// <summary>What a step of the timeline does.</summary>
public enum StepKind
{
    /// <summary>A kubectl command line.</summary>
    Run,

    /// <summary>Files are applied.</summary>
    Apply,

    /// <summary>Files' objects, or a named object, are deleted.</summary>
    Delete,

    /// <summary>An object is patched.</summary>
    Patch,

    /// <summary>A fault begins.</summary>
    Fault,
}

/// <summary>One step of the timeline.</summary>
public sealed record TimelineStep
{
    /// <summary>When, since the start.</summary>
    public required Sourced<long> AtNs { get; init; }

    /// <summary>Name others refer to; empty = none.</summary>
    public Sourced<string> As { get; init; } = Sourced.None<string>();

    /// <summary>Name of the earlier step that this one ends, such as scaling up what had been scaled down; empty =
    /// none.</summary>
    public Sourced<string> Ends { get; init; } = Sourced.None<string>();

    /// <summary>What it does.</summary>
    public StepKind Kind { get; init; }

    /// <summary>The kubectl line of <see cref="StepKind.Run"/>.</summary>
    public Sourced<string> Run { get; init; } = Sourced.None<string>();

    /// <summary>Objects of <see cref="StepKind.Apply"/>, <see cref="StepKind.Delete"/> and
    /// <see cref="StepKind.Patch"/>; null for the others.</summary>
    public ObjectChange? Change { get; init; }

    /// <summary>The fault of <see cref="StepKind.Fault"/>; null for the others.</summary>
    public FaultSpec? Fault { get; init; }

    /// <summary>Where it is declared.</summary>
    public SourceSpan Span { get; init; }

    /// <summary>Position in the file, from 0.</summary>
    public int Index { get; init; }

    /// <summary>Name, or <c>timeline[n]</c> when it has none.</summary>
    public string Title => As.Value is { Length: > 0 } name ? name
        : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"timeline[{Index}]");
}

/// <summary>Objects to apply, delete or patch.</summary>
/// <param name="Cluster">Cluster (<c>context</c>).</param>
/// <param name="Files">Files and folders relative to the scenario's folder; empty when an object is named.</param>
/// <param name="Kind">Kind of the named object, as kubectl takes it; empty when files are given.</param>
/// <param name="Name">Its name.</param>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Patch">Merge patch; null for the others.</param>
public sealed record ObjectChange(
    Sourced<string> Cluster, IReadOnlyList<Sourced<string>> Files, Sourced<string> Kind, Sourced<string> Name,
    Sourced<string> Namespace, YamlMapping? Patch);
