namespace Sim.Runs.Scenario;

/// <summary>Kind of a token of the expression language.</summary>
internal enum TokenKind
{
    Name,
    Number,
    Text,
    Symbol,
    End,
}

/// <summary>A token; <c>Value</c> of a text is without quotes.</summary>
internal readonly record struct Token(TokenKind Kind, string Value, int Position, int Length);

/// <summary>Splits an expression into tokens.</summary>
internal static class AssertionLexer
{
    private static readonly string[] Symbols =
        [">=", "<=", "==", "!=", "=~", "!~", ">", "<", "=", "{", "}", "[", "]", ",", "(", ")"];

    public static IReadOnlyList<Token> Split(string text)
    {
        var tokens = new List<Token>();
        int i = 0;
        while (i < text.Length)
        {
            char c = text[i];
            if (char.IsWhiteSpace(c))
            {
                i++;
                continue;
            }

            Token token = c is '"' or '\'' ? Quoted(text, i)
                : char.IsAsciiDigit(c) || c == '.' ? Run(text, i, TokenKind.Number)
                : char.IsAsciiLetter(c) || c == '_' ? Run(text, i, TokenKind.Name)
                : Symbol(text, i);
            tokens.Add(token);
            i += token.Length;
        }

        tokens.Add(new Token(TokenKind.End, "", text.Length, 0));
        return tokens;
    }

    private static Token Run(string text, int start, TokenKind kind)
    {
        int i = start;
        while (i < text.Length && (char.IsAsciiLetterOrDigit(text[i]) || text[i] is '_' or '.'
                   || (kind == TokenKind.Number && text[i] is '%' or 'µ')))
        {
            i++;
        }

        return new Token(kind, text[start..i], start, i - start);
    }

    private static Token Quoted(string text, int start)
    {
        var value = new System.Text.StringBuilder();
        for (int i = start + 1; i < text.Length; i++)
        {
            if (text[i] == text[start])
            {
                return new Token(TokenKind.Text, value.ToString(), start, i + 1 - start);
            }

            if (text[i] == '\\' && i + 1 < text.Length && text[i + 1] is '"' or '\'' or '\\')
            {
                i++;
            }

            value.Append(text[i]);
        }

        throw new AssertionSyntaxException("the quote is not closed", start);
    }

    private static Token Symbol(string text, int start)
    {
        foreach (string s in Symbols)
        {
            if (text.AsSpan(start).StartsWith(s, StringComparison.Ordinal))
            {
                return new Token(TokenKind.Symbol, s, start, s.Length);
            }
        }

        throw new AssertionSyntaxException($"unexpected '{text[start]}'", start, "see docs/assertions.md");
    }
}
