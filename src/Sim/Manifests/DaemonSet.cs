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
[OtherFields("updateStrategy revisionHistoryLimit")]
public sealed record DaemonSetSpec(
    SourceSpan Span, LabelSelector? Selector, PodTemplateSpec? Template, Spanned<long>? MinReadySeconds);
