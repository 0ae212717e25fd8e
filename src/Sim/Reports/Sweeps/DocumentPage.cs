using Sim.Reports.Html;
using Sim.Reports.Svg;
using static Sim.Reports.Svg.SvgText;

namespace Sim.Reports.Sweeps;

/// <summary>The frame of a page about a sweep or a year: one file, no network, no script.</summary>
internal static class DocumentPage
{
    /// <summary>Cells that are shaded by their value, and nothing else.</summary>
    private const string Style = """

        td.heat{background:color-mix(in srgb,var(--c1) calc(var(--h)*55%),transparent)}
        td small{color:var(--soft)}td.heat small{color:var(--ink)}
        td .meter{min-width:120px}
        .scroll.wide{max-height:none;border:0;margin:0}
        .years{display:flex;flex-wrap:wrap;gap:18px 36px;margin-bottom:12px}
        .years>div{min-width:0}.years svg{max-width:100%;height:auto}
        tbody tr:last-child th{border-bottom:0}
        """;

    /// <summary>Writes everything up to the first section.</summary>
    public static void Begin(TextWriter html, string kind, string name, string sentence, bool? isHeld)
    {
        html.Write("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
        html.Write("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
        html.Write("<meta name=\"color-scheme\" content=\"light dark\"><link rel=\"icon\" href=\"data:,\">");
        html.Write($"<title>{Escape(kind)}: {Escape(name)}</title>");
        html.Write($"<style>{PageStyle.Text}{Style}</style></head>\n<body>{ReportStyle.Patterns}");
        html.Write("<a class=\"skip\" href=\"#main\">Skip to the figures</a>\n");
        html.Write($"<header><p class=\"brand\">meshsim {Escape(kind)}</p><h1>{Escape(name)}</h1>");
        string state = isHeld switch { true => "held", false => "failed", null => "interrupted" };
        string word = isHeld switch { true => "✓ HELD", false => "✗ FAILED", null => "OPEN" };
        html.Write($"<p class=\"verdict {state}\"><strong>{word}</strong><span>{Escape(sentence)}</span></p></header>");
        html.Write("\n<main id=\"main\">\n");
    }

    /// <summary>Begins a table inside a section of its own.</summary>
    public static void BeginTable(TextWriter html, string title, string note, IReadOnlyList<string> columns)
    {
        html.Write($"<section><h2>{Escape(title)}</h2><p class=\"soft\">{Escape(note)}</p><div class=\"fig\">");
        BeginScroll(html, title);
        html.Write("<table>");
        html.Write("<thead><tr>");
        foreach (string column in columns)
        {
            html.Write($"<th scope=\"col\">{Escape(column)}</th>");
        }

        html.Write("</tr></thead><tbody>\n");
    }

    /// <summary>Begins a region that scrolls by itself where the page is narrow, and that keys reach.</summary>
    public static void BeginScroll(TextWriter html, string name) => html.Write(
        $"<div class=\"scroll wide\" tabindex=\"0\" role=\"region\" aria-label=\"{Escape(name)}\">");

    /// <summary>Ends a table, with its numbers as CSV.</summary>
    public static void EndTable(TextWriter html, CsvData csv, string title)
    {
        html.Write("</tbody></table></div>");
        InlineCsv.Write(html, csv, title);
        html.Write("</div></section>\n");
    }

    /// <summary>Ends the page.</summary>
    public static void End(TextWriter html, string footer) =>
        html.Write($"</main>\n<footer>{Escape(footer)}</footer>\n</body></html>\n");
}
