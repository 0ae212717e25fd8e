using System.Text.Json;
using Sim.Core;
using Sim.Istiod;
using Sim.Mesh;
using Sim.Runs.Inspection;
using Sim.Tests.Oracle;
using Sim.Xds;

namespace Sim.Tests.Istiod;

/// <summary>Tables and JSON of <c>proxy-config</c> against the recordings: what istioctl would print of the recorded
/// configuration, and the JSON read back by the recordings' own reader.</summary>
[TestFixture]
internal sealed class ProxyConfigTests
{

    public static IEnumerable<TestCaseData> Cases() => XdsCase.All("xds").Select(
        static c => OracleFiles.Case("xds", c.Id + "/proxy-config", c));

    [TestCaseSource(nameof(Cases))]
    public void Tables_are_what_istioctl_prints_of_the_recorded_configuration(object recorded)
    {
        foreach ((ProxySnapshot snapshot, JsonElement answer) in Compiled((XdsCase)recorded))
        {
            Assert.That(ClusterTable.Of(snapshot, new ClusterFilter()).Rows.Where(static r => !IsStandard(r[0])),
                Is.EqualTo(IstioctlText.Clusters(answer)));
            Assert.That(RouteTable.Of(snapshot, new RouteFilter()).Rows.Select(Line).Order(StringComparer.Ordinal),
                Is.EqualTo(IstioctlText.Routes(answer).Select(Line).Order(StringComparer.Ordinal)));
            Assert.That(Listeners(snapshot).Order(StringComparer.Ordinal),
                Is.EqualTo(IstioctlText.Listeners(answer).Select(Line).Order(StringComparer.Ordinal)));
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void Json_loses_nothing_that_is_compared_with_recordings(object recorded)
    {
        foreach ((ProxySnapshot snapshot, JsonElement _) in Compiled((XdsCase)recorded))
        {
            foreach (ClusterConfig c in ClusterTable.Select(snapshot, new ClusterFilter()))
            {
                ClusterConfig read = XdsAnswerReader.Cluster(Parse(ClusterJson.Of(c).ToJsonString()));
                Assert.That(XdsText.Cluster(read), Is.EqualTo(XdsText.Cluster(c with { ProxyProtocolVersion = 0 })));
            }

            foreach (RouteConfiguration r in snapshot.Routes.Values)
            {
                RouteConfiguration read = XdsRouteReader.Configuration(Parse(RouteJson.Of(r).ToJsonString()), []);
                Assert.That(XdsText.Routes(read).Order(StringComparer.Ordinal),
                    Is.EqualTo(XdsText.Routes(r).Order(StringComparer.Ordinal)));
            }
        }
    }

    [Test]
    public void Lines_AreAlignedByTheWidestCell_WithoutBlanksAtTheEnd()
    {
        var table = new ConfigTable(["A", "LONGER", "C"], [["x", "y", ""], ["wider", "z", "c"]], 2);
        Assert.That(table.Lines(), Is.EqualTo((string[])["A      LONGER  C", "x      y", "wider  z       c"]));
    }

    private static IEnumerable<(ProxySnapshot Snapshot, JsonElement Answer)> Compiled(XdsCase c)
    {
        MeshModel mesh = c.Build(new MeshOptions { Profile = IstioProfile.V1_29 }, new DiagnosticBag());
        var compiler = new SnapshotCompiler();
        foreach ((ProxyRef proxy, JsonElement answer) in c.Proxies())
        {
            yield return (compiler.Compile(mesh, proxy), answer);
        }
    }

    /// <summary>Recordings leave out the chains of the listeners' own ports.</summary>
    private static IEnumerable<string> Listeners(ProxySnapshot snapshot) =>
        ListenerTable.Of(snapshot, new ListenerFilter()).Rows.Where(static r => !IsOwnPort(r)).Select(Line);

    private static bool IsOwnPort(IReadOnlyList<string> row) => row[2] == "Addr: *:" + row[1];

    private static bool IsStandard(string name) =>
        name is "BlackHoleCluster" or "PassthroughCluster" or "InboundPassthroughCluster";

    private static string Line(IReadOnlyList<string> row) => string.Join(" | ", row);

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement;
}
