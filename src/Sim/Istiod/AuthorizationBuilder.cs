using System.Globalization;
using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>Turns AuthorizationPolicies into RBAC filters.</summary>
/// <remarks>Istio: pilot/pkg/security/authz/builder/builder.go.</remarks>
/// <param name="push">Trust domains, extension providers and services.</param>
internal sealed class AuthorizationBuilder(PushContext push)
{
    private const string BadCustomAction = "-deny-due-to-bad-CUSTOM-action";

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

        bool isCustom = action == AuthorizationAction.Custom;
        ExtensionProvider? provider = isCustom ? ProviderOf(policies) : null;
        if (forTcp && provider is { IsGrpc: false })
        {
            return;
        }

        string prefix = isCustom ? "istio-ext-authz-" : "";
        string suffix = isCustom && provider is null ? BadCustomAction : "";
        var rules = new SortedDictionary<string, RbacPolicy>(StringComparer.Ordinal);
        foreach (AuthorizationPolicy p in policies)
        {
            for (int i = 0; i < p.Rules.Count; i++)
            {
                string name = string.Create(CultureInfo.InvariantCulture,
                    $"{prefix}ns[{p.Meta.Namespace}]-policy[{p.Meta.Name}]-rule[{i}]{suffix}");
                var model = RuleModel.Read(p.Rules[i], p.Meta.Namespace, push.TrustDomains,
                    push.Mesh.Options.Has(MeshOptions.SourceCluster));
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
            [.. rules.Values], isShadow, provider?.Name ?? "")
        {
            IsCustom = isCustom,
            Origin = policies[0].Meta.Origin,
            Authorizer = provider is null ? null : new ExternalAuthorizer(
                provider.IsGrpc == true, provider.FailOpen, provider.StatusOnError > 0 ? provider.StatusOnError : 403),
        });
    }

    /// <summary>The provider that all CUSTOM policies of a workload name; null when they name several, one that the
    /// mesh does not define, or one whose service does not exist: then what they match is refused.</summary>
    /// <remarks>Istio: pilot/pkg/security/authz/builder/extauthz.go#getExtAuthz.</remarks>
    private ExtensionProvider? ProviderOf(List<AuthorizationPolicy> policies)
    {
        string name = policies[0].Provider;
        ExtensionProvider? provider = push.Config.ExtensionProviders.FirstOrDefault(p => p.Name == name);
        return provider?.IsGrpc is not null && policies.TrueForAll(p => p.Provider == name)
            && push.HasService(provider.Service) ? provider : null;
    }
}
