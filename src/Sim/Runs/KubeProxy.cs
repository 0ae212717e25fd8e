using System.Globalization;
using Sim.Manifests;
using Sim.Xds;

namespace Sim.Runs;

/// <summary>What a pod without sidecar gets instead of one: connections to a Service's address go to a ready pod of
/// the pod's own cluster, chosen at random, in plaintext, once.</summary>
/// <remarks>Kubernetes: pkg/proxy/iptables/proxier.go: rules with equal probabilities per endpoint.</remarks>
internal static class KubeProxy
{
    /// <summary>Addresses that are no Service's.</summary>
    private const string Direct = "PassthroughCluster";

    public static ProxySnapshot Snapshot(ManifestSet objects, long version, Locality locality)
    {
        var clusters = new Dictionary<string, ClusterConfig>(StringComparer.Ordinal);
        var endpoints = new Dictionary<string, ClusterLoadAssignment>(StringComparer.Ordinal);
        var listeners = new List<OutboundListener>();
        foreach (Service service in objects.Of<Service>())
        {
            string address = service.Spec?.ClusterIP?.Value ?? "";
            if (address.Length == 0 || address == "None")
            {
                continue;
            }

            foreach (ServicePort port in service.Spec!.Ports)
            {
                int number = (int)(port.Port?.Value ?? 0);
                string name = string.Create(CultureInfo.InvariantCulture,
                    $"kube-proxy|{number}|{service.Name}.{service.Namespace}");
                clusters[name] = new ClusterConfig
                {
                    Name = name,
                    LbPolicy = LbPolicy.Random,
                    ConnectTimeoutNs = 127 * Core.SimDuration.Second,
                    ServiceHost = service.Name + "." + service.Namespace + ".svc.cluster.local",
                    ServiceNamespace = service.Namespace,
                    Origin = service.Span,
                };
                endpoints[name] = new ClusterLoadAssignment
                {
                    ClusterName = name,
                    Endpoints = [new LocalityLbEndpoints(Locality.Empty, 0, null, Ready(objects, service, port))],
                };
                listeners.Add(new OutboundListener
                {
                    Address = address,
                    Port = number,
                    Protocol = PortProtocol.Tcp,
                    TcpClusters = [new WeightedCluster(name, 1)],
                });
            }
        }

        clusters[Direct] = new ClusterConfig
        {
            Name = Direct, Type = DiscoveryType.OriginalDst, LbPolicy = LbPolicy.ClusterProvided,
            ConnectTimeoutNs = 127 * Core.SimDuration.Second,
        };
        return new ProxySnapshot
        {
            Version = version,
            Clusters = clusters,
            Endpoints = endpoints,
            Routes = new Dictionary<string, RouteConfiguration>(StringComparer.Ordinal),
            Outbound = listeners,
            OutboundCatchAll = Direct,
            Locality = locality,
        };
    }

    private static List<LbEndpoint> Ready(ManifestSet objects, Service service, ServicePort port)
    {
        var list = new List<LbEndpoint>();
        foreach (EndpointSlice slice in objects.Of<EndpointSlice>())
        {
            if (slice.Namespace != service.Namespace || slice.Label("kubernetes.io/service-name") != service.Name)
            {
                continue;
            }

            EndpointPort? target = slice.Ports.FirstOrDefault(p =>
                (p.Name?.Value ?? "") == (port.Name?.Value ?? ""));
            if (target?.Port is not { } number)
            {
                continue;
            }

            foreach (Manifests.Endpoint e in slice.Endpoints)
            {
                if ((e.Conditions?.Ready?.Value ?? true) && e.Addresses.Count > 0)
                {
                    list.Add(new LbEndpoint { Address = e.Addresses[0].Value, Port = (int)number.Value });
                }
            }
        }

        return list;
    }
}
