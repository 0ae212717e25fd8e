using System.Text;
using Sim.Core;

namespace Sim.Labs;

/// <summary>Expands variables and command substitutions, leaving quotes as they stand.</summary>
/// <remarks>POSIX shell, 2.6: parameters and command substitution; no arithmetic, no file names. <c>${X:-word}</c>,
/// <c>${X-word}</c> and <c>${#X}</c>-free plain forms only; others are told and taken as empty.</remarks>
internal sealed class ShellExpansion(string file, DiagnosticBag diagnostics)
{
    private const string Doubled = "\"\\$`";
    private const string Bare = "\"\\$`'#;|&<>()*?[~";

    private static readonly System.Buffers.SearchValues<char> AfterName =
        System.Buffers.SearchValues.Create(":-+=?#%/");

    private static readonly string[] OfTheMachine = ["PATH", "PWD", "HOME", "USER", "SHELL", "OSTYPE", "HOSTNAME"];

    /// <summary>Variables that are set.</summary>
    public Dictionary<string, string> Variables { get; } = new(StringComparer.Ordinal);

    /// <summary>What a command in a substitution prints; null = it cannot be told.</summary>
    public Func<string, int, string?> Substitute { get; set; } = static (_, _) => null;

    /// <summary>Expands a command; values are escaped so that they stay one word only where they were quoted.
    /// </summary>
    public string Expand(string text, int line)
    {
        var result = new StringBuilder();
        int i = 0;
        bool inDouble = false;
        while (i < text.Length)
        {
            char c = text[i];
            if (c == '\'' && !inDouble)
            {
                int end = ShellScan.Next(text, i, out _);
                result.Append(text, i, end - i);
                i = end;
            }
            else if (c == '\\' && i + 1 < text.Length)
            {
                result.Append(text, i, 2);
                i += 2;
            }
            else if (c is '$' or '`' && TryTake(text, ref i, line, out string value))
            {
                Append(result, value, inDouble ? Doubled : Bare);
            }
            else
            {
                inDouble ^= c == '"';
                result.Append(c);
                i++;
            }
        }

        return result.ToString();
    }

    /// <summary>Expands the line of a here-document whose mark was not quoted.</summary>
    public string ExpandDocument(string text, int line)
    {
        var result = new StringBuilder();
        int i = 0;
        while (i < text.Length)
        {
            char c = text[i];
            if (c == '\\' && i + 1 < text.Length && text[i + 1] is '$' or '`' or '\\')
            {
                result.Append(text[i + 1]);
                i += 2;
            }
            else if (c is '$' or '`' && TryTake(text, ref i, line, out string value))
            {
                result.Append(value);
            }
            else
            {
                result.Append(c);
                i++;
            }
        }

        return result.ToString();
    }

    private static void Append(StringBuilder result, string value, string special)
    {
        foreach (char c in value)
        {
            if (special.Contains(c, StringComparison.Ordinal))
            {
                result.Append('\\');
            }

            result.Append(c);
        }
    }

    private bool TryTake(string text, ref int i, int line, out string value)
    {
        value = "";
        int start = i;
        if (text[i] == '`' || (i + 1 < text.Length && text[i + 1] == '('))
        {
            int end = ShellScan.Next(text, i, out string open);
            if (open.Length > 0)
            {
                return false;
            }

            string command = text[i] == '`' ? text[(i + 1)..(end - 1)] : text[(i + 2)..(end - 1)];
            i = end;
            value = Run(command, line);
            return true;
        }

        string name = "";
        string otherwise = "";
        bool hasOther = false;
        if (i + 1 < text.Length && text[i + 1] == '{')
        {
            int end = ShellScan.Next(text, i, out string open);
            string inner = open.Length > 0 ? "" : text[(i + 2)..(end - 1)];
            int cut = inner.AsSpan().IndexOfAny(AfterName);
            name = cut < 0 ? inner : inner[..cut];
            hasOther = cut > 0 && inner[cut..].TrimStart(':').StartsWith('-');
            otherwise = hasOther ? inner[(inner.IndexOf('-', cut) + 1)..] : "";
            i = end;
        }
        else
        {
            int end = i + 1;
            while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
            {
                end++;
            }

            name = text[(i + 1)..end];
            if (name.Length == 0 || char.IsAsciiDigit(name[0]))
            {
                i = start;
                return false;
            }

            i = end;
        }

        value = ValueOf(name, hasOther ? Expand(otherwise, line) : null, line);
        return true;
    }

    private string Run(string command, int line)
    {
        if (Substitute(Expand(command, line), line) is { } printed)
        {
            return printed.TrimEnd('\n');
        }

        diagnostics.Warn(LabCodes.NotCarriedOut, $"what $({command.Trim()}) prints is not known here: taken as empty",
            new SourceSpan(file, line, 1), "kubectl get ... -o jsonpath and -o name are read");
        return "";
    }

    private string ValueOf(string name, string? otherwise, int line)
    {
        if (Variables.TryGetValue(name, out string? value) && (value.Length > 0 || otherwise is null))
        {
            return value;
        }

        if (otherwise is not null)
        {
            return otherwise;
        }

        if (OfTheMachine.Contains(name))
        {
            return "$" + name;
        }

        diagnostics.Warn(LabCodes.Variable, $"nothing in the lab sets {name}: taken as empty",
            new SourceSpan(file, line, 1), $"export {name}=... before this line");
        return "";
    }
}
