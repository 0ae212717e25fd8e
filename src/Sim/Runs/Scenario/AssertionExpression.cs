using Sim.Core.RegularExpressions;

namespace Sim.Runs.Scenario;

/// <summary>What a function of an assertion measures.</summary>
public enum AssertionFunction
{
    /// <summary>Good requests over all.</summary>
    Availability,

    /// <summary>Matching requests over those of the same service, traffic and callers.</summary>
    Share,

    /// <summary>Requests.</summary>
    Count,

    /// <summary>Requests that were not good.</summary>
    Errors,

    /// <summary>Ejections of hosts.</summary>
    Ejections,

    /// <summary>A quantile of the latency.</summary>
    Quantile,

    /// <summary>Findings about the input and about what the timeline did, whatever the time.</summary>
    Findings,

    /// <summary>Pods that are there at the end of the run.</summary>
    Pods,
}

/// <summary>Unit of a measured or written value.</summary>
public enum AssertionUnit
{
    /// <summary>A plain number.</summary>
    Number,

    /// <summary>A share from 0 to 1.</summary>
    Share,

    /// <summary>A time in nanoseconds.</summary>
    Time,
}

/// <summary>How two values are compared.</summary>
public enum ComparisonOperator
{
    /// <summary>Below.</summary>
    Less,

    /// <summary>At most.</summary>
    LessOrEqual,

    /// <summary>Above.</summary>
    Greater,

    /// <summary>At least.</summary>
    GreaterOrEqual,

    /// <summary>Equal.</summary>
    Equal,

    /// <summary>Not equal.</summary>
    NotEqual,
}

/// <summary>How a label is matched.</summary>
public enum MatchOperator
{
    /// <summary>Equal text.</summary>
    Equal,

    /// <summary>Other text.</summary>
    NotEqual,

    /// <summary>The whole text matches a regular expression.</summary>
    Regex,

    /// <summary>The whole text does not match a regular expression.</summary>
    NotRegex,
}

/// <summary>One condition on a label.</summary>
/// <param name="Label">Label, see docs/assertions.md.</param>
/// <param name="Operator">Operator.</param>
/// <param name="Value">Text or regular expression.</param>
public sealed record LabelMatcher(string Label, MatchOperator Operator, string Value)
{
    private readonly Re2? _regex = Operator is not (MatchOperator.Regex or MatchOperator.NotRegex) ? null
        : Re2.Compile(Value, Re2Options.WholeText, out Re2Problem? problem)
            ?? throw new ArgumentException(problem!.Re2Text);

    /// <summary>Whether a label's value meets the condition.</summary>
    public bool Matches(string value) => Operator switch
    {
        MatchOperator.Equal => value == Value,
        MatchOperator.NotEqual => value != Value,
        MatchOperator.Regex => _regex!.IsMatch(value),
        _ => !_regex!.IsMatch(value),
    };
}

/// <summary>One side of a comparison.</summary>
/// <param name="Unit">Unit of its value.</param>
public abstract record AssertionOperand(AssertionUnit Unit);

/// <summary>A value as written.</summary>
/// <param name="Value">Number, share from 0 to 1, or nanoseconds.</param>
/// <param name="Unit">Unit.</param>
/// <param name="Text">As written.</param>
public sealed record LiteralOperand(double Value, AssertionUnit Unit, string Text) : AssertionOperand(Unit);

/// <summary>Something to measure.</summary>
/// <param name="Function">What.</param>
/// <param name="Quantile">Quantile from 0 to 1, of <see cref="AssertionFunction.Quantile"/>.</param>
/// <param name="Matchers">Which requests.</param>
/// <param name="WindowNs">Length of the sliding window; 0 = everything at once.</param>
/// <param name="Unit">Unit.</param>
public sealed record SelectorOperand(
    AssertionFunction Function, double Quantile, IReadOnlyList<LabelMatcher> Matchers, long WindowNs,
    AssertionUnit Unit) : AssertionOperand(Unit);

/// <summary>One comparison; the left side is always a <see cref="SelectorOperand"/>.</summary>
/// <param name="Left">Left side.</param>
/// <param name="Operator">Operator.</param>
/// <param name="Right">Right side.</param>
/// <param name="Limit">Operator and right side as written.</param>
public sealed record AssertionComparison(
    SelectorOperand Left, ComparisonOperator Operator, AssertionOperand Right, string Limit);

/// <summary>An assertion: all its comparisons must hold.</summary>
/// <param name="All">The comparisons, at least one.</param>
public sealed record AssertionExpression(IReadOnlyList<AssertionComparison> All);

/// <summary>A condition on one request, for an SLO's <c>good</c>.</summary>
/// <param name="Field">response_code, duration, attempts or response_flags.</param>
/// <param name="Operator">Operator.</param>
/// <param name="Value">Number or nanoseconds; not used for response_flags.</param>
/// <param name="Text">Text for response_flags.</param>
public sealed record GoodCondition(string Field, ComparisonOperator Operator, double Value, string Text);

/// <summary>What makes a request good: all conditions.</summary>
/// <param name="All">The conditions, at least one.</param>
public sealed record GoodExpression(IReadOnlyList<GoodCondition> All);

/// <summary>Text outside the expression language.</summary>
public sealed class AssertionSyntaxException : Exception
{
    /// <summary>A finding at a position.</summary>
    public AssertionSyntaxException(string message, int position, string hint = "")
        : base(message)
    {
        Position = position;
        Hint = hint;
    }

    /// <summary>Character, from 0.</summary>
    public int Position { get; }

    /// <summary>What to do about it; empty when the message says it all.</summary>
    public string Hint { get; }
}
