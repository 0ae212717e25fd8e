using Sim.Core;
using Sim.Manifests;

namespace Sim.Mesh.Analysis;

/// <summary>Objects of one cluster to be analyzed.</summary>
/// <param name="Name">Name of the cluster; messages about its objects bear it.</param>
/// <param name="Objects">Its objects.</param>
public sealed record AnalysisCluster(string Name, IReadOnlyList<KubeObject> Objects);

/// <summary>What is analyzed.</summary>
public sealed record AnalysisInput
{
    /// <summary>Clusters; the first is the one the tool talks to, the others are remote.</summary>
    public required IReadOnlyList<AnalysisCluster> Clusters { get; init; }

    /// <summary>Release whose analyzers run.</summary>
    public IstioProfile Profile { get; init; } = IstioProfile.V1_29;

    /// <summary>Mesh configuration as written; null = Istio's defaults.</summary>
    public YamlMapping? MeshConfig { get; init; }

    /// <summary>True to suppose a default ingress gateway with its Service, as <c>istioctl analyze</c> does for files.
    /// </summary>
    public bool AssumesIngressGateway { get; init; }

    /// <summary>True to leave out what <c>istioctl analyze --use-kube=false</c> leaves out: Service, Namespace, Pod,
    /// Node and Secret, and every analyzer that reads one of them.</summary>
    public bool IsFilesOnly { get; init; }
}
