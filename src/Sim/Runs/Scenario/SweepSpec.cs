using Sim.Core;

namespace Sim.Runs.Scenario;

/// <summary>Which runs an experiment consists of: variants times a grid of values times replications.</summary>
public sealed record SweepSpec
{
    /// <summary>Variants in the order of the table; <c>base</c> = the scenario as it stands; empty = all of them.
    /// </summary>
    public IReadOnlyList<Sourced<string>> Variants { get; init; } = [];

    /// <summary>Axes of the grid; the last one changes fastest.</summary>
    public IReadOnlyList<SweepAxis> Grid { get; init; } = [];

    /// <summary>Condition on the values of the axes; points that do not meet it are left out. Empty = none.</summary>
    public Sourced<string> Where { get; init; } = Sourced.None<string>();

    /// <summary>What is measured in each run.</summary>
    public IReadOnlyList<SweepMeasure> Measures { get; init; } = [];

    /// <summary>Names of axes (or <c>variant</c>) and the value that others are compared with; empty = the first
    /// variant, or the first point where there is only one variant.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Baseline { get; init; } = [];

    /// <summary>Confidence of all intervals, 0..1.</summary>
    public Sourced<double> Confidence { get; init; } = Sourced.None<double>();

    /// <summary>When replications stop; null = after the stated number.</summary>
    public StopSpec? Stop { get; init; }

    /// <summary>Where it is declared.</summary>
    public SourceSpan Span { get; init; }
}

/// <summary>One axis of the grid.</summary>
/// <param name="Name">Name: a column of the tables.</param>
/// <param name="Set">Paths of the scenario file that are set.</param>
/// <param name="Values">Values, in order.</param>
/// <param name="Template">What is written at the paths; <c>{}</c> stands for the value.</param>
/// <param name="Span">Where it is declared.</param>
public sealed record SweepAxis(
    Sourced<string> Name, IReadOnlyList<Sourced<string>> Set, IReadOnlyList<Sourced<string>> Values,
    Sourced<string> Template, SourceSpan Span);

/// <summary>A figure that is taken from each run.</summary>
/// <param name="Name">Name: a column of the tables; empty = made from the expression.</param>
/// <param name="Expression">A function of the assertion language with its labels.</param>
public sealed record SweepMeasure(Sourced<string> Name, Sourced<string> Expression);

/// <summary>Replicate until an interval is narrow enough.</summary>
/// <param name="Measure">Name or expression of the measure; empty = the first one.</param>
/// <param name="HalfWidth">Half the width of the confidence interval that is narrow enough, in the measure's unit.
/// </param>
/// <param name="Least">Replications before the first look.</param>
/// <param name="Most">Replications at most.</param>
/// <param name="Batch">Replications between two looks.</param>
/// <param name="Span">Where it is declared.</param>
public sealed record StopSpec(
    Sourced<string> Measure, Sourced<string> HalfWidth, Sourced<int> Least, Sourced<int> Most, Sourced<int> Batch,
    SourceSpan Span);
