using Sim.Core;
using Sim.Telemetry.PromQl;

namespace Sim.Runs.Scenario;

/// <summary>Checks what watches the mesh: names, files and the language of queries.</summary>
internal static class ObservationChecks
{
    /// <summary>The dialect of PromQL that a scenario's servers speak.</summary>
    /// <remarks>Istio: samples/addons/prometheus.yaml of the release: 1.22 ships 2.51, 1.29 ships 3.8.</remarks>
    public static PromQlDialect DialectOf(ScenarioDocument d) =>
        PromQlDialect.Find(d.Observation.Servers?.Version.Value ?? "")
        ?? (d.Istio.Value == "1.22" ? PromQlDialect.V2_51 : PromQlDialect.V3_8);

    public static void Check(ScenarioDocument d, DiagnosticBag bag)
    {
        ObservationSpec o = d.Observation;
        List<string> clusters = d.Clusters.Select(static c => c.Name.Value).ToList();
        List<string> steps = d.Timeline.Select(static s => s.As.Value).Where(static n => n.Length > 0).ToList();
        foreach (Sourced<string> name in (o.Prometheus?.Clusters ?? [])
                     .Concat(o.Prometheus?.Reachable.Select(static r => r.Value) ?? [])
                     .Concat(o.Expectations.Select(static e => e.Cluster))
                     .Concat(o.Queries.Select(static q => q.Cluster))
                     .Concat(o.OpenSlos.Select(static s => s.Cluster)).Where(static n => n.IsWritten))
        {
            Known(name, clusters, "cluster", bag);
        }

        foreach (AlertExpectation e in o.Expectations.Where(static e => e.During.IsWritten))
        {
            Known(e.During, steps, "step", bag);
        }

        foreach (Sourced<string> path in o.RuleFiles.Concat(o.OpenSlos.Select(static s => s.File)))
        {
            if (ScenarioFiles.Matching(d, path.Value).Count == 0)
            {
                bag.Error(ScenarioCodes.MissingFile, $"there is no file {path}", path.Span,
                    $"paths are relative to {d.Directory}");
            }
        }

        if (o.Prometheus is { } p)
        {
            CheckPrometheus(p, bag);
        }

        CheckQueries(d, bag);
    }

    private static void CheckPrometheus(PrometheusSpec p, DiagnosticBag bag)
    {
        foreach (Sourced<string> map in p.Rules.Append(p.Config).Where(static m => m.IsWritten))
        {
            if (map.Value.Split('/') is not [{ Length: > 0 }, { Length: > 0 }])
            {
                bag.Error(ScenarioCodes.BadValue, $"\"{map}\" does not name a ConfigMap", map.Span,
                    "namespace/name, such as istio-system/compliance-monitoring");
            }
        }

        foreach (Sourced<long> interval in (Sourced<long>[])[p.ScrapeIntervalNs, p.EvaluationIntervalNs])
        {
            if (interval.Value < 100 * SimDuration.Millisecond)
            {
                bag.Error(ScenarioCodes.BadValue, "an interval of Prometheus is at least 100ms here", interval.Span);
            }
        }
    }

    private static void CheckQueries(ScenarioDocument d, DiagnosticBag bag)
    {
        foreach (QuerySpec q in d.Observation.Queries)
        {
            if (PromQlQuery.Parse(q.Query, DialectOf(d), out PromQlError? error) is null)
            {
                bag.Error(ScenarioCodes.Expression, error!.ToString(), q.Query.Span, "PromQL "
                    + DialectOf(d).Version + " refuses it so");
            }

            int servers = d.Clusters.Count(c => d.Observation.HasServer(c.Name));
            if (!q.Cluster.IsWritten && servers > 1)
            {
                bag.Error(ScenarioCodes.MissingKey, "the query does not say whose Prometheus it asks", q.Span,
                    "cluster: " + d.Clusters[0].Name);
            }
            else if (q.Cluster.IsWritten && !d.Observation.HasServer(q.Cluster))
            {
                bag.Error(ScenarioCodes.Conflict, $"cluster {q.Cluster} has no Prometheus", q.Cluster.Span);
            }
        }
    }

    private static void Known(Sourced<string> name, IReadOnlyList<string> known, string what, DiagnosticBag bag)
    {
        if (!known.Contains(name.Value))
        {
            bag.Error(ScenarioCodes.UnknownName, $"there is no {what} \"{name}\"", name.Span,
                Names.Hint(name.Value, known.ToList()));
        }
    }
}
