namespace Sim.Runs.Scenario;

public static partial class ScenarioKeys
{
    private static ScenarioObjectType[] Observed() =>
    [
        new("burnRate", "A burn rate that is looked for in two windows.",
        [
            new("rate", KeyType.Number, "Times the speed that uses up the budget exactly.", Required: true),
            new("long", KeyType.Duration, "Long window.", Required: true),
            new("short", KeyType.Duration, "Short window.", Required: true),
        ]),
        new("openSlo", "An OpenSLO document.",
        [
            new("file", KeyType.Text, "File with documents of kind SLO.", Required: true),
            new("cluster", KeyType.Text, "Cluster whose Prometheus is asked.", Default: "the first"),
        ]),
        new("prometheus", "A Prometheus in each cluster.",
        [
            new("clusters", KeyType.TextList, "Clusters that have one.", Default: "all"),
            new("version", KeyType.Choice, "Version whose PromQL and rules apply.",
                Default: "2.51 under profile 1.22, otherwise 3.8", Choices: ["2.42", "2.51", "3.8"]),
            new("scrapeInterval", KeyType.Duration, "Interval of scrapes, where no `config` is read.", Default: "15s"),
            new("evaluationInterval", KeyType.Duration, "Interval of rule groups, where no `config` is read.",
                Default: "1m"),
            new("config", KeyType.Text, "ConfigMap `namespace/name` whose `prometheus.yml` a server reads; a cluster "
                + "without it has the addon's configuration."),
            new("rules", KeyType.TextList, "ConfigMaps `namespace/name` with rule files. PrometheusRule objects of a "
                + "cluster are always read."),
            new("reachable", KeyType.TextMap, "Addresses `host:port` and the cluster whose server answers there. Any "
                + "other address of `static_configs` does not resolve."),
            new("envoyStats", KeyType.Boolean, "Expose statistics of Envoy's clusters, too, as `proxyStatsMatcher` "
                + "would.", Default: "false"),
        ]),
        new("alerts", "Rule files, and what is expected of their alerts.",
        [
            new("rules", KeyType.TextList, "Rule files of Prometheus, or PrometheusRule objects; `rules/*.yml` = all "
                + "that match. Every server loads them."),
            new("expect", KeyType.ObjectList, "What is expected.", Of: "alertExpectation"),
        ]),
        new("alertExpectation", "What is expected of an alert.",
        [
            new("alert", KeyType.Text, "Name.", Required: true),
            new("firing", KeyType.Boolean, "Whether it fires at some time, or never.", Required: true),
            new("cluster", KeyType.Text, "Cluster of the server.", Default: "any"),
            new("during", KeyType.Text, "Only while this step holds.", Default: "the whole run"),
            new("throughout", KeyType.Boolean, "It fires at every evaluation of that time, from its first one on.",
                Default: "false"),
        ]),
    ];
}
