namespace Sim.Labs;

/// <summary>A sentence that claims something.</summary>
/// <param name="Line">Its line.</param>
/// <param name="Text">The sentence.</param>
/// <param name="From">First line of what it is about; 0 = the exercise.</param>
/// <param name="To">Last line of what it is about.</param>
/// <param name="Place">Where it stands.</param>
internal sealed record ClaimText(int Line, string Text, int From, int To, ClaimPlace Place)
{
    /// <summary>Which of the answers that a block of output shows, from 0; -1 = all.</summary>
    public int Index { get; init; } = -1;

    /// <summary>How many answers the block shows.</summary>
    public int Answers { get; init; }
}

/// <summary>Where a claim stands.</summary>
internal enum ClaimPlace
{
    /// <summary>In the prose of the exercise.</summary>
    Prose,

    /// <summary>In a comment beside commands.</summary>
    Comment,

    /// <summary>In a comment of a manifest.</summary>
    Manifest,

    /// <summary>In what a command is said to print.</summary>
    Output,
}
