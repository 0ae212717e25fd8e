using System.Text;

namespace Sim.Telemetry.PromQl;

/// <summary>What a server is configured with that reaches the answer of a query.</summary>
/// <param name="LookbackMs">How old a sample may be that an instant selector still returns; 5 min by default.</param>
/// <param name="SubqueryStepMs">Step of a subquery that states none: the global evaluation interval, 1 min.</param>
public sealed record PromQlOptions(long LookbackMs = 300_000, long SubqueryStepMs = 60_000)
{
    /// <summary>Prometheus' defaults.</summary>
    public static PromQlOptions Default { get; } = new();
}

/// <summary>A PromQL expression that was read and checked.</summary>
/// <remarks>
/// Prometheus: promql. A query keeps nothing between evaluations: the same expression, store and time give the same
/// answer. Simplified: native histograms do not exist here, and a query is never refused for its cost.
/// </remarks>
public sealed class PromQlQuery
{
    private readonly Expression _expression;

    private PromQlQuery(string text, Expression expression, PromQlDialect dialect)
    {
        Text = text;
        _expression = expression;
        Dialect = dialect;
    }

    /// <summary>The expression as written.</summary>
    public string Text { get; }

    /// <summary>The dialect it was read in.</summary>
    public PromQlDialect Dialect { get; }

    /// <summary>Its selectors, in the order they are written.</summary>
    internal IEnumerable<VectorSelector> Selectors => SelectorWalk.Of(_expression);

    /// <summary>It may have an answer although its selectors select nothing.</summary>
    internal bool AnswersNothing => SelectorWalk.AnswersNothing(_expression);

    /// <summary>Reads an expression.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="dialect">The version whose language it is.</param>
    /// <param name="error">What is wrong with it first; null when nothing is.</param>
    /// <returns>The query, or null when there is an error.</returns>
    public static PromQlQuery? Parse(string text, PromQlDialect dialect, out PromQlError? error)
    {
        error = null;
        try
        {
            Expression expression = new Parser(text, dialect).ParseExpression();
            TypeChecker.Check(expression, text);
            return new PromQlQuery(text, expression, dialect);
        }
        catch (ParseException e)
        {
            error = ErrorOf(e, text);
            return null;
        }
    }

    /// <summary>Reads and evaluates an expression at one time.</summary>
    public static PromQlResult Instant(
        string text, PromQlDialect dialect, SeriesStore store, long timeMs, PromQlOptions? options = null) =>
        Parse(text, dialect, out PromQlError? error)?.Instant(store, timeMs, options)
            ?? new PromQlResult(null, error, dialect);

    /// <summary>Reads and evaluates an expression at many times.</summary>
    public static PromQlResult Range(
        string text, PromQlDialect dialect, SeriesStore store, PromQlRange range, PromQlOptions? options = null) =>
        Parse(text, dialect, out PromQlError? error)?.Range(store, range, options)
            ?? new PromQlResult(null, error, dialect);

    /// <summary>Evaluates at one time (API <c>/query</c>).</summary>
    /// <param name="store">The series.</param>
    /// <param name="timeMs">Milliseconds since the epoch.</param>
    /// <param name="options">The server's options; null for the defaults.</param>
    public PromQlResult Instant(SeriesStore store, long timeMs, PromQlOptions? options = null)
    {
        var evaluator = new Evaluator(store, Dialect, new PromQlRange(timeMs, timeMs, 1),
            options ?? PromQlOptions.Default);
        return Guard(() => _expression.Type switch
        {
            ExpressionType.Scalar => new ScalarValue(evaluator.Scalar(_expression, timeMs)),
            ExpressionType.String => new StringValue(((StringLiteral)_expression.Bare).Value),
            ExpressionType.Vector => new VectorValue(evaluator.Vector(_expression, timeMs)),
            _ => new MatrixValue(evaluator.Matrix(_expression, timeMs).Series),
        });
    }

    /// <summary>Evaluates at many times (API <c>/query_range</c>).</summary>
    /// <param name="store">The series.</param>
    /// <param name="range">The times.</param>
    /// <param name="options">The server's options; null for the defaults.</param>
    public PromQlResult Range(SeriesStore store, PromQlRange range, PromQlOptions? options = null)
    {
        if (_expression.Type is not (ExpressionType.Scalar or ExpressionType.Vector))
        {
            return new PromQlResult(null, new PromQlError(PromQlErrorKind.BadData,
                "invalid expression type \"" + TypeChecker.Name(_expression.Type)
                    + "\" for range query, must be Scalar or instant Vector"), Dialect);
        }

        var evaluator = new Evaluator(store, Dialect, range, options ?? PromQlOptions.Default);
        return Guard(() => new MatrixValue(Steps(evaluator, range)));
    }

    /// <summary>Reads a selector and nothing else, as <c>match[]</c> takes it.</summary>
    internal static IReadOnlyList<LabelMatcher>? ParseSelector(
        string text, PromQlDialect dialect, out PromQlError? error)
    {
        error = null;
        try
        {
            return new Parser(text, dialect).ParseSelector().Matchers;
        }
        catch (ParseException e)
        {
            error = ErrorOf(e, text);
            return null;
        }
    }

    private static PromQlError ErrorOf(ParseException e, string text)
    {
        string before = text[..Math.Min(e.At, text.Length)];
        int line = before.AsSpan().Count('\n') + 1;
        int column = Encoding.UTF8.GetByteCount(before.AsSpan(before.LastIndexOf('\n') + 1)) + 1;
        return new PromQlError(PromQlErrorKind.BadData, e.Message, line, column);
    }

    private List<Series> Steps(Evaluator evaluator, PromQlRange range)
    {
        var points = new Dictionary<LabelSet, List<Point>>();
        var order = new List<LabelSet>();
        void Add(LabelSet labels, long timeMs, double value)
        {
            if (!points.TryGetValue(labels, out List<Point>? list))
            {
                points.Add(labels, list = []);
                order.Add(labels);
            }

            list.Add(new Point(timeMs, value));
        }

        for (long t = range.StartMs; t <= range.EndMs; t += range.StepMs)
        {
            if (_expression.Type == ExpressionType.Scalar)
            {
                Add(LabelSet.Empty, t, evaluator.Scalar(_expression, t));
                continue;
            }

            foreach (Sample s in evaluator.Vector(_expression, t))
            {
                Add(s.Labels, t, s.Value);
            }
        }

        order.Sort();
        return [.. order.Select(l => new Series(l, points[l]))];
    }

    private PromQlResult Guard(Func<PromQlValue> evaluate)
    {
        try
        {
            return new PromQlResult(evaluate(), null, Dialect);
        }
        catch (EvaluationException e)
        {
            return new PromQlResult(null, new PromQlError(PromQlErrorKind.Execution, e.Message), Dialect);
        }
    }
}

/// <summary>The times of a range query: start, start + step, ... until the end.</summary>
/// <param name="StartMs">First time, milliseconds since the epoch.</param>
/// <param name="EndMs">Last time at most.</param>
/// <param name="StepMs">Step, above 0.</param>
public sealed record PromQlRange(long StartMs, long EndMs, long StepMs);

/// <summary>Why an evaluation failed. Never leaves <see cref="PromQlQuery"/>.</summary>
internal sealed class EvaluationException(string message) : Exception(message);
