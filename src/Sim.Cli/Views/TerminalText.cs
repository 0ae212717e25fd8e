using System.Text;
using Sim.Core;
using Spectre.Console;

namespace Sim.Cli.Views;

/// <summary>Writes to the result stream: words with a meaning get a colour, symbols follow the character set.</summary>
internal sealed class TerminalText
{
    private readonly IAnsiConsole _console;
    private readonly bool _isUnicode;
    private readonly int _width;

    /// <summary>A writer on a host's result stream.</summary>
    /// <param name="host">Host.</param>
    /// <param name="color">auto, always or never.</param>
    public TerminalText(CliHost host, string color)
    {
        bool usesColor = host.UsesColor(color);
        _isUnicode = host.UsesUnicode;
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = usesColor ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = usesColor ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
            Out = new PlainOutput(new TrimmingWriter(host.Out), host.Width),
        });
        _width = host.Width;
        _console.Profile.Capabilities.Unicode = _isUnicode;
    }

    /// <summary>Whether blocks and ticks can be shown.</summary>
    public bool IsUnicode => _isUnicode;

    /// <summary>A symbol, or what stands for it in ASCII.</summary>
    public string Symbol(string unicode, string ascii) => _isUnicode ? unicode : ascii;

    /// <summary>Text for a markup string.</summary>
    public string Plain(string text) => Markup.Escape(_isUnicode ? text : Ascii(text));

    /// <summary>Text in the colour of good news.</summary>
    public string Good(string text) => $"[green]{Plain(text)}[/]";

    /// <summary>Text in the colour of bad news.</summary>
    public string Bad(string text) => $"[red bold]{Plain(text)}[/]";

    /// <summary>Text that may be skipped.</summary>
    public string Soft(string text) => $"[grey]{Plain(text)}[/]";

    /// <summary>Text that stands out.</summary>
    public string Strong(string text) => $"[bold]{Plain(text)}[/]";

    /// <summary>The name of a severity in its colour.</summary>
    public string Of(Severity severity)
    {
        string name = severity.ToString().ToLowerInvariant();
        return severity switch
        {
            Severity.Error => $"[red]{name}[/]",
            Severity.Warning => $"[yellow]{name}[/]",
            _ => $"[grey]{name}[/]",
        };
    }

    /// <summary>Writes one line of markup; where it wraps is left to the terminal.</summary>
    public void Line(string markup = "")
    {
        _console.Profile.Width = int.MaxValue / 2;
        _console.MarkupLine(markup);
    }

    /// <summary>Writes rows of markup in columns.</summary>
    /// <param name="rows">Rows of equal length.</param>
    /// <param name="wide">Column that takes what room is left; the others keep to one line.</param>
    public void Columns(IReadOnlyList<string[]> rows, int wide)
    {
        if (rows.Count == 0)
        {
            return;
        }

        Grid grid = new();
        for (int c = 0; c < rows[0].Length; c++)
        {
            GridColumn column = new() { Padding = new Padding(c == 0 ? 2 : 0, 0, 2, 0), NoWrap = c != wide };
            grid.AddColumn(column);
        }

        foreach (string[] row in rows)
        {
            grid.AddRow(row);
        }

        _console.Profile.Width = _width;
        _console.Write(grid);
    }

    private static string Ascii(string text) => text.Replace("←", "<-", StringComparison.Ordinal)
        .Replace("→", "->", StringComparison.Ordinal).Replace("…", "...", StringComparison.Ordinal);

    /// <summary>A stream whose width is known: the terminal is not asked anything.</summary>
    private sealed class PlainOutput(TextWriter writer, int width) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => false;

        public int Width => width;

        public int Height => 24;

        public void SetEncoding(Encoding encoding)
        {
            // The host has chosen.
        }
    }
}
