using System.Globalization;
using Sim.Core;
using Sim.Reports.Figures;
using Sim.Reports.Svg;
using Sim.Runs;
using static Sim.Reports.Svg.SvgText;

namespace Sim.Reports.Html;

/// <summary>Writes <c>report.html</c>: one file, no network, no script.</summary>
/// <remarks>
/// It follows the reader's colour scheme, prints on A4, is usable from 320 pixels up and by keyboard; the numbers
/// behind each chart stand one click away, and pointing at a column of a chart tells its figures.
/// </remarks>
public static class ReportPage
{
    private static readonly (string Id, string Title, Action<RunResult, TextWriter> Write)[] Sections =
    [
        ("checks", "Checks", CheckSections.WriteChecks),
        ("slos", "Service level objectives", CheckSections.WriteSlos),
        ("uptime-bars", "Uptime", ChartSections.WriteUptime),
        ("served-by", "Who answered", ChartSections.WriteServedBy),
        ("graph", "Who served whom", GraphSections.WriteGraph),
        ("latency", "Latency", ChartSections.WriteLatency),
        ("ejected", "Ejections", ChartSections.WriteEjections),
        ("alerts", "Alerts", ChartSections.WriteAlerts),
        ("timeline", "Timeline", ChartSections.WriteTimeline),
        ("roi", "Savings", RoiSections.WriteRoi),
        ("capacity", "Capacity", CapacitySections.WriteCapacity),
        ("matrix", "Policy matrix", MatrixSections.WriteMatrix),
        ("ledger", "Data residency", ChartSections.WriteLedger),
        ("findings", "Findings", CheckSections.WriteFindings),
        ("not-modelled", "Not modelled", CheckSections.WriteNotModelled),
        ("stamp", "How to repeat this", WriteStamp),
    ];

    /// <summary>Writes the page.</summary>
    public static void Write(RunResult result, TextWriter html)
    {
        string title = Name(result.Stamp);
        html.Write("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
        html.Write("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
        html.Write("<meta name=\"color-scheme\" content=\"light dark\"><link rel=\"icon\" href=\"data:,\">");
        html.Write($"<title>{VerdictLine.Word(result.Verdict)}: {Escape(title)}</title>");
        html.Write($"<style>{PageStyle.Text}</style></head>\n<body>{ReportStyle.Patterns}");
        html.Write("<a class=\"skip\" href=\"#main\">Skip to the checks</a>\n");
        WriteHeader(result, title, html);
        html.Write("<main id=\"main\">\n");
        foreach ((string id, string name, Action<RunResult, TextWriter> write) in Sections)
        {
            StringWriter body = new(CultureInfo.InvariantCulture);
            write(result, body);
            string text = body.ToString();
            if (text.Length > 0)
            {
                html.Write($"<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{name}</h2>\n{text}</section>\n");
            }
        }

        html.Write("</main>\n<footer>Made by meshsim " + Escape(result.Stamp.Version) +
            ", a discrete-event simulator of Istio meshes. Times are simulated.</footer>\n</body></html>\n");
    }

    private static string Name(RunStamp stamp) =>
        stamp.Variant.Length == 0 ? stamp.Scenario : stamp.Scenario + " / " + stamp.Variant;

    private static void WriteHeader(RunResult result, string title, TextWriter html)
    {
        RunFigures figures = RunFigures.Of(result);
        html.Write($"<header><p class=\"brand\">meshsim run report</p><h1>{Escape(title)}</h1>");
        if (result.Description.Length > 0)
        {
            html.Write($"<p class=\"lede\">{Escape(result.Description)}</p>");
        }

        string verdict = VerdictLine.Word(result.Verdict);
        html.Write($"<p class=\"verdict {verdict.ToLowerInvariant()}\">" +
            $"<strong>{Glyph(result.Verdict)} {verdict}</strong>" +
            $"<span>{Escape(VerdictLine.Reason(result))}; {Escape(VerdictLine.Requests(result))}.</span></p>");
        html.Write("<dl class=\"tiles\">");
        Tile(html, "Availability", Words.Percent(figures.Good, figures.Total), "answered below status 500");
        Tile(html, "Requests", Words.Count(figures.Total), Words.Count(figures.Failed) + " failed");
        if (result.Latency.Count > 0)
        {
            LatencyPoint worst = result.Latency.MaxBy(static l => l.P99Ns)!;
            Tile(html, "Worst p99", Words.Milliseconds(worst.P99Ns), "in the bin at " + Words.Time(worst.BinStartNs));
        }

        Tile(html, "Ejections", Words.Count(result.Ejections.Count), "by outlier detection");
        Tile(html, "Simulated", Words.Time(result.DurationNs), result.WarmupNs > 0
            ? $"checks leave out the first {Words.Time(result.WarmupNs)}" : "no warm-up");
        html.Write("</dl></header>\n");
    }

    private static string Glyph(Verdict verdict) => verdict switch
    {
        Verdict.Held => "✓",
        Verdict.Failed => "✗",
        _ => "◌",
    };

    private static void Tile(TextWriter html, string name, string value, string note) =>
        html.Write($"<div><dt>{name}</dt><dd>{Escape(value)}<small>{Escape(note)}</small></dd></div>");

    private static void WriteStamp(RunResult result, TextWriter html)
    {
        RunStamp stamp = result.Stamp;
        html.Write("<p class=\"soft\">The same version, input and seed give the same bytes.</p><dl class=\"stamp\">");
        (string Name, string Value, bool IsCode)[] facts =
        [
            ("meshsim", stamp.Version, false),
            ("Istio profile", $"{stamp.Istio} ({stamp.ProfileBasis})", false),
            ("Admission", stamp.Admission, false),
            ("Extensions in use", stamp.Extensions.Count == 0 ? "none" : string.Join(", ", stamp.Extensions), false),
            ("Scenario", stamp.Directory, true),
            ("Variant", stamp.Variant.Length == 0 ? "none" : stamp.Variant, false),
            ("Overrides", stamp.Set is { Count: > 0 } set ? string.Join(", ", set) : "none", false),
            ("Seed", stamp.Seed.ToString(CultureInfo.InvariantCulture), true),
            ("Replication", $"{Words.Count(stamp.Replication + 1)} of {Words.Count(stamp.Replications)}", false),
            ("Input hash", stamp.InputHash, true),
            ("Fingerprint of events", $"{result.EventsFingerprint} ({Words.Count(result.EventCount, "event")})", true),
            ("Fingerprint of results", result.ResultsFingerprint, true),
        ];
        foreach ((string name, string value, bool isCode) in facts)
        {
            string text = isCode ? $"<code>{Escape(value)}</code>" : Escape(value);
            html.Write($"<dt>{name}</dt><dd>{text}</dd>");
        }

        html.Write("</dl><p>Run it again and compare:</p>");
        html.Write($"<pre><code>{Escape(NextCommands.Verify(RunFiles.RunJson))}</code></pre>");
        html.Write("<p>Ask why one request went where it went:</p>");
        html.Write($"<pre><code>{Escape(NextCommands.Why(result))}</code></pre>\n");
    }
}
