using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>One rule of an AuthorizationPolicy as lists of conditions.</summary>
/// <remarks>Istio: pilot/pkg/security/authz/model/model.go.</remarks>
internal sealed class RuleModel
{
    private readonly List<List<RuleCondition>> _permissions = [];
    private readonly List<List<RuleCondition>> _principals = [];
    private readonly AuthorizationRule _rule;

    private RuleModel(AuthorizationRule rule) => _rule = rule;

    /// <summary>Reads a rule; null when it names an attribute that does not exist: the rule is skipped.</summary>
    public static RuleModel? Read(
        AuthorizationRule rule, string ns, TrustDomainBundle trustDomains, bool hasSourceCluster)
    {
        var basePermission = new List<RuleCondition>();
        var basePrincipal = new List<RuleCondition>();
        foreach (AuthorizationCondition when in rule.When)
        {
            if (RuleCondition.OfKey(when, ns, trustDomains, hasSourceCluster) is not { } condition)
            {
                return null;
            }

            (condition.IsPermission ? basePermission : basePrincipal).Add(condition);
        }

        var model = new RuleModel(rule);
        foreach (AuthorizationSource s in rule.From)
        {
            model._principals.Add([.. RuleCondition.OfSource(s, ns, trustDomains), .. basePrincipal]);
        }

        foreach (AuthorizationOperation o in rule.To)
        {
            model._permissions.Add([.. RuleCondition.OfOperation(o), .. basePermission]);
        }

        if (model._principals.Count == 0)
        {
            model._principals.Add(basePrincipal);
        }

        if (model._permissions.Count == 0)
        {
            model._permissions.Add(basePermission);
        }

        return model;
    }

    /// <summary>The RBAC policy; null when the rule cannot be expressed on this chain.</summary>
    public RbacPolicy? Generate(string name, bool forTcp, AuthorizationAction action)
    {
        List<RbacNode>? permissions = Generate(_permissions, forTcp, action);
        List<RbacNode>? principals = Generate(_principals, forTcp, action);
        return permissions is null || principals is null ? null
            : new RbacPolicy(name, permissions, principals, _rule.Origin);
    }

    private static List<RbacNode>? Generate(
        List<List<RuleCondition>> lists, bool forTcp, AuthorizationAction action)
    {
        var result = new List<RbacNode>(lists.Count);
        foreach (List<RuleCondition> conditions in lists)
        {
            var and = new List<RbacNode>();
            foreach (RuleCondition c in conditions)
            {
                if (!c.TryGenerate(and, forTcp, action))
                {
                    return null;
                }
            }

            if (and.Count == 0)
            {
                and.Add(RbacNode.Any);
            }

            result.Add(new RbacNode { Kind = RbacNodeKind.And, Children = and });
        }

        return result;
    }
}
