using Sim.Core;

namespace Sim.Telemetry.Scraping;

/// <summary>A target with the labels that are put on its samples.</summary>
/// <param name="Address">Host and port.</param>
/// <param name="Labels">Its labels, <c>job</c> and <c>instance</c> among them.</param>
public sealed record ScrapeTarget(string Address, LabelSet Labels);

/// <summary>Targets that are looked up in a cluster's API server (<c>kubernetes_sd_configs</c>).</summary>
/// <param name="Role">What is looked up: pod or endpoints.</param>
/// <param name="Namespaces">Where; none = everywhere.</param>
/// <param name="Span">Where it stands.</param>
public sealed record KubernetesDiscovery(string Role, IReadOnlyList<string> Namespaces, SourceSpan Span);

/// <summary>A job of <c>scrape_configs</c>.</summary>
public sealed record ScrapeConfig
{
    /// <summary>Name of the job.</summary>
    public required string JobName { get; init; }

    /// <summary>Where it stands.</summary>
    public required SourceSpan Span { get; init; }

    /// <summary>Path of the page; <c>/metrics</c> by default.</summary>
    public string MetricsPath { get; init; } = "/metrics";

    /// <summary>The selectors of the parameter <c>match[]</c>.</summary>
    public IReadOnlyList<string> Matches { get; init; } = [];

    /// <summary>Labels of a sample win over those of the target.</summary>
    public bool HonorLabels { get; init; }

    /// <summary>Times of samples are kept; else they get the time of the scrape.</summary>
    public bool HonorTimestamps { get; init; } = true;

    /// <summary>Most samples of a scrape; 0 for no limit.</summary>
    public int SampleLimit { get; init; }

    /// <summary>Interval of scrapes, milliseconds; 0 for the global one.</summary>
    public long ScrapeIntervalMs { get; init; }

    /// <summary>The targets of <c>static_configs</c>.</summary>
    public IReadOnlyList<ScrapeTarget> Targets { get; init; } = [];

    /// <summary>Targets of <c>kubernetes_sd_configs</c>.</summary>
    public IReadOnlyList<KubernetesDiscovery> Discoveries { get; init; } = [];

    /// <summary>What <c>relabel_configs</c> does to targets.</summary>
    public IReadOnlyList<RelabelRule> TargetRelabels { get; init; } = [];

    /// <summary>What <c>metric_relabel_configs</c> does to samples.</summary>
    public IReadOnlyList<RelabelRule> MetricRelabels { get; init; } = [];
}

/// <summary>The part of a server's configuration that decides what is stored and how it is asked.</summary>
/// <param name="ScrapeIntervalMs">Global interval of scrapes, milliseconds.</param>
/// <param name="EvaluationIntervalMs">Global interval of rule groups and default step of subqueries.</param>
/// <param name="ExternalLabels">The server's labels.</param>
/// <param name="RuleFiles">Patterns of rule files.</param>
/// <param name="Jobs">The jobs in order.</param>
public sealed record PrometheusConfig(
    long ScrapeIntervalMs, long EvaluationIntervalMs, LabelSet ExternalLabels, IReadOnlyList<string> RuleFiles,
    IReadOnlyList<ScrapeConfig> Jobs)
{
    /// <summary>Reads <c>prometheus.yml</c>.</summary>
    /// <param name="text">The YAML, for example the value of a ConfigMap's key.</param>
    /// <param name="file">Name for spans.</param>
    /// <param name="diagnostics">Receives MS0704 (a wrong value) and MS0705 (a field that is read over).</param>
    /// <returns>The configuration, or null when Prometheus would not load it.</returns>
    public static PrometheusConfig? Read(string text, string file, DiagnosticBag diagnostics) =>
        new PrometheusConfigReader(diagnostics).Read(text, file);
}
