using System.Text.RegularExpressions;

namespace Sim.Labs;

/// <summary>Finds the sentences of an exercise that claim something, and what each of them is about.</summary>
/// <remarks>
/// A comment that begins with an order (<c># Deploy ...</c>, <c># 3. Show ...</c>) names what follows and claims
/// nothing, unless it says <c>should</c> or <c>expected</c>. A quoted comment, a sentence behind a bold word and a
/// colon, and one behind <c>Expected</c> claim always; other sentences when they have a word of expectation. A
/// comment right below commands is about these when it is quoted or says should, must, will or expected; else it is
/// about the commands right below it.
/// </remarks>
internal static partial class ClaimFinder
{
    /// <summary>The claims of a section in order of their places.</summary>
    /// <param name="section">The section.</param>
    /// <param name="blocks">Nodes of its shell blocks.</param>
    public static IEnumerable<ClaimText> Find(LabSection section, IReadOnlyList<IReadOnlyList<ShellNode>> blocks)
    {
        int shell = 0;
        int lastCommand = 0;
        foreach (LabPiece piece in section.Pieces)
        {
            switch (piece)
            {
                case LabSentence sentence when IsClaim(sentence.Text, sentence.IsStatement):
                    yield return new ClaimText(sentence.Line, sentence.Text, 0, 0, ClaimPlace.Prose);
                    break;
                case LabBlock { IsCarriedOut: true } block:
                    List<ShellNode> nodes = [.. Flat(blocks[shell++])];
                    lastCommand = block.Kind == LabBlockKind.Shell
                        ? nodes.OfType<ShellCommand>().LastOrDefault()?.Line ?? lastCommand : lastCommand;
                    foreach (ClaimText claim in InBlock(block, nodes))
                    {
                        yield return claim;
                    }

                    break;
                case LabBlock { Kind: LabBlockKind.Expected } block:
                    foreach (ClaimText claim in InOutput(block.Lines, lastCommand))
                    {
                        yield return claim;
                    }

                    break;
                default:
                    break;
            }
        }
    }

    private static IEnumerable<ShellNode> Flat(IEnumerable<ShellNode> nodes) =>
        nodes.SelectMany(static n => n is ShellLoop loop ? Flat(loop.Body) : [n]);

    private static bool IsClaim(string text, bool isStatement) =>
        !text.EndsWith(':')
            && (isStatement || (Expectation().IsMatch(text) && (Modal().IsMatch(text) || !Order().IsMatch(text))));

    private static IEnumerable<ClaimText> InBlock(LabBlock block, List<ShellNode> nodes)
    {
        for (int i = 0; i < nodes.Count; i++)
        {
            if (nodes[i] is ShellComment comment)
            {
                bool isQuoted = comment.Text.Length > 2 && comment.Text[0] is '"' or '“';
                if (IsClaim(comment.Text, isQuoted))
                {
                    (int from, int to) = About(nodes, i, isQuoted || Modal().IsMatch(comment.Text));
                    yield return new ClaimText(comment.Line, comment.Text.Trim('"', '“', '”'), from, to,
                        ClaimPlace.Comment);
                }
            }
            else if (nodes[i] is ShellCommand { Document: { } document } command
                && document.Lines.Any(static l => l.Text.StartsWith("apiVersion:", StringComparison.Ordinal)))
            {
                foreach (LabTextLine line in document.Lines)
                {
                    Match match = YamlComment().Match(line.Text);
                    if (match.Success && IsClaim(match.Groups[1].Value.Trim(), false))
                    {
                        yield return new ClaimText(line.Number, match.Groups[1].Value.Trim(), command.Line,
                            command.EndLine, ClaimPlace.Manifest);
                    }
                }
            }
        }

        foreach (LabTextLine line in ShellLines.OutputOf(block.Lines))
        {
            ShellNode? asked = nodes.OfType<ShellCommand>().LastOrDefault(n => n.EndLine < line.Number);
            if (asked is not null && ClaimForms.IsOutput(line.Text))
            {
                yield return new ClaimText(line.Number, line.Text.Trim(), asked.Line, asked.Line, ClaimPlace.Output);
            }
        }
    }

    private static IEnumerable<ClaimText> InOutput(IReadOnlyList<LabTextLine> lines, int command)
    {
        List<LabTextLine> known = [.. lines.Where(static l => ClaimForms.IsOutput(l.Text))];
        if (known.Count == 0)
        {
            known = [.. lines.Where(static l => l.Text.Trim().Length > 0).Take(1)];
        }

        int answers = known.Count(static l => ClaimForms.OutputOf(l.Text.Trim()).Kind == "status");
        int index = -1;
        foreach (LabTextLine l in known)
        {
            // An exit code stands behind the answer it belongs to.
            index += ClaimForms.OutputOf(l.Text.Trim()).Kind == "status" ? 1 : 0;
            yield return new ClaimText(l.Number, l.Text.Trim(), command, command, ClaimPlace.Output)
            {
                Index = index,
                Answers = answers,
            };
        }
    }

    /// <summary>The commands beside a comment: those above it up to an empty line or another comment, or those
    /// below.</summary>
    private static (int From, int To) About(List<ShellNode> nodes, int at, bool isAbove)
    {
        int first = at;
        while (first > 0 && nodes[first - 1] is ShellComment c && c.Line == nodes[first].Line - 1)
        {
            first--;
        }

        (int From, int To) above = (0, 0);
        int next = nodes[first].Line;
        for (int i = first - 1; i >= 0 && nodes[i] is ShellCommand command && command.EndLine >= next - 1; i--)
        {
            above = (command.Line, Math.Max(above.To, command.EndLine));
            next = command.Line;
        }

        int last = at;
        while (last + 1 < nodes.Count && nodes[last + 1] is ShellComment c && c.Line == nodes[last].Line + 1)
        {
            last++;
        }

        (int From, int To) below = (0, 0);
        next = nodes[last].Line;
        for (int i = last + 1; i < nodes.Count && nodes[i] is ShellCommand command && command.Line <= next + 1; i++)
        {
            below = (below.From == 0 ? command.Line : below.From, command.EndLine);
            next = command.EndLine;
        }

        bool isTrailing = above.To >= nodes[at].Line;
        return (isAbove || isTrailing || below.From == 0) && above.From > 0 ? above : below;
    }

    [GeneratedRegex(@"\b(?:should|must|will|won't|expect(?:ed)?|returns?|gets?|responds?|answers?|fails? over|"
        + @"fail-?over|"
        + @"denied|blocked|rejected|refused|forbidden|allowed|succeeds?|works?|automatic(?:ally)?|enforced|"
        + @"cannot|can't|can|never|always|only|goes|routed?|reject(?:s|ed)|[1-5]\d\d|identical|"
        + @"(?:not|be) (?:created|applied|stored))\b|\d ?%|→|->|=>", RegexOptions.IgnoreCase)]
    private static partial Regex Expectation();

    [GeneratedRegex(@"\b(?:should|must|will|won't|expect(?:ed)?)\b|→|=>", RegexOptions.IgnoreCase)]
    private static partial Regex Modal();

    [GeneratedRegex(@"^(?:\d+[.)]\s*)?(?:step \d+:?\s*)?(?:test|simulate|configure|show|demonstrate|verify|"
        + @"check|create|"
        + @"deploy|install|enable|disable|apply|set|label|switch|start|stop|send|call|make|run|use|wait|try|add|remove|"
        + @"delete|clean|see|open|note|for|first|now|then|next|let|define|implement|get|watch|confirm|ensure|restore|"
        + @"scale|this|you|in this|we|the following|default routing)\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex Order();

    [GeneratedRegex(@"(?:^|\s)#+\s*([^'""#]*)$")]
    private static partial Regex YamlComment();
}
