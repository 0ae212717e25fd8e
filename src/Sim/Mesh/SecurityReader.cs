using System.Globalization;
using Sim.Core;
using M = Sim.Manifests;

namespace Sim.Mesh;

/// <summary>Reads PeerAuthentication, AuthorizationPolicy and RequestAuthentication.</summary>
internal sealed class SecurityReader(MeshOptions options, DiagnosticBag diagnostics)
{
    public PeerAuthentication Read(M.PeerAuthentication p)
    {
        var ports = new List<(int, MutualTlsMode, SourceSpan)>();
        foreach (M.SpannedEntry<M.MutualTls> e in p.Spec?.PortLevelMtls ?? M.SpannedMap<M.MutualTls>.Empty)
        {
            if (int.TryParse(e.Key, NumberStyles.None, CultureInfo.InvariantCulture, out int port))
            {
                ports.Add((port, Mode(e.Value.Mode), e.KeySpan));
            }
        }

        return new PeerAuthentication
        {
            Meta = p.Meta(),
            Selector = p.Spec?.Selector?.MatchLabels.Labels() ?? LabelSet.Empty,
            Mode = Mode(p.Spec?.Mtls?.Mode),
            ModeOrigin = p.Spec?.Mtls?.Mode?.Span ?? p.Span,
            PortLevel = ports,
        };
    }

    public AuthorizationPolicy Read(M.AuthorizationPolicy p)
    {
        M.AuthorizationPolicySpec? spec = p.Spec;
        return new AuthorizationPolicy
        {
            Meta = p.Meta(),
            Selector = spec?.Selector?.MatchLabels.Labels() ?? LabelSet.Empty,
            HasTargetRefs = spec?.TargetRef is not null || spec?.TargetRefs.Count > 0,
            Action = spec?.Action.Text() switch
            {
                "DENY" => AuthorizationAction.Deny,
                "AUDIT" => AuthorizationAction.Audit,
                "CUSTOM" => AuthorizationAction.Custom,
                _ => AuthorizationAction.Allow,
            },
            Rules = [.. (spec?.Rules ?? []).Select(r => Rule(r, p.Resource))],
            Provider = spec?.Provider?.Name.Text() ?? "",
            IsDryRun = p.Annotation("istio.io/dry-run") == "true",
        };
    }

    public RequestAuthentication Read(M.RequestAuthentication r)
    {
        foreach (M.JwtRule rule in r.Spec?.JwtRules ?? [])
        {
            if (rule.Jwks is null)
            {
                diagnostics.Warn("MS0204", "keys of a token issuer that are fetched from elsewhere are not modelled: "
                    + "tokens of this issuer are taken as the scenario states them", rule.Span, "", r.Resource);
            }
        }

        return new RequestAuthentication(
            r.Meta(), r.Spec?.Selector?.MatchLabels.Labels() ?? LabelSet.Empty,
            r.Spec?.TargetRef is not null || r.Spec?.TargetRefs.Count > 0,
            [.. (r.Spec?.JwtRules ?? []).Select(static j => new JwtRule(
                j.Issuer.Text(), j.Audiences.Texts(), j.SpaceDelimitedClaims.Texts(), j.Span)
            {
                FromHeaders = [.. j.FromHeaders.Select(static h => (h.Name.Text(), h.Prefix.Text()))],
                FromParams = j.FromParams.Texts(),
                FromCookies = j.FromCookies.Texts(),
                Jwks = j.Jwks.Text(),
                OutputPayloadToHeader = j.OutputPayloadToHeader.Text(),
                OutputClaimToHeaders = [.. j.OutputClaimToHeaders.Select(
                    static c => (c.Header.Text(), c.Claim.Text()))],
                ForwardsOriginalToken = j.ForwardOriginalToken?.Value ?? false,
            })]);
    }

    private AuthorizationRule Rule(M.AuthorizationRule r, string resource)
    {
        foreach (M.AuthorizationCondition c in r.When)
        {
            if (c.Key.Text() == "source.cluster" && options.Has(MeshOptions.SourceCluster))
            {
                diagnostics.Info("MS0205", "source.cluster is honoured by the extension source.cluster; Istio has no "
                    + "such attribute and refuses the policy", c.Span, "", resource);
            }
        }

        return new AuthorizationRule(
            [.. r.From.Where(static f => f.Source is not null).Select(static f => Source(f.Source!))],
            [.. r.To.Where(static t => t.Operation is not null).Select(static t => Operation(t.Operation!))],
            [.. r.When.Select(static w => new AuthorizationCondition(w.Key.Text(), Set(w.Values, w.NotValues)))],
            r.Span);
    }

    private static AuthorizationSource Source(M.AuthorizationSource s) => new()
    {
        Principals = Set(s.Principals, s.NotPrincipals),
        RequestPrincipals = Set(s.RequestPrincipals, s.NotRequestPrincipals),
        Namespaces = Set(s.Namespaces, s.NotNamespaces),
        ServiceAccounts = Set(s.ServiceAccounts, s.NotServiceAccounts),
        TrustDomains = Set(s.TrustDomains, s.NotTrustDomains),
        IpBlocks = Set(s.IpBlocks, s.NotIpBlocks),
        RemoteIpBlocks = Set(s.RemoteIpBlocks, s.NotRemoteIpBlocks),
    };

    private static AuthorizationOperation Operation(M.AuthorizationOperation o) => new()
    {
        Hosts = Set(o.Hosts, o.NotHosts),
        Ports = Set(o.Ports, o.NotPorts),
        Methods = Set(o.Methods, o.NotMethods),
        Paths = Set(o.Paths, o.NotPaths),
    };

    private static ValueSet Set(IReadOnlyList<M.Spanned<string>> values, IReadOnlyList<M.Spanned<string>> notValues) =>
        values.Count == 0 && notValues.Count == 0 ? ValueSet.None : new ValueSet(values.Texts(), notValues.Texts());

    private static MutualTlsMode Mode(M.Spanned<string>? text) => text?.Value switch
    {
        "DISABLE" => MutualTlsMode.Disable,
        "PERMISSIVE" => MutualTlsMode.Permissive,
        "STRICT" => MutualTlsMode.Strict,
        _ => MutualTlsMode.Unset,
    };
}
