using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sim.Core;
using Sim.Istiod;
using Sim.Mesh;
using Sim.Xds;
using static Sim.Tests.Istiod.IstioVector;

namespace Sim.Tests.Istiod;

/// <summary>Workloads of several networks: by which addresses each reaches the others.</summary>
internal static class MeshNetworkVectors
{
    private const string Ns = "pods";

    public static IEnumerable<string> Differences(
        JsonElement i, JsonElement fixtures, JsonElement expected, IstioProfile profile)
    {
        JsonElement workloads = Text(i, "workloadsFixture") is { Length: > 0 } name
            ? Child(fixtures, name) : Child(i, "workloads");
        var mesh = new VectorMesh { Profile = profile, MeshNetworks = Node(Child(i, "meshNetworks")) };
        AddGateways(mesh, Child(i, "gatewayObjectsByCluster"));
        string first = Child(i, "gatewayObjectsByCluster").EnumerateObject().First().Name;
        foreach (JsonElement config in Items(i, "configs"))
        {
            mesh.Add(first, Node(config)!);
        }

        foreach (JsonProperty w in workloads.EnumerateObject())
        {
            AddWorkload(mesh, first, w.Name, w.Value);
        }

        MeshModel model = mesh.Build();
        var compiler = new SnapshotCompiler();
        foreach (JsonProperty client in expected.GetProperty("addressesByClientThenTarget").EnumerateObject())
        {
            JsonElement w = Child(workloads, client.Name);
            string cluster = Text(w, "cluster") is { Length: > 0 } c ? c : first;
            ProxySnapshot s = compiler.Compile(model, new ProxyRef(cluster, Ns, client.Name + "-client"));
            foreach (JsonProperty target in client.Value.EnumerateObject())
            {
                string want = string.Join(' ', target.Value.EnumerateArray().Select(static a => a.GetString()!)
                    .Order(StringComparer.Ordinal));
                string got = string.Join(' ', Reached(s, target.Name));
                if (want != got)
                {
                    yield return $"{client.Name} -> {target.Name}: expected [{want}], got [{got}]";
                }
            }
        }
    }

    private static IEnumerable<string> Reached(ProxySnapshot s, string target) =>
        s.Endpoints.Where(e => e.Key.EndsWith("||" + target + "." + Ns + ".svc.cluster.local", StringComparison.Ordinal)
                || e.Key.EndsWith("||" + target + ".example", StringComparison.Ordinal))
            .SelectMany(static e => e.Value.Endpoints).SelectMany(static g => g.Endpoints)
            .Select(static e => string.Create(CultureInfo.InvariantCulture, $"{e.Address}:{e.Port}"))
            .Distinct().Order(StringComparer.Ordinal);

    private static void AddGateways(VectorMesh mesh, JsonElement clusters)
    {
        foreach (JsonProperty cluster in clusters.EnumerateObject())
        {
            mesh.Cluster(cluster.Name);
            int node = 0;
            foreach (JsonElement o in cluster.Value.EnumerateArray())
            {
                JsonNode copy = Node(o)!;
                copy["metadata"] ??= VectorMesh.Metadata("", "node-" + node++, "");
                mesh.Add(cluster.Name, copy);
            }
        }
    }

    private static void AddWorkload(VectorMesh mesh, string first, string name, JsonElement w)
    {
        string cluster = Text(w, "cluster") is { Length: > 0 } c ? c : first;
        mesh.AddPod(cluster, Ns, name + "-client", network: Text(w, "proxyNetwork"), ips: ["10.98.0.1"]);
        int port = int.Parse(Text(w, "port"), CultureInfo.InvariantCulture);
        if (Text(w, "type") == "pod")
        {
            ServiceObjects.Add(mesh, cluster, Ns, name, [port], Text(w, "ip"),
                labels: Node(Child(w, "labels")) as JsonObject);
            return;
        }

        mesh.Add(first, "ServiceEntry", Ns, name, new JsonObject
        {
            ["hosts"] = new JsonArray(name + ".example"),
            ["location"] = "MESH_INTERNAL",
            ["resolution"] = "STATIC",
            ["ports"] = new JsonArray(new JsonObject { ["number"] = port, ["name"] = "http", ["protocol"] = "HTTP" }),
            ["endpoints"] = new JsonArray(new JsonObject
            {
                ["address"] = Text(w, "ip"), ["network"] = Text(w, "network"), ["serviceAccount"] = "default",
                ["labels"] = Node(Child(w, "labels")) ?? new JsonObject(),
            }),
        });
    }
}
