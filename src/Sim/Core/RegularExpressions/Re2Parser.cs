namespace Sim.Core.RegularExpressions;

/// <summary>Reads an expression as RE2 and Go's regexp do, left to right to the first mistake.</summary>
/// <remarks>Go: regexp/syntax/parse.go#parse (flags Perl). RE2: re2/parse.cc#Regexp::Parse (LikePerl).</remarks>
internal sealed partial class Re2Parser
{
    private const int MostRepeats = 1000;
    private const int MostLevels = 1000;
    private const int TooBig = -2;

    private readonly string _text;
    private readonly Stack<Level> _levels = new();
    private readonly List<string> _names = [""];
    private Flags _flags;
    private Level _level = new(0, 0);
    private int _at;
    private Re2Problem? _problem;

    private Re2Parser(string text, Flags flags)
    {
        _text = text;
        _flags = flags;
    }

    /// <summary>What stands before the letter of an expression.</summary>
    [Flags]
    private enum Flags
    {
        None = 0,
        FoldCase = 1,
        DotMatchesLineFeed = 2,
        ManyLines = 4,
        Lazy = 8,
    }

    /// <summary>Reads an expression.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="ignoreCase">As under flag i.</param>
    /// <param name="names">Names of the groups by number; empty where a group has none.</param>
    /// <param name="problem">The first mistake; null when there is none.</param>
    /// <returns>The whole; null when there is a mistake.</returns>
    public static Re2Node? Parse(
        string text, bool ignoreCase, out IReadOnlyList<string> names, out Re2Problem? problem)
    {
        var parser = new Re2Parser(text, ignoreCase ? Flags.FoldCase : Flags.None);
        Re2Node? whole = parser.Whole();
        names = parser._names;
        problem = parser._problem;
        return problem is null ? whole : null;
    }

    private Re2Node? Whole()
    {
        int lastRepeat = -1;
        while (_at < _text.Length && _problem is null)
        {
            int repeat = -1;
            switch (_text[_at])
            {
                case '(':
                    Open();
                    break;
                case ')':
                    Close();
                    break;
                case '|':
                    _level.Next();
                    _at++;
                    break;
                case '*' or '+' or '?':
                    repeat = _at;
                    Repeat(_text[_at] == '+' ? 1 : 0, _text[_at] == '?' ? 1 : -1, _at + 1, lastRepeat, false);
                    break;
                case '{' when CountAt(out int least, out int most, out int end):
                    repeat = _at;
                    CountedRepeat(least, most, end, lastRepeat);
                    break;
                default:
                    Atom();
                    break;
            }

            lastRepeat = repeat;
        }

        if (_problem is null && _levels.Count > 0)
        {
            Fail(Re2ErrorKind.MissingParenthesis, _text);
        }

        return _problem is null ? _level.End() : null;
    }

    private void Atom()
    {
        switch (_text[_at])
        {
            case '^':
                Put(new Re2Place(Has(Flags.ManyLines) ? Re2PlaceKind.BeginLine : Re2PlaceKind.BeginText));
                break;
            case '$':
                Put(new Re2Place(Has(Flags.ManyLines) ? Re2PlaceKind.EndLine : Re2PlaceKind.EndText));
                break;
            case '.':
                Put(new Re2Characters(Has(Flags.DotMatchesLineFeed) ? RuneSet.Any : RuneSet.NoLineFeed));
                break;
            case '[':
                Class();
                break;
            case '\\':
                Escape();
                break;
            default:
                Literal(NextRune(_at, out int length));
                _at += length;
                break;
        }
    }

    private bool Has(Flags flag) => (_flags & flag) != 0;

    private void Put(Re2Node node, int length = 1)
    {
        _level.Add(node);
        _at += length;
    }

    private void Literal(int rune)
    {
        RuneSet set = RuneSet.Of(rune);
        _level.Add(new Re2Characters(Has(Flags.FoldCase) ? set.Folded() : set));
    }

    private void Fail(Re2ErrorKind kind, string argument) => _problem ??= new Re2Problem(kind, argument);

    /// <summary>The code point at a place; half a surrogate pair is a mistake.</summary>
    private int NextRune(int at, out int length)
    {
        length = 1;
        char c = _text[at];
        if (!char.IsSurrogate(c))
        {
            return c;
        }

        if (char.IsHighSurrogate(c) && at + 1 < _text.Length && char.IsLowSurrogate(_text[at + 1]))
        {
            length = 2;
            return char.ConvertToUtf32(c, _text[at + 1]);
        }

        Fail(Re2ErrorKind.Utf8, _text);
        return c;
    }

    private void Repeat(int least, int most, int end, int lastRepeat, bool isCounted)
    {
        bool isLazy = Has(Flags.Lazy);
        if (end < _text.Length && _text[end] == '?')
        {
            isLazy = !isLazy;
            end++;
        }

        if (lastRepeat >= 0)
        {
            Fail(Re2ErrorKind.NestedRepeat, _text[lastRepeat..end]);
            return;
        }

        if (_level.Last is not { } part)
        {
            Fail(Re2ErrorKind.MissingRepeatArgument, _text[_at..end]);
            return;
        }

        var whole = new Re2Repeat(part, least, most, isLazy, isCounted);
        if (isCounted && (least >= 2 || most >= 2) && !IsWithin(whole, MostRepeats))
        {
            Fail(Re2ErrorKind.RepeatSize, _text[_at..end]);
            return;
        }

        _level.Last = whole;
        _at = end;
        CheckHeight(whole);
    }

    private void CheckHeight(Re2Node node)
    {
        if (node.Height > MostLevels)
        {
            Fail(Re2ErrorKind.Nesting, _text);
        }
    }

    private void CountedRepeat(int least, int most, int end, int lastRepeat)
    {
        if (least is TooBig or > MostRepeats || most is TooBig or > MostRepeats || (most >= 0 && least > most))
        {
            Fail(Re2ErrorKind.RepeatSize, _text[_at..end]);
            return;
        }

        Repeat(least, most, end, lastRepeat, true);
    }

    /// <summary>Whether the counts of a repetition and of those in it, multiplied, stay within a limit.</summary>
    private static bool IsWithin(Re2Node node, int limit)
    {
        switch (node)
        {
            case Re2Repeat repeat:
                int count = repeat.Most < 0 ? repeat.Least : repeat.Most;
                if (!repeat.IsCounted || count == 0)
                {
                    return (repeat.IsCounted && repeat.Most == 0) || IsWithin(repeat.Part, limit);
                }

                return count <= limit && IsWithin(repeat.Part, limit / count);
            case Re2Capture capture:
                return IsWithin(capture.Part, limit);
            case Re2Sequence sequence:
                return sequence.Parts.All(p => IsWithin(p, limit));
            case Re2Choice choice:
                return choice.Parts.All(p => IsWithin(p, limit));
            default:
                return true;
        }
    }

    /// <summary>Whether <c>{n}</c>, <c>{n,}</c> or <c>{n,m}</c> stands here; else the brace is a character.</summary>
    private bool CountAt(out int least, out int most, out int end)
    {
        most = -1;
        end = _at + 1;
        if (!Number(ref end, out least) || end >= _text.Length)
        {
            return false;
        }

        if (_text[end] != ',')
        {
            most = least;
        }
        else if (++end >= _text.Length || (_text[end] != '}' && !Number(ref end, out most)))
        {
            return false;
        }

        return end < _text.Length && _text[end++] == '}';
    }

    private bool Number(ref int at, out int value)
    {
        value = 0;
        int start = at;
        while (at < _text.Length && char.IsAsciiDigit(_text[at]))
        {
            value = value is TooBig or >= 100_000_000 ? TooBig : (value * 10) + (_text[at] - '0');
            at++;
        }

        return at > start && (at == start + 1 || _text[start] != '0');
    }

    private void Open()
    {
        if (!_text.AsSpan(_at).StartsWith("(?"))
        {
            Push("");
            _at++;
        }
        else if (_text.AsSpan(_at).StartsWith("(?P<") || _text.AsSpan(_at).StartsWith("(?<"))
        {
            NamedGroup(_text[_at + 2] == 'P' ? _at + 4 : _at + 3);
        }
        else
        {
            PerlFlags();
        }
    }

    private void Push(string? name)
    {
        if (name is not null)
        {
            _names.Add(name);
        }

        _levels.Push(_level);
        _level = new Level(name is null ? 0 : _names.Count - 1, _flags);
    }

    private void NamedGroup(int start)
    {
        int end = _text.IndexOf('>', start);
        if (end < 0)
        {
            Fail(Re2ErrorKind.NamedGroup, _text[_at..]);
        }
        else if (end == start || !_text[start..end].All(static c => c == '_' || char.IsAsciiLetterOrDigit(c)))
        {
            Fail(Re2ErrorKind.NamedGroup, _text[_at..(end + 1)]);
        }
        else
        {
            Push(_text[start..end]);
            _at = end + 1;
        }
    }

    private void PerlFlags()
    {
        Flags flags = _flags;
        bool isNegative = false;
        bool hasFlag = false;
        int i = _at + 2;
        while (i < _text.Length)
        {
            int rune = NextRune(i, out int length);
            i += length;
            Flags flag = rune switch
            {
                'i' => Flags.FoldCase,
                'm' => Flags.ManyLines,
                's' => Flags.DotMatchesLineFeed,
                'U' => Flags.Lazy,
                _ => Flags.None,
            };
            if (flag != Flags.None)
            {
                flags = isNegative ? flags & ~flag : flags | flag;
                hasFlag = true;
            }
            else if (rune == '-' && !isNegative)
            {
                isNegative = true;
                hasFlag = false;
            }
            else if (rune is ':' or ')' && (hasFlag || !isNegative))
            {
                EndOfFlags(flags, rune == ':');
                _at = i;
                return;
            }
            else
            {
                break;
            }
        }

        Fail(Re2ErrorKind.PerlSyntax, _text[_at..i]);
    }

    private void EndOfFlags(Flags flags, bool isGroup)
    {
        if (isGroup)
        {
            Push(null);
        }

        _flags = flags;
    }

    private void Close()
    {
        if (!_levels.TryPop(out Level? outer))
        {
            Fail(Re2ErrorKind.UnexpectedParenthesis, _text);
            return;
        }

        Re2Node inner = _level.End();
        inner = _level.Number > 0 ? new Re2Capture(inner, _level.Number) : inner;
        CheckHeight(inner);
        _flags = _level.FlagsBefore;
        outer.Add(inner);
        _level = outer;
        _at++;
    }

    /// <summary>A group that is being read.</summary>
    private sealed class Level(int number, Flags flagsBefore)
    {
        private readonly List<Re2Node> _choices = [];
        private List<Re2Node> _parts = [];

        public int Number => number;

        public Flags FlagsBefore => flagsBefore;

        /// <summary>What a repetition takes.</summary>
        public Re2Node? Last
        {
            get => _parts.Count > 0 ? _parts[^1] : null;
            set => _parts[^1] = value!;
        }

        public void Add(Re2Node node) => _parts.Add(node);

        public void Next()
        {
            _choices.Add(Sequence());
            _parts = [];
        }

        public Re2Node End()
        {
            if (_choices.Count == 0)
            {
                return Sequence();
            }

            Next();
            return new Re2Choice(_choices);
        }

        private Re2Node Sequence() => _parts is [var only] ? only : new Re2Sequence(_parts);
    }
}
