using System.Text.Json;
using Sim.Core;
using Sim.Istiod;
using Sim.Mesh;
using Sim.Tests.Oracle;
using Sim.Xds;

namespace Sim.Tests.Istiod;

/// <summary>A compiler that follows changes of endpoints gives what one gives that sees the last state only.</summary>
[TestFixture]
internal sealed class IncrementalCompileTests
{
    private const int Changes = 6;

    public static IEnumerable<TestCaseData> Cases() => XdsCase.All("xds").Select(
        static c => OracleFiles.Case("xds", c.Id + "/incremental", c));

    [TestCaseSource(nameof(Cases))]
    public void Incremental_compile_equals_a_full_one_after_random_changes(object recorded)
    {
        var c = (XdsCase)recorded;
        MeshModel mesh = c.Build(new MeshOptions { Profile = IstioProfile.V1_29 }, new DiagnosticBag());
        ProxyRef[] proxies = [.. c.Proxies().Select(static p => p.Proxy)];
        RngStream random = RngStream.Create(7, 0, c.Id, "changes");
        var following = new SnapshotCompiler();
        foreach (ProxyRef p in proxies)
        {
            following.Compile(mesh, p);
        }

        for (int i = 0; i < Changes; i++)
        {
            mesh = Changed(mesh, random);
            var fresh = new SnapshotCompiler();
            foreach (ProxyRef p in proxies)
            {
                Assert.That(Text(following.Compile(mesh, p)), Is.EqualTo(Text(fresh.Compile(mesh, p))));
            }
        }
    }

    [Test]
    public void Change_of_one_endpoint_builds_no_side_from_nothing()
    {
        XdsCase c = XdsCase.All("xds").First(static c => c.Id == "xds-h001-merge-two-clusters-flat");
        MeshModel mesh = c.Build(new MeshOptions { Profile = IstioProfile.V1_29 }, new DiagnosticBag());
        ProxyRef proxy = c.Proxies().First().Proxy;
        var compiler = new SnapshotCompiler();
        ProxySnapshot before = compiler.Compile(mesh, proxy);
        int built = compiler.SidesBuilt;
        KubeCluster cluster = mesh.Clusters[0];
        (string service, IReadOnlyList<KubeEndpoint> list) = cluster.Endpoints.First(static e => e.Value.Count > 1);
        ProxySnapshot after = compiler.Compile(With(mesh, 0, service, [.. list.Skip(1)]), proxy);
        Assert.That(compiler.SidesBuilt, Is.EqualTo(built));
        Assert.That(after.Clusters, Is.SameAs(before.Clusters));
        Assert.That(after.Inbound, Is.SameAs(before.Inbound));
        Assert.That(after.Endpoints.Count(e => !ReferenceEquals(e.Value, before.Endpoints[e.Key])), Is.EqualTo(1));
    }

    [Test]
    public void Only_proxies_that_see_a_change_are_told_anew()
    {
        XdsCase c = XdsCase.All("xds").First(static c => c.Id == "xds-h001-merge-two-clusters-flat");
        MeshModel mesh = c.Build(new MeshOptions { Profile = IstioProfile.V1_29 }, new DiagnosticBag());
        ProxyRef proxy = c.Proxies().First().Proxy;
        MeshModel narrow = mesh with
        {
            Clusters =
            [
                .. mesh.Clusters.Select(k => k with
                {
                    Sidecars =
                    [
                        new Sidecar
                        {
                            Meta = new ConfigMeta("narrow", proxy.Namespace, "", SourceSpan.None),
                            Egress = [new SidecarEgress(null, "", false, ["elsewhere/*"])],
                        },
                    ],
                }),
            ],
        };
        (string service, IReadOnlyList<KubeEndpoint> list) = mesh.Clusters[0].Endpoints.First(
            static e => e.Value.Count > 1);
        var compiler = new SnapshotCompiler();
        Assert.That(compiler.Compile(With(mesh, 0, service, [.. list.Skip(1)]), proxy),
            Is.Not.SameAs(compiler.Compile(mesh, proxy)));
        Assert.That(compiler.Compile(narrow, proxy),
            Is.SameAs(compiler.Compile(With(narrow, 0, service, [.. list.Skip(1)]), proxy)));
    }

    [Test]
    public void Proxies_with_settings_or_addresses_of_their_own_are_told_apart()
    {
        XdsCase c = XdsCase.All("xds").First(static c => c.Id == "xds-h001-merge-two-clusters-flat");
        MeshModel mesh = c.Build(new MeshOptions { Profile = IstioProfile.V1_29 }, new DiagnosticBag());
        ProxyRef first = c.Proxies().First().Proxy;
        KubeCluster cluster = mesh.Cluster(first.Cluster);
        Pod pod = cluster.Pods[first.Namespace + "/" + first.Pod];
        Pod[] others =
        [
            Named(pod, "capturing") with { ProxyMetadata = LabelSet.Empty.Add("DNS_CAPTURE", "true") },
            Named(pod, "newer") with { Ips = ["2001:db8::7"] },
            Named(pod, "patient") with { ProxyMetadata = LabelSet.Empty.Add("IDLE_TIMEOUT", "7s") },
        ];
        var entry = new ServiceEntry
        {
            Meta = new ConfigMeta("outside", first.Namespace, "", SourceSpan.None), Hosts = ["outside.example"],
            Resolution = Resolution.DnsLb, Ports = [new ServicePort("tcp", 9000, Protocol.Tcp, 9000)],
            AllocatedAddresses = [("outside.example", "240.240.0.7")],
        };
        mesh = mesh with
        {
            Clusters =
            [
                .. mesh.Clusters.Select(k => k.Name != cluster.Name ? k : k with
                {
                    Pods = k.Pods.AddRange(others.Select(static p => KeyValuePair.Create(p.Meta.FullName, p))),
                    ServiceEntries = [entry],
                }),
            ],
        };
        var shared = new SnapshotCompiler();
        string[] texts =
        [
            .. others.Append(pod).Select(p =>
            {
                var proxy = new ProxyRef(first.Cluster, first.Namespace, p.Meta.Name);
                string text = Text(shared.Compile(mesh, proxy));
                Assert.That(text, Is.EqualTo(Text(new SnapshotCompiler().Compile(mesh, proxy))), p.Meta.Name);
                return text;
            }),
        ];
        Assert.That(texts, Is.Unique);
    }

    private static Pod Named(Pod pod, string name) => pod with { Meta = pod.Meta with { Name = name } };

    [Test]
    public void Endpoints_without_sidecar_under_a_passthrough_rule_change_the_cluster()
    {
        XdsCase c = XdsCase.All("xds").First(static c => c.Id == "xds-h001-merge-two-clusters-flat");
        MeshModel mesh = c.Build(new MeshOptions { Profile = IstioProfile.V1_29 }, new DiagnosticBag());
        var policy = new TrafficPolicy { LoadBalancer = new LoadBalancerSettings { Simple = SimpleLb.Passthrough } };
        mesh = mesh with
        {
            Clusters =
            [
                .. mesh.Clusters.Select(k => k with
                {
                    DestinationRules =
                    [
                        .. k.Services.Select(s => new DestinationRule
                        {
                            Meta = s.Meta, Host = s.Hostname, TrafficPolicy = policy,
                        }),
                    ],
                }),
            ],
        };
        ProxyRef proxy = c.Proxies().First().Proxy;
        var following = new SnapshotCompiler();
        following.Compile(mesh, proxy);
        for (int i = 0; i < mesh.Clusters.Count; i++)
        {
            foreach ((string service, IReadOnlyList<KubeEndpoint> list) in mesh.Clusters[i].Endpoints
                .OrderBy(static e => e.Key, StringComparer.Ordinal).ToArray())
            {
                mesh = With(mesh, i, service, [.. list.Select(static e => e.Pod is not { } pod ? e : e with
                {
                    Pod = pod with
                    {
                        Meta = pod.Meta with { Labels = pod.Meta.Labels.Remove("security.istio.io/tlsMode") },
                    },
                })]);
            }
        }

        string after = Text(following.Compile(mesh, proxy));
        Assert.That(after, Is.EqualTo(Text(new SnapshotCompiler().Compile(mesh, proxy))));
    }

    /// <summary>One endpoint goes, comes twice, or changes its readiness, in some cluster.</summary>
    private static MeshModel Changed(MeshModel mesh, RngStream random)
    {
        int index = (int)random.NextBelow((uint)mesh.Clusters.Count);
        (string Service, IReadOnlyList<KubeEndpoint> List)[] services = [.. mesh.Clusters[index].Endpoints
            .Where(static e => e.Value.Count > 0).Select(static e => (e.Key, e.Value))
            .OrderBy(static e => e.Key, StringComparer.Ordinal)];
        if (services.Length == 0)
        {
            return mesh;
        }

        (string service, IReadOnlyList<KubeEndpoint> list) = services[random.NextBelow((uint)services.Length)];
        int at = (int)random.NextBelow((uint)list.Count);
        KubeEndpoint e = list[at];
        List<KubeEndpoint> changed = [.. list];
        switch (random.NextBelow(3))
        {
            case 0:
                changed.RemoveAt(at);
                break;
            case 1:
                changed[at] = e with { Ready = e.Ready != true };
                break;
            default:
                changed.Add(e with { Address = "10.99.0." + (at + 1) });
                break;
        }

        return With(mesh, index, service, changed);
    }

    private static MeshModel With(MeshModel mesh, int index, string service, IReadOnlyList<KubeEndpoint> list)
    {
        var endpoints = new SortedDictionary<string, IReadOnlyList<KubeEndpoint>>(
            mesh.Clusters[index].Endpoints.ToDictionary(static e => e.Key, static e => e.Value),
            StringComparer.Ordinal) { [service] = list };
        List<KubeCluster> clusters = [.. mesh.Clusters];
        clusters[index] = clusters[index] with { Endpoints = endpoints };
        return mesh with { Clusters = clusters };
    }

    internal static string Text(ProxySnapshot s) => JsonSerializer.Serialize(s with
    {
        Version = 0,
        Clusters = new SortedDictionary<string, ClusterConfig>(s.Clusters.ToDictionary(), StringComparer.Ordinal),
        Endpoints = new SortedDictionary<string, ClusterLoadAssignment>(
            s.Endpoints.ToDictionary(), StringComparer.Ordinal),
        Routes = new SortedDictionary<string, RouteConfiguration>(s.Routes.ToDictionary(), StringComparer.Ordinal),
    });
}
