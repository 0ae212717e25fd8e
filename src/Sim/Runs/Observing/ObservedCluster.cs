using Sim.Telemetry;
using Sim.Telemetry.PromQl;

namespace Sim.Runs.Observing;

/// <summary>A target of a server, and how its scrapes went.</summary>
/// <param name="Job">Job.</param>
/// <param name="Address">Address it was scraped at.</param>
/// <param name="Path">Path of its page.</param>
/// <param name="Scrapes">Scrapes.</param>
/// <param name="Failures">Scrapes that brought nothing.</param>
/// <param name="Reason">Why they brought nothing; empty when none failed.</param>
public sealed record TargetRecord(
    string Job, string Address, string Path, int Scrapes, int Failures, string Reason);

/// <summary>What one cluster's Prometheus has seen.</summary>
/// <param name="Cluster">Cluster.</param>
/// <param name="Version">Version whose PromQL it speaks.</param>
/// <param name="ConfiguredBy">ConfigMap it was configured by; empty = the addon's configuration.</param>
/// <param name="Series">Series it has stored.</param>
/// <param name="Samples">Samples it has stored, markers of ended series not counted.</param>
/// <param name="Targets">Its targets in order of job and address.</param>
public sealed record ObservedCluster(
    string Cluster, string Version, string ConfiguredBy, long Series, long Samples,
    IReadOnlyList<TargetRecord> Targets)
{
    /// <summary>What it has stored; null when the result was read from a file.</summary>
    public SeriesStore? Store { get; init; }

    /// <summary>Time 0 of the run, milliseconds since the epoch.</summary>
    public long StartMs { get; init; }

    /// <summary>Options of its queries.</summary>
    public PromQlOptions Options { get; init; } = PromQlOptions.Default;

    /// <summary>Rule files as it loaded them, for other tools: name and text.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> RuleTexts { get; init; } = [];

    /// <summary>Series that its rules wrote; empty when the result was read from a file.</summary>
    public IReadOnlySet<LabelSet> Recorded { get; init; } = new HashSet<LabelSet>();

    /// <summary>Labels it adds to what leaves it.</summary>
    public LabelSet ExternalLabels { get; init; } = LabelSet.Empty;

    /// <summary>Shortest interval at which it scrapes a target, milliseconds.</summary>
    public long ScrapeIntervalMs { get; init; }

    /// <summary>Interval of groups of rules that state none, milliseconds.</summary>
    public long EvaluationIntervalMs { get; init; }

    /// <summary>The dialect of <see cref="Version"/>.</summary>
    public PromQlDialect Dialect => PromQlDialect.Find(Version)
        ?? throw new InvalidOperationException("no dialect " + Version);
}

/// <summary>A time during which an alert was pending or fired.</summary>
/// <param name="Cluster">Cluster of the server.</param>
/// <param name="Alert">Name of the rule.</param>
/// <param name="State">pending or firing.</param>
/// <param name="Labels">Labels of the alert besides its name.</param>
/// <param name="FromNs">Begin.</param>
/// <param name="UntilNs">End; null = it held at the end of the run.</param>
/// <param name="Value">Value of its expression when it began.</param>
/// <param name="Summary">Its annotation <c>summary</c>, else <c>description</c>; empty when it has neither.</param>
public sealed record AlertInterval(
    string Cluster, string Alert, string State, IReadOnlyList<KeyValuePair<string, string>> Labels, long FromNs,
    long? UntilNs, double Value, string Summary)
{
    /// <summary>The state of alerts that fire.</summary>
    public const string Firing = "firing";

    /// <summary>The state of alerts whose condition has not held long enough.</summary>
    public const string Pending = "pending";
}

/// <summary>An alerting rule of a server, and how often it was evaluated and fired.</summary>
/// <param name="Cluster">Cluster of the server.</param>
/// <param name="Alert">Name of the rule.</param>
/// <param name="Evaluations">Evaluations.</param>
/// <param name="FiringEvaluations">Evaluations after which at least one alert of the rule fired.</param>
/// <param name="FirstFiringNs">First evaluation at which one fired; null = never.</param>
/// <param name="IntervalNs">Interval of its group.</param>
/// <param name="Span">Where it stands.</param>
public sealed record AlertRuleRecord(
    string Cluster, string Alert, int Evaluations, int FiringEvaluations, long? FirstFiringNs, long IntervalNs,
    Sim.Core.SourceSpan Span);

/// <summary>What watched the mesh has seen.</summary>
/// <param name="Clusters">The servers in the order of the clusters.</param>
/// <param name="Alerts">Times of alerts in order of begin.</param>
/// <param name="Rules">Alerting rules in order of cluster, group and rule.</param>
public sealed record Observation(
    IReadOnlyList<ObservedCluster> Clusters, IReadOnlyList<AlertInterval> Alerts,
    IReadOnlyList<AlertRuleRecord> Rules)
{
    /// <summary>Nobody watched.</summary>
    public static Observation None { get; } = new([], [], []);
}
