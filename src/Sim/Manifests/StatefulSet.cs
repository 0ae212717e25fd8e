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
/// <param name="UpdateStrategy">How pods are replaced.</param>
/// <param name="Ordinals">Numbers of the pods.</param>
[OtherFields("volumeClaimTemplates revisionHistoryLimit persistentVolumeClaimRetentionPolicy")]
public sealed record StatefulSetSpec(
    SourceSpan Span, Spanned<long>? Replicas, LabelSelector? Selector, PodTemplateSpec? Template,
    Spanned<string>? ServiceName, Spanned<string>? PodManagementPolicy, Spanned<long>? MinReadySeconds,
    StatefulSetUpdateStrategy? UpdateStrategy, StatefulSetOrdinals? Ordinals);

/// <summary>How the pods of a StatefulSet are replaced.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Type">RollingUpdate (default): the highest number first, one after the other; OnDelete.</param>
/// <param name="RollingUpdate">Bounds of a rolling update.</param>
[OtherFields("")]
public sealed record StatefulSetUpdateStrategy(
    SourceSpan Span, Spanned<string>? Type, StatefulSetRollingUpdate? RollingUpdate);

/// <summary>Bounds of a rolling update of a StatefulSet.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Partition">Pods with lower numbers are left as they are, default 0.</param>
/// <param name="MaxUnavailable">Pods that may be missing, number or percentage, default 1 (alpha).</param>
[OtherFields("")]
public sealed record StatefulSetRollingUpdate(
    SourceSpan Span, Spanned<long>? Partition, Spanned<IntOrString>? MaxUnavailable);

/// <summary>Numbers of the pods of a StatefulSet.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Start">First number, default 0.</param>
[OtherFields("")]
public sealed record StatefulSetOrdinals(SourceSpan Span, Spanned<long>? Start);
