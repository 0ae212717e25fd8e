using Sim.Core;

namespace Sim.Manifests;

/// <summary>Pods with stable names.</summary>
/// <param name="Header">Kind, metadata and place.</param>
/// <param name="Spec">What was asked for.</param>
[OtherFields("status")]
public sealed record StatefulSet(
    ObjectHeader Header, StatefulSetSpec? Spec)
    : KubeObject(Header);

/// <summary>What a StatefulSet asks for.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Replicas">Number of pods, default 1.</param>
/// <param name="Selector">Which pods belong to it.</param>
/// <param name="Template">What its pods are made from.</param>
/// <param name="ServiceName">Headless service that names the pods.</param>
/// <param name="PodManagementPolicy">OrderedReady (default) or Parallel.</param>
/// <param name="MinReadySeconds">Seconds a pod must be ready before it counts as available.</param>
[OtherFields(
    "volumeClaimTemplates revisionHistoryLimit persistentVolumeClaimRetentionPolicy ordinals " +
    "updateStrategy")]
public sealed record StatefulSetSpec(
    SourceSpan Span, Spanned<long>? Replicas, LabelSelector? Selector, PodTemplateSpec? Template,
    Spanned<string>? ServiceName, Spanned<string>? PodManagementPolicy, Spanned<long>? MinReadySeconds);
