using System.Collections.Immutable;

namespace Sim.Mesh;

/// <summary>A running pod.</summary>
public sealed record Pod
{
    /// <summary>Name, age, place, labels.</summary>
    public required ConfigMeta Meta { get; init; }

    /// <summary>Addresses; empty before it has one.</summary>
    public IReadOnlyList<string> Ips { get; init; } = [];

    /// <summary>Node; empty before it is placed.</summary>
    public string NodeName { get; init; } = "";

    /// <summary>Locality text; empty = unknown.</summary>
    public string Locality { get; init; } = "";

    /// <summary>Network; empty = not stated.</summary>
    public string Network { get; init; } = "";

    /// <summary>Service account.</summary>
    public string ServiceAccount { get; init; } = "default";

    /// <summary>Name of the workload it belongs to.</summary>
    public string Workload { get; init; } = "";

    /// <summary>Has a proxy.</summary>
    public bool HasProxy { get; init; }

    /// <summary>Ready condition.</summary>
    public bool IsReady { get; init; } = true;

    /// <summary>Being deleted.</summary>
    public bool IsTerminating { get; init; }

    /// <summary>In an ended phase: not a workload any more.</summary>
    public bool IsEnded { get; init; }

    /// <summary>Container ports (name, number, protocol).</summary>
    public IReadOnlyList<(string Name, int Port, string Protocol)> ContainerPorts { get; init; } = [];

    /// <summary>Environment of the proxy container that begins with ISTIO_META_, without that prefix.</summary>
    public ImmutableSortedDictionary<string, string> ProxyMetadata { get; init; } = LabelSet.Empty;
}

/// <summary>A Kubernetes service of one cluster.</summary>
public sealed record KubeService
{
    /// <summary>Name, age, place, labels.</summary>
    public required ConfigMeta Meta { get; init; }

    /// <summary>Host name.</summary>
    public required string Hostname { get; init; }

    /// <summary>Ports in order.</summary>
    public IReadOnlyList<ServicePort> Ports { get; init; } = [];

    /// <summary>Virtual addresses; empty when headless.</summary>
    public IReadOnlyList<string> ClusterIps { get; init; } = [];

    /// <summary>Without virtual address.</summary>
    public bool IsHeadless { get; init; }

    /// <summary>DNS name of an ExternalName service; empty otherwise.</summary>
    public string ExternalName { get; init; } = "";

    /// <summary>Labels of its pods; empty = none are selected.</summary>
    public ImmutableSortedDictionary<string, string> Selector { get; init; } = LabelSet.Empty;

    /// <summary>Visibility; empty = the mesh default.</summary>
    public IReadOnlyList<string> ExportTo { get; init; } = [];

    /// <summary>Calls stay on the node.</summary>
    public bool IsNodeLocal { get; init; }

    /// <summary>Traffic distribution as written on the service: field, else annotation; empty = not stated.</summary>
    public string TrafficDistribution { get; init; } = "";

    /// <summary>Carries the label of persistent sessions.</summary>
    public bool HasPersistentSession { get; init; }

    /// <summary>Addresses and names of its load balancer, and external addresses.</summary>
    public IReadOnlyList<string> ExternalAddresses { get; init; } = [];

    /// <summary>Node selector of a node-port gateway; null = none.</summary>
    public ImmutableSortedDictionary<string, string>? GatewayNodeSelector { get; init; }

    /// <summary>Service accounts stated by annotation, complete identities without trust domain when from
    /// Kubernetes.</summary>
    public IReadOnlyList<string> AnnotatedAccounts { get; init; } = [];
}

/// <summary>One address of a service at one port, as the cluster reports it.</summary>
public sealed record KubeEndpoint
{
    /// <summary>Address.</summary>
    public required string Address { get; init; }

    /// <summary>Port.</summary>
    public required int Port { get; init; }

    /// <summary>Name of the service port.</summary>
    public required string PortName { get; init; }

    /// <summary>Ready condition; null = not stated.</summary>
    public bool? Ready { get; init; }

    /// <summary>Serving condition; null = not stated.</summary>
    public bool? Serving { get; init; }

    /// <summary>Terminating condition; null = not stated.</summary>
    public bool? Terminating { get; init; }

    /// <summary>Host name; empty = none.</summary>
    public string Hostname { get; init; } = "";

    /// <summary>The pod; null = none known.</summary>
    public Pod? Pod { get; init; }

    /// <summary>The WorkloadEntry that the service selects; null = a pod or a plain address.</summary>
    public WorkloadEntry? WorkloadEntry { get; init; }
}

/// <summary>A namespace of one cluster.</summary>
/// <param name="Name">Name.</param>
/// <param name="Labels">Labels.</param>
/// <param name="TrafficDistribution">Annotation; empty = none.</param>
public sealed record KubeNamespace(
    string Name, ImmutableSortedDictionary<string, string> Labels, string TrafficDistribution);

/// <summary>A node of one cluster.</summary>
/// <param name="Name">Name.</param>
/// <param name="Labels">Labels.</param>
/// <param name="ExternalIps">External addresses.</param>
public sealed record KubeNode(
    string Name, ImmutableSortedDictionary<string, string> Labels, IReadOnlyList<string> ExternalIps);

/// <summary>One Kubernetes cluster and its istiod.</summary>
public sealed record KubeCluster
{
    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Label topology.istio.io/network of the system namespace, or the stated network; empty = none.</summary>
    public string Network { get; init; } = "";

    /// <summary>Cluster whose istiod serves its proxies: itself, or the primary of a remote cluster.</summary>
    public string ControlPlane { get; init; } = "";

    /// <summary>Clusters whose API server its istiod reads, itself first.</summary>
    public IReadOnlyList<string> Reads { get; init; } = [];

    /// <summary>Root of trust of its certificates; clusters of one root trust each other.</summary>
    public string TrustRoot { get; init; } = "";

    /// <summary>Settings of its istiod.</summary>
    public MeshConfig Config { get; init; } = MeshConfig.Default;

    /// <summary>Namespaces by name.</summary>
    public ImmutableSortedDictionary<string, KubeNamespace> Namespaces { get; init; } =
        ImmutableSortedDictionary.Create<string, KubeNamespace>(StringComparer.Ordinal);

    /// <summary>Nodes by name.</summary>
    public ImmutableSortedDictionary<string, KubeNode> Nodes { get; init; } =
        ImmutableSortedDictionary.Create<string, KubeNode>(StringComparer.Ordinal);

    /// <summary>Pods by <c>namespace/name</c>.</summary>
    public ImmutableSortedDictionary<string, Pod> Pods { get; init; } =
        ImmutableSortedDictionary.Create<string, Pod>(StringComparer.Ordinal);

    /// <summary>Services, oldest first.</summary>
    public IReadOnlyList<KubeService> Services { get; init; } = [];

    /// <summary>Addresses by <c>namespace/service</c>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<KubeEndpoint>> Endpoints { get; init; } =
        ImmutableSortedDictionary<string, IReadOnlyList<KubeEndpoint>>.Empty;

    /// <summary>WorkloadEntries.</summary>
    public IReadOnlyList<WorkloadEntry> WorkloadEntries { get; init; } = [];

    /// <summary>ServiceEntries, oldest first.</summary>
    public IReadOnlyList<ServiceEntry> ServiceEntries { get; init; } = [];

    /// <summary>DestinationRules, oldest first.</summary>
    public IReadOnlyList<DestinationRule> DestinationRules { get; init; } = [];

    /// <summary>VirtualServices, oldest first.</summary>
    public IReadOnlyList<VirtualService> VirtualServices { get; init; } = [];

    /// <summary>Sidecars, oldest first.</summary>
    public IReadOnlyList<Sidecar> Sidecars { get; init; } = [];

    /// <summary>Gateways, oldest first.</summary>
    public IReadOnlyList<Gateway> Gateways { get; init; } = [];

    /// <summary>PeerAuthentications, oldest first.</summary>
    public IReadOnlyList<PeerAuthentication> PeerAuthentications { get; init; } = [];

    /// <summary>AuthorizationPolicies, oldest first.</summary>
    public IReadOnlyList<AuthorizationPolicy> AuthorizationPolicies { get; init; } = [];

    /// <summary>RequestAuthentications, oldest first.</summary>
    public IReadOnlyList<RequestAuthentication> RequestAuthentications { get; init; } = [];
}

/// <summary>All clusters, resolved. Immutable; a change makes a new model that shares what did not change.</summary>
/// <param name="Options">How it was read.</param>
/// <param name="Clusters">Clusters in the order given.</param>
public sealed record MeshModel(MeshOptions Options, IReadOnlyList<KubeCluster> Clusters)
{
    /// <summary>A cluster by name.</summary>
    public KubeCluster Cluster(string name)
    {
        foreach (KubeCluster c in Clusters)
        {
            if (c.Name == name)
            {
                return c;
            }
        }

        throw new ArgumentException("no cluster named " + name, nameof(name));
    }

    /// <summary>Whether a cluster of that name exists.</summary>
    public bool HasCluster(string name) => Clusters.Any(c => c.Name == name);
}
