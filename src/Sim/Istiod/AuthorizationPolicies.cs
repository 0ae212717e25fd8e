using System.Collections.Immutable;
using Sim.Mesh;

namespace Sim.Istiod;

/// <summary>AuthorizationPolicies of one istiod by namespace.</summary>
/// <remarks>Istio: pilot/pkg/model/authorization.go#ListAuthorizationPolicies.</remarks>
internal sealed class AuthorizationPolicies
{
    private readonly string _rootNamespace;
    private readonly Dictionary<string, List<AuthorizationPolicy>> _byNamespace = new(StringComparer.Ordinal);

    public AuthorizationPolicies(IReadOnlyList<AuthorizationPolicy> policies, string rootNamespace)
    {
        _rootNamespace = rootNamespace;
        foreach (AuthorizationPolicy p in policies.Where(static p => !p.HasTargetRefs))
        {
            if (!_byNamespace.TryGetValue(p.Meta.Namespace, out List<AuthorizationPolicy>? list))
            {
                _byNamespace.Add(p.Meta.Namespace, list = []);
            }

            list.Add(p);
        }
    }

    /// <summary>Policies that select a workload.</summary>
    public IReadOnlyList<AuthorizationPolicy> For(string ns, ImmutableSortedDictionary<string, string> labels)
    {
        var result = new List<AuthorizationPolicy>();
        Select(_rootNamespace);
        if (ns != _rootNamespace)
        {
            Select(ns);
        }

        return result;

        void Select(string candidate)
        {
            foreach (AuthorizationPolicy p in _byNamespace.GetValueOrDefault(candidate) ?? [])
            {
                if (LabelSet.SubsetOf(p.Selector, labels))
                {
                    result.Add(p);
                }
            }
        }
    }
}
