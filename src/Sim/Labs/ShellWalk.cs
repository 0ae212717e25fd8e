using System.Globalization;
using System.Text.RegularExpressions;
using Sim.Core;
using Sim.Runs.Scenario;

namespace Sim.Labs;

/// <summary>A command that is about to be carried out: expanded.</summary>
/// <param name="Line">Its line.</param>
/// <param name="EndLine">Its last line.</param>
/// <param name="Text">As written, in one line.</param>
/// <param name="Stages">Its parts between pipes, expanded, quotes as they stand; files it writes to cut off.</param>
/// <param name="Stdin">Its here-document, expanded; empty when it has none.</param>
/// <param name="StdinLine">Line of the first line of it; 0 = none.</param>
/// <param name="Target">File that the last part writes to; empty = none.</param>
internal sealed record LabCommand(
    int Line, int EndLine, string Text, IReadOnlyList<string> Stages, string Stdin, int StdinLine, string Target);

/// <summary>Hears of the commands of a lab in order.</summary>
internal interface ILabShell
{
    /// <summary>A command is carried out.</summary>
    /// <returns>False when it fails.</returns>
    bool Execute(LabCommand command);

    /// <summary>Variables were set.</summary>
    /// <param name="line">Line.</param>
    /// <param name="text">As written.</param>
    /// <param name="values">Each with its value.</param>
    void Assign(int line, string text, IReadOnlyList<string> values);

    /// <summary>A construct of the shell that is not carried out.</summary>
    void PassOver(ShellUnsupported node);

    /// <summary>What a command prints, or null.</summary>
    string? Print(string command, int line);
}

/// <summary>Walks through blocks as a shell does: assignments, loops over words, <c>&amp;&amp;</c> and <c>||</c>.
/// </summary>
internal sealed partial class ShellWalk
{
    private readonly string _file;
    private readonly DiagnosticBag _diagnostics;
    private readonly ILabShell _shell;
    private readonly ShellExpansion _expansion;

    public ShellWalk(string file, DiagnosticBag diagnostics, ILabShell shell)
    {
        _file = file;
        _diagnostics = diagnostics;
        _shell = shell;
        _expansion = new ShellExpansion(file, diagnostics) { Substitute = shell.Print };
    }

    /// <summary>Carries out the nodes of a block.</summary>
    public void Walk(IReadOnlyList<ShellNode> nodes)
    {
        bool held = true;
        foreach (ShellNode node in nodes)
        {
            switch (node)
            {
                case ShellCommand command when command.Operator.Length == 0 || command.Operator == (held ? "&&" : "||"):
                    held = Carry(command);
                    break;
                case ShellLoop loop:
                    Loop(loop);
                    break;
                case ShellUnsupported other:
                    _shell.PassOver(other);
                    break;
                default:
                    break;
            }
        }
    }

    private void Loop(ShellLoop loop)
    {
        string words = _expansion.Expand(loop.Words, loop.Line);
        if (!ShellWords.TrySplit(words, out IReadOnlyList<string> values))
        {
            _diagnostics.Error(LabCodes.Shell, "a quote in the words of the loop is not closed",
                new SourceSpan(_file, loop.Line, 1));
            return;
        }

        foreach (string value in values.SelectMany(Braces))
        {
            _expansion.Variables[loop.Variable] = value;
            Walk(loop.Body);
        }
    }

    /// <summary>The numbers of <c>{1..5}</c>; other words stand for themselves.</summary>
    private static IEnumerable<string> Braces(string word)
    {
        Match match = Range().Match(word);
        if (!match.Success)
        {
            return [word];
        }

        int from = int.Parse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
        int to = int.Parse(match.Groups[2].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
        return Enumerable.Range(Math.Min(from, to), Math.Abs(to - from) + 1)
            .Select(static n => n.ToString(CultureInfo.InvariantCulture));
    }

    private bool Carry(ShellCommand command)
    {
        string text = command.Text;
        string bare = Export().Replace(text, "");
        var values = new List<string>();
        while (Assignment().Match(bare) is { Success: true } match)
        {
            int end = match.Length;
            while (end < bare.Length && !char.IsWhiteSpace(bare[end]))
            {
                end = ShellScan.Next(bare, end, out _);
            }

            string name = match.Groups[1].Value;
            Assign(name, bare[match.Length..end], command.Line);
            values.Add(name + "=" + _expansion.Variables[name]);
            bare = bare[end..].TrimStart();
        }

        bool isExport = text.StartsWith("export ", StringComparison.Ordinal);
        if (bare.Length == 0 || (isExport && values.Count > 0))
        {
            _shell.Assign(command.Line, Flat(text), values);
            return true;
        }

        string expanded = _expansion.Expand(bare, command.Line);
        string stdin = "";
        if (command.Document is { } document)
        {
            stdin = string.Concat(document.Lines.Select(l => (document.IsQuoted ? l.Text
                : _expansion.ExpandDocument(l.Text, l.Number)) + "\n"));
        }

        List<string> stages = [.. ShellScan.Stages(expanded)];
        string target = "";
        for (int i = 0; i < stages.Count; i++)
        {
            (stages[i], string written) = CutRedirections(stages[i]);
            target = written.Length > 0 ? written : target;
        }

        return _shell.Execute(new LabCommand(command.Line, command.EndLine, Flat(text), stages, stdin,
            command.Document is { } d ? (d.Lines.Count > 0 ? d.Line : command.Line + 1) : 0, target));
    }

    private void Assign(string name, string value, int line)
    {
        if (UnquotedPattern(value))
        {
            _diagnostics.Warn(LabCodes.Pattern,
                $"an assignment does not expand the * of {value}: {name} gets the text as it stands",
                new SourceSpan(_file, line, 1), "write the folder's name, or name=$(echo pattern)");
        }

        string expanded = _expansion.Expand(value, line);
        _expansion.Variables[name] =
            ShellWords.TrySplit(expanded, out IReadOnlyList<string> words) ? string.Join(' ', words) : expanded;
    }

    private static bool UnquotedPattern(string value)
    {
        for (int i = 0; i < value.Length; i = ShellScan.Next(value, i, out _))
        {
            if (value[i] is '*' or '?')
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A command without its redirections, and the file it writes to.</summary>
    private static (string Text, string Target) CutRedirections(string text)
    {
        var kept = new System.Text.StringBuilder();
        string target = "";
        int i = 0;
        while (i < text.Length)
        {
            Match match = Redirection().Match(text, i);
            if (match.Success && match.Index == i)
            {
                int end = i + match.Length;
                int start = end;
                while (end < text.Length && !char.IsWhiteSpace(text[end]))
                {
                    end = ShellScan.Next(text, end, out _);
                }

                bool isOutput = match.Groups[1].Value is "" or "1" && match.Groups[2].Value[0] == '>';
                target = isOutput ? text[start..end].Trim('"', '\'') : target;
                i = end;
                continue;
            }

            int next = ShellScan.Next(text, i, out _);
            kept.Append(text, i, next - i);
            i = next;
        }

        return (kept.ToString().Trim(), target is "/dev/null" ? "" : target);
    }

    private static string Flat(string text) => Blank().Replace(text, " ").Trim();

    [GeneratedRegex(@"^\{(\d{1,3})\.\.(\d{1,3})\}$")]
    private static partial Regex Range();

    [GeneratedRegex(@"^export\s+(?=[A-Za-z_]\w*=)")]
    private static partial Regex Export();

    [GeneratedRegex(@"^([A-Za-z_]\w*)=")]
    private static partial Regex Assignment();

    [GeneratedRegex(@"(?<![\w])([012]?|&)(>>|>|<(?!\())&?\s*")]
    private static partial Regex Redirection();

    [GeneratedRegex(@"\s*\n\s*")]
    private static partial Regex Blank();
}
