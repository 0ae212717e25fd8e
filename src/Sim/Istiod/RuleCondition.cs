using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>One field of a rule with its values, and how a value becomes an RBAC node.</summary>
/// <remarks>Istio: pilot/pkg/security/authz/model/generator.go.</remarks>
internal sealed class RuleCondition
{
    private readonly ValueSet _values;
    private readonly bool _isHttpOnly;
    private readonly Func<string, RbacNode?> _generate;

    private RuleCondition(ValueSet values, bool isHttpOnly, Func<string, RbacNode?> generate, bool isPermission = false)
    {
        _values = values;
        _isHttpOnly = isHttpOnly;
        _generate = generate;
        IsPermission = isPermission;
    }

    /// <summary>Belongs to the permissions (the <c>to</c> side).</summary>
    public bool IsPermission { get; }

    public static IEnumerable<RuleCondition> OfSource(AuthorizationSource s, string ns, TrustDomainBundle trust)
    {
        return NonEmpty(
        [
            Principals(s.Principals, trust),
            new(s.RequestPrincipals, true, RbacNodes.RequestPrincipal),
            new(s.Namespaces, false, RbacNodes.Namespace),
            new(s.ServiceAccounts, false, v => RbacNodes.ServiceAccount(v, ns)),
            TrustDomains(s.TrustDomains, trust),
            new(s.RemoteIpBlocks, false, static v => RbacNodes.Ip(RbacNodeKind.RemoteIp, v)),
            new(s.IpBlocks, false, static v => RbacNodes.Ip(RbacNodeKind.DirectRemoteIp, v)),
        ]);
    }

    public static IEnumerable<RuleCondition> OfOperation(AuthorizationOperation o)
    {
        return NonEmpty(
        [
            new(o.Hosts, true, RbacNodes.Host, true),
            new(o.Methods, true, static v => RbacNodes.Header(":method", v), true),
            new(o.Paths, true, RbacNodes.Path, true),
            new(o.Ports, false, RbacNodes.Port, true),
        ]);
    }

    /// <summary>A <c>when</c> entry; null for an unknown key.</summary>
    public static RuleCondition? OfKey(
        AuthorizationCondition when, string ns, TrustDomainBundle trust, bool hasSourceCluster)
    {
        ValueSet v = when.Values;
        switch (when.Key)
        {
            case "destination.ip":
                return new(v, false, static x => RbacNodes.Ip(RbacNodeKind.DestinationIp, x), true);
            case "destination.port": return new(v, false, RbacNodes.Port, true);
            case "connection.sni": return new(v, false, RbacNodes.Sni, true);
            case "source.ip": return new(v, false, static x => RbacNodes.Ip(RbacNodeKind.DirectRemoteIp, x));
            case "remote.ip": return new(v, false, static x => RbacNodes.Ip(RbacNodeKind.RemoteIp, x));
            case "source.namespace": return new(v, false, RbacNodes.Namespace);
            case "source.serviceAccount": return new(v, false, x => RbacNodes.ServiceAccount(x, ns));
            case "source.principal": return Principals(v, trust);
            case "source.trustDomain": return TrustDomains(v, trust);
            case "request.auth.principal": return new(v, true, RbacNodes.RequestPrincipal);
            case "request.auth.audiences": return new(v, true, static x => RbacNodes.Claim(["aud"], x));
            case "request.auth.presenter": return new(v, true, static x => RbacNodes.Claim(["azp"], x));
            case "source.cluster" when hasSourceCluster:
                return new(v, false, static x => new RbacNode
                {
                    Kind = RbacNodeKind.SourceCluster, Match = RbacNodes.Matcher(x),
                });
        }

        if (when.Key.StartsWith("request.headers", StringComparison.Ordinal))
        {
            string? name = RbacNodes.Brackets(when.Key["request.headers".Length..]) is [var one] ? one : null;
            return name is null ? null : new(v, true, x => RbacNodes.Header(name.ToLowerInvariant(), x));
        }

        if (when.Key.StartsWith("request.auth.claims", StringComparison.Ordinal))
        {
            IReadOnlyList<string> path = RbacNodes.Brackets(when.Key["request.auth.claims".Length..]);
            return path.Count == 0 ? null : new(v, true, x => RbacNodes.Claim(path, x));
        }

        const string Experimental = "experimental.envoy.filters.";
        return when.Key.StartsWith(Experimental, StringComparison.Ordinal)
            ? new(v, false, x => RbacNodes.EnvoyFilter(when.Key["experimental.".Length..], x), true) : null;
    }

    /// <summary>Adds the condition to a conjunction; false when the whole rule falls away.</summary>
    public bool TryGenerate(List<RbacNode> and, bool forTcp, AuthorizationAction action)
    {
        return TryGenerate(and, _values.Values, false, forTcp, action)
            && TryGenerate(and, _values.NotValues, true, forTcp, action);
    }

    private bool TryGenerate(
        List<RbacNode> and, IReadOnlyList<string> values, bool isNegated, bool forTcp, AuthorizationAction action)
    {
        var or = new List<RbacNode>(values.Count);
        foreach (string value in values)
        {
            RbacNode? node = forTcp && _isHttpOnly ? null : _generate(value);
            if (node is not null)
            {
                or.Add(node);
            }
            else if (action == AuthorizationAction.Allow)
            {
                return false;
            }
        }

        if (or.Count > 0)
        {
            var any = new RbacNode { Kind = RbacNodeKind.Or, Children = or };
            and.Add(isNegated ? new RbacNode { Kind = RbacNodeKind.Not, Children = [any] } : any);
        }

        return true;
    }

    private static RuleCondition Principals(ValueSet v, TrustDomainBundle trust) =>
        new(new ValueSet(trust.Rewrite(v.Values), trust.Rewrite(v.NotValues)), false, RbacNodes.Principal);

    private static RuleCondition TrustDomains(ValueSet v, TrustDomainBundle trust) =>
        new(new ValueSet(Expand(v.Values, trust), Expand(v.NotValues, trust)), false, RbacNodes.TrustDomain);

    private static List<string> Expand(IReadOnlyList<string> values, TrustDomainBundle trust)
    {
        var result = new List<string>();
        foreach (string v in values)
        {
            result.AddRange((trust.Domains.Contains(v) ? trust.Domains : [v]).Where(x => !result.Contains(x)));
        }

        return result;
    }

    private static IEnumerable<RuleCondition> NonEmpty(IEnumerable<RuleCondition> conditions) =>
        conditions.Where(static c => !c._values.IsEmpty);
}
