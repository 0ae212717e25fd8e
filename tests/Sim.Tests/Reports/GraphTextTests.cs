using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sim.Reports.Graphs;
using Sim.Runs;

namespace Sim.Tests.Reports;

/// <summary>The graph of services as JSON, for Graphviz and for Mermaid.</summary>
[TestFixture]
internal sealed partial class GraphTextTests
{
    private const long Second = 1_000_000_000;
    private const string Nasty = "a\"b\\<script>&#quot;`x`\n%%{y}%%]|end";

    [Test]
    public void Json_NamesNodesOnceAndFitsItsSchema()
    {
        string schema = File.ReadAllText(Path.Combine(RepositoryPaths.Root, "docs", "schema", "graph.schema.json"));
        JsonElement json = JsonDocument.Parse(GraphText.Json(Small)).RootElement;
        Assert.That(JsonSchemaCheck.Errors(JsonDocument.Parse(schema).RootElement, json), Is.Empty);
        Assert.That(json.GetProperty("nodes").EnumerateArray().Select(static n =>
            (n.GetProperty("kind").GetString(), n.GetProperty("name").GetString(),
                n.GetProperty("cluster").GetString())),
            Is.EqualTo(((string, string, string)[])
            [
                ("outside", "outside", ""), ("workload", "default/a", "us"), ("workload", "default/b", "us"),
                ("workload", "default/b", "eu"), ("no_pod", "b.default", ""),
            ]));
        JsonElement abroad = json.GetProperty("edges")[2];
        Assert.That((abroad.GetProperty("from").GetInt32(), abroad.GetProperty("to").GetInt32(),
            abroad.GetProperty("crosses_border").GetBoolean(), abroad.GetProperty("via").GetString()),
            Is.EqualTo((1, 3, true, "eu")));
        Assert.That(abroad.GetProperty("calls").EnumerateArray().Select(static n => n.GetInt64()),
            Is.EqualTo((long[])[0, 50]));
        Assert.That(abroad.GetProperty("failed").EnumerateArray().Select(static n => n.GetInt64()),
            Is.EqualTo((long[])[0, 10]));
    }

    [Test]
    public void Dot_DrawsClustersAsBoxesAndWaysAsStyles() => Assert.That(GraphText.Dot(Small), Is.EqualTo("""
        digraph calls {
          rankdir=LR;
          node [shape=box, style=rounded];
          n0 [label="callers outside\nus", shape=ellipse, style=solid];
          n4 [label="b\nno pod of the mesh", shape=octagon, style=dashed];
          subgraph cluster_1 {
            label="us";
            n1 [label="a\namerica"];
            n2 [label="b\namerica"];
          }
          subgraph cluster_2 {
            label="eu";
            n3 [label="b\neurope"];
          }
          n0 -> n1 [label="before: 10/s\nduring: 5/s"];
          n1 -> n2 [label="before: 10/s\nduring: none"];
          n1 -> n3 [label="gateway in eu\nacross a border\nbefore: none\nduring: 2.5/s, FAILED", style=dotted, RED];
          n1 -> n4 [label="before: none\nduring: 2.5/s, 100 % failed", RED];
        }

        """.Replace("FAILED", "20.0 % failed", StringComparison.Ordinal)
        .Replace("RED", "color=\"#b0330c\", fontcolor=\"#b0330c\"", StringComparison.Ordinal)));

    [Test]
    public void Mermaid_DrawsClustersAsBoxesAndFailuresInRed() => Assert.That(GraphText.Mermaid(Small), Is.EqualTo("""
        flowchart LR
          n0(["callers outside<br/>us"])
          n4{{"b<br/>no pod of the mesh"}}
          subgraph c1["us"]
            n1["a<br/>america"]
            n2["b<br/>america"]
          end
          subgraph c2["eu"]
            n3["b<br/>europe"]
          end
          n0 -->|"before: 10/s<br/>during: 5/s"| n1
          n1 -->|"before: 10/s<br/>during: none"| n2
          n1 -.->|"gateway in eu<br/>across a border<br/>before: none<br/>during: 2.5/s, 20.0 % failed"| n3
          n1 -->|"before: none<br/>during: 2.5/s, 100 % failed"| n4
          linkStyle 2,3 stroke:#b0330c

        """));

    /// <summary>Names of regions and hosts are what the scenario's author wrote: none may end a string, become
    /// markup or add a line.</summary>
    [Test]
    public void Names_OfAnyCharacters_StayInsideTheirStrings()
    {
        ServiceGraph graph = Named(Nasty);
        string[] dot = GraphText.Dot(graph).TrimEnd('\n').Split('\n');
        string[] mermaid = GraphText.Mermaid(graph).TrimEnd('\n').Split('\n');
        Assert.Multiple(() =>
        {
            Assert.That(dot, Has.All.Matches<string>(static l => DotLine().IsMatch(l)));
            Assert.That(mermaid, Has.All.Matches<string>(static l => MermaidLine().IsMatch(l)));
            Assert.That(dot, Has.Length.EqualTo(GraphText.Dot(Named("plain")).TrimEnd('\n').Split('\n').Length));
            Assert.That(string.Concat(dot), Does.Contain(
                "a\\\"b\\\\<script>&amp;#quot;`x`\\n%%{y}%%]|end"));
            Assert.That(string.Concat(mermaid), Does.Contain(
                "a#34;b#92;#60;script#62;#38;#35;quot#59;#96;x#96;#10;%%#123;y#125;%%#93;#124;end"));
            Assert.That(JsonDocument.Parse(GraphText.Json(graph)).RootElement.GetProperty("nodes")[0]
                .GetProperty("region").GetString(), Is.EqualTo(Nasty));
        });
    }

    [Test]
    public void EveryForm_IsTheSameTwiceAndUnderEveryCulture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo other = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (other.NumberFormat.NumberDecimalSeparator, other.NumberFormat.NegativeSign) = (",", "~");
        string[] once = All();
        try
        {
            CultureInfo.CurrentCulture = other;
            Assert.That(All(), Is.EqualTo(once));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        static string[] All() => [GraphText.Json(Small), GraphText.Dot(Small), GraphText.Mermaid(Small)];
    }

    private static ServiceGraph Small { get; } = new(
        [new GraphPhase("before", 0, 10 * Second), new GraphPhase("during", 10 * Second, 30 * Second)],
        [
            new GraphEdge(new("outside", "", "us", ""), End("a", "us", "america"), "a.default", "",
                [new(100, 0), new(100, 0)]),
            new GraphEdge(End("a", "us", "america"), End("b", "us", "america"), "b.default", "",
                [new(100, 0), default]),
            new GraphEdge(End("a", "us", "america"), End("b", "eu", "europe"), "b.default", "eu",
                [default, new(50, 10)]),
            new GraphEdge(End("a", "us", "america"), new("", "", "", ""), "b.default", "", [default, new(50, 50)]),
        ]);

    private static ServiceGraph Named(string text) => new(
        [new GraphPhase("whole run", 0, 10 * Second)],
        [
            new GraphEdge(new("outside", "", text, ""), new(text, text, "r", text), text, text, [new(10, 1)]),
            new GraphEdge(new(text, text, "r", text), new("", "", "", ""), text, "", [new(10, 1)]),
        ]);

    private static GraphEnd End(string name, string place, string geo) => new("default/" + name, place, place, geo);

    [GeneratedRegex("""
        ^(digraph\ calls\ \{|\ *\}|\ \ rankdir=LR;|\ \ node\ \[shape=box,\ style=rounded\];
        |\ \ subgraph\ cluster_\d+\ \{
        |\ +label="([^"\\]|\\["\\n])*";
        |\ +n\d+(\ ->\ n\d+)?\ \[label="([^"\\]|\\["\\n])*"
            (,\ (style|shape|color|fontcolor)=("\#[0-9a-f]{6}"|[a-z]+))*\];)$
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex DotLine();

    [GeneratedRegex("""
        ^(flowchart\ LR|\ \ subgraph\ c\d+\["([^"<`\#]|\#\d+;)*"\]|\ \ end
        |\ +n\d+(\[|\(\[|\{\{)"([^"<`\#]|<br/>|\#\d+;)*"(\]|\]\)|\}\})
        |\ \ n\d+\ (-->|-\.->)\|"([^"<`\#]|<br/>|\#\d+;)*"\|\ n\d+
        |\ \ linkStyle\ \d+(,\d+)*\ stroke:\#[0-9a-f]{6})$
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex MermaidLine();
}
