using System.Globalization;
using System.Text;

namespace Sim.Core.RegularExpressions;

/// <summary>Writes an expression for .NET.</summary>
/// <remarks>
/// Groups are numbered, so that a named one keeps its place; case is folded into the sets; a character beyond U+FFFF is
/// two of .NET's, so a set that holds such characters is a choice of one or two.
/// </remarks>
internal sealed class NetPattern
{
    private const int LastOfOne = 0xFFFF;
    private const int Supplement = 0x10000;
    private const string WordSet = "[0-9A-Za-z_]";

    private readonly StringBuilder _net = new();
    private readonly bool _asciiBoundary;

    private NetPattern(bool asciiBoundary) => _asciiBoundary = asciiBoundary;

    /// <summary>Writes an expression.</summary>
    /// <param name="node">The expression.</param>
    /// <param name="isWhole">It must match the whole text.</param>
    /// <param name="asciiBoundary">
    /// Word boundaries look at ASCII words in any text. .NET's own boundary, which runs without backtracking, does so
    /// in texts of ASCII only.
    /// </param>
    public static string Of(Re2Node node, bool isWhole, bool asciiBoundary)
    {
        var pattern = new NetPattern(asciiBoundary);
        pattern._net.Append(isWhole ? "\\A(?:" : "");
        pattern.Add(node);
        return pattern._net.Append(isWhole ? ")\\z" : "").ToString();
    }

    private void Add(Re2Node node)
    {
        switch (node)
        {
            case Re2Characters characters:
                AddSet(characters.Set, isRepeated: false);
                break;
            case Re2Place place:
                _net.Append(Place(place.Kind));
                break;
            case Re2Sequence sequence:
                AddGroup("(?:", sequence.Parts, "");
                break;
            case Re2Choice choice:
                AddGroup("(?:", choice.Parts, "|");
                break;
            case Re2Capture capture:
                AddGroup(string.Create(CultureInfo.InvariantCulture, $"(?<{capture.Number}>"), [capture.Part], "");
                break;
            case Re2Repeat repeat:
                AddRepeat(repeat);
                break;
            default:
                throw new InvalidOperationException("unknown part of an expression");
        }
    }

    private void AddGroup(string open, IReadOnlyList<Re2Node> parts, string between)
    {
        _net.Append(open);
        for (int i = 0; i < parts.Count; i++)
        {
            _net.Append(i > 0 ? between : "");
            Add(parts[i]);
        }

        _net.Append(')');
    }

    private void AddRepeat(Re2Repeat repeat)
    {
        // A greedy run without end over whole characters never stops between the halves of one.
        if (repeat is { Part: Re2Characters { Set: var set }, Most: -1, IsLazy: false, Least: <= 1 })
        {
            AddSet(set, isRepeated: true);
        }
        else
        {
            AddGroup("(?:", [repeat.Part], "");
        }

        _net.Append((repeat.Least, repeat.Most) switch
        {
            (0, -1) => "*",
            (1, -1) => "+",
            (0, 1) => "?",
            (var least, -1) => string.Create(CultureInfo.InvariantCulture, $"{{{least},}}"),
            (var least, var most) => string.Create(CultureInfo.InvariantCulture, $"{{{least},{most}}}"),
        });
        _net.Append(repeat.IsLazy ? "?" : "");
    }

    private string Place(Re2PlaceKind kind) => kind switch
    {
        Re2PlaceKind.BeginText => "\\A",
        Re2PlaceKind.EndText => "\\z",
        Re2PlaceKind.BeginLine => "(?m:^)",
        Re2PlaceKind.EndLine => "(?m:$)",
        Re2PlaceKind.WordBoundary => !_asciiBoundary ? "\\b"
            : $"(?:(?<={WordSet})(?!{WordSet})|(?<!{WordSet})(?={WordSet}))",
        _ => !_asciiBoundary ? "\\B" : $"(?:(?<={WordSet})(?={WordSet})|(?<!{WordSet})(?!{WordSet}))",
    };

    private void AddSet(RuneSet set, bool isRepeated)
    {
        if (set.Single is >= 0 and <= LastOfOne)
        {
            Add((char)set.Single);
            return;
        }

        bool hasAll = set.Ranges.Count > 0 && set.Ranges[^1].Low <= Supplement && set.Ranges[^1].High == RuneSet.Last;
        if (hasAll && isRepeated)
        {
            AddShort(set.Ranges.Append((0xD800, 0xDFFF)));
            return;
        }

        List<(int Low, int High)> beyond = [.. set.Ranges.Where(static r => r.High > LastOfOne)];
        if (beyond.Count == 0)
        {
            AddShort(WithoutHalves(set.Ranges));
            return;
        }

        _net.Append("(?:");
        AddShort(WithoutHalves(set.Ranges));
        foreach ((int low, int high) in beyond)
        {
            AddPairs(Math.Max(low, Supplement), high);
        }

        _net.Append(')');
    }

    private static IEnumerable<(int Low, int High)> WithoutHalves(IReadOnlyList<(int Low, int High)> ranges)
    {
        foreach ((int low, int high) in ranges)
        {
            if (low < 0xD800)
            {
                yield return (low, Math.Min(high, 0xD7FF));
            }

            if (high > 0xDFFF && low <= LastOfOne)
            {
                yield return (Math.Max(low, 0xE000), high);
            }
        }
    }

    private void AddShort(IEnumerable<(int Low, int High)> ranges)
    {
        RuneSet set = RuneSet.Of(ranges.Where(static r => r.Low <= LastOfOne)
            .Select(static r => (r.Low, Math.Min(r.High, LastOfOne))));
        if (set.Ranges.Count == 0)
        {
            _net.Append("[^\\u0000-\\uFFFF]");
            return;
        }

        _net.Append('[');
        foreach ((int low, int high) in set.Ranges)
        {
            Add((char)low);
            if (high > low)
            {
                _net.Append('-');
                Add((char)high);
            }
        }

        _net.Append(']');
    }

    /// <summary>Alternatives for a range beyond U+FFFF: whole blocks of first halves, and the ends.</summary>
    private void AddPairs(int low, int high)
    {
        while (low <= high)
        {
            int block = low & ~0x3FF;
            bool isWhole = low == block && high >= block + 0x3FF;
            int end = isWhole ? ((high + 1) & ~0x3FF) - 1 : Math.Min(high, block + 0x3FF);
            string first = char.ConvertFromUtf32(low);
            string last = char.ConvertFromUtf32(end);
            _net.Append("|[");
            Add(first[0]);
            _net.Append('-');
            Add(last[0]);
            _net.Append("][");
            Add(first[1]);
            _net.Append('-');
            Add(last[1]);
            _net.Append(']');
            low = end + 1;
        }
    }

    private void Add(char c)
    {
        if (char.IsAsciiLetterOrDigit(c))
        {
            _net.Append(c);
        }
        else
        {
            _net.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");
        }
    }
}
