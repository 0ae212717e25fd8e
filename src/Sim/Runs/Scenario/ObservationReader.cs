using Sim.Core;
using Sim.Manifests;

namespace Sim.Runs.Scenario;

/// <summary>Reads <c>prometheus</c>, <c>alerts</c> and the assertions in PromQL.</summary>
internal sealed class ObservationReader(DiagnosticBag diagnostics)
{
    public ObservationSpec Read(ScenarioObject spec, IReadOnlyList<QuerySpec> queries)
    {
        ScenarioObject prometheus = spec.Object("prometheus");
        PrometheusSpec read = ReadPrometheus(prometheus);
        PrometheusSpec? servers = prometheus.IsPresent ? read : null;
        prometheus.Close();
        ScenarioObject alerts = spec.Object("alerts");
        var observation = new ObservationSpec(servers, alerts.TextList("rules"),
            alerts.Objects("expect").Select(ReadExpectation).ToList(), queries);
        alerts.Close();
        var slos = new List<(Sourced<string> File, Sourced<string> Cluster)>();
        foreach (ScenarioObject o in spec.Objects("openSlos"))
        {
            slos.Add((o.Text("file"), o.Text("cluster")));
            o.Close();
        }

        return observation with { OpenSlos = slos };
    }

    private PrometheusSpec ReadPrometheus(ScenarioObject o)
    {
        var reachable = new List<KeyValuePair<string, Sourced<string>>>();
        foreach (YamlEntry e in o.Entries("reachable"))
        {
            if (e.Value is YamlScalar { IsNull: false } s)
            {
                reachable.Add(new(e.Key, new Sourced<string>(s.Value, s.Span)));
            }
            else
            {
                diagnostics.Error(ScenarioCodes.WrongType, $"{o.PathOf("reachable")}.{e.Key} must name a cluster",
                    e.KeySpan);
            }
        }

        return new PrometheusSpec(
            o.TextList("clusters"), o.Word("version", ""), o.Duration("scrapeInterval", 15 * SimDuration.Second),
            o.Duration("evaluationInterval", SimDuration.Minute), o.Text("config"), o.TextList("rules"), reachable,
            o.Boolean("envoyStats", false), o.Span);
    }

    private static AlertExpectation ReadExpectation(ScenarioObject o)
    {
        var expectation = new AlertExpectation(o.Text("alert"), o.Boolean("firing", true), o.Text("cluster"),
            o.Text("during"), o.Boolean("throughout", false), o.Span);
        o.Close();
        return expectation;
    }
}
