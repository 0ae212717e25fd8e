using System.Text.Json;
using Sim.Core;
using Sim.Runs.Matrix;
using Sim.Runs.Scenario;

namespace Sim.Reports.Matrices;

/// <summary>The truth table inside <c>run.json</c> and <c>matrix.json</c>.</summary>
internal static class MatrixJson
{
    /// <summary>Writes the members of the table into the object that is open.</summary>
    public static void Write(Utf8JsonWriter json, PolicyMatrix matrix)
    {
        json.WriteNumber("at_s", RunJsonNames.Seconds(matrix.AtNs));
        json.WriteStartArray("cells");
        foreach (MatrixCell cell in matrix.Cells)
        {
            WriteCell(json, cell);
        }

        json.WriteEndArray();
        json.WriteStartArray("drift");
        foreach (PolicyDrift drift in matrix.Drift)
        {
            WriteDrift(json, drift);
        }

        json.WriteEndArray();
    }

    /// <summary>Reads a table back; judgements stand elsewhere.</summary>
    public static PolicyMatrix Read(JsonNode node) => new()
    {
        AtNs = node["at_s"].Seconds(),
        Cells = node["cells"].Rows(ReadCell),
        Drift = node["drift"].Rows(static d => new PolicyDrift(
            d["kind"].Text(), d["subject"].Text(), d["difference"].Text(), d["cluster_a"].Text(), d["says_a"].Text(),
            ReadSpan(d["at_a"]), d["cluster_b"].Text(), d["says_b"].Text(), ReadSpan(d["at_b"]))),
    };

    private static void WriteCell(Utf8JsonWriter json, MatrixCell cell)
    {
        json.WriteStartObject();
        json.WriteString("cluster", cell.Caller.Cluster);
        json.WriteString("namespace", cell.Caller.Namespace);
        json.WriteString("workload", cell.Caller.Workload);
        json.WriteString("principal", cell.Caller.Principal);
        json.WriteString("target", cell.Target.Text);
        json.WriteString("host", cell.Target.Host);
        json.WriteNumber("port", cell.Target.Port);
        json.WriteString("method", cell.Method);
        json.WriteString("path", cell.Path);
        json.WriteString("verdict", MatrixTables.NameOf(cell.Verdict));
        json.WriteString("expected", cell.Expected);
        if (cell.Held is { } held)
        {
            json.WriteBoolean("held", held);
        }
        else
        {
            json.WriteNull("held");
        }

        json.WriteStartArray("ways");
        foreach (MatrixOutcome o in cell.Outcomes)
        {
            json.WriteStartObject();
            json.WriteString("verdict", MatrixTables.NameOf(o.Verdict));
            json.WriteBoolean("taken", o.IsTaken);
            json.WriteString("served_cluster", o.Cluster);
            json.WriteString("served_by", o.Workload);
            json.WriteNumber("priority", o.Priority);
            json.WriteNumber("hosts", o.Pods);
            json.WriteNumber("code", o.Code);
            json.WriteString("flags", o.Flags);
            json.WriteString("rule", o.Rule);
            json.WritePropertyName("at");
            WriteSpan(json, o.Origin);
            json.WriteString("text", o.Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteDrift(Utf8JsonWriter json, PolicyDrift drift)
    {
        json.WriteStartObject();
        json.WriteString("kind", drift.Kind);
        json.WriteString("subject", drift.Subject);
        json.WriteString("difference", drift.Difference);
        json.WriteString("cluster_a", drift.ClusterA);
        json.WriteString("says_a", drift.SaysA);
        json.WritePropertyName("at_a");
        WriteSpan(json, drift.OriginA);
        json.WriteString("cluster_b", drift.ClusterB);
        json.WriteString("says_b", drift.SaysB);
        json.WritePropertyName("at_b");
        WriteSpan(json, drift.OriginB);
        json.WriteEndObject();
    }

    private static void WriteSpan(Utf8JsonWriter json, SourceSpan span)
    {
        json.WriteStartObject();
        json.WriteString("file", span.File ?? "");
        json.WriteNumber("line", span.Line);
        json.WriteNumber("column", span.Column);
        json.WriteEndObject();
    }

    private static MatrixCell ReadCell(JsonNode c) => new(
        new MatrixCaller(c["cluster"].Text(), c["namespace"].Text(), c["workload"].Text(), c["principal"].Text()),
        new MatrixTarget(c["target"].Text(), c["host"].Text(), (int)c["port"].Integer()), c["method"].Text(),
        c["path"].Text(), ReadVerdict(c["verdict"]), c["ways"].Rows(static o => new MatrixOutcome(
            ReadVerdict(o["verdict"]), o["served_cluster"].Text(), o["served_by"].Text(),
            (int)o["priority"].Integer(), o["taken"].Boolean(), (int)o["hosts"].Integer(), (int)o["code"].Integer(),
            o["flags"].Text(), o["rule"].Text(), ReadSpan(o["at"]), o["text"].Text())))
    {
        Expected = c["expected"].Text(),
        Held = c["held"].IsNull ? null : c["held"].Boolean(),
    };

    private static MatrixVerdict ReadVerdict(JsonNode node) =>
        Names.TryParse(node.Text(), out MatrixVerdict verdict) ? verdict : throw node.Wrong("a verdict");

    private static SourceSpan ReadSpan(JsonNode node) =>
        new(node["file"].Text(), (int)node["line"].Integer(), (int)node["column"].Integer());
}
