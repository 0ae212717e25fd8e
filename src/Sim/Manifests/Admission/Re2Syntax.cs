using System.Text.RegularExpressions;

namespace Sim.Manifests.Admission;

/// <summary>Finds what Go's regular expressions (RE2) do not take.</summary>
/// <remarks>Simplified: the common mistakes are told in Go's words, the rest as "invalid expression".</remarks>
internal static class Re2Syntax
{
    /// <summary>Go's text for a bad expression, or null when it is good.</summary>
    public static string? Problem(string expression)
    {
        int open = 0;
        for (int i = 0; i < expression.Length; i++)
        {
            switch (expression[i])
            {
                case '\\' when i + 1 == expression.Length:
                    return "trailing backslash at end of expression: ``";
                case '\\':
                    i++;
                    if (expression[i] is >= '1' and <= '9' or 'Z' or 'k')
                    {
                        return $"invalid escape sequence: `\\{expression[i]}`";
                    }

                    break;
                case '[':
                    int end = EndOfClass(expression, i);
                    if (end < 0)
                    {
                        return $"missing closing ]: `{expression[i..]}`";
                    }

                    i = end;
                    break;
                case '(' when i + 1 < expression.Length && expression[i + 1] == '?':
                    if (GroupProblem(expression, i) is { } bad)
                    {
                        return bad;
                    }

                    open++;
                    break;
                case '(':
                    open++;
                    break;
                case ')' when open == 0:
                    return $"unexpected ): `{expression}`";
                case ')':
                    open--;
                    break;
                case '*' or '+' or '?' when i == 0 || expression[i - 1] is '(' or '|':
                    return $"missing argument to repetition operator: `{expression[i]}`";
                default:
                    break;
            }
        }

        return open > 0 ? $"missing closing ): `{expression}`" : DotNetProblem(expression);
    }

    private static string? DotNetProblem(string expression)
    {
        try
        {
            _ = new Regex(expression.Replace("(?P<", "(?<", StringComparison.Ordinal)
                .Replace("(?U)", "", StringComparison.Ordinal), RegexOptions.CultureInvariant);
            return null;
        }
        catch (ArgumentException)
        {
            return $"invalid expression: `{expression}`";
        }
    }

    private static int EndOfClass(string expression, int open)
    {
        int i = open + 1;
        if (i < expression.Length && expression[i] == '^')
        {
            i++;
        }

        if (i < expression.Length && expression[i] == ']')
        {
            i++;
        }

        for (; i < expression.Length; i++)
        {
            if (expression[i] == '\\')
            {
                i++;
            }
            else if (expression[i] == ']')
            {
                return i;
            }
            else if (expression[i] == '[' && i + 1 < expression.Length && expression[i + 1] == ':')
            {
                int end = expression.IndexOf(":]", i, StringComparison.Ordinal);
                i = end < 0 ? i : end + 1;
            }
        }

        return -1;
    }

    private static string? GroupProblem(string expression, int at)
    {
        string rest = expression[(at + 2)..];
        if (rest.StartsWith(':') || rest.StartsWith("P<", StringComparison.Ordinal))
        {
            return null;
        }

        bool isNamed = rest.StartsWith('<') && rest.Length > 1 && rest[1] is not ('=' or '!');
        if (isNamed)
        {
            return null;
        }

        int i = 0;
        while (i < rest.Length && rest[i] is 'i' or 'm' or 's' or 'U' or '-')
        {
            i++;
        }

        if (i > 0 && i < rest.Length && rest[i] is ':' or ')')
        {
            return null;
        }

        int length = rest.StartsWith('<') ? 4 : 3;
        return $"invalid or unsupported Perl syntax: `{expression[at..Math.Min(expression.Length, at + length)]}`";
    }
}
