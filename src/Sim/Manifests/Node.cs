using Sim.Core;

namespace Sim.Manifests;

/// <summary>A Kubernetes node; its labels carry region and zone.</summary>
/// <param name="Header">Kind, metadata and place.</param>
/// <param name="Spec">What was asked for.</param>
/// <param name="Status">What the cluster reports.</param>
[OtherFields("")]
public sealed record Node(
    ObjectHeader Header, NodeSpec? Spec, NodeStatus? Status)
    : KubeObject(Header);

/// <summary>Settings of a node.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="PodCidr">Address range of the pods.</param>
/// <param name="PodCidrs">Address ranges of the pods.</param>
/// <param name="ProviderID">Identifier at the provider.</param>
/// <param name="Unschedulable">True while cordoned.</param>
/// <param name="Taints">Taints.</param>
[OtherFields("externalID configSource")]
public sealed record NodeSpec(
    SourceSpan Span, [Field("podCIDR")] Spanned<string>? PodCidr,
    [Field("podCIDRs")] IReadOnlyList<Spanned<string>> PodCidrs, Spanned<string>? ProviderID,
    Spanned<bool>? Unschedulable, YamlNode? Taints);

/// <summary>State of a node.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Addresses">Addresses.</param>
/// <param name="Conditions">Conditions such as Ready.</param>
public sealed record NodeStatus(
    SourceSpan Span, IReadOnlyList<NodeAddress> Addresses, IReadOnlyList<StatusCondition> Conditions);

/// <summary>One address of a node.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Type">InternalIP, ExternalIP, Hostname ...</param>
/// <param name="Address">The address.</param>
[OtherFields("")]
public sealed record NodeAddress(
    SourceSpan Span, Spanned<string>? Type, Spanned<string>? Address);

/// <summary>One condition of a pod, node or workload.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Type">Name of the condition, such as Ready.</param>
/// <param name="Status">True, False or Unknown.</param>
/// <param name="Reason">One word why.</param>
/// <param name="Message">A sentence why.</param>
/// <param name="LastTransitionTime">RFC 3339 time of the last change.</param>
public sealed record StatusCondition(
    SourceSpan Span, Spanned<string>? Type, Spanned<string>? Status, Spanned<string>? Reason, Spanned<string>? Message,
    Spanned<string>? LastTransitionTime);
