using System.Text.Json;
using System.Text.Json.Nodes;
using Sim.Core;
using Sim.Istiod;
using Sim.Mesh;
using Sim.Tests.Vectors;
using Sim.Xds;
using static Sim.Tests.Istiod.IstioVector;
using VirtualService = Sim.Mesh.VirtualService;

namespace Sim.Tests.Istiod;

/// <summary>Vectors of VirtualServices: routes, retries, faults, mirrors, delegates and virtual hosts.</summary>
[TestFixture]
public sealed class VirtualServiceVectorTests
{
    public static IEnumerable<TestCaseData> Cases() => VectorFiles.Cases("istio-virtual-service");

    [TestCaseSource(nameof(Cases))]
    public void Equals_the_vector(object vector)
    {
        var v = (VectorCase)vector;
        JsonElement i = v.Case.GetProperty("input");
        string op = Text(v.Case, "op");
        foreach ((IstioProfile profile, JsonElement expected) in Profiles(v.Case))
        {
            Judge(op switch
            {
                "sidecarVirtualHosts" => SidecarHostVectors.Differences(i, v.Fixtures, expected, profile),
                "delegateMatches" or "delegateRoutes" => Delegates(op, i, expected),
                _ => Differences(expected, Actual(op, i, profile)),
            }, profile);
        }
    }

    private static JsonNode? Actual(string op, JsonElement i, IstioProfile profile) => op switch
    {
        "retryPolicy" => RouteVectorText.Retry(RetryPolicies.Convert(Retries(Child(i, "retries")),
            Text(i, "consistentHashDestination") == "true", new VectorMesh { Profile = profile }.Cluster("c1").Push())),
        "inboundRetryPolicy" => RouteVectorText.Retry(RetryPolicies.Inbound(Push(i, profile), Protocol.Http)),
        "inboundRoute" => new JsonObject
        {
            ["timeout"] = "0s",
            ["retryPolicy"] = RouteVectorText.Retry(
                RetryPolicies.Inbound(Push(i, profile), Protocols.Parse(Text(i, "portProtocol")))),
        },
        "buildRoutes" => Routes(i, profile),
        "isCatchAll" => RouteMatchBuilder.IsCatchAll(RouteVectorText.ReadMatch(Child(i, "route"))),
        "sortRoutes" => new JsonObject
        {
            ["routes"] = new JsonArray([.. GatewayBuilder.CatchAllLast([.. Items(i, "routes")
                .Select(static r => new Route { Match = RouteVectorText.ReadMatch(r) })])
                .Select(static r => (JsonNode)RouteVectorText.Of(r))]),
        },
        "mirrorPercent" => Mirror(i, profile),
        "sourceMatch" => SourceMatches(i, profile),
        "fault" => Fault(i, profile),
        "delegateConflict" => DelegateMerger.HasConflict(Match(Child(i, "root")), Match(Child(i, "delegate"))),
        _ => throw new InvalidDataException("unknown op " + op),
    };

    private static HttpRetry? Retries(JsonElement e) => VirtualServiceReader.Retries(
        new Sim.Manifests.NodeBinder(true).Bind<Sim.Manifests.HttpRetry>(VectorMesh.Mapping(Node(e)), "retries"));

    private static PushContext Push(JsonElement i, IstioProfile profile)
    {
        var mesh = new VectorMesh { Profile = profile };
        if (Node(Child(i, "meshDefaultInboundHttpRetryPolicy")) is { } policy)
        {
            mesh.MeshConfig = new JsonObject { ["defaultInboundHttpRetryPolicy"] = policy };
        }

        return mesh.Cluster("c1").Push();
    }

    /// <summary>Reads one VirtualService.</summary>
    private static VirtualService Read(JsonNode spec, bool hasIngressSemantics = false)
    {
        JsonObject metadata = VectorMesh.Metadata("ns", "vs", "");
        if (hasIngressSemantics)
        {
            metadata["annotations"] = new JsonObject { ["internal.istio.io/route-semantics"] = "ingress" };
        }

        spec["hosts"] ??= new JsonArray("*.example.org");
        return new VectorMesh().Add("c1", new JsonObject
        {
            ["kind"] = "VirtualService", ["metadata"] = metadata, ["spec"] = spec,
        }).Build().Clusters[0].VirtualServices[0];
    }

    private static Proxy Caller(JsonElement i, IstioProfile profile)
    {
        string ns = Text(i, "proxyNamespace") is { Length: > 0 } n ? n : "ns";
        VectorMesh mesh = new VectorMesh { Profile = profile }.AddPod("c1", ns, "client");
        foreach (JsonElement s in Items(i, "services"))
        {
            JsonArray ports = Node(Child(s, "ports"))!.AsArray();
            foreach (JsonNode? p in ports)
            {
                p!["number"] = p["port"]!.DeepClone();
                p.AsObject().Remove("port");
            }

            mesh.Add("c1", "ServiceEntry", ns, "entry", new JsonObject
            {
                ["hosts"] = new JsonArray(Text(s, "hostname")), ["ports"] = ports, ["resolution"] = "STATIC",
                ["location"] = "MESH_INTERNAL",
            });
        }

        return new Proxy(mesh.Push(), new ProxyRef("c1", ns, "client"));
    }

    private static JsonObject Routes(JsonElement i, IstioProfile profile)
    {
        VirtualService vs = Read(Node(Child(i, "virtualService"))!, Text(i, "semantics") == "ingress");
        List<Route> routes = new RouteBuilder(Caller(i, profile)).Build(
            vs, int.Parse(Text(i, "listenPort")),
            [.. Texts(i, "gatewayNames").Select(static g => Hostname.ResolveGatewayName(g, "ns"))]);
        return new JsonObject
        {
            ["count"] = routes.Count,
            ["routes"] = new JsonArray([.. routes.Select(static r => (JsonNode)RouteVectorText.Of(r))]),
        };
    }

    private static JsonNode? Mirror(JsonElement i, IstioProfile profile)
    {
        var http = Node(i)!.AsObject();
        http["mirror"] = new JsonObject { ["host"] = "copy.example.org" };
        http["route"] = Destination();
        Route route = Single(http, profile);
        return route.Mirrors.Count == 0 ? null : RouteVectorText.Share(route.Mirrors[0].Fraction);
    }

    private static JsonNode? Fault(JsonElement i, IstioProfile profile)
    {
        FaultConfig fault = Single(new JsonObject
        {
            ["fault"] = Node(Child(i, "fault")), ["route"] = Destination(),
        }, profile).Fault!;
        var result = new JsonObject();
        if (fault.DelayPercentage.Numerator > 0)
        {
            JsonObject delay = RouteVectorText.Share(fault.DelayPercentage);
            delay["fixed"] = Seconds(fault.DelayNs);
            result["delay"] = delay;
        }

        if (fault.AbortPercentage.Numerator > 0)
        {
            JsonObject abort = RouteVectorText.Share(fault.AbortPercentage);
            abort["grpcStatus"] = fault.AbortGrpcStatus;
            abort["httpStatus"] = fault.AbortHttpStatus;
            result["abort"] = abort;
        }

        return result;
    }

    private static JsonArray Destination() => new(new JsonObject
    {
        ["destination"] = new JsonObject { ["host"] = "one.example.org" },
    });

    private static Route Single(JsonObject http, IstioProfile profile)
    {
        Proxy caller = new(new VectorMesh { Profile = profile }.AddPod("c1", "ns", "client").Push(),
            new ProxyRef("c1", "ns", "client"));
        return new RouteBuilder(caller).Build(Read(new JsonObject { ["http"] = new JsonArray(http) }), 80, ["mesh"])[0];
    }

    private static HttpMatch Match(JsonElement e) => Read(new JsonObject
    {
        ["http"] = new JsonArray(new JsonObject { ["match"] = new JsonArray(Node(e)) }),
    }).Http[0].Matches[0];

    private static JsonNode SourceMatches(JsonElement i, IstioProfile profile) =>
        new RouteBuilder(Caller(i, profile)).SourceMatches(Match(Child(i, "match")), ["mesh"]);

    private static IReadOnlyList<HttpRoute> Http(JsonNode? list) =>
        list is null ? [] : Read(new JsonObject { ["http"] = list.DeepClone() }).Http;

    private static IEnumerable<string> Delegates(string op, JsonElement i, JsonElement expected)
    {
        if (op == "delegateRoutes")
        {
            IReadOnlyList<HttpRoute> merged =
            [
                .. DelegateMerger.Merge(
                    Http(new JsonArray(Node(Child(i, "root"))))[0], Http(Node(Child(i, "delegate")))),
            ];
            return Same(ModelText.Of(Http(Node(expected))), ModelText.Of(merged));
        }

        IReadOnlyList<HttpMatch>? matches = DelegateMerger.MergeMatches(
            Matches(Child(i, "root")), Matches(Child(i, "delegate")));
        return Same(IsNull(expected) ? "null" : ModelText.Of(Matches(expected)),
            matches is null ? "null" : ModelText.Of(matches));
    }

    private static IReadOnlyList<HttpMatch> Matches(JsonElement list) => IsNull(list) ? []
        : Read(new JsonObject { ["http"] = new JsonArray(new JsonObject { ["match"] = Node(list) }) }).Http[0].Matches;

    private static string[] Same(string want, string got) =>
        want == got ? [] : [$"expected {want}\ngot      {got}"];
}
