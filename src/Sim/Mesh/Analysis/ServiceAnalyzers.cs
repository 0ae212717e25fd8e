using System.Globalization;
using Sim.Manifests;

namespace Sim.Mesh.Analysis;

/// <summary>Analyzers of Services and ServiceEntries.</summary>
/// <remarks>Istio: pkg/config/analysis/analyzers/service, serviceentry, multicluster/service.go.</remarks>
internal static class ServiceAnalyzers
{
    /// <summary>True for objects of Istio's own installation.</summary>
    public static bool IsControlPlane(KubeObject o) => o.Label("istio") is not null || o.Label("release") == "istio";

    /// <summary>Ports whose protocol is not declared.</summary>
    public static void PortNames(AnalysisContext c)
    {
        foreach (KubeObject o in c.Each("Service"))
        {
            bool isExternal = o.Node.Text("spec", "type") == "ExternalName";
            IReadOnlyList<YamlNode> ports = IsControlPlane(o) ? [] : o.Node.Items("spec", "ports");
            for (int i = 0; i < ports.Count; i++)
            {
                YamlNode port = ports[i];
                string name = port.Text("name");
                int number = (int)Math.Clamp(port.Number("port"), int.MinValue, int.MaxValue);
                Protocol protocol = Protocols.OfKubePort(number, name, port.Text("protocol"),
                    port.At("appProtocol") is null ? null : port.Text("appProtocol"));
                if (protocol != Protocol.Unsupported && !(isExternal && name == "tcp"))
                {
                    continue;
                }

                string target = port.Text("targetPort") is { Length: > 0 } t ? t : "0";
                int? line = AnalysisContext.LineOf(
                    o, "spec", "ports", i.ToString(CultureInfo.InvariantCulture), "port");
                if (isExternal)
                {
                    c.Report("IST0150", o, "Port name for ExternalName service is invalid. Proxy may prevent tcp " +
                        "named ports and unmatched traffic for ports serving TCP protocol from being forwarded " +
                        "correctly", line);
                }
                else
                {
                    c.Report("IST0118", o, string.Create(CultureInfo.InvariantCulture,
                        $"Port name {name} (port: {number}, targetPort: {target}) doesn't follow the naming " +
                        $"convention of Istio port."), line);
                }
            }
        }
    }

    /// <summary>TCP ports of ServiceEntries without an address of their own.</summary>
    public static void Addresses(AnalysisContext c)
    {
        YamlNode? metadata = c.MeshConfig.At("defaultConfig", "proxyMetadata");
        bool isAllocated = metadata.Text("PILOT_ENABLE_IP_AUTOALLOCATE") == "true"
            || (metadata.Text("ISTIO_META_DNS_CAPTURE") == "true"
                && metadata.Text("ISTIO_META_DNS_AUTO_ALLOCATE") == "true");
        foreach (KubeObject o in isAllocated ? [] : c.Each("ServiceEntry"))
        {
            IReadOnlyList<YamlNode> ports = o.Node.Items("spec", "ports");
            bool hasAddress = o.Node.Items("spec", "addresses").Count > 0
                              || o.Node.Items("status", "addresses").Count > 0;
            for (int i = 0; i < ports.Count && !hasAddress; i++)
            {
                string protocol = ports[i].Text("protocol");
                if (protocol.Length == 0 || string.Equals(protocol, "TCP", StringComparison.OrdinalIgnoreCase))
                {
                    c.Report("IST0134", o, "ServiceEntry addresses are required for this protocol.",
                        AnalysisContext.LineOf(o, "spec", "ports", i.ToString(CultureInfo.InvariantCulture), "name"));
                }
            }
        }
    }

    /// <summary>Services that clusters declare differently. Each is compared with that of the first cluster.</summary>
    public static void Clusters(AnalysisContext c)
    {
        foreach (IGrouping<string, KubeObject> group in c.Each("Service").GroupBy(static s => s.Resource))
        {
            List<KubeObject> all = [.. group];
            KubeObject first = all[0];
            var reasons = new SortedSet<string>(StringComparer.Ordinal);
            var clusters = new SortedSet<string>(StringComparer.Ordinal);
            foreach (KubeObject other in all.Skip(1))
            {
                if (IsHeadless(first) != IsHeadless(other))
                {
                    reasons.Add("service has mixed mode like headless and clusterIP");
                    clusters.UnionWith(all.Select(c.ClusterOf));
                }

                if (first.Node.Text("spec", "type") != other.Node.Text("spec", "type"))
                {
                    reasons.Add("service type is inconsistent");
                    clusters.Add(c.ClusterOf(other));
                }

                if (Ports(first) != Ports(other))
                {
                    reasons.Add("service ports are inconsistent");
                    clusters.Add(c.ClusterOf(other));
                }
            }

            if (reasons.Count > 0)
            {
                clusters.Add(c.ClusterOf(first));
                c.Report("IST0170", first, $"The service {first.Name} in namespace \"{first.Namespace}\" is " +
                    $"inconsistent across clusters {LabelText.List(clusters.Select(JsonText.Quote))}, which can lead " +
                    $"to undefined behaviors. The inconsistent behaviors are: {string.Join("; ", reasons)}.");
            }
        }
    }

    private static bool IsHeadless(KubeObject service) => service.Node.Text("spec", "clusterIP") == "None";

    private static string Ports(KubeObject service) => string.Join('\n', service.Node.Items("spec", "ports")
        .OrderBy(static p => p.Text("name"), StringComparer.Ordinal).Select(JsonText.Of));
}
