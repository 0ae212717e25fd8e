using Sim.Core;

namespace Sim.Envoy;

/// <summary>What the filters of an inbound chain say to a request or connection.</summary>
public sealed record InboundDecision
{
    /// <summary>It reaches the application.</summary>
    public bool IsAllowed => Reply is null;

    /// <summary>The refusal: the answer of an HTTP chain; on a TCP chain its details and flag go with the close. Null
    /// when it passes.</summary>
    public LocalReply? Reply { get; init; }

    /// <summary>What the CUSTOM filters said; null when the request did not come so far.</summary>
    public RbacDecision? Custom { get; init; }

    /// <summary>What the AUDIT, DENY and ALLOW filters said; null when the request did not come so far.</summary>
    public RbacDecision? Policies { get; init; }

    /// <summary>Path that the application receives; null on a TCP chain and for a refused request.</summary>
    public string? Path { get; init; }

    /// <summary>The rule that refused or allowed; empty = none did.</summary>
    public string Rule => Custom is { IsAllowed: false } custom ? custom.Policy
        : Policies is null && Reply?.Flag == ResponseFlag.UnauthorizedExternalService ? Custom?.ProviderPolicy ?? ""
        : Policies?.Policy ?? "";

    /// <summary>Where that rule stands.</summary>
    public SourceSpan Origin => Custom is { IsAllowed: false } custom ? custom.Origin : Policies?.Origin ?? default;
}
