using System.Globalization;
using Sim.Core;
using Sim.Manifests;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;
using Sim.Telemetry;
using Sim.Telemetry.PromQl;
using Sim.Telemetry.Rules;
using LabelMatcher = Sim.Telemetry.PromQl.LabelMatcher;

namespace Sim.Runs.Observing;

/// <summary>Tells of every alerting rule in ConfigMaps and PrometheusRules whether it can fire at all, without a run.
/// </summary>
/// <remarks>A rule can never fire when its selectors of Istio's metrics select no report that a proxy of the cluster
/// can make (<see cref="PossibleReports"/>). Whether it fires at rest is evaluated: each kind of call that is answered
/// is made every <see cref="StepMs"/> for an hour, alone, and the expression is asked at the end. Only
/// <c>istio_requests_total</c> is laid out so.</remarks>
internal static class AlertExamination
{
    /// <summary>Time between two samples, milliseconds.</summary>
    public const long StepMs = 15_000;

    private const long RestMs = 3_600_000;
    private const string Requests = "istio_requests_total";

    /// <summary>Labels whose values follow from the objects that are there; all others may have any value.</summary>
    private static readonly string[] Judged =
    [
        "reporter", "connection_security_policy", "source_workload", "source_workload_namespace", "source_cluster",
        "destination_workload", "destination_workload_namespace", "destination_cluster", "destination_service",
        "destination_service_name", "destination_service_namespace",
    ];

    private static readonly string[] Metrics =
    [
        Requests, "istio_request_messages_total", "istio_response_messages_total", "istio_tcp_sent_bytes_total",
        "istio_tcp_received_bytes_total", "istio_tcp_connections_opened_total", "istio_tcp_connections_closed_total",
        .. from metric in (string[])
               ["istio_request_duration_milliseconds", "istio_request_bytes", "istio_response_bytes"]
           from part in (string[])["_bucket", "_sum", "_count"]
           select metric + part,
    ];

    /// <summary>Examines the rules of all clusters.</summary>
    /// <param name="document">Scenario.</param>
    /// <param name="clusters">Its clusters.</param>
    /// <param name="findings">Receives what Prometheus would refuse in the rules.</param>
    public static IReadOnlyList<ExaminedAlert> Of(
        ScenarioDocument document, IReadOnlyList<LiveCluster> clusters, DiagnosticBag findings)
    {
        var all = new List<ExaminedAlert>();
        foreach (LiveCluster cluster in clusters)
        {
            IReadOnlyList<PossibleReport>? possible = null;
            foreach ((KubeObject owner, AlertingRule rule, bool isRead) in RulesOf(document, cluster, findings))
            {
                possible ??= PossibleReports.Of(document, cluster, clusters);
                (AlertReach reach, string why) = Examine(cluster.Name, rule, possible);
                all.Add(new ExaminedAlert(cluster.Name, owner.Resource, rule.Name, rule.Span, isRead, reach, why));
            }
        }

        return all;
    }

    private static IEnumerable<(KubeObject Owner, AlertingRule Rule, bool IsRead)> RulesOf(
        ScenarioDocument document, LiveCluster cluster, DiagnosticBag findings)
    {
        PromQlDialect dialect = ObservationChecks.DialectOf(document);
        foreach (KubeObject o in cluster.LiveObjects().Objects)
        {
            List<RuleFile?> files = [];
            if (o is ConfigMap map)
            {
                files.AddRange(map.Data.Where(static e => IsRuleFile(e.Value.Value)).Select(e => RuleFile.Read(
                    ServerConfig.Placed(e.Value), e.Value.Span.File ?? "", dialect, findings)));
            }
            else if (o.Kind == "PrometheusRule" && o.Node["spec"] is { } spec)
            {
                files.Add(RuleFile.Read(spec, dialect, findings));
            }

            bool isRead = o is ConfigMap m ? RuleExamination.IsRead(document, cluster, m)
                : document.Observation.HasServer(cluster.Name);
            foreach (AlertingRule rule in files.OfType<RuleFile>().SelectMany(static f => f.Groups)
                .SelectMany(static g => g.Rules).OfType<AlertingRule>())
            {
                yield return (o, rule, isRead);
            }
        }
    }

    private static bool IsRuleFile(string text) => text.Contains("groups:", StringComparison.Ordinal)
        && YamlReader.Read(text, "", new DiagnosticBag()) is [YamlMapping root, ..]
        && root["groups"] is YamlSequence { Items: [YamlMapping group, ..] } && group["rules"] is YamlSequence;

    private static (AlertReach Reach, string Why) Examine(
        string cluster, AlertingRule rule, IReadOnlyList<PossibleReport> possible)
    {
        List<VectorSelector> selectors = [.. rule.Query.Selectors];
        if (selectors.Count == 0 || rule.Query.AnswersNothing)
        {
            return (AlertReach.NotJudged, "it may be true without any series");
        }

        if (selectors.Find(static s => !IsOfProxies(s.Name)) is { } other)
        {
            return (AlertReach.NotJudged, $"{(other.Name.Length > 0 ? other.Name : "a selector without a name")} is "
                + "not a metric of requests");
        }

        List<string> impossible = [.. selectors.Select(s => Impossible(cluster, s, possible))];
        if (impossible.TrueForAll(static i => i.Length > 0))
        {
            return (AlertReach.Never, impossible[0]);
        }

        List<PossibleReport> answered = [.. possible.Where(static p => p.IsAnswered)];
        if (selectors.Exists(static s => s.Name != Requests))
        {
            return (AlertReach.NotJudged, "its series can be there; at rest only istio_requests_total is evaluated");
        }

        if (answered.Count == 0)
        {
            return (AlertReach.Quiet, "nothing is called at rest: no caller with a sidecar has a service with a pod");
        }

        List<PossibleReport> firing = [.. answered.Where(p => IsTrueAtRest(rule.Query, p))];
        string of = string.Create(CultureInfo.InvariantCulture, $"{firing.Count} of {answered.Count}");
        string all = answered.Count.ToString(CultureInfo.InvariantCulture);
        return firing.Count == 0
            ? (AlertReach.Quiet, $"none of {all} kinds of answered calls makes it true")
            : firing.Count < answered.Count
                ? (AlertReach.Sometimes, $"{of} kinds of answered calls make it true, such as {firing[0].What}")
                : (AlertReach.Always, $"each of {all} kinds of answered calls makes it true{BySource(selectors)}");
    }

    /// <summary>Whether a name is that of a metric by which proxies report requests; other names with
    /// <c>istio_</c> are nobody's, but those of agent and control plane.</summary>
    private static bool IsOfProxies(string name) => name.StartsWith("istio_", StringComparison.Ordinal)
        && !name.StartsWith("istio_agent_", StringComparison.Ordinal) && name != "istio_build";

    /// <summary>Why no report meets a selector; empty when one does.</summary>
    private static string Impossible(string cluster, VectorSelector selector, IReadOnlyList<PossibleReport> possible)
    {
        if (!Metrics.Contains(selector.Name))
        {
            return $"no proxy has a metric {selector.Name}";
        }

        List<LabelMatcher> judged = [.. selector.Matchers.Where(static m => Judged.Contains(m.Name))];
        List<(LabelSet Labels, bool HasFreeHost)> reports = [.. possible.SelectMany(static p =>
            LabelsOf(p).Select(l => (l, p.HasFreeHost)))];
        if (reports.Exists(r => judged.TrueForAll(m => Meets(m, r))))
        {
            return "";
        }

        List<LabelMatcher> alone = [.. judged.Where(m => !reports.Exists(r => Meets(m, r)))];
        return alone.Count > 0
            ? $"no proxy of {cluster} can report {string.Join(" or ", alone.Select(Text))}"
            : $"no proxy of {cluster} can report together {string.Join(", ", judged.Select(Text))}";
    }

    private static bool Meets(LabelMatcher matcher, (LabelSet Labels, bool HasFreeHost) report) =>
        (report.HasFreeHost && matcher.Name == "destination_service") || matcher.Matches(report.Labels[matcher.Name]);

    private static IEnumerable<LabelSet> LabelsOf(PossibleReport report) =>
        IstioMetrics.Of(report.Request).Where(static c => c.Name == Requests).Select(static c => c.Labels);

    private static bool IsTrueAtRest(PromQlQuery query, PossibleReport report)
    {
        var store = new SeriesStore();
        foreach (LabelSet labels in LabelsOf(report))
        {
            LabelSet series = labels.With(LabelSet.MetricName, Requests);
            for (long t = 0; t <= RestMs; t += StepMs)
            {
                store.Append(series, t, (double)t / StepMs);
            }
        }

        return query.Instant(store, RestMs).Value is VectorValue { Samples.Count: > 0 };
    }

    private static string BySource(List<VectorSelector> selectors)
    {
        bool isPolicy = selectors.Exists(static s => s.Matchers.Any(static m =>
            m.Name == "connection_security_policy" && m.Matches("unknown"))
            && !s.Matchers.Any(static m => m.Name == "reporter"));
        return isPolicy ? ": the caller's proxy always reports connection_security_policy=\"unknown\"" : "";
    }

    private static string Text(LabelMatcher m)
    {
        string sign = m.Kind switch
        {
            MatchKind.Equal => "=",
            MatchKind.NotEqual => "!=",
            MatchKind.Regex => "=~",
            _ => "!~",
        };
        return $"{m.Name}{sign}\"{m.Value}\"";
    }
}
