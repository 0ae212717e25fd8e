using System.Globalization;
using Sim.Reports.Figures;
using Sim.Reports.Html;
using Sim.Runs;

namespace Sim.Tests.Reports;

/// <summary>The drawing of who served whom.</summary>
[TestFixture]
internal sealed class GraphFigureTests
{
    [Test]
    public void Callers_stand_left_of_whom_they_call_and_boxes_do_not_meet()
    {
        ServiceGraph graph = Many(40);
        GraphLayout layout = GraphLayout.Of(graph);
        foreach (GraphLine line in layout.Lines.Where(static l => !l.To.Name.StartsWith("ring")))
        {
            Assert.That(line.From.X, Is.LessThan(line.To.X), $"{line.From.Name} -> {line.To.Name}");
        }

        foreach (IGrouping<double, GraphNode> column in layout.Nodes.GroupBy(static n => n.X))
        {
            GraphNode[] nodes = [.. column.OrderBy(static n => n.Y)];
            for (int i = 1; i < nodes.Length; i++)
            {
                Assert.That(nodes[i].Y, Is.GreaterThan(nodes[i - 1].Y + nodes[i - 1].Height));
            }
        }

        // Labels stand in rows of their own: at least their height apart when they belong to one column.
        foreach (IGrouping<double, GraphLine> column in layout.Lines.GroupBy(static l => l.To.X))
        {
            double[] rows = [.. column.Select(static l => l.ToY).Order()];
            Assert.That(rows.Zip(rows.Skip(1), static (a, b) => b - a), Is.All.GreaterThanOrEqualTo(15));
        }

        Assert.That(layout.Nodes, Has.All.Matches<GraphNode>(n => n.Y + n.Height <= layout.Height
            && n.X + GraphLayout.BoxWidth <= layout.Width));
    }

    [Test]
    public void Each_phase_shows_its_own_calls_and_what_failed()
    {
        ServiceGraph graph = Two();
        GraphLayout layout = GraphLayout.Of(graph);
        string before = GraphFigure.Draw(graph, layout, 0);
        string during = GraphFigure.Draw(graph, layout, 1);
        Assert.Multiple(() =>
        {
            Assert.That(before, Does.Contain(">10/s<").And.Not.Contain("failed</text>").And.Contain("class=\"idle\""));
            Assert.That(during, Does.Contain(">2.5/s, 20.0 % failed<").And.Contain("edge abroad")
                .And.Contain("edge lost"));
            Assert.That(GraphFigure.Say(graph, 1),
                Is.EqualTo("50 calls, 10 failed, 50 served in another region, 50 across a border"));
        });
    }

    [Test]
    public void The_section_has_a_drawing_for_each_phase_a_table_and_its_CSV()
    {
        RunResult result = SampleRun.Empty with { Calls = Two() };
        var html = new StringWriter(CultureInfo.InvariantCulture);
        GraphSections.WriteGraph(result, html);
        string text = html.ToString();
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain("Calls before: 0s to 10s").And.Contain("Calls during: 10s to 30s"));
            Assert.That(text, Does.Contain("direct, across a border"));
            Assert.That(GraphFigure.Csv(result).Text.Split('\n'), Has.Length.EqualTo(4));
            Assert.That(GraphFigure.Csv(result).Text,
                Does.Contain("during,10,30,default/a,us,us,america,b.default,default/b,eu,eu,europe,,50,10"));
            Assert.That(GraphFigure.Csv(result, 1).Text.Split('\n'), Has.Length.EqualTo(3));
            Assert.That(GraphFigure.Csv(result, 1).Name, Is.EqualTo("graph-during"));
        });
    }

    private static ServiceGraph Two() => new(
        [new GraphPhase("before", 0, 10_000_000_000), new GraphPhase("during", 10_000_000_000, 30_000_000_000)],
        [
            new GraphEdge(End("a", "us", "america"), End("b", "us", "america"), "b.default", "",
                [new GraphCount(100, 0), default]),
            new GraphEdge(End("a", "us", "america"), End("b", "eu", "europe"), "b.default", "",
                [default, new GraphCount(50, 10)]),
        ]);

    private static GraphEnd End(string name, string place, string geo = "") =>
        new("default/" + name, place, place, geo);

    /// <summary>Layers of boxes that all call the next layer, and two that call each other.</summary>
    private static ServiceGraph Many(int boxes)
    {
        List<GraphEdge> edges = [];
        for (int i = 0; i < boxes - 6; i++)
        {
            for (int j = 0; j < 3; j++)
            {
                edges.Add(Call("s" + Text(i), "s" + Text((i / 6 * 6) + 6 + ((i + j) % 6))));
            }
        }

        edges.Add(Call("ring-a", "ring-b"));
        edges.Add(Call("ring-b", "ring-a"));
        return new ServiceGraph([new GraphPhase("whole run", 0, 1_000_000_000)], edges);
    }

    private static string Text(int number) => number.ToString("00", CultureInfo.InvariantCulture);

    private static GraphEdge Call(string from, string to) => new(
        End(from, "us"), End(to, "us"), to + ".default", "", [new GraphCount(5, 0)]);
}
