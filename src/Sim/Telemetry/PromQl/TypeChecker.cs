namespace Sim.Telemetry.PromQl;

/// <summary>Checks types and modifiers of a parsed expression, in the order in which Prometheus does.</summary>
/// <remarks>Prometheus: promql/parser/parse.go#checkAST.</remarks>
internal sealed class TypeChecker
{
    private readonly string _text;

    private TypeChecker(string text) => _text = text;

    /// <summary>Throws for the first thing that is wrong.</summary>
    /// <exception cref="ParseException">Something is wrong.</exception>
    public static void Check(Expression expression, string text) => new TypeChecker(text).Check(expression);

    /// <summary>A type in the words of messages.</summary>
    public static string Name(ExpressionType type) => type switch
    {
        ExpressionType.Scalar => "scalar",
        ExpressionType.String => "string",
        ExpressionType.Vector => "instant vector",
        _ => "range vector",
    };

    private static ParseException Error(Expression at, string message) => new(at.Range.Start, message);

    private void Check(Expression expression)
    {
        switch (expression)
        {
            case Aggregation a:
                CheckAggregation(a);
                break;
            case BinaryExpression b:
                CheckBinary(b);
                break;
            case Call c:
                CheckCall(c);
                break;
            case Parenthesized p:
                Check(p.Inner);
                break;
            case UnaryExpression u:
                Check(u.Inner);
                if (u.Inner.Type is not (ExpressionType.Scalar or ExpressionType.Vector))
                {
                    throw Error(u, "unary expression only allowed on expressions of type scalar or instant vector, "
                        + "got \"" + Name(u.Inner.Type) + "\"");
                }

                break;
            case Subquery s:
                Check(s.Inner);
                if (s.Inner.Type != ExpressionType.Vector)
                {
                    string got = s.Inner.Type == ExpressionType.Matrix ? "matrix" : Name(s.Inner.Type);
                    throw Error(s, "subquery is only allowed on instant vector, got " + got + " instead");
                }

                break;
            case MatrixSelector m:
                Check(m.Selector);
                break;
            case VectorSelector v:
                CheckSelector(v);
                break;
            default:
                break;
        }
    }

    private static void CheckSelector(VectorSelector v)
    {
        if (v.Name.Length > 0)
        {
            LabelMatcher? second = v.Matchers.SkipLast(1).FirstOrDefault(static m => m.Name == LabelSet.MetricName);
            if (second is not null)
            {
                throw Error(v, "metric name must not be set twice: " + GoText.Quote(v.Name) + " or "
                    + GoText.Quote(second.Value));
            }
        }
        else if (v.Matchers.All(static m => m.Matches("")))
        {
            throw Error(v, "vector selector must contain at least one non-empty matcher");
        }
    }

    private void Expect(Expression expression, ExpressionType type, string context)
    {
        Check(expression);
        if (expression.Type != type)
        {
            throw Error(expression,
                "expected type " + Name(type) + " in " + context + ", got " + Name(expression.Type));
        }
    }

    private void CheckAggregation(Aggregation a)
    {
        Expect(a.Inner, ExpressionType.Vector, "aggregation expression");
        if (a.Parameter is { } parameter)
        {
            Expect(parameter, a.Operator == TokenKind.CountValues ? ExpressionType.String : ExpressionType.Scalar,
                "aggregation parameter");
        }
    }

    private void CheckCall(Call c)
    {
        Function f = c.Function;
        int given = c.Arguments.Count;
        int wanted = f.Arguments.Count;
        string call = "in call to " + GoText.Quote(f.Name) + ", got " + Count(given);
        if (f.Variadic == 0 && given != wanted)
        {
            throw Error(c, "expected " + Count(wanted) + " argument(s) " + call);
        }

        if (f.Variadic != 0 && given < wanted - 1)
        {
            throw Error(c, "expected at least " + Count(wanted - 1) + " argument(s) " + call);
        }

        if (f.Variadic > 0 && given > wanted - 1 + f.Variadic)
        {
            throw Error(c, "expected at most " + Count(wanted - 1 + f.Variadic) + " argument(s) " + call);
        }

        for (int i = 0; i < given; i++)
        {
            Expect(c.Arguments[i], f.Arguments[Math.Min(i, wanted - 1)],
                "call to function " + GoText.Quote(f.Name));
        }
    }

    private void CheckBinary(BinaryExpression b)
    {
        Check(b.Left);
        Check(b.Right);
        bool isComparison = IsComparison(b.Operator);
        bool isSet = IsSet(b.Operator);
        bool leftIsScalar = b.Left.Type == ExpressionType.Scalar;
        bool rightIsScalar = b.Right.Type == ExpressionType.Scalar;
        if (b.Matching.ReturnsBool && !isComparison)
        {
            throw new ParseException(OperatorAt(b), "bool modifier can only be used on comparison operators");
        }

        if (isComparison && !b.Matching.ReturnsBool && leftIsScalar && rightIsScalar)
        {
            throw new ParseException(OperatorAt(b), "comparisons between scalars must use BOOL modifier");
        }

        string? both = b.Matching.IsOn ? b.Matching.Labels.FirstOrDefault(b.Matching.Include.Contains) : null;
        if (both is not null)
        {
            throw new ParseException(OperatorAt(b),
                "label " + GoText.Quote(both) + " must not occur in ON and GROUP clause at once");
        }

        foreach (Expression side in (Expression[])[b.Left, b.Right])
        {
            if (side.Type is not (ExpressionType.Scalar or ExpressionType.Vector))
            {
                throw Error(side, "binary expression must contain only scalar and instant vector types");
            }
        }

        if ((leftIsScalar || rightIsScalar) && b.Matching.Labels.Count > 0)
        {
            throw Error(b, "vector matching only allowed between instant vectors");
        }

        string op = OperatorText(b.Operator);
        if (!leftIsScalar && !rightIsScalar && isSet && b.Matching.Cardinality != Cardinality.OneToOne)
        {
            throw Error(b, "no grouping allowed for " + op + " operation");
        }

        if ((leftIsScalar || rightIsScalar) && isSet)
        {
            throw Error(b, "set operator " + op + " not allowed in binary scalar expression");
        }
    }

    internal static bool IsComparison(TokenKind op) => op is TokenKind.EqualCompare or TokenKind.NotEqual
        or TokenKind.Less or TokenKind.LessEqual or TokenKind.Greater or TokenKind.GreaterEqual;

    internal static bool IsSet(TokenKind op) => op is TokenKind.And or TokenKind.Or or TokenKind.Unless;

    private static string OperatorText(TokenKind op) => op switch
    {
        TokenKind.And => "\"and\"",
        TokenKind.Or => "\"or\"",
        _ => "\"unless\"",
    };

    private static string Count(int count) => count.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private int OperatorAt(BinaryExpression b)
    {
        int at = b.Left.Range.End;
        while (at < _text.Length && Lexer.IsSpace(_text[at]))
        {
            at++;
        }

        return at;
    }
}
