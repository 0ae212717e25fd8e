namespace Sim.Telemetry.Scraping;

/// <summary>Scrapes a page of one target into a store: what <see cref="Scraper"/> does, at the cost of one append a
/// line.</summary>
public sealed class PageScraper
{
    private readonly ScrapeConfig _config;
    private readonly SeriesStore _store;
    private readonly Scraper _labels;
    private readonly List<StoredSeries?> _series = [];
    private readonly List<bool> _isTracked = [];
    private readonly StoredSeries[] _reports;
    private long _lastMs = long.MinValue;

    /// <summary>A scraper of a target.</summary>
    public PageScraper(ScrapeConfig config, ScrapeTarget target, SeriesStore store)
    {
        _config = config;
        _store = store;
        _labels = new Scraper(config, target, store);
        Target = target;
        _reports = [.. ReportNames.Select(n => store.GetOrAdd(target.Labels.With(LabelSet.MetricName, n)))];
    }

    /// <summary>What a server stores about every scrape, in the order in which it reports.</summary>
    public static IReadOnlyList<string> ReportNames { get; } =
    [
        "up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling",
        "scrape_series_added",
    ];

    /// <summary>The target.</summary>
    public ScrapeTarget Target { get; }

    /// <summary>Scrapes so far.</summary>
    public int Scrapes { get; private set; }

    /// <summary>Scrapes that failed.</summary>
    public int Failures { get; private set; }

    /// <summary>Stores what the page shows.</summary>
    /// <param name="page">The page; null when the target did not answer with one.</param>
    /// <param name="timeMs">Milliseconds since the epoch, later than at the last scrape.</param>
    /// <returns>True when the scrape succeeded.</returns>
    public bool Scrape(MetricsPage? page, long timeMs)
    {
        _lastMs = timeMs;
        Scrapes++;
        int scraped = 0;
        int kept = 0;
        int added = page is null ? 0 : Resolve(page);
        for (int i = 0; page is not null && i < page.Lines.Count; i++)
        {
            scraped += page.Lines[i].IsPresent ? 1 : 0;
            kept += page.Lines[i].IsPresent && _series[i] is not null ? 1 : 0;
        }

        bool isUp = page is not null && (_config.SampleLimit == 0 || kept <= _config.SampleLimit);
        for (int i = 0; i < _series.Count; i++)
        {
            if (_series[i] is not { } series)
            {
                continue;
            }

            bool isShown = isUp && page!.Lines[i].IsPresent;
            if (isShown)
            {
                series.Append(timeMs, page!.Lines[i].Value);
            }
            else if (_isTracked[i])
            {
                series.Append(timeMs, StaleMarker.Value);
            }

            _isTracked[i] = isShown;
        }

        Failures += isUp ? 0 : 1;
        Report(timeMs, isUp ? 1 : 0, 0, scraped, kept, isUp ? added : 0);
        return isUp;
    }

    /// <summary>The target is no longer a target: its series end one interval after its last scrape.</summary>
    /// <param name="intervalMs">Interval of scrapes.</param>
    /// <remarks>Prometheus: scrape/scrape.go#scrapeLoop.endOfRunStaleness.</remarks>
    public void End(long intervalMs)
    {
        if (Scrapes == 0)
        {
            return;
        }

        long timeMs = _lastMs + intervalMs;
        for (int i = 0; i < _series.Count; i++)
        {
            if (_isTracked[i])
            {
                _series[i]!.Append(timeMs, StaleMarker.Value);
                _isTracked[i] = false;
            }
        }

        foreach (StoredSeries report in _reports)
        {
            report.Append(timeMs, StaleMarker.Value);
        }
    }

    private int Resolve(MetricsPage page)
    {
        int added = 0;
        for (int i = _series.Count; i < page.Lines.Count; i++)
        {
            PageLine line = page.Lines[i];
            LabelSet? labels = _labels.StoredLabels(line.Name, line.Labels.Labels);
            _series.Add(labels is null ? null : _store.GetOrAdd(labels));
            _isTracked.Add(false);
            added += labels is null ? 0 : 1;
        }

        return added;
    }

    private void Report(long timeMs, params ReadOnlySpan<double> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            _reports[i].Append(timeMs, values[i]);
        }
    }
}
