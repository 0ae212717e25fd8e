using Sim.Core;
using Sim.Manifests;

namespace Sim.Runs.Scenario;

/// <summary>Where a cluster's configuration comes from.</summary>
public enum ControlPlaneMode
{
    /// <summary>Its own istiod.</summary>
    Primary,

    /// <summary>Another cluster's istiod.</summary>
    Remote,

    /// <summary>No istiod: no sidecar is injected, no webhook refuses anything.</summary>
    None,
}

/// <summary>One Kubernetes cluster. Its name is its kubectl context.</summary>
public sealed record ClusterSpec
{
    /// <summary>Name = kubectl context = Istio cluster id.</summary>
    public required Sourced<string> Name { get; init; }

    /// <summary>Files and folders with manifests, relative to the scenario's folder, in the order they are applied.
    /// </summary>
    public IReadOnlyList<Sourced<string>> Manifests { get; init; } = [];

    /// <summary>Region of the nodes that the scenario makes; empty = nodes carry no locality labels.</summary>
    public Sourced<string> Region { get; init; } = Sourced.None<string>();

    /// <summary>Zones of the nodes that the scenario makes: one node each; empty = one node without zone.</summary>
    public IReadOnlyList<Sourced<string>> Zones { get; init; } = [];

    /// <summary>Network; empty = the flat default network.</summary>
    public Sourced<string> Network { get; init; } = Sourced.None<string>();

    /// <summary>Kind of control plane.</summary>
    public Sourced<ControlPlaneMode> ControlPlane { get; init; } = Sourced.None<ControlPlaneMode>();

    /// <summary>Cluster whose istiod serves a remote cluster; empty for the others.</summary>
    public Sourced<string> ControlPlaneOf { get; init; } = Sourced.None<string>();

    /// <summary>Trust domain.</summary>
    public Sourced<string> TrustDomain { get; init; } = Sourced.None<string>();

    /// <summary>Name of the root that signs this cluster's certificates: clusters with the same root trust each
    /// other's.</summary>
    public Sourced<string> TrustRoot { get; init; } = Sourced.None<string>();

    /// <summary>East-west gateway, or null.</summary>
    public EastWestGatewaySpec? EastWestGateway { get; init; }

    /// <summary>Ingress gateway, or null.</summary>
    public IngressGatewaySpec? IngressGateway { get; init; }

    /// <summary>Clusters whose API servers this istiod reads besides its own.</summary>
    public IReadOnlyList<Sourced<string>> RemoteSecrets { get; init; } = [];

    /// <summary>Mesh configuration as istiod's ConfigMap has it, or null.</summary>
    public YamlMapping? MeshConfig { get; init; }

    /// <summary>Addresses of the pods, IPv4 CIDR.</summary>
    public Sourced<string> PodSubnet { get; init; } = Sourced.None<string>();

    /// <summary>Addresses of the services, IPv4 CIDR.</summary>
    public Sourced<string> ServiceSubnet { get; init; } = Sourced.None<string>();

    /// <summary>Where the cluster is declared.</summary>
    public SourceSpan Span { get; init; }
}

/// <summary>An east-west gateway.</summary>
/// <param name="Replicas">Gateway pods.</param>
/// <param name="Addresses">Addresses under which other networks reach it.</param>
/// <param name="Span">Where it is declared.</param>
public sealed record EastWestGatewaySpec(Sourced<int> Replicas, Sourced<int> Addresses, SourceSpan Span);

/// <summary>An ingress gateway.</summary>
/// <param name="Replicas">Gateway pods.</param>
/// <param name="Span">Where it is declared.</param>
public sealed record IngressGatewaySpec(Sourced<int> Replicas, SourceSpan Span);
