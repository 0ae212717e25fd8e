using System.Text.Json.Nodes;
using Sim.Core;
using Sim.Istiod;
using Sim.Manifests;
using Sim.Mesh;

namespace Sim.Tests.Istiod;

/// <summary>Builds a mesh from the objects of a vector. The first cluster's istiod reads all clusters.</summary>
internal sealed class VectorMesh
{
    private readonly Dictionary<string, List<JsonNode>> _objects = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];

    public MeshOptions Options { get; set; } = new();

    public JsonNode? MeshConfig { get; set; }

    public JsonNode? MeshNetworks { get; set; }

    /// <summary>DNS domain of the clusters.</summary>
    public string Domain { get; set; } = "cluster.local";

    public IstioProfile Profile
    {
        set => Options = Options with { Profile = value };
    }

    /// <summary>Names a cluster.</summary>
    public VectorMesh Cluster(string name)
    {
        if (_objects.TryAdd(name, []))
        {
            _order.Add(name);
        }

        return this;
    }

    /// <summary>Adds an object; its apiVersion follows from its kind.</summary>
    public VectorMesh Add(string cluster, JsonNode value)
    {
        Cluster(cluster);
        JsonNode copy = value.DeepClone();
        copy["apiVersion"] ??= (string)copy["kind"]! switch
        {
            "Service" or "Pod" or "Node" or "Namespace" => "v1",
            "EndpointSlice" => "discovery.k8s.io/v1",
            "PeerAuthentication" or "AuthorizationPolicy" or "RequestAuthentication" => "security.istio.io/v1",
            _ => "networking.istio.io/v1",
        };
        _objects[cluster].Add(copy);
        return this;
    }

    /// <summary>Adds an Istio resource.</summary>
    public VectorMesh Add(string cluster, string kind, string ns, string name, JsonNode spec, string created = "") =>
        Add(cluster, new JsonObject
        {
            ["kind"] = kind,
            ["metadata"] = Metadata(ns, name, created),
            ["spec"] = spec.DeepClone(),
        });

    /// <summary>Adds a pod with a sidecar.</summary>
    public VectorMesh AddPod(
        string cluster, string ns, string name, JsonNode? labels = null, IEnumerable<string>? ips = null,
        string network = "", string networkView = "", bool hasProxy = true)
    {
        var env = new JsonArray();
        AddVariable(env, "ISTIO_META_NETWORK", network);
        AddVariable(env, "ISTIO_META_REQUESTED_NETWORK_VIEW", networkView);
        JsonObject metadata = Metadata(ns, name, "");
        JsonObject all = labels?.DeepClone().AsObject() ?? [];
        if (hasProxy)
        {
            all["security.istio.io/tlsMode"] ??= "istio";
        }

        metadata["labels"] = all;
        return Add(cluster, new JsonObject
        {
            ["kind"] = "Pod",
            ["metadata"] = metadata,
            ["spec"] = new JsonObject
            {
                ["containers"] = hasProxy
                    ? new JsonArray(new JsonObject { ["name"] = "istio-proxy", ["env"] = env }) : new JsonArray(),
            },
            ["status"] = new JsonObject
            {
                ["phase"] = "Running",
                ["podIPs"] = new JsonArray([.. (ips ?? ["10.99.0.1"]).Select(
                    static i => (JsonNode)new JsonObject { ["ip"] = i })]),
            },
        });
    }

    public MeshModel Build()
    {
        var diagnostics = new DiagnosticBag();
        MeshConfig config = MeshConfigReader.Read(
            Mapping(MeshConfig), Sim.Mesh.MeshConfig.Default, Options, diagnostics);
        config = config with { Networks = MeshConfigReader.ReadNetworks(Mapping(MeshNetworks)), Domain = Domain };
        var inputs = new List<ClusterInput>();
        foreach (string name in _order)
        {
            inputs.Add(new ClusterInput
            {
                Name = name,
                ControlPlane = _order[0],
                Reads = _order,
                Config = config,
                Manifests = StoredManifests.Read(
                    _objects[name].Select((o, i) => ($"{name}/{i}.json", o.ToJsonString())), diagnostics),
            });
        }

        return MeshBuilder.Build(inputs, Options, diagnostics);
    }

    /// <summary>What the first cluster's istiod knows.</summary>
    public PushContext Push()
    {
        MeshModel mesh = Build();
        return new PushContext(mesh, mesh.Clusters[0]);
    }

    public static YamlMapping? Mapping(JsonNode? node) => node is null ? null
        : YamlReader.Read(node.ToJsonString(), "vector.json", new DiagnosticBag())[0] as YamlMapping;

    public static JsonObject Metadata(string ns, string name, string created)
    {
        var metadata = new JsonObject { ["namespace"] = ns, ["name"] = name };
        if (created.Length > 0)
        {
            metadata["creationTimestamp"] = created;
        }

        return metadata;
    }

    private static void AddVariable(JsonArray env, string name, string value)
    {
        if (value.Length > 0)
        {
            env.Add((JsonNode)new JsonObject { ["name"] = name, ["value"] = value });
        }
    }
}
