using System.Globalization;
using Sim.Core;
using Sim.Labs;
using Sim.Reports.Figures;
using Sim.Reports.Html;
using Sim.Reports.Svg;
using static Sim.Reports.Svg.SvgText;

namespace Sim.Reports.Labs;

/// <summary>Writes <c>lab.html</c>: one file, no network, no script.</summary>
public static class LabPage
{
    private const StringComparison Ordinal = StringComparison.Ordinal;

    /// <summary>Writes the page.</summary>
    /// <param name="report">The lab; it has a stamp.</param>
    /// <param name="html">Target.</param>
    public static void Write(LabReport report, TextWriter html)
    {
        string word = report.Held ? "HELD" : "FAILED";
        string name = Path.GetFileName(report.File);
        html.Write("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
        html.Write("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
        html.Write("<meta name=\"color-scheme\" content=\"light dark\"><link rel=\"icon\" href=\"data:,\">");
        html.Write($"<title>{word}: lab {Escape(name)}</title>");
        html.Write($"<style>{PageStyle.Text}</style></head>\n<body>{ReportStyle.Patterns}");
        html.Write("<a class=\"skip\" href=\"#main\">Skip to the exercises</a>\n");
        html.Write($"<header><p class=\"brand\">meshsim lab</p><h1>{Escape(name)}</h1>");
        string sign = report.Held ? "✓" : "✗";
        html.Write($"<p class=\"verdict {word.ToLowerInvariant()}\"><strong>{sign} {word}</strong>");
        html.Write($"<span>{Escape(LabTables.Sentence(report))}.</span></p><nav aria-label=\"Exercises\"><ul>");
        foreach (LabExercise e in report.Exercises)
        {
            html.Write($"<li><a href=\"#x-{Escape(e.Id)}\">{Escape(e.Title)}</a></li>");
        }

        html.Write("</ul></nav></header>\n<main id=\"main\">\n");
        foreach (LabExercise e in report.Exercises)
        {
            Section(e, html);
        }

        if (report.Diagnostics.Count > 0)
        {
            html.Write("<section aria-labelledby=\"text\"><h2 id=\"text\">About the text and the world</h2>\n");
            HtmlText.Table(html,
                Table(["severity", "code", "message", "hint", "place"], report.Diagnostics.Select(Row)),
                "Findings", isOpen: true);
            html.Write("</section>\n");
        }

        if (report.Stamp is { } stamp)
        {
            html.Write($"</main>\n<footer>Made by meshsim {Escape(stamp.Version)}, ");
            html.Write($"Istio profile {Escape(stamp.Istio)} ({Escape(stamp.ProfileBasis)}), ");
            html.Write($"input {Escape(stamp.InputHash)}.</footer>\n");
        }

        html.Write("</body></html>\n");
    }

    private static void Section(LabExercise e, TextWriter html)
    {
        string id = "x-" + Escape(e.Id);
        html.Write($"<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{Escape(e.Title)}</h2>\n");
        string pods = string.Join(", ", e.Pods.Select(static p =>
            $"{p.Cluster} {Number(p.Pods)} ({Number(p.Sidecars)} with a sidecar)"));
        string claims = e.Claims.Count > 0 ? $"Claims: {LabTables.Claims([e])}. " : "";
        html.Write($"<p class=\"soft\">Line {Number(e.Line)}. {Escape(claims)}");
        html.Write($"Pods at the end: {Escape(pods)}.</p>\n");
        Claims(e, html);
        Plain(html, e.Id, "Lines", ["line", "command", "cluster", "outcome", "what it did"],
            LabTables.Grouped(e.Steps).Select(static s => (string[])
            [
                Number(s.Step.Line), s.Step.Text, s.Step.Cluster, LabTables.NameOf(s.Step.Outcome),
                (s.Times > 1 ? Number(s.Times) + " times: " : "") + LabTables.Told(s.Step),
            ]));
        Plain(html, e.Id, "Tried, although the lab sends no such request",
            ["line", "what", "request", "from", "how it ends", "decided by"], e.Trials.Select(static t => (string[])
            [Number(t.Line), t.What, t.Curl, t.From, LabTables.Told(t), t.Deciding.ToString()]));
        Plain(html, e.Id, "Istio's resources", ["line", "resource", "cluster", "stored", "effect"],
            e.Resources.Select(static r => (string[])
            [Number(r.Line), r.Resource, r.Cluster, r.IsStored ? "yes" : "no", r.Effect]));
        Plain(html, e.Id, "Alerting rules", ["line", "alert", "cluster", "in", "read", "fires", "why"],
            e.Alerts.Select(static a => (string[])
            [Number(a.Span.Line), a.Alert, a.Cluster, a.Resource, a.IsRead ? "yes" : "by no Prometheus",
                LabTables.NameOf(a.Reach), a.Why]));
        List<Diagnostic> findings = [.. e.Steps.SelectMany(static s => s.Findings), .. e.Findings, .. e.Assumed];
        if (findings.Count > 0)
        {
            DataTable table = Table(["severity", "code", "message", "hint", "place"], findings.Select(Row));
            HtmlText.Table(html, table, "Findings and assumptions", isOpen: false,
                CsvData.Of(e.Id + "-findings", table));
        }

        html.Write("</section>\n");
    }

    private static void Claims(LabExercise e, TextWriter html)
    {
        if (e.Claims.Count == 0)
        {
            return;
        }

        html.Write("<div class=\"data\"><ul class=\"checks\">");
        foreach (LabClaim c in e.Claims)
        {
            string sign = c.Verdict switch
            {
                LabVerdict.Holds => "✓ ",
                LabVerdict.DoesNotHold => "✗ ",
                _ => "",
            };
            string kind = c.Verdict switch
            {
                LabVerdict.Holds => " good",
                LabVerdict.DoesNotHold => " ill",
                _ => "",
            };
            string name = LabTables.NameOf(c.Verdict).Replace('-', ' ');
            html.Write($"<li{(c.Verdict == LabVerdict.DoesNotHold ? " class=\"no\"" : "")}>");
            html.Write($"<span class=\"state{kind}\">{sign}{name.Replace("cannot be judged", "open", Ordinal)}</span>");
            html.Write($"<span class=\"what\">“{Escape(c.Text)}”<small>{Escape(c.Why)}</small></span>");
            html.Write($"<span class=\"figures\"><span>line {Number(c.Line)}");
            html.Write(c.Deciding.IsKnown ? $", decided by line {Number(c.Deciding.Line)}</span></span></li>"
                : "</span></span></li>");
        }

        html.Write("</ul>\n");
        InlineCsv.Write(html, CsvData.Of("claims-" + e.Id, w => LabTables.WriteClaims([e], w)), "Claims of " + e.Title);
        html.Write("</div>\n");
    }

    /// <summary>A table that is also printed; nothing when it has no rows.</summary>
    private static void Plain(
        TextWriter html, string exercise, string title, IReadOnlyList<string> columns, IEnumerable<string[]> rows)
    {
        List<string[]> all = [.. rows];
        if (all.Count == 0)
        {
            return;
        }

        html.Write($"<div class=\"fig\"><h3>{Escape(title)}</h3>");
        html.Write($"<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{Escape(title)}\">");
        html.Write("<table><thead><tr>");
        foreach (string column in columns)
        {
            html.Write($"<th scope=\"col\">{Escape(column)}</th>");
        }

        html.Write("</tr></thead><tbody>");
        foreach (string[] row in all)
        {
            html.Write("<tr>");
            foreach (string cell in row)
            {
                html.Write($"<td>{Escape(cell)}</td>");
            }

            html.Write("</tr>");
        }

        html.Write("</tbody></table></div>");
        InlineCsv.Write(html, CsvData.Of(exercise + "-" + title, new DataTable(columns, all)), title);
        html.Write("</div>\n");
    }

    private static string[] Row(Diagnostic d) =>
        [d.Severity.ToString().ToLowerInvariant(), d.Code, d.Message, d.Hint, d.Span.ToString()];

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static DataTable Table(IReadOnlyList<string> columns, IEnumerable<string[]> rows) =>
        new(columns, [.. rows]);
}
