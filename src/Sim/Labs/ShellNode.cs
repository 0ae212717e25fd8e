namespace Sim.Labs;

/// <summary>A here-document.</summary>
/// <param name="Mark">Word that ends it.</param>
/// <param name="IsQuoted">Whether the word was quoted: nothing in the text is expanded.</param>
/// <param name="Lines">Its lines.</param>
internal sealed record HereDocument(string Mark, bool IsQuoted, IReadOnlyList<LabTextLine> Lines)
{
    /// <summary>Line of its first line; 0 when it is empty.</summary>
    public int Line => Lines.Count > 0 ? Lines[0].Number : 0;
}

/// <summary>Something in a shell block.</summary>
/// <param name="Line">Line it begins at.</param>
internal abstract record ShellNode(int Line);

/// <summary>A comment.</summary>
/// <param name="Line">Its line.</param>
/// <param name="Text">Its text without the sign.</param>
internal sealed record ShellComment(int Line, string Text) : ShellNode(Line);

/// <summary>A command, or several joined by pipes; nothing is expanded yet.</summary>
/// <param name="Line">Line it begins at.</param>
/// <param name="EndLine">Last line, here-document included.</param>
/// <param name="Text">Its text in one line, without here-document, redirection of it, and background sign.</param>
/// <param name="Operator">What stood in front: <c>&amp;&amp;</c>, <c>||</c>, or empty.</param>
/// <param name="Document">Here-document, or null.</param>
internal sealed record ShellCommand(int Line, int EndLine, string Text, string Operator, HereDocument? Document)
    : ShellNode(Line);

/// <summary>A loop over words.</summary>
/// <param name="Line">Its line.</param>
/// <param name="Variable">Variable.</param>
/// <param name="Words">Words, not expanded.</param>
/// <param name="Body">What is repeated.</param>
internal sealed record ShellLoop(int Line, string Variable, string Words, IReadOnlyList<ShellNode> Body)
    : ShellNode(Line);

/// <summary>A construct of the shell that is not carried out.</summary>
/// <param name="Line">Its line.</param>
/// <param name="Name">Its keyword, such as <c>while</c>.</param>
/// <param name="Text">Its first line.</param>
internal sealed record ShellUnsupported(int Line, string Name, string Text) : ShellNode(Line);
