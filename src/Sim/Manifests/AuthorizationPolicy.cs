using Sim.Core;

namespace Sim.Manifests;

/// <summary>Which requests a server admits.</summary>
/// <param name="Header">Kind, metadata and place.</param>
/// <param name="Spec">The policy.</param>
public sealed record AuthorizationPolicy(
    ObjectHeader Header, AuthorizationPolicySpec? Spec)
    : KubeObject(Header);

/// <summary>Body of an AuthorizationPolicy.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Selector">Workloads it applies to; none = the namespace.</param>
/// <param name="TargetRef">Gateway or service it applies to.</param>
/// <param name="TargetRefs">Gateways or services it applies to.</param>
/// <param name="Rules">Rules, any of which suffices.</param>
/// <param name="Action">ALLOW (default), DENY, AUDIT or CUSTOM.</param>
/// <param name="Provider">Provider of a CUSTOM policy.</param>
public sealed record AuthorizationPolicySpec(
    SourceSpan Span, WorkloadMatchLabels? Selector, PolicyTargetReference? TargetRef,
    IReadOnlyList<PolicyTargetReference> TargetRefs, IReadOnlyList<AuthorizationRule> Rules, Spanned<string>? Action,
    ExtensionProvider? Provider);

/// <summary>An external authorizer.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Name">Its name in the mesh configuration.</param>
public sealed record ExtensionProvider(
    SourceSpan Span, Spanned<string>? Name);

/// <summary>One rule: from, to and when must all hold.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="From">Callers, any of which suffices.</param>
/// <param name="To">Operations, any of which suffices.</param>
/// <param name="When">Conditions, all of which must hold.</param>
public sealed record AuthorizationRule(
    SourceSpan Span, IReadOnlyList<AuthorizationFrom> From, IReadOnlyList<AuthorizationTo> To,
    IReadOnlyList<AuthorizationCondition> When);

/// <summary>One kind of caller.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Source">The caller.</param>
public sealed record AuthorizationFrom(
    SourceSpan Span, AuthorizationSource? Source);

/// <summary>One kind of operation.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Operation">The operation.</param>
public sealed record AuthorizationTo(
    SourceSpan Span, AuthorizationOperation? Operation);

/// <summary>A caller; all fields given must hold.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Principals">Identities of certificates.</param>
/// <param name="NotPrincipals">Identities that must not match.</param>
/// <param name="RequestPrincipals">Identities of tokens.</param>
/// <param name="NotRequestPrincipals">Identities of tokens that must not match.</param>
/// <param name="Namespaces">Namespaces.</param>
/// <param name="NotNamespaces">Namespaces that must not match.</param>
/// <param name="ServiceAccounts">Service accounts; since 1.25.</param>
/// <param name="NotServiceAccounts">Service accounts that must not match; since 1.25.</param>
/// <param name="TrustDomains">Trust domains; since 1.30.</param>
/// <param name="NotTrustDomains">Trust domains that must not match; since 1.30.</param>
/// <param name="IpBlocks">Addresses of the connection.</param>
/// <param name="NotIpBlocks">Addresses that must not match.</param>
/// <param name="RemoteIpBlocks">Addresses of the original caller.</param>
/// <param name="NotRemoteIpBlocks">Addresses that must not match.</param>
public sealed record AuthorizationSource(
    SourceSpan Span, IReadOnlyList<Spanned<string>> Principals, IReadOnlyList<Spanned<string>> NotPrincipals,
    IReadOnlyList<Spanned<string>> RequestPrincipals, IReadOnlyList<Spanned<string>> NotRequestPrincipals,
    IReadOnlyList<Spanned<string>> Namespaces, IReadOnlyList<Spanned<string>> NotNamespaces,
    IReadOnlyList<Spanned<string>> ServiceAccounts, IReadOnlyList<Spanned<string>> NotServiceAccounts,
    IReadOnlyList<Spanned<string>> TrustDomains, IReadOnlyList<Spanned<string>> NotTrustDomains,
    IReadOnlyList<Spanned<string>> IpBlocks, IReadOnlyList<Spanned<string>> NotIpBlocks,
    IReadOnlyList<Spanned<string>> RemoteIpBlocks, IReadOnlyList<Spanned<string>> NotRemoteIpBlocks);

/// <summary>An operation; all fields given must hold.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Hosts">Hosts.</param>
/// <param name="NotHosts">Hosts that must not match.</param>
/// <param name="Ports">Ports.</param>
/// <param name="NotPorts">Ports that must not match.</param>
/// <param name="Methods">Methods.</param>
/// <param name="NotMethods">Methods that must not match.</param>
/// <param name="Paths">Paths.</param>
/// <param name="NotPaths">Paths that must not match.</param>
public sealed record AuthorizationOperation(
    SourceSpan Span, IReadOnlyList<Spanned<string>> Hosts, IReadOnlyList<Spanned<string>> NotHosts,
    IReadOnlyList<Spanned<string>> Ports, IReadOnlyList<Spanned<string>> NotPorts,
    IReadOnlyList<Spanned<string>> Methods, IReadOnlyList<Spanned<string>> NotMethods,
    IReadOnlyList<Spanned<string>> Paths, IReadOnlyList<Spanned<string>> NotPaths);

/// <summary>A condition on an attribute.</summary>
/// <param name="Span">Where it stands.</param>
/// <param name="Key">Attribute.</param>
/// <param name="Values">Values, any of which suffices.</param>
/// <param name="NotValues">Values none of which may match.</param>
public sealed record AuthorizationCondition(
    SourceSpan Span, Spanned<string>? Key, IReadOnlyList<Spanned<string>> Values,
    IReadOnlyList<Spanned<string>> NotValues);
