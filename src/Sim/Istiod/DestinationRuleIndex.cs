using Sim.Core;
using Sim.Mesh;

namespace Sim.Istiod;

/// <summary>Rules of one host that were merged.</summary>
internal sealed class ConsolidatedDestinationRule(DestinationRule rule, SortedSet<string> exportTo)
{
    public DestinationRule Rule { get; set; } = rule;

    public SortedSet<string> ExportTo { get; } = exportTo;

    /// <summary>The rules merged here, in order.</summary>
    public List<ConfigMeta> From { get; } = [rule.Meta];
}

/// <summary>DestinationRules by host, of one namespace.</summary>
internal sealed class ProcessedDestinationRules(IstioProfile profile)
{
    private readonly Dictionary<string, List<ConsolidatedDestinationRule>> _specific = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<ConsolidatedDestinationRule>> _wildcard = new(StringComparer.Ordinal);

    /// <summary>Adds a rule; rules come with selectors first, then by age.</summary>
    /// <remarks>Istio: pilot/pkg/model/destination_rule.go#mergeDestinationRule.</remarks>
    public void Merge(DestinationRule rule, SortedSet<string> exportTo)
    {
        Dictionary<string, List<ConsolidatedDestinationRule>> map =
            Hostname.IsWildcard(rule.Host) ? _wildcard : _specific;
        if (!map.TryGetValue(rule.Host, out List<ConsolidatedDestinationRule>? list))
        {
            map.Add(rule.Host, [new ConsolidatedDestinationRule(rule, exportTo)]);
            return;
        }

        bool separate = true;
        foreach (ConsolidatedDestinationRule existing in list)
        {
            bool bothWithout = rule.WorkloadSelector is null && existing.Rule.WorkloadSelector is null;
            bool bothWith = rule.WorkloadSelector is not null && existing.Rule.WorkloadSelector is not null;
            bool equal = bothWith && rule.WorkloadSelector!.SequenceEqual(existing.Rule.WorkloadSelector!);
            if (bothWith && !equal)
            {
                continue;
            }

            if (rule.WorkloadSelector is not null && existing.Rule.WorkloadSelector is null)
            {
                continue;
            }

            if (profile == IstioProfile.V1_22)
            {
                separate &= !(bothWithout || equal);
            }
            else if (exportTo.SetEquals(existing.ExportTo))
            {
                separate = false;
            }
            else if (existing.ExportTo.Count == 0 || !exportTo.IsSupersetOf(existing.ExportTo))
            {
                continue;
            }

            existing.Rule = MergeInto(existing.Rule, rule);
            existing.From.Add(rule.Meta);
        }

        if (separate)
        {
            list.Add(new ConsolidatedDestinationRule(rule, exportTo));
        }
    }

    /// <summary>Rules of the most specific host that covers a host name; null = none.</summary>
    public List<ConsolidatedDestinationRule>? Find(string host)
    {
        if (_specific.TryGetValue(host, out List<ConsolidatedDestinationRule>? exact))
        {
            return exact;
        }

        string? best = _wildcard.Count == 0 ? null : Hostname.MostSpecificMatch(host, _wildcard.Keys);
        return best is null ? null : _wildcard[best];
    }

    private static DestinationRule MergeInto(DestinationRule basis, DestinationRule added)
    {
        List<Subset> subsets = [.. basis.Subsets];
        foreach (Subset s in added.Subsets)
        {
            if (!subsets.Exists(x => x.Name == s.Name))
            {
                subsets.Add(s);
            }
        }

        return basis with { Subsets = subsets, TrafficPolicy = basis.TrafficPolicy ?? added.TrafficPolicy };
    }
}

/// <summary>Finds the DestinationRules for a client namespace and a service.</summary>
/// <remarks>Istio: pilot/pkg/model/push_context.go#setDestinationRules, #destinationRule.</remarks>
internal sealed class DestinationRuleIndex
{
    private readonly IstioProfile _profile;
    private readonly string _rootNamespace;
    private readonly Dictionary<string, ProcessedDestinationRules> _local = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ProcessedDestinationRules> _exported = new(StringComparer.Ordinal);
    private readonly ProcessedDestinationRules _rootPrivate;

    public DestinationRuleIndex(IReadOnlyList<DestinationRule> rules, MeshConfig config, IstioProfile profile)
    {
        _profile = profile;
        _rootNamespace = config.RootNamespace;
        _rootPrivate = new ProcessedDestinationRules(profile);
        foreach (DestinationRule rule in rules.OrderBy(static r => r.WorkloadSelector is null))
        {
            Add(rule, config);
        }
    }

    /// <summary>Rules in force for callers of a namespace; empty = none.</summary>
    public IReadOnlyList<ConsolidatedDestinationRule> For(string clientNamespace, string host, string serviceNamespace)
    {
        if (clientNamespace != _rootNamespace)
        {
            if (_local.TryGetValue(clientNamespace, out ProcessedDestinationRules? local)
                && local.Find(host) is { } own)
            {
                return own;
            }
        }
        else if (_rootPrivate.Find(host) is { } rootOwn)
        {
            return rootOwn;
        }

        IReadOnlyList<ConsolidatedDestinationRule> found = Exported(serviceNamespace, host, clientNamespace);
        return found.Count > 0 ? found : Exported(_rootNamespace, host, clientNamespace);
    }

    /// <summary>Rules of a host that a namespace exports, whoever sees them.</summary>
    public IReadOnlyList<ConsolidatedDestinationRule> AllExported(string ns, string host) =>
        _exported.TryGetValue(ns, out ProcessedDestinationRules? rules) && rules.Find(host) is { } list ? list : [];

    private IReadOnlyList<ConsolidatedDestinationRule> Exported(string ns, string host, string clientNamespace)
    {
        if (!_exported.TryGetValue(ns, out ProcessedDestinationRules? rules) || rules.Find(host) is not { } list)
        {
            return [];
        }

        return [.. list.Where(r => r.ExportTo.Count == 0 || r.ExportTo.Contains("*")
            || r.ExportTo.Contains(clientNamespace)
            || (r.ExportTo.Contains(".") && ns == clientNamespace))];
    }

    private void Add(DestinationRule rule, MeshConfig config)
    {
        string ns = rule.Meta.Namespace;
        var exportTo = new SortedSet<string>(
            rule.WorkloadSelector is not null ? ["."] : rule.ExportTo, StringComparer.Ordinal);
        bool isPrivate = exportTo.Count == 0 ? config.DefaultDestinationRuleExportTo.Contains(".")
            : exportTo.Count == 1 && (exportTo.Contains(".") || exportTo.Contains(ns));
        if (exportTo.Count == 0 || exportTo.Contains("*") || exportTo.Contains(".") || exportTo.Contains(ns))
        {
            At(_local, ns).Merge(rule, exportTo);
        }

        if (!isPrivate)
        {
            At(_exported, ns).Merge(rule, exportTo);
        }
        else if (ns == _rootNamespace)
        {
            _rootPrivate.Merge(rule, exportTo);
        }
    }

    private ProcessedDestinationRules At(Dictionary<string, ProcessedDestinationRules> map, string ns)
    {
        if (!map.TryGetValue(ns, out ProcessedDestinationRules? rules))
        {
            map.Add(ns, rules = new ProcessedDestinationRules(_profile));
        }

        return rules;
    }
}
