using System.Text.Json;
using Sim.Core;
using Sim.Istiod;
using Sim.Mesh;
using Sim.Xds;

namespace Sim.Tests.Istiod;

/// <summary>The four levels at which a compiled configuration is compared with a recorded one.</summary>
internal static class XdsLevels
{
    public static readonly string[] All = ["endpoints", "clusters", "routes", "listeners"];

    /// <summary>Differences of all proxies of a case at a level; empty = none.</summary>
    public static string Compare(
        XdsCase c, string level, IstioProfile profile, Func<string, JsonElement, JsonElement> adapt)
    {
        var options = new MeshOptions { Profile = profile };
        MeshModel mesh = c.Build(options, new DiagnosticBag());
        var compiler = new SnapshotCompiler();
        var differences = new List<string>();
        foreach ((ProxyRef proxy, JsonElement json) in c.Proxies())
        {
            ProxySnapshot snapshot = compiler.Compile(mesh, proxy);
            string name = proxy.Cluster + "." + proxy.Namespace + "." + proxy.Pod;
            RecordedAnswer answer = RecordedAnswer.Read(adapt(name, json), profile);
            List<string> expected = [.. Expected(answer, level)];
            List<string> actual = [.. Actual(snapshot, level)];
            differences.AddRange(expected.Except(actual).Select(l => name + " - " + l));
            differences.AddRange(actual.Except(expected).Select(l => name + " + " + l));
        }

        return string.Join('\n', differences);
    }

    private static IEnumerable<string> Expected(RecordedAnswer a, string level) => level switch
    {
        "endpoints" => a.Endpoints.SelectMany(XdsText.Endpoints),
        "clusters" => a.Clusters.Select(XdsText.Cluster),
        "routes" => a.Routes.SelectMany(XdsText.Routes),
        _ => a.Listeners,
    };

    private static IEnumerable<string> Actual(ProxySnapshot s, string level) => level switch
    {
        "endpoints" => Endpoints(s).SelectMany(XdsText.Endpoints),
        "clusters" => Clusters(s).Select(XdsText.Cluster),
        "routes" => s.Routes.Values.SelectMany(XdsText.Routes),
        _ => ListenerText.Of(s),
    };

    private static IEnumerable<ClusterLoadAssignment> Endpoints(ProxySnapshot s) =>
        s.Endpoints.Values.Concat(s.Clusters.Values.Concat(s.Inbound.Where(static i => i.Cluster is not null)
            .Select(static i => i.Cluster!)).Where(static c => c.InlineEndpoints is not null
            && c.Name != "BlackHoleCluster").Select(static c => c.InlineEndpoints!));

    private static IEnumerable<ClusterConfig> Clusters(ProxySnapshot s) => s.Clusters.Values
        .Concat(s.Inbound.Where(static i => i.Cluster is not null).Select(static i => i.Cluster!))
        .Where(static c => !IsStandard(c));

    /// <summary>Recordings leave out the three standard clusters in their usual form.</summary>
    private static bool IsStandard(ClusterConfig c) =>
        c.Name is "BlackHoleCluster" or "PassthroughCluster" or "InboundPassthroughCluster"
        && c.ConnectTimeoutNs == 10 * SimDuration.Second && c.TcpKeepalive is null;
}
