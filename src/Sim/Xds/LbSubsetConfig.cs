namespace Sim.Xds;

/// <summary>What happens when no subset matches.</summary>
public enum LbSubsetFallback
{
    /// <summary>Selector: the global policy applies.</summary>
    NotDefined,

    /// <summary>No host.</summary>
    NoFallback,

    /// <summary>Any host.</summary>
    AnyEndpoint,

    /// <summary>The default subset.</summary>
    DefaultSubset,

    /// <summary>Selector: search again with fewer keys.</summary>
    KeysSubset,
}

/// <summary>One set of metadata keys that makes subsets.</summary>
/// <param name="Keys">The keys.</param>
/// <param name="Fallback">What to do when no subset of these keys matches.</param>
/// <param name="FallbackKeys">Keys kept by <see cref="LbSubsetFallback.KeysSubset"/>.</param>
/// <param name="SingleHostPerSubset">One host per value.</param>
public sealed record LbSubsetSelector(
    IReadOnlyList<string> Keys, LbSubsetFallback Fallback = LbSubsetFallback.NotDefined,
    IReadOnlyList<string>? FallbackKeys = null, bool SingleHostPerSubset = false);

/// <summary>Subset balancing by endpoint metadata.</summary>
/// <remarks>Envoy: api/envoy/config/cluster/v3/cluster.proto#LbSubsetConfig.</remarks>
public sealed record LbSubsetConfig
{
    /// <summary>Global fallback.</summary>
    public LbSubsetFallback Fallback { get; init; } = LbSubsetFallback.NoFallback;

    /// <summary>Metadata of the default subset.</summary>
    public IReadOnlyDictionary<string, string> DefaultSubset { get; init; } = new Dictionary<string, string>();

    /// <summary>Selectors in order.</summary>
    public IReadOnlyList<LbSubsetSelector> Selectors { get; init; } = [];

    /// <summary>Use locality weights inside subsets.</summary>
    public bool LocalityWeightAware { get; init; }

    /// <summary>Scale them by the share of hosts that are in the subset.</summary>
    public bool ScaleLocalityWeight { get; init; }

    /// <summary>Any host when the fallback subset has none.</summary>
    public bool PanicModeAny { get; init; }

    /// <summary>A list value makes the host a member for each of its elements.</summary>
    public bool ListAsAny { get; init; }
}
