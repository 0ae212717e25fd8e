using System.Globalization;
using System.Text;

namespace Sim.Telemetry.Templates;

/// <summary>What a template can see.</summary>
/// <param name="Labels">Labels of the element, the name of the metric included.</param>
/// <param name="ExternalLabels">Labels of the server.</param>
/// <param name="ExternalUrl">Address of the server.</param>
/// <param name="Value">Value of the element.</param>
/// <param name="Query">Answers an expression at the time of the evaluation; throws
/// <see cref="TemplateException"/>.</param>
internal sealed record TemplateData(
    LabelSet Labels, LabelSet ExternalLabels, string ExternalUrl, double Value,
    Func<string, IReadOnlyList<PromQl.Sample>> Query);

/// <summary>A template of a label or an annotation of an alert.</summary>
/// <remarks>Go: text/template; Prometheus: template/template.go, rules/alerting.go.</remarks>
internal sealed class GoTemplate
{
    /// <summary>What Prometheus writes before every template: it shows in the columns of errors.</summary>
    private const string Definitions = "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}"
        + "{{$externalURL := .ExternalURL}}{{$value := .Value}}";

    private readonly string _name;
    private readonly string _text;
    private readonly IReadOnlyList<TemplateNode>? _nodes;

    private GoTemplate(string name, string text, IReadOnlyList<TemplateNode>? nodes)
    {
        _name = name;
        _text = text;
        _nodes = nodes;
    }

    /// <summary>Reads a template of an alert.</summary>
    /// <param name="alert">Name of the alert.</param>
    /// <param name="text">The template.</param>
    /// <param name="problem">What is wrong with it; empty when nothing is.</param>
    public static GoTemplate Parse(string alert, string text, out string problem)
    {
        string name = "__alert_" + alert;
        problem = "";
        if (!text.Contains("{{", StringComparison.Ordinal))
        {
            return new GoTemplate(name, text, null);
        }

        try
        {
            return new GoTemplate(name, Definitions + text, TemplateParser.Parse(name, Definitions + text));
        }
        catch (TemplateException e)
        {
            problem = e.Message;
            return new GoTemplate(name, text, null);
        }
    }

    /// <summary>The text of the template for some data; a failure is told in the text, as Prometheus does.</summary>
    public string Expand(TemplateData data)
    {
        if (_nodes is null)
        {
            return _text;
        }

        try
        {
            return new TemplateExecution(_name, _text, data).Run(_nodes);
        }
        catch (TemplateException e)
        {
            return "<error expanding template: error executing template " + _name + ": " + e.Message + ">";
        }
    }
}

/// <summary>Runs a parsed template once.</summary>
/// <remarks>Go: text/template/exec.go. A missing key is the zero value.</remarks>
internal sealed class TemplateExecution
{
    private readonly string _name;
    private readonly string _text;
    private readonly TemplateData _data;
    private readonly List<(string Name, object? Value)> _variables = [];
    private readonly StringBuilder _out = new();

    public TemplateExecution(string name, string text, TemplateData data)
    {
        _name = name;
        _text = text;
        _data = data;
        _variables.Add(("$", data));
    }

    public string Run(IReadOnlyList<TemplateNode> nodes)
    {
        Walk(nodes, _data);
        return _out.ToString();
    }

    private void Walk(IReadOnlyList<TemplateNode> nodes, object? dot)
    {
        foreach (TemplateNode node in nodes)
        {
            switch (node)
            {
                case TextNode text:
                    _out.Append(text.Text);
                    break;
                case ActionNode action:
                    object? value = Evaluate(action.Pipe, dot);
                    if (action.Pipe.Variables.Count == 0)
                    {
                        _out.Append(TemplateFunctions.Print(value));
                    }

                    break;
                case BranchNode branch:
                    int mark = _variables.Count;
                    Branch(branch, dot);
                    _variables.RemoveRange(mark, _variables.Count - mark);
                    break;
                default:
                    throw new InvalidOperationException(node.GetType().Name);
            }
        }
    }

    private void Branch(BranchNode branch, object? dot)
    {
        if (branch.Kind == BranchKind.Range)
        {
            Repeat(branch, dot);
            return;
        }

        object? value = Evaluate(branch.Pipe, dot);
        bool isTrue = TemplateFunctions.IsTrue(value);
        Walk(isTrue ? branch.Then : branch.Else, isTrue && branch.Kind == BranchKind.With ? value : dot);
    }

    private void Repeat(BranchNode branch, object? dot)
    {
        object? value = Evaluate(branch.Pipe with { Variables = [] }, dot);
        List<(object? Key, object? Item)> items = value switch
        {
            IReadOnlyList<PromQl.Sample> samples =>
                [.. samples.Select(static (s, i) => ((object?)(long)i, (object?)s))],
            LabelSet labels =>
                [.. labels.Labels.Select(static l => ((object?)l.Name, (object?)l.Value))],
            null => [],
            _ => throw Error(branch.Pipe.At, "", "range can't iterate over " + TemplateFunctions.Print(value)),
        };
        int mark = _variables.Count;
        foreach ((object? key, object? item) in items)
        {
            IReadOnlyList<string> names = branch.Pipe.Variables;
            if (names.Count > 1)
            {
                _variables.Add((names[0], key));
            }

            if (names.Count > 0)
            {
                _variables.Add((names[^1], item));
            }

            Walk(branch.Then, item);
            _variables.RemoveRange(mark, _variables.Count - mark);
        }

        if (items.Count == 0)
        {
            Walk(branch.Else, dot);
        }
    }

    private object? Evaluate(Pipeline pipe, object? dot)
    {
        object? value = null;
        for (int i = 0; i < pipe.Commands.Count; i++)
        {
            value = Evaluate(pipe.Commands[i], dot, i > 0, value);
        }

        foreach (string name in pipe.Variables)
        {
            int at = pipe.IsAssignment ? _variables.FindLastIndex(v => v.Name == name) : -1;
            if (at >= 0)
            {
                _variables[at] = (name, value);
            }
            else
            {
                _variables.Add((name, value));
            }
        }

        return value;
    }

    private object? Evaluate(Command command, object? dot, bool hasPiped, object? piped)
    {
        if (command.Operands[0] is not FunctionOperand function)
        {
            if (hasPiped || command.Operands.Count > 1)
            {
                throw Error(command.At, command.Text, "can't give argument to non-function " + command.Text);
            }

            return Evaluate(command.Operands[0], dot, command);
        }

        var arguments = new List<object?>();
        foreach (Operand o in command.Operands.Skip(1))
        {
            arguments.Add(Evaluate(o, dot, command));
            bool isDecided = function.Name is "and" or "or"
                && TemplateFunctions.IsTrue(arguments[^1]) == (function.Name == "or");
            if (isDecided)
            {
                return arguments[^1];
            }
        }

        if (hasPiped)
        {
            arguments.Add(piped);
        }

        try
        {
            return TemplateFunctions.Call(function.Name, arguments, _data);
        }
        catch (TemplateException e)
        {
            throw Error(command.At, command.Text, "error calling " + function.Name + ": " + e.Message);
        }
        catch (ArgumentException e)
        {
            throw Error(command.At, command.Text, e.Message);
        }
    }

    private object? Evaluate(Operand operand, object? dot, Command command) => operand switch
    {
        ConstantOperand c => c.Value,
        FieldOperand f => Fields(dot, f.Fields, command),
        VariableOperand v => Fields(_variables.FindLast(x => x.Name == v.Name).Value, v.Fields, command),
        PipeOperand p => Fields(Evaluate(p.Pipe, dot), p.Fields, command),
        FunctionOperand f => Evaluate(new Command(f.At, [f], f.Name), dot, false, null),
        _ => throw new InvalidOperationException(operand.GetType().Name),
    };

    private object? Fields(object? value, IReadOnlyList<string> fields, Command command)
    {
        foreach (string field in fields)
        {
            value = (value, field) switch
            {
                (TemplateData d, "Labels") => d.Labels,
                (TemplateData d, "ExternalLabels") => d.ExternalLabels,
                (TemplateData d, "ExternalURL") => d.ExternalUrl,
                (TemplateData d, "Value") => d.Value,
                (PromQl.Sample s, "Labels") => s.Labels,
                (PromQl.Sample s, "Value") => s.Value,
                (LabelSet l, _) => l[field],
                (null, _) => throw Error(command.At, command.Text, "nil data; no entry for key \"" + field + "\""),
                _ => throw Error(command.At, command.Text,
                    "can't evaluate field " + field + " in type " + TemplateFunctions.TypeName(value)),
            };
        }

        return value;
    }

    private TemplateException Error(int at, string context, string message)
    {
        string before = _text[..Math.Min(at, _text.Length)];
        int line = before.AsSpan().Count('\n') + 1;
        int column = Encoding.UTF8.GetByteCount(before.AsSpan(before.LastIndexOf('\n') + 1));
        return new TemplateException(string.Create(CultureInfo.InvariantCulture,
            $"template: {_name}:{line}:{column}: executing \"{_name}\" at <{context}>: {message}"));
    }
}
