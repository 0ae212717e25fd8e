using Sim.Core;
using Sim.Envoy;
using Sim.Manifests;
using Sim.Runs;
using Sim.Tests.Istiod;
using Sim.Tests.Runs.Timeline;
using Sim.World;
using Sim.Xds;

namespace Sim.Tests.Runs.Gateways;

/// <summary>Calls on an endpoint that is a Service's name or address: kube-proxy chooses the pod of each
/// connection.</summary>
[TestFixture]
internal sealed class ServiceEndpointTests
{
    private const string Name = "db.ns.svc.cluster.local";
    private const string Objects = """
        apiVersion: v1
        kind: Service
        metadata: {name: db, namespace: ns}
        spec: {clusterIP: 10.96.0.9, ports: [{name: http, port: 80, targetPort: 8080}]}
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: db, namespace: ns, labels: {kubernetes.io/service-name: db}}
        addressType: IPv4
        endpoints: [{addresses: [10.0.0.1]}, {addresses: [10.0.0.2]}]
        ports: [{name: http, port: 8080}]
        """;

    [Test]
    public void Connections_ToAServicesName_GoToItsReadyPodsAtRandom()
    {
        TimelineWorld world = Run(1, 400, true);
        Assert.That(world.Ended, Has.All.Matches<EntryOutcome>(
            static o => o.Code == 200 && o.HostAddress == "10.96.0.9:80"));
        int first = world.Ended.Count(static o => o.HostPod == 0);

        // Binomial, n = 400, p = 1/2: 4.9 standard deviations are 49; a false alarm of 1e-6.
        Assert.That(first, Is.InRange(151, 249));
    }

    [Test]
    public void Requests_OnOneConnection_StayWithOnePod()
    {
        TimelineWorld world = Run(0, 100, true);
        Assert.That(world.Ended.Select(static o => o.HostPod).Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public void Connections_ToAServiceWithoutReadyPod_AreRefused()
    {
        TimelineWorld world = Run(0, 10, false);
        Assert.That(world.Ended, Has.All.Matches<EntryOutcome>(static o => o.Code == 503 && o.HostPod < 0));
    }

    private static TimelineWorld Run(uint requestsPerConnection, int count, bool hasPods)
    {
        var world = new TimelineWorld(1, SimDuration.Millisecond);
        ManifestSet objects = StoredManifests.Read(
            [("objects.yaml", hasPods ? Objects : Objects[..Objects.IndexOf("---", StringComparison.Ordinal)])],
            new DiagnosticBag());
        world.Lifecycle.Addresses = new ServiceAddresses(world.Lifecycle.PodAt);
        world.Lifecycle.Addresses.AddCluster("c", () => objects);
        world.AddServer("db-0", "10.0.0.1", SimDuration.Millisecond);
        world.AddServer("db-1", "10.0.0.2", SimDuration.Millisecond);
        var names = new NameService();
        names.Add(Name, "10.96.0.9", "", default);
        world.Lifecycle.Resolver.SetNames("c", names);
        PodRuntime client = world.AddClient("client", Snapshot(requestsPerConnection));
        var template = new RequestTemplate(0, Name, 80, new RequestHeaders("GET", Name, "/", null, 0));
        world.AddTraffic(client, template, new ArrivalProcess(
            [.. Enumerable.Range(0, count).Select(static i => i * 20 * SimDuration.Millisecond)],
            world.Stream("arrivals")));
        world.Run(count * 20 * SimDuration.Millisecond);
        return world;
    }

    private static ProxySnapshot Snapshot(uint requestsPerConnection) => new()
    {
        Version = 1,
        Clusters = new Dictionary<string, ClusterConfig>
        {
            ["db"] = new()
            {
                Name = "db",
                Type = DiscoveryType.StrictDns,
                MaxRequestsPerConnection = requestsPerConnection,
                InlineEndpoints = new ClusterLoadAssignment
                {
                    ClusterName = "db",
                    Endpoints = [new(Locality.Empty, 0, null, [new LbEndpoint { Address = Name, Port = 80 }])],
                },
            },
        },
        Endpoints = new Dictionary<string, ClusterLoadAssignment>(),
        Routes = new Dictionary<string, RouteConfiguration>
        {
            ["80"] = new("80", [new VirtualHost("all", ["*"], [new Route { Clusters = [new("db", 1)] }])]),
        },
    };
}
