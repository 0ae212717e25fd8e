namespace Sim.Envoy;

/// <summary>Metadata a request asks its host to have.</summary>
/// <remarks>Envoy: source/common/router/metadatamatchcriteria_impl.h. Sorted by key.</remarks>
public sealed class SubsetCriteria
{
    private readonly SortedDictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>Criteria from keys and values; of equal keys the last counts.</summary>
    public SubsetCriteria(IEnumerable<KeyValuePair<string, string>> values)
    {
        foreach ((string key, string value) in values)
        {
            _values[key] = value;
        }

        Key = KeyOf(_values);
    }

    /// <summary>Keys and values in ordinal order of the keys.</summary>
    public IReadOnlyDictionary<string, string> Values => _values;

    /// <summary>All of it as one text, for lookups.</summary>
    internal string Key { get; }

    /// <summary>These criteria with those of a weighted cluster entry on top.</summary>
    public SubsetCriteria MergedWith(SubsetCriteria? other) =>
        other is null ? this : new SubsetCriteria([.. _values, .. other._values]);

    /// <summary>Pairs in ordinal order of keys as one text. The separators cannot occur in metadata text.</summary>
    internal static string KeyOf(IEnumerable<KeyValuePair<string, string>> sorted) =>
        string.Concat(sorted.Select(static p => p.Key + "\u0001" + p.Value + "\u0002"));
}
