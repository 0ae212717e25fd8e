using Sim.Core;

namespace Sim.Manifests;

/// <summary>A set of equal pods, usually owned by a Deployment.</summary>
/// <param name="Header">Kind, metadata and place.</param>
/// <param name="Spec">What was asked for.</param>
[OtherFields("status")]
public sealed record ReplicaSet(
    ObjectHeader Header, ReplicaSetSpec? Spec)
    : KubeObject(Header);

/// <summary>What a ReplicaSet asks for.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Replicas">Number of pods, default 1.</param>
/// <param name="MinReadySeconds">Seconds a pod must be ready before it counts as available.</param>
/// <param name="Selector">Which pods belong to it.</param>
/// <param name="Template">What its pods are made from.</param>
[OtherFields("")]
public sealed record ReplicaSetSpec(
    SourceSpan Span, Spanned<long>? Replicas, Spanned<long>? MinReadySeconds, LabelSelector? Selector,
    PodTemplateSpec? Template);
