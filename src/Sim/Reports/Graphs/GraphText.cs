using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sim.Reports.Figures;
using Sim.Runs;
using static Sim.Reports.RunJsonNames;

namespace Sim.Reports.Graphs;

/// <summary>The graph of services of a run as text for other programs.</summary>
/// <remarks>The same graph gives the same bytes: nodes are numbered in the order of the edges, which is sorted.
/// </remarks>
public static class GraphText
{
    /// <summary>Version of the JSON form, the contract described by docs/schema/graph.schema.json.</summary>
    public const string SchemaId = "meshsim/graph/1";

    private const string Lost = "#b0330c";
    private const string Plain = " -._/:,()+=%";

    private static readonly JsonWriterOptions Indented = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>As JSON: phases, nodes, and edges with one count for each phase.</summary>
    public static string Json(ServiceGraph graph)
    {
        GraphNodes nodes = new(graph);
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, Indented))
        {
            json.WriteStartObject();
            json.WriteString("schema", SchemaId);
            GraphJson.WritePhases(json, graph);
            RunJsonWriter.Rows(json, "nodes", [.. nodes.All.Index()], static (w, n) =>
            {
                w.WriteNumber("id", n.Index);
                w.WriteString("kind", KindOf(n.Item.Kind));
                w.WriteString("name", n.Item.Name);
                w.WriteString("cluster", n.Item.Cluster);
                w.WriteString("region", n.Item.Region);
                w.WriteString("geo", n.Item.Geo);
            });
            RunJsonWriter.Rows(json, "edges", graph.Edges, (w, e) =>
            {
                w.WriteNumber("from", nodes.From(e));
                w.WriteNumber("to", nodes.To(e));
                w.WriteString("service", e.Service);
                w.WriteString("via", e.Via);
                w.WriteBoolean("leaves_region", GraphFigure.LeavesRegion(e));
                w.WriteBoolean("crosses_border", GraphFigure.LeavesGeo(e));
                GraphJson.WriteCounts(w, e);
            });
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    /// <summary>In the language of Graphviz: clusters are boxes around their workloads, lines are dashed to another
    /// region, dotted across a border and red where calls failed; their text has the rate of each phase.</summary>
    /// <remarks>Graphviz: https://graphviz.org/doc/info/lang.html, https://graphviz.org/docs/attr-types/escString/.
    /// </remarks>
    public static string Dot(ServiceGraph graph)
    {
        GraphNodes nodes = new(graph);
        using StringWriter dot = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        dot.WriteLine("digraph calls {");
        dot.WriteLine("  rankdir=LR;");
        dot.WriteLine("  node [shape=box, style=rounded];");
        foreach ((int i, IGrouping<string, (int Id, GraphNodeKey Node)> cluster) in Clusters(nodes))
        {
            bool isBox = cluster.Key.Length > 0;
            if (isBox)
            {
                dot.WriteLine($"  subgraph cluster_{CsvTables.Text(i)} {{");
                dot.WriteLine($"    label={DotText(cluster.Key)};");
            }

            foreach ((int id, GraphNodeKey node) in cluster)
            {
                string shape = node.Kind switch
                {
                    GraphNodeKind.Outside => ", shape=ellipse, style=solid",
                    GraphNodeKind.NoPod => ", shape=octagon, style=dashed",
                    _ => "",
                };
                string label = DotText(string.Join('\n', LinesOf(node)));
                dot.WriteLine($"{(isBox ? "    " : "  ")}n{CsvTables.Text(id)} [label={label}{shape}];");
            }

            if (isBox)
            {
                dot.WriteLine("  }");
            }
        }

        foreach (GraphEdge e in graph.Edges)
        {
            string way = GraphFigure.LeavesGeo(e) ? ", style=dotted"
                : GraphFigure.LeavesRegion(e) ? ", style=dashed" : "";
            string color = HasFailed(e) ? $", color=\"{Lost}\", fontcolor=\"{Lost}\"" : "";
            string label = DotText(string.Join('\n', LinesOf(graph, e)));
            dot.WriteLine($"  n{CsvTables.Text(nodes.From(e))} -> n{CsvTables.Text(nodes.To(e))} "
                + $"[label={label}{way}{color}];");
        }

        dot.WriteLine("}");
        return dot.ToString();
    }

    /// <summary>As a flowchart of Mermaid: clusters are boxes around their workloads, lines are broken to another
    /// region and red where calls failed; their text has the rate of each phase.</summary>
    /// <remarks>Mermaid: https://mermaid.js.org/syntax/flowchart.html (entity codes to escape characters).</remarks>
    public static string Mermaid(ServiceGraph graph)
    {
        GraphNodes nodes = new(graph);
        using StringWriter mmd = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        mmd.WriteLine("flowchart LR");
        foreach ((int i, IGrouping<string, (int Id, GraphNodeKey Node)> cluster) in Clusters(nodes))
        {
            bool isBox = cluster.Key.Length > 0;
            if (isBox)
            {
                mmd.WriteLine($"  subgraph c{CsvTables.Text(i)}[\"{MermaidText(cluster.Key)}\"]");
            }

            foreach ((int id, GraphNodeKey node) in cluster)
            {
                (string open, string close) = node.Kind switch
                {
                    GraphNodeKind.Outside => ("([", "])"),
                    GraphNodeKind.NoPod => ("{{", "}}"),
                    _ => ("[", "]"),
                };
                string label = string.Join("<br/>", LinesOf(node).Select(MermaidText));
                mmd.WriteLine($"{(isBox ? "    " : "  ")}n{CsvTables.Text(id)}{open}\"{label}\"{close}");
            }

            if (isBox)
            {
                mmd.WriteLine("  end");
            }
        }

        foreach (GraphEdge e in graph.Edges)
        {
            string arrow = GraphFigure.LeavesRegion(e) || GraphFigure.LeavesGeo(e) ? "-.->" : "-->";
            string label = string.Join("<br/>", LinesOf(graph, e).Select(MermaidText));
            mmd.WriteLine($"  n{CsvTables.Text(nodes.From(e))} {arrow}|\"{label}\"| n{CsvTables.Text(nodes.To(e))}");
        }

        string lost = string.Join(',', graph.Edges.Index().Where(static e => HasFailed(e.Item))
            .Select(static e => CsvTables.Text(e.Index)));
        if (lost.Length > 0)
        {
            mmd.WriteLine($"  linkStyle {lost} stroke:{Lost}");
        }

        return mmd.ToString();
    }

    private static IEnumerable<(int Index, IGrouping<string, (int Id, GraphNodeKey Node)> Item)> Clusters(
        GraphNodes nodes) => nodes.All.Index().GroupBy(static n => n.Item.Cluster).Index();

    private static string KindOf(GraphNodeKind kind) => kind switch
    {
        GraphNodeKind.Outside => "outside",
        GraphNodeKind.NoPod => "no_pod",
        _ => "workload",
    };

    /// <summary>Name, and the place unless the box around it says it.</summary>
    private static IEnumerable<string> LinesOf(GraphNodeKey node)
    {
        yield return node.Kind switch
        {
            GraphNodeKind.Outside => "callers outside",
            GraphNodeKind.NoPod => Words.Service(node.Name),
            _ => GraphLayout.Short(node.Name),
        };
        string region = node.Region == node.Cluster ? "" : node.Region;
        string place = node.Kind == GraphNodeKind.NoPod ? "no pod of the mesh"
            : region.Length == 0 ? node.Geo : node.Geo.Length == 0 ? region : $"{region} ({node.Geo})";
        if (place.Length > 0)
        {
            yield return place;
        }
    }

    private static bool HasFailed(GraphEdge edge) => edge.Counts.Any(static c => c.Failed > 0);

    /// <summary>What stands at an edge: the service unless the server's name says it, the way unless it is direct, and
    /// a line for each phase.</summary>
    private static IEnumerable<string> LinesOf(ServiceGraph graph, GraphEdge edge)
    {
        string service = Words.Service(edge.Service);
        if (edge.To.Workload.Length > 0 && GraphLayout.Short(edge.To.Workload) != service)
        {
            yield return service;
        }

        if (edge.Via.Length > 0)
        {
            yield return "gateway in " + edge.Via;
        }

        if (GraphFigure.LeavesGeo(edge))
        {
            yield return "across a border";
        }

        foreach ((GraphPhase phase, GraphCount count) in graph.Phases.Zip(edge.Counts))
        {
            string rate = count.Calls == 0 ? "none" : Words.Rate(GraphFigure.Rate(count.Calls, phase));
            yield return $"{phase.Name}: {rate}"
                + (count.Failed > 0 ? $", {Words.Share(count.Failed, count.Calls)} failed" : "");
        }
    }

    /// <summary>A quoted string. A backslash and an ampersand mean something inside labels, so they are escaped.
    /// </summary>
    private static string DotText(string text) => "\"" + text.Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal) + "\"";

    /// <summary>Text between double quotes: whatever could be markup, Markdown, a directive or an end of the string
    /// becomes the number of its character.</summary>
    private static string MermaidText(string text)
    {
        StringBuilder safe = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || (rune.IsBmp && Plain.Contains((char)rune.Value)))
            {
                safe.Append(rune);
            }
            else
            {
                safe.Append(CultureInfo.InvariantCulture, $"#{rune.Value};");
            }
        }

        return safe.ToString();
    }
}
