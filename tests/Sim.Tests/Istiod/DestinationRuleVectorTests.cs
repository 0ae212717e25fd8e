using System.Text.Json;
using System.Text.Json.Nodes;
using Sim.Core;
using Sim.Istiod;
using Sim.Mesh;
using Sim.Tests.Vectors;
using Sim.Xds;
using static Sim.Tests.Istiod.IstioVector;

namespace Sim.Tests.Istiod;

/// <summary>Vectors of DestinationRules: each builds a mesh with one service and reads the compiled cluster.</summary>
[TestFixture]
public sealed class DestinationRuleVectorTests
{
    private const string Host = "svc.ns.svc.cluster.local";

    public static IEnumerable<TestCaseData> Cases() => VectorFiles.Cases("istio-destination-rule");

    [TestCaseSource(nameof(Cases))]
    public void Equals_the_vector(object vector)
    {
        var v = (VectorCase)vector;
        foreach ((IstioProfile profile, JsonElement expected) in Profiles(v.Case))
        {
            JsonElement input = v.Case.GetProperty("input");
            string op = Text(v.Case, "op");
            if (op is "outlierDetection" or "mergeTrafficPolicy" or "connectionPoolDirection")
            {
                Judge(Exact(op, input, v.Fixtures, expected, profile), profile);
                continue;
            }

            Judge(Differences(expected, Actual(op, input, expected, profile)), profile);
        }
    }

    private static JsonNode? Actual(string op, JsonElement i, JsonElement expected, IstioProfile profile) => op switch
    {
        "panicThreshold" => new JsonObject
        {
            ["healthyPanicThreshold"] = Cluster(profile, Policy("outlierDetection", i)).CommonLb.HealthyPanicThreshold,
        },
        "connectionPool" => Pool(Cluster(profile, Policy("connectionPool", i, "retryBudget"))),
        "clusterLoadBalancer" => Balancer(Balanced(i, profile), i),
        "consistentHash" => Hash(Cluster(profile, new JsonObject
        {
            ["loadBalancer"] = new JsonObject { ["consistentHash"] = Node(Child(i, "consistentHash")) },
        })),
        "warmup" => SlowStart(Cluster(profile, new JsonObject { ["loadBalancer"] = WarmupSettings(i) })),
        "upstreamTls" => Tls(i, profile),
        "serviceMtlsMode" => ServiceMode(i, profile),
        "meshDefaultTrafficPolicy" => MeshDefault(i, profile),
        "mergeDestinationRules" => DestinationRuleMerges.Of(i, expected, profile),
        "dnsSubsetCluster" => new JsonObject { ["clusterExists"] = DnsSubsetExists(i, profile) },
        _ => throw new InvalidDataException("unknown op " + op),
    };

    private static IEnumerable<string> Exact(
        string op, JsonElement i, JsonElement fixtures, JsonElement expected, IstioProfile profile)
    {
        if (op == "outlierDetection")
        {
            return OutlierDifferences(expected, Cluster(profile, Policy("outlierDetection", i)).OutlierDetection);
        }

        if (op == "connectionPoolDirection")
        {
            return PoolDirections.Differences(i, fixtures, expected, profile);
        }

        int port = Text(i, "port") is { Length: > 0 } p ? int.Parse(p) : 0;
        TrafficPolicy? merged = TrafficPolicyMerge.Merge(
            TrafficPolicyMerge.Merge(null, Read(Child(i, "destinationRulePolicy"), profile), port, profile),
            Read(Child(i, "subsetPolicy"), profile), port, profile);
        string want = ModelText.Of(Flat(Read(expected, profile)));
        string got = ModelText.Of(Flat(merged));
        return want == got ? [] : [$"expected {want}\ngot      {got}"];
    }

    private static TrafficPolicy? Flat(TrafficPolicy? policy) => policy is null ? null
        : policy with { PortLevelSettings = [] };

    private static TrafficPolicy? Read(JsonElement e, IstioProfile profile) =>
        new DestinationRuleReader("cluster.local", new MeshOptions { Profile = profile }).Policy(
            new Sim.Manifests.NodeBinder(true).Bind<Sim.Manifests.TrafficPolicy>(
                VectorMesh.Mapping(Node(e)), "trafficPolicy"), null);

    private static JsonObject Policy(string field, JsonElement i, string second = "")
    {
        var policy = new JsonObject { [field] = Node(Child(i, field)) };
        if (second.Length > 0 && !IsNull(Child(i, second)))
        {
            policy[second] = Node(Child(i, second));
        }

        return policy;
    }

    private static VectorMesh Mesh(IstioProfile profile, JsonObject? policy, bool headless = false)
    {
        var mesh = new VectorMesh { Profile = profile };
        ServiceObjects.Add(mesh, "c1", "ns", "svc", [8080], headless: headless);
        mesh.AddPod("c1", "ns", "client");
        return policy is null ? mesh : mesh.Add("c1", "DestinationRule", "ns", "rule", new JsonObject
        {
            ["host"] = "svc", ["trafficPolicy"] = policy,
        });
    }

    private static ProxySnapshot Compile(VectorMesh mesh, string pod = "client") =>
        new SnapshotCompiler().Compile(mesh.Build(), new ProxyRef("c1", "ns", pod));

    private static ClusterConfig Cluster(IstioProfile profile, JsonObject? policy) =>
        Compile(Mesh(profile, policy)).Clusters["outbound|8080||" + Host];

    private static List<string> OutlierDifferences(JsonElement expected, OutlierDetectionConfig? actual)
    {
        if (IsNull(expected) || actual is null)
        {
            return IsNull(expected) == (actual is null) ? [] : ["one has outlier detection, the other has not"];
        }

        var want = new OutlierDetectionConfig();
        foreach (JsonProperty p in expected.EnumerateObject())
        {
            string name = char.ToUpperInvariant(p.Name[0]) + p.Name[1..];
            typeof(OutlierDetectionConfig).GetProperty(name)!.SetValue(want, p.Value.ValueKind switch
            {
                JsonValueKind.True => true,
                JsonValueKind.False => false,
                _ => p.Value.GetUInt32(),
            });
        }

        return want == actual ? [] : [$"expected {want}\ngot      {actual}"];
    }

    private static JsonObject Pool(ClusterConfig c)
    {
        var thresholds = new JsonObject
        {
            ["maxRetries"] = c.CircuitBreakers.MaxRetries, ["maxRequests"] = c.CircuitBreakers.MaxRequests,
            ["maxConnections"] = c.CircuitBreakers.MaxConnections,
            ["maxPendingRequests"] = c.CircuitBreakers.MaxPendingRequests,
        };
        if (c.CircuitBreakers.RetryBudget is { } budget)
        {
            thresholds["retryBudget"] = new JsonObject
            {
                ["budgetPercent"] = budget.Percent, ["minRetryConcurrency"] = budget.MinRetryConcurrency,
            };
        }

        return new JsonObject
        {
            ["idleTimeout"] = Seconds(c.IdleTimeoutNs), ["maxRequestsPerConnection"] = c.MaxRequestsPerConnection,
            ["maxConnectionDuration"] = Seconds(c.MaxConnectionDurationNs), ["thresholds"] = thresholds,
            ["connectTimeout"] = Seconds(c.ConnectTimeoutNs),
        };
    }

    private static ClusterConfig Balanced(JsonElement i, IstioProfile profile)
    {
        var policy = new JsonObject { ["loadBalancer"] = Node(Child(i, "loadBalancer")) };
        string threshold = Text(i, "panicThresholdFromOutlierDetection");
        if (Text(i, "outlierDetection") == "true" || threshold.Length > 0)
        {
            policy["outlierDetection"] = new JsonObject
            {
                ["minHealthPercent"] = threshold.Length > 0 ? int.Parse(threshold) : 0,
            };
        }

        string type = Text(i, "discoveryType");
        if (type is "EDS" or "ORIGINAL_DST")
        {
            return Compile(Mesh(profile, policy, type == "ORIGINAL_DST")).Clusters["outbound|8080||" + Host];
        }

        VectorMesh mesh = new VectorMesh { Profile = profile }.AddPod("c1", "ns", "client")
            .Add("c1", "ServiceEntry", "ns", "entry", Entry("db.example", type == "STATIC" ? "STATIC" : "DNS", null))
            .Add("c1", "DestinationRule", "ns", "rule", new JsonObject
            {
                ["host"] = "db.example", ["trafficPolicy"] = policy,
            });
        return Compile(mesh).Clusters["outbound|8080||db.example"];
    }

    private static JsonObject Entry(string host, string resolution, JsonNode? labels) => new()
    {
        ["hosts"] = new JsonArray(host),
        ["location"] = "MESH_INTERNAL",
        ["resolution"] = resolution,
        ["ports"] = new JsonArray(new JsonObject { ["number"] = 8080, ["name"] = "http", ["protocol"] = "HTTP" }),
        ["endpoints"] = new JsonArray(new JsonObject
        {
            ["address"] = resolution == "DNS" ? "one.example" : "10.5.0.1", ["labels"] = labels ?? new JsonObject(),
        }),
    };

    private static JsonObject Balancer(ClusterConfig c, JsonElement i)
    {
        var result = new JsonObject
        {
            ["lbPolicy"] = Name(c.LbPolicy), ["localityWeighted"] = c.CommonLb.LocalityWeighted,
            ["healthyPanicThreshold"] = c.CommonLb.HealthyPanicThreshold,
        };
        if (c.InlineEndpoints is not null)
        {
            result["loadAssignment"] = c.InlineEndpoints.ClusterName;
        }

        return result;
    }

    private static string Name(LbPolicy p) => p switch
    {
        LbPolicy.ClusterProvided => "CLUSTER_PROVIDED",
        LbPolicy.LeastRequest => "LEAST_REQUEST",
        LbPolicy.RoundRobin => "ROUND_ROBIN",
        LbPolicy.RingHash => "RING_HASH",
        LbPolicy.Maglev => "MAGLEV",
        _ => "RANDOM",
    };

    private static JsonObject Hash(ClusterConfig c)
    {
        var result = new JsonObject { ["lbPolicy"] = Name(c.LbPolicy) };
        if (c.LbPolicy == LbPolicy.RingHash)
        {
            result["minimumRingSize"] = c.RingHash.MinimumRingSize;
        }
        else if (c.LbPolicy == LbPolicy.Maglev && c.Maglev.TableSize != new MaglevConfig().TableSize)
        {
            result["tableSize"] = c.Maglev.TableSize;
        }

        return result;
    }

    private static JsonObject WarmupSettings(JsonElement i)
    {
        var lb = new JsonObject { ["warmup"] = Node(Child(i, "warmup")) };
        if (Text(i, "simple") is { Length: > 0 } simple)
        {
            lb["simple"] = simple;
        }

        return lb;
    }

    private static JsonObject SlowStart(ClusterConfig c) => new()
    {
        ["slowStart"] = c.SlowStart is not { } s ? null : new JsonObject
        {
            ["window"] = Seconds(s.WindowMs * SimDuration.Millisecond), ["minWeightPercent"] = s.MinWeightPercent,
            ["aggression"] = s.Aggression,
        },
    };

    private static JsonObject Tls(JsonElement i, IstioProfile profile)
    {
        bool isExternal = Text(i, "meshExternal") == "true" || Text(i, "serviceMtlsMode") == "UNKNOWN";
        var mesh = new VectorMesh
        {
            Profile = profile,
            MeshConfig = new JsonObject { ["enableAutoMtls"] = Text(i, "autoMtls") == "true" },
        };
        mesh.AddPod("c1", "ns", "client");
        if (isExternal)
        {
            JsonObject entry = Entry(Host, "STATIC", null);
            entry["location"] = "MESH_EXTERNAL";
            mesh.Add("c1", "ServiceEntry", "ns", "entry", entry);
        }
        else
        {
            ServiceObjects.Add(mesh, "c1", "ns", "svc", [8080], hasPod: false, annotations: new JsonObject
            {
                ["alpha.istio.io/canonical-serviceaccounts"] = string.Join(',', Texts(i, "serviceAccounts")),
            });
            mesh.Add("c1", "PeerAuthentication", "ns", "default", new JsonObject
            {
                ["mtls"] = new JsonObject { ["mode"] = Text(i, "serviceMtlsMode") },
            });
        }

        if (Node(Child(i, "destinationRuleTls")) is { } tls)
        {
            mesh.Add("c1", "DestinationRule", "ns", "rule", new JsonObject
            {
                ["host"] = Host, ["trafficPolicy"] = new JsonObject { ["tls"] = tls },
            });
        }

        UpstreamTls actual = Compile(mesh).Clusters["outbound|8080||" + Host].Tls;
        return new JsonObject
        {
            ["tls"] = actual.Mode == UpstreamTlsMode.Plaintext ? null : TlsText(actual, Text(i, "defaultSni")),
            ["context"] = actual.Mode == UpstreamTlsMode.AutoMtls ? "autoDetected" : "userSupplied",
        };
    }

    private static JsonObject TlsText(UpstreamTls tls, string defaultSni) => new()
    {
        ["mode"] = tls.Mode switch
        {
            UpstreamTlsMode.Simple => "SIMPLE",
            UpstreamTlsMode.Mutual => "MUTUAL",
            _ => "ISTIO_MUTUAL",
        },
        ["sni"] = tls.Sni == ClusterNames.Sni(Host, 8080) ? defaultSni : tls.Sni,
        ["subjectAltNames"] = new JsonArray([.. tls.SubjectAltNames.Select(static s => (JsonNode)s)]),
        ["caCertificates"] = tls.CaCertificates.Replace("file-root:", "", StringComparison.Ordinal),
    };

    private static JsonNode ServiceMode(JsonElement i, IstioProfile profile)
    {
        string ns = Text(i, "serviceNamespace");
        var mesh = new VectorMesh { Profile = profile };
        bool isHeadless = Text(i, "resolution") == "Passthrough";
        if (Text(i, "meshExternal") == "true")
        {
            JsonObject entry = Entry("svc." + ns + ".svc.cluster.local", "STATIC", null);
            entry["location"] = "MESH_EXTERNAL";
            mesh.Add("c1", "ServiceEntry", ns, "entry", entry);
        }
        else
        {
            JsonElement instance = Items(i, "instances").FirstOrDefault();
            ServiceObjects.Add(mesh, "c1", ns, "svc", [8080], headless: isHeadless,
                hasProxy: Text(instance, "tlsMode") != "disabled");
        }

        foreach (JsonElement p in Items(i, "peerAuthentications"))
        {
            var spec = new JsonObject { ["mtls"] = new JsonObject { ["mode"] = Text(p, "mtls") } };
            if (Node(Child(p, "selector")) is { } labels)
            {
                spec["selector"] = new JsonObject { ["matchLabels"] = labels };
            }

            mesh.Add("c1", "PeerAuthentication", Text(p, "namespace"), Text(p, "name"), spec);
        }

        PushContext push = mesh.Push();
        Service service = push.Registry.Services.Single(s => s.Namespace == ns);
        MutualTlsMode mode = new ClusterTrafficPolicy(push, false).ServiceMode(null, service, service.Ports[0]);
        return mode == MutualTlsMode.Unset ? "UNKNOWN" : mode.ToString().ToUpperInvariant();
    }

    private static JsonObject MeshDefault(JsonElement i, IstioProfile profile)
    {
        VectorMesh mesh = Mesh(profile, Node(Child(i, "destinationRulePolicy")) as JsonObject);
        mesh.MeshConfig = new JsonObject { ["defaultTrafficPolicy"] = Node(Child(i, "meshDefaultTrafficPolicy")) };
        ProxySnapshot s = Compile(mesh);
        ClusterConfig c = s.Clusters["outbound|8080||" + Host];
        return new JsonObject
        {
            ["maxConnections"] = c.CircuitBreakers.MaxConnections,
            ["consecutive5xx"] = c.OutlierDetection?.Consecutive5xx,
            ["passthroughClusterMaxConnections"] = s.Clusters["PassthroughCluster"].CircuitBreakers.MaxConnections,
        };
    }

    private static bool DnsSubsetExists(JsonElement i, IstioProfile profile)
    {
        VectorMesh mesh = new VectorMesh { Profile = profile }.AddPod("c1", "ns", "client")
            .Add("c1", "ServiceEntry", "ns", "entry",
                Entry("db.example", Text(i, "resolution"), Node(Child(i, "endpointLabels"))))
            .Add("c1", "DestinationRule", "ns", "rule", new JsonObject
            {
                ["host"] = "db.example",
                ["subsets"] = new JsonArray(new JsonObject
                {
                    ["name"] = "v1", ["labels"] = Node(Child(i, "subsetLabels")) ?? new JsonObject(),
                }),
            });
        return Compile(mesh).Clusters.ContainsKey("outbound|8080|v1|db.example");
    }
}
