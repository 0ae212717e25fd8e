using Sim.Core;

namespace Sim.Xds;

/// <summary>One provider of the JWT filter: whose tokens are accepted, where they are looked for, what becomes of
/// them.</summary>
/// <remarks>Istio: pilot/pkg/security/authn/policy_applier.go#convertToEnvoyJwtConfig.</remarks>
/// <param name="Issuer">Issuer; empty = any.</param>
/// <param name="Jwks">Key set as JSON; empty = the keys are elsewhere and every signature is taken as good.</param>
/// <param name="Origin">Where the rule stands.</param>
public sealed record TokenIssuer(string Issuer, string Jwks, SourceSpan Origin = default)
{
    /// <summary>Accepted audiences; empty = any.</summary>
    public IReadOnlyList<string> Audiences { get; init; } = [];

    /// <summary>Headers that carry a token, in lower case, with the text in front of it.</summary>
    public IReadOnlyList<(string Name, string Prefix)> FromHeaders { get; init; } = [];

    /// <summary>Query parameters that carry a token.</summary>
    public IReadOnlyList<string> FromParams { get; init; } = [];

    /// <summary>Cookies that carry a token.</summary>
    public IReadOnlyList<string> FromCookies { get; init; } = [];

    /// <summary>Claims whose text is a list separated by blanks.</summary>
    public IReadOnlyList<string> SpaceDelimitedClaims { get; init; } = [];

    /// <summary>Header that receives the payload, in lower case; empty = none.</summary>
    public string PayloadHeader { get; init; } = "";

    /// <summary>Headers, in lower case, that receive claims.</summary>
    public IReadOnlyList<(string Header, string Claim)> ClaimHeaders { get; init; } = [];

    /// <summary>The token stays in the request.</summary>
    public bool ForwardsToken { get; init; }
}
