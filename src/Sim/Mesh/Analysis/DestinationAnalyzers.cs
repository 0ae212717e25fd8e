using System.Globalization;
using Sim.Manifests;

namespace Sim.Mesh.Analysis;

/// <summary>Destinations of VirtualServices.</summary>
/// <remarks>Istio: pkg/config/analysis/analyzers/virtualservice/destinationhosts.go, destinationrules.go.</remarks>
internal static class DestinationAnalyzers
{
    /// <summary>Hosts and ports that do not exist, and subsets that a gateway passes by.</summary>
    public static void Hosts(AnalysisContext c)
    {
        var hosts = new HostIndex(c);
        foreach (KubeObject o in c.Each("VirtualService"))
        {
            IReadOnlyList<string> exportTo = o.Node.Texts("spec", "exportTo");
            foreach (Destination d in Destinations(o))
            {
                string host = d.Node.Text("host");
                if (hosts.Find(o.Namespace, exportTo, host) is { } known)
                {
                    CheckPort(c, o, d, host, known);
                }
                else
                {
                    string what = d.IsMirror ? "mirror host" : "host";
                    c.Report("IST0101", o, $"Referenced {what} not found: {JsonText.Quote(host)}", d.Line);
                }
            }

            CheckSubsets(c, o);
        }
    }

    /// <summary>Subsets that no DestinationRule defines.</summary>
    public static void Subsets(AnalysisContext c)
    {
        HashSet<(string, string, string)> known = [.. c.Each("DestinationRule").SelectMany(static o =>
        {
            (string space, string name) = HostIndex.Resource(o.Namespace,
                HostIndex.Fqdn(o.Namespace, o.Node.Text("spec", "host")));
            return o.Node.Items("spec", "subsets").Select(s => (space, name, s.Text("name")));
        })];
        foreach (KubeObject o in c.Each("VirtualService"))
        {
            foreach (Destination d in Destinations(o))
            {
                string host = d.Node.Text("host");
                string subset = d.Node.Text("subset");
                (string space, string name) = HostIndex.Resource(o.Namespace, host);
                if (subset.Length > 0 && !known.Contains((space, name, subset)))
                {
                    string what = d.IsMirror ? "mirror+subset" : "host+subset";
                    c.Report("IST0101", o, $"Referenced {what} in destinationrule not found: " +
                        JsonText.Quote(host + "+" + subset), d.Line);
                }
            }
        }
    }

    private static IEnumerable<Destination> Destinations(KubeObject o)
    {
        static string Text(int i) => i.ToString(CultureInfo.InvariantCulture);
        foreach (string kind in (string[])["tcp", "tls", "http"])
        {
            IReadOnlyList<YamlNode> rules = o.Node.Items("spec", kind);
            for (int i = 0; i < rules.Count; i++)
            {
                IReadOnlyList<YamlNode> routes = rules[i].Items("route");
                for (int j = 0; j < routes.Count; j++)
                {
                    yield return new Destination(routes[j].At("destination"), false, AnalysisContext.LineOf(
                        o, "spec", kind, Text(i), "route", Text(j), "destination", "host"));
                }
            }
        }

        IReadOnlyList<YamlNode> http = o.Node.Items("spec", "http");
        for (int i = 0; i < http.Count; i++)
        {
            if (http[i].At("mirror") is { } mirror)
            {
                yield return new Destination(mirror, true,
                    AnalysisContext.LineOf(o, "spec", "http", Text(i), "mirror", "host"));
            }

            foreach (YamlNode m in http[i].Items("mirrors"))
            {
                yield return new Destination(m.At("destination"), true, null);
            }
        }
    }

    private static void CheckPort(AnalysisContext c, KubeObject o, Destination d, string host, KnownHost known)
    {
        if (d.Node.At("port") is null)
        {
            if (known.Ports.Count > 1)
            {
                string ports = LabelText.List(known.Ports.Select(static p => p.ToString(CultureInfo.InvariantCulture)));
                c.Report("IST0112", o, $"This VirtualService routes to a service {JsonText.Quote(host)} that exposes " +
                    $"multiple ports {ports}. Specifying a port in the destination is required to disambiguate.",
                    d.Line);
            }

            return;
        }

        long port = d.Node.Number("port", "number");
        if (!known.Ports.Contains(port))
        {
            c.Report("IST0101", o, string.Create(CultureInfo.InvariantCulture,
                $"Referenced host:port not found: \"{host}:{port}\""), d.Line);
        }
    }

    /// <summary>A gateway routes without subset to a host that another VirtualService splits by subset.</summary>
    private static void CheckSubsets(AnalysisContext c, KubeObject o)
    {
        IReadOnlyList<YamlNode> rules = o.Node.Items("spec", "gateways").Count == 0 ? [] : o.Node.Items("spec", "http");
        for (int i = 0; i < rules.Count; i++)
        {
            IReadOnlyList<YamlNode> routes = rules[i].Items("route");
            for (int j = 0; j < routes.Count; j++)
            {
                string host = routes[j].Text("destination", "host");
                if (routes[j].At("destination") is null || routes[j].Text("destination", "subset").Length > 0)
                {
                    continue;
                }

                foreach (KubeObject other in c.Each("VirtualService").Where(v => Splits(v, host)))
                {
                    // Istio looks the line up under the route's name, which only a route named http or tcp has.
                    string name = rules[i].Text("name");
                    c.Report("IST0140", o, $"Subset in virtual service {AnalysisContext.FullName(other)} has no " +
                        $"effect on ingress gateway {AnalysisContext.FullName(o)} requests",
                        name.Length == 0 ? null : AnalysisContext.LineOf(o, "spec", name,
                            i.ToString(CultureInfo.InvariantCulture), "route",
                            j.ToString(CultureInfo.InvariantCulture), "destination", "host"));
                }
            }
        }
    }

    private static bool Splits(KubeObject o, string host) => o.Node.Texts("spec", "hosts").Contains(host)
        && o.Node.Items("spec", "http").SelectMany(static h => h.Items("route")).Any(r =>
            r.Text("destination", "host") == host && r.Text("destination", "subset").Length > 0);

    private sealed record Destination(YamlNode? Node, bool IsMirror, int? Line);
}
