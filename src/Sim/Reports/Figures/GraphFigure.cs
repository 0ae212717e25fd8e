using System.Text;
using Sim.Reports.Html;
using Sim.Reports.Svg;
using Sim.Runs;
using static Sim.Reports.Svg.SvgText;

namespace Sim.Reports.Figures;

/// <summary>Who called whom and who served, one drawing for each phase of the run.</summary>
/// <remarks>Width of a line: the square root of its rate. A line that leaves the caller's region is dashed, one that
/// leaves its geography is dotted and says so; the part of it that failed is drawn over it, and its share stands in the
/// label.</remarks>
public static class GraphFigure
{
    private const double WidestLine = 8;

    /// <summary>Every edge with its calls in each phase.</summary>
    public static DataTable Table(ServiceGraph graph) => new(
        ["caller", "in", "calls", "served by", "in", "way",
            .. graph.Phases.SelectMany(static p => (string[])[p.Name, p.Name + ", failed"])],
        [.. graph.Edges.Select(e => (IReadOnlyList<string>)
        [
            e.From.Workload, Place(e.From), Words.Service(e.Service), e.To.Workload.Length == 0 ? "nobody"
                : e.To.Workload, Place(e.To), Way(e),
            .. e.Counts.SelectMany(static c => (string[])[Words.Count(c.Calls), Words.Count(c.Failed)]),
        ])],
        "Calls by where they ended, tries not counted.");

    /// <summary>The same as CSV.</summary>
    public static CsvData Csv(RunResult result) => CsvData.Of("graph", w => CsvTables.WriteGraph(result, w));

    /// <summary>The numbers of one drawing as CSV.</summary>
    public static CsvData Csv(RunResult result, int phase)
    {
        ServiceGraph graph = result.Calls;
        RunResult one = result with
        {
            Calls = new ServiceGraph(
                [graph.Phases[phase]], [.. graph.Edges.Select(e => e with { Counts = [e.Counts[phase]] })]),
        };
        return CsvData.Of("graph " + graph.Phases[phase].Name, w => CsvTables.WriteGraph(one, w));
    }

    /// <summary>A sentence about a phase.</summary>
    public static string Say(ServiceGraph graph, int phase)
    {
        long calls = graph.Edges.Sum(e => e.Counts[phase].Calls);
        long failed = graph.Edges.Sum(e => e.Counts[phase].Failed);
        long away = graph.Edges.Where(static e => LeavesRegion(e)).Sum(e => e.Counts[phase].Calls);
        long abroad = graph.Edges.Where(static e => LeavesGeo(e)).Sum(e => e.Counts[phase].Calls);
        return $"{Words.Count(calls, "call")}, {Words.Count(failed)} failed, {Words.Count(away)} served in another "
            + "region" + (abroad > 0 ? $", {Words.Count(abroad)} across a border" : "");
    }

    /// <summary>The drawing of a phase, a fragment for a page that brings the style sheet.</summary>
    internal static string Draw(ServiceGraph graph, GraphLayout layout, int phase)
    {
        GraphPhase p = graph.Phases[phase];
        double most = graph.Edges.SelectMany(e => e.Counts.Select((c, i) => Rate(c.Calls, graph.Phases[i]))).Max();
        string id = "graph-" + RunFigure.Identifier(p.Name);
        var svg = new StringBuilder(8_192);
        svg.Append($"<svg class=\"chart graph\" id=\"{id}\" width=\"{N(layout.Width)}\" " +
            $"height=\"{N(layout.Height)}\" " +
            $"viewBox=\"0 0 {N(layout.Width)} {N(layout.Height)}\" role=\"img\" " +
            $"aria-labelledby=\"{id}-t {id}-d\"><title id=\"{id}-t\">Calls {Escape(p.Name)}</title>" +
            $"<desc id=\"{id}-d\">{Escape(Say(graph, phase))}</desc>");
        GraphLine[] lines = [.. layout.Lines.Where(l => l.Edge.Counts[phase].Calls > 0)];
        foreach (GraphLine line in lines)
        {
            DrawLine(svg, line, p, phase, most);
        }

        foreach (GraphLine line in lines)
        {
            DrawLabel(svg, line, p, line.Edge.Counts[phase]);
        }

        HashSet<GraphNode> busy = [.. lines.SelectMany(static l => (GraphNode[])[l.From, l.To])];
        foreach (GraphNode node in layout.Nodes)
        {
            DrawBox(svg, node, busy.Contains(node));
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static void DrawLine(StringBuilder svg, GraphLine line, GraphPhase phase, int index, double most)
    {
        GraphCount count = line.Edge.Counts[index];
        double rate = Rate(count.Calls, phase);
        double width = 1 + (WidestLine - 1) * Math.Sqrt(rate / most);
        double share = (double)count.Failed / count.Calls;
        double x1 = line.From.X + GraphLayout.BoxWidth;
        double bend = Math.Max(60, Math.Abs(line.To.X - x1) / 2);
        string path = $"M{N(x1)} {N(line.FromY)}C{N(x1 + bend)} {N(line.FromY)} {N(line.To.X - bend)} {N(line.ToY)} " +
            $"{N(line.To.X)} {N(line.ToY)}";
        string kind = LeavesGeo(line.Edge) ? " abroad" : LeavesRegion(line.Edge) ? " away" : "";
        svg.Append($"<g><title>{Escape(Tell(line.Edge, phase, count))}</title>" +
            $"<path class=\"edge{kind}\" stroke-width=\"{N(width)}\" d=\"{path}\"/>");
        if (count.Failed > 0)
        {
            svg.Append($"<path class=\"edge lost\" stroke-width=\"{N(Math.Max(1.2, width * share))}\" d=\"{path}\"/>");
        }

        svg.Append("</g>");
    }

    private static void DrawLabel(StringBuilder svg, GraphLine line, GraphPhase phase, GraphCount count)
    {
        string label = Label(phase, count);
        double width = LabelWidth(label) + 6;
        svg.Append($"<g class=\"mute\"><rect class=\"back\" x=\"{N(line.To.X - 9 - width)}\" " +
            $"y=\"{N(line.ToY - 7.5)}\" width=\"{N(width)}\" height=\"15\"/><text class=\"rate\" " +
            $"x=\"{N(line.To.X - 12)}\" y=\"{N(line.ToY + 4)}\" text-anchor=\"end\">{Escape(label)}</text></g>");
    }

    /// <summary>What stands at a line.</summary>
    private static string Label(GraphPhase phase, GraphCount count) => Words.Rate(Rate(count.Calls, phase))
        + (count.Failed > 0 ? $", {Words.Share(count.Failed, count.Calls)} failed" : "");

    /// <summary>Width of the widest text at a line, pixels.</summary>
    internal static double WidestLabel(ServiceGraph graph) => graph.Edges
        .SelectMany(e => e.Counts.Zip(graph.Phases, static (c, p) => LabelWidth(Label(p, c)))).DefaultIfEmpty().Max();

    private static double LabelWidth(string label) => Width(label) * 11 / 12;

    private static void DrawBox(StringBuilder svg, GraphNode node, bool isBusy)
    {
        double middle = node.Y + node.Height / 2;
        svg.Append($"<g{(isBusy ? "" : " class=\"idle\"")}><title>{Escape(node.Name + ", " + node.Place)}</title>" +
            $"<rect class=\"box\" x=\"{N(node.X)}\" y=\"{N(node.Y)}\" width=\"{N(GraphLayout.BoxWidth)}\" " +
            $"height=\"{N(node.Height)}\" rx=\"4\"/><text class=\"value\" x=\"{N(node.X + 8)}\" " +
            $"y=\"{N(middle - 3)}\">{Escape(Cut(node.Name, GraphLayout.BoxWidth - 14))}</text><text class=\"tick\" " +
            $"x=\"{N(node.X + 8)}\" y=\"{N(middle + 13)}\">{Escape(Cut(node.Place, GraphLayout.BoxWidth - 14))}" +
            "</text></g>");
    }

    private static string Tell(GraphEdge e, GraphPhase phase, GraphCount count) =>
        $"{GraphLayout.Short(e.From.Workload)} ({Place(e.From)}) calls {Words.Service(e.Service)}, served by "
        + (e.To.Workload.Length == 0 ? "nobody" : $"{GraphLayout.Short(e.To.Workload)} ({Place(e.To)})")
        + $", {Way(e)}\n{phase.Name}: {Words.Count(count.Calls, "call")}, {Words.Count(count.Failed)} failed";

    /// <summary>Calls a second.</summary>
    internal static double Rate(long calls, GraphPhase phase) => calls * 1e9 / Math.Max(1, phase.ToNs - phase.FromNs);

    /// <summary>Whether caller and server are in different regions.</summary>
    internal static bool LeavesRegion(GraphEdge e) => e.To.Region.Length > 0 && e.To.Region != e.From.Region;

    /// <summary>Whether caller and server are in different geographies.</summary>
    internal static bool LeavesGeo(GraphEdge e) =>
        e.To.Geo.Length > 0 && e.From.Geo.Length > 0 && e.To.Geo != e.From.Geo;

    private static string Way(GraphEdge e) => e.Via.Length > 0 ? "gateway in " + e.Via
        : e.To.Workload.Length == 0 ? "" : LeavesGeo(e) ? "direct, across a border"
        : LeavesRegion(e) ? "direct, to another region" : "direct";

    private static string Place(GraphEnd end) => end.Cluster.Length == 0 ? end.Region
        : end.Geo.Length == 0 ? end.Cluster : $"{end.Cluster} ({end.Geo})";
}
