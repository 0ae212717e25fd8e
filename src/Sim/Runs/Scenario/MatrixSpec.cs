using Sim.Core;

namespace Sim.Runs.Scenario;

/// <summary>What differences between clusters mean.</summary>
public enum DriftHandling
{
    /// <summary>They are told.</summary>
    Report,

    /// <summary>Each of them fails the run.</summary>
    Fail,
}

/// <summary>An expected verdict. Patterns know <c>*</c>; the first row that fits a cell judges it.</summary>
/// <param name="From">Caller: workload, cluster/workload or cluster/namespace/workload.</param>
/// <param name="To">Target.</param>
/// <param name="Method">Method.</param>
/// <param name="Path">Path.</param>
/// <param name="Is">Verdict, or <c>refused</c> for any but allowed.</param>
/// <param name="Span">Where it is declared.</param>
public sealed record MatrixExpectation(
    string From, string To, string Method, string Path, string Is, SourceSpan Span)
{
    /// <summary>Any verdict that keeps the request from the application.</summary>
    public const string Refused = "refused";

    /// <summary>The row in one line.</summary>
    public string Text => $"{From} {Method} {To} {Path} is {Is}";
}

/// <summary>What <c>spec.matrix</c> asks for.</summary>
public sealed record MatrixSpec
{
    /// <summary>The file says something of it.</summary>
    public bool IsPresent { get; init; }

    /// <summary>Patterns of callers; none = every workload.</summary>
    public IReadOnlyList<Sourced<string>> Callers { get; init; } = [];

    /// <summary>Hosts with optional port; none = every port of every Service.</summary>
    public IReadOnlyList<Sourced<string>> Targets { get; init; } = [];

    /// <summary>Methods.</summary>
    public IReadOnlyList<Sourced<string>> Methods { get; init; } = [];

    /// <summary>Paths.</summary>
    public IReadOnlyList<Sourced<string>> Paths { get; init; } = [];

    /// <summary>Headers of every request, <c>name: value</c>.</summary>
    public IReadOnlyList<Sourced<string>> Headers { get; init; } = [];

    /// <summary>When; null = at the end of the warm-up.</summary>
    public Sourced<long>? AtNs { get; init; }

    /// <summary>What differences between clusters mean.</summary>
    public Sourced<DriftHandling> Drift { get; init; } = Sourced.None<DriftHandling>();

    /// <summary>Expected verdicts, those of the file first.</summary>
    public IReadOnlyList<MatrixExpectation> Expect { get; init; } = [];

    /// <summary>The table of expected verdicts; empty = none.</summary>
    public Sourced<string> ExpectFile { get; init; } = Sourced.None<string>();

    /// <summary>Where it is declared.</summary>
    public SourceSpan Span { get; init; }
}
