using Sim.Core;

namespace Sim.Manifests;

/// <summary>A Kubernetes service.</summary>
/// <param name="Header">Kind, metadata and place.</param>
/// <param name="Spec">What was asked for.</param>
/// <param name="Status">Addresses of its load balancer.</param>
[OtherFields("")]
public sealed record Service(
    ObjectHeader Header, ServiceSpec? Spec, ServiceStatus? Status)
    : KubeObject(Header);

/// <summary>What a Service asks for.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Ports">Ports.</param>
/// <param name="Selector">Labels of the pods behind it; none = no endpoints of its own.</param>
/// <param name="ClusterIP">Virtual address; None = headless.</param>
/// <param name="ClusterIPs">Virtual addresses.</param>
/// <param name="Type">ClusterIP (default), NodePort, LoadBalancer or ExternalName.</param>
/// <param name="ExternalIPs">Further addresses that lead to it.</param>
/// <param name="SessionAffinity">None (default) or ClientIP.</param>
/// <param name="LoadBalancerIP">Asked-for address of the load balancer.</param>
/// <param name="LoadBalancerClass">Implementation of the load balancer.</param>
/// <param name="ExternalName">DNS name of an ExternalName service.</param>
/// <param name="ExternalTrafficPolicy">Cluster (default) or Local.</param>
/// <param name="InternalTrafficPolicy">Cluster (default) or Local.</param>
/// <param name="TrafficDistribution">PreferClose, PreferSameZone or PreferSameNode.</param>
/// <param name="PublishNotReadyAddresses">True when pods receive traffic before they are ready.</param>
[OtherFields(
    "loadBalancerSourceRanges healthCheckNodePort sessionAffinityConfig ipFamilies ipFamilyPolicy " +
    "allocateLoadBalancerNodePorts")]
public sealed record ServiceSpec(
    SourceSpan Span, IReadOnlyList<ServicePort> Ports, SpannedMap<Spanned<string>> Selector, Spanned<string>? ClusterIP,
    IReadOnlyList<Spanned<string>> ClusterIPs, Spanned<string>? Type, IReadOnlyList<Spanned<string>> ExternalIPs,
    Spanned<string>? SessionAffinity, Spanned<string>? LoadBalancerIP, Spanned<string>? LoadBalancerClass,
    Spanned<string>? ExternalName, Spanned<string>? ExternalTrafficPolicy, Spanned<string>? InternalTrafficPolicy,
    Spanned<string>? TrafficDistribution, Spanned<bool>? PublishNotReadyAddresses);

/// <summary>One port of a Service.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Name">Name; its prefix may declare the protocol.</param>
/// <param name="Protocol">TCP (default), UDP or SCTP.</param>
/// <param name="AppProtocol">Application protocol; beats the name.</param>
/// <param name="Port">Port of the service, 1..65535.</param>
/// <param name="TargetPort">Port of the pod, number or name; default the port.</param>
/// <param name="NodePort">Port on every node.</param>
[OtherFields("")]
public sealed record ServicePort(
    SourceSpan Span, Spanned<string>? Name, Spanned<string>? Protocol, Spanned<string>? AppProtocol,
    Spanned<long>? Port, Spanned<IntOrString>? TargetPort, Spanned<long>? NodePort);

/// <summary>State of a Service.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="LoadBalancer">Its load balancer.</param>
[OtherFields("conditions")]
public sealed record ServiceStatus(
    SourceSpan Span, LoadBalancerStatus? LoadBalancer);

/// <summary>State of a load balancer.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Ingress">Where traffic enters.</param>
[OtherFields("")]
public sealed record LoadBalancerStatus(
    SourceSpan Span, IReadOnlyList<LoadBalancerIngress> Ingress);

/// <summary>One entry of a load balancer.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Ip">Address.</param>
/// <param name="Hostname">DNS name.</param>
[OtherFields("ipMode ports")]
public sealed record LoadBalancerIngress(
    SourceSpan Span, Spanned<string>? Ip, Spanned<string>? Hostname);
