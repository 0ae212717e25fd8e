namespace Sim.Envoy;

/// <summary>Metadata a request asks its host to have; sorted by key.</summary>
/// <remarks>Envoy: source/common/router/metadatamatchcriteria_impl.h.</remarks>
public sealed class SubsetCriteria
{
    private readonly SortedDictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>Criteria from keys and values.</summary>
    public SubsetCriteria(IEnumerable<KeyValuePair<string, string>> values)
    {
        foreach ((string key, string value) in values)
        {
            _values[key] = value;
        }
    }

    /// <summary>Keys and values in ordinal order of the keys.</summary>
    public IReadOnlyDictionary<string, string> Values => _values;

    /// <summary>These criteria with those of a weighted cluster entry on top.</summary>
    public SubsetCriteria MergedWith(SubsetCriteria? other) =>
        other is null ? this : new SubsetCriteria([.. _values, .. other._values]);
}
