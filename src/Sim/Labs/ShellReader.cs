using System.Text.RegularExpressions;
using Sim.Core;

namespace Sim.Labs;

/// <summary>Reads a shell block: statements, comments, loops over words.</summary>
/// <remarks>Other compound commands (<c>while</c>, <c>until</c>, <c>if</c>, <c>case</c>, functions, groups) are passed
/// over as one node that names them.</remarks>
internal sealed partial class ShellReader(string file, DiagnosticBag diagnostics)
{
    private static readonly (string Begin, string End)[] Compounds =
        [("while", "done"), ("until", "done"), ("select", "done"), ("if", "fi"), ("case", "esac"), ("{", "}")];

    private IReadOnlyList<ShellNode> _nodes = [];
    private int _at;

    /// <summary>Reads a block.</summary>
    public IReadOnlyList<ShellNode> Read(LabBlock block)
    {
        if (block.Kind == LabBlockKind.File)
        {
            // What the reader of the lab would do with an editor.
            var document = new HereDocument("EOF", true, block.Lines);
            int end = block.Line + block.Lines.Count;
            return [new ShellCommand(block.Line, end, "cat > " + block.FileName, "", document)];
        }

        _nodes = new ShellLines(file, diagnostics).Read(block.Lines);
        _at = 0;
        var list = new List<ShellNode>();
        while (_at < _nodes.Count)
        {
            list.Add(ReadNode());
        }

        return list;
    }

    private static string FirstWord(string text) => text.Split([' ', '\t', '\n'], 2)[0];

    private ShellNode ReadNode()
    {
        ShellNode node = _nodes[_at++];
        if (node is not ShellCommand command)
        {
            return node;
        }

        string word = FirstWord(command.Text);
        if (word == "for")
        {
            return ReadLoop(command);
        }

        if (FunctionHead().IsMatch(command.Text) || word == "function")
        {
            if (!command.Text.Contains('}', StringComparison.Ordinal))
            {
                SkipTo("}");
            }

            return new ShellUnsupported(command.Line, "function", command.Text);
        }

        foreach ((string begin, string end) in Compounds)
        {
            if (word == begin)
            {
                SkipTo(end);
                return new ShellUnsupported(command.Line, begin, command.Text);
            }
        }

        return command;
    }

    private ShellNode ReadLoop(ShellCommand head)
    {
        Match match = LoopHead().Match(head.Text);
        ShellCommand? first = _at < _nodes.Count ? _nodes[_at] as ShellCommand : null;
        if (!match.Success || first is null || FirstWord(first.Text) != "do")
        {
            SkipTo("done");
            return new ShellUnsupported(head.Line, "for", head.Text);
        }

        var body = new List<ShellNode>();
        string rest = first.Text[2..].Trim();
        _nodes = [.. _nodes.Take(_at), .. rest.Length > 0 ? [first with { Text = rest }] : (ShellNode[])[],
            .. _nodes.Skip(_at + 1)];
        while (_at < _nodes.Count)
        {
            if (_nodes[_at] is ShellCommand { Text: "done" })
            {
                _at++;
                return new ShellLoop(head.Line, match.Groups[1].Value, match.Groups[2].Value, body);
            }

            body.Add(ReadNode());
        }

        diagnostics.Error(LabCodes.Shell, "the loop does not end in done before its block ends",
            new SourceSpan(file, head.Line, 1), "add done");
        return new ShellUnsupported(head.Line, "for", head.Text);
    }

    private void SkipTo(string end)
    {
        int depth = 1;
        string begin = end switch { "fi" => "if", "esac" => "case", "}" => "{", _ => "" };
        int line = _nodes[_at - 1].Line;
        while (_at < _nodes.Count && depth > 0)
        {
            if (_nodes[_at++] is ShellCommand command)
            {
                string word = FirstWord(command.Text);
                bool isBegin = begin.Length > 0 ? word == begin : word is "while" or "until" or "select" or "for";
                depth += isBegin ? 1 : word == end ? -1 : 0;
            }
        }

        if (depth > 0)
        {
            diagnostics.Error(LabCodes.Shell, $"there is no {end} before the block ends",
                new SourceSpan(file, line, 1), $"add {end}");
        }
    }

    [GeneratedRegex(@"^for\s+([A-Za-z_]\w*)\s+in\s+(.*)$", RegexOptions.Singleline)]
    private static partial Regex LoopHead();

    [GeneratedRegex(@"^[A-Za-z_]\w*\s*\(\s*\)")]
    private static partial Regex FunctionHead();
}
