using System.Globalization;
using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>Turns AuthorizationPolicies into RBAC filters.</summary>
/// <remarks>Istio: pilot/pkg/security/authz/builder/builder.go.</remarks>
internal sealed class AuthorizationBuilder(
    TrustDomainBundle trustDomains, IReadOnlyList<ExtensionProvider> providers, bool hasSourceCluster)
{
    private static readonly AuthorizationAction[] Order =
        [AuthorizationAction.Custom, AuthorizationAction.Audit, AuthorizationAction.Deny, AuthorizationAction.Allow];

    /// <summary>Filters of a chain in the order they are asked: CUSTOM, AUDIT, DENY, ALLOW.</summary>
    /// <param name="policies">Policies that select the workload.</param>
    /// <param name="forTcp">For a TCP chain: conditions on HTTP drop out.</param>
    public IReadOnlyList<RbacRules> Build(IReadOnlyList<AuthorizationPolicy> policies, bool forTcp)
    {
        if (policies.Count == 0)
        {
            return [];
        }

        var result = new List<RbacRules>();
        foreach (AuthorizationAction action in Order)
        {
            Add(result, [.. policies.Where(p => p.Action == action && !p.IsDryRun)], action, forTcp, false);
            Add(result, [.. policies.Where(p => p.Action == action && p.IsDryRun)], action, forTcp, true);
        }

        return result;
    }

    private void Add(
        List<RbacRules> result, List<AuthorizationPolicy> policies, AuthorizationAction action, bool forTcp,
        bool isShadow)
    {
        if (policies.Count == 0)
        {
            return;
        }

        ExtensionProvider? provider = action == AuthorizationAction.Custom
            ? providers.FirstOrDefault(p => p.Name == policies[0].Provider) : null;
        bool isKnown = provider?.IsGrpc is not null && policies.TrueForAll(p => p.Provider == policies[0].Provider);
        if (isKnown && forTcp && provider!.IsGrpc == false)
        {
            return;
        }

        var rules = new SortedDictionary<string, RbacPolicy>(StringComparer.Ordinal);
        foreach (AuthorizationPolicy p in policies)
        {
            for (int i = 0; i < p.Rules.Count; i++)
            {
                string name = string.Create(CultureInfo.InvariantCulture,
                    $"{(action == AuthorizationAction.Custom ? "istio-ext-authz-" : "")}ns[{p.Meta.Namespace}]"
                    + $"-policy[{p.Meta.Name}]-rule[{i}]");
                var model = RuleModel.Read(p.Rules[i], p.Meta.Namespace, trustDomains, hasSourceCluster);
                if (model?.Generate(name, forTcp, action) is { } generated)
                {
                    rules[name] = generated;
                }
            }
        }

        result.Add(new RbacRules(
            action switch
            {
                AuthorizationAction.Allow => RbacAction.Allow,
                AuthorizationAction.Audit => RbacAction.Log,
                _ => RbacAction.Deny,
            },
            [.. rules.Values], isShadow,
            isKnown ? policies[0].Provider : ""));
    }
}
