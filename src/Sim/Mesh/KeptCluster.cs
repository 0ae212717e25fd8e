using Sim.Manifests;

namespace Sim.Mesh;

/// <summary>An earlier state of a cluster, of which is taken what still holds.</summary>
/// <remarks>An object that changes becomes another object, so a kind whose objects are the same references in the same
/// order reads the same.</remarks>
internal sealed class KeptCluster
{
    private readonly ManifestSet _objects = ManifestSet.Empty;
    private readonly KubeCluster? _cluster;

    private KeptCluster()
    {
    }

    /// <summary>A state.</summary>
    /// <param name="objects">What it was read from.</param>
    /// <param name="cluster">What was read.</param>
    public KeptCluster(ManifestSet objects, KubeCluster cluster)
    {
        _objects = objects;
        _cluster = cluster;
    }

    /// <summary>No earlier state: everything is read.</summary>
    public static KeptCluster None { get; } = new();

    /// <summary>Objects that the earlier state did not have.</summary>
    public IEnumerable<KubeObject> NewIn(ManifestSet objects)
    {
        if (_cluster is null)
        {
            return objects.Objects;
        }

        var known = new HashSet<KubeObject>(_objects.Objects, ReferenceEqualityComparer.Instance);
        return objects.Objects.Where(o => !known.Contains(o));
    }

    /// <summary>What was read of a kind when its objects are the same, else what is read of them now.</summary>
    public TRead Of<TObject, TRead>(
        ManifestSet objects, Func<KubeCluster, TRead> kept, Func<IEnumerable<TObject>, TRead> read)
        where TObject : KubeObject => _cluster is not null && IsSame(_objects.Of<TObject>(), objects.Of<TObject>())
            ? kept(_cluster) : read(objects.Of<TObject>());

    private static bool IsSame<T>(IEnumerable<T> before, IEnumerable<T> after)
        where T : KubeObject
    {
        using IEnumerator<T> b = after.GetEnumerator();
        foreach (T a in before)
        {
            if (!b.MoveNext() || !ReferenceEquals(a, b.Current))
            {
                return false;
            }
        }

        return !b.MoveNext();
    }
}
