using Sim.Core.RegularExpressions;

namespace Sim.Tests.Core;

/// <summary>Where a match that begins at a place may end, by trying everything.</summary>
internal static class NaiveRe2
{
    public static HashSet<int> Ends(Re2Node node, string text, int at)
    {
        switch (node)
        {
            case Re2Characters characters:
                if (at == text.Length)
                {
                    return [];
                }

                int rune = char.ConvertToUtf32(text, at);
                bool isIn = characters.Set.Ranges.Any(r => r.Low <= rune && rune <= r.High);
                return isIn ? [at + (rune > 0xFFFF ? 2 : 1)] : [];
            case Re2Place place:
                return Holds(place.Kind, text, at) ? [at] : [];
            case Re2Sequence sequence:
                return sequence.Parts.Aggregate(
                    new HashSet<int> { at }, (ends, part) => [.. ends.SelectMany(e => Ends(part, text, e))]);
            case Re2Choice choice:
                return [.. choice.Parts.SelectMany(p => Ends(p, text, at))];
            case Re2Capture capture:
                return Ends(capture.Part, text, at);
            case Re2Repeat repeat:
                return Repeated(repeat, text, at);
            default:
                throw new ArgumentException("unknown part");
        }
    }

    private static HashSet<int> Repeated(Re2Repeat repeat, string text, int at)
    {
        HashSet<int> all = repeat.Least == 0 ? [at] : [];
        HashSet<int> ends = [at];
        for (int i = 1; i <= (repeat.Most < 0 ? repeat.Least + text.Length : repeat.Most); i++)
        {
            ends = [.. ends.SelectMany(e => Ends(repeat.Part, text, e))];
            all = i >= repeat.Least ? [.. all, .. ends] : all;
        }

        return all;
    }

    private static bool Holds(Re2PlaceKind kind, string text, int at)
    {
        bool isBoundary = IsWord(text, at - 1) != IsWord(text, at);
        return kind switch
        {
            Re2PlaceKind.BeginText => at == 0,
            Re2PlaceKind.EndText => at == text.Length,
            Re2PlaceKind.BeginLine => at == 0 || text[at - 1] == '\n',
            Re2PlaceKind.EndLine => at == text.Length || text[at] == '\n',
            Re2PlaceKind.WordBoundary => isBoundary,
            _ => !isBoundary,
        };
    }

    private static bool IsWord(string text, int at) =>
        at >= 0 && at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_');
}
