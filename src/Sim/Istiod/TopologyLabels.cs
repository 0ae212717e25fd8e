using System.Collections.Immutable;
using Sim.Mesh;
using Sim.Xds;

namespace Sim.Istiod;

/// <summary>Labels that istiod adds to workloads.</summary>
/// <remarks>Istio: pkg/util/... label augmentation,
/// pilot/pkg/serviceregistry/util/label/label.go#AugmentLabels.</remarks>
internal static class TopologyLabels
{
    public const string Network = "topology.istio.io/network";
    public const string Cluster = "topology.istio.io/cluster";
    public const string Subzone = "topology.istio.io/subzone";
    public const string Region = "topology.kubernetes.io/region";
    public const string Zone = "topology.kubernetes.io/zone";
    public const string Hostname = "kubernetes.io/hostname";

    public static ImmutableSortedDictionary<string, string> Augment(
        ImmutableSortedDictionary<string, string> labels, string cluster, string locality, string node, string network)
    {
        ImmutableSortedDictionary<string, string>.Builder b = labels.ToBuilder();
        b.Remove("istio-locality");
        Locality l = Locality.Parse(locality);
        Set(b, Region, l.Region);
        Set(b, Zone, l.Zone);
        Set(b, Subzone, l.SubZone);
        Set(b, Cluster, cluster);
        Set(b, Hostname, node);
        if (network.Length > 0 && !b.ContainsKey(Network))
        {
            b[Network] = network;
        }

        return b.ToImmutable();
    }

    private static void Set(ImmutableSortedDictionary<string, string>.Builder b, string key, string value)
    {
        if (value.Length > 0)
        {
            b[key] = value;
        }
    }
}
