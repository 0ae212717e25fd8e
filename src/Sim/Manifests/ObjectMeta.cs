using Sim.Core;

namespace Sim.Manifests;

/// <summary>Standard metadata of every object.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Name">Name, unique per kind and namespace.</param>
/// <param name="GenerateName">Prefix of a name the server completes.</param>
/// <param name="Namespace">Namespace as written.</param>
/// <param name="Labels">Labels.</param>
/// <param name="Annotations">Annotations.</param>
/// <param name="CreationTimestamp">RFC 3339 time of creation.</param>
/// <param name="DeletionTimestamp">RFC 3339 time from which the object is being deleted.</param>
/// <param name="ResourceVersion">Version of the object in its cluster.</param>
/// <param name="Uid">Identifier in its cluster.</param>
/// <param name="OwnerReferences">Objects this one belongs to.</param>
/// <param name="ManagedFields">Bookkeeping of the server, never used.</param>
[OtherFields("selfLink generation deletionGracePeriodSeconds finalizers")]
public sealed record ObjectMeta(
    SourceSpan Span, Spanned<string>? Name, Spanned<string>? GenerateName, Spanned<string>? Namespace,
    SpannedMap<Spanned<string>> Labels, SpannedMap<Spanned<string>> Annotations, Spanned<string>? CreationTimestamp,
    Spanned<string>? DeletionTimestamp, Spanned<string>? ResourceVersion, Spanned<string>? Uid,
    IReadOnlyList<OwnerReference> OwnerReferences, YamlNode? ManagedFields);

/// <summary>The object that owns another one.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="ApiVersion">API version of the owner.</param>
/// <param name="Kind">Kind of the owner.</param>
/// <param name="Name">Name of the owner.</param>
/// <param name="Uid">Identifier of the owner.</param>
/// <param name="Controller">True for the managing controller.</param>
[OtherFields("blockOwnerDeletion")]
public sealed record OwnerReference(
    SourceSpan Span, Spanned<string>? ApiVersion, Spanned<string>? Kind, Spanned<string>? Name, Spanned<string>? Uid,
    Spanned<bool>? Controller);

/// <summary>Selects objects by their labels; all parts must hold.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="MatchLabels">Labels that must be equal.</param>
/// <param name="MatchExpressions">Further requirements.</param>
[OtherFields("")]
public sealed record LabelSelector(
    SourceSpan Span, SpannedMap<Spanned<string>> MatchLabels, IReadOnlyList<LabelSelectorRequirement> MatchExpressions);

/// <summary>One requirement on a label.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Key">Label key.</param>
/// <param name="Operator">In, NotIn, Exists or DoesNotExist.</param>
/// <param name="Values">Values of In and NotIn.</param>
[OtherFields("")]
public sealed record LabelSelectorRequirement(
    SourceSpan Span, Spanned<string>? Key, Spanned<string>? Operator, IReadOnlyList<Spanned<string>> Values);
