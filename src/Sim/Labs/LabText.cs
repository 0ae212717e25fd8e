namespace Sim.Labs;

/// <summary>One line of the lab.</summary>
/// <param name="Number">Its number in the file, from 1.</param>
/// <param name="Text">Its text, without indentation that the Markdown gives it.</param>
internal readonly record struct LabTextLine(int Number, string Text);

/// <summary>A piece of a section.</summary>
/// <param name="Line">Line it begins at, from 1.</param>
internal abstract record LabPiece(int Line);

/// <summary>A sentence of the prose.</summary>
/// <param name="Line">Line it begins at.</param>
/// <param name="Text">Its text, without markup.</param>
/// <param name="IsStatement">Whether it stands behind a bold word and a colon, or behind <c>Expected:</c>: it claims
/// something whatever its words.</param>
internal sealed record LabSentence(int Line, string Text, bool IsStatement) : LabPiece(Line);

/// <summary>A fenced block.</summary>
/// <param name="Line">Line of its first line of text.</param>
/// <param name="Language">Language in lower case; empty when it states none.</param>
/// <param name="Lines">Its lines.</param>
/// <param name="Kind">What it is taken for.</param>
internal sealed record LabBlock(int Line, string Language, IReadOnlyList<LabTextLine> Lines, LabBlockKind Kind)
    : LabPiece(Line)
{
    /// <summary>Name of the file that the text says it is; empty = none.</summary>
    public string FileName { get; init; } = "";

    /// <summary>Whether it does something when the lab is followed.</summary>
    public bool IsCarriedOut => Kind is LabBlockKind.Shell or LabBlockKind.File;
}

/// <summary>What a fenced block is taken for.</summary>
internal enum LabBlockKind
{
    /// <summary>Commands.</summary>
    Shell,

    /// <summary>What a command is expected to print.</summary>
    Expected,

    /// <summary>A file that the reader is told to write.</summary>
    File,

    /// <summary>Anything else, such as a manifest that is only shown.</summary>
    Other,
}

/// <summary>A heading with commands under it.</summary>
/// <param name="Title">Text of the heading.</param>
/// <param name="Number">Number of the exercise; 0 when the heading states none.</param>
/// <param name="Line">Line of the heading.</param>
/// <param name="Pieces">Sentences and blocks in order.</param>
internal sealed record LabSection(string Title, int Number, int Line, IReadOnlyList<LabPiece> Pieces)
{
    /// <summary>What <c>--exercise</c> calls it: its number, or its title in small letters and hyphens.</summary>
    public string Id { get; init; } = "";
}

/// <summary>A lab as read.</summary>
/// <param name="File">File as the user gave it, with forward slashes.</param>
/// <param name="Sections">Sections with commands, in order.</param>
internal sealed record LabText(string File, IReadOnlyList<LabSection> Sections);
