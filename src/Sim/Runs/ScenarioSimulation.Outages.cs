using Sim.Core;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;

namespace Sim.Runs;

/// <content>Faults of whole clusters: control plane, API server, DNS.</content>
internal sealed partial class ScenarioSimulation
{
    private readonly Dictionary<string, List<DnsFault>> _dnsFaults = new(StringComparer.Ordinal);

    private List<string> ClustersOf(MatchSpec match) =>
    [
        .. _document.Clusters.Where(c => (match.Cluster.Value.Length == 0 || match.Cluster.Value == c.Name.Value)
            && (match.Region.Value.Length == 0 || match.Region.Value == c.Region.Value))
            .Select(static c => c.Name.Value),
    ];

    /// <summary>Begins a fault of clusters.</summary>
    /// <returns>What ends it.</returns>
    private Action OfClusters(FaultSpec fault)
    {
        List<string> clusters = ClustersOf(fault.Select);
        switch (fault.Kind.Value)
        {
            case FaultKind.IstiodDown:
                clusters.ForEach(c => _control.StopIstiod(c, _lifecycle.Now));
                return () => clusters.ForEach(c => _control.StartIstiod(c, _lifecycle.Now));
            case FaultKind.KubeApiDown:
                List<string>? readers = fault.Target is { } target ? ClustersOf(target) : null;
                clusters.ForEach(c => _control.StopApiServer(c, readers));
                return () => clusters.ForEach(c => _control.StartApiServer(c, readers, _lifecycle.Now));
            default:
                var failure = new DnsFault(
                    fault.Host.Value ?? "", fault.Answer.Value == DnsFailureAnswer.Nxdomain, fault.Span);
                clusters.ForEach(c => ChangeDns(c, failure, begins: true));
                return () => clusters.ForEach(c => ChangeDns(c, failure, begins: false));
        }
    }

    private void ChangeDns(string cluster, DnsFault failure, bool begins)
    {
        if (!_dnsFaults.TryGetValue(cluster, out List<DnsFault>? faults))
        {
            _dnsFaults.Add(cluster, faults = []);
        }

        if (begins)
        {
            _lifecycle.MakeDnsClusters(cluster);
            faults.Insert(0, failure);
        }
        else
        {
            faults.Remove(failure);
        }

        FollowNames();
    }

    private void EndCertificate(LiveCluster cluster, PodState state, bool hasEnded)
    {
        if (!_pods.TryGetValue((cluster, state.Id), out PodRuntime? pod))
        {
            return;
        }

        bool was = pod.Identity?.IsExpired == true;
        _lifecycle.EndCertificate(pod, hasEnded ? 1 : -1);
        if (pod.Identity is { } identity && identity.IsExpired != was)
        {
            _recorder.Note(_lifecycle.Now, "pod", pod.FullName,
                hasEnded ? "its certificate has expired" : "its certificate is renewed");
        }
    }

    private void Disconnect(LiveCluster cluster, PodState state, long sinceNs)
    {
        if (_pods.TryGetValue((cluster, state.Id), out PodRuntime? pod) && pod.Proxy is { } proxy)
        {
            proxy.DisconnectedSinceNs = sinceNs;
        }
    }
}
