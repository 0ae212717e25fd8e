using System.Globalization;
using Sim.Manifests;

namespace Sim.Mesh;

/// <summary>Reads settings of a DestinationRule that stand in the wrong place, for the extension
/// <see cref="MeshOptions.RegionWildcards"/>: <c>localityLbSetting</c> beside <c>loadBalancer</c> or under
/// <c>outlierDetection</c> or <c>connectionPool</c>.</summary>
internal static class MisplacedReader
{
    public static YamlMapping? SubsetPolicy(YamlMapping? spec, int index) =>
        spec?["subsets"] is YamlSequence s && index < s.Items.Count
            ? (s.Items[index] as YamlMapping)?["trafficPolicy"] as YamlMapping : null;

    /// <summary>A policy with the misplaced locality setting put under its load balancer, unless it has one.</summary>
    public static TrafficPolicy Complete(TrafficPolicy policy, YamlMapping raw)
    {
        if (policy.LoadBalancer?.LocalityLbSetting is not null)
        {
            return policy;
        }

        YamlMapping? found = raw["localityLbSetting"] as YamlMapping;
        foreach (string place in (string[])["outlierDetection", "connectionPool"])
        {
            found ??= (raw[place] as YamlMapping)?["localityLbSetting"] as YamlMapping;
        }

        return found is null ? policy
            : policy with
            {
                LoadBalancer = (policy.LoadBalancer ?? new LoadBalancerSettings { Origin = found.Span }) with
                {
                    LocalityLbSetting = Locality(found),
                },
            };
    }

    private static LocalityLbSetting Locality(YamlMapping m)
    {
        var distribute = new List<LocalityDistribute>();
        foreach (YamlMapping d in Items(m["distribute"]))
        {
            var to = new List<(string Locality, uint Percent)>();
            foreach (YamlEntry e in (d["to"] as YamlMapping)?.Entries ?? [])
            {
                _ = uint.TryParse(Text(e.Value), NumberStyles.None, CultureInfo.InvariantCulture, out uint percent);
                to.Add((e.Key, percent));
            }

            to.Sort(static (a, b) => string.CompareOrdinal(a.Locality, b.Locality));
            distribute.Add(new LocalityDistribute(Text(d["from"]), to));
        }

        return new LocalityLbSetting
        {
            Enabled = Text(m["enabled"]) != "false",
            Distribute = distribute,
            Failover = [.. Items(m["failover"]).Select(static f => (Region(Text(f["from"])), Region(Text(f["to"]))))],
            FailoverPriority = m["failoverPriority"] is YamlSequence s ? [.. s.Items.Select(Text)] : [],
            Origin = m.Span,
        };
    }

    private static IEnumerable<YamlMapping> Items(YamlNode? node) =>
        node is YamlSequence s ? s.Items.OfType<YamlMapping>() : [];

    private static string Text(YamlNode? node) => node is YamlScalar s ? s.Value : "";

    private static string Region(string text) =>
        text.EndsWith("/*", StringComparison.Ordinal) ? text[..text.IndexOf('/')] : text;
}
