using Sim.Envoy;
using Sim.Xds;

namespace Sim.Runs;

/// <content>Clusters without hosts of their own: a connection goes where its caller wanted to.</content>
/// <remarks>Envoy: source/extensions/clusters/original_dst/original_dst_cluster.cc. Its health does not count.
/// Simplified: hosts that nobody asks for any more stay (Envoy forgets them after <c>cleanup_interval</c>, 5 s by
/// default), so their free connections live until the idle timeout.</remarks>
internal sealed partial class RequestLifecycle
{
    private Host OriginalHost(ClusterRuntime cluster, LbEndpoint endpoint)
    {
        IReadOnlyList<Host> hosts = cluster.Upstream.Hosts;
        for (int i = 0; i < hosts.Count; i++)
        {
            if (hosts[i].Endpoint.Port == endpoint.Port && hosts[i].Endpoint.Address == endpoint.Address)
            {
                return hosts[i];
            }
        }

        UpdateEndpoints(cluster, new ClusterLoadAssignment
        {
            ClusterName = cluster.Config.Name,
            Endpoints = [new LocalityLbEndpoints(
                Locality.Empty, 0, null, [.. hosts.Select(static h => h.Endpoint), endpoint])],
        });
        return cluster.Upstream.Hosts[^1];
    }
}
