using Sim.Core;

namespace Sim.Manifests;

/// <summary>A template of WorkloadEntries.</summary>
/// <param name="Header">Kind, metadata and place.</param>
/// <param name="Spec">The template.</param>
public sealed record WorkloadGroup(
    ObjectHeader Header, WorkloadGroupSpec? Spec)
    : KubeObject(Header);

/// <summary>Body of a WorkloadGroup.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Metadata">Labels and annotations of the entries.</param>
/// <param name="Template">The entries.</param>
/// <param name="Probe">Readiness probe.</param>
public sealed record WorkloadGroupSpec(
    SourceSpan Span, WorkloadGroupMetadata? Metadata, WorkloadEntrySpec? Template, YamlNode? Probe);

/// <summary>Labels and annotations of WorkloadEntries.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Labels">Labels.</param>
/// <param name="Annotations">Annotations.</param>
public sealed record WorkloadGroupMetadata(
    SourceSpan Span, SpannedMap<Spanned<string>> Labels, SpannedMap<Spanned<string>> Annotations);
