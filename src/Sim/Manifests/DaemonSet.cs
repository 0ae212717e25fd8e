using Sim.Core;

namespace Sim.Manifests;

/// <summary>One pod per node.</summary>
/// <param name="Header">Kind, metadata and place.</param>
/// <param name="Spec">What was asked for.</param>
[OtherFields("status")]
public sealed record DaemonSet(
    ObjectHeader Header, DaemonSetSpec? Spec)
    : KubeObject(Header);

/// <summary>What a DaemonSet asks for.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Selector">Which pods belong to it.</param>
/// <param name="Template">What its pods are made from.</param>
/// <param name="MinReadySeconds">Seconds a pod must be ready before it counts as available.</param>
/// <param name="UpdateStrategy">How pods are replaced.</param>
[OtherFields("revisionHistoryLimit")]
public sealed record DaemonSetSpec(
    SourceSpan Span, LabelSelector? Selector, PodTemplateSpec? Template, Spanned<long>? MinReadySeconds,
    DaemonSetUpdateStrategy? UpdateStrategy);

/// <summary>How the pods of a DaemonSet are replaced.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Type">RollingUpdate (default) or OnDelete.</param>
/// <param name="RollingUpdate">Bounds of a rolling update; MaxUnavailable is 1 by default, MaxSurge 0.</param>
[OtherFields("")]
public sealed record DaemonSetUpdateStrategy(
    SourceSpan Span, Spanned<string>? Type, RollingUpdate? RollingUpdate);
