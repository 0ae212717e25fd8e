namespace Sim.Core.RegularExpressions;

/// <summary>A part of an expression.</summary>
/// <param name="Height">Parts that stand in each other, this one counted.</param>
internal abstract record Re2Node(int Height)
{
    /// <summary>Height of what stands around parts.</summary>
    protected static int Above(IReadOnlyList<Re2Node> parts)
    {
        int most = 0;
        foreach (Re2Node part in parts)
        {
            most = Math.Max(most, part.Height);
        }

        return most + 1;
    }
}

/// <summary>One character of a set.</summary>
internal sealed record Re2Characters(RuneSet Set) : Re2Node(1);

/// <summary>A place between two characters.</summary>
internal sealed record Re2Place(Re2PlaceKind Kind) : Re2Node(1);

/// <summary>Parts one after the other; none = the empty text.</summary>
internal sealed record Re2Sequence(IReadOnlyList<Re2Node> Parts) : Re2Node(Above(Parts));

/// <summary>The first part that fits.</summary>
internal sealed record Re2Choice(IReadOnlyList<Re2Node> Parts) : Re2Node(Above(Parts));

/// <summary>A part that is remembered under a number from 1.</summary>
internal sealed record Re2Capture(Re2Node Part, int Number) : Re2Node(Part.Height + 1);

/// <summary>A part several times; <paramref name="Most"/> -1 = without end.</summary>
internal sealed record Re2Repeat(Re2Node Part, int Least, int Most, bool IsLazy, bool IsCounted)
    : Re2Node(Part.Height + 1);

/// <summary>Kinds of place.</summary>
internal enum Re2PlaceKind
{
    BeginText,
    EndText,
    BeginLine,
    EndLine,
    WordBoundary,
    NoWordBoundary,
}
