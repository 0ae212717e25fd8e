using System.Text;

namespace Sim.Telemetry.PromQl;

/// <summary>Splits an expression into tokens, one at a time.</summary>
/// <remarks>Prometheus: promql/parser/lex.go. A token may be wrong only where it is asked for, so that of two
/// mistakes the same one is reported first.</remarks>
internal sealed class Lexer
{
    private const int EndOfText = -1;
    private readonly string _text;
    private readonly PromQlDialect _dialect;
    private int _at;
    private int _start;
    private int _width;
    private int _parens;
    private bool _isInBraces;
    private bool _isInBrackets;
    private bool _hadColon;
    private bool _isAfterBracket;

    public Lexer(string text, PromQlDialect dialect)
    {
        _text = text;
        _dialect = dialect;
    }

    /// <summary>The next token.</summary>
    /// <exception cref="ParseException">There is none.</exception>
    public Token Next()
    {
        if (_isAfterBracket)
        {
            _isAfterBracket = false;
            return WindowDuration();
        }

        SkipBlanks();
        return _isInBraces ? InsideBraces() : Statement();
    }

    internal static bool IsAlpha(int c) => c == '_' || (c < 128 && c >= 0 && char.IsAsciiLetter((char)c));

    internal static bool IsDigit(int c) => c is >= '0' and <= '9';

    internal static bool IsSpace(int c) => c is ' ' or '\t' or '\n' or '\r';

    private static bool IsAlphaNumeric(int c) => IsAlpha(c) || IsDigit(c);

    private static string Quote(int rune) => rune == EndOfText ? "'\uFFFD'" : GoText.Quote(new Rune(rune));

    private int Read()
    {
        if (_at >= _text.Length)
        {
            _width = 0;
            return EndOfText;
        }

        bool isRune = Rune.TryGetRuneAt(_text, _at, out Rune rune);
        _width = isRune ? rune.Utf16SequenceLength : 1;
        _at += _width;
        return isRune ? rune.Value : 0xFFFD;
    }

    private int Peek()
    {
        int c = Read();
        _at -= _width;
        return c;
    }

    private bool Accept(string set)
    {
        int c = Read();
        if (c >= 0 && c < 128 && set.Contains((char)c, StringComparison.Ordinal))
        {
            return true;
        }

        _at -= _width;
        return false;
    }

    private void AcceptRun(string set)
    {
        while (Accept(set))
        {
        }
    }

    private Token Emit(TokenKind kind)
    {
        var token = new Token(kind, _start, _text[_start.._at]);
        _start = _at;
        return token;
    }

    private ParseException Error(string message) => new(_start, message);

    private void SkipBlanks()
    {
        while (true)
        {
            while (IsSpace(Peek()))
            {
                Read();
            }

            if (Peek() != '#')
            {
                break;
            }

            int c;
            do
            {
                c = Read();
            }
            while (c is not ('\r' or '\n' or EndOfText));
            _at -= _width;
        }

        _start = _at;
    }

    private Token Statement()
    {
        int c = Read();
        switch (c)
        {
            case EndOfText:
                return _parens != 0 ? throw Error("unclosed left parenthesis")
                    : _isInBrackets ? throw Error("unclosed left bracket") : Emit(TokenKind.End);
            case '(':
                _parens++;
                return Emit(TokenKind.LeftParen);
            case ')':
                Token close = Emit(TokenKind.RightParen);
                return --_parens < 0 ? throw Error("unexpected right parenthesis ')'") : close;
            case '{':
                _isInBraces = true;
                return Emit(TokenKind.LeftBrace);
            case '[':
                return OpenBracket();
            case ']':
                if (!_isInBrackets)
                {
                    throw Error("unexpected right bracket ']'");
                }

                _isInBrackets = false;
                return Emit(TokenKind.RightBracket);
            case '"' or '\'':
                return QuotedString(c);
            case '`':
                return RawString();
            default:
                return IsDigit(c) || (c == '.' && IsDigit(Peek())) ? NumberOrDuration()
                    : IsAlpha(c) || c == ':' ? Word(c) : Symbol(c);
        }
    }

    private Token Symbol(int c)
    {
        switch (c)
        {
            case ',':
                return Emit(TokenKind.Comma);
            case '*':
                return Emit(TokenKind.Multiply);
            case '/':
                return Emit(TokenKind.Divide);
            case '%':
                return Emit(TokenKind.Modulo);
            case '+':
                return Emit(TokenKind.Add);
            case '-':
                return Emit(TokenKind.Subtract);
            case '^':
                return Emit(TokenKind.Power);
            case '@':
                return Emit(TokenKind.At);
            case '=' when Peek() == '~':
                throw Error("unexpected character after '=': '~'");
            case '=':
                return Emit(Accept("=") ? TokenKind.EqualCompare : TokenKind.Equal);
            case '!':
                int next = Read();
                return next == '=' ? Emit(TokenKind.NotEqual)
                    : throw Error("unexpected character after '!': " + Quote(next));
            case '<':
                return Emit(Accept("=") ? TokenKind.LessEqual : TokenKind.Less);
            case '>':
                return Emit(Accept("=") ? TokenKind.GreaterEqual : TokenKind.Greater);
            default:
                throw Error("unexpected character: " + Quote(c));
        }
    }

    private Token OpenBracket()
    {
        if (_isInBrackets)
        {
            throw Error("unexpected left bracket '['");
        }

        _hadColon = false;
        _isInBrackets = true;
        _isAfterBracket = true;
        return Emit(TokenKind.LeftBracket);
    }

    /// <summary>A word, or within brackets the colon; in 2.x any letter there passes for one.</summary>
    private Token Word(int first)
    {
        if (_isInBrackets)
        {
            if (first != ':' && _dialect.TakesNumbersAsDurations)
            {
                throw Error("unexpected character: " + Quote(first) + ", expected ':'");
            }

            if (_hadColon)
            {
                throw Error("unexpected colon " + Quote(first));
            }

            _hadColon = true;
            return Emit(TokenKind.Colon);
        }

        int c = first;
        while (IsAlphaNumeric(c) || c == ':')
        {
            c = Read();
        }

        _at -= _width;
        return Emit(Token.OfWord(_text[_start.._at]));
    }

    private Token InsideBraces()
    {
        int c = Read();
        switch (c)
        {
            case EndOfText:
                throw Error("unexpected end of input inside braces");
            case ',':
                return Emit(TokenKind.Comma);
            case '"' or '\'':
                return QuotedString(c);
            case '`':
                return RawString();
            case '=':
                return Emit(Accept("~") ? TokenKind.EqualRegex : TokenKind.Equal);
            case '!':
                int next = Read();
                return next == '~' ? Emit(TokenKind.NotEqualRegex)
                    : next == '=' ? Emit(TokenKind.NotEqual)
                    : throw Error("unexpected character after '!' inside braces: " + Quote(next));
            case '{':
                throw Error("unexpected left brace '{'");
            case '}':
                _isInBraces = false;
                return Emit(TokenKind.RightBrace);
            default:
                if (!IsAlpha(c))
                {
                    throw Error("unexpected character inside braces: " + Quote(c));
                }

                while (IsAlphaNumeric(c))
                {
                    c = Read();
                }

                _at -= _width;
                return Emit(TokenKind.Identifier);
        }
    }

    /// <summary>After <c>[</c> there must be a duration, blanks before it aside.</summary>
    private Token WindowDuration()
    {
        while (IsSpace(Peek()))
        {
            Read();
        }

        _start = _at;
        if (_dialect.TakesNumbersAsDurations)
        {
            return Next();
        }

        return ScanNumber() ? throw Error("missing unit character in duration")
            : ScanDuration() ? Emit(TokenKind.Duration)
            : throw Error("bad duration syntax: " + GoText.Quote(_text[_start.._at]));
    }

    private Token NumberOrDuration()
    {
        _at = _start;
        return ScanNumber() ? Emit(TokenKind.Number)
            : ScanDuration() ? Emit(TokenKind.Duration)
            : throw Error("bad number or duration syntax: " + GoText.Quote(_text[_start.._at]));
    }

    /// <summary>True when what stands here looks like a number and no letter follows.</summary>
    private bool ScanNumber()
    {
        string digits = "0123456789";
        if (Accept("0") && Accept("xX"))
        {
            digits += "abcdefABCDEF";
        }

        if (_dialect.TakesNumbersAsDurations)
        {
            digits += "_";
        }

        AcceptRun(digits);
        if (Accept("."))
        {
            AcceptRun(digits);
        }

        if (Accept("eE"))
        {
            Accept("+-");
            AcceptRun("0123456789");
        }

        return !IsAlphaNumeric(Peek());
    }

    /// <summary>Takes the units and numbers after a first number; false when they are no duration.</summary>
    private bool ScanDuration()
    {
        if (!Accept("smhdwy"))
        {
            return false;
        }

        Accept("s");
        while (Accept("0123456789"))
        {
            AcceptRun("0123456789");
            if (!Accept("smhdw"))
            {
                return false;
            }

            Accept("s");
        }

        if (IsAlphaNumeric(Read()))
        {
            return false;
        }

        _at -= _width;
        return true;
    }

    private Token QuotedString(int quote)
    {
        while (true)
        {
            int c = Read();
            if (c == quote)
            {
                return Emit(TokenKind.String);
            }

            switch (c)
            {
                case '\\':
                    SkipEscape(quote);
                    break;
                case 0xFFFD:
                    throw Error("invalid UTF-8 rune");
                case EndOfText or '\n':
                    throw Error("unterminated quoted string");
                default:
                    break;
            }
        }
    }

    private Token RawString()
    {
        while (true)
        {
            switch (Read())
            {
                case '`':
                    return Emit(TokenKind.String);
                case 0xFFFD:
                    throw Error("invalid UTF-8 rune");
                case EndOfText:
                    throw Error("unterminated raw string");
                default:
                    break;
            }
        }
    }

    private void SkipEscape(int quote)
    {
        int c = Read();
        if (c is 'a' or 'b' or 'f' or 'n' or 'r' or 't' or 'v' or '\\' || c == quote)
        {
            return;
        }

        (int count, int numberBase, uint most) = c switch
        {
            >= '0' and <= '7' => (3, 8, 255u),
            'x' => (2, 16, 255u),
            'u' => (4, 16, 0x10FFFFu),
            'U' => (8, 16, 0x10FFFFu),
            EndOfText => throw Error("escape sequence not terminated"),
            _ => throw Error("unknown escape sequence " + CodePoint(c)),
        };
        if (numberBase == 16)
        {
            c = Read();
        }

        ulong value = 0;
        for (int i = 0; i < count; i++)
        {
            int digit = IsDigit(c) ? c - '0' : IsAlpha(c) && (c | 32) is >= 'a' and <= 'f' ? (c | 32) - 'a' + 10 : 16;
            if (digit >= numberBase)
            {
                throw Error(c == EndOfText ? "escape sequence not terminated"
                    : "illegal character " + CodePoint(c) + " in escape sequence");
            }

            value = (value * (ulong)numberBase) + (ulong)digit;
            c = i + 1 < count ? Read() : c;
        }

        if (value > most || value is >= 0xD800 and < 0xE000)
        {
            throw Error("escape sequence is an invalid Unicode code point");
        }
    }

    /// <summary>A character as %#U writes it.</summary>
    private static string CodePoint(int c) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"U+{c:X4}")
            + (c >= 0x20 && c != 0x7F ? " '" + char.ConvertFromUtf32(c) + "'" : "");
}
