namespace Sim.Telemetry.Scraping;

/// <summary>A target after relabelling: where it is scraped, and what its samples are labelled with.</summary>
/// <param name="Target">Address and labels.</param>
/// <param name="Path">Path of its page.</param>
public sealed record DiscoveredTarget(ScrapeTarget Target, string Path)
{
    private const string Address = "__address__";
    private const string MetricsPath = "__metrics_path__";
    private const string Instance = "instance";

    /// <summary>Makes a target of what was discovered.</summary>
    /// <param name="job">The job.</param>
    /// <param name="discovered">Address (<c>__address__</c>), <c>__meta_*</c> and other labels.</param>
    /// <returns>Null when relabelling drops it, or leaves it without an address.</returns>
    /// <remarks>Prometheus: scrape/target.go#PopulateLabels. Simplified: a scheme, a port that is missing and
    /// <c>__param_*</c> have no effect.</remarks>
    public static DiscoveredTarget? Of(ScrapeConfig job, LabelSet discovered)
    {
        LabelSet? labels = discovered;
        labels = labels["job"].Length > 0 ? labels : labels.With("job", job.JobName);
        labels = labels[MetricsPath].Length > 0 ? labels : labels.With(MetricsPath, job.MetricsPath);
        foreach (RelabelRule rule in job.TargetRelabels)
        {
            labels = rule.Apply(labels);
            if (labels is null)
            {
                return null;
            }
        }

        string address = labels[Address];
        if (address.Length == 0)
        {
            return null;
        }

        var kept = LabelSet.Of(labels.Labels.Where(static l => !l.Name.StartsWith("__", StringComparison.Ordinal)));
        kept = kept[Instance].Length > 0 ? kept : kept.With(Instance, address);
        return new DiscoveredTarget(new ScrapeTarget(address, kept), labels[MetricsPath]);
    }

    /// <summary>The targets of <c>static_configs</c>, relabelled.</summary>
    public static IEnumerable<DiscoveredTarget> Static(ScrapeConfig job) => job.Targets
        .Select(t => Of(job, t.Labels.Without(Instance).With(Address, t.Address) is var l
            && t.Labels[Instance] != t.Address ? l.With(Instance, t.Labels[Instance]) : l))
        .OfType<DiscoveredTarget>();
}
