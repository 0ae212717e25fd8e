using System.Globalization;
using Sim.Manifests;

namespace Sim.Mesh.Analysis;

/// <summary>Gateways that give the same pods the same port, host and address.</summary>
/// <remarks>Istio: pkg/config/analysis/analyzers/gateway/conflictinggateway.go. There a comparison adds the hosts it
/// looked at to the other Gateway, so that a third Gateway can be told a conflict with a Gateway that has not its host;
/// here only what is written counts.</remarks>
internal static class GatewayConflicts
{
    public static void Run(AnalysisContext c)
    {
        List<Server> servers = [.. c.Each("Gateway").SelectMany(Servers)];
        foreach (KubeObject gateway in c.Each("Gateway"))
        {
            IReadOnlyList<(string Key, string Value)> selector = GatewayAnalyzers.Selector(gateway);
            string shown = LabelText.Show(selector);
            List<Server> together = [.. servers.Where(s => s.Selector == shown || ShareAPod(c, selector, shown, s))];
            if (shown.Length > 0 && together.Count == 0)
            {
                GatewayAnalyzers.ReportSelector(c, gateway, selector);
                continue;
            }

            foreach (Server own in Servers(gateway))
            {
                // Of several servers of one Gateway on one port, the last one counts.
                IEnumerable<string> others = together
                    .Where(s => s.Port == own.Port && !ReferenceEquals(s.Gateway, gateway))
                    .GroupBy(static s => (AnalysisContext.FullName(s.Gateway), s.Selector)).Select(static g => g.Last())
                    .Where(s => s.Bind == own.Bind && s.Hosts.Any(own.Hosts.Contains))
                    .Select(static s => AnalysisContext.FullName(s.Gateway)).Order(StringComparer.Ordinal);
                string names = string.Join(',', others);
                if (names.Length > 0)
                {
                    c.Report("IST0145", gateway, string.Create(CultureInfo.InvariantCulture,
                        $"Conflict with gateways {names} (workload selector {shown}, port {own.Port}, hosts " +
                        $"{string.Join(',', own.Hosts)})."));
                }
            }
        }
    }

    private static IEnumerable<Server> Servers(KubeObject gateway) => gateway.Node.Items("spec", "servers")
        .Select(s => new Server(gateway, LabelText.Show(GatewayAnalyzers.Selector(gateway)),
            s.Number("port", "number"), s.Text("bind"), s.Texts("hosts")));

    private static bool ShareAPod(
        AnalysisContext c, IReadOnlyList<(string Key, string Value)> selector, string shown, Server other)
    {
        bool isPart = other.Selector.Contains(shown, StringComparison.Ordinal)
                      || shown.Contains(other.Selector, StringComparison.Ordinal);
        return isPart && c.Each("Pod").Any(p => LabelText.Matches(selector, p)
            && LabelText.Matches(GatewayAnalyzers.Selector(other.Gateway), p));
    }

    private sealed record Server(
        KubeObject Gateway, string Selector, long Port, string Bind, IReadOnlyList<string> Hosts);
}
