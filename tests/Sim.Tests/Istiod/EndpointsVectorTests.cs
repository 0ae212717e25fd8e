using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sim.Core;
using Sim.Istiod;
using Sim.Mesh;
using Sim.Tests.Vectors;
using Sim.Xds;
using static Sim.Tests.Istiod.IstioVector;

namespace Sim.Tests.Istiod;

/// <summary>Vectors of the endpoints a caller is given, through gateways or not.</summary>
[TestFixture]
public sealed class EndpointsVectorTests
{
    public static IEnumerable<TestCaseData> Cases() => VectorFiles.Cases("istio-endpoints");

    [TestCaseSource(nameof(Cases))]
    public void Equals_the_vector(object vector)
    {
        var v = (VectorCase)vector;
        JsonElement i = v.Case.GetProperty("input");
        foreach ((IstioProfile profile, JsonElement expected) in Profiles(v.Case))
        {
            Judge(Text(v.Case, "op") == "meshNetworking"
                ? MeshNetworkVectors.Differences(i, v.Fixtures, expected, profile)
                : Compare(Groups(expected), Groups(Build(i, v.Fixtures, profile))), profile);
        }
    }

    private static IEnumerable<string> Compare(IReadOnlyList<string> expected, IReadOnlyList<string> actual) =>
        expected.SequenceEqual(actual) ? []
            : [$"expected {string.Join(" | ", expected)}", $"got      {string.Join(" | ", actual)}"];

    private static List<string> Groups(JsonElement expected) =>
        [.. Items(expected, "localities").Select(static g => Text(g, "locality") + " " + Text(g, "weight") + ": "
            + string.Join(", ", Items(g, "endpoints").Select(static e => Text(e, "address") + " " + Text(e, "weight"))
                .Order(StringComparer.Ordinal))).Order(StringComparer.Ordinal)];

    private static List<string> Groups(ClusterLoadAssignment a) =>
        [.. a.Endpoints.Where(static g => g.Endpoints.Count > 0).Select(static g => string.Create(
            CultureInfo.InvariantCulture,
            $"{(g.Locality.Region + "/" + g.Locality.Zone + "/" + g.Locality.SubZone).TrimEnd('/')} {g.Weight}: ")
            + string.Join(", ", g.Endpoints.Select(static e => string.Create(
                CultureInfo.InvariantCulture, $"{e.Address} {e.Weight}")).Order(StringComparer.Ordinal)))
            .Order(StringComparer.Ordinal)];

    private static ClusterLoadAssignment Build(JsonElement i, JsonElement fixtures, IstioProfile profile)
    {
        JsonElement fixture = Text(i, "fixture") is { Length: > 0 } name ? Child(fixtures, name) : default;
        JsonElement service = First(i, fixture, "service");
        JsonElement proxy = Child(i, "proxy");
        string own = Text(proxy, "cluster");
        var mesh = new VectorMesh { Profile = profile, MeshConfig = Node(Child(i, "meshConfig")) };
        string ns = Text(service, "namespace");
        mesh.AddPod(own, ns, "client", ips: Addresses(Texts(proxy, "ipFamilies")), network: Text(proxy, "network"),
            networkView: string.Join(',', Texts(proxy, "requestedNetworkView")));
        mesh.Add(own, "ServiceEntry", ns, "entry", EntryOf(service));
        AddGateways(mesh, own,
            Items(i, "gateways").Concat(Items(fixture, "gateways")).Concat(Items(i, "extraGateways")));
        string subset = Text(i, "subset");
        foreach (JsonElement config in Items(i, "configs"))
        {
            mesh.Add(own, Node(config)!);
        }

        if (Node(Child(i, "subsetLabels")) is { } labels)
        {
            mesh.Add(own, "DestinationRule", ns, "subsets", new JsonObject
            {
                ["host"] = HostOf(service),
                ["subsets"] = new JsonArray(new JsonObject { ["name"] = subset, ["labels"] = labels }),
            });
        }

        PushContext push = mesh.Push();
        foreach (JsonElement e in Items(i, "endpoints").Concat(Items(fixture, "endpoints")))
        {
            push.Registry.Add(HostOf(service), ns, "Kubernetes/" + Text(e, "cluster"), EndpointOf(e, service));
        }

        var caller = new Proxy(push, new ProxyRef(own, ns, "client"));
        Service found = push.Registry.Services.Single(s => s.Hostname == HostOf(service));
        bool isSniDnat = Text(i, "sniDnatCluster") == "true";
        var builder = new EndpointBuilder(caller, found, found.Ports[0], subset, isSniDnat);
        return Text(service, "resolution") == "DNS" ? builder.BuildInline("c") : builder.Build("c");
    }

    /// <summary>Rules complete short names, so a short host gets a domain here.</summary>
    private static string HostOf(JsonElement service) =>
        Text(service, "host") is var h && h.Contains('.') ? h : h + ".example";

    private static JsonElement First(JsonElement i, JsonElement fixture, string key) =>
        IsNull(Child(i, key)) ? Child(fixture, key) : Child(i, key);

    private static string[] Addresses(string[] families) =>
        [.. (families.Length == 0 ? ["v4"] : families).Select(static f => f == "v6" ? "2001:db8:99::1" : "10.99.0.1")];

    private static JsonObject EntryOf(JsonElement service) => new()
    {
        ["hosts"] = new JsonArray(HostOf(service)),
        ["location"] = "MESH_INTERNAL",
        ["resolution"] = Text(service, "resolution") is { Length: > 0 } r ? r : "STATIC",
        ["ports"] = new JsonArray(new JsonObject
        {
            ["number"] = int.Parse(Text(service, "port"), CultureInfo.InvariantCulture),
            ["name"] = Text(service, "portName"), ["protocol"] = "HTTP",
        }),
        ["workloadSelector"] = new JsonObject { ["labels"] = new JsonObject { ["selects"] = "nothing" } },
    };

    private static IstioEndpoint EndpointOf(JsonElement e, JsonElement service)
    {
        var labels = LabelSet.Empty.ToBuilder();
        JsonElement stated = Child(e, "labels");
        foreach (JsonProperty p in stated.ValueKind == JsonValueKind.Object ? stated.EnumerateObject() : default)
        {
            labels[p.Name] = p.Value.GetString()!;
        }

        return new IstioEndpoint
        {
            Address = Text(e, "address"),
            Port = Text(e, "port") is { Length: > 0 } port ? int.Parse(port, CultureInfo.InvariantCulture) : 8080,
            PortName = Text(service, "portName"),
            Labels = labels.ToImmutable(),
            Network = Text(e, "network"),
            Cluster = Text(e, "cluster"),
            TlsMode = Text(e, "tlsMode"),
            Weight = Text(e, "weight") is { Length: > 0 } w ? uint.Parse(w, CultureInfo.InvariantCulture) : 0,
            Locality = Locality.Parse(Text(e, "locality")),
            LocalityLabel = Text(e, "locality"),
            Namespace = Text(e, "namespace") is { Length: > 0 } ns ? ns : Text(service, "namespace"),
        };
    }

    /// <summary>Gateways of a cluster are services of it; others stand in the networks of the mesh.</summary>
    private static void AddGateways(VectorMesh mesh, string own, IEnumerable<JsonElement> gateways)
    {
        var networks = new JsonObject();
        int number = 0;
        foreach (JsonElement g in gateways)
        {
            int port = int.Parse(Text(g, "port"), CultureInfo.InvariantCulture);
            if (Text(g, "cluster").Length == 0)
            {
                networks[Text(g, "network")] ??= new JsonObject { ["gateways"] = new JsonArray() };
                networks[Text(g, "network")]!["gateways"]!.AsArray().Add((JsonNode)new JsonObject
                {
                    ["address"] = Text(g, "address"), ["port"] = port,
                });
                continue;
            }

            JsonObject metadata = VectorMesh.Metadata("istio-system", "gateway-" + number++, "");
            metadata["labels"] = new JsonObject
            {
                ["topology.istio.io/network"] = Text(g, "network"),
                ["networking.istio.io/gatewayPort"] = Text(g, "port"),
            };
            mesh.Add(Text(g, "cluster"), new JsonObject
            {
                ["kind"] = "Service",
                ["metadata"] = metadata,
                ["spec"] = new JsonObject
                {
                    ["type"] = "LoadBalancer", ["ports"] = new JsonArray(new JsonObject { ["port"] = port }),
                },
                ["status"] = new JsonObject
                {
                    ["loadBalancer"] = new JsonObject
                    {
                        ["ingress"] = new JsonArray(new JsonObject { ["ip"] = Text(g, "address") }),
                    },
                },
            });
        }

        mesh.Cluster(own).MeshNetworks = networks.Count == 0 ? null : networks;
    }
}
