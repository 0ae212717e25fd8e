using System.Collections.Immutable;
using Sim.Core;
using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>Compiles what istiod sends to each proxy.</summary>
/// <remarks>
/// <para>Keeps what proxies share while the model stays the same: one view of the mesh per istiod, and one outbound
/// side per group of proxies that istiod cannot tell apart (same cluster, namespace, Sidecar, locality, network,
/// settings of their own and families of addresses; labels and node only where some rule looks at them).</para>
/// <para>When a model differs from the one before in workloads only, the view follows it in place and the endpoints of
/// the services that changed are made anew, once for each group that sees them. A proxy whose pod is the same object
/// and whose group sees none of the change is given the same <see cref="ProxySnapshot"/> again. So beside one look at
/// each service and at each proxy asked for, a change costs work in proportion to the groups and proxies that see it.
/// Belongs to one run; models come in order of time; not thread-safe.</para>
/// </remarks>
public sealed class SnapshotCompiler
{
    private readonly Dictionary<string, View> _views = new(StringComparer.Ordinal);
    private Dictionary<Pod, Told> _told = new(ReferenceEqualityComparer.Instance);
    private Dictionary<Pod, Told> _toldBefore = new(ReferenceEqualityComparer.Instance);
    private MeshModel? _mesh;
    private long _version;

    /// <summary>Outbound sides that were built from nothing.</summary>
    public int SidesBuilt { get; private set; }

    /// <summary>Everything one proxy is told.</summary>
    /// <param name="mesh">Model; a new one drops of what was kept for the old one what no longer holds.</param>
    /// <param name="proxy">The proxy; its pod exists.</param>
    /// <returns>The same object as long as the proxy is told the same and asked for under each model.</returns>
    public ProxySnapshot Compile(MeshModel mesh, ProxyRef proxy)
    {
        View view = ViewOf(mesh, proxy.Cluster);
        Pod? pod = mesh.Cluster(proxy.Cluster).Pods.GetValueOrDefault(proxy.Namespace + "/" + proxy.Pod);
        if (pod is not null && ToldTo(pod) is { } told && ReferenceEquals(told.Group.View, view)
            && told.IsGateway == proxy.IsGateway)
        {
            OutboundSide now = Present(told.Group, null, proxy);
            if (!ReferenceEquals(now, told.Side))
            {
                told.Side = now;
                _version++;
                told.Snapshot = told.Snapshot with { Version = _version, Endpoints = now.Endpoints };
            }

            return told.Snapshot;
        }

        var p = new Proxy(view.Push, proxy);
        Group group = GroupOf(view, p);
        OutboundSide side = Present(group, p, proxy);
        _version++;
        var snapshot = new ProxySnapshot
        {
            Version = _version,
            Clusters = side.Clusters,
            Endpoints = side.Endpoints,
            Routes = side.Routes,
            Outbound = side.Listeners,
            OutboundCatchAll = proxy.IsGateway ? ""
                : p.Scope.TrafficPolicy == OutboundTrafficPolicy.RegistryOnly ? ClusterNames.BlackHole
                : ClusterNames.Passthrough,
            Inbound = InboundOf(view, p, side),
            Locality = p.Locality,
        };
        _told[p.Pod] = new Told(group, proxy.IsGateway, side, snapshot);
        return snapshot;
    }

    /// <summary>Endpoints only, as an EDS push sends them.</summary>
    /// <param name="mesh">Model.</param>
    /// <param name="proxy">The proxy.</param>
    /// <param name="clusters">Names of the clusters that changed; names that do not exist are left out.</param>
    public IReadOnlyList<ClusterLoadAssignment> CompileEndpoints(
        MeshModel mesh, ProxyRef proxy, IReadOnlyCollection<string> clusters)
    {
        View view = ViewOf(mesh, proxy.Cluster);
        var p = new Proxy(view.Push, proxy);
        OutboundSide side = Present(GroupOf(view, p), p, proxy);
        var result = new List<ClusterLoadAssignment>(clusters.Count);
        foreach (string name in clusters)
        {
            if (side.Endpoints.TryGetValue(name, out ClusterLoadAssignment? a))
            {
                result.Add(a);
            }
        }

        return result;
    }

    /// <summary>Names that sidecars of a cluster answer themselves: none unless its mesh configuration captures DNS.
    /// </summary>
    /// <remarks>Istio: pkg/dns/server/name_table.go#BuildNameTable. Simplified: the mesh-wide setting only, every
    /// service that the control plane knows, one address each; wildcard hosts and headless services are left out.
    /// </remarks>
    /// <param name="mesh">Model.</param>
    /// <param name="cluster">Cluster of the sidecars.</param>
    public IReadOnlyList<(string Host, string Address, SourceSpan Origin)> CapturedNames(
        MeshModel mesh, string cluster)
    {
        PushContext push = ViewOf(mesh, cluster).Push;
        var names = new List<(string, string, SourceSpan)>();
        if (push.Config.DnsCapture)
        {
            foreach (Service s in push.Registry.Services)
            {
                string address = s.AddressesFor(cluster)
                    .FirstOrDefault(static a => System.Net.IPAddress.TryParse(a, out _))
                    ?? s.AllocatedAddress;
                if (address.Length > 0 && address != "0.0.0.0" && !s.Hostname.StartsWith('*'))
                {
                    names.Add((s.Hostname, address, s.Origin));
                }
            }
        }

        return names;
    }

    /// <summary>What the istiod of a cluster knows, as of a model.</summary>
    private View ViewOf(MeshModel mesh, string cluster)
    {
        if (!ReferenceEquals(mesh, _mesh))
        {
            _mesh = mesh;
            (_told, _toldBefore) = (_toldBefore, _told);
            _told.Clear();
        }

        string name = mesh.Cluster(cluster).ControlPlane;
        if (!_views.TryGetValue(name, out View? view) || !view.Follow(mesh))
        {
            view = new View(mesh, name, view);
            _views[name] = view;
        }

        return view;
    }

    /// <summary>What a pod was told under this model or the one before.</summary>
    private Told? ToldTo(Pod pod)
    {
        if (!_told.TryGetValue(pod, out Told? told) && _toldBefore.Remove(pod, out told))
        {
            _told.Add(pod, told);
        }

        return told;
    }

    private static Group GroupOf(View view, Proxy p)
    {
        string routes = KeyOf(p);
        string key = p.Locality + "\n" + routes;
        if (!view.Groups.TryGetValue(key, out Group? group))
        {
            group = new Group(view, routes);
            view.Groups.Add(key, group);
        }

        return group;
    }

    /// <summary>The outbound side of a group as of now.</summary>
    /// <param name="group">Group.</param>
    /// <param name="p">A proxy of it; null = made where it is needed.</param>
    /// <param name="reference">The same proxy.</param>
    private OutboundSide Present(Group group, Proxy? p, ProxyRef reference)
    {
        View view = group.View;
        if (group.Side is not { } side)
        {
            SidesBuilt++;
            Proxy any = p ?? new Proxy(view.Push, reference);
            side = OutboundSide.Build(any, () => RoutesOf(group, any));
        }
        else if (view.ChangedSince(group.Count) is { Count: > 0 } changed)
        {
            side = side.With(p ?? new Proxy(view.Push, reference), changed);
        }

        group.Count = view.Count;
        group.Side = side;
        return side;
    }

    /// <summary>Routes and listeners of sidecars, which groups in several places have in common.</summary>
    private static OutboundRoutes RoutesOf(Group group, Proxy p)
    {
        if (!group.View.Routes.TryGetValue(group.RoutesKey, out OutboundRoutes? routes))
        {
            routes = OutboundRoutes.OfSidecar(p);
            group.View.Routes.Add(group.RoutesKey, routes);
        }

        return routes;
    }

    /// <summary>The inbound side, which replicas of a workload have in common: it depends on a pod's labels, ports and,
    /// where a Sidecar names its own endpoints, addresses.</summary>
    private static IReadOnlyList<InboundListener> InboundOf(View view, Proxy p, OutboundSide side)
    {
        string key = string.Join('\n', p.Cluster, p.Namespace, SidecarOf(p), p.IsGateway ? "router" : "",
            string.Join(',', p.Pod.Meta.Labels.Select(static l => l.Key + "=" + l.Value)),
            string.Join(',', p.Pod.ContainerPorts.Select(static c => string.Create(
                System.Globalization.CultureInfo.InvariantCulture, $"{c.Name}:{c.Port}"))),
            p.Scope.Sidecar is { Ingress.Count: > 0 } ? string.Join(',', p.Pod.Ips) : "");
        if (!view.Inbound.TryGetValue(key, out IReadOnlyList<InboundListener>? inbound))
        {
            inbound = p.IsGateway ? GatewayFilters.Of(p, side.Listeners) : new InboundBuilder(p).Build();
            view.Inbound.Add(key, inbound);
        }

        return inbound;
    }

    private static string SidecarOf(Proxy p) => p.Scope.Sidecar?.Meta.FullName ?? "";

    /// <summary>All but the place of what istiod tells proxies apart by: who they are, what they state of themselves,
    /// and the families of their addresses.</summary>
    private static string KeyOf(Proxy p)
    {
        bool isOld = false;
        bool isNew = false;
        foreach (string ip in p.Pod.Ips)
        {
            bool hasColon = ip.Contains(':', StringComparison.Ordinal);
            isOld |= !hasColon;
            isNew |= hasColon;
        }

        string key = string.Join('\n', p.Cluster, p.Scope.Namespace, SidecarOf(p), p.Network,
            p.IsGateway ? "router" : "", (isOld ? "4" : "") + (isNew ? "6" : ""),
            string.Join(',', p.Pod.ProxyMetadata.Select(static m => m.Key + "=" + m.Value)));
        if (p.IsGateway || p.Push.LooksAtLabels)
        {
            key += "\n" + string.Join(',', p.Labels.Select(static l => l.Key + "=" + l.Value));
        }

        return p.Push.LooksAtPods ? key + "\n" + p.Pod.Meta.FullName + "\n" + p.Pod.NodeName : key;
    }

    /// <summary>What one istiod knows, and what was compiled of it.</summary>
    private sealed class View
    {
        private readonly List<IReadOnlyList<Service>> _changes = [];
        private MeshModel _mesh;
        private bool _isBroken;

        /// <summary>A view of a model.</summary>
        /// <param name="mesh">Model.</param>
        /// <param name="name">The istiod's own cluster.</param>
        /// <param name="before">Its view that could not follow to this model; null = none. Where nothing but endpoints
        /// changed all the same, what was compiled goes on in this one.</param>
        public View(MeshModel mesh, string name, View? before)
        {
            _mesh = mesh;
            Push = new PushContext(mesh, mesh.Cluster(name));
            if (before is { _isBroken: false } && EndpointChange.IsOfWorkloads(before._mesh, mesh)
                && EndpointChange.Between(before.Push, Push) is { } change)
            {
                Groups = before.Groups;
                Routes = before.Routes;
                Inbound = before.Inbound;
                _changes = before._changes;
                _changes.Add(change.Services);
                foreach (Group group in Groups.Values)
                {
                    group.View = this;
                }
            }
        }

        public PushContext Push { get; }

        /// <summary>Groups by what istiod tells them apart by.</summary>
        public Dictionary<string, Group> Groups { get; } = new(StringComparer.Ordinal);

        /// <summary>Routes and listeners by what istiod tells them apart by.</summary>
        public Dictionary<string, OutboundRoutes> Routes { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, IReadOnlyList<InboundListener>> Inbound { get; } = new(StringComparer.Ordinal);

        /// <summary>Changes of endpoints since the first model.</summary>
        public int Count => _changes.Count;

        /// <summary>Goes on to a newer model; false = a new view must be made.</summary>
        public bool Follow(MeshModel mesh)
        {
            if (ReferenceEquals(mesh, _mesh))
            {
                return true;
            }

            if (!EndpointChange.IsOfWorkloads(_mesh, mesh) || !Push.Registry.CanFollow(mesh))
            {
                return false;
            }

            if (Push.Follow(mesh) is not { } change)
            {
                _isBroken = true;
                return false;
            }

            _mesh = mesh;
            if (change.Services.Count > 0)
            {
                _changes.Add(change.Services);
            }

            return true;
        }

        /// <summary>Services whose endpoints changed after so many changes.</summary>
        public IReadOnlyList<Service> ChangedSince(int count) => (_changes.Count - count) switch
        {
            0 => [],
            1 => _changes[^1],
            _ => [.. _changes.Skip(count).SelectMany(static c => c).DistinctBy(static s => (s.Hostname, s.Namespace))],
        };
    }

    /// <summary>Proxies that one istiod cannot tell apart.</summary>
    private sealed class Group(View view, string routesKey)
    {
        public View View { get; set; } = view;

        /// <summary>What tells its routes and listeners apart from others'.</summary>
        public string RoutesKey { get; } = routesKey;

        /// <summary>What they have in common; null = not built yet.</summary>
        public OutboundSide? Side { get; set; }

        /// <summary>Changes of the view that it has.</summary>
        public int Count { get; set; }
    }

    /// <summary>What a proxy was told last.</summary>
    private sealed class Told(Group group, bool isGateway, OutboundSide side, ProxySnapshot snapshot)
    {
        public Group Group { get; } = group;

        public bool IsGateway { get; } = isGateway;

        public OutboundSide Side { get; set; } = side;

        public ProxySnapshot Snapshot { get; set; } = snapshot;
    }
}
