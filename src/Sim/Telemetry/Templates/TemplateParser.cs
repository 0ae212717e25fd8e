using System.Globalization;

namespace Sim.Telemetry.Templates;

/// <summary>Reads Go's template language.</summary>
/// <remarks>Go: text/template/parse. Simplified: define, block, template, break and continue are refused by name.
/// </remarks>
internal sealed class TemplateParser
{
    private const int DepthMost = 200;
    private readonly string _name;
    private readonly string _text;
    private readonly HashSet<string> _variables = new(StringComparer.Ordinal) { "$" };
    private readonly List<TemplateToken> _tokens;
    private int _next;
    private int _depth;

    private TemplateParser(string name, string text)
    {
        _name = name;
        _text = text;
        _tokens = new TemplateLexer(text).Tokens;
    }

    /// <summary>The nodes of a template.</summary>
    /// <exception cref="TemplateException">It does not parse.</exception>
    public static IReadOnlyList<TemplateNode> Parse(string name, string text) =>
        new TemplateParser(name, text).List("", out _);

    private TemplateToken Peek => _tokens[_next];

    private TemplateToken Take()
    {
        TemplateToken token = _tokens[_next];
        _next += token.Kind is TemplateTokenKind.End or TemplateTokenKind.Error ? 0 : 1;
        return token;
    }

    private TemplateException Error(TemplateToken at, string message)
    {
        int line = _text.AsSpan(0, Math.Min(at.At, _text.Length)).Count('\n') + 1;
        return new TemplateException(string.Create(CultureInfo.InvariantCulture,
            $"template: {_name}:{line}: {message}"));
    }

    private TemplateException Unexpected(TemplateToken token, string context) =>
        token.Kind == TemplateTokenKind.Error ? Error(token, token.Text)
            : Error(token, "unexpected " + token.Description + " in " + context);

    /// <summary>Nodes until the template or the branch ends; tells which word ended the branch.</summary>
    private List<TemplateNode> List(string branch, out string ending)
    {
        var nodes = new List<TemplateNode>();
        while (true)
        {
            TemplateToken token = Take();
            switch (token.Kind)
            {
                case TemplateTokenKind.End when branch.Length > 0:
                    throw Error(token, "unexpected EOF");
                case TemplateTokenKind.End:
                    ending = "";
                    return nodes;
                case TemplateTokenKind.Text:
                    nodes.Add(new TextNode(token.At, token.Text));
                    break;
                case TemplateTokenKind.Open:
                    if (Peek is { Kind: TemplateTokenKind.Word, Text: "end" or "else" } word)
                    {
                        if (branch.Length == 0)
                        {
                            throw Error(word, "unexpected {{" + word.Text + "}}");
                        }

                        ending = Take().Text;
                        return nodes;
                    }

                    nodes.Add(Action());
                    break;
                default:
                    throw Unexpected(token, "input");
            }
        }
    }

    private void Close(string context)
    {
        TemplateToken token = Take();
        if (token.Kind != TemplateTokenKind.Close)
        {
            throw Unexpected(token, context);
        }
    }

    private TemplateNode Action()
    {
        TemplateToken word = Peek;
        if (word.Kind == TemplateTokenKind.Word)
        {
            switch (word.Text)
            {
                case "if":
                    return Branch(BranchKind.If, Take());
                case "range":
                    return Branch(BranchKind.Range, Take());
                case "with":
                    return Branch(BranchKind.With, Take());
                case "define" or "block" or "template" or "break" or "continue":
                    throw Error(word, "{{" + word.Text + "}} is not modelled");
                default:
                    break;
            }
        }

        var node = new ActionNode(word.At, Pipe("command", TemplateTokenKind.Close));
        Take();
        return node;
    }

    private BranchNode Branch(BranchKind kind, TemplateToken word)
    {
        if (++_depth > DepthMost)
        {
            throw Error(word, "nested too deep");
        }

        HashSet<string> outer = [.. _variables];
        Pipeline pipe = Pipe(word.Text, TemplateTokenKind.Close);
        Take();
        List<TemplateNode> then = List(word.Text, out string ending);
        List<TemplateNode> otherwise = [];
        if (ending == "else")
        {
            if (Peek is { Kind: TemplateTokenKind.Word, Text: "if" or "with" } chained && chained.Text == word.Text)
            {
                otherwise.Add(Branch(kind, Take()));
                Restore(outer);
                _depth--;
                return new BranchNode(word.At, kind, pipe, then, otherwise);
            }

            Close("else");
            otherwise = List(word.Text, out ending);
            if (ending == "else")
            {
                throw Error(Peek, "expected end; found {{else}}");
            }
        }

        Close("end");
        Restore(outer);
        _depth--;
        return new BranchNode(word.At, kind, pipe, then, otherwise);
    }

    private void Restore(HashSet<string> variables)
    {
        _variables.Clear();
        _variables.UnionWith(variables);
    }

    private Pipeline Pipe(string context, TemplateTokenKind close)
    {
        if (++_depth > DepthMost)
        {
            throw Error(Peek, "nested too deep");
        }

        int at = Peek.At;
        var variables = new List<string>();
        bool isAssignment = Declarations(variables, context == "range");
        var commands = new List<Command>();
        while (true)
        {
            TemplateToken token = Peek;
            if (token.Kind == close)
            {
                break;
            }

            if (token.Kind is TemplateTokenKind.Error or TemplateTokenKind.End or TemplateTokenKind.Close
                or TemplateTokenKind.RightParen)
            {
                throw Unexpected(token, context);
            }

            commands.Add(Command());
            if (Peek.Kind == TemplateTokenKind.Pipe)
            {
                Take();
                if (Peek.Kind == close)
                {
                    throw Error(Peek, "missing value for " + context);
                }
            }
        }

        if (commands.Count == 0)
        {
            throw Error(Peek, "missing value for " + context);
        }

        for (int i = 1; i < commands.Count; i++)
        {
            if (commands[i].Operands[0] is ConstantOperand or FieldOperand { Fields.Count: 0 })
            {
                throw Error(Peek, string.Create(CultureInfo.InvariantCulture,
                    $"non executable command in pipeline stage {i + 1}"));
            }
        }

        _depth--;
        return new Pipeline(at, variables, isAssignment, commands);
    }

    private bool Declarations(List<string> variables, bool mayBeTwo)
    {
        int start = _next;
        while (Peek.Kind == TemplateTokenKind.Variable && !Peek.Text.Contains('.', StringComparison.Ordinal))
        {
            variables.Add(Take().Text);
            if (mayBeTwo && variables.Count == 1 && Peek is { Kind: TemplateTokenKind.Symbol, Text: "," })
            {
                Take();
                continue;
            }

            if (Peek is { Kind: TemplateTokenKind.Symbol, Text: ":=" or "=" } sign)
            {
                Take();
                foreach (string v in sign.Text == "=" ? variables : [])
                {
                    RequireVariable(sign, v);
                }

                _variables.UnionWith(variables);
                return sign.Text == "=";
            }

            break;
        }

        variables.Clear();
        _next = start;
        return false;
    }

    private void RequireVariable(TemplateToken at, string name)
    {
        if (!_variables.Contains(name))
        {
            throw Error(at, "undefined variable " + GoText.Quote(name));
        }
    }

    private Command Command()
    {
        int at = Peek.At;
        int end = at;
        var operands = new List<Operand>();
        while (Peek.Kind is not (TemplateTokenKind.Pipe or TemplateTokenKind.Close or TemplateTokenKind.RightParen))
        {
            TemplateToken token = Take();
            operands.Add(Operand(token));
            end = _tokens[_next - 1].At + _tokens[_next - 1].Length;
        }

        return operands.Count > 0 ? new Command(at, operands, _text[at..end])
            : throw Error(Peek, "empty command");
    }

    private Operand Operand(TemplateToken token)
    {
        switch (token.Kind)
        {
            case TemplateTokenKind.Word:
                return Word(token);
            case TemplateTokenKind.Field:
                return new FieldOperand(token.At, Fields(token.Text));
            case TemplateTokenKind.Variable:
                string[] parts = token.Text.Split('.');
                RequireVariable(token, parts[0]);
                return new VariableOperand(token.At, parts[0], parts[1..]);
            case TemplateTokenKind.Literal:
                return new ConstantOperand(token.At, PromQl.Literals.Unquote(token.Text));
            case TemplateTokenKind.Number:
                return new ConstantOperand(token.At, Number(token));
            case TemplateTokenKind.LeftParen:
                Pipeline pipe = Pipe("parenthesized pipeline", TemplateTokenKind.RightParen);
                Take();
                bool hasFields = Peek.Kind == TemplateTokenKind.Field
                    && _tokens[_next - 1].At + 1 == Peek.At;
                return new PipeOperand(token.At, pipe, hasFields ? Fields(Take().Text) : []);
            default:
                throw Unexpected(token, "operand");
        }
    }

    private Operand Word(TemplateToken token) => token.Text switch
    {
        "true" => new ConstantOperand(token.At, true),
        "false" => new ConstantOperand(token.At, false),
        "nil" => new ConstantOperand(token.At, null),
        _ when TemplateFunctions.Names.Contains(token.Text) => new FunctionOperand(token.At, token.Text),
        _ => throw Error(token, "function " + GoText.Quote(token.Text) + " not defined"),
    };

    private static string[] Fields(string text) => text.Length == 1 ? [] : text[1..].Split('.');

    private object Number(TemplateToken token)
    {
        if (long.TryParse(token.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole))
        {
            return whole;
        }

        return GoText.TryParseFloat(token.Text, out double value) ? value
            : throw Error(token, "bad number syntax: " + GoText.Quote(token.Text));
    }
}
