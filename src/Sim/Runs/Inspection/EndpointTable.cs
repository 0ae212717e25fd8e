using System.Globalization;

namespace Sim.Runs.Inspection;

/// <summary>Which endpoints are shown. Empty and 0 = all; letter case does not count.</summary>
/// <param name="Address">Address.</param>
/// <param name="Port">Port.</param>
/// <param name="Cluster">Envoy cluster.</param>
/// <param name="Status">Health as EDS states it.</param>
public sealed record EndpointFilter(string Address = "", int Port = 0, string Cluster = "", string Status = "")
{
    /// <summary>Whether a host is shown.</summary>
    public bool Takes(HostStatus host) => Fits(Address, host.Address) && (Port == 0 || Port == host.Port)
        && Fits(Cluster, host.Cluster) && Fits(Status, host.HealthName);

    private static bool Fits(string wanted, string has) =>
        wanted.Length == 0 || string.Equals(wanted, has, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Hosts as <c>istioctl proxy-config endpoints</c> lists them.</summary>
/// <remarks>Istio: istioctl/pkg/writer/envoy/clusters/clusters.go#PrintEndpointsSummary, which reads Envoy's own list
/// of hosts: an address stands once in a cluster, and ejected hosts are marked. Simplified: without the hosts of
/// Envoy's bootstrap.</remarks>
public static class EndpointTable
{
    private static readonly string[] Heads = ["ENDPOINT", "STATUS", "OUTLIER CHECK", "CLUSTER"];

    /// <summary>Hosts that a filter takes: by address, port and cluster.</summary>
    public static IReadOnlyList<HostStatus> Select(ProxyView view, EndpointFilter filter) =>
    [
        .. view.Hosts.Where(filter.Takes).OrderBy(static h => h.Address, StringComparer.Ordinal)
            .ThenBy(static h => h.Port).ThenBy(static h => h.Cluster, StringComparer.Ordinal),
    ];

    /// <summary>The table.</summary>
    public static ConfigTable Of(ProxyView view, EndpointFilter filter) =>
        new(Heads, [.. Select(view, filter).Select(Row)], 5);

    private static IReadOnlyList<string> Row(HostStatus h) =>
    [
        h.Port == 0 ? h.Address : h.Address + ":" + h.Port.ToString(CultureInfo.InvariantCulture), h.HealthName,
        h.HasFailedOutlierCheck ? "FAILED" : "OK", h.Cluster,
    ];
}
