using Sim.Core;

namespace Sim.Manifests;

/// <summary>Which tokens a server checks.</summary>
/// <param name="Header">Kind, metadata and place.</param>
/// <param name="Spec">The rules.</param>
public sealed record RequestAuthentication(
    ObjectHeader Header, RequestAuthenticationSpec? Spec)
    : KubeObject(Header);

/// <summary>Body of a RequestAuthentication.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Selector">Workloads it applies to; none = the namespace.</param>
/// <param name="TargetRef">Gateway or service it applies to.</param>
/// <param name="TargetRefs">Gateways or services it applies to.</param>
/// <param name="JwtRules">Issuers.</param>
public sealed record RequestAuthenticationSpec(
    SourceSpan Span, WorkloadMatchLabels? Selector, PolicyTargetReference? TargetRef,
    IReadOnlyList<PolicyTargetReference> TargetRefs, IReadOnlyList<JwtRule> JwtRules);

/// <summary>Names a gateway, service or service entry.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Group">API group.</param>
/// <param name="Kind">Kind.</param>
/// <param name="Name">Name.</param>
/// <param name="Namespace">Must be absent or the policy's own.</param>
public sealed record PolicyTargetReference(
    SourceSpan Span, Spanned<string>? Group, Spanned<string>? Kind, Spanned<string>? Name, Spanned<string>? Namespace);

/// <summary>One issuer of tokens.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Issuer">Issuer.</param>
/// <param name="Audiences">Accepted audiences.</param>
/// <param name="JwksUri">Address of the keys.</param>
/// <param name="JwksUriOld">Older spelling of jwksUri.</param>
/// <param name="Jwks">The keys.</param>
/// <param name="FromHeaders">Headers that carry a token.</param>
/// <param name="FromParams">Query parameters that carry a token.</param>
/// <param name="FromCookies">Cookies that carry a token.</param>
/// <param name="OutputPayloadToHeader">Header that receives the payload.</param>
/// <param name="OutputClaimToHeaders">Headers that receive claims.</param>
/// <param name="ForwardOriginalToken">True keeps the token in the request.</param>
/// <param name="Timeout">Time to fetch the keys.</param>
/// <param name="SpaceDelimitedClaims">Claims that are lists in one text; since 1.28.</param>
/// <param name="Presence">OPTIONAL or REQUIRED; profile 1.31.</param>
public sealed record JwtRule(
    SourceSpan Span, Spanned<string>? Issuer, IReadOnlyList<Spanned<string>> Audiences, Spanned<string>? JwksUri,
    [Field("jwks_uri")] Spanned<string>? JwksUriOld, Spanned<string>? Jwks, IReadOnlyList<JwtHeader> FromHeaders,
    IReadOnlyList<Spanned<string>> FromParams, IReadOnlyList<Spanned<string>> FromCookies,
    Spanned<string>? OutputPayloadToHeader, IReadOnlyList<ClaimToHeader> OutputClaimToHeaders,
    Spanned<bool>? ForwardOriginalToken, [Duration] Spanned<long>? Timeout,
    IReadOnlyList<Spanned<string>> SpaceDelimitedClaims, Spanned<string>? Presence);

/// <summary>A header that carries a token.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Name">Name.</param>
/// <param name="Prefix">Text before the token.</param>
public sealed record JwtHeader(
    SourceSpan Span, Spanned<string>? Name, Spanned<string>? Prefix);

/// <summary>A header that receives a claim.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Header">Header.</param>
/// <param name="Claim">Claim.</param>
public sealed record ClaimToHeader(
    SourceSpan Span, Spanned<string>? Header, Spanned<string>? Claim);
