namespace Sim.Tests.Tidy;

/// <summary>C# text with comments and the content of literals blanked out, line by line as it was.</summary>
/// <remarks>A scanner, not a compiler: enough to count braces and to find names that are code.</remarks>
internal static class SourceText
{
    /// <summary>The code of a file. Every character keeps its place; blanked ones are spaces.</summary>
    public static string CodeOf(string text)
    {
        char[] code = text.ToCharArray();
        int i = 0;
        while (i < text.Length)
        {
            int end = EndOfComment(text, i);
            if (end > i)
            {
                Blank(code, i, end);
                i = end;
                continue;
            }

            i = text[i] switch
            {
                '"' => Literal(text, code, i, holes: 0, isVerbatim: false),
                '@' when Next(text, i, 1) == '"' => Literal(text, code, i + 1, holes: 0, isVerbatim: true),
                '$' => Interpolated(text, code, i),
                '@' when Next(text, i, 1) == '$' => Interpolated(text, code, i + 1),
                '\'' => Character(text, code, i),
                _ => i + 1,
            };
        }

        return new string(code);
    }

    private static char Next(string text, int i, int by) => i + by < text.Length ? text[i + by] : '\0';

    private static int EndOfComment(string text, int i)
    {
        if (text[i] != '/')
        {
            return i;
        }

        if (Next(text, i, 1) == '/')
        {
            int line = text.IndexOf('\n', i);
            return line < 0 ? text.Length : line;
        }

        if (Next(text, i, 1) == '*')
        {
            int end = text.IndexOf("*/", i + 2, StringComparison.Ordinal);
            return end < 0 ? text.Length : end + 2;
        }

        return i;
    }

    private static int Character(string text, char[] code, int i)
    {
        int end = i + 1;
        while (end < text.Length && text[end] != '\'')
        {
            end += text[end] == '\\' ? 2 : 1;
        }

        end = Math.Min(end + 1, text.Length);
        Blank(code, i + 1, end - 1);
        return end;
    }

    private static int Interpolated(string text, char[] code, int i)
    {
        int holes = 0;
        while (Next(text, i, holes) == '$')
        {
            holes++;
        }

        bool isVerbatim = Next(text, i, holes) == '@' || (i > 0 && text[i - 1] == '@');
        int quote = i + holes + (Next(text, i, holes) == '@' ? 1 : 0);
        return Next(text, quote, 0) == '"' ? Literal(text, code, quote, holes, isVerbatim) : i + holes;
    }

    /// <summary>Blanks a string literal; code inside interpolation holes stays.</summary>
    private static int Literal(string text, char[] code, int quote, int holes, bool isVerbatim)
    {
        int quotes = 0;
        while (Next(text, quote, quotes) == '"')
        {
            quotes++;
        }

        if (quotes == 2)
        {
            return quote + 2;
        }

        bool isRaw = quotes >= 3 && !isVerbatim;
        int i = quote + (isRaw ? quotes : 1);
        while (i < text.Length)
        {
            if (isRaw && text.AsSpan(i).StartsWith(new string('"', quotes)))
            {
                return i + quotes;
            }

            if (!isRaw && text[i] == '"')
            {
                if (!isVerbatim || Next(text, i, 1) != '"')
                {
                    return i + 1;
                }

                Blank(code, i, i + 2);
                i += 2;
                continue;
            }

            int braces = Run(text, i, '{');
            int opening = isRaw ? holes : 1;
            if (holes > 0 && braces > 0)
            {
                bool isHole = isRaw ? braces >= opening : braces % 2 == 1;
                Blank(code, i, i + braces);
                i += braces;
                if (isHole)
                {
                    i = EndOfHole(text, code, i);
                }

                continue;
            }

            int step = !isRaw && !isVerbatim && text[i] == '\\' ? 2 : 1;
            Blank(code, i, Math.Min(i + step, text.Length));
            i += step;
        }

        return text.Length;
    }

    private static int Run(string text, int i, char c)
    {
        int run = 0;
        while (Next(text, i, run) == c)
        {
            run++;
        }

        return run;
    }

    /// <summary>Skips the code of a hole, literals inside it included, up to and with its closing brace.</summary>
    private static int EndOfHole(string text, char[] code, int i)
    {
        int depth = 0;
        while (i < text.Length)
        {
            switch (text[i])
            {
                case '"':
                    i = Literal(text, code, i, holes: 0, isVerbatim: false);
                    continue;
                case '$':
                    i = Interpolated(text, code, i);
                    continue;
                case '\'':
                    i = Character(text, code, i);
                    continue;
                case '{' or '(' or '[':
                    depth++;
                    break;
                case ')' or ']':
                    depth--;
                    break;
                case '}' when depth == 0:
                    int run = Run(text, i, '}');
                    Blank(code, i, i + run);
                    return i + run;
                case '}':
                    depth--;
                    break;
            }

            i++;
        }

        return i;
    }

    private static void Blank(char[] code, int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            if (code[i] != '\n')
            {
                code[i] = ' ';
            }
        }
    }
}
