using System.Collections.Immutable;
using Sim.Manifests;

namespace Sim.Mesh;

/// <summary>An earlier state of a cluster, of which is taken what still holds.</summary>
/// <remarks>An object that changes becomes another object, so a kind whose objects are the same references in the same
/// order reads the same.</remarks>
internal sealed class KeptCluster
{
    private static readonly ImmutableSortedDictionary<string, Pod> NoPods =
        ImmutableSortedDictionary.Create<string, Pod>(StringComparer.Ordinal);

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

    /// <summary>Pods as they were read; none without an earlier state.</summary>
    public ImmutableSortedDictionary<string, Pod> Pods => _cluster?.Pods ?? NoPods;

    /// <summary>Pod objects of the earlier state by <c>namespace/name</c>, the last of each name.</summary>
    public IReadOnlyDictionary<string, Manifests.Pod> PodObjects()
    {
        var objects = new Dictionary<string, Manifests.Pod>(StringComparer.Ordinal);
        foreach (Manifests.Pod p in _objects.Of<Manifests.Pod>())
        {
            objects[p.Namespace + "/" + p.Name] = p;
        }

        return objects;
    }

    /// <summary>The earlier list of a service's endpoints when it is equal, else the one given.</summary>
    public IReadOnlyList<KubeEndpoint> Endpoints(string service, List<KubeEndpoint> now) =>
        _cluster is not null && _cluster.Endpoints.TryGetValue(service, out IReadOnlyList<KubeEndpoint>? before)
            && before.SequenceEqual(now) ? before : now;

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
