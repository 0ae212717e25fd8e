using System.Globalization;
using Sim.Xds;

namespace Sim.Runs.Inspection;

/// <summary>Which listeners are shown. Empty and 0 = all; letter case does not count.</summary>
/// <param name="Address">Address.</param>
/// <param name="Port">Port.</param>
/// <param name="Type"><c>HTTP</c>, <c>TCP</c>, <c>HTTP+TCP</c> or <c>UNKNOWN</c>.</param>
public sealed record ListenerFilter(string Address = "", int Port = 0, string Type = "")
{
    /// <summary>Whether a listener is shown.</summary>
    public bool Takes(ListenerView l) => Fits(Address, l.Address) && (Port == 0 || Port == l.Port)
        && Fits(Type, ListenerTable.TypeOf(l));

    private static bool Fits(string wanted, string has) =>
        wanted.Length == 0 || string.Equals(wanted, has, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Filter chains as <c>istioctl proxy-config listeners</c> lists them.</summary>
/// <remarks>Istio: istioctl/pkg/writer/envoy/configdump/listener.go#PrintListenerSummary, #retrieveListenerMatches,
/// #getFilterType. Simplified: without the bootstrap's listeners 15021 and 15090; chains of a listener with the same
/// destination keep their order, which istioctl leaves to its sort.</remarks>
public static class ListenerTable
{
    private static readonly string[] Heads = ["ADDRESSES", "PORT", "MATCH", "DESTINATION"];

    private static readonly (string Text, string[] Protocols)[] Names =
    [
        ("App: HTTP TLS",
            ["http/1.0", "http/1.1", "h2c", "istio-http/1.0", "istio-http/1.1", "istio-h2"]),
        ("App: Istio HTTP Plain", ["istio", "istio-http/1.0", "istio-http/1.1", "istio-h2"]),
        ("App: TCP TLS", ["istio-peer-exchange", "istio"]),
        ("App: HTTP", ["http/1.0", "http/1.1", "h2c"]),
    ];

    /// <summary>Listeners that a filter takes, by port, address and type.</summary>
    public static IReadOnlyList<ListenerView> Select(ProxySnapshot snapshot, ListenerFilter filter) =>
    [
        .. ListenerChains.Of(snapshot).Where(filter.Takes).OrderBy(static l => l.Port)
            .ThenBy(static l => l.Address, StringComparer.Ordinal).ThenBy(TypeOf, StringComparer.Ordinal),
    ];

    /// <summary>The table.</summary>
    public static ConfigTable Of(ProxySnapshot snapshot, ListenerFilter filter)
    {
        var rows = new List<IReadOnlyList<string>>();
        foreach (ListenerView l in Select(snapshot, filter))
        {
            rows.AddRange(l.Chains.Select(static c => (Match: Match(c), Destination: Destination(c)))
                .OrderByDescending(static c => c.Destination, StringComparer.Ordinal)
                .Select(c => (IReadOnlyList<string>)
                    [l.Address, l.Port.ToString(CultureInfo.InvariantCulture), c.Match, c.Destination]));
        }

        return new ConfigTable(Heads, rows, 1);
    }

    /// <summary>What a listener reads.</summary>
    /// <remarks>Istio: istioctl/pkg/writer/envoy/configdump/listener.go#retrieveListenerType.</remarks>
    internal static string TypeOf(ListenerView l)
    {
        bool http = l.Chains.Any(static c => c.IsHttp);
        bool tcp = l.Chains.Any(static c => !c.IsHttp && !c.IsBlackHole);
        return http ? tcp ? "HTTP+TCP" : "HTTP" : tcp ? "TCP" : "UNKNOWN";
    }

    /// <summary>Conditions of a chain as istioctl writes them.</summary>
    internal static string Match(FilterChain c)
    {
        var parts = new List<string>();
        if (c.ServerNames.Count > 0)
        {
            parts.Add("SNI: " + string.Join(',', c.ServerNames));
        }

        if (c.Transport.Length > 0)
        {
            parts.Add("Trans: " + c.Transport);
        }

        if (c.Protocols.Count > 0)
        {
            string name = Array.Find(Names, n => n.Protocols.SequenceEqual(c.Protocols)).Text;
            parts.Add(name ?? "App: " + string.Join(',', c.Protocols));
        }

        string port = c.DestinationPort == 0 ? "" : ":" + c.DestinationPort.ToString(CultureInfo.InvariantCulture);
        if (c.Ranges.Count > 0 || port.Length > 0)
        {
            parts.Add("Addr: " + (c.Ranges.Count > 0 ? string.Join(',', c.Ranges) : "*") + port);
        }

        return parts.Count == 0 ? "ALL" : string.Join("; ", parts);
    }

    /// <summary>Where a chain leads, as istioctl writes it.</summary>
    internal static string Destination(FilterChain c)
    {
        if (c.RouteConfig.Length > 0)
        {
            return "Route: " + c.RouteConfig;
        }

        // Of weighted clusters istioctl shows the field for a single one, which is empty.
        string cluster = c.InlineRoute.Length > 0 ? c.InlineRoute : c.Clusters.Count == 1 ? c.Clusters[0].Name : "";
        return c.IsBlackHole ? "Non-HTTP/Non-TCP"
            : cluster.Contains("Cluster", StringComparison.Ordinal) ? cluster : "Cluster: " + cluster;
    }
}
