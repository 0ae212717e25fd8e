using System.Text.Json.Nodes;

namespace Sim.Tests.Istiod;

/// <summary>Kubernetes objects of a service with one pod.</summary>
internal static class ServiceObjects
{
    public static void Add(
        VectorMesh mesh, string cluster, string ns, string name, IReadOnlyList<int> ports, string address = "10.1.0.1",
        bool ready = true, string distribution = "", bool headless = false, string protocol = "http",
        JsonObject? annotations = null, JsonObject? labels = null, bool hasProxy = true, bool hasPod = true)
    {
        JsonObject metadata = VectorMesh.Metadata(ns, name, "");
        metadata["annotations"] = annotations ?? [];
        var spec = new JsonObject
        {
            ["clusterIP"] = headless ? "None" : "10.96.0.9",
            ["selector"] = new JsonObject { ["app"] = name },
            ["ports"] = Ports(ports, protocol),
        };
        if (distribution.Length > 0)
        {
            spec["trafficDistribution"] = distribution;
        }

        mesh.Add(cluster, new JsonObject { ["kind"] = "Service", ["metadata"] = metadata, ["spec"] = spec });
        if (!hasPod)
        {
            return;
        }

        JsonObject all = labels ?? [];
        all["app"] = name;
        mesh.AddPod(cluster, ns, name + "-pod", all, [address], hasProxy: hasProxy);
        JsonObject slice = VectorMesh.Metadata(ns, name + "-slice", "");
        slice["labels"] = new JsonObject { ["kubernetes.io/service-name"] = name };
        mesh.Add(cluster, new JsonObject
        {
            ["kind"] = "EndpointSlice",
            ["metadata"] = slice,
            ["addressType"] = "IPv4",
            ["ports"] = new JsonArray([.. ports.Select(p => (JsonNode)new JsonObject
            {
                ["name"] = PortName(p, protocol), ["port"] = p,
            })]),
            ["endpoints"] = new JsonArray(new JsonObject
            {
                ["addresses"] = new JsonArray(address),
                ["conditions"] = new JsonObject
                {
                    ["ready"] = ready, ["serving"] = ready, ["terminating"] = false,
                },
                ["targetRef"] = new JsonObject { ["kind"] = "Pod", ["name"] = name + "-pod", ["namespace"] = ns },
            }),
        });
    }

    private static JsonArray Ports(IReadOnlyList<int> ports, string protocol) =>
        new([.. ports.Select(p => (JsonNode)new JsonObject
        {
            ["name"] = PortName(p, protocol), ["port"] = p, ["targetPort"] = p, ["protocol"] = "TCP",
        })]);

    private static string PortName(int port, string protocol) => protocol.ToLowerInvariant() + "-" + port;
}
