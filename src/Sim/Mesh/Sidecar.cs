using System.Collections.Immutable;

namespace Sim.Mesh;

/// <summary>Traffic to unknown hosts.</summary>
public enum OutboundTrafficPolicy
{
    /// <summary>Passed through to the address asked for.</summary>
    AllowAny,

    /// <summary>Refused.</summary>
    RegistryOnly,
}

/// <summary>An ingress entry of a Sidecar.</summary>
/// <param name="Port">Port.</param>
/// <param name="Bind">Address; empty = the pod's.</param>
/// <param name="DefaultEndpoint">Where to; empty = the pod.</param>
/// <param name="ConnectionPool">Limits; null = none.</param>
/// <param name="HasTls">A TLS block ends TLS here.</param>
public sealed record SidecarIngress(
    ServicePort Port, string Bind, string DefaultEndpoint, ConnectionPoolSettings? ConnectionPool, bool HasTls);

/// <summary>An egress entry of a Sidecar.</summary>
/// <param name="Port">Port; null = all ports.</param>
/// <param name="Bind">Address; empty = by port.</param>
/// <param name="CaptureModeNone">Traffic is not captured: the caller connects to the bind address.</param>
/// <param name="Hosts">Imported hosts, <c>namespace/host</c>.</param>
public sealed record SidecarEgress(ServicePort? Port, string Bind, bool CaptureModeNone, IReadOnlyList<string> Hosts);

/// <summary>What a workload imports and opens.</summary>
public sealed record Sidecar
{
    /// <summary>Name, age, place.</summary>
    public required ConfigMeta Meta { get; init; }

    /// <summary>Labels of the workloads; null = the whole namespace.</summary>
    public ImmutableSortedDictionary<string, string>? WorkloadSelector { get; init; }

    /// <summary>Ingress entries.</summary>
    public IReadOnlyList<SidecarIngress> Ingress { get; init; } = [];

    /// <summary>Egress entries; empty = everything.</summary>
    public IReadOnlyList<SidecarEgress> Egress { get; init; } = [];

    /// <summary>Limits of all inbound ports; null = none.</summary>
    public ConnectionPoolSettings? InboundConnectionPool { get; init; }

    /// <summary>Traffic to unknown hosts; null = the mesh's.</summary>
    public OutboundTrafficPolicy? OutboundTrafficPolicy { get; init; }
}
