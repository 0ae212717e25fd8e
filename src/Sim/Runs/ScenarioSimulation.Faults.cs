using Sim.Core;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;

namespace Sim.Runs;

/// <content>Faults of nodes and links.</content>
internal sealed partial class ScenarioSimulation
{
    /// <summary>How long the node controller waits for a sign of life (kube-controller-manager 1.32 and later:
    /// <c>--node-monitor-grace-period</c>; 40 s before).</summary>
    private const long NodeGraceNs = 50 * SimDuration.Second;

    /// <summary>How long pods tolerate a node that is not ready or unreachable (admission plugin
    /// DefaultTolerationSeconds).</summary>
    private const long TolerationNs = 300 * SimDuration.Second;

    private readonly Dictionary<(int From, int To), (double Own, List<double> Rates)> _losses = [];

    private Action Lose(FaultSpec fault, List<PodRuntime> pods) =>
        fault.Silent ? Each(pods, _lifecycle.Freeze, _lifecycle.Thaw)
            : Each(pods, p => _lifecycle.Refuse(p), _lifecycle.Accept);

    /// <summary>Nodes of the selected pods, or the one that is named.</summary>
    private List<(LiveCluster Cluster, string Node)> NodesOf(FaultSpec fault, List<PodRuntime> pods)
    {
        var nodes = new List<(LiveCluster, string)>();
        foreach (LiveCluster cluster in _control.Clusters)
        {
            foreach (PodState state in cluster.Pods)
            {
                bool isMeant = fault.Node.Value.Length > 0 ? state.Node == fault.Node.Value
                    && (fault.Select.Cluster.Value.Length == 0 || fault.Select.Cluster.Value == cluster.Name)
                    : _pods.TryGetValue((cluster, state.Id), out PodRuntime? pod) && pods.Contains(pod);
                if (isMeant && !state.IsGone && state.Node.Length > 0 && !nodes.Contains((cluster, state.Node)))
                {
                    nodes.Add((cluster, state.Node));
                }
            }
        }

        return nodes;
    }

    /// <summary>Nodes are gone with their pods. Kubernetes finds out after <see cref="NodeGraceNs"/>: the pods are no
    /// longer ready; later it makes new ones elsewhere.</summary>
    private Action LoseNodes(FaultSpec fault, List<PodRuntime> pods)
    {
        List<(LiveCluster Cluster, string Node)> nodes = NodesOf(fault, pods);
        List<PodRuntime> lost = [.. nodes.SelectMany(n => n.Cluster.Pods
            .Where(s => s.Node == n.Node && !s.IsGone).Select(s => _pods[(n.Cluster, s.Id)]))];
        Action back = Lose(fault, lost);
        bool isDown = true;
        bool isNoticed = false;
        _lifecycle.At(_lifecycle.Now + NodeGraceNs, () =>
        {
            if (isDown)
            {
                isNoticed = true;
                ChangeNodes(nodes, NodeChangeKind.Lost);
            }
        });
        _lifecycle.At(_lifecycle.Now + NodeGraceNs + TolerationNs, () =>
        {
            if (isDown)
            {
                ChangeNodes(nodes, NodeChangeKind.Evict);
            }
        });
        return () =>
        {
            isDown = false;
            back();
            if (isNoticed)
            {
                ChangeNodes(nodes, NodeChangeKind.Found);
            }
        };
    }

    private Action Drain(FaultSpec fault, List<PodRuntime> pods)
    {
        List<(LiveCluster, string)> nodes = NodesOf(fault, pods);
        ChangeNodes(nodes, NodeChangeKind.Drain);
        return () => ChangeNodes(nodes, NodeChangeKind.Uncordon);
    }

    private void ChangeNodes(List<(LiveCluster Cluster, string Node)> nodes, NodeChangeKind kind)
    {
        foreach ((LiveCluster cluster, string node) in nodes)
        {
            foreach (string message in _control.Apply(cluster, new NodeChange(kind, node), _lifecycle.Now).Messages)
            {
                _recorder.Note(_lifecycle.Now, "node", cluster.Name, message);
            }
        }
    }

    /// <summary>Places of the selected pods, and of those on the other side.</summary>
    private (List<int> Near, List<int> Far) Sides(FaultSpec fault, List<PodRuntime> pods)
    {
        List<int> near = pods.Select(static p => p.Place).Distinct().ToList();
        List<int> far = fault.Target is { } target
            ? Select(fault, target).Select(static p => p.Place).Distinct().Except(near).ToList()
            : Enumerable.Range(0, _places.Count).Except(near).ToList();
        return (near, far);
    }

    /// <summary>Cuts pods off. Links are cut by place, so every pod of a selected pod's cluster, region and zone is
    /// cut with it.</summary>
    private Action Partition(FaultSpec fault, List<PodRuntime> pods)
    {
        (List<int> a, List<int> b) = Sides(fault, pods);
        bool rejects = fault.Action.Value == PartitionAction.Reject;
        PartitionDirection way = fault.Direction.Value;
        void Change(int by)
        {
            if (way != PartitionDirection.From)
            {
                _lifecycle.CutLinks(a, b, rejects, by);
            }

            if (way != PartitionDirection.To)
            {
                _lifecycle.CutLinks(b, a, rejects, by);
            }
        }

        Change(1);
        return () => Change(-1);
    }

    /// <summary>Links take longer or lose packets. As with partitions every pod of a place is concerned.</summary>
    private Action Burden(FaultSpec fault, List<PodRuntime> pods)
    {
        (List<int> near, List<int> far) = Sides(fault, pods);
        var ways = new List<(int From, int To)>();
        foreach (int a in near)
        {
            foreach (int b in far)
            {
                if (fault.Direction.Value != PartitionDirection.From)
                {
                    ways.Add((a, b));
                }

                if (fault.Direction.Value != PartitionDirection.To)
                {
                    ways.Add((b, a));
                }
            }
        }

        if (fault.Kind.Value == FaultKind.Latency)
        {
            ways.ForEach(w => _places.Latency.Between(w.From, w.To).AddedNs += fault.AddNs);
            return () => ways.ForEach(w => _places.Latency.Between(w.From, w.To).AddedNs -= fault.AddNs);
        }

        ways.ForEach(w => ChangeLoss(w, static (rates, rate) => rates.Add(rate), fault.Rate));
        return () => ways.ForEach(w => ChangeLoss(w, static (rates, rate) => rates.Remove(rate), fault.Rate));
    }

    /// <summary>Losses that overlap are independent of each other.</summary>
    private void ChangeLoss((int From, int To) way, Action<List<double>, double> change, double rate)
    {
        ref PlaceLink link = ref _places.Latency.Between(way.From, way.To);
        if (!_losses.TryGetValue(way, out (double Own, List<double> Rates) losses))
        {
            losses = (link.Loss, []);
            _losses.Add(way, losses);
        }

        change(losses.Rates, rate);
        link.Loss = losses.Rates.Count == 0 ? losses.Own
            : 1 - losses.Rates.Aggregate(1 - losses.Own, static (kept, r) => kept * (1 - r));
    }
}
