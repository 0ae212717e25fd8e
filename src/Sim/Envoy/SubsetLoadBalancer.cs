using Sim.Xds;

namespace Sim.Envoy;

/// <summary>Splits hosts into subsets by metadata, each with a balancer of its own.</summary>
/// <remarks>
/// Envoy: source/extensions/load_balancing_policies/subset/subset_lb.cc. A subset has its own host sets, loads and
/// panic. A match whose subset has no usable host is final; only the absence of a match leads to a fallback.
/// </remarks>
internal sealed class SubsetLoadBalancer : LoadBalancer
{
    private const string ListMark = "\u0003";

    private readonly LbEnvironment _environment;
    private readonly LbSubsetConfig _config;
    private readonly SubsetSelectors _selectors;
    private readonly PriorityLoad _load;
    private readonly Dictionary<string, Subset> _subsets = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];
    private readonly Subset _any;
    private readonly Subset _default;

    /// <summary>Balancer of a cluster.</summary>
    public SubsetLoadBalancer(LbEnvironment environment, HostSet[] sets, long nowNs)
    {
        _environment = environment;
        _config = environment.Config.LbSubsets!;
        _selectors = new SubsetSelectors(_config.Selectors);
        _load = new PriorityLoad(environment.Config.CommonLb.HealthyPanicThreshold);
        _load.RecalculateAll(sets);
        _any = new Subset(static _ => true);
        _default = new Subset(IsInDefaultSubset);
        _any.Build(this, sets, nowNs);
        _default.Build(this, sets, nowNs);
        Refresh(sets, 0, nowNs);
    }

    /// <summary>Loads and panic of the whole cluster; subsets have their own.</summary>
    public override PriorityLoad Load => _load;

    /// <summary>Number of subsets that have hosts.</summary>
    public int ActiveSubsets => _order.Count(k => _subsets[k].IsActive);

    /// <inheritdoc/>
    public override Host? ChooseHost(ref LbContext context, long nowNs) =>
        ChooseHost(context.SubsetCriteria, ref context, nowNs);

    /// <inheritdoc/>
    public override void PriorityUpdated(HostSet[] sets, int priority, long nowNs)
    {
        _load.Recalculate(sets, priority);
        _any.Update(this, sets, priority, nowNs);
        _default.Update(this, sets, priority, nowNs);
        Refresh(sets, priority, nowNs);
    }

    private Host? ChooseHost(SubsetCriteria? criteria, ref LbContext context, long nowNs)
    {
        if (criteria is not null)
        {
            if (_subsets.TryGetValue(criteria.Key, out Subset? subset) && subset.IsActive)
            {
                _environment.Counters.LbSubsetsSelected++;
                return subset.ChooseHost(ref context, nowNs);
            }

            LbSubsetSelector? selector = _selectors.FallbackFor(criteria);
            if (selector is not null)
            {
                return ChooseBySelector(selector, criteria, ref context, nowNs);
            }
        }

        return ChooseByGlobalFallback(ref context, nowNs);
    }

    private Host? ChooseBySelector(
        LbSubsetSelector selector, SubsetCriteria criteria, ref LbContext context, long nowNs)
    {
        switch (selector.Fallback)
        {
            case LbSubsetFallback.AnyEndpoint:
                return _any.ChooseHost(ref context, nowNs);
            case LbSubsetFallback.DefaultSubset:
                return _default.ChooseHost(ref context, nowNs);
            case LbSubsetFallback.KeysSubset:
                var reduced = new SubsetCriteria(
                    criteria.Values.Where(p => selector.FallbackKeys!.Contains(p.Key, StringComparer.Ordinal)));
                return ChooseHost(reduced, ref context, nowNs);
            default:
                return null;
        }
    }

    private Host? ChooseByGlobalFallback(ref LbContext context, long nowNs)
    {
        Subset? fallback = _config.Fallback switch
        {
            LbSubsetFallback.AnyEndpoint => _any,
            LbSubsetFallback.DefaultSubset => _default,
            _ => null,
        };
        Host? host = fallback?.ChooseHost(ref context, nowNs);
        if (host is not null)
        {
            _environment.Counters.LbSubsetsFallback++;
        }
        else if (fallback is not null && _config.PanicModeAny)
        {
            host = _any.ChooseHost(ref context, nowNs);
            _environment.Counters.LbSubsetsFallbackPanic += host is not null ? 1 : 0;
        }

        return host;
    }

    /// <summary>
    /// Sorts the hosts of all priorities into subsets; new ones get a balancer, known ones an update.
    /// </summary>
    private void Refresh(HostSet[] sets, int priority, long nowNs)
    {
        foreach (string key in _order)
        {
            _subsets[key].Members.Clear();
        }

        var isNew = new HashSet<string>(StringComparer.Ordinal);
        foreach (LbSubsetSelector selector in _config.Selectors)
        {
            string[] keys = SubsetSelectors.SortedKeys(selector);
            foreach (Host host in sets.SelectMany(static s => s.Hosts))
            {
                foreach (string key in KeysOf(host.Endpoint, keys))
                {
                    if (!_subsets.TryGetValue(key, out Subset? subset))
                    {
                        _subsets.Add(key, subset = new Subset(null));
                        _order.Add(key);
                        isNew.Add(key);
                    }

                    if (selector.SingleHostPerSubset && subset.Members.Count > 0)
                    {
                        _environment.Counters.LbSubsetsSingleHostPerSubsetDuplicate++;
                        continue;
                    }

                    subset.Members.Add(host);
                }
            }
        }

        foreach (string key in _order)
        {
            if (isNew.Contains(key))
            {
                _subsets[key].Build(this, sets, nowNs);
            }
            else
            {
                _subsets[key].Update(this, sets, priority, nowNs);
            }
        }
    }

    /// <summary>Subsets a host belongs to for the keys of one selector: none unless it has all of them.</summary>
    private IEnumerable<string> KeysOf(LbEndpoint endpoint, string[] keys)
    {
        IEnumerable<List<KeyValuePair<string, string>>> combinations = [[]];
        foreach (string key in keys)
        {
            string[] values = ValuesOf(endpoint, key);
            combinations = combinations.SelectMany(c => values.Select(
                v => new List<KeyValuePair<string, string>>(c) { new(key, v) })).ToList();
        }

        return keys.Length == 0 ? [] : combinations.Select(SubsetCriteria.KeyOf).Distinct(StringComparer.Ordinal);
    }

    private string[] ValuesOf(LbEndpoint endpoint, string key)
    {
        if (endpoint.LbMetadataLists is not null
            && endpoint.LbMetadataLists.TryGetValue(key, out IReadOnlyList<string>? list))
        {
            return _config.ListAsAny ? [.. list] : [ListMark + string.Join(ListMark, list)];
        }

        return endpoint.LbMetadata is not null && endpoint.LbMetadata.TryGetValue(key, out string? value)
            ? [value] : [];
    }

    private bool IsInDefaultSubset(Host host) => _config.DefaultSubset.All(
        p => ValuesOf(host.Endpoint, p.Key).Contains(p.Value, StringComparer.Ordinal));

    private HostSet Filter(HostSet set, Func<Host, bool> isMember) => set.Filter(
        isMember, _config.LocalityWeightAware, _config.ScaleLocalityWeight);

    private sealed class Subset(Func<Host, bool>? predicate)
    {
        private HostSet[] _sets = [];
        private LoadBalancer? _balancer;

        public HashSet<Host> Members { get; } = new(ReferenceEqualityComparer.Instance);

        public bool IsActive => Array.Exists(_sets, static s => s.Hosts.Length > 0);

        public Host? ChooseHost(ref LbContext context, long nowNs) => _balancer!.ChooseHost(ref context, nowNs);

        public void Build(SubsetLoadBalancer owner, HostSet[] sets, long nowNs)
        {
            _sets = Array.ConvertAll(sets, s => owner.Filter(s, predicate ?? Members.Contains));
            _balancer = CreatePolicy(owner._environment, _sets, nowNs);
        }

        public void Update(SubsetLoadBalancer owner, HostSet[] sets, int priority, long nowNs)
        {
            int known = _sets.Length;
            Array.Resize(ref _sets, sets.Length);
            for (int i = known; i < sets.Length; i++)
            {
                _sets[i] = HostSet.Empty;
            }

            _sets[priority] = owner.Filter(sets[priority], predicate ?? Members.Contains);
            _balancer!.PriorityUpdated(_sets, priority, nowNs);
        }
    }
}
