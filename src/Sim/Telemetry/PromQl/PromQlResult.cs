namespace Sim.Telemetry.PromQl;

/// <summary>Why a query has no answer.</summary>
public enum PromQlErrorKind
{
    /// <summary>The expression or a parameter is wrong (API status 400).</summary>
    BadData,

    /// <summary>The evaluation failed (API status 422).</summary>
    Execution,
}

/// <summary>Why a query has no answer, in Prometheus' words.</summary>
/// <param name="Kind">Wrong input or failed evaluation.</param>
/// <param name="Message">The reason, without its place.</param>
/// <param name="Line">Line of the expression, from 1; 0 when the error has no place.</param>
/// <param name="Column">Column in UTF-8 bytes, from 1; 0 when the error has no place.</param>
public sealed record PromQlError(PromQlErrorKind Kind, string Message, int Line = 0, int Column = 0)
{
    /// <summary>As Prometheus prints it: <c>1:5: parse error: ...</c> when it has a place.</summary>
    public override string ToString() => Line == 0 ? Message : string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"{Line}:{Column}: parse error: {Message}");
}

/// <summary>One element of an instant vector.</summary>
/// <param name="Labels">Its labels.</param>
/// <param name="Value">Its value.</param>
public readonly record struct Sample(LabelSet Labels, double Value);

/// <summary>One series of a range vector or of a range query.</summary>
/// <param name="Labels">Its labels.</param>
/// <param name="Points">Its points in order of time.</param>
public sealed record Series(LabelSet Labels, IReadOnlyList<Point> Points);

/// <summary>The answer of a query.</summary>
public abstract record PromQlValue;

/// <summary>A number.</summary>
/// <param name="Value">The number.</param>
public sealed record ScalarValue(double Value) : PromQlValue;

/// <summary>A text.</summary>
/// <param name="Value">The text.</param>
public sealed record StringValue(string Value) : PromQlValue;

/// <summary>An instant vector.</summary>
/// <param name="Samples">Its elements; their order counts only after sort, sort_desc, topk and bottomk.</param>
public sealed record VectorValue(IReadOnlyList<Sample> Samples) : PromQlValue;

/// <summary>A range vector, or the answer of a range query.</summary>
/// <param name="Series">Its series.</param>
public sealed record MatrixValue(IReadOnlyList<Series> Series) : PromQlValue;

/// <summary>An answer, or why there is none.</summary>
/// <param name="Value">The answer; null when there is an error.</param>
/// <param name="Error">The error; null when there is an answer.</param>
/// <param name="Dialect">The dialect that the query was read and evaluated in.</param>
public sealed record PromQlResult(PromQlValue? Value, PromQlError? Error, PromQlDialect Dialect);
