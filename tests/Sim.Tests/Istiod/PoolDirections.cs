using System.Text.Json;
using System.Text.Json.Nodes;
using Sim.Core;
using Sim.Istiod;
using Sim.Xds;
using static Sim.Tests.Istiod.IstioVector;

namespace Sim.Tests.Istiod;

/// <summary>Which connection pool shapes callers and the server's own inbound clusters.</summary>
internal static class PoolDirections
{
    private static readonly int[] PortNumbers = [10001, 10002];

    public static IEnumerable<string> Differences(
        JsonElement i, JsonElement fixtures, JsonElement expected, IstioProfile profile)
    {
        JsonElement pools = Child(fixtures, Text(i, "fixture"));
        (ClusterConfig outbound, IReadOnlyDictionary<int, ClusterConfig> inbound) = Compile(i, pools, profile);
        foreach (JsonProperty p in expected.EnumerateObject())
        {
            ClusterConfig actual = p.Name == "outbound" ? outbound : inbound[int.Parse(p.Name["inbound".Length..])];
            JsonElement pool = IsNull(p.Value) ? default : Child(pools, p.Value.GetString()!);
            string wanted = PoolText(Reference(pool, profile));
            if (PoolText(actual) != wanted)
            {
                yield return $"{p.Name}: expected {wanted}\ngot {PoolText(actual)}";
            }
        }
    }

    private static (ClusterConfig, IReadOnlyDictionary<int, ClusterConfig>) Compile(
        JsonElement i, JsonElement pools, IstioProfile profile)
    {
        var mesh = new VectorMesh { Profile = profile };
        ServiceObjects.Add(mesh, "c1", "ns", "svc", PortNumbers);
        mesh.AddPod("c1", "ns", "client");
        if (Text(i, "destinationRule") is { Length: > 0 } rule)
        {
            mesh.Add("c1", "DestinationRule", "ns", "rule", Rule(Node(Child(pools, rule))!));
        }

        JsonElement sidecar = Child(i, "sidecar");
        if (!IsNull(sidecar))
        {
            mesh.Add("c1", "Sidecar", "ns", "server", SidecarSpec(sidecar, pools));
        }

        var compiler = new SnapshotCompiler();
        Sim.Mesh.MeshModel model = mesh.Build();
        ProxySnapshot client = compiler.Compile(model, new ProxyRef("c1", "ns", "client"));
        ProxySnapshot server = compiler.Compile(model, new ProxyRef("c1", "ns", "svc-pod"));
        return (client.Clusters["outbound|10001||svc.ns.svc.cluster.local"],
            server.Inbound.Where(static l => l.Port > 0).ToDictionary(static l => l.Port, static l => l.Cluster!));
    }

    private static JsonObject Rule(JsonNode pool) => new()
    {
        ["host"] = "svc", ["trafficPolicy"] = new JsonObject { ["connectionPool"] = pool },
    };

    private static JsonObject SidecarSpec(JsonElement sidecar, JsonElement pools)
    {
        var spec = new JsonObject
        {
            ["workloadSelector"] = new JsonObject { ["labels"] = new JsonObject { ["app"] = "svc" } },
        };
        if (Text(sidecar, "inboundConnectionPool") is { Length: > 0 } name)
        {
            spec["inboundConnectionPool"] = Node(Child(pools, name));
        }

        if (sidecar.EnumerateObject().Any(static p => p.Name.StartsWith("ingressPort", StringComparison.Ordinal)))
        {
            var ingress = new JsonArray();
            foreach (int port in PortNumbers)
            {
                var entry = new JsonObject
                {
                    ["port"] = new JsonObject { ["number"] = port, ["protocol"] = "HTTP", ["name"] = "http-" + port },
                };
                if (Text(sidecar, "ingressPort" + port) is { Length: > 0 } own)
                {
                    entry["connectionPool"] = Node(Child(pools, own));
                }

                ingress.Add((JsonNode)entry);
            }

            spec["ingress"] = ingress;
        }

        return spec;
    }

    /// <summary>A cluster shaped by one pool, or by none.</summary>
    private static ClusterConfig Reference(JsonElement pool, IstioProfile profile)
    {
        var mesh = new VectorMesh { Profile = profile };
        ServiceObjects.Add(mesh, "c1", "ns", "svc", PortNumbers);
        mesh.AddPod("c1", "ns", "client");
        if (!IsNull(pool))
        {
            mesh.Add("c1", "DestinationRule", "ns", "rule", Rule(Node(pool)!));
        }

        return new SnapshotCompiler().Compile(mesh.Build(), new ProxyRef("c1", "ns", "client"))
            .Clusters["outbound|10001||svc.ns.svc.cluster.local"];
    }

    private static string PoolText(ClusterConfig c) => string.Join(' ', c.CircuitBreakers, c.ConnectTimeoutNs,
        c.MaxRequestsPerConnection, c.MaxConcurrentStreams, c.IdleTimeoutNs, c.MaxConnectionDurationNs, c.TcpKeepalive);
}
