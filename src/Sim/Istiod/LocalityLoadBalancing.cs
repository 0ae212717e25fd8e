using System.Collections.Immutable;
using Sim.Core;
using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>An endpoint with the labels it is ranked by.</summary>
internal sealed record RankedEndpoint(LbEndpoint Endpoint, ImmutableSortedDictionary<string, string> Labels);

/// <summary>Endpoints of one locality, before and after locality load balancing.</summary>
internal sealed class LocalityGroup
{
    public required Locality Locality { get; init; }

    public int Priority { get; set; }

    public uint? Weight { get; set; }

    public required List<RankedEndpoint> Endpoints { get; set; }
}

/// <summary>Shares and priorities of localities as a caller sees them.</summary>
/// <remarks>Istio: pilot/pkg/networking/core/loadbalancer/loadbalancer.go.</remarks>
internal static class LocalityLoadBalancing
{
    /// <summary>What applies, and whether priorities are made without outlier detection.</summary>
    internal readonly record struct Effective(
        LocalityLbSetting? Locality, ZoneAwareLbSetting? ZoneAware, bool Forced);

    /// <summary>The setting in force: rule, then service, then mesh; nothing is merged.</summary>
    /// <remarks>Istio: loadbalancer.go#GetLocalityLbSetting, #GetEffectiveLbSetting.</remarks>
    public static Effective SettingFor(MeshConfig config, LoadBalancerSettings? rule, string distribution)
    {
        if (rule?.ZoneAware is { } zone)
        {
            return new Effective(null, zone.Enabled ? zone : null, zone.Enabled);
        }

        if (rule?.LocalityLbSetting is { } own)
        {
            return new Effective(own.Enabled ? own : null, null, false);
        }

        if (distribution.Length > 0)
        {
            return new Effective(
                new LocalityLbSetting { FailoverPriority = PriorityLabels(distribution) }, null, true);
        }

        if (config.ZoneAware is { } meshZone)
        {
            return new Effective(null, meshZone.Enabled ? meshZone : null, meshZone.Enabled);
        }

        return new Effective(config.LocalityLbSetting is { Enabled: true } s ? s : null, null, false);
    }

    /// <summary>Labels compared for a traffic distribution.</summary>
    public static IReadOnlyList<string> PriorityLabels(string distribution) => distribution switch
    {
        "PreferSameNode" =>
        [
            TopologyLabels.Network, TopologyLabels.Region, TopologyLabels.Zone, TopologyLabels.Subzone,
            TopologyLabels.Hostname,
        ],
        "" => [],
        _ => [TopologyLabels.Network, TopologyLabels.Region, TopologyLabels.Zone],
    };

    /// <summary>Applies a setting to groups.</summary>
    public static List<LocalityGroup> Apply(
        List<LocalityGroup> groups, Locality proxy, ImmutableSortedDictionary<string, string> proxyLabels,
        Effective setting, bool hasOutlierDetection, IstioProfile profile)
    {
        if (setting.ZoneAware is { } zone)
        {
            return ApplyZoneAware(groups, proxy, proxyLabels, zone, profile);
        }

        if (setting.Locality is not { } locality)
        {
            return groups;
        }

        if (locality.Distribute.Count > 0)
        {
            ApplyDistribute(groups, proxy, locality);
            return groups;
        }

        if (!hasOutlierDetection && !setting.Forced)
        {
            return groups;
        }

        if (locality.FailoverPriority.Count == 0)
        {
            ApplyFailover(groups, proxy, locality.Failover);
            return groups;
        }

        List<LocalityGroup> split = ApplyFailoverPriorities(groups, proxyLabels, locality.FailoverPriority, profile);
        if (locality.Failover.Count > 0)
        {
            ApplyFailover(split, proxy, locality.Failover);
        }

        return split;
    }

    /// <summary>Whether a locality fits a pattern of <c>distribute</c>.</summary>
    /// <remarks>Istio: pilot/pkg/networking/util/util.go#LocalityMatch.</remarks>
    public static bool Matches(Locality locality, string pattern)
    {
        Locality p = Locality.Parse(pattern);
        return (p.Region == "*" || p.Region == locality.Region)
            && (p.Zone is "*" or "" || p.Zone == locality.Zone)
            && (p.SubZone is "*" or "" || p.SubZone == locality.SubZone);
    }

    private static void ApplyDistribute(List<LocalityGroup> groups, Locality proxy, LocalityLbSetting setting)
    {
        LocalityDistribute? entry = setting.Distribute.FirstOrDefault(d => Matches(proxy, d.From));
        if (entry is null)
        {
            return;
        }

        var left = new List<LocalityGroup>(groups);
        foreach ((string pattern, uint percent) in entry.To)
        {
            List<LocalityGroup> hit = left.FindAll(g => Matches(g.Locality, pattern));
            ulong total = 0;
            foreach (LocalityGroup g in hit)
            {
                total += g.Weight ?? 1;
                left.Remove(g);
            }

            foreach (LocalityGroup g in hit)
            {
                double share = (double)((g.Weight ?? 1) * percent) / total;
                g.Weight = share > 0 ? (uint)Math.Ceiling(share) : g.Weight;
            }
        }

        foreach (LocalityGroup g in left)
        {
            g.Endpoints = [];
        }
    }

    private static void ApplyFailover(
        List<LocalityGroup> groups, Locality proxy, IReadOnlyList<(string From, string To)> failover)
    {
        foreach (LocalityGroup g in groups)
        {
            int raw = Distance(g.Locality, proxy);
            if (raw == 3)
            {
                foreach ((string from, string to) in failover)
                {
                    if (from == proxy.Region)
                    {
                        raw = g.Locality.Region == to ? 3 : 4;
                        break;
                    }
                }
            }

            g.Priority = (g.Priority * 5) + raw;
        }

        Renumber(groups);
    }

    private static int Distance(Locality a, Locality b) =>
        a.Region != b.Region ? 3 : a.Zone != b.Zone ? 2 : a.SubZone != b.SubZone ? 1 : 0;

    private static List<LocalityGroup> ApplyFailoverPriorities(
        List<LocalityGroup> groups, ImmutableSortedDictionary<string, string> proxyLabels,
        IReadOnlyList<string> priorities, IstioProfile profile)
    {
        if (proxyLabels.Count == 0)
        {
            return groups;
        }

        var result = new List<LocalityGroup>(groups.Count);
        foreach (LocalityGroup g in groups)
        {
            var byPriority = new SortedDictionary<int, List<RankedEndpoint>>();
            foreach (RankedEndpoint e in g.Endpoints)
            {
                int p = Rank(e.Labels, proxyLabels, priorities, profile);
                if (!byPriority.TryGetValue(p, out List<RankedEndpoint>? list))
                {
                    byPriority.Add(p, list = []);
                }

                list.Add(e);
            }

            foreach ((int priority, List<RankedEndpoint> list) in byPriority)
            {
                uint weight = 0;
                foreach (RankedEndpoint e in list)
                {
                    weight += e.Endpoint.Weight;
                }

                result.Add(new LocalityGroup
                {
                    Locality = g.Locality, Priority = priority, Weight = weight, Endpoints = list,
                });
            }
        }

        Renumber(result);
        return result;
    }

    private static int Rank(
        ImmutableSortedDictionary<string, string> labels, ImmutableSortedDictionary<string, string> proxyLabels,
        IReadOnlyList<string> priorities, IstioProfile profile)
    {
        int n = priorities.Count;
        int start = 0;
        int offset = 0;
        if (profile == IstioProfile.V1_31 && priorities[0] == TopologyLabels.Network)
        {
            offset = Equal(labels, proxyLabels, priorities[0]) ? 0 : n;
            start = 1;
        }

        for (int j = start; j < n; j++)
        {
            if (!Equal(labels, proxyLabels, priorities[j]))
            {
                return offset + n - j;
            }
        }

        return offset;
    }

    private static bool Equal(
        ImmutableSortedDictionary<string, string> labels, ImmutableSortedDictionary<string, string> proxyLabels,
        string priority)
    {
        int equals = priority.IndexOf('=', StringComparison.Ordinal);
        string key = equals < 0 ? priority : priority[..equals];
        string wanted = equals < 0 ? proxyLabels.GetValueOrDefault(key, "") : priority[(equals + 1)..];
        return labels.GetValueOrDefault(key, "") == wanted;
    }

    private static List<LocalityGroup> ApplyZoneAware(
        List<LocalityGroup> groups, Locality proxy, ImmutableSortedDictionary<string, string> proxyLabels,
        ZoneAwareLbSetting setting, IstioProfile profile)
    {
        List<LocalityGroup> result = setting.FailoverPriority.Count == 0 ? groups
            : ApplyFailoverPriorities(groups, proxyLabels, setting.FailoverPriority, profile);
        if (setting.FailoverPriority.Count > 0 && setting.Failover.Count == 0)
        {
            return result;
        }

        string target = setting.Failover.FirstOrDefault(f => f.From == proxy.Region).To ?? "";
        foreach (LocalityGroup g in result)
        {
            int raw = g.Locality.Region == proxy.Region ? 0
                : target.Length > 0 && g.Locality.Region == target ? 1 : 2;
            g.Priority = (g.Priority * 3) + raw;
        }

        Renumber(result);
        return result;
    }

    private static void Renumber(List<LocalityGroup> groups)
    {
        List<int> used = [.. groups.Select(static g => g.Priority).Distinct().Order()];
        foreach (LocalityGroup g in groups)
        {
            g.Priority = used.IndexOf(g.Priority);
        }
    }
}
