namespace Sim.Envoy;

/// <summary>A value of dynamic metadata: a text, a list, a struct, or something no text condition matches.</summary>
/// <param name="Text">Text; null when the value is no text.</param>
/// <param name="Items">Elements of a list; null when it is none.</param>
/// <param name="Fields">Fields of a struct; null when it is none.</param>
public sealed record MetadataValue(
    string? Text = null, IReadOnlyList<MetadataValue>? Items = null,
    IReadOnlyDictionary<string, MetadataValue>? Fields = null);

/// <summary>What other filters have learnt of a request: dynamic metadata (JWT claims) and filter state.</summary>
/// <param name="Filters">Dynamic metadata by filter name.</param>
/// <param name="FilterState">Filter state as texts.</param>
public sealed record RequestMetadata(
    IReadOnlyDictionary<string, MetadataValue> Filters, IReadOnlyDictionary<string, string> FilterState)
{
    /// <summary>Nothing.</summary>
    public static RequestMetadata Empty { get; } =
        new(new Dictionary<string, MetadataValue>(), new Dictionary<string, string>());

    /// <summary>The value at a path of a filter's metadata; null when there is none.</summary>
    public MetadataValue? Find(string filter, IReadOnlyList<string> path)
    {
        if (!Filters.TryGetValue(filter, out MetadataValue? value))
        {
            return null;
        }

        for (int i = 0; i < path.Count; i++)
        {
            if (value.Fields is null || !value.Fields.TryGetValue(path[i], out value))
            {
                return null;
            }
        }

        return value;
    }
}
