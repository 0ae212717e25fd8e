using Sim.Core;

namespace Sim.Mesh;

/// <summary>Builds one model after the other; each shares with the one before the parts that did not change.</summary>
/// <remarks>
/// Parts are shared by reference, per cluster and kind, so that a compiler that sees two models can tell what changed
/// without reading it. The result equals that of <see cref="MeshBuilder.Build"/>. Findings about objects that did not
/// change are told once. Belongs to one reader of one run; not thread-safe.
/// </remarks>
public sealed class FollowingMesh
{
    private readonly MeshOptions _options;
    private IReadOnlyList<ClusterInput> _inputs = [];
    private MeshModel _mesh;

    /// <summary>Nothing has been read.</summary>
    /// <param name="options">Profile and extensions.</param>
    public FollowingMesh(MeshOptions options)
    {
        _options = options;
        _mesh = new MeshModel(options, []);
    }

    /// <summary>The model of the present objects.</summary>
    /// <param name="clusters">Clusters in order. An object that is the same reference as before did not change, nor did
    /// a configuration.</param>
    /// <param name="diagnostics">Receives findings about what is new.</param>
    public MeshModel Build(IReadOnlyList<ClusterInput> clusters, DiagnosticBag diagnostics)
    {
        var result = new List<KubeCluster>(clusters.Count);
        foreach (ClusterInput input in clusters)
        {
            ClusterInput? before = _inputs.FirstOrDefault(i => i.Name == input.Name);
            bool isComparable = before is not null && ReferenceEquals(before.Config, input.Config);
            if (isComparable && IsSame(before!, input))
            {
                result.Add(_mesh.Cluster(input.Name));
                continue;
            }

            KeptCluster kept = isComparable
                ? new KeptCluster(before!.Manifests, _mesh.Cluster(input.Name)) : KeptCluster.None;
            result.Add(MeshBuilder.BuildCluster(input, _options, diagnostics, kept));
        }

        _inputs = [.. clusters];
        _mesh = new MeshModel(_options, result);
        return _mesh;
    }

    /// <summary>Another reader that has read the same.</summary>
    public FollowingMesh Fork() => new(_options) { _inputs = _inputs, _mesh = _mesh };

    private static bool IsSame(ClusterInput a, ClusterInput b) => ReferenceEquals(a.Manifests, b.Manifests)
        && a.Network == b.Network && a.ControlPlane == b.ControlPlane && a.TrustRoot == b.TrustRoot
        && a.Reads.SequenceEqual(b.Reads, StringComparer.Ordinal);
}
