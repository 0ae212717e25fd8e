using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sim.Core;
using Sim.Istiod;
using Sim.Mesh;
using Sim.Tests.Vectors;
using Sim.Xds;
using static Sim.Tests.Istiod.IstioVector;

namespace Sim.Tests.Istiod;

/// <summary>Vectors of host names, localities, locality load balancing and its settings.</summary>
[TestFixture]
public sealed class HostAndLocalityVectorTests
{
    public static IEnumerable<TestCaseData> Cases() =>
        new[] { "istio-host-match", "istio-locality", "istio-locality-lb", "istio-lb-setting" }
            .SelectMany(VectorFiles.Cases);

    [TestCaseSource(nameof(Cases))]
    public void Equals_the_vector(object vector)
    {
        JsonElement c = ((VectorCase)vector).Case;
        foreach ((IstioProfile profile, JsonElement expected) in Profiles(c))
        {
            Judge(Differences(expected, Actual(Text(c, "op"), c.GetProperty("input"), profile)), profile);
        }
    }

    private static JsonNode? Actual(string op, JsonElement i, IstioProfile profile) => op switch
    {
        "matches" => Hostname.Matches(Text(i, "a"), Text(i, "b")),
        "subsetOf" => Hostname.SubsetOf(Text(i, "a"), Text(i, "b")),
        "intersection" => Array(Hostname.Intersection(Texts(i, "a"), Texts(i, "b"))),
        "namesForNamespace" => Array(Hostname.NamesForNamespace(Texts(i, "hosts"), Text(i, "namespace"))),
        "sort" => Array(Hostname.Sort(Texts(i, "hosts"))),
        "moreSpecific" => Hostname.MoreSpecific(Text(i, "a"), Text(i, "b")),
        "mostSpecificMatch" => Hostname.MostSpecificMatch(Text(i, "needle"), Texts(i, "hosts")) ?? "",
        "resolveShortName" => Hostname.ResolveShortName(Text(i, "host"), Text(i, "namespace"), Text(i, "domain")),
        "resolveGatewayName" => Hostname.ResolveGatewayName(Text(i, "gateway"), Text(i, "namespace")),
        "virtualHostDomains" => Array(Domains(i, profile)),
        "localityMatch" => LocalityLoadBalancing.Matches(Locality.Parse(Text(i, "locality")), Text(i, "rule")),
        "parseLocality" => Parsed(Locality.Parse(Text(i, "text"))),
        "podLocality" => WorkloadReader.LocalityOf(Labels(i, "podLabels"),
            IsNull(Child(i, "nodeLabels")) ? null : Labels(i, "nodeLabels")),
        "endpointLabels" => new JsonObject(TopologyLabels.Augment(
                Labels(i, "podLabels"), Text(i, "cluster"), Text(i, "locality"), Text(i, "nodeName"),
                Text(i, "registryNetwork"))
            .Select(static l => KeyValuePair.Create(l.Key, (JsonNode?)l.Value))),
        "applyLocality" => Applied(i, profile),
        "effectiveLbSetting" => Setting(i, profile),
        "failoverPriorityLabels" => PriorityLabels(i, profile),
        "unhealthyEndpointsIncluded" => SendsUnhealthy(i),
        _ => throw new InvalidDataException("unknown op " + op),
    };

    private static JsonArray Array(IEnumerable<string> list) => new([.. list.Select(static s => (JsonNode)s)]);

    private static ImmutableSortedDictionary<string, string> Labels(JsonElement i, string key)
    {
        var b = LabelSet.Empty.ToBuilder();
        foreach (JsonProperty p in Child(i, key).EnumerateObject())
        {
            b[p.Name] = p.Value.GetString()!;
        }

        return b.ToImmutable();
    }

    private static List<string> Domains(JsonElement i, IstioProfile profile)
    {
        bool dots = profile != IstioProfile.V1_22;
        string domain = Text(i, "proxyDnsDomain");
        List<string> names = VirtualHostDomains.Of(Text(i, "serviceHost"), domain, dots);
        foreach (string alias in Texts(i, "aliases"))
        {
            names.AddRange(VirtualHostDomains.Of(alias, domain, dots));
        }

        if (Text(i, "headless") == "true")
        {
            names.AddRange(names.ConvertAll(static n => "*." + n));
        }

        names.AddRange(Texts(i, "addresses"));
        string[] own = [.. Texts(Child(i, "clusterVips"), Text(i, "proxyCluster"))];
        bool v6 = Texts(i, "proxyIps").Any(static a => a.Contains(':'));
        names.AddRange(own.Where(a => a.Contains(':') == v6));
        return names;
    }

    private static JsonObject Parsed(Locality l) => new()
    {
        ["region"] = l.Region, ["zone"] = l.Zone, ["subzone"] = l.SubZone, ["backToText"] = Short(l),
    };

    private static string Short(Locality l) => (l.Region + "/" + l.Zone + "/" + l.SubZone).TrimEnd('/');

    private static JsonObject Applied(JsonElement i, IstioProfile profile)
    {
        JsonNode? setting = Node(Child(i, "setting"));
        var lb = setting is null ? new JsonObject { ["localityLbSetting"] = new JsonObject { ["enabled"] = false } }
            : setting["zoneAware"] is { } zone ? new JsonObject { ["zoneAwareLbSetting"] = zone.DeepClone() }
            : new JsonObject { ["localityLbSetting"] = setting.DeepClone() };
        List<LocalityGroup> groups = [.. Items(i, "groups").Select(static g => new LocalityGroup
        {
            Locality = Locality.Parse(Text(g, "locality")),
            Weight = Text(g, "weight") is { Length: > 0 } w ? uint.Parse(w) : null,
            Endpoints = [.. Endpoints(g)],
        })];
        int before = groups.Count;
        groups = LocalityLoadBalancing.Apply(groups, Locality.Parse(Text(i, "proxyLocality")), Labels(i, "proxyLabels"),
            LocalityLoadBalancing.SettingFor(MeshConfig.Default, LoadBalancer(lb, profile), ""),
            Text(i, "outlierDetection") == "true", profile);
        Assert.That(groups, Has.Count.GreaterThanOrEqualTo(before == 0 ? 0 : 1));
        return new JsonObject { ["groups"] = new JsonArray([.. groups.Select(static g => (JsonNode)Group(g))]) };
    }

    /// <summary>Groups without listed endpoints hold one that nobody names.</summary>
    private static IEnumerable<RankedEndpoint> Endpoints(JsonElement group)
    {
        if (!group.TryGetProperty("endpoints", out JsonElement list))
        {
            return [new RankedEndpoint(new LbEndpoint { Address = "unnamed", Port = 1 }, LabelSet.Empty)];
        }

        return list.EnumerateArray().Select(static e => new RankedEndpoint(
            new LbEndpoint { Address = Text(e, "address"), Port = 1, Weight = uint.Parse(Text(e, "weight")) },
            Labels(e, "labels")));
    }

    private static JsonObject Group(LocalityGroup g)
    {
        var result = new JsonObject
        {
            ["locality"] = Short(g.Locality) is { Length: > 0 } l ? l : null,
            ["weight"] = g.Weight is { } w ? w : null,
            ["priority"] = g.Priority,
            ["addresses"] = Array(g.Endpoints.Select(static e => e.Endpoint.Address)),
        };
        if (g.Endpoints.Count == 0)
        {
            result["removed"] = true;
        }

        return result;
    }

    private static LoadBalancerSettings? LoadBalancer(JsonNode? node, IstioProfile profile)
    {
        var reader = new DestinationRuleReader("cluster.local", new MeshOptions { Profile = profile });
        return reader.LoadBalancer(new Sim.Manifests.NodeBinder(true).Bind<Sim.Manifests.LoadBalancerSettings>(
            VectorMesh.Mapping(node), "loadBalancer"));
    }

    private static MeshConfig Config(JsonElement i, IstioProfile profile)
    {
        LoadBalancerSettings? read = LoadBalancer(new JsonObject
        {
            ["localityLbSetting"] = Node(Child(i, "meshLocality")),
            ["zoneAwareLbSetting"] = Node(Child(i, "meshZoneAware")),
        }, profile);
        return MeshConfig.Default with { LocalityLbSetting = read?.LocalityLbSetting, ZoneAware = read?.ZoneAware };
    }

    private static string Distribution(JsonElement i) =>
        Text(i, "serviceTrafficDistribution") is var t && t == "Any" ? "" : t;

    private static JsonObject Setting(JsonElement i, IstioProfile profile)
    {
        LocalityLoadBalancing.Effective e = LocalityLoadBalancing.SettingFor(
            Config(i, profile), LoadBalancer(Node(Child(i, "destinationRule")), profile), Distribution(i));
        JsonElement expected = Child(i, "meshZoneAware");
        bool isOff = e is { Locality: null, ZoneAware: null } && expected.ValueKind == JsonValueKind.Object;
        var result = new JsonObject
        {
            ["kind"] = e.ZoneAware is not null || isOff ? "zoneAware" : e.Locality is not null ? "locality" : "none",
            ["forceFailover"] = e.Forced,
        };
        if (e.ZoneAware is { } z)
        {
            result["routingEnabled"] = true;
            result["setting"] = Fields(z.Enabled, z.Failover, z.FailoverPriority);
        }
        else if (e.Locality is { } l)
        {
            result["setting"] = Fields(l.Enabled, l.Failover, l.FailoverPriority);
        }
        else if (isOff)
        {
            result["routingEnabled"] = false;
            result["setting"] = new JsonObject { ["enabled"] = false };
        }

        return result;
    }

    private static JsonObject Fields(
        bool enabled, IReadOnlyList<(string From, string To)> failover, IReadOnlyList<string> priority) => new()
    {
        ["enabled"] = enabled,
        ["failover"] = new JsonArray([.. failover.Select(static f =>
            (JsonNode)new JsonObject { ["from"] = f.From, ["to"] = f.To })]),
        ["failoverPriority"] = Array(priority),
    };

    private static JsonArray? PriorityLabels(JsonElement i, IstioProfile profile)
    {
        JsonElement policy = Child(i, "destinationRuleTrafficPolicy");
        LocalityLoadBalancing.Effective e = LocalityLoadBalancing.SettingFor(
            Config(i, profile), LoadBalancer(Node(Child(policy, "loadBalancer")), profile), Distribution(i));
        bool hasOutlier = !IsNull(Child(policy, "outlierDetection"));
        if (e.Locality is not { FailoverPriority.Count: > 0 } setting || (!hasOutlier && !e.Forced))
        {
            return null;
        }

        ImmutableSortedDictionary<string, string> labels = Labels(i, "proxyLabels");
        return Array(setting.FailoverPriority.Select(p => p + ":" + labels.GetValueOrDefault(p, "")));
    }

    /// <summary>Whether an endpoint that is not ready reaches a caller.</summary>
    private static JsonNode SendsUnhealthy(JsonElement i)
    {
        bool isNewest = Text(i, "PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS") == "true";
        var mesh = new VectorMesh
        {
            Options = new MeshOptions
            {
                Profile = isNewest ? IstioProfile.V1_31 : IstioProfile.V1_29,
                SendUnhealthyEndpoints = Text(i, "PILOT_SEND_UNHEALTHY_ENDPOINTS") == "true",
            },
        };
        ServiceObjects.Add(mesh, "c1", "ns", "svc", [8080], ready: false, distribution: Distribution(i));
        mesh.AddPod("c1", "ns", "client");
        if (Text(i, "outlierDetectionMinHealthPercent") is { Length: > 0 } percent)
        {
            var outlier = new JsonObject { ["minHealthPercent"] = int.Parse(percent) };
            mesh.Add("c1", "DestinationRule", "ns", "rule", new JsonObject
            {
                ["host"] = "svc", ["trafficPolicy"] = new JsonObject { ["outlierDetection"] = outlier },
            });
        }

        ProxySnapshot s = new SnapshotCompiler().Compile(mesh.Build(), new ProxyRef("c1", "ns", "client"));
        return s.Endpoints["outbound|8080||svc.ns.svc.cluster.local"].Endpoints.Any(static g => g.Endpoints.Count > 0);
    }
}
