using System.Collections.Immutable;
using Sim.Core;

namespace Sim.Mesh;

/// <summary>One rule of a RequestAuthentication.</summary>
/// <param name="Issuer">Issuer.</param>
/// <param name="Audiences">Accepted audiences; empty = any.</param>
/// <param name="SpaceDelimitedClaims">Claims that are split at spaces.</param>
/// <param name="Origin">Where it stands.</param>
public sealed record JwtRule(
    string Issuer, IReadOnlyList<string> Audiences, IReadOnlyList<string> SpaceDelimitedClaims,
    SourceSpan Origin = default)
{
    /// <summary>Headers that carry the token, with the prefix in front of it.</summary>
    public IReadOnlyList<(string Name, string Prefix)> FromHeaders { get; init; } = [];

    /// <summary>Query parameters that carry the token.</summary>
    public IReadOnlyList<string> FromParams { get; init; } = [];

    /// <summary>Cookies that carry the token.</summary>
    public IReadOnlyList<string> FromCookies { get; init; } = [];

    /// <summary>Inline key set; empty = none.</summary>
    public string Jwks { get; init; } = "";

    /// <summary>Header that receives the payload; empty = none.</summary>
    public string OutputPayloadToHeader { get; init; } = "";

    /// <summary>Headers that receive claims.</summary>
    public IReadOnlyList<(string Header, string Claim)> OutputClaimToHeaders { get; init; } = [];

    /// <summary>The token stays in the request.</summary>
    public bool ForwardsOriginalToken { get; init; }
}

/// <summary>Which tokens are accepted.</summary>
/// <param name="Meta">Name, age, place.</param>
/// <param name="Selector">Labels of the workloads; empty = all.</param>
/// <param name="HasTargetRefs">The policy names targets: sidecars ignore it.</param>
/// <param name="Rules">Rules.</param>
public sealed record RequestAuthentication(
    ConfigMeta Meta, ImmutableSortedDictionary<string, string> Selector, bool HasTargetRefs,
    IReadOnlyList<JwtRule> Rules);
