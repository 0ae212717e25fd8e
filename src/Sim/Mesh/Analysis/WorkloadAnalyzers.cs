using System.Globalization;
using Sim.Manifests;

namespace Sim.Mesh.Analysis;

/// <summary>Analyzers about workloads and about single fields.</summary>
/// <remarks>Istio: pkg/config/analysis/analyzers/deployment, conditions, deprecation.</remarks>
internal static class WorkloadAnalyzers
{
    /// <summary>Services that lead to the pods of one Deployment.</summary>
    public static void Services(AnalysisContext c)
    {
        foreach (Deployment d in c.Each("Deployment").OfType<Deployment>())
        {
            if (d.Label("gateway.istio.io/managed") != "istio.io-mesh-controller"
                && MeshMembership.IsDeploymentInMesh(c, d))
            {
                CheckServices(c, d);
            }
        }
    }

    /// <summary>Applications that run as user 1337.</summary>
    public static void UserId(AnalysisContext c)
    {
        foreach (KubeObject o in c.Each("Pod").Concat(c.Each("Deployment")))
        {
            YamlNode? pod = o is Manifests.Pod ? o.Node.At("spec") : o.Node.At("spec", "template", "spec");
            bool isReserved = IsReserved(pod) || pod.Items("containers").Any(static x =>
                x.Text("name") is not (MeshMembership.Proxy or "istio-operator") && IsReserved(x));
            if (isReserved && !ServiceAnalyzers.IsControlPlane(o))
            {
                c.Report("IST0144", o, "User ID (UID) 1337 is reserved for the sidecar proxy.");
            }
        }
    }

    /// <summary>Negative conditions of Services, ServiceEntries and AuthorizationPolicies.</summary>
    public static void Conditions(AnalysisContext c)
    {
        foreach (string kind in (string[])["Service", "ServiceEntry", "AuthorizationPolicy"])
        {
            foreach (KubeObject o in c.Each(kind))
            {
                foreach (YamlNode x in o.Node.Items("status", "conditions"))
                {
                    if (x.Text("status") == "False")
                    {
                        c.Report("IST0171", o, "A condition with a negative status is present: type=" +
                            $"{x.Text("type")}, reason={x.Text("reason")}, message={x.Text("message")}.");
                    }
                }
            }
        }
    }

    /// <summary>Deprecated fields.</summary>
    public static void Deprecation(AnalysisContext c)
    {
        foreach (KubeObject o in c.Each("VirtualService"))
        {
            if (o.Node.Items("spec", "http").Any(static h => h.Number("fault", "delay", "percent") > 0))
            {
                c.Report("IST0002", o, "Deprecated: HTTPRoute.fault.delay.percent is deprecated; use " +
                    "HTTPRoute.fault.delay.percentage");
            }
        }

        foreach (KubeObject o in c.Each("Sidecar"))
        {
            if (o.Node.At("spec", "outboundTrafficPolicy", "egressProxy") is not null)
            {
                c.Report("IST0002", o, "Deprecated: OutboundTrafficPolicy.EgressProxy ignored");
            }
        }

        foreach (KubeObject o in c.Each("CustomResourceDefinition"))
        {
            string kind = o.Node.Text("spec", "names", "kind");
            if (o.Node.Text("spec", "group") == "rbac.istio.io"
                && kind is "ClusterRbacConfig" or "RbacConfig" or "ServiceRole" or "ServiceRoleBinding")
            {
                c.Report("IST0002", o, $"Deprecated: Custom resource type rbac.istio.io {kind} is removed");
            }
        }
    }

    private static bool IsReserved(YamlNode? owner) => owner.Number("securityContext", "runAsUser") == 1337;

    private static void CheckServices(AnalysisContext c, Deployment d)
    {
        IReadOnlyList<(string Key, string Value)> labels = LabelText.Pairs(d.Spec?.Template?.Metadata?.Labels);
        var byPort = new SortedDictionary<long, SortedDictionary<string, List<string>>>();
        var byTarget = new SortedDictionary<string, SortedDictionary<long, string>>(StringComparer.Ordinal);
        foreach (KubeObject s in c.Each("Service"))
        {
            IReadOnlyList<(string Key, string Value)> selector = LabelText.Pairs(s.Node.At("spec", "selector"));
            if (s.Namespace != d.Namespace || selector.Count == 0 || !LabelText.Matches(selector, labels))
            {
                continue;
            }

            foreach (YamlNode p in s.Node.Items("spec", "ports"))
            {
                long port = p.Number("port");
                string protocol = p.Text("protocol") is { Length: > 0 } given ? given : "TCP";
                string target = p.Text("targetPort") is { Length: > 0 } t && t != "0" ? t
                    : port.ToString(CultureInfo.InvariantCulture);
                Of(Of(byPort, port, static () => new(StringComparer.Ordinal)), protocol, static () => [])
                    .Add(AnalysisContext.FullName(s));
                Of(byTarget, target, static () => [])[port] = AnalysisContext.FullName(s);
            }
        }

        int? line = AnalysisContext.LineOf(d, "metadata", "name");
        foreach ((long port, SortedDictionary<string, List<string>> protocols) in byPort)
        {
            if (protocols.Count > 1)
            {
                IEnumerable<string> names = protocols.Values.SelectMany(static n => n).Order(StringComparer.Ordinal);
                c.Report("IST0116", d, string.Create(CultureInfo.InvariantCulture,
                    $"This deployment {d.Name} is associated with multiple services using port {port} but different " +
                    $"protocols: {LabelText.List(names)}"), line);
            }
        }

        foreach ((string target, SortedDictionary<long, string> ports) in byTarget)
        {
            if (ports.Count > 1)
            {
                c.Report("IST0137", d, $"This deployment {d.Name} is associated with multiple services " +
                    $"{LabelText.List(ports.Values.Order(StringComparer.Ordinal))} using targetPort \"{target}\" but " +
                    $"different ports: {LabelText.List(ports.Keys.Select(static p =>
                        p.ToString(CultureInfo.InvariantCulture)))}.", line);
            }
        }
    }

    private static TValue Of<TKey, TValue>(SortedDictionary<TKey, TValue> map, TKey key, Func<TValue> make)
        where TKey : notnull
    {
        if (!map.TryGetValue(key, out TValue? value))
        {
            map.Add(key, value = make());
        }

        return value;
    }
}
