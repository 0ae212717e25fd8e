using Sim.Core;

namespace Sim.Manifests;

/// <summary>A set of equal pods.</summary>
/// <param name="Header">Kind, metadata and place.</param>
/// <param name="Spec">What was asked for.</param>
[OtherFields("status")]
public sealed record Deployment(
    ObjectHeader Header, DeploymentSpec? Spec)
    : KubeObject(Header);

/// <summary>What a Deployment asks for.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Replicas">Number of pods, default 1.</param>
/// <param name="Selector">Which pods belong to it.</param>
/// <param name="Template">What its pods are made from.</param>
/// <param name="Strategy">How pods are replaced.</param>
/// <param name="MinReadySeconds">Seconds a pod must be ready before it counts as available.</param>
/// <param name="Paused">True when changes of the template do not roll out.</param>
/// <param name="ProgressDeadlineSeconds">Seconds before a stuck rollout is reported.</param>
[OtherFields("revisionHistoryLimit")]
public sealed record DeploymentSpec(
    SourceSpan Span, Spanned<long>? Replicas, LabelSelector? Selector, PodTemplateSpec? Template,
    DeploymentStrategy? Strategy, Spanned<long>? MinReadySeconds, Spanned<bool>? Paused,
    Spanned<long>? ProgressDeadlineSeconds);

/// <summary>How pods are replaced.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Type">RollingUpdate (default) or Recreate.</param>
/// <param name="RollingUpdate">Bounds of a rolling update.</param>
[OtherFields("")]
public sealed record DeploymentStrategy(
    SourceSpan Span, Spanned<string>? Type, RollingUpdate? RollingUpdate);

/// <summary>Bounds of a rolling update.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="MaxUnavailable">Pods that may be missing, number or percentage, default 25%.</param>
/// <param name="MaxSurge">Pods that may be too many, number or percentage, default 25%.</param>
public sealed record RollingUpdate(
    SourceSpan Span, Spanned<IntOrString>? MaxUnavailable, Spanned<IntOrString>? MaxSurge);
