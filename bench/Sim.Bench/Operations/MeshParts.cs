using System.Globalization;
using Sim.Core;
using Sim.Envoy;
using Sim.Xds;

namespace Sim.Bench.Operations;

/// <summary>Configuration of the size that the goals are stated for.</summary>
internal static class MeshParts
{
    /// <summary>Hosts of a cluster.</summary>
    public const int HostsPerCluster = 30;

    /// <summary>Locality of every client.</summary>
    public static Locality Home { get; } = new("us-east", "us-east-a", "");

    private static readonly string[] Regions = ["us-east", "us-west", "eu-west"];

    /// <summary>Ten routes with two header conditions each; the last one takes the rest.</summary>
    /// <param name="hasTimeouts">15 s for the request, 5 s for a try.</param>
    public static RouteConfiguration Routes(bool hasTimeouts = false)
    {
        List<Route> routes = [];
        for (int i = 0; i < 9; i++)
        {
            routes.Add(new Route
            {
                Match = new RouteMatch
                {
                    Path = "/api",
                    Headers =
                    [
                        new HeaderMatcher("region", new StringMatcher(StringMatchKind.Exact, Text("r", i))),
                        new HeaderMatcher("version", new StringMatcher(StringMatchKind.Prefix, "v")),
                    ],
                },
                Clusters = [new WeightedCluster("outbound|80||a", 1)],
                TimeoutNs = hasTimeouts ? 15 * SimDuration.Second : 0,
                RetryPolicy = hasTimeouts ? new RetryPolicy { PerTryTimeoutNs = 5 * SimDuration.Second } : null,
            });
        }

        routes.Add(new Route { Clusters = [new WeightedCluster("outbound|80||a", 1)] });
        return new RouteConfiguration("80", [new VirtualHost("a", ["a.default.svc.cluster.local"], routes)]);
    }

    /// <summary>Ten requests, one for each route.</summary>
    public static RequestHeaders[] Requests(bool numbered)
    {
        RequestHeaders[] requests = new RequestHeaders[10];
        for (int i = 0; i < requests.Length; i++)
        {
            requests[i] = new RequestHeaders(
                "GET", "a.default.svc.cluster.local", "/api/items",
                [new("region", Text("r", i)), new("version", "v1"), new("x-request-id", Text("id-", i))],
                numbered ? i : -1);
        }

        return requests;
    }

    /// <summary>DENY, ALLOW and audit with four rules each; the caller passes.</summary>
    public static IReadOnlyList<RbacRules> Policies() =>
        [Rules(RbacAction.Log, "audit"), Rules(RbacAction.Deny, "deny"), Rules(RbacAction.Allow, "default")];

    /// <summary>A caller of namespace default.</summary>
    public static RbacRequest Caller(int connection) => new()
    {
        ConnectionId = connection, Peer = RbacPeer.Of("spiffe://cluster.local/ns/default/sa/account"),
        DestinationPort = 8080,
    };

    /// <summary>A cluster as Istio configures it with outlier detection: least request, automatic mutual TLS.</summary>
    public static ClusterConfig Config() => new()
    {
        Name = "outbound|80||a",
        LbPolicy = LbPolicy.LeastRequest,
        OutlierDetection = new OutlierDetectionConfig { MaxEjectionPercent = 100 },
        Tls = new UpstreamTls(UpstreamTlsMode.AutoMtls, "outbound_.80_._.a", []),
    };

    /// <summary>Thirty hosts in three regions, each region a priority.</summary>
    /// <param name="first">Number of the first host.</param>
    public static ClusterLoadAssignment Assignment(int first)
    {
        List<LocalityLbEndpoints> groups = [];
        for (int priority = 0; priority < Regions.Length; priority++)
        {
            List<LbEndpoint> endpoints = [];
            for (int i = 0; i < HostsPerCluster / Regions.Length; i++)
            {
                int number = first + (priority * HostsPerCluster / Regions.Length) + i;
                endpoints.Add(new LbEndpoint { Address = Address(number), Port = 8080, TlsMode = "istio" });
            }

            var locality = new Locality(Regions[priority], Regions[priority] + "-a", "");
            groups.Add(new LocalityLbEndpoints(locality, priority, null, endpoints));
        }

        return new ClusterLoadAssignment { ClusterName = "outbound|80||a", Endpoints = groups };
    }

    /// <summary>The cluster with its hosts.</summary>
    /// <param name="first">Number of the first host.</param>
    /// <param name="stream">Draws.</param>
    public static UpstreamCluster Cluster(int first, RngStream stream)
    {
        var cluster = new UpstreamCluster(Config(), Home, stream, 0);
        cluster.Update(Assignment(first), 0);
        return cluster;
    }

    /// <summary>Address of a host.</summary>
    public static string Address(int number) => string.Create(
        CultureInfo.InvariantCulture, $"10.{number >> 16}.{(number >> 8) & 255}.{number & 255}");

    private static RbacRules Rules(RbacAction action, string name)
    {
        List<RbacPolicy> policies = [];
        for (int i = 0; i < 4; i++)
        {
            // Only the last rule of ALLOW names the caller's account.
            string account = action == RbacAction.Allow && i == 3 ? "account" : Text("other-", i);
            policies.Add(new RbacPolicy(
                $"ns[default]-policy[{name}]-rule[{Text("", i)}]",
                [
                    new RbacNode
                    {
                        Kind = RbacNodeKind.And,
                        Children =
                        [
                            new RbacNode { Kind = RbacNodeKind.DestinationPort, Port = 8080 },
                            new RbacNode
                            {
                                Kind = RbacNodeKind.UrlPath, Match = new StringMatcher(StringMatchKind.Prefix, "/api"),
                            },
                        ],
                    },
                ],
                [
                    new RbacNode
                    {
                        Kind = RbacNodeKind.Authenticated,
                        Match = new StringMatcher(
                            StringMatchKind.Exact, "spiffe://cluster.local/ns/default/sa/" + account),
                    },
                ]));
        }

        return new RbacRules(action, policies);
    }

    private static string Text(string prefix, int number) =>
        prefix + number.ToString(CultureInfo.InvariantCulture);
}
