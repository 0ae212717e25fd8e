using System.Text;
using System.Text.RegularExpressions;
using Sim.Core;

namespace Sim.Envoy;

/// <summary>RE2 expressions that must match a whole text, as Envoy uses them.</summary>
/// <remarks>
/// Envoy: source/common/common/regex.cc#CompiledGoogleReMatcher::match (RE2::FullMatch). The expression is rewritten
/// for
/// .NET's non-backtracking engine: RE2's <c>\d \w \s</c> are ASCII, <c>$</c> is the end of the text only, and what RE2
/// refuses (look-around, back-references, atomic groups, subtraction) is refused here.
/// </remarks>
public static class Re2
{
    private const string Digit = "0-9";
    private const string Word = "0-9A-Za-z_";
    private const string Space = "\\t\\n\\f\\r ";
    private const string NotDigit = "\\x00-/:-\\uFFFF";
    private const string NotWord = "\\x00-/:-@\\[-\\^`\\{-\\uFFFF";
    private const string NotSpace = "\\x00-\\x08\\x0B\\x0E-\\x1F!-\\uFFFF";

    private static readonly (string Name, string Members)[] PosixClasses =
    [
        ("alnum", "0-9A-Za-z"), ("alpha", "A-Za-z"), ("ascii", "\\x00-\\x7F"), ("blank", "\\t "),
        ("cntrl", "\\x00-\\x1F\\x7F"), ("digit", Digit), ("graph", "!-~"), ("lower", "a-z"), ("print", " -~"),
        ("punct", "!-/:-@\\[-`\\{-~"), ("space", "\\t\\n\\v\\f\\r "), ("upper", "A-Z"), ("word", Word),
        ("xdigit", "0-9A-Fa-f"),
    ];

    /// <summary>An expression for whole texts; null when RE2 would refuse it.</summary>
    /// <param name="pattern">Pattern in RE2's syntax.</param>
    /// <param name="ignoreCase">Upper and lower case are equal.</param>
    /// <param name="span">Where it stands.</param>
    /// <param name="diagnostics">Takes the refusal.</param>
    public static Regex? Compile(string pattern, bool ignoreCase, SourceSpan span, DiagnosticBag? diagnostics)
    {
        string? problem = TryTranslate(pattern, out string translated);
        if (problem is null)
        {
            RegexOptions options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant
                | (ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None);
            try
            {
                return new Regex("\\A(?:" + translated + ")\\z", options);
            }
            catch (Exception e) when (e is ArgumentException or NotSupportedException)
            {
                problem = "invalid expression";
            }
        }

        diagnostics?.Error(
            "MS5001", "The regular expression '" + pattern + "' is refused by RE2: " + problem + ".", span,
            "Envoy uses RE2 syntax: https://github.com/google/re2/wiki/Syntax");
        return null;
    }

    /// <summary>Rewrites an RE2 pattern for .NET.</summary>
    /// <returns>Null, or what RE2 would object to.</returns>
    internal static string? TryTranslate(string pattern, out string translated)
    {
        var output = new StringBuilder(pattern.Length + 16);
        translated = "";
        int i = 0;
        while (i < pattern.Length)
        {
            string? problem = pattern[i] switch
            {
                '\\' => Escape(pattern, ref i, output, inClass: false),
                '[' => Class(pattern, ref i, output),
                '(' => Group(pattern, ref i, output),
                '{' => Repeat(pattern, ref i, output),
                _ => Plain(pattern, ref i, output),
            };
            if (problem is not null)
            {
                return problem;
            }
        }

        translated = output.ToString();
        return null;
    }

    private static string? Plain(string pattern, ref int i, StringBuilder output)
    {
        char c = pattern[i++];
        if (c == '$')
        {
            // Under (?m) RE2's $ also matches before a line end; Envoy's texts have no line ends.
            output.Append("\\z");
            return null;
        }

        output.Append(c);
        bool isRepeat = c is '*' or '+' or '?';
        if (isRepeat && i < pattern.Length && pattern[i] == '?')
        {
            output.Append(pattern[i++]);
        }

        return isRepeat && i < pattern.Length && pattern[i] is '*' or '+' && isRepeat
            ? "bad repetition operator" : null;
    }

    private static string? Repeat(string pattern, ref int i, StringBuilder output)
    {
        int end = pattern.IndexOf('}', i);
        string[] parts = end < 0 ? [] : pattern[(i + 1)..end].Split(',');
        bool isRepeat = parts.Length is 1 or 2 && parts[0].Length > 0
            && Array.TrueForAll(parts, static p => p.All(char.IsAsciiDigit));
        if (!isRepeat)
        {
            output.Append("\\{");
            i++;
            return null;
        }

        if (Array.Exists(parts, static p => p.Length > 4 || (p.Length > 0 && int.Parse(p, null) > 1000)))
        {
            return "bad repetition operator (at most 1000)";
        }

        output.Append(pattern, i, end + 1 - i);
        i = end + 1;
        return null;
    }

    private static string? Group(string pattern, ref int i, StringBuilder output)
    {
        if (i + 1 >= pattern.Length || pattern[i + 1] != '?')
        {
            output.Append('(');
            i++;
            return null;
        }

        int p = i + 2;
        if (p < pattern.Length && pattern[p] == 'P')
        {
            p++;
        }

        if (p < pattern.Length && pattern[p] == '<')
        {
            int end = pattern.IndexOf('>', p);
            bool isName = end > p + 1
                && pattern[(p + 1)..end].All(static c => char.IsAsciiLetterOrDigit(c) || c == '_');
            if (!isName)
            {
                return "invalid perl operator: " + pattern[i..Math.Min(pattern.Length, p + 2)];
            }

            output.Append('(');
            i = end + 1;
            return null;
        }

        int q = i + 2;
        while (q < pattern.Length && pattern[q] is 'i' or 'm' or 's' or '-')
        {
            q++;
        }

        if (q >= pattern.Length || pattern[q] is not (':' or ')'))
        {
            return "invalid perl operator: " + pattern[i..Math.Min(pattern.Length, q + 1)];
        }

        output.Append(pattern, i, q + 1 - i);
        i = q + 1;
        return null;
    }

    private static string? Class(string pattern, ref int i, StringBuilder output)
    {
        output.Append(pattern[i++]);
        if (i < pattern.Length && pattern[i] == '^')
        {
            output.Append(pattern[i++]);
        }

        bool first = true;
        while (i < pattern.Length && (pattern[i] != ']' || first))
        {
            first = false;
            if (pattern[i] == '\\')
            {
                string? problem = Escape(pattern, ref i, output, inClass: true);
                if (problem is not null)
                {
                    return problem;
                }
            }
            else if (pattern[i] == '[' && i + 1 < pattern.Length && pattern[i + 1] == ':')
            {
                int end = pattern.IndexOf(":]", i + 2, StringComparison.Ordinal);
                string name = end < 0 ? "" : pattern[(i + 2)..end];
                int at = Array.FindIndex(PosixClasses, c => c.Name == name);
                if (at < 0)
                {
                    return "invalid character class range: " + pattern[i..];
                }

                output.Append(PosixClasses[at].Members);
                i = end + 2;
            }
            else
            {
                output.Append(pattern[i] is '[' or ']' ? "\\" + pattern[i] : pattern[i].ToString());
                i++;
            }
        }

        if (i >= pattern.Length)
        {
            return "missing closing ]";
        }

        output.Append(pattern[i++]);
        return null;
    }

    private static string? Escape(string pattern, ref int i, StringBuilder output, bool inClass)
    {
        if (i + 1 >= pattern.Length)
        {
            return "trailing backslash at end of regexp";
        }

        char c = pattern[i + 1];
        string? members = c switch
        {
            'd' => Digit,
            'w' => Word,
            's' => Space,
            'D' => NotDigit,
            'W' => NotWord,
            'S' => NotSpace,
            _ => null,
        };
        if (members is not null)
        {
            output.Append(inClass ? members : "[" + members + "]");
            i += 2;
            return null;
        }

        if (c is 'p' or 'P')
        {
            return Property(pattern, ref i, output);
        }

        if (c == 'Q' && !inClass)
        {
            int end = pattern.IndexOf("\\E", i + 2, StringComparison.Ordinal);
            output.Append(Regex.Escape(end < 0 ? pattern[(i + 2)..] : pattern[(i + 2)..end]));
            i = end < 0 ? pattern.Length : end + 2;
            return null;
        }

        if (c == 'x')
        {
            return Hexadecimal(pattern, ref i, output);
        }

        bool isAssertion = !inClass && c is 'A' or 'z' or 'b' or 'B';
        bool isControl = c is 'a' or 'f' or 'n' or 'r' or 't' or 'v';
        if (!isAssertion && !isControl && char.IsAsciiLetterOrDigit(c) && c != '0')
        {
            return "invalid escape sequence: \\" + c;
        }

        output.Append('\\').Append(c);
        i += 2;
        return null;
    }

    private static string? Property(string pattern, ref int i, StringBuilder output)
    {
        output.Append('\\').Append(pattern[i + 1]);
        i += 2;
        if (i < pattern.Length && pattern[i] == '{')
        {
            int end = pattern.IndexOf('}', i);
            if (end < 0)
            {
                return "invalid character class range";
            }

            output.Append(pattern, i, end + 1 - i);
            i = end + 1;
            return null;
        }

        if (i >= pattern.Length)
        {
            return "invalid character class range";
        }

        output.Append('{').Append(pattern[i++]).Append('}');
        return null;
    }

    private static string? Hexadecimal(string pattern, ref int i, StringBuilder output)
    {
        int start = i + 2;
        int end = start + 2;
        int next = end;
        if (start < pattern.Length && pattern[start] == '{')
        {
            start++;
            end = pattern.IndexOf('}', start);
            next = end + 1;
        }

        if (end <= start || end > pattern.Length || end - start > 6
            || !pattern.AsSpan(start, end - start).ToString().All(char.IsAsciiHexDigit))
        {
            return "invalid escape sequence: \\x";
        }

        int value = Convert.ToInt32(pattern[start..end], 16);
        if (value > 0xFFFF)
        {
            return "characters beyond U+FFFF are not supported";
        }

        output.Append("\\u").Append(value.ToString("X4", System.Globalization.CultureInfo.InvariantCulture));
        i = next;
        return null;
    }
}
