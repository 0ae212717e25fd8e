using System.Globalization;
using Sim.Core;
using Sim.Runs.Scenario;

namespace Sim.Experiments;

/// <summary>A condition on the names of a grid, such as <c>rate * replicas &lt;= 200 and variant != "lab"</c>.
/// </summary>
/// <remarks>Operators from weak to strong: <c>or</c>, <c>and</c>, <c>not</c>, comparison, <c>+ -</c>, <c>* /</c>;
/// parentheses. Values are numbers, shares (0..1), durations (seconds), rates (per second), sizes (bytes) or texts in
/// quotes; texts can only be equal or not.</remarks>
public sealed class GridConstraint
{
    private static readonly string[] Comparisons = ["<=", ">=", "==", "!=", "<", ">"];

    private readonly string _text;
    private readonly IReadOnlyList<string> _names;
    private int _at;

    private GridConstraint(string text, IReadOnlyList<string> names)
    {
        _text = text;
        _names = names;
    }

    /// <summary>Reads a condition.</summary>
    /// <param name="text">The condition.</param>
    /// <param name="names">Names it may use.</param>
    /// <returns>Decides from the values of the names, in their order.</returns>
    /// <exception cref="FormatException">It cannot be read, or compares what cannot be compared.</exception>
    public static Func<IReadOnlyList<string>, bool> Parse(string text, IReadOnlyList<string> names)
    {
        var parser = new GridConstraint(text, names);
        Node node = parser.Or();
        parser.Skip();
        return parser._at < text.Length ? throw parser.Wrong("expected \"and\", \"or\" or the end")
            : values => node(values).AsTruth();
    }

    /// <summary>The number a value stands for: itself, a share 0..1, seconds, per second, bytes; null = a text.
    /// </summary>
    public static double? NumberOf(string text) => Quantities.TryNumber(text, out double number) ? number
        : text.EndsWith('%') && Quantities.TryShare(text, out double share) ? share
        : SimDuration.TryParse(text, out long ns) ? (double)ns / SimDuration.Second
        : Quantities.TryRate(text, out double rate) ? rate
        : Quantities.TrySize(text, out long bytes) ? bytes : null;

    private delegate Value Node(IReadOnlyList<string> values);

    private Node Or()
    {
        Node left = And();
        while (TakeWord("or"))
        {
            Node a = left;
            Node b = And();
            left = v => Value.Of(a(v).AsTruth() | b(v).AsTruth());
        }

        return left;
    }

    private Node And()
    {
        Node left = Not();
        while (TakeWord("and"))
        {
            Node a = left;
            Node b = Not();
            left = v => Value.Of(a(v).AsTruth() & b(v).AsTruth());
        }

        return left;
    }

    private Node Not()
    {
        if (!TakeWord("not"))
        {
            return Comparison();
        }

        Node inner = Not();
        return v => Value.Of(!inner(v).AsTruth());
    }

    private Node Comparison()
    {
        Node left = Sum();
        Skip();
        foreach (string op in Comparisons)
        {
            if (_text.AsSpan(_at).StartsWith(op, StringComparison.Ordinal))
            {
                _at += op.Length;
                Node right = Sum();
                return v => Value.Compare(left(v), op, right(v));
            }
        }

        return left;
    }

    private Node Sum() => Chain('+', static (a, b) => a + b, '-', static (a, b) => a - b, Product);

    private Node Product() => Chain('*', static (a, b) => a * b, '/', static (a, b) => a / b, Atom);

    /// <summary>Parts with one of two operators between them, from the left.</summary>
    private Node Chain(
        char first, Func<double, double, double> ofFirst, char second, Func<double, double, double> ofSecond,
        Func<Node> part)
    {
        Node left = part();
        while (TakeSymbol(first) || TakeSymbol(second))
        {
            Func<double, double, double> combine = _text[_at - 1] == first ? ofFirst : ofSecond;
            Node a = left;
            Node b = part();
            left = v => new(combine(a(v).AsNumber(), b(v).AsNumber()));
        }

        return left;
    }

    private Node Atom()
    {
        Skip();
        if (TakeSymbol('('))
        {
            Node inner = Or();
            return TakeSymbol(')') ? inner : throw Wrong("a closing parenthesis is missing");
        }

        char c = _at < _text.Length ? _text[_at] : '\0';
        if (c is '"' or '\'')
        {
            int end = _text.IndexOf(c, _at + 1);
            string text = end < 0 ? throw Wrong("a quote is not closed") : _text[(_at + 1)..end];
            _at = end + 1;
            return _ => new(double.NaN, text);
        }

        return char.IsAsciiDigit(c) || c == '.' ? Literal() : Name();
    }

    private Node Literal()
    {
        int start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '.' or '%' or 'µ'))
        {
            _at++;
        }

        bool isRate = _at + 1 < _text.Length && _text[_at] == '/' && "smhd".Contains(_text[_at + 1])
            && (_at + 2 == _text.Length || !char.IsAsciiLetterOrDigit(_text[_at + 2]));
        _at += isRate ? 2 : 0;
        string text = _text[start.._at];
        return NumberOf(text) is { } number ? _ => new(number) : throw Wrong($"\"{text}\" is no value");
    }

    private Node Name()
    {
        int start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '_' or '-'))
        {
            _at++;
        }

        string name = _text[start.._at];
        int index = _names.ToList().IndexOf(name);
        _at = index < 0 ? start : _at;
        return index >= 0 ? values => Value.Of(values[index])
            : throw Wrong(name.Length == 0 ? "a name or a value belongs here"
                : $"there is no axis \"{name}\"; one of: {string.Join(", ", _names)}");
    }

    private bool TakeWord(string word)
    {
        Skip();
        int end = _at + word.Length;
        if (!_text.AsSpan(_at).StartsWith(word, StringComparison.Ordinal)
            || (end < _text.Length && (char.IsAsciiLetterOrDigit(_text[end]) || _text[end] is '_' or '-')))
        {
            return false;
        }

        _at = end;
        return true;
    }

    private bool TakeSymbol(char symbol)
    {
        Skip();
        if (_at < _text.Length && _text[_at] == symbol)
        {
            _at++;
            return true;
        }

        return false;
    }

    private void Skip()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
        {
            _at++;
        }
    }

    private FormatException Wrong(string what) =>
        new(string.Create(CultureInfo.InvariantCulture, $"character {_at + 1}: {what}"));

    private readonly record struct Value(double Number, string? Text = null, bool IsTruth = false)
    {
        public static Value Of(bool truth) => new(truth ? 1 : 0, null, true);

        public static Value Of(string text) => NumberOf(text) is { } n ? new(n, text) : new(double.NaN, text);

        public static Value Compare(Value a, string op, Value b)
        {
            if (double.IsNaN(a.Number) || double.IsNaN(b.Number))
            {
                bool isEqual = a.Text == b.Text;
                return Of(op switch
                {
                    "==" => isEqual,
                    "!=" => !isEqual,
                    _ => throw new FormatException($"\"{a.Text ?? "a number"}\" {op} \"{b.Text ?? "a number"}\": "
                        + "texts can only be equal or not"),
                });
            }

            return Of(op switch
            {
                "<" => a.Number < b.Number,
                "<=" => a.Number <= b.Number,
                ">" => a.Number > b.Number,
                ">=" => a.Number >= b.Number,
                "==" => a.Number == b.Number,
                _ => a.Number != b.Number,
            });
        }

        public double AsNumber() => !IsTruth && !double.IsNaN(Number) ? Number
            : throw new FormatException($"\"{Text ?? "a condition"}\" is no number");

        public bool AsTruth() => IsTruth ? Number != 0
            : throw new FormatException($"\"{Text ?? "a number"}\" is no condition; compare it with something");
    }
}
