using System.Text.Json;
using Sim.Runs;
using static Sim.Reports.RunJsonNames;

namespace Sim.Reports;

/// <summary>The graph of services in <c>run.json</c>.</summary>
internal static class GraphJson
{
    /// <summary>Writes <c>calls</c>; nothing when no call was counted.</summary>
    public static void Write(Utf8JsonWriter json, ServiceGraph graph)
    {
        if (graph.Phases.Count == 0)
        {
            return;
        }

        json.WriteStartObject("calls");
        WritePhases(json, graph);
        RunJsonWriter.Rows(json, "edges", graph.Edges, static (w, e) =>
        {
            Write(w, "caller", e.From);
            w.WriteString("service", e.Service);
            Write(w, "server", e.To);
            w.WriteString("via", e.Via);
            WriteCounts(w, e);
        });
        json.WriteEndObject();
    }

    /// <summary>Writes <c>phases</c>.</summary>
    public static void WritePhases(Utf8JsonWriter json, ServiceGraph graph) =>
        RunJsonWriter.Rows(json, "phases", graph.Phases, static (w, p) =>
        {
            w.WriteString("name", p.Name);
            w.WriteNumber("from_s", Seconds(p.FromNs));
            w.WriteNumber("to_s", Seconds(p.ToNs));
        });

    /// <summary>Writes <c>calls</c> and <c>failed</c> of an edge, one number for each phase.</summary>
    public static void WriteCounts(Utf8JsonWriter json, GraphEdge edge)
    {
        Write(json, "calls", edge.Counts.Select(static c => c.Calls));
        Write(json, "failed", edge.Counts.Select(static c => c.Failed));
    }

    /// <summary>Reads what <see cref="Write(Utf8JsonWriter, ServiceGraph)"/> wrote.</summary>
    public static ServiceGraph Read(JsonNode root) => root.Optional("calls") is not { } calls ? ServiceGraph.None
        : new ServiceGraph(
            calls["phases"].Rows(static p => new GraphPhase(
                p["name"].Text(), p["from_s"].Seconds(), p["to_s"].Seconds())),
            calls["edges"].Rows(static e => new GraphEdge(
                ReadEnd(e, "caller"), ReadEnd(e, "server"), e["service"].Text(), e["via"].Text(),
                [.. e["calls"].Rows(static n => n.Integer()).Zip(
                    e["failed"].Rows(static n => n.Integer()), static (c, f) => new GraphCount(c, f))])));

    private static void Write(Utf8JsonWriter json, string name, GraphEnd end)
    {
        json.WriteString(name, end.Workload);
        json.WriteString(name + "_cluster", end.Cluster);
        json.WriteString(name + "_region", end.Region);
        json.WriteString(name + "_geo", end.Geo);
    }

    private static void Write(Utf8JsonWriter json, string name, IEnumerable<long> counts)
    {
        json.WriteStartArray(name);
        foreach (long count in counts)
        {
            json.WriteNumberValue(count);
        }

        json.WriteEndArray();
    }

    private static GraphEnd ReadEnd(JsonNode e, string name) => new(e[name].Text(), e[name + "_cluster"].Text(),
        e[name + "_region"].Text(), e[name + "_geo"].Text());
}
