using Sim.Core;

namespace Sim.Runs.Scenario;

/// <summary>The Prometheus that each cluster has.</summary>
/// <param name="Clusters">Clusters that have one; none named = all.</param>
/// <param name="Version">Version whose PromQL and rules apply: 2.42, 2.51 or 3.8.</param>
/// <param name="ScrapeIntervalNs">Interval of scrapes where no configuration is read.</param>
/// <param name="EvaluationIntervalNs">Interval of rule groups where no configuration is read.</param>
/// <param name="Config">ConfigMap <c>namespace/name</c> whose <c>prometheus.yml</c> a server reads; empty, or absent in
/// a cluster, = the addon's configuration.</param>
/// <param name="Rules">ConfigMaps <c>namespace/name</c> with rule files.</param>
/// <param name="Reachable">Addresses <c>host:port</c> at which another cluster's server answers.</param>
/// <param name="HasEnvoyStats">Statistics of Envoy's clusters are exposed, too.</param>
/// <param name="Span">Where it is declared.</param>
public sealed record PrometheusSpec(
    IReadOnlyList<Sourced<string>> Clusters, Sourced<string> Version, Sourced<long> ScrapeIntervalNs,
    Sourced<long> EvaluationIntervalNs, Sourced<string> Config, IReadOnlyList<Sourced<string>> Rules,
    IReadOnlyList<KeyValuePair<string, Sourced<string>>> Reachable, bool HasEnvoyStats, SourceSpan Span);

/// <summary>What is expected of an alert.</summary>
/// <param name="Alert">Name of the rule.</param>
/// <param name="IsFiring">Whether it fires at least once; false = never.</param>
/// <param name="Cluster">Cluster of the server; empty = any of them.</param>
/// <param name="During">Only while this step holds; empty = the whole run.</param>
/// <param name="IsThroughout">Whether it fires without a break from its first to the last evaluation of that time.
/// </param>
/// <param name="Span">Where it is declared.</param>
public sealed record AlertExpectation(
    Sourced<string> Alert, bool IsFiring, Sourced<string> Cluster, Sourced<string> During, bool IsThroughout,
    SourceSpan Span);

/// <summary>An assertion in PromQL.</summary>
/// <param name="Query">The expression.</param>
/// <param name="Cluster">Cluster of the server; empty = the only one there is.</param>
/// <param name="AtNs">When it is asked; null = at the end of the run.</param>
/// <param name="ExpectsNone">Holds when the answer is empty; otherwise when it is not.</param>
/// <param name="Span">Where it is declared.</param>
public sealed record QuerySpec(
    Sourced<string> Query, Sourced<string> Cluster, Sourced<long>? AtNs, bool ExpectsNone, SourceSpan Span);

/// <summary>What watches the mesh: servers, rule files and what is expected of their alerts.</summary>
/// <param name="Prometheus">The servers; null = there are none.</param>
/// <param name="RuleFiles">Rule files of the scenario's folder, loaded by every server; <c>*</c> stands for any name.
/// </param>
/// <param name="Expectations">What is expected of alerts.</param>
/// <param name="Queries">Assertions in PromQL.</param>
public sealed record ObservationSpec(
    PrometheusSpec? Prometheus, IReadOnlyList<Sourced<string>> RuleFiles,
    IReadOnlyList<AlertExpectation> Expectations, IReadOnlyList<QuerySpec> Queries)
{
    /// <summary>OpenSLO documents: file and cluster.</summary>
    public IReadOnlyList<(Sourced<string> File, Sourced<string> Cluster)> OpenSlos { get; init; } = [];

    /// <summary>Nobody watches.</summary>
    public static ObservationSpec None { get; } = new(null, [], [], []);

    /// <summary>The servers that there are: those that are declared, or those that rules and queries need.</summary>
    public PrometheusSpec? Servers => Prometheus
        ?? (RuleFiles.Count + Expectations.Count + Queries.Count + OpenSlos.Count == 0 ? null : Default);

    private static PrometheusSpec Default { get; } = new(
        [], new Sourced<string>("", SourceSpan.None), new Sourced<long>(15 * SimDuration.Second, SourceSpan.None),
        new Sourced<long>(SimDuration.Minute, SourceSpan.None), new Sourced<string>("", SourceSpan.None), [], [], false,
        SourceSpan.None);

    /// <summary>Whether a cluster has a server.</summary>
    public bool HasServer(string cluster) => Servers is { } s
        && (s.Clusters.Count == 0 || s.Clusters.Any(c => c.Value == cluster));
}
