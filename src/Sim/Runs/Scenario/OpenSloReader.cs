using Sim.Core;
using Sim.Manifests;
using Sim.Runs.Judging;
using Sim.Telemetry.PromQl;

namespace Sim.Runs.Scenario;

/// <summary>An objective of an OpenSLO document, as far as it is understood.</summary>
/// <param name="Name">Name, with that of the objective where there are several.</param>
/// <param name="Target">Share of good requests, 0..1.</param>
/// <param name="Good">PromQL that counts good requests; empty when <paramref name="Bad"/> counts the others.</param>
/// <param name="Bad">PromQL that counts bad requests; empty when <paramref name="Good"/> is given.</param>
/// <param name="Total">PromQL that counts all requests.</param>
/// <param name="WindowNs">Length of the window; it is cut to the run.</param>
/// <param name="Cluster">Cluster whose Prometheus is asked.</param>
/// <param name="Burn">Rules of burn rates.</param>
/// <param name="Span">Where it stands.</param>
public sealed record OpenSloObjective(
    string Name, double Target, string Good, string Bad, string Total, long WindowNs, string Cluster,
    IReadOnlyList<BurnRule> Burn, SourceSpan Span);

/// <summary>Reads OpenSLO documents of kind SLO.</summary>
/// <remarks>OpenSLO: specification v1, SLO. What is understood: an indicator with a <c>ratioMetric</c> of counters in
/// PromQL, <c>objectives</c> with <c>target</c> or <c>targetPercent</c>, one rolling <c>timeWindow</c>, the budgeting
/// method Occurrences. Everything else is told (MS0711).</remarks>
internal sealed class OpenSloReader(PromQlDialect dialect, DiagnosticBag diagnostics)
{
    /// <summary>A field that is not understood.</summary>
    public const string NotUnderstood = "MS0711";

    private static readonly string[] SpecFields =
        ["description", "service", "indicator", "timeWindow", "budgetingMethod", "objectives"];

    private static readonly string[] ObjectiveFields = ["displayName", "target", "targetPercent"];

    /// <summary>The objectives of a file; other kinds of documents are told and left out.</summary>
    public IReadOnlyList<OpenSloObjective> Read(ScenarioFile file, string cluster)
    {
        var list = new List<OpenSloObjective>();
        foreach (YamlNode document in YamlReader.Read(file.Text, file.Shown, diagnostics))
        {
            if (document is not YamlMapping root
                || !Text(root["apiVersion"]).StartsWith("openslo", StringComparison.Ordinal)
                || Text(root["kind"]) != "SLO" || root["spec"] is not YamlMapping spec)
            {
                Tell("this document is no OpenSLO document of kind SLO: it is left out", document.Span);
                continue;
            }

            list.AddRange(ReadSlo(root, spec, cluster));
        }

        return list;
    }

    private static string Text(YamlNode? node) => node is YamlScalar { IsNull: false } s ? s.Value : "";

    private void Tell(string message, SourceSpan span) => diagnostics.Warn(NotUnderstood, message, span);

    private IEnumerable<OpenSloObjective> ReadSlo(YamlMapping root, YamlMapping spec, string cluster)
    {
        string name = Text((root["metadata"] as YamlMapping)?["name"]);
        foreach (YamlEntry e in spec.Entries.Where(static e => !SpecFields.Contains(e.Key)))
        {
            Tell($"SLO {name}: {e.Key} is not understood and has no effect", e.KeySpan);
        }

        string method = Text(spec["budgetingMethod"]);
        if (method is not ("" or "Occurrences"))
        {
            Tell($"SLO {name}: budgeting method {method} is not understood: occurrences are counted instead",
                spec["budgetingMethod"]!.Span);
        }

        var ratio = ((spec["indicator"] as YamlMapping)?["spec"] as YamlMapping)?["ratioMetric"] as YamlMapping;
        string good = Query(ratio?["good"], name);
        string bad = Query(ratio?["bad"], name);
        string total = Query(ratio?["total"], name);
        bool isCounter = Text(ratio?["counter"]) == "true";
        if (total.Length == 0 || (good.Length == 0) == (bad.Length == 0) || !isCounter)
        {
            Tell($"SLO {name} is not judged: only an indicator with a ratioMetric of counters is understood, with "
                + "total and one of good and bad in PromQL", (spec["indicator"] ?? spec).Span);
            return [];
        }

        return Objectives(spec, name).Select(o => new OpenSloObjective(
            o.Name, o.Target, good, bad, total, Window(spec, name), cluster, BurnRule.Workbook, o.Span)).ToList();
    }

    private long Window(YamlMapping spec, string name)
    {
        if (spec["timeWindow"] is not YamlSequence { Items: [YamlMapping window, ..] })
        {
            return 0;
        }

        if (window["calendar"] is { } calendar || Text(window["isRolling"]) == "false")
        {
            Tell($"SLO {name}: a window by the calendar is not understood: it is taken as a rolling one", window.Span);
        }

        string text = Text(window["duration"]);
        if (SimDuration.TryParse(text.Replace("w", "", StringComparison.Ordinal) + (text.EndsWith('w') ? "d" : ""),
                out long ns))
        {
            return text.EndsWith('w') ? 7 * ns : ns;
        }

        Tell($"SLO {name}: duration \"{text}\" is not understood: the whole run is judged", window.Span);
        return 0;
    }

    private IEnumerable<(string Name, double Target, SourceSpan Span)> Objectives(YamlMapping spec, string slo)
    {
        IReadOnlyList<YamlNode> items = spec["objectives"] is YamlSequence s ? s.Items : [];
        foreach (YamlMapping o in items.OfType<YamlMapping>())
        {
            foreach (YamlEntry e in o.Entries.Where(static e => !ObjectiveFields.Contains(e.Key)))
            {
                Tell($"SLO {slo}: objectives: {e.Key} is not understood and has no effect", e.KeySpan);
            }

            bool isPercent = o["targetPercent"] is not null;
            string text = Text(o[isPercent ? "targetPercent" : "target"]);
            if (!Quantities.TryNumber(text, out double target) || target < 0 || target > (isPercent ? 100 : 1))
            {
                Tell($"SLO {slo}: \"{text}\" is no target: the objective is left out", o.Span);
                continue;
            }

            string name = items.Count == 1 ? slo : slo + " " + (Text(o["displayName"]) is { Length: > 0 } d ? d : text);
            yield return (name, isPercent ? target / 100 : target, o.Span);
        }
    }

    private string Query(YamlNode? node, string slo)
    {
        var source = (node as YamlMapping)?["metricSource"] as YamlMapping;
        string query = Text((source?["spec"] as YamlMapping)?["query"]);
        if (source is null || query.Length == 0)
        {
            return "";
        }

        if (!string.Equals(Text(source["type"]), "prometheus", StringComparison.OrdinalIgnoreCase))
        {
            Tell($"SLO {slo}: a metric source of type {Text(source["type"])} is not understood", source.Span);
            return "";
        }

        if (PromQlQuery.Parse(query, dialect, out PromQlError? error) is null)
        {
            Tell($"SLO {slo}: {error}", (source["spec"] as YamlMapping)!["query"]!.Span);
            return "";
        }

        return query;
    }
}
