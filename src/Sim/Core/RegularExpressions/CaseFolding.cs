using System.Text;

namespace Sim.Core.RegularExpressions;

/// <summary>Which characters are equal but for upper and lower case.</summary>
/// <remarks>Go: unicode.SimpleFold. Simplified: from the case mappings of this platform's Unicode version.</remarks>
internal static class CaseFolding
{
    /// <summary>First character with a fellow.</summary>
    public const int First = 'A';

    /// <summary>Last character with a fellow.</summary>
    public const int Last = 0x1E943;

    private const int LongS = 0x17F;
    private const int Kelvin = 0x212A;

    private static readonly Lazy<int[]> AllCased = new(static () => [.. Enumerable.Range(First, Last + 1 - First)
        .Where(static c => Rune.IsValid(c) && (Key(c) != c || Rune.ToUpperInvariant(new Rune(c)).Value != c))]);

    private static readonly Lazy<ILookup<int, int>> Fellows = new(static () => Cased.ToLookup(static c => Key(c)));

    /// <summary>Every character that has an upper or a lower case.</summary>
    public static IReadOnlyList<int> Cased => AllCased.Value;

    /// <summary>Characters equal to one, itself perhaps among them.</summary>
    public static IEnumerable<int> Equal(int rune)
    {
        if (rune < 0x80)
        {
            if (!char.IsAsciiLetter((char)rune))
            {
                return [];
            }

            int other = rune ^ 0x20;
            return (rune | 0x20) switch
            {
                's' => [other, LongS],
                'k' => [other, Kelvin],
                _ => [other],
            };
        }

        return Rune.IsValid(rune) ? Fellows.Value[Key(rune)] : [];
    }

    // The two Turkish letters fold to themselves only.
    private static int Key(int rune) => rune is 0x130 or 0x131 ? rune
        : Rune.ToLowerInvariant(Rune.ToUpperInvariant(new Rune(rune))).Value;
}
