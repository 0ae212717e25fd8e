using System.Text;
using System.Text.RegularExpressions;
using Sim.Core;

namespace Sim.Labs;

/// <summary>Joins the lines of a shell block to statements: continuation lines, open quotes, here-documents.</summary>
/// <remarks>POSIX shell grammar, 2.3 (token recognition) and 2.7.4 (here-document). Nothing is expanded.</remarks>
internal sealed partial class ShellLines(string file, DiagnosticBag diagnostics)
{
    private readonly List<ShellNode> _statements = [];

    /// <summary>Comments and statements of a block in order; loops are still single statements.</summary>
    public IReadOnlyList<ShellNode> Read(IReadOnlyList<LabTextLine> lines)
    {
        _statements.Clear();
        bool hasPrompts = lines.Any(static l => l.Text.StartsWith("$ ", StringComparison.Ordinal));
        for (int i = 0; i < lines.Count; i++)
        {
            string text = lines[i].Text;
            if (hasPrompts)
            {
                bool isInput = text.StartsWith("$ ", StringComparison.Ordinal)
                    || text.StartsWith("> ", StringComparison.Ordinal);
                text = isInput ? text[2..] : text.StartsWith('#') ? text : "";
            }

            string trimmed = text.Trim();
            if (trimmed.StartsWith('#'))
            {
                _statements.Add(new ShellComment(lines[i].Number, trimmed.TrimStart('#').Trim()));
            }
            else if (trimmed.Length > 0)
            {
                ReadStatement(lines, ref i, text);
            }
        }

        return [.. _statements];
    }

    /// <summary>What a block of prompts shows as output, line by line.</summary>
    public static IEnumerable<LabTextLine> OutputOf(IReadOnlyList<LabTextLine> lines) =>
        lines.Any(static l => l.Text.StartsWith("$ ", StringComparison.Ordinal))
            ? lines.Where(static l => l.Text.Length > 0 && !l.Text.StartsWith("$ ", StringComparison.Ordinal)
                && !l.Text.StartsWith("> ", StringComparison.Ordinal) && !l.Text.StartsWith('#'))
            : [];

    private void ReadStatement(IReadOnlyList<LabTextLine> lines, ref int i, string firstText)
    {
        int line = lines[i].Number;
        var text = new StringBuilder(firstText);
        ShellScan scan = ShellScan.Of(text.ToString());
        while (!scan.IsComplete && i + 1 < lines.Count)
        {
            i++;
            if (scan.EndsInBackslash)
            {
                text.Length--;
                text.Append(lines[i].Text.TrimStart());
            }
            else
            {
                text.Append('\n').Append(lines[i].Text);
            }

            scan = ShellScan.Of(text.ToString());
        }

        if (!scan.IsComplete)
        {
            diagnostics.Error(LabCodes.Shell, scan.EndsInBackslash ? "the block ends in a continued line"
                : $"{scan.Open} is not closed before the block ends", new SourceSpan(file, line, 1),
                "close it, or end the line without a backslash");
            return;
        }

        var documents = new Queue<HereDocument>();
        foreach (ShellScan.Mark mark in scan.Marks)
        {
            if (ReadDocument(lines, ref i, line, mark) is not { } document)
            {
                return;
            }

            documents.Enqueue(document);
        }

        foreach (ShellScan.Part part in scan.Parts)
        {
            HereDocument? document = part.Marks > 0 && documents.Count > 0 ? documents.Dequeue() : null;
            if (part.Text.Length > 0)
            {
                _statements.Add(new ShellCommand(line, lines[i].Number, part.Text, part.Operator, document));
            }
        }

        if (scan.Comment.Length > 0)
        {
            _statements.Add(new ShellComment(lines[i].Number, scan.Comment));
        }
    }

    private HereDocument? ReadDocument(
        IReadOnlyList<LabTextLine> lines, ref int i, int line, ShellScan.Mark mark)
    {
        var body = new List<LabTextLine>();
        for (int at = i + 1; at < lines.Count; at++)
        {
            string row = mark.IsStripping ? lines[at].Text.TrimStart('\t') : lines[at].Text;
            if (row == mark.Word)
            {
                i = at;
                return new HereDocument(mark.Word, mark.IsQuoted, body);
            }

            if (row.Trim() == mark.Word && !lines.Skip(at + 1).Any(l => l.Text == mark.Word))
            {
                diagnostics.Error(LabCodes.Shell,
                    $"the here-document of this block does not end: \"{row}\" has blanks around {mark.Word}",
                    new SourceSpan(file, lines[at].Number, 1), $"write {mark.Word} at the start of the line, alone");
                i = lines.Count - 1;
                return null;
            }

            body.Add(new LabTextLine(lines[at].Number, row));
        }

        i = lines.Count - 1;
        diagnostics.Error(LabCodes.Shell, $"the here-document does not end in {mark.Word} before its block ends",
            new SourceSpan(file, line, 1), $"add a line with {mark.Word} alone");
        return null;
    }
}
