namespace Sim.Core.RegularExpressions;

/// <summary>Escapes and classes.</summary>
internal sealed partial class Re2Parser
{
    /// <summary>An escape outside a class.</summary>
    private void Escape()
    {
        char letter = _at + 1 < _text.Length ? _text[_at + 1] : '\0';
        switch (letter)
        {
            case 'A':
                Put(new Re2Place(Re2PlaceKind.BeginText), 2);
                break;
            case 'z' when _at + 1 < _text.Length:
                Put(new Re2Place(Re2PlaceKind.EndText), 2);
                break;
            case 'b' or 'B':
                Put(new Re2Place(letter == 'b' ? Re2PlaceKind.WordBoundary : Re2PlaceKind.NoWordBoundary), 2);
                break;
            case 'Q':
                Quoted();
                break;
            case 'p' or 'P':
                if (UnicodeSet(ref _at) is { } unicode)
                {
                    Put(new Re2Characters(unicode), 0);
                }

                break;
            default:
                if (UnicodeClasses.Perl(letter, Has(Flags.FoldCase)) is { } set)
                {
                    Put(new Re2Characters(set), 2);
                }
                else
                {
                    Literal(EscapedRune(ref _at));
                }

                break;
        }
    }

    private void Quoted()
    {
        int start = _at + 2;
        int end = _text.IndexOf("\\E", start, StringComparison.Ordinal);
        int next = end < 0 ? _text.Length : end + 2;
        end = end < 0 ? _text.Length : end;
        for (int i = start; i < end && _problem is null;)
        {
            Literal(NextRune(i, out int length));
            i += length;
        }

        _at = next;
    }

    /// <summary><c>\pL</c>, <c>\p{Lu}</c>, <c>\P{^Lu}</c>.</summary>
    private RuneSet? UnicodeSet(ref int at)
    {
        int start = at;
        if (start + 2 >= _text.Length)
        {
            // Go reads a letter that is not there as half a character.
            Fail(Re2ErrorKind.ClassRange, _text[start..]);
            return null;
        }

        bool isNegative = _text[start + 1] == 'P';
        int end;
        string name;
        if (_text[start + 2] != '{')
        {
            _ = NextRune(start + 2, out int length);
            end = start + 2 + length;
            name = _text[(start + 2)..end];
        }
        else
        {
            int brace = _text.IndexOf('}', start);
            if (brace < 0)
            {
                Fail(Re2ErrorKind.ClassRange, _text[start..]);
                return null;
            }

            end = brace + 1;
            name = _text[(start + 3)..brace];
        }

        if (name.StartsWith('^'))
        {
            isNegative = !isNegative;
            name = name[1..];
        }

        if (UnicodeClasses.Category(name) is not { } set)
        {
            Fail(UnicodeClasses.IsScript(name) ? Re2ErrorKind.NotModelled : Re2ErrorKind.ClassRange, _text[start..end]);
            return null;
        }

        at = end;
        set = Has(Flags.FoldCase) ? set.Folded() : set;
        return isNegative ? set.Not() : set;
    }

    /// <summary>The character an escape stands for.</summary>
    private int EscapedRune(ref int at)
    {
        int start = at;
        if (start + 1 >= _text.Length)
        {
            Fail(Re2ErrorKind.TrailingBackslash, "");
            at = _text.Length;
            return 0;
        }

        int c = NextRune(start + 1, out int length);
        at = start + 1 + length;
        switch (c)
        {
            case >= '1' and <= '7' when at >= _text.Length || _text[at] is < '0' or > '7':
                break;
            case >= '0' and <= '7':
                int octal = c - '0';
                for (int i = 1; i < 3 && at < _text.Length && _text[at] is >= '0' and <= '7'; i++)
                {
                    octal = (octal * 8) + (_text[at++] - '0');
                }

                return octal;
            case 'x':
                int value = Hexadecimal(ref at);
                if (value >= 0)
                {
                    return value;
                }

                break;
            case 'a' or 'f' or 'n' or 'r' or 't' or 'v':
                return "\a\f\n\r\t\v"["afnrtv".IndexOf((char)c, StringComparison.Ordinal)];
            case < 0x80 when !char.IsAsciiLetterOrDigit((char)c):
                return c;
            default:
                break;
        }

        Fail(Re2ErrorKind.Escape, _text[start..at]);
        return 0;
    }

    /// <summary>Two digits, or any number of them in braces; -1 when it is neither.</summary>
    private int Hexadecimal(ref int at)
    {
        if (at >= _text.Length)
        {
            return -1;
        }

        bool isBraced = _text[at] == '{';
        int value = 0;
        int digits = 0;
        at += isBraced ? 1 : 0;
        while (at < _text.Length && (isBraced || digits < 2))
        {
            int c = NextRune(at, out int length);
            at += length;
            if (isBraced && c == '}')
            {
                return digits > 0 ? value : -1;
            }

            if (c >= 0x80 || !char.IsAsciiHexDigit((char)c))
            {
                // Go reads both characters before it looks at them.
                at += !isBraced && digits == 0 && at < _text.Length ? 1 : 0;
                return -1;
            }

            value = (value * 16) + Convert.ToInt32(((char)c).ToString(), 16);
            digits++;
            if (value > RuneSet.Last)
            {
                return -1;
            }
        }

        return !isBraced && digits == 2 ? value : -1;
    }

    /// <summary><c>[a-z]</c>, <c>[^\d_]</c>, <c>[[:alpha:]]</c>.</summary>
    private void Class()
    {
        int start = _at;
        int i = start + 1;
        bool isNegative = i < _text.Length && _text[i] == '^';
        i += isNegative ? 1 : 0;
        var ranges = new List<(int, int)>();
        for (bool isFirst = true; _problem is null && (i >= _text.Length || _text[i] != ']' || isFirst);)
        {
            isFirst = false;
            ClassItem(start, ref i, ranges);
        }

        if (_problem is null)
        {
            RuneSet set = RuneSet.Of(ranges);
            Put(new Re2Characters(isNegative ? set.Not() : set), 0);
            _at = i + 1;
        }
    }

    private void ClassItem(int start, ref int i, List<(int, int)> ranges)
    {
        ReadOnlySpan<char> rest = i < _text.Length ? _text.AsSpan(i) : "";
        int end = rest.StartsWith("[:") ? _text.IndexOf(":]", i + 2, StringComparison.Ordinal) : -1;
        if (end >= 0)
        {
            string name = _text[(i + 2)..end];
            RuneSet? posix = UnicodeClasses.Posix(name, Has(Flags.FoldCase));
            if (posix is null)
            {
                Fail(Re2ErrorKind.ClassRange, "[:" + name + ":]");
                return;
            }

            ranges.AddRange(posix.Ranges);
            i = end + 2;
            return;
        }

        if (rest.StartsWith("\\p") || rest.StartsWith("\\P"))
        {
            ranges.AddRange(UnicodeSet(ref i)?.Ranges ?? []);
            return;
        }

        if (rest.Length > 1 && rest[0] == '\\' && UnicodeClasses.Perl(rest[1], Has(Flags.FoldCase)) is { } perl)
        {
            ranges.AddRange(perl.Ranges);
            i += 2;
            return;
        }

        ClassRange(start, ref i, ranges);
    }

    private void ClassRange(int start, ref int i, List<(int, int)> ranges)
    {
        int from = i;
        int low = ClassRune(start, ref i);
        int high = low;
        if (_problem is null && i + 1 < _text.Length && _text[i] == '-' && _text[i + 1] != ']')
        {
            i++;
            high = ClassRune(start, ref i);
            if (_problem is null && high < low)
            {
                Fail(Re2ErrorKind.ClassRange, _text[from..i]);
            }
        }

        if (_problem is null)
        {
            ranges.AddRange(Has(Flags.FoldCase) ? RuneSet.Of([(low, high)]).Folded().Ranges : [(low, high)]);
        }
    }

    private int ClassRune(int start, ref int i)
    {
        if (i >= _text.Length)
        {
            Fail(Re2ErrorKind.MissingBracket, _text[start..]);
            return 0;
        }

        if (_text[i] == '\\')
        {
            return EscapedRune(ref i);
        }

        int rune = NextRune(i, out int length);
        i += length;
        return rune;
    }
}
