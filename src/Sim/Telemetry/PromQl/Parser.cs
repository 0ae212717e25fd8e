using System.Globalization;

namespace Sim.Telemetry.PromQl;

/// <summary>Turns text into an expression, or into the first thing that is wrong with it.</summary>
/// <remarks>
/// Prometheus: promql/parser/generated_parser.y. The grammar there is LALR with error productions; here it is
/// recursive descent that names the same production: the innermost one that is open, which for a nested expression
/// can only be an aggregation.
/// </remarks>
internal sealed partial class Parser
{
    private const int PowerLevel = 6;
    private const int SignLevel = 6;

    /// <summary>Bound of nesting, so that no input exhausts the stack; no real expression comes near it.</summary>
    private const int DepthMost = 500;

    private readonly Lexer _lexer;
    private readonly PromQlDialect _dialect;
    private Token _current;
    private bool _hasCurrent;
    private int _openAggregations;
    private int _openExpressions;
    private int _lastClosing;

    public Parser(string text, PromQlDialect dialect)
    {
        _lexer = new Lexer(text, dialect);
        _dialect = dialect;
    }

    /// <summary>Parses a whole expression; types are not checked yet.</summary>
    public Expression ParseExpression()
    {
        if (Peek().Kind == TokenKind.End)
        {
            throw new ParseException(0, "no expression found in input");
        }

        Expression expression = Expression(1);
        return Peek().Kind == TokenKind.End ? expression : throw Unexpected();
    }

    /// <summary>Parses a selector and nothing else, as <c>match[]</c> takes it.</summary>
    public VectorSelector ParseSelector()
    {
        Token first = Peek();
        VectorSelector selector = first.IsMetricName || first.Kind == TokenKind.LeftBrace
            ? Selector() : throw Unexpected();
        return Peek().Kind == TokenKind.End ? selector : throw Unexpected();
    }

    private static int LevelOf(TokenKind kind) => kind switch
    {
        TokenKind.Or => 1,
        TokenKind.And or TokenKind.Unless => 2,
        TokenKind.EqualCompare or TokenKind.NotEqual or TokenKind.Less or TokenKind.LessEqual or TokenKind.Greater
            or TokenKind.GreaterEqual => 3,
        TokenKind.Add or TokenKind.Subtract => 4,
        TokenKind.Multiply or TokenKind.Divide or TokenKind.Modulo or TokenKind.Atan2 => 5,
        TokenKind.Power => PowerLevel,
        _ => 0,
    };

    private Token Peek()
    {
        if (!_hasCurrent)
        {
            _current = _lexer.Next();
            _hasCurrent = true;
            if (_current.Kind is TokenKind.RightBrace or TokenKind.RightParen or TokenKind.RightBracket
                or TokenKind.Duration or TokenKind.Number)
            {
                _lastClosing = _current.End;
            }
        }

        return _current;
    }

    private Token Take()
    {
        Token token = Peek();
        _hasCurrent = false;
        return token;
    }

    private bool TryTake(TokenKind kind)
    {
        if (Peek().Kind != kind)
        {
            return false;
        }

        _hasCurrent = false;
        return true;
    }

    private ParseException Unexpected() => Unexpected(_openAggregations > 0 ? "aggregation" : "", "");

    private ParseException Unexpected(string context, string expected)
    {
        Token token = Peek();
        return new ParseException(token.Start, "unexpected " + token.Description
            + (context.Length > 0 ? " in " + context : "") + (expected.Length > 0 ? ", expected " + expected : ""));
    }

    private bool StartsExpression() => Peek() is var t && (t.IsMetricName
        || t.Kind is TokenKind.LeftParen or TokenKind.LeftBrace or TokenKind.Number or TokenKind.String
            or TokenKind.Add or TokenKind.Subtract
        || (t.Kind == TokenKind.Duration && _dialect.TakesNumbersAsDurations));

    private T Bounded<T>(T node, int below)
        where T : Expression
    {
        node.Depth = below + 1;
        return node.Depth <= DepthMost ? node : throw TooDeep(node.Range.Start);
    }

    private static ParseException TooDeep(int at) => new(at, string.Create(CultureInfo.InvariantCulture,
        $"expression is nested deeper than {DepthMost} levels"));

    private Expression Expression(int level)
    {
        if (++_openExpressions > DepthMost)
        {
            throw TooDeep(Peek().Start);
        }

        Expression left = Operand();
        while (LevelOf(Peek().Kind) is var found && found >= level)
        {
            TokenKind op = Take().Kind;
            VectorMatching matching = Matching();
            Expression right = Expression(op == TokenKind.Power ? found : found + 1);
            left = Bounded(new BinaryExpression
            {
                Operator = op,
                Matching = matching,
                Left = left,
                Right = right,
                Range = new TextRange(left.Range.Start, right.Range.End),
            }, Math.Max(left.Depth, right.Depth));
        }

        _openExpressions--;
        return left;
    }

    private VectorMatching Matching()
    {
        var matching = new VectorMatching { ReturnsBool = TryTake(TokenKind.Bool) };
        if (Peek().Kind is not (TokenKind.On or TokenKind.Ignoring))
        {
            return matching;
        }

        matching.IsOn = Take().Kind == TokenKind.On;
        matching.Labels = GroupingLabels();
        if (Peek().Kind is not (TokenKind.GroupLeft or TokenKind.GroupRight))
        {
            return matching;
        }

        matching.Cardinality = Take().Kind == TokenKind.GroupLeft ? Cardinality.ManyToOne : Cardinality.OneToMany;
        if (Peek().Kind == TokenKind.LeftParen || !StartsExpression())
        {
            matching.Include = GroupingLabels();
        }

        return matching;
    }

    private Expression Operand()
    {
        Token token = Peek();
        switch (token.Kind)
        {
            case TokenKind.Add or TokenKind.Subtract:
                return Signed(Take());
            case TokenKind.Number:
                Take();
                return Suffixes(Number(token));
            case TokenKind.Duration when _dialect.TakesNumbersAsDurations:
                Take();
                return Suffixes(new NumberLiteral { Value = Duration(token, true) / 1000.0, Range = token.Range });
            case TokenKind.String:
                Take();
                return Suffixes(new StringLiteral { Value = Literals.Unquote(token.Text), Range = token.Range });
            case TokenKind.LeftParen:
                Take();
                Expression inner = Expression(1);
                Token close = Peek();
                return TryTake(TokenKind.RightParen)
                    ? Suffixes(Bounded(new Parenthesized
                    {
                        Inner = inner,
                        Range = new TextRange(token.Start, close.End),
                    }, inner.Depth))
                    : throw Unexpected();
            case TokenKind.LeftBrace:
                return Suffixes(Selector());
            default:
                return token.IsMetricName ? Suffixes(Named(Take())) : throw Unexpected();
        }
    }

    private Expression Signed(Token sign)
    {
        Expression inner = Expression(SignLevel);
        bool isMinus = sign.Kind == TokenKind.Subtract;
        if (inner is NumberLiteral number)
        {
            number.Value = isMinus ? -number.Value : number.Value;
            number.Range = number.Range with { Start = sign.Start };
            return number;
        }

        return Bounded(new UnaryExpression
        {
            IsMinus = isMinus,
            Inner = inner,
            Range = new TextRange(sign.Start, inner.Range.End),
        }, inner.Depth);
    }

    private static NumberLiteral Number(Token token) => Literals.TryNumber(token.Text, out double value, out string bad)
        ? new NumberLiteral { Value = value, Range = token.Range } : throw new ParseException(token.Start, bad);

    private Expression Named(Token name)
    {
        if (name.IsAggregation && (Peek().Kind is TokenKind.By or TokenKind.Without or TokenKind.LeftParen))
        {
            return Aggregate(name);
        }

        if (name.Kind == TokenKind.Identifier && Peek().Kind == TokenKind.LeftParen)
        {
            List<Expression> arguments = Arguments();
            Function function = Functions.Find(name.Text, _dialect)
                ?? throw new ParseException(name.Start, "unknown function with name " + GoText.Quote(name.Text));
            return Bounded(new Call
            {
                Function = function,
                Arguments = arguments,
                Range = new TextRange(name.Start, _lastClosing),
            }, arguments.Select(static a => a.Depth).DefaultIfEmpty().Max());
        }

        return Selector(name);
    }

    private List<Expression> Arguments()
    {
        Take();
        var arguments = new List<Expression>();
        if (TryTake(TokenKind.RightParen))
        {
            return arguments;
        }

        arguments.Add(Expression(1));
        while (Peek().Kind == TokenKind.Comma)
        {
            Token comma = Take();
            if (!StartsExpression())
            {
                throw new ParseException(comma.Start, "trailing commas not allowed in function call args");
            }

            arguments.Add(Expression(1));
        }

        return TryTake(TokenKind.RightParen) ? arguments : throw Unexpected();
    }

    private Aggregation Aggregate(Token op)
    {
        _openAggregations++;
        (bool IsWithout, IReadOnlyList<string> Labels)? grouping = null;
        if (Peek().Kind != TokenKind.LeftParen)
        {
            grouping = (Take().Kind == TokenKind.Without, GroupingLabels());
            if (Peek().Kind != TokenKind.LeftParen)
            {
                throw Unexpected();
            }
        }

        List<Expression> arguments = Arguments();
        if (grouping is null && (Peek().Kind is TokenKind.By or TokenKind.Without))
        {
            grouping = (Take().Kind == TokenKind.Without, GroupingLabels());
        }

        _openAggregations--;
        bool hasParameter = op.Kind is TokenKind.TopK or TokenKind.BottomK or TokenKind.CountValues
            or TokenKind.Quantile;
        int desired = hasParameter ? 2 : 1;
        if (arguments.Count == 0)
        {
            throw new ParseException(op.Start, "no arguments for aggregate expression provided");
        }

        if (arguments.Count != desired)
        {
            throw new ParseException(op.Start, string.Create(CultureInfo.InvariantCulture,
                $"wrong number of arguments for aggregate expression provided, expected {desired}, "
                + $"got {arguments.Count}"));
        }

        return Bounded(new Aggregation
        {
            Operator = op.Kind,
            Inner = arguments[^1],
            Parameter = hasParameter ? arguments[0] : null,
            Grouping = grouping?.Labels ?? [],
            IsWithout = grouping?.IsWithout ?? false,
            Range = new TextRange(op.Start, _lastClosing),
        }, arguments.Max(static a => a.Depth));
    }
}
