using Sim.Reports.Figures;
using Sim.Runs;

namespace Sim.Reports.Html;

/// <summary>The sections of the report that are charts.</summary>
internal static class ChartSections
{
    private const int LatencyFiguresMost = 6;

    /// <summary>Uptime bars.</summary>
    public static void WriteUptime(RunResult result, TextWriter html)
    {
        RunFigure figure = UptimeFigure.Of(result);
        if (figure.Chart.Lanes.Count > 0)
        {
            HtmlText.Figure(html, figure);
        }
    }

    /// <summary>Who answered, per region of callers.</summary>
    public static void WriteServedBy(RunResult result, TextWriter html)
    {
        foreach (RunFigure figure in ServedByFigure.Of(result))
        {
            HtmlText.Figure(html, figure);
        }
    }

    /// <summary>Latency percentiles.</summary>
    public static void WriteLatency(RunResult result, TextWriter html)
    {
        IReadOnlyList<RunFigure> figures = LatencyFigure.Of(result);
        foreach (RunFigure figure in figures.Take(LatencyFiguresMost))
        {
            HtmlText.Figure(html, figure);
        }

        if (figures.Count > LatencyFiguresMost)
        {
            html.Write($"<p class=\"soft\">{Words.Count(figures.Count - LatencyFiguresMost)} more pairs of traffic " +
                "and region are in latency.csv.</p>");
        }
    }

    /// <summary>Ejections.</summary>
    public static void WriteEjections(RunResult result, TextWriter html)
    {
        if (EjectionFigure.Of(result) is RunFigure figure)
        {
            HtmlText.Figure(html, figure);
        }
    }

    /// <summary>Alerts, and what each Prometheus scraped.</summary>
    public static void WriteAlerts(RunResult result, TextWriter html)
    {
        if (AlertFigure.Of(result) is RunFigure figure)
        {
            HtmlText.Figure(html, figure);
        }

        IReadOnlyList<string>[] rows = [.. result.Observation.Clusters.SelectMany(static c => c.Targets.Select(t =>
            (IReadOnlyList<string>)[c.Cluster, t.Job, t.Address + t.Path, Words.Count(t.Scrapes),
                Words.Count(t.Failures), t.Reason]))];
        if (rows.Length > 0)
        {
            string stored = string.Join("; ", result.Observation.Clusters.Select(static c =>
                $"{c.Cluster}: {Words.Count(c.Samples)} samples of {Words.Count(c.Series)} series, "
                + $"PromQL {c.Version}"));
            html.Write($"<p class=\"soft\">{Svg.SvgText.Escape(stored)}</p>");
            HtmlText.Table(
                html, new DataTable(["Prometheus in", "job", "target", "scrapes", "failed", "why"], rows),
                "What was scraped", isOpen: false, CsvData.Of(
                    "scraped", ["prometheus_in", "job", "target", "scrapes", "failed", "why"],
                    result.Observation.Clusters.SelectMany(static c => c.Targets.Select(t => (IReadOnlyList<string>)
                        [c.Cluster, t.Job, t.Address + t.Path, CsvTables.Text(t.Scrapes),
                            CsvTables.Text(t.Failures), t.Reason]))));
        }
    }

    /// <summary>Events.</summary>
    public static void WriteTimeline(RunResult result, TextWriter html)
    {
        if (TimelineFigure.Of(result) is RunFigure figure)
        {
            HtmlText.Figure(html, figure);
        }
    }

    /// <summary>The residency ledger, when data classes are declared.</summary>
    public static void WriteLedger(RunResult result, TextWriter html)
    {
        if (result.Ledger.Count == 0)
        {
            return;
        }

        long crossing = result.Ledger.Where(static l => l.FromGeo != l.ToGeo).Sum(static l => l.Requests);
        long total = result.Ledger.Sum(static l => l.Requests);
        html.Write($"<p class=\"soft\">{Words.Count(crossing)} of {Words.Count(total, "answer")} with a declared " +
            "data class crossed a geography, " +
            $"{Words.Count(result.Ledger.Where(static l => l.FromGeo != l.ToGeo).Sum(static l => l.Bytes))} of " +
            $"{Words.Count(result.Ledger.Sum(static l => l.Bytes), "byte")}.</p>");
        IReadOnlyList<string>[] rows = [.. result.Ledger.Select(static l => (IReadOnlyList<string>)
            [l.DataClass, l.Holder, Place(l.From, l.FromGeo), l.Reader, Place(l.To, l.ToGeo),
                l.FromGeo == l.ToGeo ? "stays" : "crosses", l.Path, l.AllowedBy, Words.Count(l.Requests),
                Words.Count(l.Bytes)])];
        HtmlText.Table(
            html,
            new DataTable(["data class", "holder", "in", "reader", "in", "geography", "path", "allowed by",
                "answers", "bytes"], rows),
            "Ledger", isOpen: true, CsvData.Of("ledger", w => CsvTables.WriteLedger(result, w)));
    }

    private static string Place(string cluster, string geography) =>
        geography.Length == 0 ? cluster : $"{cluster} ({geography})";
}
