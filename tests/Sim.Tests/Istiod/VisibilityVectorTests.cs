using System.Text.Json;
using System.Text.Json.Nodes;
using Sim.Core;
using Sim.Istiod;
using Sim.Mesh;
using Sim.Tests.Vectors;
using static Sim.Tests.Istiod.IstioVector;

namespace Sim.Tests.Istiod;

/// <summary>Vectors of who sees which rule and service.</summary>
[TestFixture]
public sealed class VisibilityVectorTests
{
    public static IEnumerable<TestCaseData> Cases() => VectorFiles.Cases("istio-visibility");

    [TestCaseSource(nameof(Cases))]
    public void Equals_the_vector(object vector)
    {
        var v = (VectorCase)vector;
        JsonElement i = v.Case.GetProperty("input");
        JsonElement fixture = Text(i, "fixture") is { Length: > 0 } name ? Child(v.Fixtures, name) : default;
        foreach ((IstioProfile profile, JsonElement expected) in Profiles(v.Case))
        {
            Judge(Differences(expected, Actual(Text(v.Case, "op"), i, fixture, profile)), profile);
        }
    }

    private static JsonNode? Actual(string op, JsonElement i, JsonElement fixture, IstioProfile profile) => op switch
    {
        "destinationRuleLookup" => Lookup(i, fixture, profile),
        "virtualServicesForGateway" => new JsonObject
        {
            ["hosts"] = Names(Push(fixture, profile).VirtualServices
                .For(Text(i, "clientNamespace"), Text(i, "gateway")).SelectMany(static vs => vs.Hosts)),
        },
        "serviceVisible" => IsVisible(i, profile),
        "clusterLocal" => new ClusterLocalHosts(MeshConfigReader.Read(
            VectorMesh.Mapping(new JsonObject { ["serviceSettings"] = Node(Child(i, "serviceSettings")) }),
            MeshConfig.Default, new MeshOptions { Profile = profile }, new DiagnosticBag()), profile)
            .IsClusterLocal(Text(i, "host")),
        "sidecarSelectVirtualServices" => Selected(i, fixture, profile),
        _ => throw new InvalidDataException("unknown op " + op),
    };

    private static JsonArray Names(IEnumerable<string> names) => new([.. names.Select(static n => (JsonNode)n)]);

    private static JsonObject Lookup(JsonElement i, JsonElement fixture, IstioProfile profile)
    {
        DestinationRuleIndex index = DestinationRuleMerges.Index(
            fixture, "rules", profile, default, Text(fixture, "rootNamespace"));
        IReadOnlyList<ConsolidatedDestinationRule> found = index.For(
            Text(i, "clientNamespace"), Text(i, "serviceHost"), Text(i, "serviceNamespace"));
        return new JsonObject
        {
            ["subsets"] = found.Count == 0 ? null : Names(found[0].Rule.Subsets.Select(static s => s.Name)),
        };
    }

    private static PushContext Push(JsonElement fixture, IstioProfile profile)
    {
        string root = Text(fixture, "rootNamespace");
        var mesh = new VectorMesh
        {
            Profile = profile,
            MeshConfig = root.Length == 0 ? null : new JsonObject { ["rootNamespace"] = root },
        };
        mesh.Cluster("c1");
        foreach (JsonElement vs in Items(fixture, "virtualServices"))
        {
            var spec = new JsonObject { ["hosts"] = Node(Child(vs, "hosts")) };
            foreach (string key in (string[])["gateways", "exportTo"])
            {
                if (Node(Child(vs, key)) is { } value)
                {
                    spec[key] = value;
                }
            }

            mesh.Add("c1", "VirtualService", Text(vs, "namespace"), Text(vs, "name"), spec);
        }

        return mesh.Push();
    }

    private static JsonNode IsVisible(JsonElement i, IstioProfile profile)
    {
        var mesh = new VectorMesh
        {
            Profile = profile,
            MeshConfig = new JsonObject { ["defaultServiceExportTo"] = Node(Child(i, "meshDefaultServiceExportTo")) },
        };
        ServiceObjects.Add(mesh, "c1", Text(i, "serviceNamespace"), "svc", [80], annotations: new JsonObject
        {
            ["networking.istio.io/exportTo"] = string.Join(',', Texts(i, "exportTo")),
        });
        PushContext push = mesh.Push();
        return push.IsVisible(push.Registry.Services[0], Text(i, "clientNamespace"));
    }

    private static JsonObject Selected(JsonElement i, JsonElement fixture, IstioProfile profile)
    {
        PushContext push = Push(fixture, profile);
        var sidecar = new Sidecar
        {
            Meta = new ConfigMeta("default", Text(i, "sidecarNamespace"), "", default),
            Egress = [new SidecarEgress(null, "", false, Texts(i, "egressHosts"))],
        };
        var scope = new SidecarScope(push, Text(i, "sidecarNamespace"), sidecar, 0);
        return new JsonObject
        {
            ["virtualServices"] = Names(scope.Listeners[0].VirtualServices.Select(static vs => vs.Meta.Name)),
        };
    }
}
