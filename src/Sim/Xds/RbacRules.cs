using Sim.Core;

namespace Sim.Xds;

/// <summary>What an RBAC filter does with a match.</summary>
public enum RbacAction
{
    /// <summary>Only matching requests pass.</summary>
    Allow,

    /// <summary>Matching requests are refused.</summary>
    Deny,

    /// <summary>Matching requests are noted.</summary>
    Log,
}

/// <summary>Kind of a node in an RBAC expression.</summary>
public enum RbacNodeKind
{
    /// <summary>Always true.</summary>
    Any,

    /// <summary>All children.</summary>
    And,

    /// <summary>One child.</summary>
    Or,

    /// <summary>Not the only child.</summary>
    Not,

    /// <summary>Header condition.</summary>
    Header,

    /// <summary>Path without query.</summary>
    UrlPath,

    /// <summary>URI template on the path.</summary>
    UriTemplate,

    /// <summary>Local address of the connection in a CIDR.</summary>
    DestinationIp,

    /// <summary>Local port.</summary>
    DestinationPort,

    /// <summary>Local port in a half-open range.</summary>
    DestinationPortRange,

    /// <summary>SNI.</summary>
    RequestedServerName,

    /// <summary>Peer identity; without a matcher any TLS connection.</summary>
    Authenticated,

    /// <summary>Peer certificate was validated.</summary>
    MtlsAuthenticated,

    /// <summary>TCP peer address in a CIDR.</summary>
    DirectRemoteIp,

    /// <summary>Address after X-Forwarded-For in a CIDR.</summary>
    RemoteIp,

    /// <summary>Connection's source address (proxy protocol aware) in a CIDR.</summary>
    SourceIp,

    /// <summary>Dynamic metadata.</summary>
    Metadata,

    /// <summary>Filter state.</summary>
    FilterState,

    /// <summary>Extension: cluster of the caller (only with extension <c>source.cluster</c>).</summary>
    SourceCluster,
}

/// <summary>A node of an RBAC expression (permission or principal).</summary>
public sealed record RbacNode
{
    /// <summary>Always true.</summary>
    public static RbacNode Any { get; } = new() { Kind = RbacNodeKind.Any };

    /// <summary>Kind.</summary>
    public required RbacNodeKind Kind { get; init; }

    /// <summary>Children of And, Or, Not.</summary>
    public IReadOnlyList<RbacNode> Children { get; init; } = [];

    /// <summary>Condition of Header.</summary>
    public HeaderMatcher? Header { get; init; }

    /// <summary>Condition of UrlPath, UriTemplate, RequestedServerName, Authenticated, Metadata, FilterState,
    /// SourceCluster.</summary>
    public StringMatcher? Match { get; init; }

    /// <summary>CIDR text of the IP kinds.</summary>
    public string Cidr { get; init; } = "";

    /// <summary>Port, or start of the port range.</summary>
    public int Port { get; init; }

    /// <summary>End (exclusive) of the port range.</summary>
    public int PortEnd { get; init; }

    /// <summary>Metadata filter or filter-state key.</summary>
    public string Filter { get; init; } = "";

    /// <summary>Path inside the metadata.</summary>
    public IReadOnlyList<string> MetadataPath { get; init; } = [];

    /// <summary>The metadata value is a list and one element must match.</summary>
    public bool MetadataIsList { get; init; }
}

/// <summary>A policy: any permission and any principal.</summary>
/// <param name="Name"><c>ns[NS]-policy[NAME]-rule[I]</c>.</param>
/// <param name="Permissions">One must match.</param>
/// <param name="Principals">One must match.</param>
/// <param name="Origin">Where the rule stands.</param>
public sealed record RbacPolicy(
    string Name, IReadOnlyList<RbacNode> Permissions, IReadOnlyList<RbacNode> Principals, SourceSpan Origin = default);

/// <summary>One RBAC filter.</summary>
/// <param name="Action">Action.</param>
/// <param name="Policies">Policies; visited in byte order of their names.</param>
/// <param name="IsShadow">Evaluated, never enforced (dry run).</param>
/// <param name="Provider">External authorizer of a CUSTOM policy; empty otherwise.</param>
public sealed record RbacRules(
    RbacAction Action, IReadOnlyList<RbacPolicy> Policies, bool IsShadow = false, string Provider = "")
{
    /// <summary>Made of CUSTOM policies: asked before tokens are looked at.</summary>
    public bool IsCustom { get; init; }

    /// <summary>Where the first policy of the filter stands; unknown when it was not made from one.</summary>
    public SourceSpan Origin { get; init; }

    /// <summary>How the external authorizer is asked; null where none is.</summary>
    public ExternalAuthorizer? Authorizer { get; init; }
}

/// <summary>A service that is asked about requests (<c>ext_authz</c>).</summary>
/// <param name="IsGrpc">Asked by gRPC; otherwise by HTTP, then never about TCP connections.</param>
/// <param name="FailsOpen">Requests pass when it cannot answer.</param>
/// <param name="StatusOnError">Status when it cannot answer; 403 unless stated.</param>
public sealed record ExternalAuthorizer(bool IsGrpc, bool FailsOpen, int StatusOnError);
