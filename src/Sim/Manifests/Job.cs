using Sim.Core;

namespace Sim.Manifests;

/// <summary>Pods that run to their end.</summary>
/// <param name="Header">Kind, metadata and place.</param>
/// <param name="Spec">What was asked for.</param>
/// <param name="Status">How far it is, in a live dump.</param>
public sealed record Job(
    ObjectHeader Header, JobSpec? Spec, JobStatus? Status)
    : KubeObject(Header);

/// <summary>What a Job asks for.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Parallelism">Most pods at a time, default 1.</param>
/// <param name="Completions">Pods that must succeed; absent with a parallelism = the first one decides.</param>
/// <param name="CompletionMode">NonIndexed (default) or Indexed: each pod has a number of its own.</param>
/// <param name="Suspend">True: it has no pods.</param>
/// <param name="Template">What its pods are made from.</param>
public sealed record JobSpec(
    SourceSpan Span, Spanned<long>? Parallelism, Spanned<long>? Completions, Spanned<string>? CompletionMode,
    Spanned<bool>? Suspend, PodTemplateSpec? Template);

/// <summary>How far a Job is.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Conditions">Complete or Failed, when it has ended.</param>
public sealed record JobStatus(SourceSpan Span, IReadOnlyList<StatusCondition> Conditions);
