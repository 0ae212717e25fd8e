using Sim.Core;

namespace Sim.Manifests;

/// <summary>A service that Kubernetes does not know.</summary>
/// <param name="Header">Kind, metadata and place.</param>
/// <param name="Spec">The service.</param>
public sealed record ServiceEntry(
    ObjectHeader Header, ServiceEntrySpec? Spec)
    : KubeObject(Header);

/// <summary>Body of a ServiceEntry.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Hosts">Host names.</param>
/// <param name="Addresses">Virtual addresses or ranges.</param>
/// <param name="Ports">Ports.</param>
/// <param name="Location">MESH_EXTERNAL (default) or MESH_INTERNAL.</param>
/// <param name="Resolution">NONE (default), STATIC, DNS, DNS_ROUND_ROBIN, DYNAMIC_DNS.</param>
/// <param name="Endpoints">Addresses behind it.</param>
/// <param name="WorkloadSelector">Pods and WorkloadEntries behind it.</param>
/// <param name="ExportTo">Namespaces that see it.</param>
/// <param name="SubjectAltNames">Names the server's certificate may carry.</param>
public sealed record ServiceEntrySpec(
    SourceSpan Span, IReadOnlyList<Spanned<string>> Hosts, IReadOnlyList<Spanned<string>> Addresses,
    IReadOnlyList<ServiceEntryPort> Ports, Spanned<string>? Location, Spanned<string>? Resolution,
    IReadOnlyList<WorkloadEntrySpec> Endpoints, WorkloadSelector? WorkloadSelector,
    IReadOnlyList<Spanned<string>> ExportTo, IReadOnlyList<Spanned<string>> SubjectAltNames);

/// <summary>One port of a ServiceEntry.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Number">Port, 1..65535.</param>
/// <param name="Protocol">HTTP, HTTPS, GRPC, HTTP2, MONGO, TCP or TLS.</param>
/// <param name="Name">Name, unique in the entry.</param>
/// <param name="TargetPort">Port at the endpoints, default the number.</param>
public sealed record ServiceEntryPort(
    SourceSpan Span, Spanned<long>? Number, Spanned<string>? Protocol, Spanned<string>? Name,
    Spanned<long>? TargetPort);

/// <summary>Selects workloads by labels written under labels.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Labels">Labels that must be equal.</param>
public sealed record WorkloadSelector(
    SourceSpan Span, SpannedMap<Spanned<string>> Labels);

/// <summary>One endpoint outside Kubernetes, or one inside a ServiceEntry.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Address">Address, host name or unix socket.</param>
/// <param name="Ports">Port of each service port, by its name.</param>
/// <param name="Labels">Labels.</param>
/// <param name="Network">Network.</param>
/// <param name="Locality">region/zone/subzone.</param>
/// <param name="Weight">Weight of the endpoint.</param>
/// <param name="ServiceAccount">Identity, for mutual TLS.</param>
public sealed record WorkloadEntrySpec(
    SourceSpan Span, Spanned<string>? Address, SpannedMap<Spanned<long>> Ports, SpannedMap<Spanned<string>> Labels,
    Spanned<string>? Network, Spanned<string>? Locality, Spanned<long>? Weight, Spanned<string>? ServiceAccount);
