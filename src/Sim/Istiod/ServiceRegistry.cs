using System.Collections.Immutable;
using System.Net;
using System.Runtime.CompilerServices;
using Sim.Core;
using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>Services and endpoints of all clusters that one istiod reads.</summary>
/// <remarks>Istio: pilot/pkg/serviceregistry/aggregate/controller.go, kube/controller, serviceentry.</remarks>
internal sealed class ServiceRegistry
{
    private readonly Dictionary<string, Service> _kubeByHost = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, KubeService>> _kubeByName = new(StringComparer.Ordinal);
    private MeshModel _mesh;
    private KubeCluster _own;
    private List<KubeCluster> _clusters;
    private readonly Dictionary<
        (string Host, string Namespace), SortedDictionary<string, List<IstioEndpoint>>> _shards =
        [];

    /// <summary>Labels of pods with their place, for every istiod that reads them.</summary>
    private static readonly ConditionalWeakTable<Pod, PlacedLabels> Placed = [];

    public ServiceRegistry(MeshModel mesh, KubeCluster own)
    {
        _mesh = mesh;
        _own = own;
        _clusters = ReadBy(own, mesh);
        Services = [.. KubeServices(), .. EntryServices()];
        LinkAliases();
        Services.Sort(Service.CompareAge);
        AddKubeEndpoints();
        new EntryEndpoints(this, _own, _clusters).Add();
    }

    /// <summary>Version of istiod.</summary>
    public IstioProfile Profile => _mesh.Options.Profile;

    /// <summary>All services, oldest first.</summary>
    public List<Service> Services { get; }

    /// <summary>Clusters that are read, the own one first.</summary>
    public IReadOnlyList<KubeCluster> Clusters => _clusters;

    /// <summary>Endpoints of a host and namespace, shard after shard.</summary>
    public IEnumerable<IstioEndpoint> Endpoints(string host, string ns) =>
        _shards.TryGetValue((host, ns), out SortedDictionary<string, List<IstioEndpoint>>? shards)
            ? shards.Values.SelectMany(static l => l) : [];

    /// <summary>Whether a namespace of a cluster is visible.</summary>
    public bool IsDiscovered(KubeCluster cluster, string ns)
    {
        IReadOnlyList<DiscoverySelector> selectors = _own.Config.DiscoverySelectors;
        if (selectors.Count == 0)
        {
            return true;
        }

        ImmutableSortedDictionary<string, string> labels =
            cluster.Namespaces.TryGetValue(ns, out KubeNamespace? n) ? n.Labels : LabelSet.Empty;
        return selectors.Any(s =>
            LabelSet.SubsetOf(s.MatchLabels, labels) && s.Requirements.All(r => Holds(r, labels)));
    }

    /// <summary>Network of an address of a cluster.</summary>
    /// <remarks>Istio: pilot/pkg/serviceregistry/kube/controller/controller.go#Network.</remarks>
    public string NetworkOf(KubeCluster cluster, string address, string label)
    {
        if (label.Length > 0)
        {
            return label;
        }

        if (cluster.Network.Length > 0)
        {
            return cluster.Network;
        }

        IReadOnlyList<MeshNetwork> networks = _own.Config.Networks;
        MeshNetwork? byRegistry = networks.FirstOrDefault(n => n.FromRegistry.Contains(cluster.Name));
        if (byRegistry is not null)
        {
            return byRegistry.Name;
        }

        if (!IPAddress.TryParse(address, out IPAddress? ip))
        {
            return "";
        }

        return networks.FirstOrDefault(n => n.FromCidr.Any(
            c => IPNetwork.TryParse(c, out IPNetwork net) && net.Contains(ip)))?.Name ?? "";
    }

    /// <summary>Labels of a pod with its place.</summary>
    public ImmutableSortedDictionary<string, string> LabelsOf(KubeCluster cluster, Pod pod)
    {
        string network = NetworkOf(cluster, pod.Ips.Count > 0 ? pod.Ips[0] : "", pod.Network);
        if (!Placed.TryGetValue(pod, out PlacedLabels? placed) || placed.Network != network
            || placed.Cluster != cluster.Name)
        {
            placed = new PlacedLabels(cluster.Name, network, TopologyLabels.Augment(
                pod.Meta.Labels, cluster.Name, pod.Locality, pod.NodeName, network));
            Placed.AddOrUpdate(pod, placed);
        }

        return placed.Labels;
    }

    private sealed record PlacedLabels(
        string Cluster, string Network, ImmutableSortedDictionary<string, string> Labels);

    /// <summary>Identity of a service account.</summary>
    /// <remarks>From 1.29 a remote cluster's own trust domain counts for its pods.</remarks>
    public string Identity(KubeCluster cluster, string ns, string account) =>
        "spiffe://" + (_mesh.Options.Profile == IstioProfile.V1_22 ? _own : cluster).Config.TrustDomain
        + "/ns/" + ns + "/sa/" + account;

    /// <summary>Adds an endpoint to a shard.</summary>
    public void Add(string host, string ns, string shard, IstioEndpoint endpoint)
    {
        if (!_shards.TryGetValue((host, ns), out SortedDictionary<string, List<IstioEndpoint>>? shards))
        {
            _shards.Add((host, ns), shards = new SortedDictionary<string, List<IstioEndpoint>>(StringComparer.Ordinal));
        }

        if (!shards.TryGetValue(shard, out List<IstioEndpoint>? list))
        {
            shards.Add(shard, list = []);
        }

        list.Add(endpoint);
    }

    /// <summary>An endpoint that is a pod.</summary>
    public IstioEndpoint PodEndpoint(KubeCluster cluster, Pod pod, string address, int port, string portName) => new()
    {
        Address = address,
        Port = port,
        PortName = portName,
        Labels = LabelsOf(cluster, pod),
        Locality = Locality.Parse(pod.Locality),
        LocalityLabel = pod.Locality,
        Network = NetworkOf(cluster, address, pod.Network),
        Cluster = cluster.Name,
        ServiceAccount = Identity(cluster, pod.Meta.Namespace, pod.ServiceAccount),
        TlsMode = pod.Meta.Labels.GetValueOrDefault("security.istio.io/tlsMode", "disabled"),
        Namespace = pod.Meta.Namespace,
        Workload = WorkloadText(pod, cluster.Name),
        NodeName = pod.NodeName,
    };

    private static string WorkloadText(Pod pod, string cluster)
    {
        ImmutableSortedDictionary<string, string> l = pod.Meta.Labels;
        string canonical = l.GetValueOrDefault("service.istio.io/canonical-name")
            ?? l.GetValueOrDefault("app.kubernetes.io/name") ?? l.GetValueOrDefault("app") ?? pod.Workload;
        string revision = l.GetValueOrDefault("service.istio.io/canonical-revision")
            ?? l.GetValueOrDefault("app.kubernetes.io/version") ?? l.GetValueOrDefault("version") ?? "";
        return pod.Workload + ";" + pod.Meta.Namespace + ";" + canonical + ";"
            + (revision == "latest" ? "" : revision) + ";" + cluster;
    }

    private static bool Holds(LabelRequirement r, ImmutableSortedDictionary<string, string> labels)
    {
        bool present = labels.TryGetValue(r.Key, out string? value);
        return r.Operator switch
        {
            "In" => present && r.Values.Contains(value),
            "NotIn" => !present || !r.Values.Contains(value),
            "Exists" => present,
            "DoesNotExist" => !present,
            _ => false,
        };
    }

    private IEnumerable<Service> KubeServices()
    {
        var merged = new Dictionary<string, Service>(StringComparer.Ordinal);
        var order = new List<Service>();
        foreach (KubeCluster cluster in _clusters)
        {
            foreach (KubeService s in cluster.Services)
            {
                if (!IsDiscovered(cluster, s.Meta.Namespace))
                {
                    continue;
                }

                if (!merged.TryGetValue(s.Hostname, out Service? service))
                {
                    service = FromKube(cluster, s);
                    merged.Add(s.Hostname, service);
                    order.Add(service);
                }

                if (s.ClusterIps.Count > 0)
                {
                    service.Vips[cluster.Name] = s.ClusterIps;
                    if (service.DefaultAddress.Length == 0 && service.Origin == s.Meta.Origin)
                    {
                        service.DefaultAddress = s.ClusterIps[0];
                    }
                }

                foreach (string account in s.AnnotatedAccounts)
                {
                    service.AnnotatedAccounts.Add(account.StartsWith("ns/", StringComparison.Ordinal)
                        ? "spiffe://" + _own.Config.TrustDomain + "/" + account : account);
                }
            }
        }

        return order;
    }

    private Service FromKube(KubeCluster cluster, KubeService s) => new()
    {
        Hostname = s.Hostname,
        Namespace = s.Meta.Namespace,
        Name = s.Meta.Name,
        IsKubernetes = true,
        Resolution = s.ExternalName.Length > 0 ? Resolution.Alias
            : s.IsHeadless ? Resolution.Passthrough : Resolution.ClientSideLb,
        Ports = s.Ports,
        ExportTo = s.ExportTo,
        CreationTime = s.Meta.CreationTime,
        Origin = s.Meta.Origin,
        IsNodeLocal = s.IsNodeLocal,
        TrafficDistribution = Distribution(s.TrafficDistribution,
            cluster.Namespaces.GetValueOrDefault(s.Meta.Namespace)?.TrafficDistribution ?? ""),
        HasPersistentSession = s.HasPersistentSession,
        ExternalName = s.ExternalName,
    };

    private string Distribution(string own, string ns)
    {
        if (_mesh.Options.Profile == IstioProfile.V1_22)
        {
            return "";
        }

        string text = own.Length > 0 ? own : ns;
        return text switch
        {
            "PreferClose" or "PreferSameZone" => "PreferSameZone",
            "PreferSameNode" => "PreferSameNode",
            _ => "",
        };
    }

    private IEnumerable<Service> EntryServices()
    {
        bool isOld = _mesh.Options.Profile == IstioProfile.V1_22;
        IReadOnlyDictionary<(string Namespace, string Host), string> given = isOld
            ? AddressAllocation.Of(_own.ServiceEntries.Where(se => IsDiscovered(_own, se.Meta.Namespace)))
            : ImmutableDictionary<(string, string), string>.Empty;
        foreach (ServiceEntry se in _own.ServiceEntries)
        {
            if (!IsDiscovered(_own, se.Meta.Namespace))
            {
                continue;
            }

            string distribution = Distribution(
                se.Meta.Annotations.GetValueOrDefault("networking.istio.io/traffic-distribution", ""),
                _own.Namespaces.GetValueOrDefault(se.Meta.Namespace)?.TrafficDistribution ?? "");
            foreach (string host in se.Hosts)
            {
                yield return FromEntry(se, host, distribution, isOld
                    ? given.GetValueOrDefault((se.Meta.Namespace, host), "") : StatedAddress(se, host));
            }
        }
    }

    /// <summary>Address in the status of a ServiceEntry that states none itself.</summary>
    private static string StatedAddress(ServiceEntry se, string host) => se.Addresses.Count > 0 ? ""
        : se.AllocatedAddresses.Where(a => a.Host == host || a.Host.Length == 0)
            .Select(static a => a.Address).FirstOrDefault() ?? "";

    private static Service FromEntry(ServiceEntry se, string host, string distribution, string allocated)
    {
        IReadOnlyList<string> addresses = se.Addresses;
        return new Service
        {
            Hostname = host,
            Namespace = se.Meta.Namespace,
            Name = host,
            MeshExternal = se.MeshExternal,
            Resolution = se.Resolution,
            Ports = se.Ports,
            ExportTo = se.ExportTo,
            CreationTime = se.Meta.CreationTime,
            Origin = se.Meta.Origin,
            TrafficDistribution = distribution,
            SubjectAltNames = se.SubjectAltNames,
            AllocatedAddress = allocated,
            Vips = addresses.Count == 0 ? new(StringComparer.Ordinal)
                : new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { [""] = addresses },
        };
    }

    private void LinkAliases()
    {
        foreach (Service alias in Services.Where(static s => s.Resolution == Resolution.Alias))
        {
            Service? target = Services.FirstOrDefault(
                s => s.Hostname == alias.ExternalName && s.Resolution != Resolution.Alias);
            target?.Aliases.Add(alias.Hostname);
        }
    }

    /// <summary>Whether <see cref="Follow"/> can make a newer model of this one: endpoints come from services only, and
    /// no gateway depends on nodes.</summary>
    /// <param name="mesh">A model that differs in pods, nodes and endpoints only.</param>
    public bool CanFollow(MeshModel mesh) => _own.ServiceEntries.All(static e => e.WorkloadSelector is null)
        && _clusters.TrueForAll(c => c.WorkloadEntries.Count == 0
            && (ReferenceEquals(c.Nodes, mesh.Cluster(c.Name).Nodes)
                || c.Services.All(static s => s.GatewayNodeSelector is null)));

    /// <summary>Takes the endpoints of a newer model that differs in pods, nodes and endpoints only.</summary>
    /// <remarks>Lists of endpoints that are the same references as before are not read.</remarks>
    /// <param name="mesh">Model.</param>
    /// <returns>Host and namespace of the services whose endpoints differ, in order of clusters.</returns>
    public IReadOnlyList<(string Host, string Namespace)> Follow(MeshModel mesh)
    {
        List<KubeCluster> before = _clusters;
        _mesh = mesh;
        _own = mesh.Cluster(_own.Name);
        _clusters = ReadBy(_own, mesh);
        var changed = new List<(string Host, string Namespace)>();
        for (int i = 0; i < _clusters.Count; i++)
        {
            KubeCluster cluster = _clusters[i];
            if (ReferenceEquals(before[i].Endpoints, cluster.Endpoints))
            {
                continue;
            }

            foreach ((string key, IReadOnlyList<KubeEndpoint> list) in cluster.Endpoints)
            {
                if (!ReferenceEquals(before[i].Endpoints.GetValueOrDefault(key), list))
                {
                    Replace(cluster, key, list, changed);
                }
            }

            foreach (string key in before[i].Endpoints.Keys)
            {
                if (!cluster.Endpoints.ContainsKey(key))
                {
                    Replace(cluster, key, [], changed);
                }
            }
        }

        return changed;
    }

    private static List<KubeCluster> ReadBy(KubeCluster own, MeshModel mesh) =>
    [
        own, .. own.Reads.Where(r => r != own.Name && mesh.HasCluster(r)).Order(StringComparer.Ordinal)
            .Select(mesh.Cluster),
    ];

    private static string ShardOf(KubeCluster cluster) => "Kubernetes/" + cluster.Name;

    /// <summary>Replaces the endpoints of a service in one cluster.</summary>
    private void Replace(
        KubeCluster cluster, string key, IReadOnlyList<KubeEndpoint> list,
        List<(string Host, string Namespace)> changed)
    {
        if (!_kubeByName.TryGetValue(cluster.Name, out Dictionary<string, KubeService>? byName))
        {
            byName = cluster.Services.ToDictionary(static s => s.Meta.FullName, StringComparer.Ordinal);
            _kubeByName.Add(cluster.Name, byName);
        }

        if (!byName.TryGetValue(key, out KubeService? ks)
            || !_kubeByHost.TryGetValue(ks.Hostname, out Service? service))
        {
            return;
        }

        (string Host, string Namespace) name = (ks.Hostname, ks.Meta.Namespace);
        List<IstioEndpoint> before = [];
        if (_shards.TryGetValue(name, out SortedDictionary<string, List<IstioEndpoint>>? shards)
            && shards.Remove(ShardOf(cluster), out List<IstioEndpoint>? held))
        {
            before = held;
        }

        AddKubeEndpoints(cluster, ks, service, list);
        IEnumerable<IstioEndpoint> after = _shards.TryGetValue(name, out shards)
            ? shards.GetValueOrDefault(ShardOf(cluster)) ?? [] : [];
        if (!EndpointChange.Same(before, after) && !changed.Contains(name))
        {
            changed.Add(name);
        }
    }

    private void AddKubeEndpoints()
    {
        foreach (Service s in Services.Where(static s => s.IsKubernetes))
        {
            _kubeByHost[s.Hostname] = s;
        }

        foreach (KubeCluster cluster in _clusters)
        {
            foreach (KubeService ks in cluster.Services)
            {
                if (_kubeByHost.TryGetValue(ks.Hostname, out Service? service)
                    && cluster.Endpoints.TryGetValue(ks.Meta.FullName, out IReadOnlyList<KubeEndpoint>? list))
                {
                    AddKubeEndpoints(cluster, ks, service, list);
                }
            }
        }
    }

    private void AddKubeEndpoints(
        KubeCluster cluster, KubeService ks, Service service, IReadOnlyList<KubeEndpoint> list)
    {
        foreach (KubeEndpoint e in list)
        {
            EndpointHealth health = e.Pod?.Meta.Labels.GetValueOrDefault("istio.io/draining") == "true"
                && _mesh.Options.Profile != IstioProfile.V1_22
                ? EndpointHealth.Draining : HealthOf(e, ks.HasPersistentSession);
            bool sendUnhealthy = _mesh.Options.SendUnhealthyEndpoints || service.TrafficDistribution.Length > 0
                || _mesh.Options.Profile == IstioProfile.V1_31;
            IstioEndpoint basis = e.Pod is not null
                ? PodEndpoint(cluster, e.Pod, e.Address, e.Port, e.PortName)
                : PlainEndpoint(cluster, ks, e);
            Add(ks.Hostname, ks.Meta.Namespace, ShardOf(cluster), new IstioEndpoint
            {
                Address = basis.Address, Port = basis.Port, PortName = basis.PortName, Labels = basis.Labels,
                Locality = basis.Locality, LocalityLabel = basis.LocalityLabel, Network = basis.Network,
                Cluster = basis.Cluster, ServiceAccount = basis.ServiceAccount, TlsMode = basis.TlsMode,
                Namespace = basis.Namespace, Workload = basis.Workload, NodeName = basis.NodeName,
                Health = health, SendUnhealthy = sendUnhealthy, Hostname = e.Hostname,
            });
        }
    }

    private IstioEndpoint PlainEndpoint(KubeCluster cluster, KubeService ks, KubeEndpoint e)
    {
        string network = NetworkOf(cluster, e.Address, "");
        return new IstioEndpoint
        {
            Address = e.Address, Port = e.Port, PortName = e.PortName,
            Labels = TopologyLabels.Augment(LabelSet.Empty, cluster.Name, "", "", network),
            Network = network, Cluster = cluster.Name, TlsMode = "disabled", Namespace = ks.Meta.Namespace,
        };
    }

    /// <summary>Health from the conditions of an EndpointSlice.</summary>
    /// <remarks>Istio: pilot/pkg/serviceregistry/kube/controller/endpointslice.go#endpointHealthStatus.</remarks>
    private EndpointHealth HealthOf(KubeEndpoint e, bool persistentSession)
    {
        if (e.Ready ?? true)
        {
            return EndpointHealth.Healthy;
        }

        if (persistentSession && (e.Serving ?? true) && (e.Terminating ?? false))
        {
            return EndpointHealth.Draining;
        }

        return _mesh.Options.Profile != IstioProfile.V1_22 && (e.Terminating ?? true)
            ? EndpointHealth.Terminating : EndpointHealth.UnHealthy;
    }
}
