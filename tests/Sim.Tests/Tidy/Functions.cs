using System.Text.RegularExpressions;

namespace Sim.Tests.Tidy;

/// <summary>A function of a file.</summary>
/// <param name="Header">Its signature on one line.</param>
/// <param name="Line">1-based line of the signature.</param>
/// <param name="Lines">Lines from the signature to the end of the body.</param>
internal sealed record FunctionSpan(string Header, int Line, int Lines);

/// <summary>Finds the functions of a file by counting brackets.</summary>
internal static class Functions
{
    private static readonly Regex TypeHeader =
        new(@"\b(class|struct|interface|enum|record|namespace|extension)\b", RegexOptions.Compiled);

    /// <summary>Every function of a file: methods, constructors, operators and local ones are part of theirs.</summary>
    public static IReadOnlyList<FunctionSpan> Of(SourceFile file)
    {
        List<FunctionSpan> found = [];
        Members(file, 0, file.Code.Length, found);
        return found;
    }

    /// <summary>Walks the members between two positions; enters types.</summary>
    private static void Members(SourceFile file, int from, int to, List<FunctionSpan> found)
    {
        string code = file.Code;
        int start = from;
        int depth = 0;
        int i = from;
        while (i < to)
        {
            char c = code[i];
            if (c is '(' or '[')
            {
                depth++;
            }
            else if (c is ')' or ']')
            {
                depth--;
            }
            else if (depth == 0 && c == ';')
            {
                Add(file, start, i, found);
                start = i + 1;
            }
            else if (c == '{')
            {
                int close = Close(code, i, to);
                if (depth == 0)
                {
                    start = Block(file, (start, i, close, to), found);
                }

                i = close;
            }

            i++;
        }
    }

    /// <summary>A block at the level of members: a type, the body of a member, or a part of an expression.</summary>
    /// <returns>Where the next member begins.</returns>
    private static int Block(SourceFile file, (int Start, int Open, int Close, int To) at, List<FunctionSpan> found)
    {
        string header = file.Code[at.Start..at.Open];
        bool isExpression = header.Contains("=>", StringComparison.Ordinal) || Assigns(header);
        if (!isExpression && TypeHeader.IsMatch(header))
        {
            Members(file, at.Open + 1, at.Close, found);
            return at.Close + 1;
        }

        if (!isExpression && EndsMember(file.Code, at.Close, at.To))
        {
            Add(file, at.Start, at.Close, found);
            return at.Close + 1;
        }

        return at.Start;
    }

    /// <summary>A block ends a member unless an initializer or the rest of an expression follows it.</summary>
    private static bool EndsMember(string code, int close, int to)
    {
        int next = close + 1;
        while (next < to && char.IsWhiteSpace(code[next]))
        {
            next++;
        }

        return next >= to || code[next] != '=';
    }

    /// <summary>Whether a header assigns, default values of parameters aside: then it is a field's.</summary>
    private static bool Assigns(string header)
    {
        string outside = header;
        for (string before = ""; before != outside;)
        {
            before = outside;
            outside = Regex.Replace(outside, @"[(\[][^()\[\]]*[)\]]", " ");
        }

        return Regex.IsMatch(outside, @"(?<!operator\s*[=!<>]?)[^=!<>]=[^=>]");
    }

    private static int Close(string code, int open, int to)
    {
        int depth = 0;
        for (int i = open; i < to; i++)
        {
            depth += code[i] == '{' ? 1 : code[i] == '}' ? -1 : 0;
            if (depth == 0)
            {
                return i;
            }
        }

        return to - 1;
    }

    private static void Add(SourceFile file, int start, int end, List<FunctionSpan> found)
    {
        string member = file.Code[start..end];
        int body = member.IndexOfAny(['{', ';']);
        int arrow = member.IndexOf("=>", StringComparison.Ordinal);
        int stop = (body, arrow) switch
        {
            ( < 0, < 0) => -1,
            ( < 0, _) => arrow,
            (_, < 0) => body,
            _ => Math.Min(body, arrow),
        };
        if (stop < 0)
        {
            return;
        }

        string header = Regex.Replace(member[..stop], @"^\s*(\[[^\]]*\]\s*)+", static m => new string(' ', m.Length));
        if (header.Contains('(') && !Assigns(header))
        {
            int first = start + header.TakeWhile(char.IsWhiteSpace).Count();
            int line = file.LineOf(first);
            string brief = Regex.Replace(header, @"\s+", " ").Trim();
            found.Add(new FunctionSpan(brief, line, file.LineOf(end) - line + 1));
        }
    }
}
