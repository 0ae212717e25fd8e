using Sim.Core;
using Sim.Manifests;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;
using Sim.Telemetry.PromQl;
using Sim.Telemetry.Rules;
using Sim.Telemetry.Scraping;

namespace Sim.Runs.Observing;

/// <summary>What a cluster's Prometheus is configured with at one moment.</summary>
internal sealed class ServerConfig
{
    private ServerConfig(PrometheusConfig scraping, string source, IReadOnlyList<RuleGroup> groups, string signature,
        IReadOnlyList<KeyValuePair<string, string>> texts)
    {
        Scraping = scraping;
        Source = source;
        Groups = groups;
        Signature = signature;
        RuleTexts = texts;
    }

    /// <summary>Jobs and labels.</summary>
    public PrometheusConfig Scraping { get; }

    /// <summary>ConfigMap it comes from; empty = the addon's.</summary>
    public string Source { get; }

    /// <summary>Groups of rules, file by file.</summary>
    public IReadOnlyList<RuleGroup> Groups { get; }

    /// <summary>Equal for equal configurations.</summary>
    public string Signature { get; }

    /// <summary>Rule files: name and text.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> RuleTexts { get; }

    /// <summary>Everything a server would read now, as one text.</summary>
    public static string SignatureOf(ScenarioDocument document, LiveCluster cluster) => string.Join('\u0001',
        Maps(document, cluster).SelectMany(static m => m.Data.Select(static e => e.Key + "\n" + e.Value.Value))
            .Concat(RuleObjects(cluster).Select(static o => o.Resource + o.Span)));

    /// <summary>Reads the configuration of a cluster's server.</summary>
    /// <param name="document">Scenario with a Prometheus.</param>
    /// <param name="cluster">The cluster.</param>
    /// <param name="findings">Receives what Prometheus would refuse or read over.</param>
    public static ServerConfig Read(ScenarioDocument document, LiveCluster cluster, DiagnosticBag findings)
    {
        PrometheusSpec spec = document.Observation.Servers!;
        PromQlDialect dialect = ObservationChecks.DialectOf(document);
        PrometheusConfig? scraping = null;
        string source = "";
        if (MapOf(cluster, spec.Config.Value) is { } map)
        {
            source = spec.Config.Value;
            Spanned<string>? text = map.Data.Find("prometheus.yml") ?? map.Data.Find("prometheus.yaml");
            scraping = text is null ? null : PrometheusConfig.Read(Placed(text), text.Span.File ?? "", findings);
            scraping ??= new PrometheusConfig(60_000, 60_000, Telemetry.LabelSet.Empty, [], []);
        }

        scraping ??= Addon(spec);
        var groups = new List<RuleGroup>();
        var texts = new List<KeyValuePair<string, string>>();
        foreach (ScenarioFile file in ScenarioFiles.RuleFiles(document))
        {
            groups.AddRange(RulesOf(file, dialect, findings));
            texts.Add(new(Path.GetFileName(file.Shown),
                SpecOf(file) is { } groupsOnly ? YamlText.Write(groupsOnly) : file.Text));
        }

        foreach (ConfigMap rules in spec.Rules.Select(r => MapOf(cluster, r.Value)).OfType<ConfigMap>())
        {
            foreach (SpannedEntry<Spanned<string>> e in rules.Data)
            {
                RuleFile? file = RuleFile.Read(Placed(e.Value), e.Value.Span.File ?? "", dialect, findings);
                groups.AddRange(file?.Groups ?? []);
                texts.Add(new(e.Key, e.Value.Value));
            }
        }

        foreach (KubeObject o in RuleObjects(cluster))
        {
            groups.AddRange(RuleFile.Read(o.Node["spec"]!, dialect, findings)?.Groups ?? []);
            texts.Add(new($"{o.Namespace}-{o.Name}.yaml", YamlText.Write(o.Node["spec"]!)));
        }

        return new ServerConfig(scraping, source, groups, SignatureOf(document, cluster), texts);
    }

    private static IEnumerable<ConfigMap> Maps(ScenarioDocument document, LiveCluster cluster)
    {
        PrometheusSpec spec = document.Observation.Servers!;
        return spec.Rules.Prepend(spec.Config).Select(m => MapOf(cluster, m.Value)).OfType<ConfigMap>();
    }

    private static IEnumerable<KubeObject> RuleObjects(LiveCluster cluster) =>
        cluster.LiveObjects().Objects.Where(static o => o.Kind == "PrometheusRule" && o.Node["spec"] is not null);

    private static IReadOnlyList<RuleGroup> RulesOf(ScenarioFile file, PromQlDialect dialect, DiagnosticBag findings) =>
        (SpecOf(file) is { } spec ? RuleFile.Read(spec, dialect, findings)
            : RuleFile.Read(file.Text, file.Shown, dialect, findings))?.Groups ?? [];

    /// <summary>The groups of a file that is a PrometheusRule; null for a rule file.</summary>
    private static YamlNode? SpecOf(ScenarioFile file) =>
        YamlReader.Read(file.Text, file.Shown, new DiagnosticBag()) is [YamlMapping first, ..]
            && (first["kind"] as YamlScalar)?.Value == "PrometheusRule" ? first["spec"] : null;

    private static ConfigMap? MapOf(LiveCluster cluster, string name) => cluster.LiveObjects().Of<ConfigMap>()
        .FirstOrDefault(m => m.Namespace + "/" + m.Name == name);

    /// <summary>The text of a block scalar with its lines where they stand in the manifest.</summary>
    internal static string Placed(Spanned<string> text) =>
        text.Value.Contains('\n', StringComparison.Ordinal) ? new string('\n', text.Span.Line) + text.Value
            : text.Value;

    /// <summary>The jobs of Istio's addon that see proxies: samples/addons/prometheus.yaml, job kubernetes-pods.
    /// </summary>
    private static PrometheusConfig Addon(PrometheusSpec spec)
    {
        string text = $$"""
            global:
              scrape_interval: {{Milliseconds(spec.ScrapeIntervalNs)}}ms
              evaluation_interval: {{Milliseconds(spec.EvaluationIntervalNs)}}ms
            scrape_configs:
            - job_name: kubernetes-pods
              honor_labels: true
              kubernetes_sd_configs: [{role: pod}]
              relabel_configs:
              - {action: keep, regex: 'true', source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_scrape]}
              - action: replace
                regex: (.+)
                source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_path]
                target_label: __metrics_path__
              - action: replace
                regex: (\d+);(.+)
                replacement: $2:$1
                source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_port, __meta_kubernetes_pod_ip]
                target_label: __address__
              - {action: labelmap, regex: __meta_kubernetes_pod_label_(.+)}
              - {source_labels: [__meta_kubernetes_namespace], target_label: namespace}
              - {source_labels: [__meta_kubernetes_pod_name], target_label: pod}
              - {source_labels: [__meta_kubernetes_pod_node_name], target_label: node}
            """;
        var own = new DiagnosticBag();
        return PrometheusConfig.Read(text, "addon", own)
            ?? throw new InvalidOperationException("the addon's configuration: " + string.Join("; ", own.Items));
    }

    private static string Milliseconds(long ns) =>
        (ns / SimDuration.Millisecond).ToString(System.Globalization.CultureInfo.InvariantCulture);
}
