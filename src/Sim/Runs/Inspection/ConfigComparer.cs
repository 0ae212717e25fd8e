using Sim.Core;
using Sim.Runs.Scenario;

namespace Sim.Runs.Inspection;

/// <summary>Compares what the proxies of two scenarios, editions, profiles or moments hold.</summary>
/// <remarks>Proxies are compared by cluster, namespace, workload and zone, one pod of each: pods of a workload in one
/// zone hold the same but for their own addresses.</remarks>
public static class ConfigComparer
{
    private static readonly string[] Kinds = ["proxy", "policy", "route", "cluster", "endpoints", "listener"];

    /// <summary>Compares two sides.</summary>
    public static ConfigDiffReport Compare(DiffSide left, DiffSide right)
    {
        var findings = new DiagnosticBag();
        SortedDictionary<string, ProxyView>? a = Views(left, findings);
        SortedDictionary<string, ProxyView>? b = Views(right, findings);
        if (a is null || b is null)
        {
            return new ConfigDiffReport(null, 0, findings.Items);
        }

        var found = new List<ConfigDifference>();
        int compared = 0;
        foreach (string proxy in a.Keys.Union(b.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            bool isLeft = a.TryGetValue(proxy, out ProxyView? before);
            bool isRight = b.TryGetValue(proxy, out ProxyView? after);
            if (isLeft && isRight)
            {
                compared++;
                found.AddRange(Compare([.. ProxyItems.Of(before!)], [.. ProxyItems.Of(after!)], proxy));
            }
            else
            {
                found.Add(new ConfigDifference(
                    "proxy", proxy, "", isLeft ? "there" : "", isRight ? "there" : "", default, default, [proxy]));
            }
        }

        return new ConfigDiffReport(Merge(found), compared, findings.Items);
    }

    /// <summary>Differences of two sets of items of one proxy.</summary>
    internal static IEnumerable<ConfigDifference> Compare(
        IReadOnlyList<ConfigItem> left, IReadOnlyList<ConfigItem> right, string proxy)
    {
        Dictionary<(string, string), ConfigItem> others = right.ToDictionary(static i => (i.Kind, i.Subject));
        var seen = new HashSet<(string, string)>();
        foreach (ConfigItem item in left)
        {
            seen.Add((item.Kind, item.Subject));
            if (!others.TryGetValue((item.Kind, item.Subject), out ConfigItem? other))
            {
                yield return new ConfigDifference(
                    item.Kind, item.Subject, "", "there", "", item.Span, default, [proxy]);
                continue;
            }

            foreach (ConfigDifference d in Settings(item, other, proxy))
            {
                yield return d;
            }
        }

        foreach (ConfigItem item in right.Where(i => !seen.Contains((i.Kind, i.Subject))))
        {
            yield return new ConfigDifference(item.Kind, item.Subject, "", "", "there", default, item.Span, [proxy]);
        }
    }

    private static IEnumerable<ConfigDifference> Settings(ConfigItem left, ConfigItem right, string proxy)
    {
        Dictionary<string, ConfigSetting> others = ByPath(right);
        Dictionary<string, ConfigSetting> own = ByPath(left);
        foreach (ConfigSetting s in own.Values)
        {
            bool isThere = others.TryGetValue(s.Path, out ConfigSetting o);
            if (!isThere || o.Value != s.Value)
            {
                yield return new ConfigDifference(left.Kind, left.Subject, s.Path, s.Value, isThere ? o.Value : "",
                    s.Span, isThere ? o.Span : right.Span, [proxy]);
            }
        }

        foreach (ConfigSetting o in others.Values.Where(o => !own.ContainsKey(o.Path)))
        {
            yield return new ConfigDifference(
                left.Kind, left.Subject, o.Path, "", o.Value, left.Span, o.Span, [proxy]);
        }
    }

    private static Dictionary<string, ConfigSetting> ByPath(ConfigItem item)
    {
        var map = new Dictionary<string, ConfigSetting>(StringComparer.Ordinal);
        foreach (ConfigSetting s in item.Settings)
        {
            map[s.Path] = map.TryGetValue(s.Path, out ConfigSetting earlier)
                ? s with { Value = earlier.Value + " | " + s.Value } : s;
        }

        return map;
    }

    /// <summary>The same difference in several proxies is one.</summary>
    private static List<ConfigDifference> Merge(List<ConfigDifference> all) =>
    [
        .. all.GroupBy(static d => (d.Kind, d.Subject, d.Setting, d.Left, d.Right, d.LeftSpan, d.RightSpan))
            .Select(static g => g.First() with { Proxies = [.. g.SelectMany(static d => d.Proxies)] })
            .OrderBy(static d => Array.IndexOf(Kinds, d.Kind)).ThenBy(static d => d.Subject, StringComparer.Ordinal)
            .ThenBy(static d => d.Setting, StringComparer.Ordinal)
            .ThenBy(static d => d.Proxies[0], StringComparer.Ordinal),
    ];

    private static SortedDictionary<string, ProxyView>? Views(DiffSide side, DiagnosticBag findings)
    {
        var own = new DiagnosticBag();
        ScenarioDocument? document = ScenarioRunner.Read(side.Scenario, own);
        if (document is null || own.HasErrors)
        {
            findings.AddRange(own.Items);
            return null;
        }

        ScenarioSimulation simulation = ProxyInspector.At(document, side.AtNs, own);
        findings.AddRange(own.Items.Where(static d => d.Code == "MS4006"));
        var views = new SortedDictionary<string, ProxyView>(StringComparer.Ordinal);
        IReadOnlyList<PodRuntime> proxies = simulation.Proxies();
        foreach (IGrouping<(string, string, string), PodRuntime> workload in proxies.GroupBy(
                     static p => (p.Cluster, p.Namespace, p.Workload)))
        {
            bool hasZones = workload.Select(static p => p.Zone).Distinct().Count() > 1;
            foreach (PodRuntime pod in workload)
            {
                string name = pod.Cluster + "/" + pod.Namespace + "/" + pod.Workload
                    + (hasZones ? " in " + pod.Zone : "");
                if (!views.ContainsKey(name))
                {
                    views.Add(name, simulation.ViewOf(pod));
                }
            }
        }

        return views;
    }
}
