using Sim.Core;
using Sim.Manifests;

namespace Sim.Mesh.Analysis;

/// <summary>What Istio does not tell: configuration that is valid and does not mean what it seems to.</summary>
public static class OwnAnalyzers
{
    /// <summary>All analyzers in the order they run.</summary>
    public static IReadOnlyList<AnalyzerDescription> All { get; } =
    [
        new("meshsim.SharedIdentity", "Workloads that a policy cannot tell apart.", "MS0501"),
        new("meshsim.Alternatives", "Alternatives that were probably meant to hold together.", "MS0502")
            { ReadsRuntimeObjects = false },
        new("meshsim.NegatedNamespaces", "DENY by what a caller is not, in a mesh of several clusters.", "MS0503"),
        new("meshsim.PolicyWithoutProxy", "Policies in namespaces without injection.", "MS0504"),
    ];

    /// <summary>Looks at all clusters of a mesh.</summary>
    /// <param name="clusters">The clusters.</param>
    /// <param name="rootNamespace">Namespace whose policies apply to the whole mesh.</param>
    public static IReadOnlyList<Diagnostic> Run(
        IReadOnlyList<AnalysisCluster> clusters, string rootNamespace = "istio-system")
    {
        var bag = new DiagnosticBag();
        var identities = new IdentityIndex(clusters);
        foreach (AnalysisCluster cluster in clusters)
        {
            var context = new AnalysisContext(new AnalysisInput { Clusters = [cluster] });
            foreach (KubeObject policy in context.Each("AuthorizationPolicy"))
            {
                identities.Check(policy, bag);
                AlternativesCheck.Policy(policy, bag);
                CheckNegations(policy, cluster, clusters, bag);
            }

            foreach (KubeObject routes in context.Each("VirtualService"))
            {
                AlternativesCheck.Routes(routes, bag);
            }

            foreach (string kind in (string[])["AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"])
            {
                foreach (KubeObject policy in context.Each(kind).Where(p => p.Namespace != rootNamespace))
                {
                    CheckInjection(context, policy, bag);
                }
            }
        }

        return bag.Items;
    }

    private static void CheckNegations(
        KubeObject policy, AnalysisCluster cluster, IReadOnlyList<AnalysisCluster> clusters, DiagnosticBag bag)
    {
        if (clusters.Count < 2 || policy.Node.Text("spec", "action") != "DENY")
        {
            return;
        }

        foreach (YamlNode source in policy.Node.Items("spec", "rules").SelectMany(static r => r.Items("from"))
                     .Select(static f => f.At("source")).OfType<YamlNode>())
        {
            foreach (string key in (string[])["notNamespaces", "notPrincipals"])
            {
                IReadOnlyList<string> values = source.Texts(key);
                if (values.Count == 0)
                {
                    continue;
                }

                string others = string.Join(", ", clusters.Select(static c => c.Name).Where(n => n != cluster.Name)
                    .Order(StringComparer.Ordinal));
                bag.Warn("MS0503", $"DENY by {key} [{string.Join(", ", values)}]: callers of that name in any other " +
                    $"cluster ({others}) pass as well, and callers without mutual TLS are denied wherever they run",
                    source.At(key)!.Span,
                    "name trust domains or principals per cluster, and require mutual TLS by a PeerAuthentication",
                    policy.Resource);
            }
        }
    }

    private static void CheckInjection(AnalysisContext context, KubeObject policy, DiagnosticBag bag)
    {
        KubeObject? space = context.Find("Namespace", "", policy.Namespace);
        bool isInjected = space?.Label(MeshMembership.InjectLabel) == "enabled"
            || !string.IsNullOrEmpty(space?.Label(MeshMembership.RevisionLabel))
            || space?.Label(MeshMembership.ModeLabel) == "ambient";
        bool isElsewhere = policy.Node.At("spec", "targetRef") is not null
            || policy.Node.Items("spec", "targetRefs").Count > 0;
        bool hasProxy = context.Each("Pod").OfType<Manifests.Pod>().Any(p => p.Namespace == policy.Namespace
                && (MeshMembership.IsPodInMesh(context, p) || MeshMembership.IsAmbient(p)))
            || context.Each("Deployment").OfType<Manifests.Deployment>().Any(d => d.Namespace == policy.Namespace
                && MeshMembership.IsDeploymentInMesh(context, d));
        if (!isInjected && !isElsewhere && !hasProxy)
        {
            bag.Warn("MS0504", $"the namespace {policy.Namespace} has no injection and no proxy: the {policy.Kind} " +
                "is enforced nowhere", policy.Span,
                $"label the namespace istio-injection=enabled and restart its pods", policy.Resource);
        }
    }
}
