using Sim.Core;

namespace Sim.Manifests;

/// <summary>Addresses behind a Service, as the cluster found them.</summary>
/// <param name="Header">Kind, metadata and place.</param>
/// <param name="AddressType">IPv4, IPv6 or FQDN.</param>
/// <param name="Endpoints">Addresses.</param>
/// <param name="Ports">Ports at every address.</param>
[OtherFields("")]
public sealed record EndpointSlice(
    ObjectHeader Header, Spanned<string>? AddressType, IReadOnlyList<Endpoint> Endpoints,
    IReadOnlyList<EndpointPort> Ports)
    : KubeObject(Header);

/// <summary>One address of an EndpointSlice.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Addresses">Addresses; the first one counts.</param>
/// <param name="Conditions">State.</param>
/// <param name="Hostname">Host name.</param>
/// <param name="TargetRef">The pod.</param>
/// <param name="NodeName">Its node.</param>
/// <param name="Zone">Its zone.</param>
[OtherFields("deprecatedTopology hints")]
public sealed record Endpoint(
    SourceSpan Span, IReadOnlyList<Spanned<string>> Addresses, EndpointConditions? Conditions,
    Spanned<string>? Hostname, ObjectReference? TargetRef, Spanned<string>? NodeName, Spanned<string>? Zone);

/// <summary>State of an endpoint.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Ready">True (default) when it may receive traffic.</param>
/// <param name="Serving">True when it could serve, also while terminating.</param>
/// <param name="Terminating">True while its pod is being deleted.</param>
[OtherFields("")]
public sealed record EndpointConditions(
    SourceSpan Span, Spanned<bool>? Ready, Spanned<bool>? Serving, Spanned<bool>? Terminating);

/// <summary>One port of an EndpointSlice.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Name">Name of the service port.</param>
/// <param name="Protocol">TCP (default), UDP or SCTP.</param>
/// <param name="Port">Port at the address.</param>
/// <param name="AppProtocol">Application protocol.</param>
[OtherFields("")]
public sealed record EndpointPort(
    SourceSpan Span, Spanned<string>? Name, Spanned<string>? Protocol, Spanned<long>? Port,
    Spanned<string>? AppProtocol);

/// <summary>Names another object.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Kind">Kind.</param>
/// <param name="Namespace">Namespace.</param>
/// <param name="Name">Name.</param>
/// <param name="ApiVersion">API version.</param>
[OtherFields("uid resourceVersion fieldPath")]
public sealed record ObjectReference(
    SourceSpan Span, Spanned<string>? Kind, Spanned<string>? Namespace, Spanned<string>? Name,
    Spanned<string>? ApiVersion);
