using System.Collections.Immutable;
using Sim.Core;
using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>Compiles what istiod sends to each proxy.</summary>
/// <remarks>
/// Keeps what proxies share while the model stays the same: one view of the mesh per istiod, and one outbound side per
/// group of proxies that istiod cannot tell apart (same cluster, namespace, Sidecar, locality and network; labels and
/// node only where some rule looks at them). When a model differs from the one before in workloads only, what the one
/// before gave is kept and the endpoints of the services that changed are made anew: the work grows with the groups
/// that see them. Belongs to one run; not thread-safe.
/// </remarks>
public sealed class SnapshotCompiler
{
    private readonly Dictionary<string, PushContext> _pushes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OutboundSide> _outbound = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<InboundListener>> _inbound = new(StringComparer.Ordinal);
    private readonly Dictionary<string, EndpointChange?> _changes = new(StringComparer.Ordinal);
    private Dictionary<string, PushContext> _pushesBefore = [];
    private Dictionary<string, OutboundSide> _outboundBefore = [];
    private Dictionary<string, IReadOnlyList<InboundListener>> _inboundBefore = [];
    private MeshModel? _mesh;
    private long _version;

    /// <summary>Outbound sides that were built from nothing.</summary>
    public int SidesBuilt { get; private set; }

    /// <summary>Everything one proxy is told.</summary>
    /// <param name="mesh">Model; a new one drops what was kept for the old one.</param>
    /// <param name="proxy">The proxy; its pod exists.</param>
    public ProxySnapshot Compile(MeshModel mesh, ProxyRef proxy)
    {
        Proxy p = ProxyOf(mesh, proxy);
        OutboundSide side = OutboundOf(p);
        _version++;
        return new ProxySnapshot
        {
            Version = _version,
            Clusters = side.Clusters,
            Endpoints = side.Endpoints,
            Routes = side.Routes,
            Outbound = side.Listeners,
            OutboundCatchAll = proxy.IsGateway ? ""
                : p.Scope.TrafficPolicy == OutboundTrafficPolicy.RegistryOnly ? ClusterNames.BlackHole
                : ClusterNames.Passthrough,
            Inbound = InboundOf(p, side),
            Locality = p.Locality,
        };
    }

    /// <summary>Endpoints only, as an EDS push sends them.</summary>
    /// <param name="mesh">Model.</param>
    /// <param name="proxy">The proxy.</param>
    /// <param name="clusters">Names of the clusters that changed; names that do not exist are left out.</param>
    public IReadOnlyList<ClusterLoadAssignment> CompileEndpoints(
        MeshModel mesh, ProxyRef proxy, IReadOnlyCollection<string> clusters)
    {
        Proxy p = ProxyOf(mesh, proxy);
        OutboundSide side = OutboundOf(p);
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
        PushContext push = PushOf(mesh, cluster);
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

    private Proxy ProxyOf(MeshModel mesh, ProxyRef proxy) => new(PushOf(mesh, proxy.Cluster), proxy);

    private PushContext PushOf(MeshModel mesh, string cluster)
    {
        if (!ReferenceEquals(mesh, _mesh))
        {
            Begin(mesh);
        }

        string controlPlane = mesh.Cluster(cluster).ControlPlane;
        if (!_pushes.TryGetValue(controlPlane, out PushContext? push))
        {
            push = new PushContext(mesh, mesh.Cluster(controlPlane));
            _pushes.Add(controlPlane, push);
            _changes[controlPlane] = _pushesBefore.TryGetValue(controlPlane, out PushContext? before)
                ? EndpointChange.Between(before, push) : null;
        }

        return push;
    }

    private OutboundSide OutboundOf(Proxy p)
    {
        string key = KeyOf(p);
        if (!_outbound.TryGetValue(key, out OutboundSide? side))
        {
            if (_outboundBefore.TryGetValue(key, out OutboundSide? before)
                && _changes[p.Push.Cluster.Name] is { } change)
            {
                side = before.With(p, change.Services);
            }
            else
            {
                SidesBuilt++;
                side = OutboundSide.Build(p);
            }

            _outbound.Add(key, side);
        }

        return side;
    }

    /// <summary>The inbound side, which replicas of a workload have in common: it depends on a pod's labels, ports and,
    /// where a Sidecar names its own endpoints, addresses.</summary>
    private IReadOnlyList<InboundListener> InboundOf(Proxy p, OutboundSide side)
    {
        string key = string.Join('\n', p.Push.Cluster.Name, p.Cluster, p.Namespace, SidecarOf(p),
            string.Join(',', p.Pod.Meta.Labels.Select(static l => l.Key + "=" + l.Value)),
            string.Join(',', p.Pod.ContainerPorts.Select(static c => string.Create(
                System.Globalization.CultureInfo.InvariantCulture, $"{c.Name}:{c.Port}"))),
            p.Scope.Sidecar is { Ingress.Count: > 0 } ? string.Join(',', p.Pod.Ips) : "");
        if (!_inbound.TryGetValue(key, out IReadOnlyList<InboundListener>? inbound))
        {
            bool isKept = _inboundBefore.TryGetValue(key, out inbound) && _changes[p.Push.Cluster.Name] is not null;
            inbound = isKept ? inbound! : p.IsGateway ? GatewayFilters.Of(p, side.Listeners)
                : new InboundBuilder(p).Build();
            _inbound.Add(key, inbound);
        }

        return inbound;
    }

    /// <summary>Takes a new model: of the old one is kept what may still hold.</summary>
    private void Begin(MeshModel mesh)
    {
        bool keeps = _mesh is not null && EndpointChange.IsOfWorkloads(_mesh, mesh);
        _pushesBefore = keeps ? new Dictionary<string, PushContext>(_pushes, StringComparer.Ordinal) : [];
        _outboundBefore = keeps ? new Dictionary<string, OutboundSide>(_outbound, StringComparer.Ordinal) : [];
        _inboundBefore = keeps
            ? new Dictionary<string, IReadOnlyList<InboundListener>>(_inbound, StringComparer.Ordinal) : [];
        _pushes.Clear();
        _outbound.Clear();
        _inbound.Clear();
        _changes.Clear();
        _mesh = mesh;
    }

    private static string SidecarOf(Proxy p) => p.Scope.Sidecar?.Meta.FullName ?? "";

    private static string KeyOf(Proxy p)
    {
        string key = string.Join('\n', p.Push.Cluster.Name, p.Cluster, p.Scope.Namespace,
            SidecarOf(p), p.Network, p.Locality.ToString(),
            string.Join(',', p.NetworkView), p.IsGateway ? "router" : "");
        if (p.IsGateway || p.Push.LooksAtLabels)
        {
            key += "\n" + string.Join(',', p.Labels.Select(static l => l.Key + "=" + l.Value));
        }

        return p.Push.LooksAtPods ? key + "\n" + p.Pod.Meta.FullName + "\n" + p.Pod.NodeName : key;
    }
}
