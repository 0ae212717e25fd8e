namespace Sim.Telemetry.PromQl;

/// <summary>The selectors of an expression.</summary>
internal static class SelectorWalk
{
    /// <summary>All selectors, in the order they are written.</summary>
    public static IEnumerable<VectorSelector> Of(Expression expression) => expression switch
    {
        VectorSelector v => [v],
        MatrixSelector m => [m.Selector],
        Parenthesized p => Of(p.Inner),
        UnaryExpression u => Of(u.Inner),
        Subquery s => Of(s.Inner),
        Call c => c.Arguments.SelectMany(Of),
        Aggregation a => a.Parameter is { } parameter ? Of(parameter).Concat(Of(a.Inner)) : Of(a.Inner),
        BinaryExpression b => Of(b.Left).Concat(Of(b.Right)),
        _ => [],
    };

    /// <summary>Whether an expression may have an answer although its selectors select nothing.</summary>
    public static bool AnswersNothing(Expression expression) => expression switch
    {
        Call c => c.Function.Name.StartsWith("absent", StringComparison.Ordinal)
            || c.Function.Name is "vector" or "time" || c.Arguments.Any(AnswersNothing),
        Parenthesized p => AnswersNothing(p.Inner),
        UnaryExpression u => AnswersNothing(u.Inner),
        Subquery s => AnswersNothing(s.Inner),
        Aggregation a => AnswersNothing(a.Inner),
        BinaryExpression b => AnswersNothing(b.Left) || AnswersNothing(b.Right),
        _ => false,
    };
}
