using System.Collections.Immutable;
using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>RequestAuthentications of one istiod.</summary>
/// <remarks>
/// Istio: pilot/pkg/model/authentication.go#GetJwtPoliciesForWorkload,
/// pilot/pkg/security/authn/policy_applier.go#newPolicyApplier: the rules of all policies that select a workload
/// apply together, in byte order of their issuers.
/// </remarks>
/// <param name="policies">Policies, oldest first.</param>
/// <param name="rootNamespace">Root namespace.</param>
internal sealed class TokenPolicies(IReadOnlyList<RequestAuthentication> policies, string rootNamespace)
{
    private static readonly string[] AlwaysSplit = ["scope", "permission"];

    /// <summary>Issuers a workload checks.</summary>
    public IReadOnlyList<TokenIssuer> For(string ns, ImmutableSortedDictionary<string, string> labels)
    {
        var rules = new List<JwtRule>();
        foreach (string candidate in ns == rootNamespace ? [ns] : (string[])[rootNamespace, ns])
        {
            foreach (RequestAuthentication p in policies)
            {
                if (p.Meta.Namespace == candidate && !p.HasTargetRefs && LabelSet.SubsetOf(p.Selector, labels))
                {
                    rules.AddRange(p.Rules);
                }
            }
        }

        return [.. rules.OrderBy(static r => r.Issuer, StringComparer.Ordinal).Select(Issuer)];
    }

    private static TokenIssuer Issuer(JwtRule r) => new(r.Issuer, r.Jwks, r.Origin)
    {
        Audiences = r.Audiences,
        FromHeaders = [.. r.FromHeaders.Select(static h => (h.Name.ToLowerInvariant(), h.Prefix))],
        FromParams = r.FromParams,
        FromCookies = r.FromCookies,
        SpaceDelimitedClaims = [.. AlwaysSplit.Concat(r.SpaceDelimitedClaims).Distinct()],
        PayloadHeader = r.OutputPayloadToHeader.ToLowerInvariant(),
        ClaimHeaders = [.. r.OutputClaimToHeaders.Select(static c => (c.Header.ToLowerInvariant(), c.Claim))],
        ForwardsToken = r.ForwardsOriginalToken,
    };
}
