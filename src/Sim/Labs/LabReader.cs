using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Markdig;
using Markdig.Helpers;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using Sim.Core;
using SourceSpan = Sim.Core.SourceSpan;

namespace Sim.Labs;

/// <summary>Reads the structure of a Markdown lab: headings, sentences and fenced blocks, each with its line.</summary>
/// <remarks>CommonMark, read by Markdig. A heading such as <c>Exercise 6: ...</c> (also Lab, Task, Step, Part) keeps
/// the deeper headings below it; any other heading begins a section of its own. Sections without commands are left
/// out.</remarks>
internal static partial class LabReader
{
    private static readonly string[] ShellLanguages =
        ["bash", "sh", "shell", "zsh", "console", "terminal", "shell-session", "shellsession"];

    private static readonly string[] OutputLanguages = ["", "text", "txt", "plain", "plaintext", "output", "http"];

    private static readonly string[] Programs =
        ["kubectl", "istioctl", "curl", "kind", "export", "$ kubectl", "$ curl"];

    private static readonly MarkdownPipeline Pipeline =
        new MarkdownPipelineBuilder().UsePreciseSourceLocation().UsePipeTables().Build();

    /// <summary>Reads a lab.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="file">Name for spans.</param>
    /// <param name="diagnostics">Receives MS0806 when nothing in it can be carried out.</param>
    public static LabText Read(string text, string file, DiagnosticBag diagnostics)
    {
        var sections = new List<Draft> { new("", 0, 1, 0) };
        foreach (Block block in Markdown.Parse(text, Pipeline))
        {
            Take(block, sections);
        }

        var kept = new List<LabSection>();
        foreach (Draft draft in sections.Where(static d => d.HasCommands))
        {
            string id = draft.Number > 0 ? draft.Number.ToString(CultureInfo.InvariantCulture) : SlugOf(draft.Title);
            int times = kept.Count(s => s.Id == id || s.Id.StartsWith(id + ".", StringComparison.Ordinal));
            kept.Add(new LabSection(draft.Title, draft.Number, draft.Line, draft.Pieces)
            {
                Id = times == 0 ? id : string.Create(CultureInfo.InvariantCulture, $"{id}.{times + 1}"),
            });
        }

        if (kept.Count == 0)
        {
            diagnostics.Error(LabCodes.Lab, "the lab has no fenced block with commands", new SourceSpan(file, 1, 1),
                "commands are read from blocks that begin with ```bash, ```sh or ```console");
        }

        return new LabText(file, kept);
    }

    private static void Take(Block block, List<Draft> sections)
    {
        Draft present = sections[^1];
        switch (block)
        {
            case HeadingBlock heading:
                string title = TextOf(heading.Inline).Trim();
                Match numbered = Numbered().Match(title);
                bool isDeeper = present.Number > 0 && heading.Level > present.Level;
                if (!isDeeper)
                {
                    int number = numbered.Success && int.TryParse(numbered.Groups[1].ValueSpan, NumberStyles.None,
                        CultureInfo.InvariantCulture, out int n) ? n : 0;
                    sections.Add(new Draft(title, number, heading.Line + 1, heading.Level));
                }

                break;
            case FencedCodeBlock code:
                present.Add(BlockOf(code, present));
                break;
            case LeafBlock { Inline: { } inline }:
                AddSentences(inline, block.Line + 1, present);
                break;
            case ContainerBlock container:
                foreach (Block child in container)
                {
                    Take(child, sections);
                }

                break;
            default:
                break;
        }
    }

    private static LabBlock BlockOf(FencedCodeBlock code, Draft section)
    {
        string language = (code.Info ?? "").Trim().Split(' ', '{', ',')[0].ToLowerInvariant();
        var lines = new List<LabTextLine>();
        for (int i = 0; i < code.Lines.Count; i++)
        {
            StringLine line = code.Lines.Lines[i];
            lines.Add(new LabTextLine(code.Line + 2 + i, line.Slice.ToString().TrimEnd('\r')));
        }

        string first = lines.Select(static l => l.Text.Trim()).FirstOrDefault(static t => t.Length > 0) ?? "";
        bool isShell = ShellLanguages.Contains(language)
            || (language.Length == 0 && Programs.Any(p => first.StartsWith(p + " ", StringComparison.Ordinal)));
        bool isAnnounced = section.Pieces.Count > 0 && section.Pieces[^1] is LabSentence s && Output().IsMatch(s.Text);
        LabBlockKind kind = isShell ? LabBlockKind.Shell
            : OutputLanguages.Contains(language) && (isAnnounced || language is "output" or "http")
                ? LabBlockKind.Expected : LabBlockKind.Other;
        string name = kind == LabBlockKind.Other ? FileNameOf(code, section) : "";
        return new LabBlock(code.Line + 2, language, lines, name.Length > 0 ? LabBlockKind.File : kind)
        {
            FileName = name,
        };
    }

    /// <summary>The file a block is said to be: <c>title="x.yaml"</c> on its fence, or the only file that the sentence
    /// before it names.</summary>
    private static string FileNameOf(FencedCodeBlock code, Draft section)
    {
        Match title = Title().Match(code.Arguments ?? "");
        if (title.Success)
        {
            return title.Groups[1].Value;
        }

        string before = section.Pieces.Count > 0 && section.Pieces[^1] is LabSentence s ? s.Text : "";
        MatchCollection names = FileName().Matches(before);
        return names.Count == 1 ? names[0].Value : "";
    }

    /// <summary>Cuts the text of a paragraph into sentences, each with the line it begins at.</summary>
    private static void AddSentences(ContainerInline inline, int firstLine, Draft section)
    {
        string text = TextOf(inline);
        string bold = inline.FirstChild is EmphasisInline { DelimiterCount: 2 } lead ? TextOf(lead) : "";
        bool isStatement = bold.Length > 0 && text.Length > bold.Length
            && (bold.EndsWith(':') || text[bold.Length..].TrimStart().StartsWith(':'));
        if (isStatement)
        {
            int colon = text.IndexOf(':', Math.Max(0, bold.Length - 1));
            firstLine += text.AsSpan(0, colon).Count('\n');
            text = text[(colon + 1)..];
        }

        int line = firstLine;
        foreach (string part in SentenceEnd().Split(text))
        {
            int leading = part.Length - part.TrimStart().Length;
            int begins = line + part.AsSpan(0, leading).Count('\n');
            string sentence = Blank().Replace(part, " ").Trim();
            bool isExpected = Expected().IsMatch(sentence);
            if (sentence.Length > 0)
            {
                section.Add(new LabSentence(begins, sentence, isStatement || isExpected));
            }

            line += part.AsSpan().Count('\n');
        }
    }

    private static string TextOf(ContainerInline? container)
    {
        var text = new StringBuilder();
        foreach (Inline inline in container ?? [])
        {
            text.Append(inline switch
            {
                LiteralInline literal => literal.Content.ToString(),
                CodeInline code => code.Content,
                LineBreakInline => "\n",
                AutolinkInline link => link.Url,
                HtmlEntityInline entity => entity.Transcoded.ToString(),
                ContainerInline nested => TextOf(nested),
                _ => "",
            });
        }

        return text.ToString();
    }

    private static string SlugOf(string title)
    {
        string slug = NotWord().Replace(title.ToLowerInvariant(), "-").Trim('-');
        return slug.Length > 0 ? slug : "start";
    }

    [GeneratedRegex(@"^(?:Exercise|Lab|Task|Step|Part)\s+(\d+)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Numbered();

    [GeneratedRegex(@"(?<=[.!?][""'*]?)\s+(?=[""'*]?[A-Z`])")]
    private static partial Regex SentenceEnd();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blank();

    [GeneratedRegex(@"\b(?:title|file|filename)=[""']?([\w./-]+\.(?:ya?ml|json))")]
    private static partial Regex Title();

    [GeneratedRegex(@"(?<![\w/:.-])[\w./-]+\.(?:ya?ml|json)\b")]
    private static partial Regex FileName();

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotWord();

    [GeneratedRegex(@"^(?:expected|expect|result|outcome)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Expected();

    [GeneratedRegex(@"\b(?:expected|output|you (?:should|will) (?:see|get)|prints?|returns?|response|result)\b.*:?$",
        RegexOptions.IgnoreCase)]
    private static partial Regex Output();

    private sealed class Draft(string title, int number, int line, int level)
    {
        private readonly List<LabPiece> _pieces = [];

        public string Title => title;

        public int Number => number;

        public int Line => line;

        public int Level => level;

        public IReadOnlyList<LabPiece> Pieces => _pieces;

        public bool HasCommands => _pieces.Exists(static p => p is LabBlock { Kind: LabBlockKind.Shell });

        public void Add(LabPiece piece) => _pieces.Add(piece);
    }
}
