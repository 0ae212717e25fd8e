using System.Globalization;
using Sim.Core;
using Sim.Core.RegularExpressions;
using Sim.Manifests;
using Sim.Telemetry.PromQl;

namespace Sim.Telemetry.Scraping;

/// <summary>Reads <c>prometheus.yml</c> as far as it decides what is stored.</summary>
internal sealed class PrometheusConfigReader(DiagnosticBag diagnostics)
{
    private const string Wrong = "MS0704";
    private const string ReadOver = "MS0705";

    private static readonly string[] JobFields =
    [
        "job_name", "metrics_path", "params", "honor_labels", "honor_timestamps", "sample_limit", "scrape_interval",
        "static_configs", "kubernetes_sd_configs", "relabel_configs", "metric_relabel_configs",
    ];

    private static readonly string[] DiscoveryFields = ["role", "namespaces"];

    private static readonly string[] Roles = ["pod", "endpoints"];

    private bool _isBroken;

    public PrometheusConfig? Read(string text, string file)
    {
        var bag = new DiagnosticBag();
        IReadOnlyList<YamlNode> documents = YamlReader.Read(text, file, bag);
        diagnostics.AddRange(bag.Items);
        if (bag.HasErrors)
        {
            return null;
        }

        if (documents.Count == 0 || documents[0] is not YamlMapping root)
        {
            diagnostics.Error(Wrong, "the configuration is no mapping", new SourceSpan(file, 1, 1));
            return null;
        }

        YamlMapping global = root["global"] as YamlMapping ?? new YamlMapping([], root.Span);
        long scrape = Duration(global["scrape_interval"], 60_000);
        long evaluation = Duration(global["evaluation_interval"], 60_000);
        LabelSet external = Labels(global["external_labels"]);
        List<string> rules = [.. Items(root["rule_files"]).OfType<YamlScalar>().Select(static s => s.Value)];
        List<ScrapeConfig> jobs = [.. Items(root["scrape_configs"]).OfType<YamlMapping>().Select(Job)];
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (ScrapeConfig twin in jobs.Where(j => !names.Add(j.JobName)))
        {
            Refuse("found multiple scrape configs with job name " + GoText.Quote(twin.JobName), twin.Span);
        }

        return _isBroken ? null : new PrometheusConfig(scrape, evaluation, external, rules, jobs);
    }

    private static IReadOnlyList<YamlNode> Items(YamlNode? node) => node is YamlSequence s ? s.Items : [];

    private static string Text(YamlNode? node) => node is YamlScalar { IsNull: false } s ? s.Value : "";

    private static LabelSet Labels(YamlNode? node) => node is not YamlMapping map ? LabelSet.Empty
        : LabelSet.Of(map.Entries.Select(static e => new Label(e.Key, Text(e.Value))));

    private void Refuse(string message, SourceSpan span)
    {
        _isBroken = true;
        diagnostics.Error(Wrong, message, span);
    }

    private long Duration(YamlNode? node, long otherwise)
    {
        if (Text(node).Length == 0)
        {
            return otherwise;
        }

        if (!Literals.TryDuration(Text(node), out long ms, out string problem))
        {
            Refuse(problem, node!.Span);
        }

        return ms;
    }

    private bool Flag(YamlNode? node, bool otherwise)
    {
        string text = Text(node);
        if (text.Length > 0 && text is not ("true" or "false"))
        {
            Refuse("cannot unmarshal !!str `" + text + "` into bool", node!.Span);
        }

        return text.Length == 0 ? otherwise : text == "true";
    }

    private int Count(YamlNode? node)
    {
        string text = Text(node);
        if (text.Length > 0 && !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            Refuse("cannot unmarshal !!str `" + text + "` into uint", node!.Span);
            return 0;
        }

        return text.Length == 0 ? 0 : int.Parse(text, CultureInfo.InvariantCulture);
    }

    private ScrapeConfig Job(YamlMapping node)
    {
        string name = Text(node["job_name"]);
        if (name.Length == 0)
        {
            Refuse("job_name is empty", node.Span);
        }

        foreach (YamlEntry e in node.Entries.Where(static e => !JobFields.Contains(e.Key)))
        {
            diagnostics.Warn(ReadOver, $"job {GoText.Quote(name)}: {e.Key} is not modelled and has no effect here",
                e.KeySpan);
        }

        return new ScrapeConfig
        {
            JobName = name,
            Span = node.Span,
            MetricsPath = Text(node["metrics_path"]) is { Length: > 0 } path ? path : "/metrics",
            Matches = [.. Items((node["params"] as YamlMapping)?["match[]"]).Select(Text)],
            HonorLabels = Flag(node["honor_labels"], false),
            HonorTimestamps = Flag(node["honor_timestamps"], true),
            SampleLimit = Count(node["sample_limit"]),
            ScrapeIntervalMs = Duration(node["scrape_interval"], 0),
            Targets = [.. Items(node["static_configs"]).OfType<YamlMapping>().SelectMany(s => Targets(s, name))],
            Discoveries = [.. Items(node["kubernetes_sd_configs"]).OfType<YamlMapping>()
                .Select(d => Discovery(d, name))],
            TargetRelabels = [.. Items(node["relabel_configs"]).OfType<YamlMapping>()
                .Select(Relabel).OfType<RelabelRule>()],
            MetricRelabels = [.. Items(node["metric_relabel_configs"]).OfType<YamlMapping>()
                .Select(Relabel).OfType<RelabelRule>()],
        };
    }

    private static IEnumerable<ScrapeTarget> Targets(YamlMapping config, string job)
    {
        LabelSet labels = Labels(config["labels"]);
        foreach (string address in Items(config["targets"]).Select(Text))
        {
            LabelSet all = labels["job"].Length > 0 ? labels : labels.With("job", job);
            yield return new ScrapeTarget(address, all["instance"].Length > 0 ? all : all.With("instance", address));
        }
    }

    private KubernetesDiscovery Discovery(YamlMapping node, string job)
    {
        foreach (YamlEntry e in node.Entries.Where(static e => !DiscoveryFields.Contains(e.Key)))
        {
            diagnostics.Warn(ReadOver, $"job {GoText.Quote(job)}: kubernetes_sd_configs: {e.Key} is not modelled "
                + "and has no effect here", e.KeySpan);
        }

        string role = Text(node["role"]);
        if (role.Length == 0)
        {
            Refuse("role missing (one of: pod, service, endpoints, endpointslice, node, ingress)", node.Span);
        }
        else if (!Roles.Contains(role))
        {
            diagnostics.Warn(ReadOver,
                $"job {GoText.Quote(job)}: targets of role {role} are not modelled: none are found",
                node["role"]!.Span);
        }

        return new KubernetesDiscovery(
            role, [.. Items((node["namespaces"] as YamlMapping)?["names"]).Select(Text)], node.Span);
    }

    private RelabelRule? Relabel(YamlMapping node)
    {
        string action = Text(node["action"]) is { Length: > 0 } a ? a.ToLowerInvariant() : "replace";
        if (!RelabelRule.Actions.Contains(action))
        {
            Refuse("relabel action " + GoText.Quote(action) + " is unknown or not modelled",
                (node["action"] ?? node).Span);
            return null;
        }

        string expression = node["regex"] is YamlScalar r ? r.Value : "(.*)";
        Re2? regex = GoRegexp.CompileAnchored(expression, false, out string problem);
        if (regex is null)
        {
            Refuse(problem, node["regex"]!.Span);
            return null;
        }

        string target = Text(node["target_label"]);
        if (target.Length == 0 && (action is "replace" or "lowercase" or "uppercase"))
        {
            Refuse($"relabel configuration for {action} action requires 'target_label' value", node.Span);
        }

        return new RelabelRule(action, [.. Items(node["source_labels"]).Select(Text)],
            node["separator"] is YamlScalar s ? s.Value : ";", regex, target,
            node["replacement"] is YamlScalar p ? p.Value : "$1");
    }
}
