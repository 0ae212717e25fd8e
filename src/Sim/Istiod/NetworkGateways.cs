using System.Globalization;
using System.Net;
using Sim.Mesh;

namespace Sim.Istiod;

/// <summary>An address through which a network is reached.</summary>
internal sealed record NetworkGateway(string Network, string Cluster, string Address, int Port, string Namespace = "");

/// <summary>East-west gateways by network and by network and cluster.</summary>
/// <remarks>Istio: pilot/pkg/model/network.go, pilot/pkg/serviceregistry/kube/controller/network.go.
/// Simplified: gateways given by host name are not resolved; they are ignored as unresolvable names are, except by
/// clusters that Envoy resolves itself.</remarks>
internal sealed class NetworkGateways
{
    private const int DefaultPort = 15443;
    private readonly List<NetworkGateway> _all = [];
    private readonly SortedDictionary<string, List<NetworkGateway>> _byNetwork = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, List<NetworkGateway>> _byNetworkAndCluster = new(StringComparer.Ordinal);

    /// <param name="gateways">Gateways; repetitions count once.</param>
    /// <param name="keepsNames">Gateways given by name are kept.</param>
    public NetworkGateways(IEnumerable<NetworkGateway> gateways, bool keepsNames = false)
    {
        foreach (NetworkGateway g in gateways.Distinct().OrderBy(static g => g.Address, StringComparer.Ordinal)
                     .ThenBy(static g => g.Port))
        {
            if (!keepsNames && !IPAddress.TryParse(g.Address, out _))
            {
                continue;
            }

            _all.Add(g);
            AddTo(_byNetwork, g.Network, g);
            AddTo(_byNetworkAndCluster, Key(g.Network, g.Cluster), g);
        }

        Scale = 1;
        foreach (List<NetworkGateway> list in _byNetwork.Values.Concat(_byNetworkAndCluster.Values))
        {
            Scale = Lcm(Scale, (uint)list.Count);
        }
    }

    /// <summary>Least common multiple of the numbers of gateways.</summary>
    public uint Scale { get; }

    /// <summary>Whether another set has the same gateways.</summary>
    public bool Same(NetworkGateways other) => _all.SequenceEqual(other._all);

    /// <summary>True when some network has a gateway.</summary>
    public bool Any => _byNetwork.Count > 0;

    /// <summary>Gateways of a network in a cluster, or of the whole network when the cluster has none.</summary>
    public IReadOnlyList<NetworkGateway> For(string network, string cluster)
    {
        if (network.Length == 0 && cluster.Length == 0)
        {
            return [];
        }

        return _byNetworkAndCluster.TryGetValue(Key(network, cluster), out List<NetworkGateway>? exact) ? exact
            : _byNetwork.TryGetValue(network, out List<NetworkGateway>? all) ? all : [];
    }

    /// <summary>Finds the gateways of all clusters of a registry, as endpoints see them and as DNS clusters
    /// do.</summary>
    /// <remarks>
    /// Istio keeps a second set, with names, for DNS clusters and refreshes it only when the first set did not change
    /// (model/network.go#reload). So DNS clusters are one change behind: what the last cluster to be read added, and
    /// everything when one cluster is alone, they miss until something else touches the networks. The label of a
    /// cluster's network is such a touch; it comes before the cluster's own gateways.
    /// Simplified: remote clusters are read in the order of their names, and nothing happens afterwards.
    /// </remarks>
    public static (NetworkGateways Endpoints, NetworkGateways Dns) Find(ServiceRegistry registry, MeshConfig config)
    {
        var list = new List<NetworkGateway>();
        foreach (MeshNetwork n in config.Networks)
        {
            foreach ((string address, _, int port) in n.Gateways.Where(static g => g.Address.Length > 0))
            {
                list.Add(new NetworkGateway(n.Name, "", address, port));
            }
        }

        List<NetworkGateway> behind = [];
        foreach (KubeCluster cluster in registry.Clusters)
        {
            if (cluster.Network.Length > 0)
            {
                behind = [.. list];
            }

            foreach (KubeService s in cluster.Services)
            {
                if (registry.IsDiscovered(cluster, s.Meta.Namespace))
                {
                    AddService(list, cluster, s, config);
                }
            }
        }

        return (new NetworkGateways(list), new NetworkGateways(behind, keepsNames: true));
    }

    private static void AddService(List<NetworkGateway> list, KubeCluster cluster, KubeService s, MeshConfig config)
    {
        foreach ((string network, int port) in Roles(cluster, s, config))
        {
            if (s.GatewayNodeSelector is { } selector)
            {
                int nodePort = s.Ports.FirstOrDefault(p => p.Port == port)?.NodePort ?? 0;
                foreach (KubeNode node in cluster.Nodes.Values)
                {
                    if (nodePort > 0 && LabelSet.SubsetOf(selector, node.Labels))
                    {
                        list.AddRange(node.ExternalIps.Select(
                            ip => new NetworkGateway(network, cluster.Name, ip, nodePort, s.Meta.Namespace)));
                    }
                }

                continue;
            }

            list.AddRange(s.ExternalAddresses.Select(
                a => new NetworkGateway(network, cluster.Name, a, port, s.Meta.Namespace)));
        }
    }

    private static IEnumerable<(string Network, int Port)> Roles(KubeCluster cluster, KubeService s, MeshConfig config)
    {
        string label = s.Meta.Labels.GetValueOrDefault(TopologyLabels.Network, "");
        if (label.Length > 0)
        {
            string text = s.Meta.Labels.GetValueOrDefault("networking.istio.io/gatewayPort", "");
            int port = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int p) ? p : DefaultPort;
            if (s.Ports.Any(x => x.Port == port))
            {
                yield return (label, port);
            }

            yield break;
        }

        foreach (MeshNetwork n in config.Networks.Where(n => n.FromRegistry.Contains(cluster.Name)))
        {
            foreach ((_, string service, int port) in n.Gateways.Where(g => g.RegistryService == s.Hostname))
            {
                yield return (n.Name, port);
            }
        }
    }

    private static string Key(string network, string cluster) => network + "\n" + cluster;

    private static void AddTo(SortedDictionary<string, List<NetworkGateway>> map, string key, NetworkGateway g)
    {
        if (!map.TryGetValue(key, out List<NetworkGateway>? list))
        {
            map.Add(key, list = []);
        }

        list.Add(g);
    }

    private static uint Lcm(uint a, uint b)
    {
        uint x = a;
        uint y = b;
        while (y != 0)
        {
            (x, y) = (y, x % y);
        }

        return a / x * b;
    }
}
