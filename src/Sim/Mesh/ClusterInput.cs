using Sim.Manifests;

namespace Sim.Mesh;

/// <summary>One cluster as it is handed to <see cref="MeshBuilder"/>.</summary>
public sealed record ClusterInput
{
    /// <summary>Name; the kubectl context.</summary>
    public required string Name { get; init; }

    /// <summary>Objects, pods, nodes and endpoint slices included.</summary>
    public required ManifestSet Manifests { get; init; }

    /// <summary>Network; null = the label of the system namespace decides.</summary>
    public string? Network { get; init; }

    /// <summary>Other clusters whose API server this istiod reads (remote secrets), in order.</summary>
    public IReadOnlyList<string> Reads { get; init; } = [];

    /// <summary>Settings of this istiod; <see cref="MeshConfigReader"/> reads them from YAML.</summary>
    public MeshConfig Config { get; init; } = MeshConfig.Default;

    /// <summary>Cluster whose istiod serves this cluster's proxies and whose Istio resources apply; empty = its
    /// own.</summary>
    public string ControlPlane { get; init; } = "";

    /// <summary>Root of trust of its certificates.</summary>
    public string TrustRoot { get; init; } = "";
}
