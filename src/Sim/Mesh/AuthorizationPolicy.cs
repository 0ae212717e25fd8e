using System.Collections.Immutable;
using Sim.Core;

namespace Sim.Mesh;

/// <summary>Actions of AuthorizationPolicy.</summary>
public enum AuthorizationAction
{
    /// <summary>Matching requests pass.</summary>
    Allow,

    /// <summary>Matching requests are refused.</summary>
    Deny,

    /// <summary>Matching requests are noted.</summary>
    Audit,

    /// <summary>An external service is asked.</summary>
    Custom,
}

/// <summary>Values of one field and of its negation.</summary>
/// <param name="Values">One must match; empty = no condition.</param>
/// <param name="NotValues">None may match.</param>
public sealed record ValueSet(IReadOnlyList<string> Values, IReadOnlyList<string> NotValues)
{
    /// <summary>No condition.</summary>
    public static ValueSet None { get; } = new([], []);

    /// <summary>True without any condition.</summary>
    public bool IsEmpty => Values.Count == 0 && NotValues.Count == 0;
}

/// <summary>One <c>source</c>.</summary>
public sealed record AuthorizationSource
{
    /// <summary>Peer identities.</summary>
    public ValueSet Principals { get; init; } = ValueSet.None;

    /// <summary>Identities of the token.</summary>
    public ValueSet RequestPrincipals { get; init; } = ValueSet.None;

    /// <summary>Namespaces of the peer.</summary>
    public ValueSet Namespaces { get; init; } = ValueSet.None;

    /// <summary>Service accounts of the peer.</summary>
    public ValueSet ServiceAccounts { get; init; } = ValueSet.None;

    /// <summary>Trust domains of the peer.</summary>
    public ValueSet TrustDomains { get; init; } = ValueSet.None;

    /// <summary>Addresses of the TCP peer.</summary>
    public ValueSet IpBlocks { get; init; } = ValueSet.None;

    /// <summary>Addresses after X-Forwarded-For.</summary>
    public ValueSet RemoteIpBlocks { get; init; } = ValueSet.None;
}

/// <summary>One <c>operation</c>.</summary>
public sealed record AuthorizationOperation
{
    /// <summary>Hosts.</summary>
    public ValueSet Hosts { get; init; } = ValueSet.None;

    /// <summary>Workload ports.</summary>
    public ValueSet Ports { get; init; } = ValueSet.None;

    /// <summary>Methods.</summary>
    public ValueSet Methods { get; init; } = ValueSet.None;

    /// <summary>Paths.</summary>
    public ValueSet Paths { get; init; } = ValueSet.None;
}

/// <summary>One condition.</summary>
/// <param name="Key">Attribute.</param>
/// <param name="Values">Values.</param>
public sealed record AuthorizationCondition(string Key, ValueSet Values);

/// <summary>One rule: a source, an operation and all conditions.</summary>
/// <param name="From">Sources; empty = any.</param>
/// <param name="To">Operations; empty = any.</param>
/// <param name="When">Conditions.</param>
/// <param name="Origin">Where it stands.</param>
public sealed record AuthorizationRule(
    IReadOnlyList<AuthorizationSource> From, IReadOnlyList<AuthorizationOperation> To,
    IReadOnlyList<AuthorizationCondition> When, SourceSpan Origin = default);

/// <summary>Who may do what.</summary>
public sealed record AuthorizationPolicy
{
    /// <summary>Name, age, place.</summary>
    public required ConfigMeta Meta { get; init; }

    /// <summary>Labels of the workloads; empty = all of the namespace, or of the mesh in the root namespace.</summary>
    public ImmutableSortedDictionary<string, string> Selector { get; init; } = LabelSet.Empty;

    /// <summary>The policy names targets instead of labels: sidecars ignore it.</summary>
    public bool HasTargetRefs { get; init; }

    /// <summary>Action.</summary>
    public AuthorizationAction Action { get; init; }

    /// <summary>Rules.</summary>
    public IReadOnlyList<AuthorizationRule> Rules { get; init; } = [];

    /// <summary>Name of the extension provider (CUSTOM).</summary>
    public string Provider { get; init; } = "";

    /// <summary>Evaluated, never enforced.</summary>
    public bool IsDryRun { get; init; }
}
