using System.Globalization;
using Sim.Xds;

namespace Sim.Runs.Inspection;

/// <summary>Which clusters are shown. Empty and 0 = all.</summary>
/// <param name="Fqdn">Part of the name.</param>
/// <param name="Port">Port.</param>
/// <param name="Subset">Part of the name.</param>
/// <param name="Direction"><c>inbound</c> or <c>outbound</c>.</param>
public sealed record ClusterFilter(string Fqdn = "", int Port = 0, string Subset = "", string Direction = "")
{
    /// <summary>Whether a cluster is shown.</summary>
    public bool Takes(string name) => name.Contains(Fqdn, StringComparison.Ordinal)
        && name.Contains(Direction, StringComparison.Ordinal) && name.Contains(Subset, StringComparison.Ordinal)
        && (Port == 0 || name.Contains(
            string.Create(CultureInfo.InvariantCulture, $"|{Port}|"), StringComparison.Ordinal));
}

/// <summary>Clusters as <c>istioctl proxy-config clusters</c> lists them.</summary>
/// <remarks>Istio: istioctl/pkg/writer/envoy/configdump/cluster.go#PrintClusterSummary. Simplified: without the
/// clusters of Envoy's bootstrap (<c>agent</c>, <c>prometheus_stats</c>, <c>sds-grpc</c>, <c>xds-grpc</c>), which no
/// request uses.</remarks>
public static class ClusterTable
{
    private static readonly string[] Heads =
        ["SERVICE FQDN", "PORT", "SUBSET", "DIRECTION", "TYPE", "DESTINATION RULE"];

    /// <summary>Outbound and inbound clusters that a filter takes, in istioctl's order.</summary>
    public static IReadOnlyList<ClusterConfig> Select(ProxySnapshot snapshot, ClusterFilter filter) =>
    [
        .. snapshot.Clusters.Values.Concat(
                snapshot.Inbound.Where(static i => i.Cluster is not null).Select(static i => i.Cluster!))
            .DistinctBy(static c => c.Name)
            .Where(c => filter.Takes(c.Name)).OrderBy(static c => SubsetKey.Parse(c.Name)),
    ];

    /// <summary>The table.</summary>
    public static ConfigTable Of(ProxySnapshot snapshot, ClusterFilter filter) =>
        new(Heads, [.. Select(snapshot, filter).Select(Row)], 5);

    private static IReadOnlyList<string> Row(ClusterConfig c)
    {
        SubsetKey key = SubsetKey.Parse(c.Name);
        string rule = Managed(c.DestinationRule);
        return !key.HasParts ? [c.Name, "-", "-", "-", TypeName(c.Type), rule]
            : [key.Host, key.Port.ToString(CultureInfo.InvariantCulture), key.Subset.Length == 0 ? "-" : key.Subset,
                key.Direction, TypeName(c.Type), rule];
    }

    /// <summary>Name of a discovery type as Envoy writes it.</summary>
    internal static string TypeName(DiscoveryType type) => type switch
    {
        DiscoveryType.Eds => "EDS",
        DiscoveryType.StrictDns => "STRICT_DNS",
        DiscoveryType.LogicalDns => "LOGICAL_DNS",
        DiscoveryType.OriginalDst => "ORIGINAL_DST",
        _ => "STATIC",
    };

    /// <summary><c>name.namespace</c> of a resource <c>namespace/name</c>.</summary>
    internal static string Managed(string resource)
    {
        int slash = resource.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? resource : resource[(slash + 1)..] + "." + resource[..slash];
    }
}
