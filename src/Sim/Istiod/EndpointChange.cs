using System.Collections.Immutable;
using Sim.Mesh;

namespace Sim.Istiod;

/// <summary>Services whose endpoints differ between two states of one istiod, when nothing else differs that proxies
/// are told.</summary>
/// <remarks>
/// Istio: pilot/pkg/xds/eds.go, pilot/pkg/model/endpointshards.go#UpdateServiceEndpoints: an endpoint update alone is
/// pushed as EDS unless the service accounts change; networks' gateways force a full push. Here also services whose
/// endpoints stand in clusters or listeners (DNS, headless) ask for everything anew.
/// </remarks>
internal sealed class EndpointChange
{
    private EndpointChange(List<Service> services) => Services = services;

    /// <summary>The services, as the newer state has them.</summary>
    public IReadOnlyList<Service> Services { get; }

    /// <summary>Whether two models differ in pods, nodes and endpoints only.</summary>
    public static bool IsOfWorkloads(MeshModel before, MeshModel after)
    {
        if (!ReferenceEquals(before.Options, after.Options) || before.Clusters.Count != after.Clusters.Count)
        {
            return false;
        }

        for (int i = 0; i < before.Clusters.Count; i++)
        {
            KubeCluster a = before.Clusters[i];
            KubeCluster b = after.Clusters[i];
            bool isSame = a.Name == b.Name && ReferenceEquals(a.Config, b.Config)
                && ReferenceEquals(a.Namespaces, b.Namespaces) && ReferenceEquals(a.Services, b.Services)
                && ReferenceEquals(a.WorkloadEntries, b.WorkloadEntries)
                && ReferenceEquals(a.ServiceEntries, b.ServiceEntries)
                && ReferenceEquals(a.DestinationRules, b.DestinationRules)
                && ReferenceEquals(a.VirtualServices, b.VirtualServices)
                && ReferenceEquals(a.Sidecars, b.Sidecars) && ReferenceEquals(a.Gateways, b.Gateways)
                && ReferenceEquals(a.PeerAuthentications, b.PeerAuthentications)
                && ReferenceEquals(a.AuthorizationPolicies, b.AuthorizationPolicies)
                && ReferenceEquals(a.RequestAuthentications, b.RequestAuthentications)
                && a.Network == b.Network && a.ControlPlane == b.ControlPlane && a.TrustRoot == b.TrustRoot
                && a.Reads.SequenceEqual(b.Reads);
            if (!isSame)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>What changed; null when more than endpoints must be made anew.</summary>
    public static EndpointChange? Between(PushContext before, PushContext after)
    {
        if (!before.Gateways.Same(after.Gateways) || !before.DnsGateways.Same(after.DnsGateways)
            || before.Registry.Services.Count != after.Registry.Services.Count)
        {
            return null;
        }

        var changed = new List<Service>();
        for (int i = 0; i < after.Registry.Services.Count; i++)
        {
            Service a = before.Registry.Services[i];
            Service b = after.Registry.Services[i];
            if (a.Hostname != b.Hostname || a.Namespace != b.Namespace)
            {
                return null;
            }

            if (Same(before.Registry.Endpoints(a.Hostname, a.Namespace),
                after.Registry.Endpoints(b.Hostname, b.Namespace)))
            {
                continue;
            }

            if (!IsOfEndpoints(a, b.ServiceAccounts))
            {
                return null;
            }

            changed.Add(b);
        }

        return Of(changed, after.Cluster);
    }

    /// <summary>Whether a service whose endpoints changed stands in nothing else that changes with them.</summary>
    /// <param name="before">The service before.</param>
    /// <param name="accounts">Identities of its endpoints now.</param>
    public static bool IsOfEndpoints(Service before, IReadOnlyList<string> accounts) =>
        before.Resolution == Resolution.ClientSideLb
        && before.ServiceAccounts.SequenceEqual(accounts, StringComparer.Ordinal);

    /// <summary>The change of services; null when a rule asks for clusters anew.</summary>
    /// <param name="services">Services whose endpoints changed, nothing else.</param>
    /// <param name="cluster">The istiod's own cluster.</param>
    public static EndpointChange? Of(List<Service> services, KubeCluster cluster)
    {
        // Whether a cluster under a passthrough rule speaks TLS depends on its endpoints.
        bool isMore = services.Count > 0 && cluster.DestinationRules.Any(UsesPassthrough);
        return isMore ? null : new EndpointChange(services);
    }

    private static bool UsesPassthrough(DestinationRule rule) => Uses(rule.TrafficPolicy)
        || rule.Subsets.Any(static s => Uses(s.TrafficPolicy));

    private static bool Uses(TrafficPolicy? policy) => policy is not null
        && (policy.LoadBalancer?.Simple == SimpleLb.Passthrough
            || policy.PortLevelSettings.Any(static p => p.LoadBalancer?.Simple == SimpleLb.Passthrough));

    /// <summary>Whether endpoints are equal in order.</summary>
    public static bool Same(IEnumerable<IstioEndpoint> before, IEnumerable<IstioEndpoint> after)
    {
        using IEnumerator<IstioEndpoint> b = after.GetEnumerator();
        foreach (IstioEndpoint a in before)
        {
            if (!b.MoveNext() || !Same(a, b.Current))
            {
                return false;
            }
        }

        return !b.MoveNext();
    }

    private static bool Same(IstioEndpoint a, IstioEndpoint b) => a.Address == b.Address && a.Port == b.Port
        && a.PortName == b.PortName && a.Network == b.Network && a.Cluster == b.Cluster
        && a.ServiceAccount == b.ServiceAccount && a.TlsMode == b.TlsMode && a.Weight == b.Weight
        && a.Health == b.Health && a.SendUnhealthy == b.SendUnhealthy && a.Namespace == b.Namespace
        && a.Workload == b.Workload && a.NodeName == b.NodeName && a.Hostname == b.Hostname
        && a.LocalityLabel == b.LocalityLabel && a.Locality == b.Locality && Same(a.Labels, b.Labels);

    private static bool Same(
        ImmutableSortedDictionary<string, string> a, ImmutableSortedDictionary<string, string> b) =>
        ReferenceEquals(a, b) || (a.Count == b.Count && a.SequenceEqual(b));
}
