using System.Text;

namespace Sim.Labs;

/// <summary>What one pass over a statement finds outside of quotes: ends, here-documents, comment.</summary>
internal sealed class ShellScan
{
    private readonly List<Part> _parts = [];
    private readonly List<Mark> _marks = [];
    private readonly StringBuilder _part = new();
    private string _operator = "";
    private int _partMarks;

    private ShellScan()
    {
    }

    /// <summary>A here-document that begins.</summary>
    /// <param name="Word">Word that ends it.</param>
    /// <param name="IsQuoted">Whether the word was quoted.</param>
    /// <param name="IsStripping">Whether leading tabs are taken away (<c>&lt;&lt;-</c>).</param>
    internal readonly record struct Mark(string Word, bool IsQuoted, bool IsStripping);

    /// <summary>A command of the statement.</summary>
    /// <param name="Text">Text.</param>
    /// <param name="Operator">What stood in front.</param>
    /// <param name="Marks">Here-documents that belong to it.</param>
    internal readonly record struct Part(string Text, string Operator, int Marks);

    /// <summary>Commands in order.</summary>
    public IReadOnlyList<Part> Parts => _parts;

    /// <summary>Here-documents in order.</summary>
    public IReadOnlyList<Mark> Marks => _marks;

    /// <summary>Comment at the end; empty = none.</summary>
    public string Comment { get; private set; } = "";

    /// <summary>What is open at the end; empty = nothing.</summary>
    public string Open { get; private set; } = "";

    /// <summary>Whether the text ends in a backslash that continues it.</summary>
    public bool EndsInBackslash { get; private set; }

    /// <summary>Whether nothing is open.</summary>
    public bool IsComplete => Open.Length == 0 && !EndsInBackslash;

    /// <summary>Scans a statement.</summary>
    public static ShellScan Of(string text)
    {
        var scan = new ShellScan();
        scan.Run(text);
        return scan;
    }

    /// <summary>The parts of a command that pipes join.</summary>
    public static IReadOnlyList<string> Stages(string text)
    {
        var stages = new List<string>();
        int start = 0;
        for (int i = 0; i < text.Length; i = Next(text, i, out _))
        {
            if (text[i] == '|')
            {
                stages.Add(text[start..i].Trim());
                start = i + 1;
            }
        }

        stages.Add(text[start..].Trim());
        return stages;
    }

    /// <summary>The index behind the unit at an index: a quoted text, an escaped character, a substitution, or one
    /// character.</summary>
    /// <param name="text">Text.</param>
    /// <param name="at">Index.</param>
    /// <param name="open">What is not closed; empty when the unit is whole.</param>
    public static int Next(string text, int at, out string open)
    {
        open = "";
        char c = text[at];
        switch (c)
        {
            case '\\':
                return Math.Min(text.Length, at + 2);
            case '\'':
                int end = text.IndexOf('\'', at + 1);
                open = end < 0 ? "a single quote" : "";
                return end < 0 ? text.Length : end + 1;
            case '"':
                return Quoted(text, at, out open);
            case '`':
                int tick = text.IndexOf('`', at + 1);
                open = tick < 0 ? "a backquote" : "";
                return tick < 0 ? text.Length : tick + 1;
            case '$' when at + 1 < text.Length && text[at + 1] is '(' or '{':
                return Bracket(text, at + 1, out open);
            default:
                return at + 1;
        }
    }

    private static int Quoted(string text, int at, out string open)
    {
        int i = at + 1;
        open = "";
        while (i < text.Length && text[i] != '"')
        {
            i = text[i] == '\'' ? i + 1 : Next(text, i, out open);
        }

        open = i < text.Length ? "" : open.Length > 0 ? open : "a double quote";
        return Math.Min(text.Length, i + 1);
    }

    private static int Bracket(string text, int at, out string open)
    {
        char close = text[at] == '(' ? ')' : '}';
        int i = at + 1;
        open = "";
        while (i < text.Length && text[i] != close)
        {
            i = text[i] == '(' ? Bracket(text, i, out open) : Next(text, i, out open);
        }

        open = i < text.Length ? "" : open.Length > 0 ? open : "$" + text[at];
        return Math.Min(text.Length, i + 1);
    }

    private void Run(string text)
    {
        int i = 0;
        while (i < text.Length)
        {
            char c = text[i];
            bool isWordStart = i == 0 || char.IsWhiteSpace(text[i - 1]) || text[i - 1] == ';';
            if (c == '\\' && i == text.Length - 1)
            {
                EndsInBackslash = true;
                return;
            }

            if (c == '#' && isWordStart)
            {
                int end = text.IndexOf('\n', i);
                string comment = (end < 0 ? text[i..] : text[i..end]).TrimStart('#').Trim();
                Comment = Comment.Length == 0 ? comment : Comment + " " + comment;
                i = end < 0 ? text.Length : end;
            }
            else if (c == '<' && i + 1 < text.Length && text[i + 1] == '<'
                && !(i + 2 < text.Length && text[i + 2] == '<'))
            {
                i = TakeMark(text, i + 2);
            }
            else if (!TakeOperator(text, ref i))
            {
                int next = Next(text, i, out string open);
                Open = open.Length > 0 ? open : Open;
                _part.Append(text, i, next - i);
                i = next;
            }
        }

        EndPart("");
    }

    private int TakeMark(string text, int i)
    {
        bool isStripping = i < text.Length && text[i] == '-';
        i = isStripping ? i + 1 : i;
        while (i < text.Length && text[i] is ' ' or '\t')
        {
            i++;
        }

        int start = i;
        while (i < text.Length && !char.IsWhiteSpace(text[i])
            && text[i] is not (';' or '|' or '&' or '>' or '<' or ')'))
        {
            i = Next(text, i, out _);
        }

        string word = text[start..i];
        bool isQuoted = word.AsSpan().IndexOfAny('\'', '"', '\\') >= 0;
        _marks.Add(new Mark(word.Replace("'", "", StringComparison.Ordinal)
            .Replace("\"", "", StringComparison.Ordinal).Replace("\\", "", StringComparison.Ordinal),
            isQuoted, isStripping));
        _partMarks++;
        return i;
    }

    private bool TakeOperator(string text, ref int i)
    {
        char c = text[i];
        bool isTwice = i + 1 < text.Length && text[i + 1] == c;
        switch (c)
        {
            case '&' when isTwice:
            case '|' when isTwice:
                EndPart(new string(c, 2));
                i += 2;
                return true;
            case '&' when i > 0 && text[i - 1] is '>' or '<':
            case '&' when i + 1 < text.Length && text[i + 1] == '>':
                return false;
            case '&':
            case ';':
            case '\n':
                EndPart("");
                i++;
                return true;
            default:
                return false;
        }
    }

    private void EndPart(string nextOperator)
    {
        string text = _part.ToString().Trim();
        if (text.Length > 0 || _partMarks > 0)
        {
            _parts.Add(new Part(text, _operator, _partMarks));
        }

        _part.Clear();
        _partMarks = 0;
        _operator = nextOperator;
    }
}
