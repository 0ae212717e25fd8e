using System.Text.RegularExpressions;
using Sim.Core.RegularExpressions;

namespace Sim.Telemetry.PromQl;

/// <summary>Groupings, selectors and what may follow them.</summary>
internal sealed partial class Parser
{
    private List<string> GroupingLabels()
    {
        const string Context = "grouping opts";
        if (!TryTake(TokenKind.LeftParen))
        {
            throw Unexpected(Context, "\"(\"");
        }

        var labels = new List<string>();
        while (!TryTake(TokenKind.RightParen))
        {
            Token token = Peek();
            bool isQuoted = token.Kind == TokenKind.String && _dialect.TakesAnyLabelName;
            bool isName = token.IsGroupingLabel
                && (_dialect.TakesAnyLabelName || Literals.IsLabelName(token.Text));
            if (!isQuoted && !isName)
            {
                throw Unexpected(Context, "label");
            }

            Take();
            labels.Add(isQuoted ? Literals.Unquote(token.Text) : token.Text);
            if (Peek().Kind is not (TokenKind.Comma or TokenKind.RightParen))
            {
                throw Unexpected(Context, "\",\" or \")\"");
            }

            TryTake(TokenKind.Comma);
        }

        return labels;
    }

    private VectorSelector Selector() => Peek().Kind == TokenKind.LeftBrace ? Selector(null) : Selector(Take());

    private VectorSelector Selector(Token? name)
    {
        var matchers = new List<LabelMatcher>();
        var range = name?.Range ?? Peek().Range;
        if (Peek().Kind == TokenKind.LeftBrace)
        {
            Take();
            Matchers(matchers);
            range = range with { End = _lastClosing };
        }

        if (name is { } n)
        {
            matchers.Add(new LabelMatcher(MatchKind.Equal, LabelSet.MetricName, n.Text, null));
        }

        return new VectorSelector { Name = name?.Text ?? "", Matchers = matchers, Range = range };
    }

    private void Matchers(List<LabelMatcher> matchers)
    {
        const string Context = "label matching";
        while (!TryTake(TokenKind.RightBrace))
        {
            Token label = Peek();
            bool isQuoted = label.Kind == TokenKind.String && _dialect.TakesQuotedNames;
            if (label.Kind != TokenKind.Identifier && !isQuoted)
            {
                throw Unexpected(Context, "identifier or \"}\"");
            }

            Take();
            string name = isQuoted ? Literals.Unquote(label.Text) : label.Text;
            matchers.Add(isQuoted && (Peek().Kind is TokenKind.Comma or TokenKind.RightBrace)
                ? new LabelMatcher(MatchKind.Equal, LabelSet.MetricName, name, null)
                : Matcher(label, name, Context));
            if (Peek().Kind is not (TokenKind.Comma or TokenKind.RightBrace))
            {
                throw Unexpected(Context, "\",\" or \"}\"");
            }

            TryTake(TokenKind.Comma);
        }
    }

    private LabelMatcher Matcher(Token label, string name, string context)
    {
        MatchKind? kind = Peek().Kind switch
        {
            TokenKind.Equal => MatchKind.Equal,
            TokenKind.NotEqual => MatchKind.NotEqual,
            TokenKind.EqualRegex => MatchKind.Regex,
            TokenKind.NotEqualRegex => MatchKind.NotRegex,
            _ => null,
        };
        if (kind is not { } found)
        {
            throw Unexpected(context, "label matching operator");
        }

        Take();
        if (Peek().Kind != TokenKind.String)
        {
            throw Unexpected(context, "string");
        }

        string value = Literals.Unquote(Take().Text);
        Re2? regex = null;
        if (found is MatchKind.Regex or MatchKind.NotRegex)
        {
            regex = GoRegexp.CompileMatcher(value, _dialect.DotMatchesNewline, out string problem)
                ?? throw new ParseException(label.Start, problem);
        }

        return new LabelMatcher(found, name, value, regex);
    }

    private Expression Suffixes(Expression expression)
    {
        while (true)
        {
            switch (Peek().Kind)
            {
                case TokenKind.LeftBracket:
                    expression = Window(expression, Take());
                    break;
                case TokenKind.Offset:
                    Take();
                    Offset(expression);
                    break;
                case TokenKind.At:
                    Take();
                    AtModifier(expression);
                    break;
                default:
                    return expression;
            }
        }
    }

    private Expression Window(Expression inner, Token bracket)
    {
        const string Context = "subquery selector";
        if (!IsDuration())
        {
            throw Unexpected(Context, "duration");
        }

        long windowMs = Duration(Take(), false);
        if (Peek().Kind == TokenKind.RightBracket)
        {
            Take();
            return Matrix(inner, bracket, windowMs);
        }

        if (!TryTake(TokenKind.Colon))
        {
            throw Unexpected("subquery or range", "\":\" or \"]\"");
        }

        long stepMs = 0;
        if (IsDuration())
        {
            stepMs = Duration(Take(), false);
            if (Peek().Kind != TokenKind.RightBracket)
            {
                throw Unexpected(Context, "\"]\"");
            }
        }
        else if (Peek().Kind != TokenKind.RightBracket)
        {
            throw Unexpected(Context, "duration or \"]\"");
        }

        int end = Take().End;
        return Bounded(new Subquery
        {
            Inner = inner,
            WindowMs = windowMs,
            StepMs = stepMs,
            Range = new TextRange(inner.Range.Start, end),
        }, inner.Depth);
    }

    private MatrixSelector Matrix(Expression inner, Token bracket, long windowMs)
    {
        string problem = inner is not VectorSelector v ? "ranges only allowed for vector selectors"
            : v.OffsetMs != 0 ? "no offset modifiers allowed before range"
            : v.At == AtKind.Timestamp ? "no @ modifiers allowed before range" : "";
        return problem.Length > 0 ? throw new ParseException(bracket.Start, problem) : new MatrixSelector
        {
            Selector = (VectorSelector)inner,
            WindowMs = windowMs,
            Range = new TextRange(inner.Range.Start, _lastClosing),
        };
    }

    private bool IsDuration() => Peek().Kind == TokenKind.Duration
        || (Peek().Kind == TokenKind.Number && _dialect.TakesNumbersAsDurations);

    /// <summary>Milliseconds of a duration; a number is seconds.</summary>
    private static long Duration(Token token, bool mayBeZero)
    {
        long ms;
        string problem;
        if (token.Kind == TokenKind.Number)
        {
            problem = Literals.TryNumber(token.Text, out double seconds, out string bad) ? "" : bad;
            bool isInRange = Math.Abs(seconds) <= long.MaxValue / 1e9;
            ms = isInRange ? (long)Math.Round(seconds * 1000) : 0;
            problem = problem.Length == 0 && !isInRange ? "duration out of range" : problem;
        }
        else
        {
            Literals.TryDuration(token.Text, out ms, out problem);
        }

        if (problem.Length == 0 && ms == 0 && !mayBeZero)
        {
            problem = "duration must be greater than 0";
        }

        return problem.Length == 0 ? ms : throw new ParseException(token.Start, problem);
    }

    private void Offset(Expression expression)
    {
        bool isMinus = Peek().Kind == TokenKind.Subtract && Take().Kind == TokenKind.Subtract;
        if (!isMinus && _dialect.TakesNumbersAsDurations)
        {
            TryTake(TokenKind.Add);
        }

        if (!IsDuration())
        {
            throw Unexpected("offset", "duration");
        }

        long ms = Duration(Take(), _dialect.TakesNumbersAsDurations);
        TimedExpression timed = Timed(expression) ?? throw new ParseException(expression.Range.Start,
            "offset modifier must be preceded by an instant vector selector or range vector selector or a subquery");
        if (timed.OffsetMs != 0)
        {
            throw new ParseException(expression.Range.Start, "offset may not be set multiple times");
        }

        timed.OffsetMs = isMinus ? -ms : ms;
        timed.HasOffset = true;
        expression.Range = expression.Range with { End = _lastClosing };
    }

    private void AtModifier(Expression expression)
    {
        const string Context = "@";
        double sign = 1;
        if (Peek().Kind is TokenKind.Add or TokenKind.Subtract)
        {
            sign = Take().Kind == TokenKind.Subtract ? -1 : 1;
        }
        else if (Peek().Kind is TokenKind.Start or TokenKind.Finish)
        {
            AtKind edge = Take().Kind == TokenKind.Start ? AtKind.Start : AtKind.End;
            if (!TryTake(TokenKind.LeftParen) || !TryTake(TokenKind.RightParen))
            {
                throw Unexpected(Context, "timestamp");
            }

            SetAt(expression, edge, 0);
            return;
        }

        if (Peek().Kind != TokenKind.Number)
        {
            throw Unexpected(Context, "timestamp");
        }

        double seconds = sign * Number(Take()).Value;
        if (!(Math.Abs(seconds) < 9.2e18))
        {
            throw new ParseException(expression.Range.Start, "timestamp out of bounds for @ modifier: "
                + GoText.Fixed(seconds, 6));
        }

        SetAt(expression, AtKind.Timestamp, (long)Math.Round(seconds * 1000, MidpointRounding.AwayFromZero));
    }

    private void SetAt(Expression expression, AtKind kind, long ms)
    {
        TimedExpression timed = Timed(expression) ?? throw new ParseException(expression.Range.Start,
            "@ modifier must be preceded by an instant vector selector or range vector selector or a subquery");
        if (timed.At != AtKind.None)
        {
            throw new ParseException(expression.Range.Start, "@ <timestamp> may not be set multiple times");
        }

        timed.At = kind;
        timed.AtMs = ms;
        expression.Range = expression.Range with { End = _lastClosing };
    }

    private static TimedExpression? Timed(Expression expression) =>
        expression is MatrixSelector m ? m.Selector : expression as TimedExpression;
}
