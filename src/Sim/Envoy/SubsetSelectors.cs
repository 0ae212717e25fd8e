using Sim.Xds;

namespace Sim.Envoy;

/// <summary>Finds the fallback of the selector with exactly the keys of a request.</summary>
/// <remarks>
/// Envoy: source/extensions/load_balancing_policies/subset/subset_lb.cc#initSubsetSelectorMap. Selectors form a tree of
/// sorted keys in the order of configuration, and a fallback is stored only when a selector's last node is new: a
/// selector whose keys are a prefix of those of an earlier one loses its fallback.
/// </remarks>
internal sealed class SubsetSelectors
{
    private readonly Node _root = new();

    /// <summary>The tree of a configuration.</summary>
    public SubsetSelectors(IReadOnlyList<LbSubsetSelector> selectors)
    {
        foreach (LbSubsetSelector selector in selectors)
        {
            Node node = _root;
            string[] keys = SortedKeys(selector);
            for (int i = 0; i < keys.Length; i++)
            {
                if (!node.Children.TryGetValue(keys[i], out Node? child))
                {
                    node.Children.Add(keys[i], child = new Node());
                    child.Selector = i == keys.Length - 1 ? selector : null;
                }

                node = child;
            }
        }
    }

    /// <summary>Keys of a selector, each once, in ordinal order.</summary>
    public static string[] SortedKeys(LbSubsetSelector selector) =>
        [.. selector.Keys.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>The selector whose fallback applies; null = the global fallback.</summary>
    public LbSubsetSelector? FallbackFor(SubsetCriteria criteria)
    {
        Node node = _root;
        foreach (string key in criteria.Values.Keys)
        {
            if (!node.Children.TryGetValue(key, out Node? child))
            {
                return null;
            }

            node = child;
        }

        return node.Selector is { Fallback: not LbSubsetFallback.NotDefined } ? node.Selector : null;
    }

    private sealed class Node
    {
        public Dictionary<string, Node> Children { get; } = new(StringComparer.Ordinal);

        public LbSubsetSelector? Selector { get; set; }
    }
}
