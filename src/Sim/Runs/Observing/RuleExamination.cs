using System.Globalization;
using Sim.Core;
using Sim.Manifests;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;
using Sim.Telemetry.PromQl;
using Sim.Telemetry.Rules;

namespace Sim.Runs.Observing;

/// <summary>Finds alerts that can never fire, that always fire, and rules that nobody reads.</summary>
/// <remarks>Before the run by what labels of Istio's metrics can be at all (istio/proxy:
/// source/extensions/filters/http/istio_stats/istio_stats.cc: the client's proxy reports
/// <c>connection_security_policy="unknown"</c>); after it by what was stored and what fired.</remarks>
internal static class RuleExamination
{
    /// <summary>An alert that can never fire.</summary>
    public const string Never = "MS0706";

    /// <summary>An alert that always fires.</summary>
    public const string Always = "MS0707";

    /// <summary>A ConfigMap that nobody reads.</summary>
    public const string Unread = "MS0708";

    /// <summary>A target that never answered.</summary>
    public const string Down = "MS0710";

    private static readonly (string Reporter, string Policy)[] Reports =
        [("source", "unknown"), ("destination", "mutual_tls"), ("destination", "none")];

    private static readonly string[] Protocols = ["http", "grpc", "tcp"];

    /// <summary>ConfigMaps with a Prometheus' configuration that no Prometheus reads.</summary>
    public static void FindUnread(
        ScenarioDocument document, IReadOnlyList<LiveCluster> clusters, DiagnosticBag findings)
    {
        foreach (LiveCluster cluster in clusters)
        {
            foreach (ConfigMap map in cluster.LiveObjects().Of<ConfigMap>())
            {
                if (KindOf(map) is { } what && !IsRead(document, cluster, map))
                {
                    string why = document.Observation.HasServer(cluster.Name)
                        ? "the Prometheus of the cluster is not told of it" : "the cluster has no Prometheus";
                    findings.Warn(Unread, $"ConfigMap {map.Namespace}/{map.Name} holds {what} that nobody reads: {why}",
                        map.Span, "spec.prometheus of the scenario says what a Prometheus reads",
                        cluster.Name + "/" + map.Resource);
                }
            }
        }
    }

    /// <summary>What the expressions of all servers' alerts can be seen to do without a run.</summary>
    public static void Check(
        ScenarioDocument document, IReadOnlyList<ClusterPrometheus> servers, DiagnosticBag findings)
    {
        List<string> clusters = [.. document.Clusters.Select(static c => c.Name.Value), "unknown"];
        foreach (ClusterPrometheus server in servers)
        {
            foreach (AlertingRule rule in AlertsOf(server))
            {
                foreach (VectorSelector selector in rule.Query.Selectors.Where(static s => IsIstio(s)))
                {
                    Check(server, rule, selector, clusters, findings);
                }
            }
        }
    }

    /// <summary>What the run has shown.</summary>
    public static void Judge(
        IReadOnlyList<ClusterPrometheus> servers, Observation observation, DiagnosticBag findings)
    {
        foreach (ClusterPrometheus server in servers)
        {
            foreach (AlertingRule rule in AlertsOf(server))
            {
                bool selectsNothing = !rule.Query.AnswersNothing && rule.Query.Selectors.Any(IsIstio)
                    && rule.Query.Selectors.All(s => server.Store.Select(s.Matchers).Count == 0);
                if (selectsNothing && !IsKnown(findings, Never, server, rule))
                {
                    findings.Info(Never, $"alert {rule.Name} selected no series in the whole run: nothing in it could "
                        + "make it fire", rule.Span, "", server.Cluster.Name);
                }
            }
        }

        foreach (AlertRuleRecord r in observation.Rules)
        {
            int since = r.FirstFiringNs is null ? 0 : r.FiringEvaluations;
            bool isThroughout = since >= 3
                && r.FirstFiringNs!.Value + ((r.FiringEvaluations - 1) * r.IntervalNs) >= LastEvaluation(r);
            if (isThroughout && 2 * since >= r.Evaluations)
            {
                findings.Info(Always, string.Create(CultureInfo.InvariantCulture,
                    $"alert {r.Alert} fired from {SimDuration.Format(r.FirstFiringNs!.Value)} to the end of the run, ")
                    + string.Create(CultureInfo.InvariantCulture, $"at {since} of {r.Evaluations} evaluations"),
                    r.Span, "", r.Cluster);
            }
        }

        foreach (ObservedCluster c in observation.Clusters)
        {
            foreach (TargetRecord t in c.Targets.Where(static t => t.Scrapes > 0 && t.Failures == t.Scrapes))
            {
                findings.Warn(Down,
                    $"job {t.Job} of the Prometheus in {c.Cluster}: {t.Address}{t.Path} never answered: "
                    + t.Reason, default, "", c.Cluster);
            }
        }
    }

    private static long LastEvaluation(AlertRuleRecord r) => (r.Evaluations - 1) * r.IntervalNs;

    private static bool IsKnown(DiagnosticBag findings, string code, ClusterPrometheus server, AlertingRule rule) =>
        findings.Items.Any(d => d.Code == code && d.Span == rule.Span && d.Resource == server.Cluster.Name);

    private static IEnumerable<AlertingRule> AlertsOf(ClusterPrometheus server) =>
        server.Config.Groups.SelectMany(static g => g.Rules).OfType<AlertingRule>();

    private static bool IsIstio(VectorSelector selector) =>
        selector.Name.StartsWith("istio_", StringComparison.Ordinal);

    private static void Check(ClusterPrometheus server, AlertingRule rule, VectorSelector selector,
        IReadOnlyList<string> clusters, DiagnosticBag findings)
    {
        bool Meets(string label, string value) =>
            selector.Matchers.Where(m => m.Name == label).All(m => m.Matches(value));
        bool HasLabel(string label) => selector.Matchers.Any(m => m.Name == label);

        var met = Reports.Where(r => Meets("reporter", r.Reporter) && Meets("connection_security_policy", r.Policy))
            .ToList();
        string impossible = met.Count == 0 ? "reporter and connection_security_policy"
            : !Protocols.Any(p => Meets("request_protocol", p)) ? "request_protocol"
            : !clusters.Any(c => Meets("source_cluster", c)) ? "source_cluster"
            : !clusters.Any(c => Meets("destination_cluster", c)) ? "destination_cluster" : "";
        if (impossible.Length > 0)
        {
            findings.Warn(Never, $"alert {rule.Name} can never fire: no proxy reports {selector.Name} with such a "
                + impossible, rule.Span, "", server.Cluster.Name);
        }
        else if (HasLabel("connection_security_policy") && !HasLabel("reporter") && met.Contains(Reports[0]))
        {
            findings.Warn(Always, $"alert {rule.Name} is true for every request: the client's proxy always reports "
                + "connection_security_policy=\"unknown\"", rule.Span, "add reporter=\"destination\"",
                server.Cluster.Name);
        }
    }

    private static string? KindOf(ConfigMap map)
    {
        foreach (SpannedEntry<Spanned<string>> e in map.Data)
        {
            bool mayBe = e.Value.Value.Contains("scrape_configs", StringComparison.Ordinal)
                || e.Value.Value.Contains("groups:", StringComparison.Ordinal);
            if (!mayBe || YamlReader.Read(e.Value.Value, "", new DiagnosticBag()) is not [YamlMapping root, ..])
            {
                continue;
            }

            if (root["scrape_configs"] is YamlSequence)
            {
                return "a configuration of Prometheus";
            }

            if (root["groups"] is YamlSequence { Items: [YamlMapping group, ..] } && group["rules"] is YamlSequence)
            {
                return "rules of Prometheus";
            }
        }

        return null;
    }

    /// <summary>Whether the Prometheus of a cluster reads a ConfigMap.</summary>
    internal static bool IsRead(ScenarioDocument document, LiveCluster cluster, ConfigMap map)
    {
        string name = map.Namespace + "/" + map.Name;
        return document.Observation.HasServer(cluster.Name) && document.Observation.Servers is { } s
            && (s.Config.Value == name || s.Rules.Any(r => r.Value == name));
    }
}
