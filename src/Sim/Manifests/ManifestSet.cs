namespace Sim.Manifests;

/// <summary>The objects of one cluster in the order they were first applied.</summary>
public sealed class ManifestSet
{
    /// <summary>A set of objects.</summary>
    public ManifestSet(IReadOnlyList<KubeObject> objects) => Objects = objects;

    /// <summary>A set without objects.</summary>
    public static ManifestSet Empty { get; } = new([]);

    /// <summary>All objects in order.</summary>
    public IReadOnlyList<KubeObject> Objects { get; }

    /// <summary>Objects of one type in order.</summary>
    public IEnumerable<T> Of<T>()
        where T : KubeObject => Objects.OfType<T>();

    /// <summary>An object by type, namespace and name, or null.</summary>
    /// <param name="namespace">Namespace; empty for kinds without one.</param>
    /// <param name="name">Name.</param>
    public T? Find<T>(string @namespace, string name)
        where T : KubeObject
    {
        foreach (KubeObject o in Objects)
        {
            if (o is T t && o.Name == name && o.Namespace == @namespace)
            {
                return t;
            }
        }

        return null;
    }
}
