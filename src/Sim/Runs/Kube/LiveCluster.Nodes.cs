using Sim.Manifests;

namespace Sim.Runs.Kube;

/// <content>Nodes that are drained, lost and found.</content>
public sealed partial class LiveCluster
{
    private readonly HashSet<string> _cordoned = new(StringComparer.Ordinal);
    private readonly HashSet<string> _lost = new(StringComparer.Ordinal);

    /// <summary>Nodes that new pods may be placed on.</summary>
    private IReadOnlyList<Node> UsableNodes() => _cordoned.Count + _lost.Count == 0 ? _nodes
        : [.. _nodes.Where(n => !_cordoned.Contains(n.Name) && !_lost.Contains(n.Name))];

    private KubeOutcome Apply(NodeChange change, long nowNs)
    {
        string text = "";
        switch (change.Kind)
        {
            case NodeChangeKind.Drain:
                _cordoned.Add(change.Node);
                EvictAll(change.Node, static (c, pod) => c.DrainOf(pod));
                text = "drained";
                break;
            case NodeChangeKind.Uncordon:
                _cordoned.Remove(change.Node);
                text = "uncordoned";
                break;
            case NodeChangeKind.Lost:
                _lost.Add(change.Node);
                SetReady(change.Node, false);
                text = "is NotReady";
                break;
            case NodeChangeKind.Evict:
                // The kubelet is not there to confirm: the pods stay, terminating, until the node is back.
                EvictAll(change.Node, static (_, _) => Never);
                text = "unreachable for the tolerated time: its pods are evicted";
                break;
            default:
                _lost.Remove(change.Node);
                SetReady(change.Node, true);
                foreach (PodEntry pod in On(change.Node).Where(static p => p.State.IsTerminating).ToList())
                {
                    Schedule(_nowNs, new Happening(Step.Gone, pod.State.Id));
                }

                text = "is Ready";
                break;
        }

        Reconcile(isSettled: false);
        Advance(nowNs);
        return new KubeOutcome(true, [$"node/{change.Node} {text}"]);
    }

    private const long Never = 100 * 365 * Core.SimDuration.Day;

    private List<PodEntry> On(string node) => [.. _pods.Where(p => p.State.Node == node && !p.State.IsGone)];

    /// <summary>Ends the pods of a node; those of DaemonSets tolerate what befalls it.</summary>
    private void EvictAll(string node, Func<LiveCluster, PodEntry, long> drainOf)
    {
        foreach (PodEntry pod in On(node))
        {
            if (!pod.OwnerKey.StartsWith("DaemonSet ", StringComparison.Ordinal))
            {
                Terminate(pod, drainOf(this, pod));
            }
        }
    }

    private void SetReady(string node, bool isReady)
    {
        foreach (PodEntry pod in On(node))
        {
            if (pod.State is { IsTerminating: false, IsServing: true } state && state.IsReady != isReady)
            {
                pod.IsChanged = true;
                pod.ReadyNs = isReady ? _nowNs : pod.ReadyNs;
                Set(pod, state with { IsReady = isReady });
                Schedule(_nowNs + HearDelay, new Happening(isReady ? Step.HearReady : Step.HearUnready, state.Id));
            }
        }
    }
}
