using Sim.Core;
using Sim.Mesh;

namespace Sim.Istiod;

/// <summary>Hosts whose calls stay in the caller's cluster.</summary>
/// <remarks>Istio: pilot/pkg/model/cluster_local.go.</remarks>
internal sealed class ClusterLocalHosts
{
    private readonly Dictionary<string, bool> _exact = new(StringComparer.Ordinal);
    private readonly Dictionary<string, bool> _wildcard = new(StringComparer.Ordinal);

    public ClusterLocalHosts(MeshConfig config, IstioProfile profile)
    {
        List<string> defaults =
        [
            "*.kube-system.svc." + config.Domain, "kubernetes.default.svc." + config.Domain,
            "istiod." + config.RootNamespace + ".svc." + config.Domain,
        ];
        foreach (ServiceSettings s in config.ServiceSettings)
        {
            foreach (string host in s.Hosts)
            {
                if (!s.ClusterLocal)
                {
                    defaults.RemoveAll(d => d == host || (Mesh.Hostname.IsWildcard(host)
                        && Mesh.Hostname.SubsetOf(d, host)));
                }

                if (s.ClusterLocal || profile != IstioProfile.V1_22)
                {
                    Set(host, s.ClusterLocal);
                }
            }
        }

        foreach (string d in defaults)
        {
            Set(d, true);
        }
    }

    /// <summary>Whether calls of a host stay in the cluster; the most specific entry decides.</summary>
    public bool IsClusterLocal(string host)
    {
        if (_exact.TryGetValue(host, out bool exact))
        {
            return exact;
        }

        string? best = Mesh.Hostname.MostSpecificMatch(host, _wildcard.Keys);
        return best is not null && _wildcard[best];
    }

    private void Set(string host, bool value)
    {
        (Mesh.Hostname.IsWildcard(host) ? _wildcard : _exact).TryAdd(host, value);
    }
}
