using System.Collections.Concurrent;
using System.Text;

namespace Sim.Runs.Scenario;

/// <summary>Names of enumeration members as files write them, and guesses at mistyped names.</summary>
internal static class Names
{
    private static readonly ConcurrentDictionary<Type, string[]> Known = new();

    /// <summary><c>PodKill</c> -> <c>pod-kill</c>.</summary>
    public static string Kebab(string member)
    {
        var text = new StringBuilder(member.Length + 4);
        foreach (char c in member)
        {
            if (char.IsAsciiLetterUpper(c) && text.Length > 0)
            {
                text.Append('-');
            }

            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }

    /// <summary>All members of an enumeration as files write them, in the order of their values.</summary>
    public static IReadOnlyList<string> Of<T>()
        where T : struct, Enum => Of(typeof(T));

    /// <summary>Reads a member.</summary>
    public static bool TryParse<T>(string text, out T value)
        where T : struct, Enum
    {
        int index = Array.IndexOf(Of(typeof(T)), text);
        value = index < 0 ? default : (T)ValuesOf(typeof(T)).GetValue(index)!;
        return index >= 0;
    }

    // By type: the generic forms would be compiled anew for every enumeration when the program starts.
    private static string[] Of(Type type) =>
        Known.GetOrAdd(type, static t => [.. Enum.GetNames(t).Select(Kebab)]);

    private static Array ValuesOf(Type type) => Enum.GetValues(type);

    /// <summary><c>did you mean "x"?</c> when one of the names is near, else the whole list.</summary>
    public static string Hint(string wrong, IReadOnlyCollection<string> known)
    {
        string best = "";
        int bestDistance = int.MaxValue;
        foreach (string name in known)
        {
            int d = Distance(wrong.ToLowerInvariant(), name.ToLowerInvariant());
            if (d < bestDistance)
            {
                (best, bestDistance) = (name, d);
            }
        }

        return best.Length > 0 && bestDistance <= Math.Max(1, Math.Min(wrong.Length, best.Length) / 3)
            ? $"did you mean \"{best}\"?"
            : known.Count == 0 ? "" : "one of: " + string.Join(", ", known);
    }

    /// <summary>Edits between two texts; a swap of neighbours is one.</summary>
    /// <remarks>Damerau, "A technique for computer detection and correction of spelling errors", CACM 7(3), 1964;
    /// the restricted form, O(n*m).</remarks>
    public static int Distance(string a, string b)
    {
        if (Math.Max(a.Length, b.Length) > 80)
        {
            return int.MaxValue;
        }

        int[,] d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    d[i, j] = i + j;
                    continue;
                }

                int cost = a[i - 1] == b[j - 1] ? 0 : 1;
                d[i, j] = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }

        return d[a.Length, b.Length];
    }
}
