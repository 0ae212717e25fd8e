using Sim.Core;
using Sim.Manifests;

namespace Sim.Mesh.Analysis;

/// <summary>Workloads of all clusters by the identity they run under.</summary>
internal sealed class IdentityIndex
{
    private readonly SortedDictionary<(string Namespace, string Account), SortedSet<string>> _workloads = [];

    /// <summary>Reads Deployments, and pods that belong to none.</summary>
    public IdentityIndex(IReadOnlyList<AnalysisCluster> clusters)
    {
        foreach (KubeObject o in clusters.SelectMany(static c => c.Objects))
        {
            switch (o)
            {
                case Manifests.Deployment d:
                    Add(o.Namespace, d.Spec?.Template?.Spec, o.Name);
                    break;
                case Manifests.Pod { Metadata.OwnerReferences.Count: 0 } p:
                    Add(o.Namespace, p.Spec, o.Label("app") ?? o.Name);
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>Reports every name in a policy that stands for several workloads.</summary>
    public void Check(KubeObject policy, DiagnosticBag bag)
    {
        foreach (YamlNode rule in policy.Node.Items("spec", "rules"))
        {
            foreach (YamlNode source in rule.Items("from").Select(static f => f.At("source")).OfType<YamlNode>())
            {
                Check(policy, source, ["principals", "notPrincipals"], bag);
                Check(policy, source, ["serviceAccounts", "notServiceAccounts"], bag);
            }

            foreach (YamlNode when in rule.Items("when").Where(static w =>
                         w.Text("key") is "source.principal" or "source.serviceAccount"))
            {
                Check(policy, when, ["values", "notValues"], bag);
            }
        }
    }

    private void Check(KubeObject policy, YamlNode owner, IEnumerable<string> lists, DiagnosticBag bag)
    {
        foreach (YamlNode item in lists.SelectMany(l => owner.Items(l)))
        {
            if (Identity(item.Text(), policy.Namespace) is { } identity
                && _workloads.TryGetValue(identity, out SortedSet<string>? workloads) && workloads.Count > 1)
            {
                bag.Warn("MS0501", $"\"{item.Text()}\" is the identity of {string.Join(", ", workloads)}: the rule " +
                    "cannot tell them apart", item.Span,
                    "give each workload a serviceAccountName of its own", policy.Resource);
            }
        }
    }

    /// <summary>Namespace and service account of a principal or of a service account; null for patterns.</summary>
    private static (string Namespace, string Account)? Identity(string text, string space)
    {
        string[] parts = text.Split('/');
        return text.Contains('*', StringComparison.Ordinal) ? null
            : parts is [_, "ns", var ns, "sa", var account] ? (ns, account)
            : parts is [var n, var a] ? (n, a)
            : parts is [var single] && single.Length > 0 ? (space, single) : null;
    }

    private void Add(string space, PodSpec? spec, string workload)
    {
        string account = spec?.ServiceAccountName?.Value ?? spec?.ServiceAccount?.Value ?? "default";
        if (!_workloads.TryGetValue((space, account), out SortedSet<string>? names))
        {
            _workloads.Add((space, account), names = new SortedSet<string>(StringComparer.Ordinal));
        }

        names.Add(workload);
    }
}
