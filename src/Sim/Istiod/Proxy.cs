using System.Collections.Immutable;
using Sim.Core;
using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>A proxy as its istiod knows it.</summary>
/// <remarks>Istio: pilot/pkg/model/context.go#Proxy, pilot/pkg/xds/ads.go#setTopologyLabels.</remarks>
internal sealed class Proxy
{
    private ImmutableSortedDictionary<string, string>? _labels;

    public Proxy(PushContext push, ProxyRef reference)
    {
        Push = push;
        Reference = reference;
        KubeCluster cluster = push.Mesh.Cluster(reference.Cluster);
        if (!cluster.Pods.TryGetValue(reference.Namespace + "/" + reference.Pod, out Pod? pod))
        {
            throw new ArgumentException($"no pod {reference.Namespace}/{reference.Pod} in cluster {reference.Cluster}",
                nameof(reference));
        }

        Pod = pod;
        string stated = pod.ProxyMetadata.GetValueOrDefault("NETWORK", "");
        Network = stated.Length > 0 ? stated : pod.Network.Length > 0 ? pod.Network : cluster.Network;
        Locality = Locality.Parse(pod.Locality);
        string capture = pod.ProxyMetadata.GetValueOrDefault("DNS_CAPTURE", "");
        HasDnsCapture = capture.Length > 0 ? capture == "true" : push.Config.DnsCapture;
        string allocate = pod.ProxyMetadata.GetValueOrDefault("DNS_AUTO_ALLOCATE", "");
        UsesAllocatedAddresses = HasDnsCapture && (push.Profile != IstioProfile.V1_22
            || (allocate.Length > 0 ? allocate == "true" : push.Config.DnsAutoAllocate));
        Scope = push.ScopeFor(reference.Namespace, pod.Meta.Labels, reference.IsGateway);
        string view = pod.ProxyMetadata.GetValueOrDefault("REQUESTED_NETWORK_VIEW", "");
        NetworkView = view.Length == 0 ? [] : view.Split(',', StringSplitOptions.TrimEntries);
    }

    public PushContext Push { get; }

    public ProxyRef Reference { get; }

    public Pod Pod { get; }

    public string Cluster => Reference.Cluster;

    public string Namespace => Reference.Namespace;

    public bool IsGateway => Reference.IsGateway;

    public string Network { get; }

    public Locality Locality { get; }

    /// <summary>Labels with its place.</summary>
    public ImmutableSortedDictionary<string, string> Labels => _labels ??= TopologyLabels.Augment(
        Pod.Meta.Labels, Reference.Cluster, Pod.Locality, Pod.NodeName, Network);

    public SidecarScope Scope { get; }

    /// <summary>Its DNS queries are answered by its own proxy.</summary>
    public bool HasDnsCapture { get; }

    /// <summary>Its DNS answers with the addresses given to ServiceEntries that state none.</summary>
    public bool UsesAllocatedAddresses { get; }

    /// <summary>Networks it asked for; empty = all.</summary>
    public IReadOnlyList<string> NetworkView { get; }

    /// <summary>The rule in force for a service when this proxy calls it.</summary>
    /// <remarks>Istio: pilot/pkg/model/sidecar.go#DestinationRule.</remarks>
    public ConsolidatedDestinationRule? RuleFor(Service service, bool outbound = true)
    {
        if (Scope.Find(service.Hostname) is null)
        {
            return null;
        }

        ConsolidatedDestinationRule? common = null;
        foreach (ConsolidatedDestinationRule r in Scope.RulesFor(service.Hostname, service.Namespace))
        {
            if (r.Rule.WorkloadSelector is null)
            {
                common = r;
            }
            else if (outbound && r.Rule.Meta.Namespace == Namespace
                && LabelSet.SubsetOf(r.Rule.WorkloadSelector, Pod.Meta.Labels))
            {
                return r;
            }
        }

        return common;
    }

    /// <summary>The address the control plane gave a ServiceEntry; only callers whose DNS is captured use it.</summary>
    public IEnumerable<string> AllocatedAddressOf(Service s) =>
        s.AllocatedAddress.Length > 0 && UsesAllocatedAddresses ? [s.AllocatedAddress] : [];

    /// <summary>Whether the proxy has an address of the same family; a proxy without address takes all.</summary>
    public bool SpeaksTo(string address)
    {
        bool any = false;
        foreach (string own in Pod.Ips)
        {
            any = true;
            if (own.Contains(':', StringComparison.Ordinal) == address.Contains(':', StringComparison.Ordinal))
            {
                return true;
            }
        }

        return !any;
    }

    /// <summary>Whether an address of a network is reached directly.</summary>
    public bool InNetwork(string network) => Network.Length == 0 || network.Length == 0 || Network == network;
}
