namespace Sim.Telemetry.Templates;

/// <summary>Kinds of tokens of a template.</summary>
internal enum TemplateTokenKind
{
    End,
    Error,
    Text,
    Open,
    Close,
    Word,
    Field,
    Variable,
    Literal,
    Number,
    Pipe,
    LeftParen,
    RightParen,
    Symbol,
}

/// <summary>A token with its place.</summary>
internal readonly record struct TemplateToken(TemplateTokenKind Kind, int At, string Text, int Length)
{
    /// <summary>As messages name it.</summary>
    public string Description => Kind == TemplateTokenKind.End ? "EOF"
        : Kind == TemplateTokenKind.Word && Text is "if" or "else" or "end" or "range" or "with" ? "<" + Text + ">"
        : Text.Length > 10 ? GoText.Quote(Text[..10]) + "..." : GoText.Quote(Text);
}

/// <summary>Splits a template into tokens.</summary>
/// <remarks>Go: text/template/parse/lex.go.</remarks>
internal sealed class TemplateLexer
{
    private readonly string _text;
    private int _at;

    public TemplateLexer(string text)
    {
        _text = text;
        while (_at < text.Length && !IsBroken)
        {
            Text();
        }

        if (!IsBroken)
        {
            Add(TemplateTokenKind.End, _at, "", 0);
        }
    }

    /// <summary>All tokens; the last one is the end or an error.</summary>
    public List<TemplateToken> Tokens { get; } = [];

    private bool IsBroken => Tokens.Count > 0 && Tokens[^1].Kind == TemplateTokenKind.Error;

    private void Add(TemplateTokenKind kind, int at, string text, int length) =>
        Tokens.Add(new TemplateToken(kind, at, text, length));

    private void Fail(string message) => Add(TemplateTokenKind.Error, _at, message, 0);

    private bool IsAt(string text) => string.CompareOrdinal(_text, _at, text, 0, text.Length) == 0;

    private void Text()
    {
        int open = _text.IndexOf("{{", _at, StringComparison.Ordinal);
        int end = open < 0 ? _text.Length : open;
        string text = _text[_at..end];
        bool trims = open >= 0 && open + 3 < _text.Length && _text[open + 2] == '-'
            && char.IsWhiteSpace(_text[open + 3]);
        text = trims ? text.TrimEnd(' ', '\t', '\r', '\n') : text;
        if (text.Length > 0)
        {
            Add(TemplateTokenKind.Text, _at, text, text.Length);
        }

        _at = end;
        if (open < 0)
        {
            return;
        }

        _at += trims ? 3 : 2;
        int inside = _at;
        while (inside < _text.Length && char.IsWhiteSpace(_text[inside]) && trims)
        {
            inside++;
        }

        if (string.CompareOrdinal(_text, inside, "/*", 0, 2) == 0)
        {
            Comment(inside);
            return;
        }

        Add(TemplateTokenKind.Open, open, "{{", 2);
        while (!IsBroken && Inside())
        {
        }
    }

    private void Comment(int start)
    {
        int end = _text.IndexOf("*/", start, StringComparison.Ordinal);
        if (end < 0)
        {
            Fail("unclosed comment");
            return;
        }

        _at = end + 2;
        bool trims = IsAt(" -}}");
        if (!trims && !IsAt("}}"))
        {
            Fail("comment ends before closing delimiter");
            return;
        }

        _at += trims ? 4 : 2;
        SkipTrimmed(trims);
    }

    private void SkipTrimmed(bool trims)
    {
        while (trims && _at < _text.Length && _text[_at] is ' ' or '\t' or '\r' or '\n' && trims)
        {
            _at++;
        }
    }

    /// <summary>One token within an action; false when the action has ended.</summary>
    private bool Inside()
    {
        int start = _at;
        while (_at < _text.Length && _text[_at] is ' ' or '\t' or '\r' or '\n')
        {
            if (IsAt(" -}}"))
            {
                break;
            }

            _at++;
            if (_at >= _text.Length)
            {
                break;
            }
        }

        bool trims = IsAt(" -}}");
        if (trims || IsAt("}}"))
        {
            Add(TemplateTokenKind.Close, _at, "}}", 2);
            _at += trims ? 4 : 2;
            SkipTrimmed(trims);
            return false;
        }

        if (_at >= _text.Length)
        {
            Fail("unclosed action");
            return false;
        }

        start = _at;
        Token(_text[_at]);
        return _at > start && !IsBroken;
    }

    private void Token(char c)
    {
        int start = _at;
        switch (c)
        {
            case '"' or '`':
                Quoted(c);
                break;
            case '|':
                Single(TemplateTokenKind.Pipe);
                break;
            case '(':
                Single(TemplateTokenKind.LeftParen);
                break;
            case ')':
                Single(TemplateTokenKind.RightParen);
                break;
            case ':' when IsAt(":="):
                _at += 2;
                Add(TemplateTokenKind.Symbol, start, ":=", 2);
                break;
            case ':':
                Fail("expected :=");
                break;
            case '=' or ',':
                Single(TemplateTokenKind.Symbol);
                break;
            case '.' when _at + 1 >= _text.Length || !char.IsAsciiDigit(_text[_at + 1]):
                Chain(TemplateTokenKind.Field);
                break;
            case '$':
                Chain(TemplateTokenKind.Variable);
                break;
            default:
                if (char.IsAsciiDigit(c) || c is '+' or '-' or '.')
                {
                    Run(TemplateTokenKind.Number, static d => char.IsLetterOrDigit(d) || d is '.' or '_' or '+' or '-');
                }
                else if (char.IsLetter(c) || c == '_')
                {
                    Run(TemplateTokenKind.Word, static d => char.IsLetterOrDigit(d) || d == '_');
                }
                else
                {
                    Fail("unexpected " + CodePoint(c) + " in operand");
                }

                break;
        }
    }

    private static string CodePoint(char c) => string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"unrecognized character in action: U+{(int)c:X4} '{c}'");

    private void Single(TemplateTokenKind kind)
    {
        Add(kind, _at, _text[_at].ToString(), 1);
        _at++;
    }

    private void Run(TemplateTokenKind kind, Func<char, bool> continues)
    {
        int start = _at++;
        while (_at < _text.Length && continues(_text[_at]))
        {
            _at++;
        }

        Add(kind, start, _text[start.._at], _at - start);
    }

    /// <summary>A name with the fields behind it: <c>.Labels.job</c>, <c>$labels.job</c>.</summary>
    private void Chain(TemplateTokenKind kind)
    {
        int start = _at++;
        while (_at < _text.Length && (char.IsLetterOrDigit(_text[_at]) || _text[_at] == '_'
            || (_text[_at] == '.' && _at + 1 < _text.Length
                && (char.IsLetter(_text[_at + 1]) || _text[_at + 1] == '_'))))
        {
            _at++;
        }

        Add(kind, start, _text[start.._at], _at - start);
    }

    private void Quoted(char quote)
    {
        int start = _at++;
        while (_at < _text.Length && _text[_at] != quote)
        {
            if (quote == '"' && _text[_at] == '\n')
            {
                break;
            }

            _at += quote == '"' && _text[_at] == '\\' ? 2 : 1;
        }

        if (_at >= _text.Length || _text[_at] != quote)
        {
            _at = start;
            Fail(quote == '"' ? "unterminated quoted string" : "unterminated raw quoted string");
            return;
        }

        _at++;
        Add(TemplateTokenKind.Literal, start, _text[start.._at], _at - start);
    }
}
