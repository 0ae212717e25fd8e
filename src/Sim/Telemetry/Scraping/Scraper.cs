namespace Sim.Telemetry.Scraping;

/// <summary>Scrapes one target of a job into a store.</summary>
/// <remarks>
/// Prometheus: scrape/scrape.go. A series without a time of its own that a scrape does not bring again ends with a
/// marker, and so do all of them when a scrape fails; a series that brings its own times, as a federated one does, gets
/// no marker at all. Simplified: a scrape takes no time.
/// </remarks>
public sealed class Scraper
{
    private readonly ScrapeConfig _config;
    private readonly ScrapeTarget _target;
    private readonly SeriesStore _store;
    private HashSet<LabelSet> _tracked = [];
    private HashSet<LabelSet> _known = [];

    /// <summary>A scraper of a target.</summary>
    public Scraper(ScrapeConfig config, ScrapeTarget target, SeriesStore store)
    {
        _config = config;
        _target = target;
        _store = store;
    }

    /// <summary>Stores what the target answered.</summary>
    /// <param name="exposition">The answer; null when there was none.</param>
    /// <param name="timeMs">Time of the scrape, milliseconds since the epoch.</param>
    /// <returns>True when the scrape succeeded: <c>up</c> is 1.</returns>
    public bool Scrape(Exposition? exposition, long timeMs)
    {
        List<(LabelSet Labels, ExposedSample Sample)> kept = [];
        bool isUp = exposition is { Status: 200 };
        foreach (ExposedSample s in isUp ? exposition!.Samples : [])
        {
            if (StoredLabels(s.Name, s.Labels) is { } labels)
            {
                kept.Add((labels, s));
            }
        }

        int scraped = isUp ? exposition!.Samples.Count : 0;
        int after = kept.Count;
        if (_config.SampleLimit > 0 && kept.Count > _config.SampleLimit)
        {
            isUp = false;
            kept = [];
        }

        var tracked = new HashSet<LabelSet>();
        var known = new HashSet<LabelSet>();
        foreach ((LabelSet labels, ExposedSample s) in kept)
        {
            bool hasOwnTime = _config.HonorTimestamps && s.TimestampMs is not null;
            _store.Append(labels, hasOwnTime ? s.TimestampMs!.Value : timeMs, s.Value);
            known.Add(labels);
            if (!hasOwnTime)
            {
                tracked.Add(labels);
            }
        }

        foreach (LabelSet gone in _tracked.Where(l => !tracked.Contains(l)).Order())
        {
            _store.Append(gone, timeMs, StaleMarker.Value);
        }

        int added = known.Count(l => !_known.Contains(l));
        _tracked = tracked;
        _known = known;
        Report("up", isUp ? 1 : 0, timeMs);
        Report("scrape_duration_seconds", 0, timeMs);
        Report("scrape_samples_scraped", scraped, timeMs);
        Report("scrape_samples_post_metric_relabeling", after, timeMs);
        Report("scrape_series_added", added, timeMs);
        return isUp;
    }

    /// <summary>Labels under which a sample is stored; null when relabelling drops it.</summary>
    internal LabelSet? StoredLabels(string name, IReadOnlyList<Label> written) =>
        Relabelled(LabelsOf(name, written)) is { Labels.Count: > 0 } labels ? labels : null;

    private void Report(string name, double value, long timeMs) =>
        _store.Append(_target.Labels.With(LabelSet.MetricName, name), timeMs, value);

    private LabelSet LabelsOf(string name, IReadOnlyList<Label> written)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (Label l in written)
        {
            labels[l.Name] = l.Value;
        }

        labels[LabelSet.MetricName] = name;
        var conflicting = new List<Label>();
        foreach (Label t in _target.Labels.Labels)
        {
            if (_config.HonorLabels)
            {
                labels.TryAdd(t.Name, t.Value);
                continue;
            }

            if (labels.GetValueOrDefault(t.Name, "").Length > 0)
            {
                conflicting.Add(new Label(t.Name, labels[t.Name]));
            }

            labels[t.Name] = t.Value;
        }

        foreach (Label l in conflicting.OrderBy(static l => l.Name.Length))
        {
            string free = "exported_" + l.Name;
            while (labels.GetValueOrDefault(free, "").Length > 0)
            {
                free = "exported_" + free;
            }

            labels[free] = l.Value;
        }

        return LabelSet.Of(labels.Select(static l => new Label(l.Key, l.Value)));
    }

    private LabelSet? Relabelled(LabelSet labels)
    {
        LabelSet? result = labels;
        foreach (RelabelRule rule in _config.MetricRelabels)
        {
            result = result is null ? null : rule.Apply(result);
        }

        return result;
    }
}
