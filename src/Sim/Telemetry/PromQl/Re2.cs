using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Sim.Telemetry.PromQl;

/// <summary>Go's regular expressions (RE2 syntax), translated for .NET.</summary>
/// <remarks>
/// Go: regexp/syntax. Classes are ASCII as there, <c>$</c> is the end of the text, named groups are written
/// <c>(?P&lt;n&gt;)</c>. Simplified: flag U, \C and Unicode scripts (\p{Greek}) are refused as invalid.
/// </remarks>
internal sealed class Re2
{
    private readonly string _text;
    private readonly StringBuilder _net = new();
    private readonly Stack<bool> _multiline = new();
    private int _at;
    private int _open;
    private bool _isMultiline;
    private bool _isRepeatable;
    private string? _problem;

    /// <summary>What Go's caller put around the expression: its messages show it.</summary>
    private readonly (string Before, string After) _wrap;

    private Re2(string text, (string Before, string After) wrap)
    {
        _text = text;
        _wrap = wrap;
    }

    /// <summary>Compiles an expression that must match a whole value.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="dotMatchesNewline">As with flag s, which 3.x sets.</param>
    /// <param name="problem">Go's words for what is wrong; empty when nothing is.</param>
    public static Regex? CompileAnchored(string text, bool dotMatchesNewline, out string problem) =>
        Compile(text, dotMatchesNewline ? ("^(?s:", ")$") : ("^(?:", ")$"), dotMatchesNewline, out problem);

    /// <summary>Compiles an expression that may match anywhere.</summary>
    public static Regex? Compile(string text, out string problem) => Compile(text, ("", ""), false, out problem);

    /// <summary>Go's Expand: <c>$1</c>, <c>${name}</c>, <c>$$</c> in a template; an unknown group is empty.</summary>
    public static string Expand(string template, Match match)
    {
        var result = new StringBuilder();
        for (int i = 0; i < template.Length; i++)
        {
            if (template[i] != '$')
            {
                result.Append(template[i]);
                continue;
            }

            if (i + 1 < template.Length && template[i + 1] == '$')
            {
                result.Append('$');
                i++;
                continue;
            }

            bool isBraced = i + 1 < template.Length && template[i + 1] == '{';
            int start = i + (isBraced ? 2 : 1);
            int end = start;
            while (end < template.Length && (char.IsLetterOrDigit(template[end]) || template[end] == '_'))
            {
                end++;
            }

            if (end == start || (isBraced && (end == template.Length || template[end] != '}')))
            {
                result.Append('$');
                continue;
            }

            result.Append(GroupText(match, template[start..end]));
            i = isBraced ? end : end - 1;
        }

        return result.ToString();
    }

    private static string GroupText(Match match, string name)
    {
        if (name.All(char.IsAsciiDigit))
        {
            bool isShort = name.Length < 9 && (name.Length == 1 || name[0] != '0');
            return isShort ? match.Groups[int.Parse(name, CultureInfo.InvariantCulture)].Value : "";
        }

        return match.Groups[name].Value;
    }

    private static Regex? Compile(string text, (string Before, string After) wrap, bool dotAll, out string problem)
    {
        var translation = new Re2(text, wrap);
        translation.Translate();
        problem = translation._problem ?? "";
        if (problem.Length > 0)
        {
            return null;
        }

        RegexOptions options = RegexOptions.CultureInvariant | (dotAll ? RegexOptions.Singleline : 0);
        string net = translation._net.ToString();
        net = wrap.Before.Length > 0 ? "\\A(?:" + net + ")\\z" : net;
        try
        {
            return new Regex(net, options);
        }
        catch (ArgumentException)
        {
            problem = "error parsing regexp: invalid expression: `" + text + "`";
            return null;
        }
    }

    private void Translate()
    {
        while (_at < _text.Length && _problem is null)
        {
            Step(_text[_at]);
        }

        if (_problem is null && _open > 0)
        {
            Fail("missing closing ): `" + Shown + "`");
        }
    }

    private string Shown => _wrap.Before + _text + _wrap.After;

    private void Step(char c)
    {
        switch (c)
        {
            case '\\':
                Escape();
                break;
            case '[':
                Class();
                break;
            case '(':
                Group();
                break;
            case ')' when _open == 0:
                Fail("unexpected ): `" + Shown + "`");
                break;
            case ')':
                _open--;
                _isMultiline = _multiline.Pop();
                Put(")", true);
                break;
            case '|':
                Put("|", false);
                break;
            case '*' or '+' or '?':
                Repeat(1);
                break;
            case '{' when CountLength() is > 0 and var length:
                Repeat(length);
                break;
            case '{':
                Put("\\{", true);
                break;
            case '^':
                Put(_isMultiline ? "^" : "\\A", true);
                break;
            case '$':
                Put(_isMultiline ? "(?=\\n|\\z)" : "\\z", true);
                break;
            case '}' or ']' or '#' or ' ':
                Put("\\" + c, true);
                break;
            default:
                Put(c.ToString(), true);
                break;
        }
    }

    private void Put(string net, bool isRepeatable, int length = 1)
    {
        _net.Append(net);
        _isRepeatable = isRepeatable;
        _at += length;
    }

    private void Fail(string problem) => _problem ??= "error parsing regexp: " + problem;

    private void Repeat(int length)
    {
        string op = _text.Substring(_at, length);
        int end = _at + length;
        if (end < _text.Length && _text[end] == '?')
        {
            end++;
        }

        if (!_isRepeatable)
        {
            Fail("missing argument to repetition operator: `" + _text[_at..end] + "`");
            return;
        }

        if (op[0] == '{' && op[1..^1].Split(',').Any(static n => n.Length > 4
            || (n.Length > 0 && int.Parse(n, CultureInfo.InvariantCulture) > 1000)))
        {
            Fail("invalid repeat count: `" + op + "`");
            return;
        }

        int next = end;
        bool isDoubled = next < _text.Length && (_text[next] is '*' or '+' or '?');
        if (isDoubled)
        {
            Fail("invalid nested repetition operator: `" + _text[_at..(next + 1)] + "`");
            return;
        }

        _net.Append(_text.AsSpan(_at, end - _at));
        _isRepeatable = false;
        _at = end;
        _isRepeatable = _at < _text.Length && _text[_at] == '{' && CountLength() == 0;
    }

    /// <summary>Length of <c>{n}</c>, <c>{n,}</c> or <c>{n,m}</c> at the current place; 0 for a plain brace.</summary>
    private int CountLength()
    {
        Match m = Regex.Match(_text[_at..], @"\A\{[0-9]+(,[0-9]*)?\}", RegexOptions.CultureInvariant);
        return m.Length;
    }

    private void Group()
    {
        _multiline.Push(_isMultiline);
        string rest = _text[_at..];
        Match named = Regex.Match(rest, @"\A\(\?P?<([A-Za-z_][A-Za-z0-9_]*)>", RegexOptions.CultureInvariant);
        Match flags = Regex.Match(rest, @"\A\(\?([ims]*)(-[ims]+)?([:)])", RegexOptions.CultureInvariant);
        if (!rest.StartsWith("(?", StringComparison.Ordinal))
        {
            _open++;
            Put("(", false);
        }
        else if (named.Success)
        {
            _open++;
            Put("(?<" + named.Groups[1].Value + ">", false, named.Length);
        }
        else if (flags.Success)
        {
            Flags(flags);
        }
        else
        {
            int length = rest.StartsWith("(?<", StringComparison.Ordinal) ? 4 : 3;
            Fail("invalid or unsupported Perl syntax: `" + rest[..Math.Min(rest.Length, length)] + "`");
        }
    }

    private void Flags(Match flags)
    {
        bool isGroup = flags.Groups[3].Value == ":";
        if (flags.Groups[1].Value.Contains('m', StringComparison.Ordinal))
        {
            _isMultiline = true;
        }
        else if (flags.Groups[2].Value.Contains('m', StringComparison.Ordinal))
        {
            _isMultiline = false;
        }

        if (isGroup)
        {
            _open++;
        }
        else
        {
            _multiline.Pop();
        }

        Put(flags.Value, false, flags.Length);
    }

    private void Escape()
    {
        if (_at + 1 >= _text.Length)
        {
            Fail(_wrap.After.Length > 0 ? "missing closing ): `" + Shown + "`"
                : "trailing backslash at end of expression: ``");
            return;
        }

        char c = _text[_at + 1];
        switch (c)
        {
            case 'A' or 'z':
                Put("\\" + c, true, 2);
                break;
            case 'b' or 'B':
                Put(c == 'b' ? AsciiBoundary(true) : AsciiBoundary(false), true, 2);
                break;
            case 'Q':
                int end = _text.IndexOf("\\E", _at + 2, StringComparison.Ordinal);
                string quoted = end < 0 ? _text[(_at + 2)..] : _text[(_at + 2)..end];
                Put("(?:" + Regex.Escape(quoted) + ")", true, quoted.Length + (end < 0 ? 2 : 4));
                break;
            default:
                (string set, int length) = EscapedSet(_at);
                Put(set, true, length);
                break;
        }
    }

    private static string AsciiBoundary(bool isAt)
    {
        const string W = "[0-9A-Za-z_]";
        return isAt ? $"(?:(?<={W})(?!{W})|(?<!{W})(?={W}))" : $"(?:(?<={W})(?={W})|(?<!{W})(?!{W}))";
    }

    /// <summary>An escape that stands for one character or a set, as .NET writes it.</summary>
    private (string Net, int Length) EscapedSet(int at)
    {
        char c = _text[at + 1];
        switch (c)
        {
            case 'd':
                return ("[0-9]", 2);
            case 'D':
                return ("[^0-9]", 2);
            case 's':
                return ("[\\t\\n\\f\\r ]", 2);
            case 'S':
                return ("[^\\t\\n\\f\\r ]", 2);
            case 'w':
                return ("[0-9A-Za-z_]", 2);
            case 'W':
                return ("[^0-9A-Za-z_]", 2);
            case 'a' or 'f' or 'n' or 'r' or 't' or 'v':
                return ("\\" + c, 2);
            case 'p' or 'P':
                Match p = Regex.Match(_text[at..], @"\A\\[pP](?:([A-Z])|\{([A-Z][a-z]?)\})",
                    RegexOptions.CultureInvariant);
                if (p.Success)
                {
                    return ("\\" + c + "{" + p.Groups[1].Value + p.Groups[2].Value + "}", p.Length);
                }

                break;
            case 'x':
                Match x = Regex.Match(_text[at..], @"\A\\x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})",
                    RegexOptions.CultureInvariant);
                if (x.Success)
                {
                    int code = int.Parse(x.Groups[1].Value + x.Groups[2].Value, NumberStyles.HexNumber,
                        CultureInfo.InvariantCulture);
                    return code < 0x10000 ? ($"\\u{code:x4}", x.Length) : (char.ConvertFromUtf32(code), x.Length);
                }

                break;
            case >= '0' and <= '7':
                Match octal = Regex.Match(_text[at..], @"\A\\(0[0-7]{0,2}|[1-7][0-7]{1,2})",
                    RegexOptions.CultureInvariant);
                if (octal.Success)
                {
                    return ($"\\u{Convert.ToInt32(octal.Groups[1].Value, 8):x4}", octal.Length);
                }

                break;
            default:
                if (!char.IsAsciiLetterOrDigit(c) && c < 0x80)
                {
                    return (Regex.Escape(c.ToString()) is { Length: 1 } && c is ']' or '}' or '-' or '^'
                        ? "\\" + c : Regex.Escape(c.ToString()), 2);
                }

                break;
        }

        Fail("invalid escape sequence: `\\" + c + "`");
        return ("", 2);
    }

    private void Class()
    {
        int start = _at;
        int i = _at + 1;
        var set = new StringBuilder("[");
        if (i < _text.Length && _text[i] == '^')
        {
            set.Append('^');
            i++;
        }

        bool isFirst = true;
        while (i < _text.Length && (_text[i] != ']' || isFirst))
        {
            isFirst = false;
            i += ClassItem(i, set);
            if (_problem is not null)
            {
                return;
            }
        }

        if (i >= _text.Length)
        {
            Fail("missing closing ]: `" + _text[start..] + _wrap.After + "`");
            return;
        }

        Put(set.Append(']').ToString(), true, i + 1 - start);
    }

    private int ClassItem(int i, StringBuilder set)
    {
        Match posix = Regex.Match(_text[i..], @"\A\[:(\^?)([a-z]+):\]", RegexOptions.CultureInvariant);
        if (posix.Success)
        {
            string? members = Posix(posix.Groups[2].Value);
            if (members is null || posix.Groups[1].Length > 0)
            {
                Fail("invalid character class range: `" + posix.Value + "`");
            }

            set.Append(members);
            return posix.Length;
        }

        if (_text[i] == '\\' && i + 1 < _text.Length)
        {
            (string net, int length) = EscapedSet(i);
            bool isPositiveSet = net.StartsWith('[') && !net.StartsWith("[^", StringComparison.Ordinal);
            set.Append(isPositiveSet ? net[1..^1]
                : net.StartsWith("[^", StringComparison.Ordinal) ? Complement(_text[i + 1]) : net);
            return length;
        }

        if (_text[i] is '[' or ']' or '\\' || (_text[i] == '-' && set.Length > 1 && _text[i - 1] == '-'))
        {
            set.Append('\\');
        }

        set.Append(_text[i]);
        return 1;
    }

    private static string Complement(char c) => c switch
    {
        'D' => "\\x00-/:-\\uffff",
        'S' => "\\x00-\\x08\\x0b\\x0e-\\x1f!-\\uffff",
        _ => "\\x00-/:-@\\[-\\^`{-\\uffff",
    };

    private static string? Posix(string name) => name switch
    {
        "alnum" => "0-9A-Za-z",
        "alpha" => "A-Za-z",
        "ascii" => "\\x00-\\x7f",
        "blank" => "\\t ",
        "cntrl" => "\\x00-\\x1f\\x7f",
        "digit" => "0-9",
        "graph" => "!-~",
        "lower" => "a-z",
        "print" => " -~",
        "punct" => "!-/:-@\\[-`{-~",
        "space" => "\\t\\n\\v\\f\\r ",
        "upper" => "A-Z",
        "word" => "0-9A-Za-z_",
        "xdigit" => "0-9A-Fa-f",
        _ => null,
    };
}
