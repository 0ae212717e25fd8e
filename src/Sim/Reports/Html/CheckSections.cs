using System.Globalization;
using Sim.Core;
using Sim.Reports.Figures;
using Sim.Runs;
using static Sim.Reports.Svg.SvgText;

namespace Sim.Reports.Html;

/// <summary>The sections of the report that are lists: checks, objectives, findings.</summary>
internal static class CheckSections
{
    private const int FindingsMost = 200;

    /// <summary>Assertions, recoveries, invariants and probes, failed ones first.</summary>
    public static void WriteChecks(RunResult result, TextWriter html)
    {
        Judgement[] checks = [.. result.Judgements.Where(static j => j.Kind != "slo").OrderBy(static j => j.Held)];
        if (checks.Length == 0)
        {
            html.Write("<p class=\"soft\">The scenario asserts nothing: add <code>assert</code>, <code>probes</code> " +
                "or <code>invariants</code> to it to have the run judged.</p>");
            return;
        }

        WriteList(checks, html, "Checks");
    }

    /// <summary>Objectives with the part of their error budget that was used.</summary>
    public static void WriteSlos(RunResult result, TextWriter html)
    {
        Judgement[] slos = [.. result.Judgements.Where(static j => j.Kind == "slo")];
        if (slos.Length > 0)
        {
            WriteList(slos, html, "Objectives");
        }

        if (BudgetFigure.Of(result) is RunFigure figure)
        {
            HtmlText.Figure(html, figure);
        }
    }

    /// <summary>Findings about the input.</summary>
    public static void WriteFindings(RunResult result, TextWriter html)
    {
        if (result.Findings.Count == 0)
        {
            html.Write("<p class=\"soft\">Nothing to report about the manifests and the scenario.</p>");
            return;
        }

        WriteDiagnostics(result.Findings, html);
    }

    /// <summary>What was read but is not modelled.</summary>
    public static void WriteNotModelled(RunResult result, TextWriter html)
    {
        if (result.NotModelled.Count == 0)
        {
            html.Write("<p class=\"soft\">Every field that was read on the traffic path is modelled.</p>");
            return;
        }

        html.Write("<p class=\"soft\">These parts of the input were read and have no effect on the result: " +
            "weigh it accordingly.</p>");
        WriteDiagnostics(result.NotModelled, html);
    }

    /// <summary>Judgements as a list, and as CSV.</summary>
    public static void WriteList(Judgement[] checks, TextWriter html, string name)
    {
        html.Write("<div class=\"data\"><ul class=\"checks\">");
        foreach (Judgement j in checks)
        {
            string state = j.Held ? "<span class=\"state good\">✓ held</span>"
                : "<span class=\"state ill\">✗ failed</span>";
            string required = j.Limit.Length > 0 ? "required " + Escape(j.Limit) : "";
            string place = j.Span.IsKnown ? " · " + HtmlText.Place(j.Span) : "";
            string detail = j.Detail.Length > 0 ? " · " + Escape(j.Detail) : "";
            html.Write($"<li class=\"{(j.Held ? "yes" : "no")}\">{state}<div class=\"what\">" +
                $"<code>{Escape(j.Text)}</code><small>{Escape(j.Kind)}{place}{detail}</small></div>" +
                $"<div class=\"figures\"><b>{Escape(j.Measured)}</b> <span>{required}</span></div>");
            WriteBudget(j.BudgetUsed, html);
            html.Write("</li>");
        }

        html.Write("</ul>\n");
        InlineCsv.Write(html, CsvData.Of(
            name,
            ["kind", "text", "held", "measured", "limit", "budget_used_ratio", "detail", "file", "line"],
            checks.Select(static j => (IReadOnlyList<string>)
                [j.Kind, j.Text, j.Held ? "true" : "false", j.Measured, j.Limit,
                    ChartCsv.Number(j.BudgetUsed ?? double.NaN), j.Detail, j.Span.File ?? "",
                    CsvTables.Text(j.Span.Line)])), name);
        html.Write("</div>\n");
    }

    private static void WriteBudget(double? used, TextWriter html)
    {
        if (used is not double share)
        {
            return;
        }

        string percent = (share * 100).ToString("#,0.#", CultureInfo.InvariantCulture) + " %";
        string width = P(Math.Clamp(share, 0, 1));
        string text = percent + " of the error budget used";
        html.Write($"<div class=\"budget\"><div class=\"meter\" role=\"img\" aria-label=\"{text}\">" +
            $"<i{(share > 1 ? " class=\"over\"" : "")} style=\"width:{width}\"></i></div>{text}</div>");
    }

    private static void WriteDiagnostics(IReadOnlyList<Diagnostic> diagnostics, TextWriter html)
    {
        html.Write("<ul class=\"finds\">");
        foreach (Diagnostic d in diagnostics.OrderByDescending(static d => d.Severity).Take(FindingsMost))
        {
            string severity = d.Severity.ToString().ToLowerInvariant();
            string resource = d.Resource.Length > 0 ? " · " + Escape(d.Resource) : "";
            string place = d.Span.IsKnown ? " · " + HtmlText.Place(d.Span) : "";
            string hint = d.Hint.Length > 0 ? $"<div class=\"hint\">{Escape(d.Hint)}</div>" : "";
            html.Write($"<li><div class=\"head\"><span class=\"sev {severity}\">{severity}</span> " +
                $"<code>{Escape(d.Code)}</code>{resource}{place}</div><div>{Escape(d.Message)}</div>{hint}</li>");
        }

        html.Write("</ul>");
        if (diagnostics.Count > FindingsMost)
        {
            html.Write($"<p class=\"soft\">{Words.Count(diagnostics.Count - FindingsMost)} more are in run.json.</p>");
        }

        html.Write("\n");
    }
}
