using System.Globalization;
using Sim.Xds;

namespace Sim.Runs.Inspection;

/// <summary>Which route configurations are shown.</summary>
/// <param name="Name">Name, such as the port; empty = all.</param>
public sealed record RouteFilter(string Name = "")
{
    /// <summary>Whether a route configuration is shown.</summary>
    public bool Takes(string name) => Name.Length == 0 || Name == name;
}

/// <summary>Routes as <c>istioctl proxy-config routes</c> lists them.</summary>
/// <remarks>Istio: istioctl/pkg/writer/envoy/configdump/route.go#PrintRouteSummary. Numeric names come first, by
/// number; Simplified: the others follow in byte order, where istioctl keeps the chance order of Envoy's dump, and the
/// inline routes of the bootstrap's listeners (health, statistics) are left out.</remarks>
public static class RouteTable
{
    private const int DomainsShown = 2;
    private static readonly string[] Heads = ["NAME", "VHOST NAME", "DOMAINS", "MATCH", "VIRTUAL SERVICE"];

    /// <summary>Route configurations that a filter takes: outbound ones, then those of the inbound filter chains.
    /// </summary>
    public static IReadOnlyList<RouteConfiguration> Select(ProxySnapshot snapshot, RouteFilter filter) =>
    [
        .. snapshot.Routes.Values.OrderBy(static r => Number(r.Name) ?? int.MaxValue)
            .ThenBy(static r => r.Name, StringComparer.Ordinal).Concat(ListenerChains.InboundRoutes(snapshot))
            .Where(r => filter.Takes(r.Name)),
    ];

    /// <summary>The table.</summary>
    public static ConfigTable Of(ProxySnapshot snapshot, RouteFilter filter)
    {
        var rows = new List<IReadOnlyList<string>>();
        foreach (RouteConfiguration configuration in Select(snapshot, filter))
        {
            foreach (VirtualHost host in InOrder(configuration))
            {
                string domains = Domains(host.Domains);
                rows.AddRange(host.Routes.Where(static r => !IsPassthrough(r)).Select(r => (IReadOnlyList<string>)
                    [configuration.Name, host.Name, domains, Match(r.Match), ClusterTable.Managed(r.VirtualService)]));
                if (host.Routes.Count == 0)
                {
                    rows.Add([configuration.Name, host.Name, domains, "/*", "404"]);
                }
            }
        }

        return new ConfigTable(Heads, rows, 5);
    }

    /// <summary>Virtual hosts by name, those of unknown hosts last.</summary>
    /// <remarks>Istio: pilot/pkg/networking/util/util.go#SortVirtualHosts; the catch-all is added after it.</remarks>
    internal static IEnumerable<VirtualHost> InOrder(RouteConfiguration r) => r.VirtualHosts
        .OrderBy(static v => v.Name is "allow_any" or "block_all").ThenBy(static v => v.Name, StringComparer.Ordinal);

    /// <summary>Conditions on the path as istioctl writes them; headers and parameters are not shown.</summary>
    internal static string Match(RouteMatch m) => m.PathKind switch
    {
        PathMatchKind.Prefix => m.Path.Length == 0 ? "" : m.Path + "*",
        PathMatchKind.PathSeparatedPrefix => "PathPrefix:" + m.Path,
        PathMatchKind.Regex => "regex " + m.Path,
        _ => m.Path,
    };

    /// <summary>At most two domains without port, short forms in place of the long ones.</summary>
    private static string Domains(IReadOnlyList<string> domains)
    {
        if (domains.Count < 2)
        {
            return domains.Count == 0 ? "" : domains[0];
        }

        List<string> plain = [.. domains.Where(static d => !d.Contains(':', StringComparison.Ordinal)
            || (d.Count(static c => c == ':') > 2 && d.EndsWith(']')))];
        var all = plain.ToHashSet(StringComparer.Ordinal);
        plain.RemoveAll(d => Shortens(d, ".svc.cluster.local", all) || Shortens(d, ".svc", all));
        string shown = string.Join(", ", plain.Take(DomainsShown));
        return plain.Count <= DomainsShown ? shown
            : string.Create(CultureInfo.InvariantCulture, $"{shown} + {plain.Count - DomainsShown} more...");
    }

    private static bool Shortens(string domain, string suffix, HashSet<string> all) =>
        domain.EndsWith(suffix, StringComparison.Ordinal) && all.Contains(domain[..^suffix.Length]);

    private static bool IsPassthrough(Route r) =>
        !r.IsWeighted && r.Clusters.Count == 1 && r.Clusters[0].Name == "PassthroughCluster";

    private static int? Number(string name) =>
        int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : null;
}
