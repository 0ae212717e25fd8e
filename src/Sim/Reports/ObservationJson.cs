using System.Text.Json;
using Sim.Core;
using Sim.Runs;
using Sim.Runs.Observing;
using static Sim.Reports.RunJsonNames;

namespace Sim.Reports;

/// <summary>What Prometheus saw, as the member <c>observation</c> of <c>run.json</c>.</summary>
internal static class ObservationJson
{
    /// <summary>Writes the member, unless nobody watched.</summary>
    public static void Write(Utf8JsonWriter json, RunResult result)
    {
        Observation o = result.Observation;
        if (o.Clusters.Count == 0)
        {
            return;
        }

        json.WriteStartObject("observation");
        RunJsonWriter.Rows(json, "prometheus", o.Clusters, WriteCluster);
        RunJsonWriter.Rows(json, "alerts", o.Alerts, WriteAlert);
        RunJsonWriter.Rows(json, "rules", o.Rules, WriteRule);
        json.WriteEndObject();
    }

    /// <summary>Reads the member; the stored series are not in it.</summary>
    public static Observation Read(JsonNode root) => root.Optional("observation") is not { } o ? Observation.None
        : new Observation(
            o["prometheus"].Rows(static c => new ObservedCluster(
                c["cluster"].Text(), c["version"].Text(), c["configured_by"].Text(), c["series"].Integer(),
                c["samples"].Integer(), c["targets"].Rows(static t => new TargetRecord(
                    t["job"].Text(), t["address"].Text(), t["path"].Text(), (int)t["scrapes"].Integer(),
                    (int)t["failures"].Integer(), t["reason"].Text())))),
            o["alerts"].Rows(static a => new AlertInterval(
                a["cluster"].Text(), a["alert"].Text(), a["state"].Text(),
                a["labels"].Members(static (name, v) => KeyValuePair.Create(name, v.Text())), a["from_s"].Seconds(),
                a["until_s"].IsNull ? null : a["until_s"].Seconds(), a["value"].Number(), a["summary"].Text())),
            o["rules"].Rows(static r => new AlertRuleRecord(
                r["cluster"].Text(), r["alert"].Text(), (int)r["evaluations"].Integer(),
                (int)r["firing_evaluations"].Integer(),
                r["first_firing_s"].IsNull ? null : r["first_firing_s"].Seconds(), r["interval_s"].Seconds(),
                new SourceSpan(r["file"].Text(), (int)r["line"].Integer(), (int)r["column"].Integer()))));

    private static void WriteCluster(Utf8JsonWriter json, ObservedCluster c)
    {
        json.WriteString("cluster", c.Cluster);
        json.WriteString("version", c.Version);
        json.WriteString("configured_by", c.ConfiguredBy);
        json.WriteNumber("series", c.Series);
        json.WriteNumber("samples", c.Samples);
        json.WriteStartArray("targets");
        foreach (TargetRecord t in c.Targets)
        {
            json.WriteStartObject();
            json.WriteString("job", t.Job);
            json.WriteString("address", t.Address);
            json.WriteString("path", t.Path);
            json.WriteNumber("scrapes", t.Scrapes);
            json.WriteNumber("failures", t.Failures);
            json.WriteString("reason", t.Reason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteAlert(Utf8JsonWriter json, AlertInterval a)
    {
        json.WriteString("cluster", a.Cluster);
        json.WriteString("alert", a.Alert);
        json.WriteString("state", a.State);
        json.WriteNumber("from_s", Seconds(a.FromNs));
        WriteSeconds(json, "until_s", a.UntilNs);
        json.WriteNumber("value", double.IsFinite(a.Value) ? a.Value : 0);
        json.WriteString("summary", a.Summary);
        json.WriteStartObject("labels");
        foreach ((string name, string value) in a.Labels)
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
    }

    private static void WriteRule(Utf8JsonWriter json, AlertRuleRecord r)
    {
        json.WriteString("cluster", r.Cluster);
        json.WriteString("alert", r.Alert);
        json.WriteNumber("evaluations", r.Evaluations);
        json.WriteNumber("firing_evaluations", r.FiringEvaluations);
        WriteSeconds(json, "first_firing_s", r.FirstFiringNs);
        json.WriteNumber("interval_s", Seconds(r.IntervalNs));
        json.WriteString("file", r.Span.File ?? "");
        json.WriteNumber("line", r.Span.Line);
        json.WriteNumber("column", r.Span.Column);
    }

    private static void WriteSeconds(Utf8JsonWriter json, string name, long? ns)
    {
        if (ns is { } value)
        {
            json.WriteNumber(name, Seconds(value));
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
