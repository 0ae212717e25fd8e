using Sim.Core;
using Sim.Istiod;
using Sim.Manifests;
using Sim.Mesh;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;
using Sim.Tests.Istiod;
using Sim.Xds;

namespace Sim.Tests.Runs.Kube;

/// <summary>An istiod that keeps what did not change tells its proxies what one would that reads everything.</summary>
internal sealed class FollowingMeshTests
{
    private const int Steps = 40;

    private static readonly string[] Policies =
    [
        """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: rule, namespace: default}
        spec:
          host: tx
          trafficPolicy:
            outlierDetection: {consecutive5xxErrors: 3}
            loadBalancer: {localityLbSetting: {enabled: true}}
          subsets: [{name: v1, labels: {app: tx}}, {name: v2, labels: {app: none}}]
        """,
        """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: own, namespace: default}
        spec: {host: tx, workloadSelector: {matchLabels: {app: web}}, trafficPolicy: {tls: {mode: DISABLE}}}
        """,
        """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: route, namespace: default}
        spec: {hosts: [tx], http: [{route: [{destination: {host: tx, subset: v1}}], timeout: 2s}]}
        """,
        """
        apiVersion: networking.istio.io/v1
        kind: Sidecar
        metadata: {name: scope, namespace: default}
        spec: {workloadSelector: {labels: {app: web}}, egress: [{hosts: ["./tx.default.svc.cluster.local"]}]}
        """,
        """
        apiVersion: security.istio.io/v1
        kind: PeerAuthentication
        metadata: {name: mode, namespace: default}
        spec: {mtls: {mode: DISABLE}}
        """,
        """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: allow, namespace: default}
        spec: {selector: {matchLabels: {app: tx}}, rules: [{from: [{source: {namespaces: [default]}}]}]}
        """,
        """
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: entry, namespace: default}
        spec:
          hosts: [entry.example]
          addresses: [240.1.0.1]
          location: MESH_INTERNAL
          resolution: STATIC
          ports: [{number: 80, name: http, protocol: HTTP}]
          workloadSelector: {labels: {app: tx}}
        """,
        """
        apiVersion: v1
        kind: Service
        metadata: {name: head, namespace: default}
        spec: {clusterIP: None, selector: {app: tx}, ports: [{name: tcp, port: 81, targetPort: 8080}]}
        """,
        """
        apiVersion: v1
        kind: Service
        metadata: {name: near, namespace: default}
        spec: {internalTrafficPolicy: Local, selector: {app: tx}, ports: [{name: http, port: 82, targetPort: 8080}]}
        """,
        """
        apiVersion: v1
        kind: Service
        metadata: {name: tx, namespace: default, annotations: {networking.istio.io/exportTo: "."}}
        spec: {selector: {app: tx}, ports: [{name: http, port: 80, targetPort: 8080}, {name: tcp, port: 90}]}
        """,
    ];

    private static readonly (string Kind, string Name)[] Deletable =
    [
        ("destinationrule", "rule"), ("destinationrule", "own"), ("virtualservice", "route"), ("sidecar", "scope"),
        ("peerauthentication", "mode"), ("authorizationpolicy", "allow"), ("serviceentry", "entry"),
        ("service", "head"), ("service", "near"), ("service", "tx"),
    ];

    [Test]
    public void Each_push_equals_a_full_rebuild_over_random_changes([Range(1, 8)] int seed)
    {
        var options = new MeshOptions
        {
            Profile = (seed % 3) switch { 0 => IstioProfile.V1_22, 1 => IstioProfile.V1_29, _ => IstioProfile.V1_31 },
        };
        RngStream random = RngStream.Create((ulong)seed, 0, "following", "changes");
        List<LiveCluster> clusters = Clusters(options.Profile);
        MeshConfig config = ConfigOf(seed % 4 == 0, options);
        var reading = new FollowingMesh(options);
        var compiler = new SnapshotCompiler();
        var away = new Dictionary<string, ManifestSet>(StringComparer.Ordinal);
        long nowNs = 0;
        int shared = 0;
        for (int i = 0; i < Steps; i++)
        {
            string step = i == 0 ? "start" : Change(clusters, away, random, nowNs);
            nowNs += random.NextBelow(3000) * SimDuration.Millisecond;
            clusters.ForEach(c => c.Advance(nowNs));
            List<ClusterInput> inputs = Inputs(clusters, away, config);
            MeshModel full = MeshBuilder.Build(inputs, options, new DiagnosticBag());
            MeshModel mesh = reading.Build(inputs, new DiagnosticBag());
            int built = compiler.SidesBuilt;
            var fresh = new SnapshotCompiler();
            foreach (ProxyRef p in Proxies(full))
            {
                Assert.That(IncrementalCompileTests.Text(compiler.Compile(mesh, p)),
                    Is.EqualTo(IncrementalCompileTests.Text(fresh.Compile(full, p))), $"step {i}, {step}: {p}");
            }

            shared += compiler.SidesBuilt - built < fresh.SidesBuilt ? 1 : 0;
        }

        Assert.That(shared, Is.GreaterThan(2), "pushes that kept something");
    }

    [Test]
    public void Loss_of_a_pod_keeps_every_other_part()
    {
        var options = new MeshOptions();
        List<LiveCluster> clusters = Clusters(options.Profile);
        MeshConfig config = ConfigOf(false, options);
        var reading = new FollowingMesh(options);
        var compiler = new SnapshotCompiler();
        var away = new Dictionary<string, ManifestSet>(StringComparer.Ordinal);
        MeshModel before = reading.Build(Inputs(clusters, away, config), new DiagnosticBag());
        var proxy = new ProxyRef("us", "default", clusters[0].Pods.First(static p => p.Workload == "web").Name);
        ProxySnapshot old = compiler.Compile(before, proxy);
        int built = compiler.SidesBuilt;
        var kill = new KillPod(clusters[0].Pods.First(static p => p.Workload == "tx").Id);
        clusters[0].Apply(kill, 0, new DiagnosticBag());
        clusters[0].Advance(SimDuration.Second);
        MeshModel after = reading.Build(Inputs(clusters, away, config), new DiagnosticBag());
        ProxySnapshot now = compiler.Compile(after, proxy);
        Assert.That(compiler.SidesBuilt, Is.EqualTo(built));
        Assert.That(now.Clusters, Is.SameAs(old.Clusters));
        Assert.That(now.Inbound, Is.SameAs(old.Inbound));
        Assert.That(now.Endpoints.Where(e => !ReferenceEquals(e.Value, old.Endpoints[e.Key])).Select(static e => e.Key),
            Is.EqualTo((string[])["outbound|80||tx.default.svc.cluster.local"]));
        Assert.That(after.Clusters[1], Is.SameAs(before.Clusters[1]));
        Assert.That(before.Clusters[0].Pods.Where(p => !ReferenceEquals(
            after.Clusters[0].Pods.GetValueOrDefault(p.Key), p.Value)).Select(static p => p.Value.Meta.Labels["app"]),
            Is.EqualTo((string[])["tx"]));
        Assert.That(before.Clusters[0].Endpoints.Where(e => !ReferenceEquals(
            after.Clusters[0].Endpoints.GetValueOrDefault(e.Key), e.Value)).Select(static e => e.Key),
            Is.EqualTo((string[])["default/tx"]));
    }

    private static List<LiveCluster> Clusters(IstioProfile profile)
    {
        const string Scenario = """
            apiVersion: meshsim/v1alpha1
            kind: Scenario
            spec:
              clusters:
                - name: us
                  region: us
                  zones: [a, b]
                  network: n1
                  remoteSecrets: [eu, far]
                  eastWestGateway: {replicas: 1}
                - {name: eu, region: eu, zones: [c], network: n2, remoteSecrets: [us], eastWestGateway: {replicas: 1}}
                - {name: far, region: far, zones: [d], controlPlane: {mode: remote, of: us}}
            """;
        const string World = """
            apiVersion: v1
            kind: Namespace
            metadata: {name: istio-system, labels: {team: a}}
            ---
            apiVersion: v1
            kind: Namespace
            metadata: {name: default, labels: {istio-injection: enabled, team: a}}
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: tx, namespace: default}
            spec:
              replicas: 2
              selector: {matchLabels: {app: tx}}
              template:
                metadata: {labels: {app: tx}}
                spec: {containers: [{name: app, image: app, ports: [{containerPort: 8080}]}]}
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web, namespace: default}
            spec:
              replicas: 1
              selector: {matchLabels: {app: web}}
              template: {metadata: {labels: {app: web}}, spec: {containers: [{name: app, image: app}]}}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: tx, namespace: default}
            spec: {selector: {app: tx}, ports: [{name: http, port: 80, targetPort: 8080}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: web, namespace: default}
            spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
            """;
        var bag = new DiagnosticBag();
        ScenarioDocument? d = ScenarioReader.Read(Scenario, "s.yaml", ".", null, "", bag);
        Assert.That(d, Is.Not.Null, string.Join('\n', bag.Items));
        var clusters = new List<LiveCluster>();
        foreach (ClusterSpec spec in d!.Clusters)
        {
            var cluster = new LiveCluster(d, spec, profile);
            cluster.Load([new ScenarioFile("w.yaml", World)], bag);
            clusters.Add(cluster);
        }

        Assert.That(bag.HasErrors, Is.False, string.Join('\n', bag.Items));
        return clusters;
    }

    private static MeshConfig ConfigOf(bool selects, MeshOptions options)
    {
        var bag = new DiagnosticBag();
        var node = (YamlMapping)YamlReader.Read(selects
            ? "discoverySelectors: [{matchLabels: {team: a}}]" : "trustDomain: cluster.local", "c.yaml", bag)[0];
        return MeshConfigReader.Read(node, MeshConfig.Default, options, bag);
    }

    private static List<ClusterInput> Inputs(
        List<LiveCluster> clusters, Dictionary<string, ManifestSet> away, MeshConfig config)
    {
        string[][] reads = [["eu", "far"], ["us"], []];
        return [.. clusters.Select((c, i) => new ClusterInput
        {
            Name = c.Name, Manifests = away.GetValueOrDefault(c.Name) ?? c.LiveObjects(), Reads = reads[i],
            Config = config, ControlPlane = c.Name == "far" ? "us" : "",
            Network = c.Name == "far" ? null : c.Name == "us" ? "n1" : "n2",
        })];
    }

    private static IEnumerable<ProxyRef> Proxies(MeshModel mesh) => mesh.Clusters.SelectMany(static c => c.Pods.Values
        .Where(static p => p.HasProxy).Select(p => new ProxyRef(c.Name, p.Meta.Namespace, p.Meta.Name,
            p.Meta.Labels.GetValueOrDefault("istio", "") == "eastwestgateway")));

    /// <summary>Something happens somewhere; what.</summary>
    private static string Change(
        List<LiveCluster> clusters, Dictionary<string, ManifestSet> away, RngStream random, long nowNs)
    {
        LiveCluster c = clusters[(int)random.NextBelow((uint)clusters.Count)];
        KubeChange change;
        PodState[] pods = [.. c.Pods.Where(static p => p is { IsGone: false, IsTerminating: false })];
        (string kind, string name) = Deletable[random.NextBelow((uint)Deletable.Length)];
        switch (random.NextBelow(9))
        {
            case 0 or 1:
                change = new ScaleWorkload("default", "tx", (int)random.NextBelow(4));
                break;
            case 2 when pods.Length > 0:
                change = new KillPod(pods[random.NextBelow((uint)pods.Length)].Id);
                break;
            case 3:
                change = new RestartWorkload("default", random.NextBelow(2) == 0 ? "tx" : "web");
                break;
            case 4 or 5:
                change = new ApplyManifests("p.yaml", Policies[random.NextBelow((uint)Policies.Length)]);
                break;
            case 6:
                change = new DeleteObject(kind, "default", name);
                break;
            case 7:
                (string space, string key) = random.NextBelow(2) == 0
                    ? ("istio-system", "topology.istio.io/network") : ("default", "team");
                string? value = random.NextBelow(3) switch { 0 => null, 1 => "a", _ => "n2" };
                change = new LabelObject("namespace", "", space, [new(key, value)], true);
                break;
            default:
                if (!away.Remove(c.Name))
                {
                    away.Add(c.Name, c.LiveObjects());
                }

                return c.Name + " away or back";
        }

        c.Apply(change, nowNs, new DiagnosticBag());
        return $"{c.Name} {change}";
    }
}
