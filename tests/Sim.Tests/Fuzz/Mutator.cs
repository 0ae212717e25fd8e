using Sim.Core;

namespace Sim.Tests.Fuzz;

/// <summary>Breaks texts as people, tools and enemies do. Equal streams break equally.</summary>
internal sealed class Mutator(IReadOnlyList<string> seeds, RngStream random)
{
    private static readonly string[] Marks =
    [
        "{", "}", "[", "]", "(", ")", ": ", ":", "- ", "\n", "  ", "\t", "*m", "&m ", "<<: ", "\"", "'", "`", "|\n",
        ">-\n", "#", "---\n", "...\n", "!!str ", "!!binary ", "? ", "%", "{**}", "\\", "$", "${", "{{", "}}", ",", "=",
        "=~", "!=", "<", "@", "/", "..", "*", "^", "~", ";", "-", "--", "spec", "<<EOF\n", "EOF\n", "\r\n", "\r",
    ];

    private static readonly string[] Values =
    [
        "{a: b}", "[1]", "[]", "{}", "null", "~", "true", "words", "''", "\"\"", "0", "-1", "1.5", "1e400", "-1e-400",
        "NaN", ".inf", "0x7fffffffffffffff", "9223372036854775808", "-9223372036854775809", "2147483648", "4294967296",
        "18446744073709551616", "99999999999999999999999999999999", "0o17", "010", "1_000", "1:30", "2026-13-45",
        "-0", "1h", "9e99h", "100000000000h", "-5s", "1ns", "106752d", "101%", "-1%", "1e3/s", "0/s", "10Ei", "1m",
        "[[]]",
        "{a: {a: {a: []}}}", "\"*\"", "a.b.c", "..", "1.2.3.4/33", "::1/129", "2001:db8::", "http://", "://x",
    ];

    private static readonly string[] Hostile =
    [
        "\0", "\u0007", "\u007F", "\u0085", "\u00A0", "\u00AD", "\u0130", "\u0131", "\u0301", "\u200B", "\u200E",
        "\u202E", "\u2028", "\u2029", "\uFEFF", "\uFFFD", "\uFFFE", "\uFFFF", "\U0001F600", "\U0010FFFF", "\uD83D",
        "\uDE00", "\u0661", "\uFF11", "é", "ß", "ﬁ", "\uFDFA", "\u1E9E",
    ];

    /// <summary>A broken text.</summary>
    public string Next()
    {
        string text = Any(seeds);
        int edits = 1 + Below(4);
        for (int i = 0; i < edits; i++)
        {
            text = Edit(text);
        }

        return text.Length > 20_000 ? text[..20_000] : text;
    }

    /// <summary>A text with other words in the place of a few, so that most of it stays readable.</summary>
    public string NextOfOtherValues()
    {
        string text = Any(seeds);
        int edits = 1 + Below(3);
        for (int i = 0; i < edits; i++)
        {
            text = Below(4) == 0 ? Swap(text) : Below(8) == 0 ? Lines(text, (lines, at) => lines.RemoveAt(at))
                : Token(text, _ => Any(Values));
        }

        return text;
    }

    private string Edit(string text)
    {
        int at = Below(text.Length + 1);
        int length = Math.Min(Below(12), text.Length - at);
        switch (Below(16))
        {
            case 0:
                return text[..at];
            case 1:
                return text.Remove(at, length);
            case 2:
                return text.Insert(at, text.Substring(at, length));
            case 3:
                return text.Insert(at, Any(Marks));
            case 4:
                return text.Remove(at, length).Insert(at, Any(Marks));
            case 5:
                return text.Insert(at, Any(Hostile));
            case 6 or 7:
                return Token(text, _ => Any(Values));
            case 8:
                return Token(text, static _ => "");
            case 9:
                return Swap(text);
            case 10:
                return Token(text, t => t + Any(Hostile) + t);
            case 11:
                return Lines(text, (lines, i) => lines.RemoveAt(i));
            case 12:
                return Lines(text, (lines, i) => lines.Insert(Below(lines.Count), lines[i]));
            case 13:
                return Lines(text, (lines, i) => lines[i] = Below(2) == 0 ? new string(' ', 1 + Below(4)) + lines[i]
                    : lines[i].Length > 0 ? lines[i][1..] : "\t");
            case 14:
                return Mix(text, Any(seeds));
            default:
                return text.Insert(at, string.Concat(Enumerable.Repeat(Any(Marks), 2 + Below(80))));
        }
    }

    /// <summary>Puts something in the place of a word.</summary>
    private string Token(string text, Func<string, string> change)
    {
        (int start, int end) = Word(text);
        return text[..start] + change(text[start..end]) + text[end..];
    }

    private string Swap(string text)
    {
        (int a, int aEnd) = Word(text);
        (int b, int bEnd) = Word(text);
        if (a > b)
        {
            (a, aEnd, b, bEnd) = (b, bEnd, a, aEnd);
        }

        return aEnd > b ? text : text[..a] + text[b..bEnd] + text[aEnd..b] + text[a..aEnd] + text[bEnd..];
    }

    private (int Start, int End) Word(string text)
    {
        int start = Below(text.Length + 1);
        while (start > 0 && IsOfWord(text[start - 1]))
        {
            start--;
        }

        int end = start;
        while (end < text.Length && IsOfWord(text[end]))
        {
            end++;
        }

        return (start, end);
    }

    private static bool IsOfWord(char c) => char.IsLetterOrDigit(c) || c is '_' or '-' or '.' or '/';

    private static string Lines(string text, Action<List<string>, int> change, int at)
    {
        List<string> lines = [.. text.Split('\n')];
        change(lines, at % lines.Count);
        return string.Join('\n', lines);
    }

    private string Lines(string text, Action<List<string>, int> change) => Lines(text, change, Below(10_000));

    /// <summary>The beginning of one text and the end of another.</summary>
    private string Mix(string first, string second)
    {
        string[] a = first.Split('\n');
        string[] b = second.Split('\n');
        return a.Length > 2 || b.Length > 2
            ? string.Join('\n', a.Take(Below(a.Length + 1)).Concat(b.Skip(Below(b.Length + 1))))
            : first[..Below(first.Length + 1)] + second[Below(second.Length + 1)..];
    }

    private int Below(int bound) => (int)random.NextBelow((uint)bound);

    private string Any(IReadOnlyList<string> of) => of[Below(of.Count)];
}
