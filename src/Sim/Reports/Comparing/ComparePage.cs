using System.Globalization;
using Sim.Core;
using Sim.Reports.Figures;
using Sim.Reports.Html;
using Sim.Reports.Svg;
using Sim.Runs;
using static Sim.Reports.Svg.SvgText;

namespace Sim.Reports.Comparing;

/// <summary>Writes <c>compare.html</c>: finished runs side by side, in one file without network and script.</summary>
public static class ComparePage
{
    private const string Style = """

        td small{display:block;color:var(--soft)}td p{margin:0}
        .checks>li.run{grid-template-columns:110px minmax(0,1fr)}
        @media (max-width:640px){.checks>li.run{grid-template-columns:minmax(0,1fr)}}
        .data>.scroll:has(.grid){max-height:none}
        .grid td{overflow-wrap:break-word}.grid code{overflow-wrap:anywhere}
        .grid thead th{white-space:normal;overflow-wrap:break-word;vertical-align:bottom}
        .grid th:first-child{position:sticky;left:0;background:var(--page);z-index:1}
        .grid thead th:first-child{background:var(--card)}
        table.grid th[scope=row]{white-space:normal;min-width:104px}
        .many{font-size:12px}.many th,.many td{padding:5px 6px}.many small{font-size:10.5px}
        .many td.num{white-space:normal}
        @media (max-width:640px){.grid th:first-child{max-width:38vw}}
        @media print{.scroll .many{font-size:7.5px}.many th,.many td{padding:3px}.many small{font-size:7px}
        .grid th:first-child{position:static}}
        """;

    /// <summary>Writes the page.</summary>
    /// <param name="runs">Two runs or more; the first is what the others are held against.</param>
    /// <param name="html">Target.</param>
    public static void Write(IReadOnlyList<ComparedRun> runs, TextWriter html)
    {
        string scenario = string.Join(", ",
            runs.Select(static r => r.Result.Stamp.Scenario).Distinct(StringComparer.Ordinal));
        int failed = runs.Count(static r => r.Result.Verdict != Verdict.Held);
        string word = failed == 0 ? "HELD" : "FAILED";
        html.Write("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
        html.Write("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
        html.Write("<meta name=\"color-scheme\" content=\"light dark\"><link rel=\"icon\" href=\"data:,\">");
        html.Write($"<title>Compared: {Escape(scenario)}</title>");
        html.Write($"<style>{PageStyle.Text}{Style}</style></head>\n<body>{ReportStyle.Patterns}");
        html.Write("<a class=\"skip\" href=\"#main\">Skip to the figures</a>\n");
        html.Write($"<header><p class=\"brand\">meshsim runs compared</p><h1>{Escape(scenario)}</h1>");
        html.Write($"<p class=\"verdict {word.ToLowerInvariant()}\">");
        html.Write($"<strong>{(failed == 0 ? "✓" : "✗")} {word}</strong>");
        html.Write($"<span>{Words.Count(runs.Count - failed)} of {Words.Count(runs.Count, "run")} held.</span></p>");
        html.Write("</header>\n<main id=\"main\">\n");
        Section(html, "verdicts", "Verdicts", () => Verdicts(runs, html));
        Section(html, "figures", "Figures", () => Measures(runs, html));
        Section(html, "uptime-bars", "Uptime", () => HtmlText.Figure(html, CompareCharts.Uptime(runs)),
            runs.Any(static r => r.Result.Uptime.Count > 0));
        IReadOnlyList<RunFigure> served = CompareCharts.ServedBy(runs);
        Section(html, "served-by", "Who answered", () =>
        {
            foreach (RunFigure figure in served)
            {
                HtmlText.Figure(html, figure);
            }
        }, served.Count > 0);
        Section(html, "checks", "Checks", () => Checks(runs, html),
            runs.Any(static r => r.Result.Judgements.Count > 0));
        Section(html, "stamp", "What was compared", () => Stamps(runs, html));
        html.Write($"</main>\n<footer>Made by meshsim {Escape(runs[0].Result.Stamp.Version)}, a discrete-event ");
        html.Write("simulator of Istio meshes. Times are simulated.</footer>\n</body></html>\n");
    }

    private static void Section(TextWriter html, string id, string title, Action write, bool isThere = true)
    {
        if (isThere)
        {
            html.Write($"<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{title}</h2>\n");
            write();
            html.Write("</section>\n");
        }
    }

    private static void Verdicts(IReadOnlyList<ComparedRun> runs, TextWriter html)
    {
        html.Write("<ul class=\"checks\">");
        foreach (ComparedRun run in runs)
        {
            bool isHeld = run.Result.Verdict == Verdict.Held;
            string word = VerdictLine.Word(run.Result.Verdict).ToLowerInvariant();
            html.Write($"<li class=\"run {(isHeld ? "yes" : "no")}\">");
            html.Write($"<span class=\"state {(isHeld ? "good" : "ill")}\">{(isHeld ? "✓" : "✗")} {word}</span>");
            html.Write($"<div class=\"what\"><b>{Escape(run.Name)}</b><small>");
            html.Write($"{Escape(VerdictLine.Reason(run.Result))}; {Escape(VerdictLine.Requests(run.Result))}.");
            html.Write("</small></div></li>");
        }

        html.Write("</ul>\n");
        foreach (string warning in Warnings(runs))
        {
            html.Write($"<p class=\"soft\">{Escape(warning)}</p>\n");
        }
    }

    /// <summary>What makes a difference hard to read.</summary>
    private static IEnumerable<string> Warnings(IReadOnlyList<ComparedRun> runs)
    {
        (string What, Func<RunResult, string> Of)[] facts =
        [
            ("scenarios", static r => r.Stamp.Scenario),
            ("versions of meshsim", static r => r.Stamp.Version),
            ("Istio profiles", static r => r.Stamp.Istio),
            ("seeds", static r => r.Stamp.Seed.ToString(CultureInfo.InvariantCulture)),
            ("lengths", static r => Words.Time(r.DurationNs)),
        ];
        foreach ((string what, Func<RunResult, string> of) in facts)
        {
            if (runs.Select(r => of(r.Result)).Distinct(StringComparer.Ordinal).Count() > 1)
            {
                yield return $"Of different {what}: "
                    + string.Join(", ", runs.Select(r => $"{r.Name} {of(r.Result)}")) + ".";
            }
        }
    }

    private static void Measures(IReadOnlyList<ComparedRun> runs, TextWriter html)
    {
        html.Write($"<p class=\"soft\">Below each figure its difference to {Escape(runs[0].Name)}. Whole runs, ");
        html.Write("warm-up included. Recovery: from the begin of a fault to the end of the last bin with a failure ");
        html.Write("before the next fault. One run each: whether a difference is chance is for ");
        html.Write("<code>meshsim sweep</code>.</p>\n");
        BeginGrid(html, "Figures", ["figure", .. runs.Select(static r => r.Name)], isNumbers: true);
        foreach (ComparedMeasure m in ComparedMeasures.Of([.. runs.Select(static r => r.Result)]))
        {
            html.Write($"<tr><th scope=\"row\">{Escape(m.Name)}</th>");
            for (int i = 0; i < runs.Count; i++)
            {
                html.Write($"<td class=\"num\">{Escape(m.Cells[i].Text)}");
                html.Write(i == 0 ? "</td>" : $"<small>{Escape(CompareTables.Difference(m, i))}</small></td>");
            }

            html.Write("</tr>\n");
        }

        EndGrid(html, CsvData.Of("compare", w => CompareTables.WriteMeasures(runs, w)), "Figures");
        Pairs(runs, html);
    }

    /// <summary>The runs request by request, and why some cannot be held against the first so.</summary>
    private static void Pairs(IReadOnlyList<ComparedRun> runs, TextWriter html)
    {
        RunResult first = runs[0].Result;
        (string Name, PairedRequests Pairs, string WhyNone)[] all = [.. runs.Skip(1).Select(r => (
            r.Name, PairedRequests.Of(first, r.Result), PairedRequests.WhyNone(first, r.Result)))];
        (string Name, PairedRequests Pairs, string WhyNone)[] pairs = [.. all.Where(static p => p.Pairs.Pairs > 0)];
        html.Write("<h3>Request by request</h3><p class=\"soft\">The requests that both runs sent: same ");
        html.Write($"caller, same moment. First = {Escape(runs[0].Name)}; longer = mean of those answered ");
        html.Write("in both.</p>\n");
        foreach (IGrouping<string, string> left in all.Where(static p => p.Pairs.Pairs == 0)
            .GroupBy(static p => p.WhyNone, static p => p.Name))
        {
            html.Write($"<p class=\"soft\">Left out: {Escape(string.Join(", ", left))}: {Escape(left.Key)}.</p>\n");
        }

        if (pairs.Length > 0)
        {
            HtmlText.Table(html, new DataTable(
                ["run", "pairs", "answered in both", "failed in both", "failed in the first only", "failed here only",
                    "longer than the first"],
                [.. pairs.Select(static p => (IReadOnlyList<string>)
                    [p.Name, Words.Count(p.Pairs.Pairs), Words.Count(p.Pairs.GoodInBoth),
                        Words.Count(p.Pairs.FailedInBoth), Words.Count(p.Pairs.FailedInFirst),
                        Words.Count(p.Pairs.FailedInSecond),
                        p.Pairs.MeanDifferenceNs is { } ns ? Milliseconds(ns) : "no data"])]),
                "Requests in pairs", isOpen: true, CsvData.Of(
                    "pairs", CompareTables.PairColumns,
                    pairs.Select(static p => CompareTables.PairRow(p.Name, p.Pairs))));
        }
    }

    private static string Milliseconds(decimal ns) =>
        (ns / SimDuration.Millisecond).ToString("0.###", CultureInfo.InvariantCulture) + " ms";

    private static void Checks(IReadOnlyList<ComparedRun> runs, TextWriter html)
    {
        BeginGrid(html, "Checks", ["check", .. runs.Select(static r => r.Name)], isNumbers: false);
        foreach ((string kind, string text, Judgement?[] of) in CompareTables.Checks(runs))
        {
            html.Write($"<tr><th scope=\"row\"><code>{Escape(text)}</code><br><small>{Escape(kind)}</small></th>");
            foreach (Judgement? j in of)
            {
                html.Write(j is null ? "<td>not asked</td>"
                    : $"<td><span class=\"state {(j.Held ? "good" : "ill")}\">{(j.Held ? "✓ held" : "✗ failed")}"
                        + $"</span><small>{Escape(j.Measured)}</small></td>");
            }

            html.Write("</tr>\n");
        }

        EndGrid(html, CompareTables.ChecksCsv(runs), "Checks");
    }

    private static void Stamps(IReadOnlyList<ComparedRun> runs, TextWriter html) => HtmlText.Table(html, new DataTable(
        ["run", "scenario", "variant", "profile", "seed", "replications", "input", "events", "results"],
        [.. runs.Select(static r => r.Result).Zip(runs, static (r, c) => (IReadOnlyList<string>)
            [c.Name, r.Stamp.Directory, r.Stamp.Variant, r.Stamp.Istio,
                r.Stamp.Seed.ToString(CultureInfo.InvariantCulture), CsvTables.Text(r.Stamp.Replications),
                r.Stamp.InputHash, r.EventsFingerprint, r.ResultsFingerprint])]), "Runs", isOpen: true);

    /// <summary>More runs than this stand closer together.</summary>
    private const int FewColumns = 6;

    private static void BeginGrid(TextWriter html, string name, IReadOnlyList<string> columns, bool isNumbers)
    {
        html.Write("<div class=\"data\"><div class=\"scroll\" tabindex=\"0\" role=\"region\" ");
        string many = columns.Count > FewColumns ? " many" : "";
        html.Write($"aria-label=\"{Escape(name)}\"><table class=\"grid{many}\"><thead><tr>");
        for (int i = 0; i < columns.Count; i++)
        {
            html.Write($"<th scope=\"col\"{(isNumbers && i > 0 ? " class=\"num\"" : "")}>{Escape(columns[i])}</th>");
        }

        html.Write("</tr></thead><tbody>\n");
    }

    private static void EndGrid(TextWriter html, CsvData csv, string title)
    {
        html.Write("</tbody></table></div>");
        InlineCsv.Write(html, csv, title);
        html.Write("</div>\n");
    }
}
