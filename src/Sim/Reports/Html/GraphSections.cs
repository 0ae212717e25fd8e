using Sim.Core;
using Sim.Reports.Figures;
using Sim.Runs;
using static Sim.Reports.Svg.SvgText;

namespace Sim.Reports.Html;

/// <summary>The section of the report about who served whom.</summary>
internal static class GraphSections
{
    /// <summary>One drawing for each phase, and the numbers.</summary>
    public static void WriteGraph(RunResult result, TextWriter html)
    {
        ServiceGraph graph = result.Calls;
        if (graph.Edges.Count == 0)
        {
            return;
        }

        html.Write("<p class=\"soft\">Every call from one workload to another, those of applications included. The "
            + "wider a line, the more calls; dashed = to another region, dotted = across a border of geographies; "
            + "what failed is drawn over it in red and named.</p>");
        GraphLayout layout = GraphLayout.Of(graph);
        for (int i = 0; i < graph.Phases.Count; i++)
        {
            GraphPhase phase = graph.Phases[i];
            string title = $"Calls {phase.Name}: {SimDuration.Format(phase.FromNs)} to "
                + SimDuration.Format(phase.ToNs);
            html.Write($"<div class=\"fig\"><h3>{Escape(title)}</h3>"
                + $"<p class=\"say\">{Escape(GraphFigure.Say(graph, i))}</p>"
                + $"<div class=\"scroll wide\" tabindex=\"0\" role=\"region\" aria-label=\"{Escape(title)}\">"
                + $"{GraphFigure.Draw(graph, layout, i)}</div>");
            InlineCsv.Write(html, GraphFigure.Csv(result, i), title);
            html.Write("</div>\n");
        }

        HtmlText.Table(html, GraphFigure.Table(graph), "Who served whom", isOpen: false, GraphFigure.Csv(result));
    }
}
