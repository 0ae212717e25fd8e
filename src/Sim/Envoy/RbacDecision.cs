using Sim.Core;

namespace Sim.Envoy;

/// <summary>What the RBAC filters of a chain say to a request. One shared object per distinct outcome.</summary>
public sealed record RbacDecision
{
    /// <summary>Whether the request passes, an external authorizer's answer apart.</summary>
    public required bool IsAllowed { get; init; }

    /// <summary>The policy that decided: the DENY or ALLOW policy that matched; empty = none did.</summary>
    public string Policy { get; init; } = "";

    /// <summary>Where that policy's rule stands.</summary>
    public SourceSpan Origin { get; init; }

    /// <summary>Index of the filter that denied; -1 when the request passes.</summary>
    public int DenyingFilter { get; init; } = -1;

    /// <summary>Details of a denial, <c>rbac_access_denied_matched_policy[...]</c>; empty when the request
    /// passes.</summary>
    public string Details { get; init; } = "";

    /// <summary>The answer to a denied request; null when it passes.</summary>
    public LocalReply? Reply { get; init; }

    /// <summary>External authorizer that a CUSTOM policy asks before the other policies count; empty = none.</summary>
    public string Provider { get; init; } = "";

    /// <summary>The CUSTOM policy that asks it; empty = none.</summary>
    public string ProviderPolicy { get; init; } = "";

    /// <summary>What the external authorizer is and what its failure means; null = none is asked.</summary>
    public Xds.ExternalAuthorizer? Authorizer { get; init; }

    /// <summary>What the dry-run filter of DENY policies said.</summary>
    public DryRunOutcome DryRunDeny { get; init; }

    /// <summary>What the dry-run filter of ALLOW policies said.</summary>
    public DryRunOutcome DryRunAllow { get; init; }

    /// <summary>Dry-run policies of DENY or ALLOW exist and would have refused the request.</summary>
    public bool ShadowDenied { get; init; }

    /// <summary>Whether any dry-run filter was asked.</summary>
    public bool HasShadow { get; init; }

    /// <summary>The dry-run policy that matched first; empty = none.</summary>
    public string ShadowPolicy { get; init; } = "";

    /// <summary>The AUDIT policy that matched; empty = none.</summary>
    public string AuditPolicy { get; init; } = "";
}

/// <summary>What a dry-run filter said of a request.</summary>
/// <param name="IsAsked">There is such a filter, and the request came as far as it.</param>
/// <param name="WouldDeny">It would have refused the request.</param>
/// <param name="Policy">The policy that matched; empty or null = none.</param>
public readonly record struct DryRunOutcome(bool IsAsked, bool WouldDeny, string? Policy);
