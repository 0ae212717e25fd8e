namespace Sim.Telemetry.PromQl;

/// <summary>The types of PromQL.</summary>
internal enum ExpressionType
{
    /// <summary>A number.</summary>
    Scalar,

    /// <summary>A text.</summary>
    String,

    /// <summary>An instant vector.</summary>
    Vector,

    /// <summary>A range vector.</summary>
    Matrix,
}

/// <summary>A piece of the expression's text.</summary>
/// <param name="Start">Index of its first character.</param>
/// <param name="End">Index after its last character.</param>
internal readonly record struct TextRange(int Start, int End);

/// <summary>Where an <c>@</c> modifier fixes the time of a selector.</summary>
internal enum AtKind
{
    /// <summary>No modifier.</summary>
    None,

    /// <summary>A time.</summary>
    Timestamp,

    /// <summary><c>@ start()</c>.</summary>
    Start,

    /// <summary><c>@ end()</c>.</summary>
    End,
}

/// <summary>A node of a parsed expression.</summary>
internal abstract class Expression
{
    /// <summary>Where it stands.</summary>
    public TextRange Range { get; set; }

    /// <summary>How many levels it has below and with itself.</summary>
    public int Depth { get; set; } = 1;

    /// <summary>What it evaluates to.</summary>
    public abstract ExpressionType Type { get; }

    /// <summary>The expression without the parentheses around it.</summary>
    public Expression Bare
    {
        get
        {
            Expression e = this;
            while (e is Parenthesized p)
            {
                e = p.Inner;
            }

            return e;
        }
    }
}

/// <summary>A number.</summary>
internal sealed class NumberLiteral : Expression
{
    public double Value { get; set; }

    /// <inheritdoc/>
    public override ExpressionType Type => ExpressionType.Scalar;
}

/// <summary>A text.</summary>
internal sealed class StringLiteral : Expression
{
    public required string Value { get; init; }

    /// <inheritdoc/>
    public override ExpressionType Type => ExpressionType.String;
}

/// <summary>An expression in parentheses.</summary>
internal sealed class Parenthesized : Expression
{
    public required Expression Inner { get; init; }

    /// <inheritdoc/>
    public override ExpressionType Type => Inner.Type;
}

/// <summary>A sign before an expression that is no number.</summary>
internal sealed class UnaryExpression : Expression
{
    public required bool IsMinus { get; init; }

    public required Expression Inner { get; init; }

    /// <inheritdoc/>
    public override ExpressionType Type => Inner.Type;
}

/// <summary>What a selector's time may be moved by.</summary>
internal abstract class TimedExpression : Expression
{
    public long OffsetMs { get; set; }

    /// <summary>An offset was written, even one of nothing.</summary>
    public bool HasOffset { get; set; }

    public AtKind At { get; set; }

    public long AtMs { get; set; }
}

/// <summary>Selects the latest samples of series.</summary>
internal sealed class VectorSelector : TimedExpression
{
    /// <summary>The name before the braces; empty when there is none.</summary>
    public required string Name { get; init; }

    /// <summary>All conditions, the one on the name last.</summary>
    public required IReadOnlyList<LabelMatcher> Matchers { get; init; }

    /// <inheritdoc/>
    public override ExpressionType Type => ExpressionType.Vector;
}

/// <summary>Selects all samples of series in a window. Offset and @ are those of its selector.</summary>
internal sealed class MatrixSelector : Expression
{
    public required VectorSelector Selector { get; init; }

    public required long WindowMs { get; init; }

    /// <inheritdoc/>
    public override ExpressionType Type => ExpressionType.Matrix;
}

/// <summary>Evaluates an expression at many times.</summary>
internal sealed class Subquery : TimedExpression
{
    public required Expression Inner { get; init; }

    public required long WindowMs { get; init; }

    /// <summary>Its step; 0 for the default.</summary>
    public required long StepMs { get; init; }

    /// <inheritdoc/>
    public override ExpressionType Type => ExpressionType.Matrix;
}

/// <summary>A call of a function.</summary>
internal sealed class Call : Expression
{
    public required Function Function { get; init; }

    public required IReadOnlyList<Expression> Arguments { get; init; }

    /// <inheritdoc/>
    public override ExpressionType Type => Function.Returns;
}

/// <summary>An aggregation.</summary>
internal sealed class Aggregation : Expression
{
    public required TokenKind Operator { get; init; }

    public required Expression Inner { get; init; }

    public required Expression? Parameter { get; init; }

    public required IReadOnlyList<string> Grouping { get; init; }

    public required bool IsWithout { get; init; }

    /// <inheritdoc/>
    public override ExpressionType Type => ExpressionType.Vector;
}

/// <summary>How many series of each side meet.</summary>
internal enum Cardinality
{
    OneToOne,
    ManyToOne,
    OneToMany,
}

/// <summary>How the two sides of an operator find each other.</summary>
internal sealed class VectorMatching
{
    public bool ReturnsBool { get; set; }

    public Cardinality Cardinality { get; set; }

    public bool IsOn { get; set; }

    public IReadOnlyList<string> Labels { get; set; } = [];

    public IReadOnlyList<string> Include { get; set; } = [];
}

/// <summary>Two expressions and an operator.</summary>
internal sealed class BinaryExpression : Expression
{
    public required TokenKind Operator { get; init; }

    public required VectorMatching Matching { get; init; }

    public required Expression Left { get; init; }

    public required Expression Right { get; init; }

    /// <inheritdoc/>
    public override ExpressionType Type =>
        Left.Type == ExpressionType.Scalar && Right.Type == ExpressionType.Scalar
            ? ExpressionType.Scalar : ExpressionType.Vector;
}
