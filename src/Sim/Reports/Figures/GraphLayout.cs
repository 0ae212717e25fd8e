using Sim.Reports.Svg;
using Sim.Runs;

namespace Sim.Reports.Figures;

/// <summary>A box of the graph of services.</summary>
/// <param name="Name">Workload without the namespace <c>default</c>; of what stands outside the mesh, its service.
/// </param>
/// <param name="Place">Cluster and region, or what is known instead.</param>
/// <param name="X">Left edge, pixels.</param>
/// <param name="Y">Upper edge, pixels.</param>
/// <param name="Height">Height, pixels.</param>
internal sealed record GraphNode(string Name, string Place, double X, double Y, double Height);

/// <summary>A line of the graph of services.</summary>
/// <param name="Edge">What it stands for.</param>
/// <param name="From">Caller.</param>
/// <param name="To">Server.</param>
/// <param name="FromY">Where it leaves the caller's box, pixels.</param>
/// <param name="ToY">Where it enters the server's box, pixels: a row of its own.</param>
internal sealed record GraphLine(GraphEdge Edge, GraphNode From, GraphNode To, double FromY, double ToY);

/// <summary>Where the boxes and lines of the graph of services stand: callers on the left, whom they call on their
/// right. The same for all phases, so that they can be compared.</summary>
/// <remarks>A box is as high as it has lines coming in: each has a row, and its label stands in that row, so labels
/// never meet; columns stand as far apart as the widest label needs. A column is the longest way from a caller that
/// nobody calls; those that call each other round in a circle stand in one.</remarks>
internal sealed class GraphLayout
{
    /// <summary>Width of a box, pixels.</summary>
    public const double BoxWidth = 146;

    private const double LeastGap = 132;
    private const double RoomForLines = 24;
    private const double RowHeight = 17;
    private const double BoxHeight = 40;
    private const double BoxGap = 14;

    private GraphLayout(IReadOnlyList<GraphNode> nodes, IReadOnlyList<GraphLine> lines, double width, double height)
    {
        Nodes = nodes;
        Lines = lines;
        Width = width;
        Height = height;
    }

    /// <summary>Boxes, column by column.</summary>
    public IReadOnlyList<GraphNode> Nodes { get; }

    /// <summary>Lines.</summary>
    public IReadOnlyList<GraphLine> Lines { get; }

    /// <summary>Width, pixels.</summary>
    public double Width { get; }

    /// <summary>Height, pixels.</summary>
    public double Height { get; }

    /// <summary>Lays a graph out.</summary>
    public static GraphLayout Of(ServiceGraph graph)
    {
        List<(string, string)> keys = [];
        foreach (GraphEdge edge in graph.Edges)
        {
            Know(keys, CallerOf(edge));
            Know(keys, ServerOf(edge));
        }

        double step = BoxWidth + Math.Max(LeastGap, GraphFigure.WidestLabel(graph) + RoomForLines);
        int[] columns = Columns(graph, keys);
        List<GraphNode?> nodes = [.. keys.Select(static _ => (GraphNode?)null)];
        double height = 0;
        foreach (IGrouping<int, int> column in Enumerable.Range(0, keys.Count).GroupBy(i => columns[i]))
        {
            double y = 4;
            foreach (int i in column.OrderBy(i => keys[i].Item1, StringComparer.Ordinal)
                .ThenBy(i => keys[i].Item2, StringComparer.Ordinal))
            {
                int rows = graph.Edges.Count(e => ServerOf(e) == keys[i]);
                double box = Math.Max(BoxHeight, rows * RowHeight + 8);
                nodes[i] = new GraphNode(
                    keys[i].Item1, keys[i].Item2, 4 + columns[i] * step, y, box);
                y += box + BoxGap;
            }

            height = Math.Max(height, y);
        }

        GraphNode NodeOf((string, string) key) => nodes[keys.IndexOf(key)]!;
        var lines = new List<GraphLine>();
        foreach (IGrouping<(string, string), GraphEdge> server in graph.Edges.GroupBy(ServerOf))
        {
            GraphNode to = NodeOf(server.Key);
            GraphEdge[] edges = [.. server.OrderBy(e => NodeOf(CallerOf(e)).X).ThenBy(e => NodeOf(CallerOf(e)).Y)];
            double first = to.Y + (to.Height - edges.Length * RowHeight) / 2 + RowHeight / 2;
            for (int i = 0; i < edges.Length; i++)
            {
                GraphNode from = NodeOf(CallerOf(edges[i]));
                lines.Add(new GraphLine(edges[i], from, to, from.Y + from.Height / 2, first + i * RowHeight));
            }
        }

        return new GraphLayout(
            [.. nodes.Select(static n => n!)], lines,
            8 + columns.DefaultIfEmpty().Max() * step + BoxWidth, height);
    }

    private static (string, string) CallerOf(GraphEdge edge) => KeyOf(edge.From, edge.Service);

    private static (string, string) ServerOf(GraphEdge edge) => KeyOf(edge.To, edge.Service);

    private static (string Name, string Place) KeyOf(GraphEnd end, string service) =>
        end.Workload.Length == 0 ? (Words.Service(service), "no pod of the mesh")
        : end.Cluster.Length == 0 ? ("callers outside", end.Region)
        : (Short(end.Workload), end.Cluster == end.Region || end.Region.Length == 0 ? end.Cluster
            : end.Cluster + ", " + end.Region);

    /// <summary>A workload without the namespace <c>default</c>.</summary>
    public static string Short(string workload) =>
        workload.StartsWith("default/", StringComparison.Ordinal) ? workload["default/".Length..] : workload;

    private static void Know(List<(string, string)> keys, (string, string) key)
    {
        if (!keys.Contains(key))
        {
            keys.Add(key);
        }
    }

    private static int[] Columns(ServiceGraph graph, List<(string, string)> keys)
    {
        int[] columns = new int[keys.Count];
        for (int round = 0; round < keys.Count; round++)
        {
            bool isChanged = false;
            foreach (GraphEdge edge in graph.Edges)
            {
                int from = keys.IndexOf(CallerOf(edge));
                int to = keys.IndexOf(ServerOf(edge));
                if (from != to && columns[to] <= columns[from] && columns[from] + 1 < keys.Count
                    && !Leads(graph, ServerOf(edge), CallerOf(edge)))
                {
                    columns[to] = columns[from] + 1;
                    isChanged = true;
                }
            }

            if (!isChanged)
            {
                break;
            }
        }

        return columns;
    }

    /// <summary>Whether calls lead from one box to another: then a line between them closes a circle.</summary>
    private static bool Leads(ServiceGraph graph, (string, string) from, (string, string) to)
    {
        var seen = new HashSet<(string, string)> { from };
        var open = new Stack<(string, string)>([from]);
        while (open.TryPop(out (string, string) at))
        {
            if (at == to)
            {
                return true;
            }

            foreach (GraphEdge edge in graph.Edges)
            {
                if (CallerOf(edge) == at && seen.Add(ServerOf(edge)))
                {
                    open.Push(ServerOf(edge));
                }
            }
        }

        return false;
    }
}
