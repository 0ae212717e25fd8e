using Sim.Core;
using Sim.Engine;
using Sim.Envoy;
using Sim.Istiod;
using Sim.Manifests;
using Sim.Runs;
using Sim.Xds;
using KubeService = Sim.Manifests.Service;

namespace Sim.Tests.Runs.Gateways;

/// <summary>The pods of a recorded case with their proxies, as istiod configures them, around the life of requests.
/// </summary>
internal sealed class GatewayWorld : IRunSink
{
    private const long RoundTripNs = 400 * SimDuration.Microsecond;
    private readonly EventLoop<LifecycleHandler, NoProbe, HeapPendingSet> _loop = new(new HeapPendingSet(256), default);
    private readonly GatewayCase _case;
    private readonly SnapshotCompiler _compiler = new();
    private readonly LatencyTable _latency;
    private readonly ulong _seed;
    private readonly Dictionary<ProxyRef, PodRuntime> _proxies = [];

    public GatewayWorld(GatewayCase c, ulong seed, long applicationNs, long? sweepPhaseNs = null)
    {
        _case = c;
        _seed = seed;
        int places = 2 * c.Clusters.Count;
        _latency = new LatencyTable(places, 0);
        for (int a = 0; a < places; a++)
        {
            for (int b = a; b < places; b++)
            {
                _latency.Set(a, b, new PlaceLink { MedianNs = RoundTripNs / 2 });
            }
        }

        Lifecycle = new RequestLifecycle(
            new LifecycleOptions
            {
                Seed = seed, Latency = _latency, SweepPhaseNs = sweepPhaseNs,
                ProxyPassNs = 50 * SimDuration.Microsecond,
            },
            _loop, this);
        Lifecycle.Addresses = new ServiceAddresses(Lifecycle.PodAt);
        foreach (string cluster in c.Clusters)
        {
            AddPods(cluster, seed, applicationNs);
            Lifecycle.Addresses.AddCluster(cluster, () => c.Objects(cluster, ""));
        }

        foreach (string cluster in c.Clusters)
        {
            Lifecycle.Resolver.SetNames(cluster, NamesFor(cluster));
        }

        string clientSees = c.Get("situation", "clientSees").Contains("states/before", StringComparison.Ordinal)
            ? "before" : "";
        foreach (ProxyRef proxy in _proxies.Keys.ToList())
        {
            Push(proxy, proxy == c.Proxies[0] ? clientSees : "");
        }

        _loop.SetHandler(new LifecycleHandler(Lifecycle, []));
    }

    public RequestLifecycle Lifecycle { get; }

    public PodRuntime Client => _proxies[_case.Proxies[0]];

    public long NowNs => _loop.NowNs;

    /// <summary>Outcomes and log lines are kept.</summary>
    public bool Keeps { get; init; } = true;

    public List<EntryOutcome> Ended { get; } = [];

    public List<GatewayConnection> GatewayLog { get; } = [];

    public List<(long AtNs, PodRuntime Proxy, string Host, string Action)> Ejections { get; } = [];

    /// <summary>Called with every request that ended.</summary>
    public Action<EntryOutcome>? OnEnded { get; set; }

    /// <summary>All gateways.</summary>
    public IEnumerable<ProxyRef> GatewayProxies => _proxies.Keys.Where(static p => p.IsGateway);

    /// <summary>Gateway pods of a cluster in order.</summary>
    public IEnumerable<PodRuntime> Gateways(string cluster) =>
        Lifecycle.Pods.Where(p => p.IsGateway && p.Cluster == cluster);

    /// <summary>Pods of the called service in a cluster in order.</summary>
    public IEnumerable<PodRuntime> Servers(string cluster) => Lifecycle.Pods.Where(p =>
        p.Cluster == cluster && p.PodName.StartsWith("transaction-service-", StringComparison.Ordinal));

    /// <summary>Cluster of a host: its pod's, or that of the load balancer at the address.</summary>
    public string ClusterOf(string host)
    {
        int colon = host.LastIndexOf(':');
        int pod = colon < 0 ? -1 : Lifecycle.PodAt(host[..colon]);
        return pod >= 0 ? Lifecycle.Pods[pod].Cluster
            : colon < 0 ? "none" : Lifecycle.Addresses!.Find("", host[..colon], Port(host, colon))?.Cluster ?? "none";
    }

    public ProxySnapshot Snapshot(ProxyRef proxy, string state) => _compiler.Compile(_case.Mesh(state), proxy);

    public void Push(ProxyRef proxy, string state) =>
        Lifecycle.Push(_proxies[proxy], Reordered(Snapshot(proxy, state)));

    /// <summary>Packets between the caller's cluster and the pods of others vanish; gateways can be reached.</summary>
    public void CutPodNetwork()
    {
        int[] others = [.. Enumerable.Range(1, _case.Clusters.Count - 1).Select(static i => 2 * i)];
        Lifecycle.CutLinks([0], others, false, 1);
        Lifecycle.CutLinks(others, [0], false, 1);
    }

    /// <summary>Simulates until a time.</summary>
    public void RunUntil(long untilNs)
    {
        while (!_loop.RunUntil(untilNs))
        {
        }
    }

    /// <summary>The caller's proxy stops: gateways log what was open.</summary>
    public void CloseClient()
    {
        Lifecycle.StopPod(Client);
        RunUntil(NowNs + SimDuration.Second);
    }

    public void EntryEnded(in EntryOutcome outcome)
    {
        if (Keeps)
        {
            Ended.Add(outcome);
            OnEnded?.Invoke(outcome);
        }
    }

    public void Ejected(long atNs, ClusterRuntime cluster, string host, int hostPod, string type, int times) =>
        Ejections.Add((atNs, cluster.Proxy.Pod, host, "EJECT"));

    public void Unejected(long atNs, ClusterRuntime cluster, string host) =>
        Ejections.Add((atNs, cluster.Proxy.Pod, host, "UNEJECT"));

    public void GatewayConnectionEnded(in GatewayConnection connection)
    {
        if (Keeps)
        {
            GatewayLog.Add(connection);
        }
    }

    /// <summary>The same endpoints in an order of the seed's: an outlier sweep visits hosts in the order of a hash map
    /// in Envoy and in that of the assignment here, and two hosts that come back in one sweep are not equal: the
    /// second one waits for the merge window.</summary>
    private ProxySnapshot Reordered(ProxySnapshot snapshot) => _seed % 2 == 1 ? snapshot : snapshot with
    {
        Endpoints = snapshot.Endpoints.ToDictionary(static e => e.Key, static e => e.Value with
        {
            Endpoints = [.. e.Value.Endpoints.Reverse().Select(
                static g => g with { Endpoints = [.. g.Endpoints.Reverse()] })],
        }),
    };

    private static int Port(string host, int colon) =>
        int.Parse(host.AsSpan(colon + 1), System.Globalization.CultureInfo.InvariantCulture);

    private void AddPods(string cluster, ulong seed, long applicationNs)
    {
        int index = _case.Clusters.ToList().IndexOf(cluster);
        string trust = _case.TrustDomain(cluster);
        foreach (Pod p in _case.Objects(cluster, "").Of<Pod>())
        {
            bool hasSidecar = p.Spec?.Containers.Any(static c => c.Name?.Value == "istio-proxy") ?? false;
            bool isGateway = p.Label("istio") == "eastwestgateway";
            string account = p.Spec?.ServiceAccountName?.Value ?? "default";
            var pod = new PodRuntime(Lifecycle.Pods.Count, cluster, p.Namespace, p.Name)
            {
                Ip = p.Status?.PodIP?.Value ?? "",
                Place = (2 * index) + (isGateway ? 1 : 0),
                Region = cluster,
                HasSidecar = hasSidecar,
                IsGateway = isGateway,
                Identity = hasSidecar ? Certificate(cluster, index, trust, p.Namespace, account) : null,
                Streams = new PodStreams(seed, 0, cluster + "/" + p.Name),
                ServiceTime = Distribution.Constant(applicationNs),
            };
            Lifecycle.AddPod(pod);
            if (hasSidecar)
            {
                _proxies.Add(new ProxyRef(cluster, p.Namespace, p.Name, isGateway), pod);
            }
        }
    }

    /// <summary>A pod's certificate: the mesh's, or what the situation says.</summary>
    private WorkloadIdentity Certificate(string cluster, int index, string trust, string ns, string account)
    {
        string situation = _case.Get("situation", index == 0 ? "clientCertificate" : "serverCertificate");
        string kind = situation.Split(' ', ';')[0];
        string domain = kind == "othertd" ? "other.example" : trust;
        string name = kind == "wrongsa" ? "cards" : account;
        string signed = kind == "otherroot" ? "other" : "mesh";
        string trusts = kind == "otherroot" && situation.Contains("own root only", StringComparison.Ordinal)
            ? "other" : "mesh";
        return new WorkloadIdentity($"{domain}/ns/{ns}/sa/{name}", domain, signed, kind == "expired")
        {
            TrustedRoot = trusts,
        };
    }

    private NameService NamesFor(string cluster)
    {
        var names = new NameService();
        foreach (string c in _case.Clusters.OrderBy(c => c == cluster ? 0 : 1))
        {
            foreach (KubeService s in _case.Objects(c, "").Of<KubeService>())
            {
                if (s.Spec?.ClusterIP?.Value is { Length: > 0 } ip && ip != "None")
                {
                    names.Add(s.Name + "." + s.Namespace + ".svc.cluster.local", ip, "", s.Span);
                }
            }
        }

        return names;
    }
}
