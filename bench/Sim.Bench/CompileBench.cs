using System.Diagnostics;
using System.Globalization;
using Sim.Core;
using Sim.Istiod;
using Sim.Mesh;
using Sim.Xds;

namespace Sim.Bench;

/// <summary>Compiles a mesh of 4 clusters, 1,000 services in each and 10 pods for each service, then follows the loss
/// of one endpoint.</summary>
internal static class CompileBench
{
    private const int Clusters = 4;
    private const int Namespaces = 10;
    private const int ServicesEach = 100;
    private const int Pods = 10;
    private const int Rounds = 5;

    /// <summary>Runs and prints a Markdown table.</summary>
    public static void Run(TextWriter output)
    {
        output.WriteLine("| mesh | full compile, s | one endpoint gone, all proxies asked, ms | of these told anew "
            + "| the istiod's own part, ms |");
        output.WriteLine("|---|---|---|---|---|");
        (long live, int proxies) = Measure(output, "every service seen by all", Mesh([]));
        Measure(output, "every service seen by its namespace", Mesh([.. Enumerable.Range(0, Namespaces).Select(
            static n => new Sidecar
            {
                Meta = new ConfigMeta("own", "n" + Text(n), "", default),
                Egress = [new SidecarEgress(null, "", false, ["./*"])],
            })]));
        output.WriteLine();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{proxies} proxies. Held by all snapshots of the first: {live / 1048576.0:f0} MiB; most memory of the "
            + $"process: {Process.GetCurrentProcess().PeakWorkingSet64 / 1048576.0:f0} MiB."));
    }

    private static (long Live, int Proxies) Measure(TextWriter output, string name, MeshModel mesh)
    {
        ProxyRef[] proxies = [.. mesh.Clusters.SelectMany(static c => c.Pods.Values.Select(
            p => new ProxyRef(c.Name, p.Meta.Namespace, p.Meta.Name)))];
        long before = GC.GetTotalMemory(true);
        var compiler = new SnapshotCompiler();
        var held = new ProxySnapshot[proxies.Length];
        double full = Time(() => All(compiler, mesh, proxies, held));
        long live = GC.GetTotalMemory(true) - before;
        var changed = new List<double>();
        var single = new List<double>();
        int told = 0;
        for (int i = 0; i < Rounds; i++)
        {
            MeshModel next = WithoutOne(mesh, i);
            var old = (ProxySnapshot[])held.Clone();
            double one = Time(() => compiler.Compile(next, proxies[0]));
            single.Add(one);
            changed.Add(one + Time(() => All(compiler, next, proxies, held)));
            told = held.Zip(old).Count(static p => !ReferenceEquals(p.First, p.Second));
            mesh = next;
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {full:f1} | {1e3 * changed.Order().ElementAt(Rounds / 2):f1} | {told} | "
            + $"{1e3 * single.Order().ElementAt(Rounds / 2):f2} |"));
        return (live, proxies.Length);
    }

    private static double Time(Action action)
    {
        var watch = Stopwatch.StartNew();
        action();
        return watch.Elapsed.TotalSeconds;
    }

    private static void All(SnapshotCompiler compiler, MeshModel mesh, ProxyRef[] proxies, ProxySnapshot[] held)
    {
        for (int i = 0; i < proxies.Length; i++)
        {
            held[i] = compiler.Compile(mesh, proxies[i]);
        }
    }

    private static MeshModel WithoutOne(MeshModel mesh, int service)
    {
        KubeCluster c = mesh.Clusters[0];
        var endpoints = new SortedDictionary<string, IReadOnlyList<KubeEndpoint>>(
            (SortedDictionary<string, IReadOnlyList<KubeEndpoint>>)c.Endpoints, StringComparer.Ordinal);
        string key = Key(service % Namespaces, service / Namespaces);
        endpoints[key] = [.. endpoints[key].Skip(1)];
        return mesh with { Clusters = [c with { Endpoints = endpoints }, .. mesh.Clusters.Skip(1)] };
    }

    private static string Key(int ns, int service) => "n" + Text(ns) + "/s" + Text(service);

    private static string Text(int n) => n.ToString(CultureInfo.InvariantCulture);

    private static MeshModel Mesh(IReadOnlyList<Sidecar> sidecars)
    {
        string[] names = [.. Enumerable.Range(0, Clusters).Select(static i => "c" + Text(i))];
        return new MeshModel(new MeshOptions { Profile = IstioProfile.V1_29 },
            [.. names.Select((n, i) => Cluster(n, i, names) with { Sidecars = sidecars })]);
    }

    private static KubeCluster Cluster(string name, int index, string[] all)
    {
        var pods = new List<Pod>();
        var services = new List<KubeService>();
        var rules = new List<DestinationRule>();
        var endpoints = new SortedDictionary<string, IReadOnlyList<KubeEndpoint>>(StringComparer.Ordinal);
        for (int ns = 0; ns < Namespaces; ns++)
        {
            for (int s = 0; s < ServicesEach; s++)
            {
                string ip = string.Create(CultureInfo.InvariantCulture, $"10.{96 + index}.{ns}.{s}");
                services.Add(Service("n" + Text(ns), "s" + Text(s), ip));
                var list = new List<KubeEndpoint>();
                for (int p = 0; p < Pods; p++)
                {
                    string address = string.Create(
                        CultureInfo.InvariantCulture, $"10.{index * 50 + ns}.{s}.{p}");
                    Pod pod = PodOf(name, "n" + Text(ns), "s" + Text(s), p, address);
                    pods.Add(pod);
                    list.Add(new KubeEndpoint
                    {
                        Address = address, Port = 8080, PortName = "http", Ready = true, Pod = pod,
                    });
                }

                endpoints.Add(Key(ns, s), list);
            }
        }

        rules.Add(new DestinationRule
        {
            Meta = new ConfigMeta("all", "istio-system", "", default), Host = "*.cluster.local",
            TrafficPolicy = new TrafficPolicy { OutlierDetection = new OutlierDetection() },
        });
        return new KubeCluster
        {
            Name = name, ControlPlane = name, Reads = [name, .. all.Where(n => n != name)],
            Pods = System.Collections.Immutable.ImmutableSortedDictionary.CreateRange(
                StringComparer.Ordinal, pods.Select(static p => KeyValuePair.Create(p.Meta.FullName, p))),
            Services = services, Endpoints = endpoints, DestinationRules = rules,
        };
    }

    private static KubeService Service(string ns, string name, string ip) => new()
    {
        Meta = new ConfigMeta(name, ns, "", default),
        Hostname = name + "." + ns + ".svc.cluster.local",
        Ports = [new ServicePort("http", 80, Protocol.Http, 8080)],
        ClusterIps = [ip],
        Selector = LabelSet.Empty.Add("app", name),
    };

    private static Pod PodOf(string cluster, string ns, string service, int number, string address) => new()
    {
        Meta = new ConfigMeta(service + "-" + Text(number), ns, "", default)
        {
            Labels = LabelSet.Empty.Add("app", service).Add("security.istio.io/tlsMode", "istio"),
        },
        Ips = [address],
        NodeName = cluster + "-" + Text(number),
        Locality = cluster + "/" + cluster + (number % 2 == 0 ? "-a" : "-b"),
        ServiceAccount = service,
        Workload = service,
        HasProxy = true,
        ContainerPorts = [("http", 8080, "TCP")],
    };
}
