using Sim.Envoy;
using Sim.Xds;

namespace Sim.Runs;

/// <summary>A sidecar: its configuration as last pushed, its clusters' state, its inbound judges.</summary>
/// <remarks>A pod without sidecar has one, too: it stands for kube-proxy, which spreads connections over the ready pods
/// of its own cluster, in plaintext, without retries.</remarks>
internal sealed class ProxyRuntime
{
    private readonly Dictionary<string, ClusterRuntime> _clusters = new(StringComparer.Ordinal);
    private readonly Dictionary<(int Template, CompiledRoute Route, int Cluster), ResolvedRoute> _resolved = [];
    private readonly Dictionary<(OutboundListener Listener, string Address), CompiledRoute> _tcpRoutes = [];
    private CompiledRoute? _passthrough;
    private readonly Dictionary<int, InboundRuntime> _inbound = [];
    private readonly SortedDictionary<int, InboundCluster> _inboundClusters = [];
    private readonly RequestLifecycle _lifecycle;
    private readonly Dictionary<(int Port, string Sni), ClusterRuntime?> _bySni = [];
    private readonly Dictionary<int, ResolvedRoute> _byLateTemplate = [];
    private ResolvedRoute?[] _byTemplate = [];

    /// <summary>Ids from here on belong to templates made during the run.</summary>
    public const int FirstLateTemplate = 1_000_000;

    public ProxyRuntime(RequestLifecycle lifecycle, PodRuntime pod)
    {
        _lifecycle = lifecycle;
        Pod = pod;
    }

    public PodRuntime Pod { get; }

    /// <summary>Configuration in force; null until the first push.</summary>
    public ProxySnapshot? Snapshot { get; private set; }

    /// <summary>Time of the configuration in force.</summary>
    public long ConfiguredAtNs { get; private set; }

    /// <summary>Counts configurations; what was found under an older one is found again.</summary>
    public int Epoch { get; private set; }

    /// <summary>Clusters towards the application that were used, by port.</summary>
    public IReadOnlyCollection<InboundCluster> InboundClusters => _inboundClusters.Values;

    public IReadOnlyCollection<ClusterRuntime> Clusters => _clusters.Values;

    /// <summary>Takes a push: clusters keep their state unless their own configuration changed, endpoints follow EDS,
    /// routes and listeners are replaced.</summary>
    public void Apply(ProxySnapshot snapshot, long nowNs)
    {
        ProxySnapshot? old = Snapshot;
        Snapshot = snapshot;
        ConfiguredAtNs = nowNs;
        if (ReferenceEquals(old, snapshot))
        {
            return;
        }

        Epoch++;
        _resolved.Clear();
        _tcpRoutes.Clear();
        _inbound.Clear();
        Pod.LastInboundPort = -1;
        _bySni.Clear();
        Array.Clear(_byTemplate);
        _byLateTemplate.Clear();
        if (old is null)
        {
            return;
        }

        foreach (ClusterRuntime cluster in _clusters.Values.OrderBy(static c => c.Id).ToList())
        {
            Follow(cluster, old, snapshot);
        }
    }

    /// <summary>What it refused of the last push, and why; null = it took everything.</summary>
    public RouteProblem? Refusal { get; set; }

    /// <summary>When it lost its istiod; -1 = it has it.</summary>
    public long DisconnectedSinceNs { get; set; } = -1;

    /// <summary>What templates come to is found again: names may have changed.</summary>
    public void ForgetTemplates()
    {
        Array.Clear(_byTemplate);
        _byLateTemplate.Clear();
    }

    /// <summary>Its certificate changed: what becomes of connections is found again.</summary>
    public void IdentityChanged()
    {
        Epoch++;
        _lifecycle.LookAgainAtAll();
    }

    /// <summary>The runtime of a cluster, made on first use; null when the proxy has no such cluster.</summary>
    public ClusterRuntime? ClusterOf(string name)
    {
        if (_clusters.TryGetValue(name, out ClusterRuntime? cluster))
        {
            return cluster;
        }

        if (Snapshot is null || !Snapshot.Clusters.TryGetValue(name, out ClusterConfig? config))
        {
            return null;
        }

        cluster = _lifecycle.NewCluster(this, config, Snapshot.Endpoints.GetValueOrDefault(name));
        _clusters.Add(name, cluster);
        return cluster;
    }

    /// <summary>The inbound side of a workload port.</summary>
    public InboundRuntime InboundOf(int port)
    {
        if (!_inbound.TryGetValue(port, out InboundRuntime? inbound))
        {
            InboundListener? listener = InboundRuntime.ListenerOf(Snapshot, port);
            if (!_inboundClusters.TryGetValue(port, out InboundCluster? cluster) || !cluster.Serves(listener))
            {
                cluster = new InboundCluster(listener, port);
                _inboundClusters[port] = cluster;
            }

            inbound = new InboundRuntime(listener, _lifecycle.Judges, cluster);
            _inbound.Add(port, inbound);
        }

        Pod.LastInbound = inbound;
        Pod.LastInboundPort = port;
        return inbound;
    }

    /// <summary>The listener of a gateway's port that reads HTTP; null = none.</summary>
    public OutboundListener? HttpListener(int port)
    {
        IReadOnlyList<OutboundListener> listeners = Pod.IsGateway ? Snapshot?.Outbound ?? [] : [];
        for (int i = 0; i < listeners.Count; i++)
        {
            if (listeners[i].Port == port && listeners[i].ReadsHttp)
            {
                return listeners[i];
            }
        }

        return null;
    }

    /// <summary>The listener of a gateway's port that passes bytes on to clusters of its own choice; null = none.
    /// </summary>
    public OutboundListener? ByteListener(int port)
    {
        IReadOnlyList<OutboundListener> listeners = Pod.IsGateway ? Snapshot?.Outbound ?? [] : [];
        for (int i = 0; i < listeners.Count; i++)
        {
            if (listeners[i].Port == port && listeners[i].SniClusters.Count == 0 && listeners[i].PassesBytes)
            {
                return listeners[i];
            }
        }

        return null;
    }

    /// <summary>The listener of a gateway's port that passes connections on by the server names of clusters; null =
    /// none.</summary>
    public OutboundListener? SniListener(int port)
    {
        IReadOnlyList<OutboundListener> listeners = Snapshot?.Outbound ?? [];
        for (int i = 0; i < listeners.Count; i++)
        {
            if (listeners[i].Port == port && listeners[i].SniClusters.Count > 0)
            {
                return listeners[i];
            }
        }

        return null;
    }

    /// <summary>The cluster that a gateway's port passes a server name on to; null = no filter chain.</summary>
    public ClusterRuntime? SniCluster(int port, string sni)
    {
        if (!_bySni.TryGetValue((port, sni), out ClusterRuntime? cluster))
        {
            bool hasChain = SniListener(port)?.SniClusters.Contains(sni, StringComparer.Ordinal) ?? false;
            cluster = hasChain ? ClusterOf(sni) : null;
            _bySni.Add((port, sni), cluster);
        }

        return cluster;
    }

    /// <summary>What a template always comes to; null when not yet known or when chance decides.</summary>
    public ResolvedRoute? Known(int template) => (uint)template < (uint)_byTemplate.Length ? _byTemplate[template]
        : template >= FirstLateTemplate ? _byLateTemplate.GetValueOrDefault(template) : null;

    /// <summary>Asks for the memory that <see cref="Known"/> reads.</summary>
    public void Prefetch(int template)
    {
        if ((uint)template < (uint)_byTemplate.Length)
        {
            Core.Prefetch.Place(in _byTemplate[template]);
        }
    }

    /// <summary>Remembers what a template always comes to.</summary>
    public void Remember(int template, ResolvedRoute route)
    {
        if (template >= FirstLateTemplate)
        {
            _byLateTemplate[template] = route;
            return;
        }

        if (template >= _byTemplate.Length)
        {
            Array.Resize(ref _byTemplate, Math.Max(template + 1, 2 * _byTemplate.Length));
        }

        _byTemplate[template] = route;
    }

    /// <summary>What a template comes to on a route and cluster.</summary>
    public bool TryGet(int template, CompiledRoute route, int cluster, out ResolvedRoute? resolved) =>
        _resolved.TryGetValue((template, route, cluster), out resolved);

    /// <summary>Remembers what a template comes to on a route and cluster.</summary>
    public void Remember(int template, CompiledRoute route, int cluster, ResolvedRoute resolved) =>
        _resolved[(template, route, cluster)] = resolved;

    /// <summary>The route of connections to an address at a TCP listener.</summary>
    /// <param name="listener">Listener.</param>
    /// <param name="address">Address.</param>
    /// <param name="way">Where the listener's filter chains lead for it.</param>
    public CompiledRoute TcpRouteOf(OutboundListener listener, string address, TcpRoute way)
    {
        if (!_tcpRoutes.TryGetValue((listener, address), out CompiledRoute? route))
        {
            route = RouteTo(way.Clusters);
            _tcpRoutes.Add((listener, address), route);
        }

        return route;
    }

    /// <summary>The route of connections that no listener takes.</summary>
    public CompiledRoute PassthroughRoute => _passthrough ??= RouteTo([new WeightedCluster("PassthroughCluster", 1)]);

    private static CompiledRoute RouteTo(IReadOnlyList<WeightedCluster> clusters) => CompiledRouteConfiguration
        .Compile(new RouteConfiguration("tcp", [new VirtualHost("tcp", ["*"], [new Route { Clusters = clusters }])]))
        .Match(new RequestHeaders("GET", "tcp", "/"), 0).Route!;

    private void Follow(ClusterRuntime cluster, ProxySnapshot old, ProxySnapshot now)
    {
        string name = cluster.Config.Name;
        if (!now.Clusters.TryGetValue(name, out ClusterConfig? config) || !ConfigEquality.Same(cluster.Told, config))
        {
            _clusters.Remove(name);
            _lifecycle.DropCluster(cluster);
            return;
        }

        ClusterLoadAssignment? before = old.Endpoints.GetValueOrDefault(name);
        ClusterLoadAssignment? after = now.Endpoints.GetValueOrDefault(name);
        if (after is not null && !ConfigEquality.Same(before, after))
        {
            _lifecycle.UpdateEndpoints(cluster, after);
        }
    }
}
