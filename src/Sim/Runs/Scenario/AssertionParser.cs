using Sim.Core;

namespace Sim.Runs.Scenario;

/// <summary>Reads assertions and SLO conditions. Everything outside the language is refused with its position.
/// </summary>
public sealed class AssertionParser
{
    /// <summary>Functions with their units, in the order of the documentation.</summary>
    private static readonly (string Name, AssertionFunction Function, double Quantile, AssertionUnit Unit)[] Functions =
    [
        ("availability", AssertionFunction.Availability, 0, AssertionUnit.Share),
        ("share", AssertionFunction.Share, 0, AssertionUnit.Share),
        ("count", AssertionFunction.Count, 0, AssertionUnit.Number),
        ("errors", AssertionFunction.Errors, 0, AssertionUnit.Number),
        ("ejections", AssertionFunction.Ejections, 0, AssertionUnit.Number),
        ("p50", AssertionFunction.Quantile, 0.5, AssertionUnit.Time),
        ("p90", AssertionFunction.Quantile, 0.9, AssertionUnit.Time),
        ("p95", AssertionFunction.Quantile, 0.95, AssertionUnit.Time),
        ("p99", AssertionFunction.Quantile, 0.99, AssertionUnit.Time),
        ("p999", AssertionFunction.Quantile, 0.999, AssertionUnit.Time),
        ("max", AssertionFunction.Quantile, 1, AssertionUnit.Time),
        ("istio_requests_total", AssertionFunction.Count, 0, AssertionUnit.Number),
        ("findings", AssertionFunction.Findings, 0, AssertionUnit.Number),
        ("pods", AssertionFunction.Pods, 0, AssertionUnit.Number),
    ];

    /// <summary>Labels of requests.</summary>
    private static readonly string[] RequestLabels =
        ["service", "traffic", "region", "client_region", "client_cluster", "served_region", "served_cluster", "code",
         "flags", "disposition"];

    /// <summary>Labels of ejections.</summary>
    private static readonly string[] EjectionLabels = ["client", "upstream", "host", "pod", "type"];

    /// <summary>Labels of findings.</summary>
    private static readonly string[] FindingLabels = ["code", "severity", "message", "resource", "file"];

    /// <summary>Labels of pods.</summary>
    private static readonly string[] PodLabels =
        ["cluster", "namespace", "workload", "region", "zone", "sidecar", "ready"];

    /// <summary>Istio's label names and ours.</summary>
    private static readonly (string Istio, string Ours)[] IstioLabels =
    [
        ("reporter", ""), ("source_cluster", "client_cluster"), ("destination_cluster", "served_cluster"),
        ("destination_service_name", "service"), ("response_code", "code"), ("response_flags", "flags"),
    ];

    private static readonly string[] GoodFields = ["response_code", "duration", "attempts", "response_flags"];

    private readonly string _text;
    private readonly IReadOnlyList<Token> _tokens;
    private int _at;

    private AssertionParser(string text)
    {
        _text = text;
        _tokens = AssertionLexer.Split(text);
    }

    private Token Now => _tokens[_at];

    /// <summary>Labels that requests can be selected by.</summary>
    public static IReadOnlyList<string> Labels => RequestLabels;

    /// <summary>Names of all functions.</summary>
    public static IReadOnlyList<string> FunctionNames => Functions.Select(static f => f.Name).ToList();

    /// <summary>Reads <c>FUNCTION{LABELS}[WINDOW] OPERATOR VALUE</c>, several joined by <c>and</c>.</summary>
    /// <exception cref="AssertionSyntaxException">The text is outside the language.</exception>
    public static AssertionExpression Parse(string text)
    {
        var parser = new AssertionParser(text);
        var all = new List<AssertionComparison>();
        do
        {
            all.Add(parser.Comparison());
        }
        while (parser.TakeAnd());

        return new AssertionExpression(all);
    }

    /// <summary>Reads <c>FUNCTION{LABELS}</c> alone: something to measure.</summary>
    /// <exception cref="AssertionSyntaxException">The text is outside the language.</exception>
    public static SelectorOperand ParseMeasure(string text)
    {
        var parser = new AssertionParser(text);
        if (parser.Operand() is not SelectorOperand { WindowNs: 0 } measure)
        {
            throw new AssertionSyntaxException("a function without window belongs here", 0,
                Names.Hint("", FunctionNames));
        }

        return parser.Now.Kind == TokenKind.End ? measure
            : throw new AssertionSyntaxException($"unexpected \"{parser.Now.Value}\"", parser.Now.Position);
    }

    /// <summary>Reads an SLO's condition on one request.</summary>
    /// <exception cref="AssertionSyntaxException">The text is outside the language.</exception>
    public static GoodExpression ParseGood(string text)
    {
        var parser = new AssertionParser(text);
        var all = new List<GoodCondition>();
        do
        {
            all.Add(parser.Good());
        }
        while (parser.TakeAnd());

        return new GoodExpression(all);
    }

    private bool TakeAnd()
    {
        if (Now is { Kind: TokenKind.Name, Value: "and" })
        {
            _at++;
            return true;
        }

        return Now.Kind == TokenKind.End ? false
            : throw new AssertionSyntaxException($"unexpected \"{Now.Value}\"", Now.Position,
                Now.Value is "or" or "unless" ? "only \"and\" joins comparisons; write two assertions"
                    : "expected \"and\" or the end");
    }

    private AssertionComparison Comparison()
    {
        int start = Now.Position;
        if (Operand() is not SelectorOperand left)
        {
            throw new AssertionSyntaxException("the left side must be a function", start,
                Names.Hint("", FunctionNames));
        }

        int limitStart = Now.Position;
        ComparisonOperator op = Operator();
        int rightStart = Now.Position;
        AssertionOperand right = Convert(Operand(), left.Unit, rightStart);
        if (right is SelectorOperand { WindowNs: > 0 } || (right is SelectorOperand && left.WindowNs > 0))
        {
            throw new AssertionSyntaxException("two functions are compared without windows", rightStart);
        }

        Token last = _tokens[_at - 1];
        return new AssertionComparison(left, op, right, _text[limitStart..(last.Position + last.Length)]);
    }

    private AssertionOperand Operand()
    {
        Token token = Now;
        if (token.Kind == TokenKind.Number)
        {
            _at++;
            return Literal(token);
        }

        if (token.Kind != TokenKind.Name)
        {
            throw new AssertionSyntaxException(token.Kind == TokenKind.End ? "the expression ends too early"
                : $"unexpected \"{token.Value}\"", token.Position, "a function or a value belongs here");
        }

        foreach ((string name, AssertionFunction function, double quantile, AssertionUnit unit) in Functions)
        {
            if (name == token.Value)
            {
                _at++;
                bool isIstio = name.StartsWith("istio_", StringComparison.Ordinal);
                IReadOnlyList<LabelMatcher> matchers = Matchers(function, isIstio, token);
                int windowAt = Now.Position;
                long window = Window();
                return window == 0 || function is not (AssertionFunction.Findings or AssertionFunction.Pods)
                    ? new SelectorOperand(function, quantile, matchers, window, unit)
                    : throw new AssertionSyntaxException($"{name} takes no window", windowAt);
            }
        }

        throw new AssertionSyntaxException($"there is no function \"{token.Value}\"", token.Position,
            Names.Hint(token.Value, FunctionNames));
    }

    private List<LabelMatcher> Matchers(AssertionFunction function, bool isIstio, Token name)
    {
        var list = new List<LabelMatcher>();
        bool hasReporter = false;
        if (Now.Value == "{" && Now.Kind == TokenKind.Symbol)
        {
            _at++;
            while (!TakeSymbol("}"))
            {
                if (list.Count > 0 || hasReporter)
                {
                    Expect(",");
                    if (TakeSymbol("}"))
                    {
                        break;
                    }
                }

                LabelMatcher? m = Matcher(function, isIstio);
                hasReporter |= m is null;
                if (m is not null)
                {
                    list.Add(m);
                }
            }
        }

        if (isIstio && !hasReporter)
        {
            throw new AssertionSyntaxException("istio_requests_total needs reporter=\"source\"", name.Position,
                "both proxies report each request; the run records what the caller's proxy saw");
        }

        return list;
    }

    private LabelMatcher? Matcher(AssertionFunction function, bool isIstio)
    {
        Token label = Now;
        string[] known = function == AssertionFunction.Ejections ? EjectionLabels
            : function == AssertionFunction.Findings ? FindingLabels
            : function == AssertionFunction.Pods ? PodLabels
            : isIstio ? IstioLabels.Select(static l => l.Istio).ToArray() : RequestLabels;
        if (label.Kind != TokenKind.Name || !known.Contains(label.Value))
        {
            throw new AssertionSyntaxException($"there is no label \"{label.Value}\"", label.Position,
                Names.Hint(label.Value, known));
        }

        _at++;
        Token op = Now;
        MatchOperator kind = op.Value switch
        {
            "=" => MatchOperator.Equal,
            "!=" => MatchOperator.NotEqual,
            "=~" => MatchOperator.Regex,
            "!~" => MatchOperator.NotRegex,
            _ => throw new AssertionSyntaxException($"unexpected \"{op.Value}\"", op.Position, "one of =, !=, =~, !~"),
        };
        _at++;
        Token value = Now;
        if (value.Kind != TokenKind.Text)
        {
            throw new AssertionSyntaxException("a label's value stands in quotes", value.Position,
                $"{label.Value}{op.Value}\"...\"");
        }

        _at++;
        if (isIstio && label.Value == "reporter")
        {
            return kind == MatchOperator.Equal && value.Value == "source" ? null
                : throw new AssertionSyntaxException("only reporter=\"source\" is recorded", value.Position);
        }

        string ours = isIstio ? IstioLabels.First(l => l.Istio == label.Value).Ours
            : label.Value == "region" && function != AssertionFunction.Pods ? "client_region" : label.Value;
        return MakeMatcher(ours, kind, value);
    }

    private static LabelMatcher MakeMatcher(string label, MatchOperator kind, Token value)
    {
        try
        {
            return new LabelMatcher(label, kind, value.Value);
        }
        catch (ArgumentException e)
        {
            throw new AssertionSyntaxException("the regular expression cannot be read: " + e.Message, value.Position);
        }
    }

    private long Window()
    {
        if (!TakeSymbol("["))
        {
            return 0;
        }

        Token token = Now;
        if (!SimDuration.TryParse(token.Value, out long ns) || ns <= 0)
        {
            throw new AssertionSyntaxException($"\"{token.Value}\" is no window", token.Position, "such as [10s]");
        }

        _at++;
        Expect("]");
        return ns;
    }

    private ComparisonOperator Operator()
    {
        Token token = Now;
        ComparisonOperator op = token.Value switch
        {
            "<" => ComparisonOperator.Less,
            "<=" => ComparisonOperator.LessOrEqual,
            ">" => ComparisonOperator.Greater,
            ">=" => ComparisonOperator.GreaterOrEqual,
            "==" => ComparisonOperator.Equal,
            "!=" => ComparisonOperator.NotEqual,
            _ => throw new AssertionSyntaxException(token.Kind == TokenKind.End ? "the comparison is missing"
                : $"unexpected \"{token.Value}\"", token.Position, "one of <, <=, >, >=, ==, !="),
        };
        _at++;
        return op;
    }

    private static LiteralOperand Literal(Token token)
    {
        if (token.Value.EndsWith('%') && Quantities.TryShare(token.Value, out double share))
        {
            return new LiteralOperand(share, AssertionUnit.Share, token.Value);
        }

        if (Quantities.TryNumber(token.Value, out double number))
        {
            return new LiteralOperand(number, AssertionUnit.Number, token.Value);
        }

        return SimDuration.TryParse(token.Value, out long ns)
            ? new LiteralOperand(ns, AssertionUnit.Time, token.Value)
            : throw new AssertionSyntaxException($"\"{token.Value}\" is no value", token.Position,
                "a number, a percentage such as 99.9% or a time such as 500ms");
    }

    /// <summary>Gives the right side the unit of the left one: plain numbers may be shares, and 0 is a time.</summary>
    private static AssertionOperand Convert(AssertionOperand right, AssertionUnit unit, int position)
    {
        if (right.Unit == unit)
        {
            return right;
        }

        if (right is LiteralOperand { Unit: AssertionUnit.Number } literal
            && (unit == AssertionUnit.Share ? literal.Value <= 1 : unit == AssertionUnit.Time && literal.Value == 0))
        {
            return literal with { Unit = unit };
        }

        string wanted = unit switch
        {
            AssertionUnit.Share => "a percentage such as 99.9%, or a number from 0 to 1",
            AssertionUnit.Time => "a time such as 500ms",
            _ => "a plain number",
        };
        throw new AssertionSyntaxException("the two sides have different units", position, "write " + wanted);
    }

    private GoodCondition Good()
    {
        Token field = Now;
        if (field.Kind != TokenKind.Name || !GoodFields.Contains(field.Value))
        {
            throw new AssertionSyntaxException($"a request has no \"{field.Value}\"", field.Position,
                Names.Hint(field.Value, GoodFields));
        }

        _at++;
        ComparisonOperator op = Operator();
        Token value = Now;
        _at += value.Kind == TokenKind.End ? 0 : 1;
        if (field.Value == "response_flags")
        {
            return value.Kind == TokenKind.Text && op is ComparisonOperator.Equal or ComparisonOperator.NotEqual
                ? new GoodCondition(field.Value, op, 0, value.Value)
                : throw new AssertionSyntaxException("response_flags is compared with a text by == or !=",
                    value.Position, "response_flags == \"-\"");
        }

        if (value.Kind != TokenKind.Number)
        {
            throw new AssertionSyntaxException("a value belongs here", value.Position);
        }

        AssertionUnit unit = field.Value == "duration" ? AssertionUnit.Time : AssertionUnit.Number;
        var literal = (LiteralOperand)Convert(Literal(value), unit, value.Position);
        return new GoodCondition(field.Value, op, literal.Value, "");
    }

    private bool TakeSymbol(string symbol)
    {
        if (Now.Kind == TokenKind.Symbol && Now.Value == symbol)
        {
            _at++;
            return true;
        }

        return false;
    }

    private void Expect(string symbol)
    {
        if (!TakeSymbol(symbol))
        {
            throw new AssertionSyntaxException(Now.Kind == TokenKind.End ? $"\"{symbol}\" is missing"
                : $"unexpected \"{Now.Value}\"", Now.Position, $"expected \"{symbol}\"");
        }
    }
}
