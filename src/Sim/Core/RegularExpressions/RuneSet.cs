namespace Sim.Core.RegularExpressions;

/// <summary>A set of characters: ranges of code points, in order, that neither touch nor overlap.</summary>
internal sealed class RuneSet
{
    /// <summary>The last code point.</summary>
    public const int Last = 0x10FFFF;

    private readonly (int Low, int High)[] _ranges;

    private RuneSet((int Low, int High)[] ranges) => _ranges = ranges;

    /// <summary>Every character.</summary>
    public static RuneSet Any { get; } = new([(0, Last)]);

    /// <summary>Every character but the line feed.</summary>
    public static RuneSet NoLineFeed { get; } = Of('\n').Not();

    /// <summary>Ranges, lowest first.</summary>
    public IReadOnlyList<(int Low, int High)> Ranges => _ranges;

    /// <summary>The character of a set of one; -1 when there are more or none.</summary>
    public int Single => _ranges is [var (low, high)] && low == high ? low : -1;

    /// <summary>A set of one character.</summary>
    public static RuneSet Of(int rune) => new([(rune, rune)]);

    /// <summary>The union of ranges in any order.</summary>
    public static RuneSet Of(IEnumerable<(int Low, int High)> ranges)
    {
        var merged = new List<(int Low, int High)>();
        foreach ((int low, int high) in ranges.OrderBy(static r => r.Low))
        {
            if (merged.Count > 0 && low <= merged[^1].High + 1)
            {
                merged[^1] = (merged[^1].Low, Math.Max(high, merged[^1].High));
            }
            else
            {
                merged.Add((low, high));
            }
        }

        return new RuneSet([.. merged]);
    }

    /// <summary>Pairs of characters: <c>"azAZ"</c> holds a to z and A to Z.</summary>
    public static RuneSet Pairs(string pairs) =>
        Of(Enumerable.Range(0, pairs.Length / 2).Select(i => ((int)pairs[2 * i], (int)pairs[(2 * i) + 1])));

    /// <summary>Every character that is not in this set.</summary>
    public RuneSet Not()
    {
        var rest = new List<(int, int)>();
        int next = 0;
        foreach ((int low, int high) in _ranges)
        {
            if (low > next)
            {
                rest.Add((next, low - 1));
            }

            next = high + 1;
        }

        if (next <= Last)
        {
            rest.Add((next, Last));
        }

        return new RuneSet([.. rest]);
    }

    /// <summary>This set with what is equal but for upper and lower case.</summary>
    public RuneSet Folded()
    {
        if (_ranges.Length == 0 || (_ranges[0].Low <= CaseFolding.First && _ranges[0].High >= CaseFolding.Last))
        {
            return this;
        }

        var all = new List<(int, int)>(_ranges);
        IEnumerable<int> candidates = _ranges[^1].High < 0x80
            ? Enumerable.Range(CaseFolding.First, 'z' + 1 - CaseFolding.First) : CaseFolding.Cased;
        foreach (int c in candidates)
        {
            if (Has(c))
            {
                all.AddRange(CaseFolding.Equal(c).Select(static e => (e, e)));
            }
        }

        return all.Count == _ranges.Length ? this : Of(all);
    }

    private bool Has(int rune)
    {
        int low = 0;
        int high = _ranges.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_ranges[middle].High < rune)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low < _ranges.Length && _ranges[low].Low <= rune;
    }
}
